package source

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"

	"github.com/tokui/tokui/internal/position"
)

// sharedTable is one table for all fuzz runs: making it takes longer than they do.
var sharedTable = sync.OnceValue(newCP932)

// framing is what frame makes of a text, in a form to compare.
type framing struct {
	Header  []string
	Rows    []string // normalised, with their line in front
	Rejects []string
	Breaks  bool
}

func frameText(t *testing.T, in io.Reader, f textFormat) (framing, error) {
	t.Helper()
	if f.delimiter == 0 {
		f.delimiter = ','
	}
	if f.header == 0 {
		f.header = 1
	}
	if f.chunk == 0 {
		f.chunk = chunkSize
	}
	f.file, f.table = "in.csv", sharedTable()
	var out, rejects bytes.Buffer
	got, err := frame(context.Background(), in, f, &out, &rejects, func([]string) error { return nil })
	lines := func(b *bytes.Buffer) []string {
		if b.Len() == 0 {
			return nil
		}
		return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	}
	res := framing{Header: got.header, Rows: lines(&out), Rejects: lines(&rejects), Breaks: got.breaks}
	if err == nil && (got.records != int64(len(res.Rows)+len(res.Rejects)) || got.rejected != int64(len(res.Rejects))) {
		t.Errorf("records = %d, rejected = %d, with %d rows and %d rejects written", got.records, got.rejected, len(res.Rows), len(res.Rejects))
	}
	return res, err
}

func TestFrame(t *testing.T) {
	for _, tc := range []struct {
		name   string
		in     string
		format textFormat
		want   framing
	}{
		{
			name: "plain",
			in:   "a,b\n1,2\n3,4\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2", "3,3,4"}},
		},
		{
			name: "no line end at the end",
			in:   "a,b\n1,2",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2"}},
		},
		{
			name: "CRLF and byte order mark",
			in:   "\ufeff\"a\",b\r\n1,2\r\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2"}},
		},
		{
			name: "CR alone",
			in:   "a,b\r1,2\r\r3,4\r",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2", "4,3,4"}},
		},
		{
			name: "all line ends in one file",
			in:   "a,b\r\n1,2\r3,4\n5,6",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2", "3,3,4", "4,5,6"}},
		},
		{
			name: "blank lines, and those that a spreadsheet leaves",
			in:   "a,b\n\n1,2\n , \n,\n3,4\n\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"3,1,2", "6,3,4"}},
		},
		{
			name: "a quoted empty cell is no blank line",
			in:   "a\n\"\"\n\n1\n",
			want: framing{Header: []string{"a"}, Rows: []string{`2,""`, "4,1"}},
		},
		{
			name: "line ends in quotes count as lines",
			in:   "a,b\n\"x\ny\",2\n\"p\r\nq\rr\",4\n5,6\n",
			want: framing{
				Header: []string{"a", "b"},
				Rows:   []string{"2,\"x\uFDD0y\",2", "4,\"p\uFDD1\uFDD0q\uFDD1r\",4", "7,5,6"},
				Breaks: true,
			},
		},
		{
			name: "doubled quotes and delimiters in quotes",
			in:   "a,b\n\"x\"\"y\",\"1,2\"\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{`2,"x""y","1,2"`}},
		},
		{
			name: "a quote inside an unquoted field is itself",
			in:   "a,b\n5\" pipe,\"x\"\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{`2,"5"" pipe","x"`}},
		},
		{
			name: "too few and too many fields",
			in:   "a,b\n1\n1,2\n1,2,3\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"3,1,2"}, Rejects: []string{
				`2,"got 1 fields, want 2 as in the header","1"`,
				`4,"got 3 fields, want 2 as in the header","1,2,3"`,
			}},
		},
		{
			name: "an unclosed quote costs one line",
			in:   "a,b\n1,2\n\"x,3\n4,5\n6,7\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2", "4,4,5", "5,6,7"}, Rejects: []string{
				`3,"the quote is never closed (field 1)","""x,3"`,
			}},
		},
		{
			name: "an unclosed quote before quoted fields costs one line",
			in:   "a,b\n1,\"x\n3,\"y\"\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{`3,3,"y"`}, Rejects: []string{
				`2,"text follows the closing quote (field 2)","1,""x"`,
			}},
		},
		{
			name: "text behind a closing quote",
			in:   "a,b\n\"x\"y,1\n2,3\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"3,2,3"}, Rejects: []string{
				`2,"text follows the closing quote (field 1)","""x""y,1"`,
			}},
		},
		{
			name:   "tabs, and a header below a title",
			in:     "list \"of\nsales\n\na\tb\n1\t2\n",
			format: textFormat{delimiter: '\t', header: 4},
			want:   framing{Header: []string{"a", "b"}, Rows: []string{"5\t1\t2"}},
		},
		{
			name: "a byte that is not UTF-8",
			in:   "a,b\nあ,1\n\x93\xfa,2\n4,\xff3\n5,5\n6,6\n7,7\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,あ,1", "5,5,5", "6,6,6", "7,7,7"}, Rejects: []string{
				"3,\"byte 0x93 at column 1 is not UTF-8; try encoding: cp932\",\"\uFFFD,2\"",
				"4,\"byte 0xFF at column 3 is not UTF-8\",\"4,\uFFFD3\"",
			}},
		},
		{
			name:   "bytes that are not CP932",
			in:     "\x93\xfa,b\n\x8d\x82\xfb\xfc\xee\xe0\x87\x40,\xb1\xdd\n1,2\xff\n3,\x81\n4,\xf0\x40\n5,5\n6,6\n7,7\n8,8\n",
			format: textFormat{cp932: true},
			want: framing{Header: []string{"日", "b"}, Rows: []string{"2,高髙髙①,ｱﾝ", "6,5,5", "7,6,6", "8,7,7", "9,8,8"}, Rejects: []string{
				"3,\"byte 0xFF at column 4 is not CP932\",\"1,2\uFFFD\"",
				"4,\"byte 0x81 at column 3 is not CP932\",\"3,\uFFFD\"",
				"5,\"byte 0xF0 at column 3 is not CP932\",\"4,\uFFFD\"",
			}},
		},
		{
			name: "NUL",
			in:   "a,b\n1,2\n3,\x00\n4,5\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2", "4,4,5"}, Rejects: []string{
				"3,\"NUL byte at column 3\",\"3,\uFFFD\"",
			}},
		},
		{
			name: "a line longer than any record",
			in:   "a,b\n1,2\n" + strings.Repeat("x", 3<<20) + ",9\n3,4\n",
			want: framing{Header: []string{"a", "b"}, Rows: []string{"2,1,2", "4,3,4"}, Rejects: []string{
				`3,"the line is longer than 1 MiB (field 1)","` + strings.Repeat("x", rowTextLimit) + `"`,
			}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, chunk := range []int{chunkSize, 4, 5, 1 << 16} {
				if chunk < 100 && len(tc.in) > 1000 {
					continue
				}
				tc.format.chunk = chunk
				got, err := frameText(t, iotest.HalfReader(strings.NewReader(tc.in)), tc.format)
				if err != nil {
					t.Fatalf("in chunks of %d: %v", chunk, err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("in chunks of %d (-want +got):\n%s", chunk, diff)
				}
			}
		})
	}
}

func TestFrameStops(t *testing.T) {
	sjis, err := japanese.ShiftJIS.NewEncoder().String("受注番号,金額\nあ,1\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, in string
		format   textFormat
		want     string
		try      string
	}{
		{name: "empty", in: "", want: "the file is empty", try: "export it again"},
		{name: "CP932 header read as UTF-8", in: sjis, want: "the header: byte 0x8E at column 1 is not UTF-8; try encoding: cp932", try: "encoding: cp932"},
		{name: "CP932 rows read as UTF-8", in: "a\n\x93\xfa\n\x96\x7b\n1\n", want: "2 of 3 records are not UTF-8", try: "encoding: cp932"},
		{name: "UTF-8 mark read as CP932", in: "\ufeffa\n1\n", format: textFormat{cp932: true}, want: "the file begins with the mark of UTF-8, want CP932", try: "encoding: utf-8"},
		{name: "UTF-8 read as CP932", in: "受注番号,金額\n1,2\n", format: textFormat{cp932: true}, want: "the file is UTF-8, want CP932", try: "encoding: utf-8"},
		{name: "UTF-16", in: "\xff\xfea\x00", want: "the file is UTF-16, want UTF-8", try: "encoding: utf-16"},
		{name: "workbook", in: "PK\x03\x04....", want: "the file is an Excel workbook, want CSV", try: "format: xlsx"},
		{name: "Parquet", in: "PAR1....", want: "the file is Parquet, want CSV", try: "format: parquet"},
		{name: "shorter than its header", in: "a\n", format: textFormat{header: 3}, want: "the file ends before its header in line 3", try: "check `header:`"},
		{name: "blank header", in: "\na\n", want: "the line is blank, want the header", try: "set `header:` to the line that names the columns"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := frameText(t, strings.NewReader(tc.in), tc.format)
			var f position.Fault
			if !errors.As(err, &f) {
				t.Fatalf("got %v, want a fault", err)
			}
			if f.Message != tc.want || f.Try != tc.try || f.File != "in.csv" {
				t.Errorf("got %q (try %q), want %q (try %q)", f.Message, f.Try, tc.want, tc.try)
			}
		})
	}
}

func TestFrameReportsReadErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := frameText(t, io.MultiReader(strings.NewReader("a\n1\n"), iotest.ErrReader(broken)), textFormat{})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// readNormalised reads the normalised form back by the standard library.
func readNormalised(t *testing.T, rows []string, delimiter byte) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.Join(rows, "\n")))
	r.Comma, r.FieldsPerRecord = rune(delimiter), -1
	records, err := r.ReadAll()
	if err != nil {
		t.Fatalf("normalised form: %v\n%q", err, rows)
	}
	marks := strings.NewReplacer(lineFeedMark, "\n", carriageReturnMark, "\r")
	for i, record := range records {
		for j := range record {
			record[j] = marks.Replace(record[j])
		}
		records[i] = record[1:]
	}
	return records
}

// FuzzFrameRoundTrip: what encoding/csv writes is read back equal.
func FuzzFrameRoundTrip(f *testing.F) {
	f.Add("a", "b", "c", "d")
	f.Add("x\ny", "\"", ",", "")
	f.Add(" ", "p\rq", "日本\"語", "\r\n")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		for _, s := range []string{a, b, c, d} {
			if s != strings.ToValidUTF8(s, "") || strings.ContainsAny(s, "\x00"+lineFeedMark+carriageReturnMark) || len(s) > 1000 {
				t.Skip()
			}
		}
		want := [][]string{{a, b}, {c, d}, {a, d}}
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		if err := errors.Join(w.Write([]string{"h1", "h2"}), w.WriteAll(want)); err != nil {
			t.Fatal(err)
		}
		got, err := frameText(t, iotest.HalfReader(&text), textFormat{})
		if err != nil {
			t.Fatal(err)
		}
		var kept [][]string // all but what reads as a blank line
		for _, row := range want {
			var line bytes.Buffer
			one := csv.NewWriter(&line)
			if err := one.Write(row); err != nil {
				t.Fatal(err)
			}
			one.Flush()
			if strings.Trim(line.String(), " \t\n,") != "" {
				kept = append(kept, row)
			}
		}
		if len(got.Rejects) > 0 {
			t.Fatalf("rejected %q", got.Rejects)
		}
		var read [][]string
		if len(got.Rows) > 0 {
			read = readNormalised(t, got.Rows, ',')
		}
		if diff := cmp.Diff(kept, read); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// FuzzFrame: whatever the bytes, frame ends, what it keeps has the header's width, and nothing is lost.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("a,b\n\"x\n,1\r2,\"3\"4\n"), false)
	f.Add([]byte("a,b\n\x81,\xff\n\"\"\"\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, sjis bool) {
		got, err := frameText(t, bytes.NewReader(data), textFormat{cp932: sjis})
		again, errAgain := frameText(t, iotest.OneByteReader(bytes.NewReader(data)), textFormat{cp932: sjis, chunk: 5})
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("at once: %v, in chunks: %v", err, errAgain)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("at once and in chunks differ:\n%s", diff)
		}
		for _, row := range readNormalised(t, got.Rows, ',') {
			if len(row) != len(got.Header) {
				t.Fatalf("row %q has %d fields, the header %d", row, len(row), len(got.Header))
			}
		}
	})
}

// FuzzCP932: the table agrees with golang.org/x/text on what both can decode, and names every byte it cannot.
func FuzzCP932(f *testing.F) {
	table := newCP932()
	f.Add([]byte("abc\x93\xfa\x96\x7b\x8c\xea\xb1\xdd\x81\x5c\x87\x40"))
	f.Add([]byte("\x80\xa0\xff\x81"))
	f.Add([]byte("12345678\x81\n\xf0\x40,"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, n, bad := table.append(nil, data, nil, true)
		if n != len(data) {
			t.Fatalf("read %d of %d bytes", n, len(data))
		}
		if bytes.Count(got, []byte("\uFFFD")) != len(bad) {
			t.Fatalf("%d bad bytes listed in %q", len(bad), got)
		}
		for _, b := range bad {
			if !bytes.HasPrefix(got[b.offset:], []byte("\uFFFD")) {
				t.Fatalf("no U+FFFD at %d of %q", b.offset, got)
			}
		}
		if len(bad) > 0 {
			return
		}
		want, _, err := transform.Bytes(japanese.ShiftJIS.NewDecoder(), data)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		var split []byte // in two pieces
		half := len(data) / 2
		split, n, _ = table.append(nil, data[:half], nil, false)
		split, _, _ = table.append(split, data[n:], nil, true)
		if !bytes.Equal(split, want) {
			t.Errorf("in two pieces: got %q, want %q", split, want)
		}
	})
}

func TestCP932CoversWhatXTextKnows(t *testing.T) {
	table := newCP932()
	pairs, kana := 0, 0
	for _, e := range table.pairs {
		if e != 0 {
			pairs++
		}
	}
	for b := 0xa1; b <= 0xdf; b++ {
		if table.singles[b] != 0 {
			kana++
		}
	}
	// JIS X 0208 has 6,879 characters; with NEC row 13 (83), NEC selected IBM (374) and IBM (388) extensions.
	if pairs < 6879+83+374+388 || kana != 63 {
		t.Errorf("table holds %d pairs and %d kana", pairs, kana)
	}
}
