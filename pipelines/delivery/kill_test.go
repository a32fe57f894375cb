package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// childEnv makes this test binary a sender: what the tests kill is a real process.
const childEnv = "TOKUI_TEST_SENDER"

// child is what the sender process is told.
type child struct {
	Data   string
	Outbox string // "" sends by SMTP
	Host   string
	Port   int
}

func TestMain(m *testing.M) {
	if told := os.Getenv(childEnv); told != "" {
		os.Exit(sendAsChild(told))
	}
	os.Exit(m.Run())
}

// sendAsChild sends the edition, and writes a byte for each message that it has rendered.
func sendAsChild(told string) int {
	var c child
	if err := json.Unmarshal([]byte(told), &c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	var channel Channel = &Outbox{Dir: c.Outbox}
	if c.Outbox == "" {
		channel = &SMTP{Host: c.Host, Port: c.Port, TLS: "none", Hello: "sender.example.com"}
	}
	s := &Sender{
		DataDir: c.Data, JournalDir: filepath.Join(c.Data, "journal"), ID: testID, Channel: channel,
		Render: func(_ []byte, e edition.Entry) (Letter, error) {
			if _, err := os.Stdout.Write([]byte(".")); err != nil {
				return Letter{}, err
			}
			return testLetter(nil, e)
		},
		Limits: Limits{Connections: killConnections},
	}
	if _, err := s.Run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := channel.Close(); err != nil {
		return 1
	}
	return 0
}

const (
	killRecipients  = 2000
	killTimes       = 20
	killConnections = 8
)

// killing runs the sender until it was killed killTimes times in the middle, and then to its end. It returns how often.
func killing(t *testing.T, c child) int {
	t.Helper()
	told, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("random seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+string(told))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < killTimes {
			// a random number of messages, then a random moment of the next few
			rendered := random.Int64N(killRecipients / killTimes)
			_, err = io.CopyN(io.Discard, out, rendered)
			if err == nil {
				<-time.After(time.Duration(random.Int64N(int64(3 * time.Millisecond))))
				if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
				killed++
			}
		}
		if _, err := io.Copy(io.Discard, out); err != nil {
			t.Fatal(err)
		}
		err = cmd.Wait()
		if err == nil {
			return killed
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("sender: %v", err)
		}
	}
}

// TestKillWhileSendingBySMTP kills a real sender at random moments and counts at the receiver: nobody twice, nobody lost,
// the unconfirmed named.
func TestKillWhileSendingBySMTP(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process some twenty times; run without -short")
	}
	f := newFixture(t, people(killRecipients, "example.com"), nil)
	r := newRecorder(t)
	killed := killing(t, child{Data: f.data, Host: r.host, Port: r.port})
	if killed < killTimes {
		t.Errorf("got %d kills in the middle of the edition, want %d", killed, killTimes)
	}
	states, report, err := edition.ReadStates(f.journalDir(), f.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Damaged {
		if !d.Torn {
			t.Errorf("got %s, want only unfinished last lines", d)
		}
	}
	e, err := edition.Open(edition.Dir(f.data, f.id))
	if err != nil {
		t.Fatal(err)
	}
	account, err := edition.Balance(e, states)
	if err != nil {
		t.Fatal(err)
	}
	if account.Pending != 0 || account.Failed != 0 || account.Withheld != 0 || account.Accepted+account.Unconfirmed != killRecipients {
		t.Errorf("got %+v, want everybody accepted or unconfirmed", account)
	}
	if account.Unconfirmed > killed*killConnections {
		t.Errorf("got %d unconfirmed after %d kills, want at most the %d on their way", account.Unconfirmed, killed, killed*killConnections)
	}
	got := r.got()
	arrived := 0
	for entry, err := range e.Planned() {
		if err != nil {
			t.Fatal(err)
		}
		n := got[entry.Recipient.Address]
		delete(got, entry.Recipient.Address)
		arrived += n
		switch state := states.Of(entry.MessageKey); {
		case n > 1:
			t.Errorf("%s received the edition %d times", entry.Recipient.Address, n)
		case n == 0 && state != edition.MessageUnconfirmed:
			t.Errorf("%s is %s and received nothing", entry.Recipient.Address, state)
		}
	}
	if len(got) != 0 {
		t.Errorf("got letters for %d strangers", len(got))
	}
	r.mu.Lock()
	for _, l := range r.letters {
		if !strings.HasSuffix(l.raw, "end\r\n") {
			t.Errorf("got half a letter for %s", l.to)
		}
	}
	r.mu.Unlock()
	if got := len(f.events(journal.EditionFinished)); got != 1 {
		t.Errorf("got %d edition.finished, want 1", got)
	}
	t.Logf("%d kills: %d accepted, %d unconfirmed, of which %d had arrived", killed, account.Accepted, account.Unconfirmed, arrived-account.Accepted)
}

// TestKillWhileWritingTheOutbox does the same to the repeatable channel: every message is one whole file, and accepted.
func TestKillWhileWritingTheOutbox(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process some twenty times; run without -short")
	}
	f := newFixture(t, people(killRecipients, "example.com"), nil)
	outbox := filepath.Join(f.data, "outbox")
	killed := killing(t, child{Data: f.data, Outbox: outbox})
	if killed < killTimes {
		t.Errorf("got %d kills in the middle of the edition, want %d", killed, killTimes)
	}
	wantAccount(t, f.run(f.sender(&scripted{})), counts(killRecipients, killRecipients, 0, 0, 0, 0, edition.StateFinished))
	files, err := os.ReadDir(filepath.Join(outbox, f.id.Campaign, string(f.id.Slot)))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != killRecipients {
		t.Errorf("got %s files, want %d and nothing beside them", strconv.Itoa(len(files)), killRecipients)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(outbox, f.id.Campaign, string(f.id.Slot), file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		key := strings.TrimSuffix(file.Name(), ".eml")
		if !strings.HasSuffix(string(text), "end\r\n") || !strings.Contains(string(text), "<"+key+"@example.com>") {
			t.Fatalf("%s: got half a message, or another's", file.Name())
		}
	}
}
