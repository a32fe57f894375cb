package delivery

import (
	"errors"
	"io"
	"net/textproto"
	"testing"
)

func TestReplies(t *testing.T) {
	to := mustParse("taro@example.jp")
	for _, tt := range []struct {
		code   int
		text   string
		at     stage
		result Result
		blame  Blame
	}{
		{550, "5.1.1 no such user", stageRcpt, Failed, Address},
		{550, "5.1.10 null MX", stageRcpt, Failed, Address},
		{550, "5.1.1 no such user", stageDot, Failed, Address},
		{550, "5.1.8 sender's domain unknown", stageRcpt, Failed, Ourselves},
		{550, "5.1.1 sender unknown", stageMail, Failed, Ourselves},
		{550, "Unknown user taro@docomo.ne.jp", stageRcpt, Failed, Address},
		{550, "Sender user unknown", stageRcpt, Failed, Nobody},
		{550, "rejected", stageRcpt, Failed, Nobody},
		{550, "Unknown user", stageDot, Failed, Nobody},
		{552, "5.2.2 mailbox full", stageRcpt, Failed, Mailbox},
		{554, "5.7.1 blocked", stageDot, Failed, Ourselves},
		{550, "5.7.515 access denied", stageDot, Failed, Ourselves},
		{530, "5.7.0 authentication required", stageMail, Failed, Ourselves},
		{451, "4.7.1 greylisted", stageRcpt, Deferred, Domain},
		{450, "4.2.0 greylisted", stageRcpt, Deferred, Mailbox},
		{452, "4.2.2 mailbox full", stageDot, Deferred, Mailbox},
		{421, "4.7.0 too many connections", stageRcpt, Deferred, Domain},
		{451, "4.1.8 sender's domain does not resolve", stageRcpt, Deferred, Ourselves},
		{452, "4.3.1 out of space", stageMail, Deferred, Ourselves},
		{450, "busy", stageRcpt, Deferred, Domain},
	} {
		out, ok := replied(&textproto.Error{Code: tt.code, Msg: tt.text}, tt.at, to)
		if !ok || out.Result != tt.result || out.Blame != tt.blame || out.Code != tt.code {
			t.Errorf("%d %s at %d: got %+v %v, want result %d blame %d", tt.code, tt.text, tt.at, out, ok, tt.result, tt.blame)
		}
	}
	for _, err := range []error{io.EOF, errors.New("timeout"), &textproto.Error{Code: 250, Msg: "out of step"}} {
		if out, ok := replied(err, stageRcpt, to); ok {
			t.Errorf("%v: got %+v, want no reply", err, out)
		}
	}
}

func TestEnhancedCode(t *testing.T) {
	for text, want := range map[string]string{
		"5.1.1 x": "5.1.1", "5.7.515\nmore": "5.7.515", "4.2.2": "4.2.2", "x 5.1.1": "", "5.1": "", "3.1.1 x": "", "5.1.1234 x": "", "": "", "10.0.0.1 x": "",
	} {
		if got := enhancedCode(text); got != want {
			t.Errorf("enhancedCode(%q): got %q, want %q", text, got, want)
		}
	}
}

func TestCleanReply(t *testing.T) {
	to := mustParse("a..b@docomo.ne.jp")
	if got := cleanReply("Unknown user A..B\nreally", to); got != "Unknown user (recipient) really" {
		t.Errorf("got %q", got)
	}
	if got := cleanReply("tarou is not taro", mustParse("taro@example.jp")); got != "tarou is not (recipient)" {
		t.Errorf("got %q, want whole words only", got)
	}
}
