package onboard

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tokui/tokui/bench/exports"
)

// FuzzStudy holds that whatever a file holds, it is studied without a panic, and what is written is YAML whose sources
// name columns that the file has.
func FuzzStudy(f *testing.F) {
	for _, s := range exports.Systems() {
		text, _ := s.Make()
		f.Add(text[:min(len(text), 3000)])
	}
	for _, text := range []string{"a,b\n1,2\n", "\"x\ny\",b\n1\n", "売上日,金額\n2026/4/1,\"¥1,000\"\n合計,1000\n", "\xef\xbb\xbfid;day\n1;2026-01-01\n", "*\t1\n0\tA\n", "#\n\n\r\r\n,,,\n"} {
		f.Add([]byte(text))
	}
	o, err := NewOptions()
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, "f.csv")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		finding, err := Study([]string{path}, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(finding.Tables) == 0 {
			return
		}
		again, err := Study([]string{path}, o)
		if err != nil {
			t.Fatal(err)
		}
		settings := Settings{Dir: dir, Today: time.Date(2026, 4, 20, 0, 0, 0, 0, time.UTC)}
		w, err := finding.Write(settings)
		if err != nil {
			t.Fatal(err)
		}
		second, err := again.Write(settings)
		if err != nil || w.Text != second.Text {
			t.Fatalf("%v: the same file gave two texts:\n%s\n%s", err, w.Text, second.Text)
		}
		var doc struct {
			Sources map[string]struct {
				Columns map[string]string
			}
		}
		if err := yaml.NewDecoder(bytes.NewReader([]byte(w.Text))).Decode(&doc); err != nil {
			t.Fatalf("%v in\n%s", err, w.Text)
		}
		for _, p := range finding.Sources {
			for _, field := range p.Fields {
				if field.Right != "" && doc.Sources[p.Name].Columns[field.Column] != field.Right {
					t.Fatalf("%s.%s: written %q, want %q", p.Name, field.Column, doc.Sources[p.Name].Columns[field.Column], field.Right)
				}
			}
		}
	})
}

// FuzzFrame holds the frame finder: a header is one of the file's own lines, and the width is its.
func FuzzFrame(f *testing.F) {
	f.Add("a,b\n1,2\n")
	f.Add("title\n\nx;y\n1;2\n3;4\n")
	o, err := NewOptions()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		frame := findFrame(text, o.Words, o.Profiles)
		if frame.Width < 1 || frame.HeaderLine < 0 || len(frame.Header) == 0 && text != "" && frame.HeaderLine > 0 {
			t.Fatalf("got %+v", frame)
		}
	})
}
