package report

import (
	"io/fs"
	"time"
)

// Options say for whom a report is made and from which templates.
type Options struct {
	// Templates are searched in order: the company's own folder, then the built-in one.
	Templates []fs.FS
	// Template is the folder in them, such as management.
	Template string
	// Title, Company, Locale (ja or en) and Currency are the company's.
	Title, Company, Locale, Currency string
	// Page is where the page can be found, for the mail to name; "" leaves that out.
	Page string
}

// Document is a report's content, read and not yet written. The zero value of every list is an empty state, which the
// templates say in words.
type Document struct {
	Options
	Format Format

	Headline  Headline
	Ranks     []RankSales
	Months    []Month
	Pareto    []ParetoPoint
	Migration []Move
	Dormancy  []DormantMonth
	Dormant   []Regular
	Revived   []Regular
	Due       []RepDue
	Backtests []Backtest
	Cohorts   []CohortCell
	Trends    []Trend
	CrossTabs []CrossTab
	Campaigns []Campaign
	Editions  []Edition
	Rejects   []Reject
	Files     []File
}

// Headline is reports.management_headline. Amounts are in the company's currency; nil is not known.
type Headline struct {
	AsOf, From, PreviousFrom    time.Time
	DataFrom, DataUntil         *time.Time
	WindowDays, DormantDays     int64
	HasPrevious                 bool
	ComparesLastYear            bool
	Sales, Unattributed         float64
	PreviousSales, GrossProfit  *float64
	Orders, Customers           int64
	PreviousCustomers           *int64
	NewCustomers, Known         int64
	Large                       int64
	LargeSales                  float64
	BestRank                    *string
	BestCustomers               int64
	BestPrevious                *int64
	BestSales                   float64
	Dormant                     int64
	DormantLifetime             float64
	Revived                     int64
	DueProbability              float64
	DueCustomers, DueCategories int64
}

// RankSales is a row of reports.management_sales_by_rank; Rank "" is sales that belong to no customer.
type RankSales struct {
	Rank              string
	Customers, Buyers int64
	Sales, Previous   float64
	Share             *float64
}

// Month is a row of reports.management_sales_by_month.
type Month struct {
	On         time.Time
	Sales      float64
	YearBefore *float64
	Partial    bool
}

// ParetoPoint is a row of reports.management_pareto_curve.
type ParetoPoint struct {
	Position, Customers         int64
	CustomerShare, Sales, Share float64
}

// Move is a cell of reports.management_rank_migration.
type Move struct {
	FromOn, ToOn         time.Time
	From, To             string
	Customers, FromCount int64
}

// DormantMonth is a row of reports.management_dormant_month.
type DormantMonth struct {
	On               time.Time
	Dormant, Revived int64
	Partial          bool
}

// Regular is a row of reports.management_dormant_and_revived: a customer lost, or won back.
type Regular struct {
	ID        string
	Name, Rep *string
	Rank      *string
	LastOn    time.Time
	GapDays   int64
	Amount    float64
	status    string
}

// RepDue is a sales representative with the customers likely to need something again.
type RepDue struct {
	Rep   string // "" is none
	Total int64  // customers
	Rows  []Due
}

// Due is a row of reports.management_replacement_due.
type Due struct {
	Categories         int64 // due to this customer; the one below is the likeliest
	CustomerID         string
	Name, Rank         *string
	Category           string
	Product            *string
	Probability        float64
	ExpectedOn, LastOn *time.Time
}

// The verdicts of an effect, as effects.estimate and reports.management_campaign write them.
const (
	Measured      = "measured"
	TooEarly      = "too early"
	NotEnoughData = "not enough data"
	NoHoldout     = "no hold-out"
	NotMeasured   = "not measured"
)

// Effect is a difference with its interval, or why there is none.
type Effect struct {
	Verdict               string
	DaysLeft              *int64
	Outcome               *string // sales, gross_profit, orders
	N1, N0                *int64
	Mean1, Mean0          *float64
	Difference, Low, High *float64
	Lift                  *float64
	TotalDifference       *float64
	TotalLow, TotalHigh   *float64
	Confidence            *float64
	DrawSuspect           bool
}

// Gain says which side of zero the whole interval lies on: 1 above, -1 below, 0 on both sides or not measured.
func (e Effect) Gain() int {
	switch {
	case e.Verdict != Measured || e.Low == nil || e.High == nil:
		return 0
	case *e.Low > 0:
		return 1
	case *e.High < 0:
		return -1
	}
	return 0
}

// Campaign is a row of reports.management_campaign, with its ranks.
type Campaign struct {
	Name, Title, Channel                   string
	FirstOn, LastOn                        time.Time
	Editions                               int64
	Considered, Excluded, HeldOut, Planned int64
	Accepted, Failed, Withheld             int64
	Unconfirmed, Pending                   int64
	Clicks, Unsubscribes                   int64
	Cost                                   float64
	Effect                                 Effect
	Ranks                                  []RankEffect
}

// RankEffect is a row of reports.management_campaign_rank.
type RankEffect struct {
	Campaign, Rank string
	Effect         Effect
}

// Edition is a row of reports.management_edition.
type Edition struct {
	Campaign, Slot, Title, Channel, State  string
	On                                     time.Time
	Considered, Excluded, HeldOut, Planned int64
	Accepted, Failed, Withheld             int64
	Unconfirmed, Pending                   int64
	Effect                                 Effect
}

// Reject is a row of reports.management_reject.
type Reject struct {
	Source, Column, Reason string
	Count                  int64
	File                   *string
	Line                   *int64
	Value                  *string
}

// File is a row of reports.management_file.
type File struct {
	Source, Name   string
	ModifiedAt     time.Time
	AgeDays        int64
	Rows, Rejected int64
	RejectRate     *float64
	Present        bool
}
