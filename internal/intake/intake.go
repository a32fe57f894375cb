package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/bounce"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/returnpath"
)

// Stream is the journal stream of what came in by mail.
const Stream = "bounces"

// MaxSize is how large a mail may be. A report holds at most one of ours; what is larger is for people.
const MaxSize = 10 << 20

// Mail is one mail as it came in.
type Mail struct {
	Raw []byte
	// Recipients are whom it was handed over for, where the way it came by says so.
	Recipients []string
}

// Intake takes mail in. The fields are set once, before use; it may then be used concurrently.
type Intake struct {
	// Paths read the tokens of return paths.
	Paths returnpath.Signer
	// Dir is the folder of mail that is kept.
	Dir string
	// JournalDir is looked through for what was taken in before.
	JournalDir string
	// Now is the clock of the events.
	Now func() time.Time
	// Alert is told what a person should look at; nil: nobody.
	Alert func(text string)

	mu     sync.Mutex
	known  map[string]bool
	writer *journal.Writer
	disk   journal.Disk // for tests that watch the order
}

// Taken is what became of one mail.
type Taken struct {
	// ID is the same for the same mail.
	ID   string      `json:"id"`
	Kind bounce.Kind `json:"kind"`
	// Event is the kind of the event, "" where the journal had it already.
	Event journal.Kind `json:"event,omitempty"`
	// Class of a bounce.
	Class journal.Class `json:"class,omitempty"`
	// Enhanced is the code by which it is judged.
	Enhanced   string `json:"enhanced,omitempty"`
	MessageKey string `json:"message_key,omitempty"`
	// Kept is the file that it was kept as, Reason why.
	Kept   string `json:"kept,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Take reads mails and returns when what they say is on the disk. It may be repeated after an error: what the journal has
// is passed over.
func (in *Intake) Take(ctx context.Context, mails ...Mail) ([]Taken, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.remember(); err != nil {
		return nil, err
	}
	var all []Taken
	var events []journal.Event
	var alerts []string
	fresh := map[string]bool{}
	for _, m := range mails {
		event, taken, alert := in.read(m)
		if in.known[taken.ID] || fresh[taken.ID] {
			taken.Event, taken.Reason = "", ""
			all = append(all, taken)
			continue
		}
		if taken.Reason != "" {
			path, err := in.keep(taken.ID, m.Raw)
			if err != nil {
				return nil, fmt.Errorf("keep mail: %w", err)
			}
			taken.Kept = path
		}
		if alert != "" {
			alerts = append(alerts, alert)
		}
		fresh[taken.ID] = true
		events = append(events, event)
		all = append(all, taken)
	}
	if len(events) == 0 {
		return all, nil
	}
	if in.writer == nil { // a segment is begun where there is something to put into it
		writer, err := journal.OpenWriterOn(in.disk, in.JournalDir, Stream, in.Now)
		if err != nil {
			return nil, fmt.Errorf("take mail in: %w", err)
		}
		in.writer = writer
	}
	if err := in.writer.Append(ctx, events...); err != nil {
		// what its file holds is unknown until it is read again, and it takes no more
		failed := in.writer
		in.writer, in.known = nil, nil
		return nil, fmt.Errorf("take mail in: %w", errors.Join(err, failed.Close()))
	}
	for id := range fresh {
		in.known[id] = true
	}
	if in.Alert != nil {
		for _, alert := range alerts {
			in.Alert(alert)
		}
	}
	return all, nil
}

// Close seals the journal segment, where one was begun.
func (in *Intake) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.writer == nil {
		return nil
	}
	err := in.writer.Close()
	in.writer = nil
	return err
}

// remember reads what was taken in before, once.
func (in *Intake) remember() error {
	if in.known != nil {
		return nil
	}
	known := map[string]bool{}
	_, err := journal.Read(in.JournalDir, Stream, func(e journal.Event, _ journal.Place) error {
		known[e.ID] = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("read mail that was taken in before: %w", err)
	}
	in.known = known
	return nil
}

// read makes the event of one mail. Taken.Reason says why it is to be kept, "" where it is not.
func (in *Intake) read(m Mail) (e journal.Event, taken Taken, alert string) {
	report := bounce.Parse(m.Raw, m.Recipients...)
	key := in.messageOf(report)
	e = journal.Event{
		ID: report.ID, Kind: journal.Notice, At: in.arrived(report.At), MessageKey: key, Channel: "email",
		Code: report.Code, Enhanced: report.Enhanced, Detail: string(report.Kind),
	}
	text := anonymous(report)
	if text != "" {
		e.Detail += ": " + text
	}
	taken = Taken{ID: report.ID, Kind: report.Kind, Enhanced: report.Enhanced, MessageKey: key, Reason: report.Reason}
	if report.Kind == bounce.Failed {
		taken.Class = journal.BounceClass(report.Enhanced)
	}
	wanted := journal.Kind("") // the event, where it is known whom it is about
	switch report.Kind {
	case bounce.Failed:
		wanted = journal.Bounce
		e.Detail = string(taken.Class)
		if text != "" {
			e.Detail += ": " + text
		}
		switch taken.Class {
		case journal.ClassReputation:
			alert = fmt.Sprintf("a server refuses us or our mail (%s): %s", cmp.Or(report.Enhanced, "no code"), text)
		case journal.ClassUnknown:
			taken.Reason = "a bounce that is neither clearly about the address nor about us: decide, and tell by tokui import events"
		}
	case bounce.Complaint:
		e.Detail = string(report.Kind) + ": " + report.Feedback
		switch report.Feedback {
		case "abuse", "fraud":
			wanted = journal.Complaint
		case "opt-out", "opt-out-list":
			wanted = journal.Unsubscribe
		default:
			taken.Reason = "a feedback report of type " + report.Feedback
			alert = "a feedback report came in: " + report.Feedback
		}
	case bounce.Refusal:
		wanted, taken.Reason = journal.Unsubscribe, "somebody asks in words to be left alone"
		e.Scope = journal.ScopeMarketing
	case bounce.Reply:
		wanted, taken.Reason = journal.Reply, "somebody has answered"
	}
	if wanted != "" && key == "" {
		taken.Reason = "it does not say by token or Message-ID which message it is about"
		if report.Kind == bounce.Complaint || report.Kind == bounce.Refusal {
			alert = fmt.Sprintf("a %s came in, and it cannot be told whom it is about: look into %s", report.Kind, in.path(report.ID))
		}
		wanted = ""
		if report.Kind == bounce.Failed {
			e.Detail = strings.Replace(e.Detail, string(taken.Class), string(report.Kind), 1)
		}
	}
	if wanted != "" {
		e.Kind = wanted
	}
	if taken.Reason != "" && e.Kind == journal.Notice {
		e.Detail = "kept: " + e.Detail
	}
	taken.Event = e.Kind
	return e, taken, alert
}

// messageOf is the key of the message that a report is about: by the signed return path, then by the Message-ID. A text that
// names several messages names none.
func (in *Intake) messageOf(report bounce.Report) string {
	for _, trace := range report.Traces {
		switch keys := in.Paths.Find(trace); len(keys) {
		case 0:
		case 1:
			return keys[0]
		default:
			return ""
		}
	}
	key := ""
	for _, id := range report.MessageIDs {
		found := messageID.FindStringSubmatch(strings.ToLower(id))
		switch {
		case found == nil:
		case key != "" && key != found[1]:
			return ""
		default:
			key = found[1]
		}
	}
	return key
}

// messageID is how ours look: the message's key, and the sender's domain.
var messageID = regexp.MustCompile(`^([0-9a-f]{32})@`)

// arrived is when a mail came, as its server says, unless that cannot be.
func (in *Intake) arrived(at time.Time) time.Time {
	now := in.Now()
	if at.IsZero() || at.After(now) || now.Sub(at) > 60*24*time.Hour {
		return now
	}
	return at
}

// anonymous is what a report says without the people in it. The journal takes whole addresses out by itself; servers also
// give names without their domain.
func anonymous(report bounce.Report) string {
	text := report.Text
	if report.Form == "" && report.Kind != bounce.AutoReply && report.Kind != bounce.Refusal {
		return "" // what a person wrote
	}
	for _, address := range report.Recipients {
		local, _, _ := strings.Cut(address, "@")
		if len(local) < 2 {
			continue
		}
		name := regexp.MustCompile(`(?i)(^|[^\pL\pN._-])` + regexp.QuoteMeta(address) + `($|[^\pL\pN._-])`)
		text = name.ReplaceAllString(text, "${1}(recipient)${2}")
		name = regexp.MustCompile(`(?i)(^|[^\pL\pN._-])` + regexp.QuoteMeta(local) + `($|[^\pL\pN._-])`)
		text = name.ReplaceAllString(text, "${1}(recipient)${2}")
	}
	return text
}

func (in *Intake) path(id string) string { return filepath.Join(in.Dir, id+".eml") }

// keep writes a mail down durably, readable by its owner only.
func (in *Intake) keep(id string, raw []byte) (string, error) {
	path := in.path(id)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := in.disk.MakeDir(in.Dir); err != nil {
		return "", err
	}
	if err := in.disk.Place(path, raw); err != nil {
		return "", err
	}
	return path, in.disk.SyncDir(in.Dir)
}
