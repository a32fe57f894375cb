package response

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/bounce"
	"github.com/tokui/tokui/internal/journal"
)

// The formats of mail services' webhooks.
const (
	FormatSES      = "ses"
	FormatSendGrid = "sendgrid"
)

// Webhooks reads what a mail service calls a web address with, kept in a file: JSON objects or arrays of them, one after the
// other. ses is Amazon SES (event publishing or notifications, wrapped by SNS or not), sendgrid the SendGrid event webhook.
//
// The service knows its recipients, so the address that it names is taken as it is (unlike one in a mail that anybody can
// write), beside the message where our Message-ID is given. Deliveries, deferrals and the like are passed over: they
// change nothing. A bounce is judged by code and text as one that comes by mail (P5), a complaint as P6 says.
func (im Importer) Webhooks(ctx context.Context, format, name string, r io.Reader) (Imported, error) {
	done := Imported{Kinds: map[journal.Kind]int{}, Rejected: []Reject{}}
	read := map[string]func(json.RawMessage) ([]map[string]string, error){FormatSES: sesRows, FormatSendGrid: sendGridRows}[format]
	if read == nil {
		return done, fmt.Errorf("import %s: got format %q, want csv, %s or %s", name, format, FormatSES, FormatSendGrid)
	}
	known, err := im.known()
	if err != nil {
		return done, err
	}
	reader := im.rowReader(nil)
	decoder := json.NewDecoder(r)
	for n := 1; ; {
		var value json.RawMessage
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return done, nil
		} else if err != nil {
			return done, fmt.Errorf("import %s: event %d: no JSON: %w", name, n, err)
		}
		var batch []journal.Event
		for _, one := range oneByOne(value) {
			rows, err := read(one)
			if err == nil && len(rows) == 0 {
				done.PassedOver++
				done.Rows++
			}
			if err != nil {
				done.Rows++
				done.Rejected = append(done.Rejected, Reject{Line: n, Reason: err.Error()})
			}
			for _, row := range rows {
				done.Rows++
				event, err := reader.webhook(row)
				switch {
				case err != nil:
					done.Rejected = append(done.Rejected, Reject{Line: n, Reason: err.Error()})
				case known[event.ID]:
					done.Known++
				default:
					known[event.ID] = true
					batch = append(batch, event)
				}
			}
			n++
		}
		if len(batch) == 0 {
			continue
		}
		if err := im.Append(ctx, batch...); err != nil {
			return done, fmt.Errorf("import %s: %w", name, err)
		}
		done.Events += len(batch)
		for _, e := range batch {
			done.Kinds[e.Kind]++
		}
	}
}

// oneByOne are the members of an array, or the one value.
func oneByOne(value json.RawMessage) []json.RawMessage {
	var all []json.RawMessage
	if json.Unmarshal(value, &all) == nil {
		return all
	}
	return []json.RawMessage{value}
}

// webhook makes an event of what a service says. A Message-ID that is not ours is the service's own, and says nothing here.
func (rr rowReader) webhook(row map[string]string) (journal.Event, error) {
	id := strings.ToLower(strings.Trim(row["message_id"], "<> "))
	if local, _, _ := strings.Cut(id, "@"); !rr.key.MatchString(local) {
		id = ""
	}
	row["message_id"] = id
	row["channel"] = "email"
	if row["kind"] == string(journal.Bounce) {
		row["enhanced"] = bounce.Judge(row["enhanced"], row["detail"])
	}
	row["detail"] = strings.ToValidUTF8(row["detail"], "")
	return rr.event(row)
}

// sesEvent is what is read of SES' events; the rest is passed over.
type sesEvent struct {
	Message          string `json:"Message"` // of SNS' wrapping
	EventType        string `json:"eventType"`
	NotificationType string `json:"notificationType"`
	Mail             struct {
		Timestamp     string   `json:"timestamp"`
		Destination   []string `json:"destination"`
		CommonHeaders struct {
			MessageID string `json:"messageId"`
		} `json:"commonHeaders"`
		Headers []struct{ Name, Value string } `json:"headers"`
	} `json:"mail"`
	Bounce struct {
		Type       string `json:"bounceType"`
		SubType    string `json:"bounceSubType"`
		Timestamp  string `json:"timestamp"`
		FeedbackID string `json:"feedbackId"`
		Recipients []struct {
			Address    string `json:"emailAddress"`
			Status     string `json:"status"`
			Diagnostic string `json:"diagnosticCode"`
		} `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		Type       string `json:"complaintFeedbackType"`
		Timestamp  string `json:"timestamp"`
		FeedbackID string `json:"feedbackId"`
		Recipients []struct {
			Address string `json:"emailAddress"`
		} `json:"complainedRecipients"`
	} `json:"complaint"`
	Open  struct{ Timestamp string } `json:"open"`
	Click struct{ Timestamp string } `json:"click"`
}

func sesRows(raw json.RawMessage) ([]map[string]string, error) {
	var e sesEvent
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, errors.New("no object of SES: " + jsonFault(err))
	}
	if e.Message != "" && e.EventType == "" && e.NotificationType == "" {
		var inner sesEvent
		if err := json.Unmarshal([]byte(e.Message), &inner); err != nil {
			return nil, nil // SNS says hello, or a text for people
		}
		e = inner
	}
	id := e.Mail.CommonHeaders.MessageID
	for _, h := range e.Mail.Headers {
		if strings.EqualFold(h.Name, "Message-ID") {
			id = h.Value
		}
	}
	row := func(kind, at, address, id2 string) map[string]string {
		return map[string]string{"kind": kind, "at": cmp.Or(at, e.Mail.Timestamp), "email": address, "message_id": id, "id": id2}
	}
	var rows []map[string]string
	switch cmp.Or(e.EventType, e.NotificationType) {
	case "Bounce":
		for _, r := range e.Bounce.Recipients {
			one := row("bounce", e.Bounce.Timestamp, r.Address, "ses "+e.Bounce.FeedbackID+" "+strings.ToLower(r.Address))
			one["enhanced"] = r.Status
			one["detail"] = strings.TrimSpace(strings.TrimPrefix(r.Diagnostic, "smtp;"))
			switch {
			case e.Bounce.SubType == "NoEmail" || e.Bounce.SubType == "Suppressed" || e.Bounce.SubType == "OnAccountSuppressionList":
				one["enhanced"] = cmp.Or(one["enhanced"], "5.1.1") // SES has seen it bounce before
			case e.Bounce.SubType == "MailboxFull":
				one["enhanced"] = cmp.Or(one["enhanced"], "5.2.2")
			case e.Bounce.Type == "Transient":
				one["enhanced"] = cmp.Or(one["enhanced"], "4.0.0")
			}
			one["detail"] = cmp.Or(one["detail"], strings.TrimSpace(e.Bounce.Type+" "+e.Bounce.SubType))
			rows = append(rows, one)
		}
	case "Complaint":
		if e.Complaint.Type == "not-spam" || e.Complaint.Type == "virus" { // P6
			return nil, nil
		}
		for _, r := range e.Complaint.Recipients {
			one := row("complaint", e.Complaint.Timestamp, r.Address, "ses "+e.Complaint.FeedbackID+" "+strings.ToLower(r.Address))
			one["detail"] = e.Complaint.Type
			rows = append(rows, one)
		}
	case "Open", "Click":
		if len(e.Mail.Destination) != 1 {
			return nil, nil // of several, nobody knows who
		}
		kind, at := "open", e.Open.Timestamp
		if e.EventType == "Click" {
			kind, at = "click", e.Click.Timestamp
		}
		rows = append(rows, row(kind, at, e.Mail.Destination[0], ""))
	case "":
		return nil, errors.New("got an object without eventType and notificationType, want an event of SES")
	}
	return rows, nil
}

// sendGridEvent is what is read of SendGrid's events.
type sendGridEvent struct {
	Event     string      `json:"event"`
	Email     string      `json:"email"`
	Timestamp json.Number `json:"timestamp"`
	ID        string      `json:"sg_event_id"`
	SMTPID    string      `json:"smtp-id"`
	Status    string      `json:"status"`
	Reason    string      `json:"reason"`
	Type      string      `json:"type"`
	Machine   bool        `json:"sg_machine_open"`
}

func sendGridRows(raw json.RawMessage) ([]map[string]string, error) {
	var e sendGridEvent
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, errors.New("no object of SendGrid: " + jsonFault(err))
	}
	seconds, err := strconv.ParseFloat(e.Timestamp.String(), 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return nil, errors.New("timestamp: got none, want seconds since 1970")
	}
	row := map[string]string{
		"at": time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339), "email": e.Email, "message_id": e.SMTPID,
	}
	if e.ID != "" {
		row["id"] = "sendgrid " + e.ID
	}
	switch e.Event {
	case "bounce":
		row["kind"], row["enhanced"], row["detail"] = "bounce", e.Status, e.Reason
		if e.Type == "blocked" && bounce.Judge(e.Status, e.Reason) == "" { // it may pass next time, SendGrid says
			row["enhanced"] = "4.0.0"
		}
	case "dropped":
		switch {
		case strings.HasPrefix(e.Reason, "Bounced Address"), strings.HasPrefix(e.Reason, "Invalid"):
			row["kind"], row["enhanced"], row["detail"] = "bounce", "5.1.1", e.Reason
		case strings.HasPrefix(e.Reason, "Unsubscribed Address"):
			row["kind"], row["detail"] = "unsubscribe", e.Reason
		case strings.HasPrefix(e.Reason, "Spam Reporting Address"):
			row["kind"], row["detail"] = "complaint", e.Reason
		default:
			row["kind"], row["enhanced"], row["detail"] = "bounce", "5.0.0", e.Reason
		}
	case "spamreport":
		row["kind"] = "complaint"
	case "unsubscribe", "group_unsubscribe":
		row["kind"] = "unsubscribe"
	case "click":
		row["kind"] = "click"
	case "open":
		row["kind"] = "open"
		if e.Machine {
			row["detail"] = "machine: the service says so"
		}
	case "":
		return nil, errors.New("got an object without event, want an event of SendGrid")
	default: // processed, delivered, deferred, group_resubscribe: a consent needs more than a click
		return nil, nil
	}
	return []map[string]string{row}, nil
}

// jsonFault is what is wrong without a value in it.
func jsonFault(err error) string {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return fmt.Sprintf("%s is a %s", cmp.Or(typed.Field, "it"), typed.Value)
	}
	return "it cannot be read"
}
