package predict

import (
	"encoding/json"
	"fmt"
	"math"
)

// BacktestVersion is the form of a written Backtest. A file of another form is not read.
const BacktestVersion = 1

// BacktestFolder is where the data folder keeps written Backtests.
const BacktestFolder = "backtests"

// What a forecast is about.
const (
	SubjectPair     = "pair"     // a customer and a category that it has bought from
	SubjectCustomer = "customer" // a customer who has bought anything
)

// Backtest says how the forecasts of one date did, each beside simpler ways to foretell the same. It is what is kept of a
// backtest, and what `tokui backtest --json` prints; it names no customer. A figure that there is none of is null.
type Backtest struct {
	Version int `json:"version"`
	// At is the last day that was known when the forecasts were made; Until the last one of the Days that they were about.
	At    string `json:"at"`
	Days  int    `json:"days"`
	Until string `json:"until"`
	// Models in the order in which they are told: of each subject the product's own first.
	Models []BacktestModel `json:"models"`
	// Notes say what could not be scored and why.
	Notes []string `json:"notes"`
}

// BacktestModel is one way of foretelling.
type BacktestModel struct {
	Subject string `json:"subject"`
	Name    string `json:"model"`
	// Table is where the product keeps these numbers; empty for what they are only compared with.
	Table string `json:"table"`
	// Note is which law or rule it is, for people.
	Note string `json:"note"`
	Measures
	// Purchases are the purchase days foretold and counted, of a model that counts them.
	PurchasesForetold *float64         `json:"purchases_foretold"`
	PurchasesCounted  *float64         `json:"purchases_counted"`
	Bins              []BacktestBin    `json:"bins"`
	ByRepeats         []BacktestRepeat `json:"by_repeats"`
}

// Measures are Forecast's figures as they are kept; of a rule that only ranks, those from LogLoss on are null.
type Measures struct {
	Rows     int      `json:"rows"`
	Events   int      `json:"events"`
	AUC      *float64 `json:"auc"`
	AUCError *float64 `json:"auc_error"`
	Lift     *float64 `json:"top_decile_lift"`
	LogLoss  *float64 `json:"log_loss"`
	Brier    *float64 `json:"brier"`
	// CalibrationError, Predicted and Ratio as in Forecast.
	CalibrationError *float64 `json:"calibration_error"`
	Predicted        *float64 `json:"predicted"`
	Ratio            *float64 `json:"ratio"`
	IsFlagged        bool     `json:"is_flagged"` // Forecast.Miscalibrated
}

// BacktestBin is a CalibrationBin as it is kept.
type BacktestBin struct {
	Rows          int     `json:"rows"`
	Events        float64 `json:"events"`
	Lowest        float64 `json:"lowest"`
	Highest       float64 `json:"highest"`
	Forecast      float64 `json:"forecast"`
	Frequency     float64 `json:"frequency"`
	FrequencyLow  float64 `json:"frequency_low"`
	FrequencyHigh float64 `json:"frequency_high"`
}

// BacktestRepeat is the forecast for those who had bought again so often.
type BacktestRepeat struct {
	Repeats string `json:"repeats"` // RepeatBucket.Label
	Measures
}

// ReadBacktest reads a written Backtest. An error says what is wrong with it.
func ReadBacktest(text []byte) (Backtest, error) {
	var b Backtest
	if err := json.Unmarshal(text, &b); err != nil {
		return b, fmt.Errorf("read backtest: %w", err)
	}
	if b.Version != BacktestVersion {
		return b, fmt.Errorf("read backtest: got version %d, want %d; try: tokui backtest again", b.Version, BacktestVersion)
	}
	return b, nil
}

// Own are the product's own forecasts.
func (b Backtest) Own() []BacktestModel {
	var own []BacktestModel
	for _, m := range b.Models {
		if m.Table != "" {
			own = append(own, m)
		}
	}
	return own
}

// figure is a number as it is kept: 6 digits; nil where it is none.
func figure(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = rounded(v)
	return &v
}

func rankingMeasures(r Ranking) Measures {
	return Measures{Rows: r.Rows, Events: r.Events, AUC: figure(r.AUC), AUCError: figure(r.AUCError), Lift: figure(r.Lift)}
}

func forecastMeasures(f Forecast) Measures {
	m := rankingMeasures(f.Ranking)
	m.LogLoss, m.Brier, m.CalibrationError = figure(f.LogLoss), figure(f.Brier), figure(f.CalibrationError)
	m.Predicted, m.Ratio, m.IsFlagged = figure(f.Predicted), figure(f.Ratio), f.Miscalibrated()
	return m
}

func backtestBins(bins []CalibrationBin) []BacktestBin {
	kept := make([]BacktestBin, len(bins))
	for i, b := range bins {
		kept[i] = BacktestBin{b.Rows, rounded(b.Events), rounded(b.Lowest), rounded(b.Highest), rounded(b.Forecast),
			rounded(b.Frequency), rounded(b.FrequencyLow), rounded(b.FrequencyHigh)}
	}
	return kept
}
