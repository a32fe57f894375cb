package config

import (
	"strings"
	"time"
)

// The words that some keys are one of.
const (
	ChannelEmail  = "email"
	ChannelPostal = "postal"
	ChannelList   = "list"

	PurposeMarketing = "marketing"
	PurposeService   = "service"
	PurposeInternal  = "internal"

	// Of campaigns.NAME.hold_back and campaigns.NAME.caps.cadence.
	Follow = "follow"
	Ignore = "ignore"

	MeasureSales       = "sales"
	MeasureGrossProfit = "gross_profit"
	MeasureOrders      = "orders"
	MeasureScore       = "score"

	ComparePrevious = "previous"
	CompareLastYear = "last_year"

	GrowingByGrowth    = "growth"
	GrowingByDeals     = "deals"
	GrowingByPotential = "potential"

	TransportOutbox = "outbox"
	TransportSMTP   = "smtp"

	TLSRequired      = "required"
	TLSOpportunistic = "opportunistic"
	TLSImplicit      = "implicit"
	TLSNone          = "none"
	TLSStartTLS      = "starttls" // of mail.bounces.imap

	ProtocolLMTP = "lmtp"
	ProtocolSMTP = "smtp"

	FormatCSV     = "csv"
	FormatXLSX    = "xlsx"
	FormatParquet = "parquet"

	ShapeLines     = "lines"
	ShapeFirstLine = "first_line"
	ShapeRecords   = "records"
	ShapeReport    = "report"

	StepLoad     = "load"
	StepAnalyze  = "analyze"
	StepCollect  = "collect"
	StepBacktest = "backtest"
	StepCampaign = "campaign"
	StepReport   = "report"
)

// choices are the words that a key takes, by its path with NAME for a free name: for the check and for the JSON Schema.
func choices(path string) []string {
	switch path {
	case "locale":
		return []string{"ja", "en"}
	case "sources.NAME.table":
		return contractTables()
	case "sources.NAME.format":
		return []string{FormatCSV, FormatXLSX, FormatParquet}
	case "sources.NAME.encoding":
		return []string{"utf-8", "cp932", "euc-jp", "utf-16"}
	case "sources.NAME.quote":
		return []string{`"`, "'", "none"}
	case "sources.NAME.shape":
		return []string{ShapeLines, ShapeFirstLine, ShapeRecords, ShapeReport}
	case "sources.NAME.decimal":
		return []string{".", ","}
	case "ranks.measure":
		return []string{MeasureSales, MeasureGrossProfit, MeasureScore}
	case "ranks.compare":
		return []string{ComparePrevious, CompareLastYear}
	case "ranks.growing_by":
		return []string{GrowingByGrowth, GrowingByDeals, GrowingByPotential}
	case "campaigns.NAME.channel":
		return []string{ChannelEmail, ChannelPostal, ChannelList}
	case "campaigns.NAME.purpose":
		return []string{PurposeMarketing, PurposeService, PurposeInternal}
	case "campaigns.NAME.hold_back", "campaigns.NAME.caps.cadence":
		return []string{Follow, Ignore}
	case "campaigns.NAME.effect.outcome":
		return []string{MeasureSales, MeasureGrossProfit, MeasureOrders, MeasureSales + ofCategory}
	case "mail.transport":
		return []string{TransportOutbox, TransportSMTP}
	case "mail.smtp.tls":
		return []string{TLSRequired, TLSOpportunistic, TLSImplicit, TLSNone}
	case "mail.bounces.protocol":
		return []string{ProtocolLMTP, ProtocolSMTP}
	case "mail.bounces.imap.tls":
		return []string{TLSImplicit, TLSStartTLS, TLSNone}
	default:
		return nil
	}
}

// contractTables are the tables of sql/contract/raw.sql that a source can feed.
func contractTables() []string {
	return []string{
		"sales", "customers", "contacts", "products", "invoices", "interactions", "deals", "assets", "interests", "consents",
	}
}

// keyColumns are the columns that a source of a table cannot do without: those that say what a row is about.
func keyColumns(table string) []string {
	switch table {
	case "sales":
		return []string{"order_id", "ordered_on", "amount", "customer_id"}
	case "customers":
		return []string{"customer_id"}
	case "contacts":
		return []string{"contact_id"}
	case "products":
		return []string{"product_id"}
	case "consents":
		return []string{"contact_id", "channel"}
	case "interests":
		return []string{"contact_id", "topic"}
	default:
		return nil
	}
}

const ofCategory = " of category"

// Measure is what the outcome counts: sales, gross_profit or orders.
func (e Effect) Measure() string { return strings.TrimSuffix(e.Outcome, ofCategory) }

// ByCategory reports whether only purchases of the category that the audience row names count.
func (e Effect) ByCategory() bool { return strings.HasSuffix(e.Outcome, ofCategory) }

func days(n int) Duration { return Duration(n) * Duration(24*time.Hour) }

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
