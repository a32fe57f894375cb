package bounce

import "time"

// Kind is what a mail that came in is.
type Kind string

// The kinds of mail.
const (
	Failed    Kind = "failed"     // a server gave up
	Delayed   Kind = "delayed"    // a server is still trying
	Delivered Kind = "delivered"  // a server says that all went well
	Complaint Kind = "complaint"  // Feedback says of which type
	NotSpam   Kind = "not-spam"   // somebody took it out of the spam folder
	AutoReply Kind = "auto-reply" // a program answered, for somebody who is away or has left
	Reply     Kind = "reply"      // a person answered
	Refusal   Kind = "refusal"    // a person answered, and wants no more
	Unread    Kind = "unread"     // none of these, as far as can be told; Reason says why
)

// Report is what a mail says.
type Report struct {
	Kind Kind
	// Form is how it was written: dsn, arf, qmail, exim, exchange, sendmail, text; "" of what is no report.
	Form string
	// Enhanced is the code (RFC 3463) by which a failure or delay is to be judged. It is not always the one that stands in
	// the mail: 5.1.1 where a carrier says in words only that the mailbox does not exist. "" is open.
	Enhanced string
	// Code is the SMTP reply code, 0 where there is none.
	Code int
	// Text is what the server said, on one line. It may hold addresses.
	Text string
	// Feedback is the type of a feedback report, in lower case: abuse, fraud, opt-out, virus, other, auth-failure.
	Feedback string
	// Reason is why a mail is Unread; or why a person should look at one that was read, such as an automatic reply of
	// somebody who has left the company.
	Reason string
	// Recipients are whom the report names; only for taking them out of texts.
	Recipients []string
	// Traces are texts in which the message's return path may stand, the most telling first: the addresses that the mail was
	// sent to, the headers of the message that came back, everything.
	Traces []string
	// MessageIDs are those of the message that came back, or that is answered, without < and >.
	MessageIDs []string
	// At is when it arrived, as the last server says; zero where none does.
	At time.Time
	// ID is the same for the same mail by whichever way it came in, 32 hexadecimal digits.
	ID string
}
