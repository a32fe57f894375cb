package bounce

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/emersion/go-message/charset" // as the whole program has it: labels must not decode what sniffing should

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/returnpath"
)

const messageKey = "15a726a2956afe6716e8682334e3a9dc"

func signer(t testing.TB) returnpath.Signer {
	t.Helper()
	p, err := returnpath.ParsePattern("bounces+*@b.example.com")
	if err != nil {
		t.Fatal(err)
	}
	return returnpath.New(p, []byte("secret of the company"))
}

// knownBy is what the caller finds the message by: the signed return path first, then the Message-ID (P5, P6).
func knownBy(r Report, s returnpath.Signer) string {
	for _, trace := range r.Traces {
		if keys := s.Find(trace); len(keys) == 1 && keys[0] == messageKey {
			return "token"
		}
	}
	for _, id := range r.MessageIDs {
		if id == messageKey+"@example.com" {
			return "message-id"
		}
	}
	return "nobody"
}

// TestCorpus is P5, P6 and P8 over mails in the style of many programs and providers, each with its verdict.
func TestCorpus(t *testing.T) {
	table, err := os.Open("testdata/verdicts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	s := signer(t)
	seen := map[string]bool{}
	for lines := bufio.NewScanner(table); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		want := strings.Fields(lines.Text())
		seen[want[0]+".eml"] = true
		t.Run(want[0], func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", "corpus", want[0]+".eml"))
			if err != nil {
				t.Fatal(err)
			}
			r := Parse(raw)
			class := ""
			if r.Kind == Failed {
				class = string(journal.BounceClass(r.Enhanced))
			}
			got := []string{want[0], string(r.Kind), r.Form, r.Enhanced, class, knownBy(r, s)}
			for i := range got {
				if got[i] == "" {
					got[i] = "-"
				}
				if got[i] != want[i] {
					t.Errorf("got  %v\nwant %v\ntext %q, reason %q", got, want, r.Text, r.Reason)
					break
				}
			}
			if strings.HasPrefix(want[0], "unread") != (r.Kind == Unread && r.Form == "") || r.Kind == Unread && r.Reason == "" {
				t.Errorf("got kind %s for the reason %q, want a reason for what is unread only", r.Kind, r.Reason)
			}
			// the same mail with other line ends and another trace is the same mail
			again := append([]byte("From x Tue Dec  6 10:05:00 2011\nDelivered-To: other\n"), []byte(strings.ReplaceAll(string(raw), "\r\n", "\n"))...)
			if id := Parse(again).ID; id != r.ID && want[0] != "unread-bytes" {
				t.Errorf("got id %s on another way, want %s", id, r.ID)
			}
		})
	}
	files, err := filepath.Glob("testdata/corpus/*.eml")
	if err != nil || len(files) < 40 {
		t.Fatalf("got %d mails, want at least 40", len(files))
	}
	for _, file := range files {
		if !seen[filepath.Base(file)] {
			t.Errorf("%s: no verdict", file)
		}
	}
}
