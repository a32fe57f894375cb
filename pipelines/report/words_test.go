package report

import "testing"

// TestComparedWindow holds that a page says with which window it compares.
func TestComparedWindow(t *testing.T) {
	before := 100.0
	for _, tt := range []struct {
		locale         string
		lastYear       bool
		window, change string
	}{
		{"en", false, "the 90 days before", "+10% on the 90 days before"},
		{"en", true, "the same 90 days of last year", "+10% on last year"},
		{"ja", false, "その前の90日間", "前90日間比 +10%"},
		{"ja", true, "前年同期の90日間", "前年同期比 +10%"},
	} {
		d := Document{Format: Format{Locale: tt.locale}, Headline: Headline{WindowDays: 90, ComparesLastYear: tt.lastYear}}
		if got := d.Before(); got != tt.window {
			t.Errorf("%s: got %q, want %q", tt.locale, got, tt.window)
		}
		if got := d.Against(110, &before); got != tt.change {
			t.Errorf("%s: got %q, want %q", tt.locale, got, tt.change)
		}
	}
}
