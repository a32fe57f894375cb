package journal

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadSegment reads any bytes between two good lines: both must come back, and nothing that fails its crc.
func FuzzReadSegment(f *testing.F) {
	good, err := appendLine(nil, Event{ID: "good", Kind: Open, At: noon})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("\n"))
	f.Add([]byte(`{"v":1,"id":"x","kind":"open","crc":"00000000"}` + "\n"))
	f.Add([]byte(`{"v":1` + "\n\n\x00"))
	f.Add(good)
	f.Add(good[:len(good)-2])
	f.Fuzz(func(t *testing.T, middle []byte) {
		path := filepath.Join(t.TempDir(), "runs-20111206T120000.000000000Z-1-00000000.ndjson")
		content := append(append(append(append([]byte{}, good...), middle...), '\n'), good...)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var places []int
		report, err := ReadSegment(path, func(e Event, p Place) error { places = append(places, p.Line); return nil })
		if err != nil {
			if _, newer := err.(*NewerError); !newer {
				t.Fatal(err)
			}
			return
		}
		if len(places) < 2 || places[0] != 1 {
			t.Errorf("got events at lines %v, want at least the first and the last", places)
		}
		if report.Events != len(places) {
			t.Errorf("got %d events reported, %d given", report.Events, len(places))
		}
	})
}
