package report

import (
	"strings"
	"testing"
	"time"
)

func at[T any](v T) *T { return &v }

// cohortOf is a cell of a cohort of ten customers who began in a month of 2011; buyers below 0 is a month not over.
func cohortOf(month time.Month, since, buyers int64) CohortCell {
	c := CohortCell{On: time.Date(2011, month, 1, 0, 0, 0, 0, time.UTC), Since: since, Customers: 10}
	if buyers >= 0 {
		share := float64(buyers) / 10
		c.Buyers, c.Retention, c.Low, c.High, c.SalesPerCustomer = &buyers, &share, at(share-.1), at(share+.1), at(5.0)
	}
	return c
}

// A month that is not over is not drawn; one in which nobody bought is, and says so.
func TestCohortMapLeavesBlankWhatIsNotKnown(t *testing.T) {
	d := Document{Format: Format{Locale: "en"}, Cohorts: []CohortCell{
		cohortOf(1, 0, 10), cohortOf(1, 1, 4), cohortOf(1, 2, 0), cohortOf(1, 3, -1),
		cohortOf(2, 0, 10), cohortOf(2, 1, 2), cohortOf(2, 2, -1),
		cohortOf(3, 0, 10), cohortOf(3, 1, -1),
		cohortOf(4, 0, -1),
	}}
	rects, texts := drawn(t, string(d.CohortFigure()))
	if len(rects) != 3 {
		t.Errorf("got %d cells, want the 3 that are known", len(rects))
	}
	all := strings.Join(texts, "|")
	for _, want := range []string{"Jan 2011|10|40%|0%|5.00", "Feb 2011|10|20%|5.00", "Mar 2011|10|5.00|Apr 2011|10"} {
		if !strings.Contains(all, want) {
			t.Errorf("got %s, want %s in it", all, want)
		}
	}
	if want := "Of 20 new customers, 30% bought again in the month after their first."; d.CohortSentence() != want {
		t.Errorf("got %q, want %q", d.CohortSentence(), want)
	}
	d.Cohorts[0].Oldest, d.Cohorts[1].Oldest, d.Cohorts[2].Oldest = true, true, true
	if want := "Of 10 new customers, 20% bought again in the month after their first."; d.CohortSentence() != want {
		t.Errorf("the data's first month counts as new: got %q, want %q", d.CohortSentence(), want)
	}
	if d = (Document{Cohorts: []CohortCell{cohortOf(1, 0, 10), cohortOf(1, 1, -1)}}); d.CohortFigure() != "" || d.CohortSentence() != "" {
		t.Error("no second month is over: got a figure or a sentence")
	}
}

func TestTrendsSayWhyThereAreNone(t *testing.T) {
	d := Document{Format: Format{Locale: "ja"}, Trends: []Trend{{Section: sectionCompany, Verdict: "too early", Reason: "r", ReasonJa: "データが12か月分のため、季節変動と成長をまだ区別できません（24か月必要）"}}}
	if d.TrendFigure() != "" || !strings.Contains(d.TrendSentence(), "24か月必要") {
		t.Errorf("got %q and %q", d.TrendFigure(), d.TrendSentence())
	}
	d = Document{Format: Format{Locale: "en"}, Trends: []Trend{
		{Section: sectionCompany, Verdict: "steady", Growth: at(.0), Low: at(-.1), High: at(.1), LookedAt: 7},
		{Section: "largest", Name: "toner", Verdict: "unclear", Growth: at(.5), Low: at(-.4), High: at(30.), LookedAt: 7},
	}}
	if got := d.TrendSentence(); !strings.Contains(got, "7") || !strings.Contains(got, "none") {
		t.Errorf("nothing rises: got %q", got)
	}
	if got := d.TrendInterval(d.Trends[1]); !strings.HasSuffix(got, "to over tenfold") {
		t.Errorf("got %q", got)
	}
	for name, want := range map[string]string{"85123": "Lantern 85123", "toner": "toner", "紙コップ": "紙コップ"} {
		if got := named(name, at("Lantern")); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
