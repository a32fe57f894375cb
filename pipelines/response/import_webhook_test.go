package response

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

const (
	ours    = "15a726a2956afe6716e8682334e3a9dc"
	sesMail = `"mail": {"timestamp": "2026-11-20T10:00:00.000Z", "messageId": "0101-ses", "destination": ["Taro@example.com"],
		"headers": [{"name": "Message-ID", "value": "<` + ours + `@example.com>"}], "commonHeaders": {"messageId": "<x@example.com>"}}`
	sesFile = `{"Type": "Notification", "Message": "{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bounceSubType\":\"General\",\"timestamp\":\"2026-11-20T10:01:00.000Z\",\"feedbackId\":\"f1\",\"bouncedRecipients\":[{\"emailAddress\":\"taro@example.com\",\"status\":\"5.1.1\",\"diagnosticCode\":\"smtp; 550 5.1.1 user unknown\"}]},\"mail\":{\"commonHeaders\":{\"messageId\":\"<` + ours + `@example.com>\"}}}"}
{"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"}
{"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull", "timestamp": "2026-11-20T10:02:00.000Z", "feedbackId": "f2", "bouncedRecipients": [{"emailAddress": "jiro@example.com"}]}, ` + sesMail + `}
{"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": "2026-11-20T10:02:00.000Z", "feedbackId": "f3", "bouncedRecipients": [{"emailAddress": "jiro@example.com", "status": "5.7.1", "diagnosticCode": "smtp; 554 5.7.1 blocked"}]}, ` + sesMail + `}
{"eventType": "Complaint", "complaint": {"complaintFeedbackType": "abuse", "timestamp": "2026-11-20T10:03:00.000Z", "feedbackId": "f4", "complainedRecipients": [{"emailAddress": "taro@example.com"}]}, ` + sesMail + `}
{"eventType": "Complaint", "complaint": {"complaintFeedbackType": "not-spam", "timestamp": "2026-11-20T10:03:00.000Z", "feedbackId": "f5", "complainedRecipients": [{"emailAddress": "taro@example.com"}]}, ` + sesMail + `}
{"eventType": "Delivery", ` + sesMail + `}
{"eventType": "Open", "open": {"timestamp": "2026-11-20T11:00:00.000Z"}, ` + sesMail + `}
{"eventType": "Click", "click": {"timestamp": "2026-11-20T11:01:00.000Z"}, ` + sesMail + `}
{"hello": 1}
`
	sendGridFile = `[
{"event": "processed", "email": "taro@example.com", "timestamp": 1763632800, "sg_event_id": "g0"},
{"event": "bounce", "email": "taro@example.com", "timestamp": 1763632800, "sg_event_id": "g1", "smtp-id": "<` + ours + `@example.com>", "status": "5.0.0", "reason": "550 No such user here", "type": "bounce"},
{"event": "bounce", "email": "jiro@example.com", "timestamp": 1763632801, "sg_event_id": "g2", "smtp-id": "<14c5@ismtpd-1>", "status": "5.7.1", "reason": "554 5.7.1 refused", "type": "blocked"},
{"event": "dropped", "email": "jiro@example.com", "timestamp": 1763632802, "sg_event_id": "g3", "reason": "Unsubscribed Address"}]
[{"event": "spamreport", "email": "jiro@example.com", "timestamp": 1763632803, "sg_event_id": "g4"},
{"event": "group_unsubscribe", "email": "jiro@example.com", "timestamp": 1763632804, "sg_event_id": "g5"},
{"event": "open", "email": "jiro@example.com", "timestamp": 1763632805, "sg_event_id": "g6", "sg_machine_open": true},
{"event": "click", "email": "jiro@example.com", "timestamp": 1763632806, "sg_event_id": "g7"},
{"event": "group_resubscribe", "email": "jiro@example.com", "timestamp": 1763632807, "sg_event_id": "g8"},
{"event": "click", "email": "jiro@example.com"}]
`
)

// TestWebhooks is P5 and P6 for what mail services say: judged as mail is, by message and address, once.
func TestWebhooks(t *testing.T) {
	dir := t.TempDir()
	keys := edition.NewKeys("seed")
	importer := func(events *[]journal.Event) Importer {
		return Importer{
			Keys: keys, Location: time.UTC, Now: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), JournalDir: dir,
			Append: func(ctx context.Context, some ...journal.Event) error {
				*events = append(*events, some...)
				w, err := journal.OpenWriter(dir, ImportStream, time.Now)
				if err != nil {
					return err
				}
				if err := w.Append(ctx, some...); err != nil {
					return err
				}
				return w.Close()
			},
		}
	}
	people := map[string]string{keys.Address("taro@example.com"): "taro", keys.Address("jiro@example.com"): "jiro", "": "nobody"}
	for _, test := range []struct {
		format, file     string
		passed, rejected int
		want             []string
	}{
		{FormatSES, sesFile, 3, 1, []string{
			"bounce taro ours 5.1.1 address 550 5.1.1 user unknown",
			"bounce jiro ours 5.2.2 transient Transient MailboxFull",
			"bounce jiro ours 5.7.1 reputation 554 5.7.1 blocked",
			"complaint taro ours   abuse",
			"open taro ours   ",
			"click taro ours   ",
		}},
		{FormatSendGrid, sendGridFile, 2, 1, []string{
			"bounce taro ours 5.1.1 address 550 No such user here",
			"bounce jiro  5.7.1 reputation 554 5.7.1 refused",
			"unsubscribe jiro    Unsubscribed Address",
			"complaint jiro    ",
			"unsubscribe jiro    ",
			"open jiro    machine: the service says so",
			"click jiro    ",
		}},
	} {
		t.Run(test.format, func(t *testing.T) {
			var events []journal.Event
			done, err := importer(&events).Webhooks(t.Context(), test.format, "file", strings.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range events {
				message, class := "", ""
				if e.MessageKey == ours {
					message = "ours"
				}
				if e.Kind == journal.Bounce {
					class = string(journal.BounceClass(e.Enhanced))
				}
				got = append(got, fmt.Sprintf("%s %s %s %s %s %s", e.Kind, people[e.AddressKey], message, e.Enhanced, class, e.Detail))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if done.PassedOver != test.passed || len(done.Rejected) != test.rejected || done.Rows != done.Events+done.Known+done.PassedOver+len(done.Rejected) {
				t.Errorf("got %+v, want %d passed over and %d rejected", done, test.passed, test.rejected)
			}
			again, err := importer(&events).Webhooks(t.Context(), test.format, "file", strings.NewReader(test.file))
			if err != nil || again.Events != 0 || again.Known != len(test.want) {
				t.Errorf("again: got %+v, %v, want all known", again, err)
			}
		})
	}
	var events []journal.Event
	if _, err := importer(&events).Webhooks(t.Context(), FormatSES, "file", strings.NewReader("kind,at\n")); err == nil {
		t.Error("a CSV file: got no error")
	}
}
