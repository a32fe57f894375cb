package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

const (
	crcField  = `,"crc":"`
	crcSuffix = len(crcField) + 8 + len(`"}`)
)

// castagnoli is computed once per writer and reader; crc32 keeps it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// frame is the line of an event: v first, then the event's fields.
type frame struct {
	V int `json:"v"`
	Event
}

// appendLine appends the event's line, newline included.
func appendLine(dst []byte, e Event) ([]byte, error) {
	start := len(dst)
	line, ok := appendQuick(dst, &e)
	if !ok {
		object, err := json.Marshal(frame{V: Version, Event: e})
		if err != nil {
			return dst, fmt.Errorf("encode event: %w", err)
		}
		line = append(dst, object...)
	}
	line = line[:len(line)-1] // without the closing brace
	sum := crc32.Checksum(line[start:], castagnoli())
	line = append(line, crcField...)
	line = appendHex(line, uint64(sum), 8)
	return append(line, '"', '}', '\n'), nil
}

var errNewer = errors.New("newer version")

// checkLine verifies the crc and the version of a line without its newline.
func checkLine(line []byte) error {
	if len(line) < crcSuffix+2 {
		return fmt.Errorf("got %d bytes, want a whole line", len(line))
	}
	body, suffix := line[:len(line)-crcSuffix], line[len(line)-crcSuffix:]
	if !bytes.HasPrefix(suffix, []byte(crcField)) || !bytes.HasSuffix(suffix, []byte(`"}`)) {
		return errors.New("got no crc at the end, want a whole line")
	}
	want := string(suffix[len(crcField) : len(crcField)+8])
	if got := fmt.Sprintf("%08x", crc32.Checksum(body, castagnoli())); got != want {
		return fmt.Errorf("got crc %s for the bytes, want %s as the line says", got, want)
	}
	v, err := lineVersion(body)
	if err != nil {
		return err
	}
	if v > Version {
		return fmt.Errorf("%w: got v %d, want at most %d", errNewer, v, Version)
	}
	return nil
}

func lineVersion(body []byte) (int, error) {
	rest, ok := bytes.CutPrefix(body, []byte(`{"v":`))
	if !ok {
		return 0, errors.New(`got no v at the start, want {"v":1,…`)
	}
	digits, _, _ := bytes.Cut(rest, []byte(","))
	v, err := strconv.Atoi(string(digits))
	if err != nil || v < 1 {
		return 0, fmt.Errorf("got v %q, want a number from 1", digits)
	}
	return v, nil
}

// lineKind is the kind of a line without decoding it: every quote inside a value is escaped, so the first `"kind":"` is
// the field.
func lineKind(line []byte) Kind {
	_, rest, ok := bytes.Cut(line, []byte(`"kind":"`))
	if !ok {
		return ""
	}
	kind, _, _ := bytes.Cut(rest, []byte(`"`))
	return Kind(kind)
}

// decodeLine reads the event of a line that checkLine has passed.
func decodeLine(line []byte) (Event, error) {
	var f frame
	if err := json.Unmarshal(line, &f); err != nil {
		return Event{}, fmt.Errorf("decode event: %w", err)
	}
	return f.Event, nil
}
