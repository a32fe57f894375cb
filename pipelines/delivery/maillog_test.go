package delivery

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	keySent     = "00000000000000000000000000000001"
	keyBounced  = "00000000000000000000000000000002"
	keyDeferred = "00000000000000000000000000000003"
	keyQueued   = "00000000000000000000000000000004"
	keyHeader   = "00000000000000000000000000000005"
	keyRefused  = "00000000000000000000000000000006"
	keyReused   = "00000000000000000000000000000007"
	keyExpired  = "00000000000000000000000000000008"
)

// relayLog is two files of a relay's log, in both forms of time and of queue id. 4F2 is used again after its message is
// removed, for a message of somebody else, whose fate is not ours.
var relayLog = []string{`
Dec  6 10:00:00 relay postfix/smtpd[100]: connect from sender.example.com[192.0.2.9]
Dec  6 10:00:00 relay postfix/smtpd[100]: 4F2A1C0D33: client=sender.example.com[192.0.2.9]
Dec  6 10:00:00 relay postfix/cleanup[101]: 4F2A1C0D33: message-id=<00000000000000000000000000000001@example.com>
Dec  6 10:00:00 relay postfix/qmgr[99]: 4F2A1C0D33: from=<news@example.com>, size=20311, nrcpt=1 (queue active)
Dec  6 10:00:01 relay postfix/smtp[102]: 4F2A1C0D33: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=0.3, delays=0/0/0.2/0.1, dsn=2.0.0, status=sent (250 2.0.0 ok: queued as 1)
Dec  6 10:00:01 relay postfix/qmgr[99]: 4F2A1C0D33: removed
2011-12-06T10:00:02.123456+09:00 relay postfix-out/cleanup[101]: 3Qx7Lm2KzVz9vPq: message-id=<00000000000000000000000000000002@example.com>
2011-12-06T10:00:02.123456+09:00 relay postfix-out/qmgr[99]: 3Qx7Lm2KzVz9vPq: from=<news@example.com>, size=20311, nrcpt=1 (queue active)
2011-12-06T10:00:02.223456+09:00 relay postfix-out/smtp[102]: 3Qx7Lm2KzVz9vPq: to=<b@example.org>, orig_to=<c@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=0.3, delays=0/0/0.2/0.1, dsn=5.1.1, status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 status=sent? no (in reply to RCPT TO command))
Dec  6 10:00:03 relay postfix/cleanup[101]: 4F2A1C0D34: message-id=<00000000000000000000000000000003@example.com>
`, `
Dec  6 10:00:03 relay postfix/qmgr[99]: 4F2A1C0D34: from=<news@example.com>, size=20311, nrcpt=1 (queue active)
Dec  6 10:00:04 relay postfix/error[102]: 4F2A1C0D34: to=<d@example.org>, relay=none, delay=0.3, delays=0/0/0.2/0.1, dsn=4.4.1, status=deferred (delivery temporarily suspended)
Dec  6 10:00:05 relay postfix/cleanup[101]: 4F2A1C0D35: message-id=00000000000000000000000000000004@example.com
Dec  6 10:00:05 relay postfix/qmgr[99]: 4F2A1C0D35: from=<news@example.com>, size=20311, nrcpt=1 (queue active)
Dec  6 10:00:06 relay postfix/cleanup[101]: 4F2A1C0D36: message-id=<00000000000000000000000000000005@example.com>
Dec  6 10:00:06 relay postfix/smtpd[100]: lost connection after DATA (11 bytes) from sender.example.com[192.0.2.9]
Dec  6 10:00:07 relay postfix/cleanup[101]: 4F2A1C0D37: message-id=<00000000000000000000000000000006@example.com>
Dec  6 10:00:07 relay postfix/cleanup[101]: 4F2A1C0D37: milter-reject: END-OF-MESSAGE from sender.example.com[192.0.2.9]: 5.7.1 Spam; from=<news@example.com> to=<e@example.org> proto=ESMTP
Dec  6 10:00:08 relay postfix/cleanup[101]: 4F2A1C0D38: message-id=<00000000000000000000000000000007@example.com>
Dec  6 10:00:09 relay postfix/cleanup[101]: 4F2A1C0D38: message-id=<somebody-else@example.net>
Dec  6 10:00:09 relay postfix/qmgr[99]: 4F2A1C0D38: from=<other@example.net>, size=300, nrcpt=1 (queue active)
Dec  6 10:00:09 relay postfix/cleanup[101]: 4F2A1C0D39: message-id=<00000000000000000000000000000008@example.com>
Dec  6 10:00:09 relay postfix/qmgr[99]: 4F2A1C0D39: from=<news@example.com>, status=expired, returned to sender
Dec  6 10:00:09 relay postfix/smtpd[100]: NOQUEUE: reject: RCPT from unknown[192.0.2.8]: 554 5.7.1 message-id=<00000000000000000000000000000009@example.com>
Dec  6 10:00:09 relay postfix/cleanup[101]: warning: message-id=<00000000000000000000000000000009@example.com>
Dec  6 10:00:10 relay other/cleanup[101]: 4F2A1C0D40: message-id=<00000000000000000000000000000009@example.com>
Dec  6 10:00:10 relay postfix/cleanup[101]: 4F2A1C0D41: resent-message-id=<00000000000000000000000000000009@example.com>
`}

func TestRelayLog(t *testing.T) {
	log := &RelayLog{Wanted: func(string) bool { return true }}
	for _, file := range relayLog {
		if err := log.Read(strings.NewReader(file)); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]Fate{
		keySent: {Taken: true, Status: "sent"}, keyBounced: {Taken: true, Status: "bounced"},
		keyDeferred: {Taken: true, Status: "deferred"}, keyQueued: {Taken: true}, keyExpired: {Taken: true, Status: "expired"},
		keyHeader: {}, keyRefused: {}, keyReused: {}, // the header was read, and nothing says that the letter was taken
	}
	if diff := cmp.Diff(want, log.fates); diff != "" {
		t.Error(diff)
	}
}

func TestRelayLogReadsWhatIsWantedOnly(t *testing.T) {
	log := &RelayLog{Wanted: func(key string) bool { return key == keySent }}
	if err := log.Read(strings.NewReader(strings.Join(relayLog, ""))); err != nil {
		t.Fatal(err)
	}
	if _, named := log.Fate(keyBounced); named || len(log.fates) != 1 {
		t.Errorf("got %v, want the wanted one only", log.fates)
	}
}

// FuzzRelayLog puts any line between the two of a message: it must neither crash nor make another message's fate this one's.
func FuzzRelayLog(f *testing.F) {
	for _, file := range relayLog {
		for _, line := range strings.Split(file, "\n") {
			f.Add(line)
		}
	}
	f.Add("postfix[1]: ABCDE: to=<, status=")
	f.Add("postfix/qmgr[1]: ABCDE: from=<x>, status=sent,")
	f.Fuzz(func(t *testing.T, line string) {
		const key = "ffffffffffffffffffffffffffffffff"
		log := &RelayLog{Wanted: func(string) bool { return true }}
		text := "x postfix/cleanup[1]: ABCDEF012345: message-id=<" + key + "@example.com>\n" + line +
			"\nx postfix/cleanup[1]: ABCDEF012346: message-id=<" + keySent + "@example.com>\n"
		if err := log.Read(strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if _, named := log.Fate(key); !named {
			t.Error("the message before the line is not named any more")
		}
		if fate, _ := log.Fate(key); fate.Taken && !strings.Contains(line, "ABCDEF012345") {
			t.Errorf("%q made a message taken that it does not name", line)
		}
	})
}

func TestKeyOfMessageID(t *testing.T) {
	for text, want := range map[string]string{
		keySent: keySent, "<" + keySent + "@example.com>": keySent, " " + keySent + "@example.com": keySent,
		"": "", "x@example.com": "", keySent[1:]: "", strings.ToUpper("abcdefabcdefabcdefabcdefabcdefab"): "",
	} {
		if got := KeyOfMessageID(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
