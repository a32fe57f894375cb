package pipelines

import (
	"bufio"
	"errors"
	"io"
	"os"

	"golang.org/x/text/encoding/japanese"
)

// geta stands for a character that CP932 does not have.
const geta = '〓'

// finishCSV gives a CSV file of UTF-8 what its readers need: the mark by which Excel knows UTF-8, or CP932. It returns how
// many characters had to be replaced.
func finishCSV(path string, cp932 bool) (replaced int64, err error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	out, err := os.OpenFile(path+".marked", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, errors.Join(err, in.Close())
	}
	w := bufio.NewWriterSize(out, 1<<18)
	if cp932 {
		replaced, err = encodeCP932(bufio.NewReaderSize(in, 1<<18), w)
	} else {
		if _, err = w.WriteString("\ufeff"); err == nil {
			_, err = io.Copy(w, in)
		}
	}
	err = errors.Join(err, w.Flush(), out.Close(), in.Close())
	if err == nil {
		err = os.Rename(path+".marked", path)
	}
	return replaced, err
}

// encodeCP932 writes each character once it is known; the usual ones are encoded once for all.
func encodeCP932(in *bufio.Reader, out *bufio.Writer) (replaced int64, err error) {
	encoder := japanese.ShiftJIS.NewEncoder()
	known := map[rune][]byte{}
	for {
		r, size, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return replaced, nil
		}
		if err != nil {
			return replaced, err
		}
		if r < 0x80 {
			if err := out.WriteByte(byte(r)); err != nil {
				return replaced, err
			}
			continue
		}
		code, ok := known[r]
		if !ok {
			code, err = encoder.Bytes([]byte(string(cp932Twin(r))))
			if err != nil || r == '\ufffd' && size == 1 {
				code = nil
			}
			known[r] = code
		}
		if code == nil {
			replaced++
			if code, err = encoder.Bytes([]byte(string(geta))); err != nil {
				return replaced, err
			}
		}
		if _, err := out.Write(code); err != nil {
			return replaced, err
		}
	}
}

// cp932Twin is the character that CP932 has in place of one that looks the same: Unicode's own choices for the dashes and
// the wave differ from Microsoft's.
func cp932Twin(r rune) rune {
	switch r {
	case '〜':
		return '～'
	case '−':
		return '－'
	case '—':
		return '―'
	case '‖':
		return '∥'
	case '¥':
		return '￥'
	case '\u00a0':
		return ' '
	}
	return r
}
