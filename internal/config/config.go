package config

import (
	"time"
)

// Config is one valid config.yaml, with defaults filled in. It is immutable after Load.
type Config struct {
	// Company stands in every message; all three are required by campaigns by e-mail or post and by reports that are
	// mailed.
	Company Company `yaml:"company"`
	// Locale of what customers and managers see: ja or en. Defaults to ja.
	Locale string `yaml:"locale"`
	// Timezone is an IANA name. Defaults to Asia/Tokyo.
	Timezone string `yaml:"timezone"`
	// Currency is the sign put before amounts in templates and reports. Defaults to ¥ for ja, and none for en.
	Currency string `yaml:"currency"`
	// DataDir is the folder of everything that Tokui keeps, relative to the config file. Defaults to var.
	DataDir string `yaml:"data_dir"`
	// AsOf is `today`, or a date that replays history: data strictly before it, the clock standing at the end of it.
	// Defaults to today.
	AsOf string `yaml:"as_of"`
	// Seed keys the hold-out draw and the message keys. Where it is left out, one is made once and kept in the data
	// folder.
	Seed Secret `yaml:"seed"`
	// SQLDir and TemplatesDir hold the company's own models and templates; a file of the same path replaces the
	// built-in one.
	SQLDir       string `yaml:"sql_dir"`
	TemplatesDir string `yaml:"templates_dir"`
	// Engine sets DuckDB's limits.
	Engine Engine `yaml:"engine"`

	// Sources are where sales and master data come from; at least one feeds the table sales.
	Sources map[string]Source `yaml:"sources" jsonschema:"required"`
	// Ranks is how customers are ranked.
	Ranks Ranks `yaml:"ranks"`
	// Approaches is how customers are treated, by rule where nobody has said it by hand.
	Approaches Approaches `yaml:"approaches"`
	// RFM cuts how recently, how often and how much customers bought into scores from 1 to 5, beside the scores by fifths.
	RFM RFM `yaml:"rfm"`
	// Params overrides the parameters that models declare in their headers, by name without the $.
	Params map[string]string `yaml:"params"`
	// HoldBack is when an open complaint or repair of a customer holds marketing back.
	HoldBack HoldBack `yaml:"hold_back"`
	// Caps limit what marketing one contact, or all contacts of one customer, receive from all campaigns together, by
	// whichever channel.
	Caps AllCaps `yaml:"caps"`
	// Topics are what campaigns can be about, by name: people may leave single ones out, on the preference page.
	Topics map[string]Label `yaml:"topics"`
	// OptIn is how people who ask for mail show that the address is theirs.
	OptIn OptIn `yaml:"opt_in"`
	// Perks are what ranks are entitled to.
	Perks []Perk `yaml:"perks"`
	// Campaigns are who is told what. A name is a folder's name too: letters, digits, - and _.
	Campaigns map[string]Campaign `yaml:"campaigns"`
	// Reports are the management reports. No campaign may have the same name.
	Reports map[string]Report `yaml:"reports"`
	// Jobs are what runs when.
	Jobs map[string]Job `yaml:"jobs"`
	// Mail is how e-mail leaves.
	Mail Mail `yaml:"mail"`
	// Tracking is the public side, which links in mails lead to.
	Tracking Tracking `yaml:"tracking"`

	// Path is the file the configuration came from; Dir its folder, which relative paths start at.
	Path string `yaml:"-"`
	Dir  string `yaml:"-"`
	// Location is Timezone, loaded.
	Location *time.Location `yaml:"-"`
	// The names of sources, campaigns, reports and jobs in file order.
	SourceNames, CampaignNames, ReportNames, JobNames []string `yaml:"-"`

	places *places
}

// Company is who sends: shown with every message, as the law asks.
type Company struct {
	// Name of the company, as customers know it.
	Name string `yaml:"name"`
	// Address is the postal address.
	Address string `yaml:"address"`
	// Contact is where complaints go: an address, a telephone number or a URL.
	Contact string `yaml:"contact"`
	// Operator is who runs the sending on the company's behalf, where it is somebody else, such as an agency. It is kept
	// with every edition.
	Operator string `yaml:"operator"`
}

// AllCaps limit what one contact and one customer receive from all marketing campaigns together. Planned and held-out
// messages count alike.
type AllCaps struct {
	// PerContact is for each contact: "3 per 7d". No cap by default.
	PerContact Cap `yaml:"per_contact"`
	// PerCustomer is for all contacts of a customer together: "5 per 30d". No cap by default.
	PerCustomer Cap `yaml:"per_customer"`
}

// OptIn is the double opt-in: who asks for mail gets a confirmation mail (a campaign with `confirms`), and nothing else
// until it is answered.
type OptIn struct {
	// ConfirmWithin is how long a request may be confirmed. Defaults to 7d.
	ConfirmWithin Duration `yaml:"confirm_within"`
	// Form lets people ask at tracking.base_url/join, which serve answers. Defaults to false.
	Form bool `yaml:"form"`
}

// Engine limits DuckDB.
type Engine struct {
	// MemoryLimit is what Tokui takes at most, about, such as 4GB. DuckDB, which does not count all that it holds, gets three
	// quarters of it. Without a limit DuckDB gets four fifths of the machine's memory.
	MemoryLimit Size `yaml:"memory_limit"`
	// Threads defaults to the number of processors.
	Threads int `yaml:"threads"`
}

// Ranks is how customers are ranked. A customer is large if it belongs to the fewest that make up a share of the measure,
// and growing if it buys more than in the window before.
type Ranks struct {
	// Window is the period that is measured, up to the date: days such as 365d, or whole months such as 6 months.
	// Defaults to 365d.
	Window Window `yaml:"window"`
	// Compare says which window growth compares it with: the one just before (previous), or the same days or months a
	// year earlier (last_year), which keeps the season out. Defaults to previous.
	Compare string `yaml:"compare"`
	// Measure is sales, gross_profit (sales where no cost is known at all), or score, a weighted sum of the company's own.
	// Defaults to sales.
	Measure string `yaml:"measure"`
	// Score is what the measure score adds up, for each customer and window.
	Score Score `yaml:"score"`
	// LargeShare is the share of the measure that the large customers make together. Defaults to 0.8.
	LargeShare Share `yaml:"large_share"`
	// GrowthThreshold is the shrunk growth above which a customer is growing: 1.1 means 10 % more. Defaults to 1.1.
	GrowthThreshold float64 `yaml:"growth_threshold"`
	// Shrinkage is how many mean orders are added to both windows before they are compared. Defaults to 1.
	Shrinkage float64 `yaml:"shrinkage"`
	// GrowingBy is growth, deals or potential. By deals, growing is also who would grow so much by what its open deals can
	// be expected to bring; by potential, also who is predicted to buy so much more in the coming window, which many small
	// customers are. Both know today only: ranks of the past are by growth. Defaults to growth.
	GrowingBy string `yaml:"growing_by"`
	// NewIsGrowing counts a customer without a window before as growing. Defaults to false: new is a flag of its own.
	NewIsGrowing bool `yaml:"new_is_growing"`
	// Rules are tried in order; the first that holds gives the rank. Defaults to A: large and growing, B-2: large,
	// B-1: growing, C: sales_amount > 0, and other.
	Rules []RankRule `yaml:"rules"`
}

// RankRule gives a rank to the customers for which When holds.
type RankRule struct {
	// Rank is the rank's name.
	Rank string `yaml:"rank" jsonschema:"required"`
	// When is a SQL condition over the columns of a customer, such as large and growing. A rule without one holds for
	// everybody who is left, and is the last.
	When string `yaml:"when"`
}

// HoldBack is how long marketing to all contacts of a customer waits for what is open: until it is resolved
// (interactions.resolved_on), and at most so many days, for what nobody ever closes.
type HoldBack struct {
	// Complaint is the longest wait for a complaint: days, `until resolved` without a limit, or off. Defaults to 60d.
	Complaint Hold `yaml:"complaint"`
	// Repair is the longest wait for a repair. Defaults to off.
	Repair Hold `yaml:"repair"`
}

// Score weighs the figures of a window into one. A figure that is left out weighs nothing.
type Score struct {
	// Sales is the weight of each unit of net sales.
	Sales float64 `yaml:"sales"`
	// GrossProfit is the weight of each unit of gross profit; lines whose cost is not known have none.
	GrossProfit float64 `yaml:"gross_profit"`
	// Orders is what each order counts, such as 500.
	Orders float64 `yaml:"orders"`
}

// RFM holds the fixed cuts: four numbers each, from the smallest to the largest.
type RFM struct {
	// RecencyDays are the most days since the last purchase for the scores 5, 4, 3 and 2. Defaults to 30, 90, 180, 365.
	RecencyDays []int `yaml:"recency_days"`
	// Orders are the fewest orders ever for the scores 2, 3, 4 and 5. Defaults to 2, 4, 8, 16.
	Orders []int `yaml:"orders"`
	// Amounts are the lowest net sales ever for the scores 2, 3, 4 and 5, in the company's currency. Without them there is
	// no such score: what is much depends on what one sells.
	Amounts []Decimal `yaml:"amounts"`
}

// Approaches is how customers are treated. What the customer master says wins over the rules.
type Approaches struct {
	// Rules are tried in order; the first that holds gives the approach. Defaults to revive: is_dormant and was_large,
	// focus: rank = 'A', regular: rank = 'B-2', develop: rank = 'B-1' and risk <> 'high', and inform. Under a scheme
	// without these ranks, large and growing stand for them.
	Rules []ApproachRule `yaml:"rules"`
	// Labels are what people call the approaches, by name. Those of the default five are known.
	Labels map[string]Label `yaml:"labels"`
}

// ApproachRule gives an approach to the customers for which When holds.
type ApproachRule struct {
	// Approach is its name, as the customer master writes it.
	Approach string `yaml:"approach" jsonschema:"required"`
	// When is a SQL condition over the columns of metrics.customer and metrics.customer_state, such as rank = 'A'. A rule
	// without one holds for everybody who is left, and is the last.
	When string `yaml:"when"`
}

// Label is a name in both languages; where one is left out, it is the name itself.
type Label struct {
	// En is the English name.
	En string `yaml:"en"`
	// Ja is the Japanese name.
	Ja string `yaml:"ja"`
}

// Perk is what ranks are entitled to, with what it costs.
type Perk struct {
	// Name tells it from the others.
	Name string `yaml:"name" jsonschema:"required"`
	// Text is what the customer reads; the name by default.
	Text string `yaml:"text"`
	// Ranks that are entitled to it.
	Ranks []string `yaml:"ranks" jsonschema:"required"`
	// Discount is the share of the price that it takes off, where it is one.
	Discount Share `yaml:"discount"`
	// Cost of one grant, in the company's currency.
	Cost Decimal `yaml:"cost"`
	// Limit is how often one customer may have it: 1 per 90d. No limit by default.
	Limit Cap `yaml:"limit"`
}

// Campaign selects an audience, and says what each of them gets, by which channel, under which limits.
type Campaign struct {
	// Title is what reports and lists call it; the name by default.
	Title string `yaml:"title"`
	// Channel is email, postal or list.
	Channel string `yaml:"channel" jsonschema:"required"`
	// Purpose is marketing (needs consent), service (does not) or internal (lists for the own staff). Defaults to
	// marketing, for the channel list to internal.
	Purpose string `yaml:"purpose"`
	// Audience is one select: a row a contact (contact_id), or for the channel list a row a customer (customer_id),
	// with the fields that the template needs. $as_of is the slot's date.
	Audience string `yaml:"audience" jsonschema:"required"`
	// Template is the folder of templates that it is written with. Defaults to the campaign's name; a list needs none.
	Template string `yaml:"template"`
	// Variants are spread evenly over the contacts. None by default.
	Variants []Variant `yaml:"variants"`
	// Priority is the campaign's place under the caps: what a higher one will send soon, by its job's schedule, is kept
	// free for it. Defaults to 0.
	Priority int `yaml:"priority"`
	// Topic is one of topics: who has left it out is not written to. None by default.
	Topic string `yaml:"topic"`
	// Confirms makes it the confirmation mail of opt_in: it goes, once a request, to those who have asked for mail
	// (ops.opt_in) and not confirmed. By e-mail, of purpose service, without a hold-out. Defaults to false.
	Confirms bool `yaml:"confirms"`
	// Holdout is the share of units that would have been mailed and are not. Defaults to 10%, for lists to 0.
	Holdout Share `yaml:"holdout"`
	// Caps limit what one contact receives, and when.
	Caps Caps `yaml:"caps"`
	// HoldBack is follow, or ignore: write to customers with an open complaint or repair too. Defaults to follow for
	// marketing, otherwise to ignore.
	HoldBack string `yaml:"hold_back"`
	// Guard stops a run away.
	Guard Guard `yaml:"guard"`
	// Expires is how long after its slot an edition may still be sent. Defaults to 3d.
	Expires Duration `yaml:"expires"`
	// FileBy is, for the channel list, the audience column that gives each file its rows.
	FileBy string `yaml:"file_by"`
	// ResendUnconfirmed sends again what was attempted by SMTP and never answered. Defaults to false.
	ResendUnconfirmed bool `yaml:"resend_unconfirmed"`
	// Effect is how its success is measured.
	Effect Effect `yaml:"effect"`
}

// Variant is one version of a campaign's message; contacts are spread evenly over them.
type Variant struct {
	// Name tells it from the others: letters, digits, - and _.
	Name string `yaml:"name" jsonschema:"required"`
	// Subject takes the place of the template's, written as one.
	Subject string `yaml:"subject"`
}

// Caps limit what one contact receives.
type Caps struct {
	// PerContact counts planned and held-out messages of every marketing campaign: "2 per 7d".
	PerContact Cap `yaml:"per_contact"`
	// QuietHours is when nothing leaves, local time: "20:00-08:00".
	QuietHours Hours `yaml:"quiet_hours"`
	// Cadence is ignore, or follow: leave out whom metrics.contact_cadence pauses or sends elsewhere, and write to whom it
	// reduces half as often as per_contact says. Defaults to ignore.
	Cadence string `yaml:"cadence"`
}

// Guard stops a run away.
type Guard struct {
	// MaxMessages planned in one edition. 0: no limit.
	MaxMessages int `yaml:"max_messages"`
	// MaxChange against the number planned in the last finished edition. 0: no limit.
	MaxChange Share `yaml:"max_change"`
}

// Effect is how a campaign's success is measured.
type Effect struct {
	// Outcome is sales, gross_profit, orders, or `sales of category` where the audience has a category column.
	// Defaults to sales.
	Outcome string `yaml:"outcome"`
	// Window counts from the slot. Defaults to 14d by e-mail and 30d otherwise.
	Window Days `yaml:"window"`
	// CostPerMessage in the company's currency.
	CostPerMessage Decimal `yaml:"cost_per_message"`
}

// Report is a management report and who gets it.
type Report struct {
	// Template is the folder of templates that it is written with. Defaults to the report's name.
	Template string `yaml:"template"`
	// Title stands above it; the name by default.
	Title string `yaml:"title"`
	// To are the addresses that it is mailed to. With none it is only written.
	To []string `yaml:"to"`
	// Expires is how long after its slot it may still be sent. Defaults to 31d.
	Expires Duration `yaml:"expires"`
}

// Job says when steps run.
type Job struct {
	// Schedule is five cron fields: minute hour day month weekday. A job without one runs by hand only.
	Schedule string `yaml:"schedule"`
	// Steps are load, analyze, collect, backtest, `campaign NAME`, `report NAME`, in order.
	Steps []string `yaml:"steps" jsonschema:"required"`
	// Retry is how many more times a failed step is tried. Defaults to 0.
	Retry int `yaml:"retry"`
	// CatchUp is how long after its time a missed run is still made up for. Defaults to 0: never.
	CatchUp Duration `yaml:"catch_up"`
	// Timeout ends a run. Defaults to 6h.
	Timeout Duration `yaml:"timeout"`
}

// Mail is how e-mail leaves.
type Mail struct {
	// Transport is outbox (files) or smtp. Defaults to outbox.
	Transport string `yaml:"transport"`
	// From is the sender's address: Name <news@example.com>. Required to send.
	From string `yaml:"from"`
	// ReplyTo is where answers go; the sender by default.
	ReplyTo string `yaml:"reply_to"`
	// Outbox is the folder of .eml files, relative to the config file. Defaults to outbox below the data folder.
	Outbox string `yaml:"outbox"`
	// SMTP is the relay that the transport smtp hands mail to.
	SMTP SMTP `yaml:"smtp"`
	// Domains limit what single receiving domains get.
	Domains map[string]DomainRate `yaml:"domains"`
	// Families limit what several receiving domains get together that share servers, by a name of your own.
	Families map[string]Family `yaml:"families"`
	// WarmUp lets the volume of a new sender grow day by day.
	WarmUp WarmUp `yaml:"warm_up"`
	// DKIM signs what leaves by SMTP: domain, selector and key belong together.
	DKIM DKIM `yaml:"dkim"`
	// Bounces is how mail that comes back is taken in: bounces, complaints, automatic replies.
	Bounces Bounces `yaml:"bounces"`
}

// Bounces is how mail that comes back is known again and taken in. See docs/bounces.md.
type Bounces struct {
	// ReturnPath is the envelope sender of what leaves by SMTP, such as bounces+*@example.com: the * becomes a signed token
	// of each message, so that what comes back tells which message it is about. The sender's address by default, and
	// bounces are known by their Message-ID only.
	ReturnPath string `yaml:"return_path"`
	// Maildir is a Maildir folder that collect and serve read, relative to the config file; what is taken in moves from new
	// to cur.
	Maildir string `yaml:"maildir"`
	// Listen is where serve takes mail in, host:port: such as 127.0.0.1:2424, for the mail server beside it to hand over.
	Listen string `yaml:"listen"`
	// Protocol spoken there: lmtp or smtp. Defaults to lmtp.
	Protocol string `yaml:"protocol"`
	// IMAP is a mailbox that collect and serve read.
	IMAP IMAP `yaml:"imap"`
	// Poll is how often serve reads maildir and imap. Defaults to 5m.
	Poll Duration `yaml:"poll"`
	// Soft is how many messages in a row may come back in a time, for a full mailbox or the like, before the address is
	// suppressed. Defaults to 3 per 30d.
	Soft Cap `yaml:"soft"`
}

// IMAP is a mailbox on a server.
type IMAP struct {
	// Host name or address. Without one no mailbox is read.
	Host string `yaml:"host"`
	// Port defaults to 993, with starttls or none to 143.
	Port int `yaml:"port"`
	// Username to log in with.
	Username string `yaml:"username"`
	// Password to log in with: ${env:NAME} or ${file:PATH}.
	Password Secret `yaml:"password"`
	// TLS is implicit (from the first byte), starttls or none. Defaults to implicit.
	TLS string `yaml:"tls"`
	// Mailbox that is read. Defaults to INBOX.
	Mailbox string `yaml:"mailbox"`
	// Done is the mailbox that mail moves to once it is taken in. Without one it stays, and is marked as seen.
	Done string `yaml:"done"`
}

// SMTP is the relay.
type SMTP struct {
	// Host name or address. Required by the transport smtp.
	Host string `yaml:"host"`
	// Port defaults to 587, which RFC 6409 has for submission.
	Port int `yaml:"port"`
	// Username to log in with. Without one there is no login.
	Username string `yaml:"username"`
	// Password to log in with: ${env:NAME} or ${file:PATH}.
	Password Secret `yaml:"password"`
	// TLS is required or opportunistic (STARTTLS), implicit (from the first byte, as on port 465) or none. Defaults to
	// required.
	TLS string `yaml:"tls"`
	// Connections at once. Defaults to 4.
	Connections int `yaml:"connections"`
	// PerConnection is how many recipients one connection names at most, 1 to 100: docomo takes no more than 100. Defaults
	// to 100.
	PerConnection int `yaml:"per_connection"`
	// Rate over all connections. No limit by default.
	Rate Rate `yaml:"rate"`
	// Timeout of one reply. Defaults to 10m after the final dot, as RFC 5321 4.5.3.2 asks, which is the least that
	// may be set for it; this is the one for the other commands. Defaults to 1m.
	Timeout Duration `yaml:"timeout"`
}

// DomainRate limits what one receiving domain gets.
type DomainRate struct {
	// Connections at once. No limit but that of the relay by default.
	Connections int `yaml:"connections"`
	// Rate over these connections. No limit by default.
	Rate Rate `yaml:"rate"`
}

// Family is a set of receiving domains that share servers, with the limits of all of them together.
type Family struct {
	// Domains that belong to it. A domain may stand in one family, or below domains, but not in both.
	Domains []string `yaml:"domains"`
	// MX are ends of names of mail servers, such as google.com: a domain that is served by one of these belongs to the
	// family too. The name servers are asked while mail leaves. None by default.
	MX []string `yaml:"mx"`
	// Connections at once. No limit but that of the relay by default.
	Connections int `yaml:"connections"`
	// Rate over these connections. No limit by default.
	Rate Rate `yaml:"rate"`
}

// WarmUp lets the volume of a new sender grow: receivers distrust much mail from where there was none. All campaigns
// together count.
type WarmUp struct {
	// From is the first day, YYYY-MM-DD.
	From string `yaml:"from"`
	// Daily is how many messages may leave on the first day, the second, and so on. After the last there is no limit.
	Daily []int `yaml:"daily"`
	// Hourly is the same for each hour of these days. No limit by the hour by default.
	Hourly []int `yaml:"hourly"`
}

// DKIM signs what leaves by SMTP.
type DKIM struct {
	// Domain that signs: the sender's, or one that shares its registered part with it, so that DMARC holds.
	Domain string `yaml:"domain"`
	// Selector of the key in the domain's DNS.
	Selector string `yaml:"selector"`
	// Key is the private key, PEM: ${file:PATH}. RSA of at least 2048 bits, which everybody verifies, or Ed25519.
	Key Secret `yaml:"key"`
	// Also are further signatures on every message, such as one by Ed25519 beside the one by RSA.
	Also []DKIMKey `yaml:"also"`
}

// DKIMKey makes a further signature on every message.
type DKIMKey struct {
	// Domain that signs. Defaults to the first signature's.
	Domain string `yaml:"domain"`
	// Selector of the key in the domain's DNS.
	Selector string `yaml:"selector" jsonschema:"required"`
	// Key is the private key, PEM: ${file:PATH}.
	Key Secret `yaml:"key" jsonschema:"required"`
}

// Tracking is the public side: where links in mails lead.
type Tracking struct {
	// BaseURL is what links begin with, https. Required by marketing mail that leaves by SMTP: each must carry a way to
	// unsubscribe with one click.
	BaseURL string `yaml:"base_url"`
	// Listen is where serve answers: host:port. Defaults to 127.0.0.1:8080, behind a proxy that speaks TLS.
	Listen string `yaml:"listen"`
	// Key signs the links: at least 32 bytes, ${env:NAME} or ${file:PATH}.
	Key Secret `yaml:"key"`
	// FormerKeys are keys that key has replaced: links in mails sent before go on working, and nothing is signed by them.
	FormerKeys []Secret `yaml:"former_keys"`
	// Clicks leads the links of marketing mail through base_url, so that clicks are counted. Defaults to true.
	Clicks bool `yaml:"clicks"`
	// Opens puts a picture of one pixel into marketing mail, so that openings are counted. Many mail programs fetch it
	// unasked or never, and it tells of people who only read. Defaults to false.
	Opens bool `yaml:"opens"`
	// TrustedProxies are the addresses or networks (10.0.0.0/8) whose X-Forwarded-For is believed. Defaults to the
	// loopback addresses.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// Spool is the folder that `tokui track` writes to, where it runs apart from serve: collect brings it into the journal.
	Spool string `yaml:"spool"`
}
