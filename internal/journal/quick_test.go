package journal

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQuickLinesEqualJSON sets the fields of an event, each one there is, to whatever there is: where the quick way is
// taken, its bytes are those of encoding/json.
func TestQuickLinesEqualJSON(t *testing.T) {
	taken := 0
	text := rapid.OneOf(rapid.StringMatching(`[a-z0-9. ]{1,12}`), rapid.String(), rapid.SampledFrom([]string{"<a>", `"`, `\`, "&", "\u2028", "\x7f"}))
	rapid.Check(t, func(t *rapid.T) {
		var e Event
		v := reflect.ValueOf(&e).Elem()
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if !rapid.SampledFrom([]bool{true, true, false, false, false}).Draw(t, name+" set") {
				continue
			}
			switch field := v.Field(i); field.Interface().(type) {
			case string, Kind:
				field.SetString(text.Draw(t, name))
			case int, int64:
				field.SetInt(rapid.Int64Range(-1000, 1000).Draw(t, name))
			case float64:
				field.SetFloat(rapid.Float64Range(-10, 10).Draw(t, name))
			case time.Time:
				field.Set(reflect.ValueOf(time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, name)).UTC()))
			case []string:
				field.Set(reflect.ValueOf(rapid.SliceOf(text).Draw(t, name)))
			default:
				t.Fatalf("field %s has the type %s, which this test and perhaps the quick way do not know", name, field.Type())
			}
		}
		want, err := json.Marshal(frame{V: Version, Event: e})
		if err != nil {
			t.Skip("no JSON: " + err.Error())
		}
		got, ok := appendQuick([]byte("before"), &e)
		if !ok {
			want = nil
		} else {
			taken++
		}
		if string(got) != "before"+string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
	e := Event{ID: "1", Kind: Accepted, At: time.UnixMicro(1).UTC(), Code: 250, Enhanced: "2.0.0", Detail: "ok", Channel: "email",
		Campaign: "c", Slot: "20111206T1000", MessageKey: "k"}
	if _, ok := appendQuick(nil, &e); !ok {
		t.Error("got an event of delivery that goes the long way")
	}
}

// TestQuickLinesLoseNoField sets each field there is on an event that goes the quick way: one that it does not know must
// send the event the long way.
func TestQuickLinesLoseNoField(t *testing.T) {
	fields := reflect.TypeFor[Event]()
	for i := range fields.NumField() {
		e := Event{ID: "1", Kind: Accepted, At: time.UnixMicro(1).UTC()}
		switch field := reflect.ValueOf(&e).Elem().Field(i); field.Interface().(type) {
		case string, Kind:
			field.SetString("word")
		case int, int64:
			field.SetInt(7)
		case float64:
			field.SetFloat(7)
		case time.Time:
			field.Set(reflect.ValueOf(time.UnixMicro(7).UTC()))
		case []string:
			field.Set(reflect.ValueOf([]string{"word"}))
		default:
			t.Fatalf("field %s has a type that this test does not know", fields.Field(i).Name)
		}
		want, err := json.Marshal(frame{V: Version, Event: e})
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := appendQuick(nil, &e); ok && string(got) != string(want) {
			t.Errorf("%s: got %s, want %s", fields.Field(i).Name, got, want)
		}
	}
}

func BenchmarkAppendLine(b *testing.B) {
	e := Event{ID: "00112233445566778899aabbccddeeff", Kind: Accepted, At: time.UnixMicro(1e15).UTC(), Code: 250, Enhanced: "2.0.0",
		Detail: "2.0.0 ok: queued", Channel: "email", Campaign: "newsletter", Slot: "20111206T1000", MessageKey: "00112233445566778899aabbccddeeff"}
	b.ReportAllocs()
	buf := make([]byte, 0, 4096)
	for b.Loop() {
		if _, err := appendLine(buf, e); err != nil {
			b.Fatal(err)
		}
	}
}
