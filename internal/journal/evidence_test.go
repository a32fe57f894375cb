package journal

import "testing"

// JP2: the same text is the same wording however it is wrapped, and a page's address names nobody.
func TestJP2EvidenceNamesTextAndPlaceAndNobody(t *testing.T) {
	if a, b := WordingHash("I agree\n  to mail."), WordingHash("I agree to mail."); a != b {
		t.Errorf("got %s and %s for one text wrapped in two ways, want one hash", a, b)
	}
	if a, b := WordingHash("I agree to mail."), WordingHash("I agree to letters."); a == b {
		t.Error("got one hash for two texts")
	}
	for text, want := range map[string]string{
		"https://www.example.jp/form/v3?mail=taro%40example.jp#x": "https://www.example.jp/form/v3",
		"https://taro:pw@www.example.jp/form":                     "https://www.example.jp/form",
		"fair 2011,  card of taro@example.jp":                     "fair 2011, card of (address)",
		"申込書 第3版":                                                 "申込書 第3版",
	} {
		if got := EvidenceSource(text); got != want {
			t.Errorf("source %q: got %q, want %q", text, got, want)
		}
	}
}
