package delivery

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// RelayLog is what the log of a Postfix relay says of messages: lines as syslog writes them (Dec  6 10:00:01 or RFC 3339),
// of any instance (postfix, postfix-out) and any length of queue id. Files are read oldest first: a message's lines may
// stand in two of them.
type RelayLog struct {
	// Wanted says whose messages count, by message key; the log holds many others.
	Wanted func(messageKey string) bool

	queue map[string]string // queue id → message key, while the id is in use
	fates map[string]Fate
}

// Fate is what the relay's log says of one message.
type Fate struct {
	// Taken says that the relay was responsible for it: it was in the queue, so its final dot had been answered, or was
	// about to be.
	Taken bool
	// Status is the last word on its way on: sent, deferred, bounced, expired; "" while there is none.
	Status string
}

// Fate is what the log says of a message; named is false where it never names its Message-ID.
func (l *RelayLog) Fate(messageKey string) (fate Fate, named bool) {
	fate, named = l.fates[messageKey]
	return fate, named
}

// longestLogLine is where a line is cut off: all that is looked for stands before.
const longestLogLine = 8 << 10

// Read reads one file.
func (l *RelayLog) Read(r io.Reader) error {
	if l.queue == nil {
		l.queue, l.fates = map[string]string{}, map[string]Fate{}
	}
	lines := bufio.NewReaderSize(r, longestLogLine)
	for {
		line, err := lines.ReadSlice('\n')
		l.line(string(line))
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = lines.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read log: %w", err)
		}
	}
}

// line reads one line: … postfix/SERVICE[PID]: QUEUEID: what happened.
func (l *RelayLog) line(line string) {
	_, rest, ok := strings.Cut(line, "postfix")
	if !ok {
		return
	}
	tag, text, ok := strings.Cut(rest, "]: ")
	if !ok || !strings.Contains(tag, "[") {
		return
	}
	service := tag[strings.LastIndexByte(tag, '/')+1:]
	service, _, _ = strings.Cut(service, "[")
	id, what, ok := strings.Cut(text, ": ")
	if !ok || !queueID(id) {
		return
	}
	what = strings.TrimRight(what, "\r\n")
	if name, ok := strings.CutPrefix(what, "message-id="); ok {
		// the header was read; whether the relay takes the message is decided after its dot
		if key := KeyOfMessageID(name); key != "" && l.Wanted(key) {
			l.queue[id] = key
			if _, named := l.fates[key]; !named {
				l.fates[key] = Fate{}
			}
		} else {
			delete(l.queue, id) // used again for another message
		}
		return
	}
	key, ok := l.queue[id]
	if !ok {
		return
	}
	fate := l.fates[key]
	switch status, hasStatus := statusOf(what); {
	case service == "qmgr" && what == "removed":
		delete(l.queue, id)
	case service == "qmgr" && strings.HasPrefix(what, "from=<") && strings.HasSuffix(what, "(queue active)"):
		fate.Taken = true
	case hasStatus:
		fate.Taken, fate.Status = true, status
	}
	l.fates[key] = fate
}

// statusOf is the status of a delivery's line: to=<…>, relay=…, dsn=…, status=sent (…).
func statusOf(what string) (status string, ok bool) {
	if !strings.HasPrefix(what, "to=<") && !strings.HasPrefix(what, "from=<") {
		return "", false
	}
	_, rest, ok := strings.Cut(what, ", status=")
	if !ok {
		return "", false
	}
	status = strings.TrimRight(rest[:max(strings.IndexAny(rest+" ", " ,("), 0)], " ")
	switch status {
	case "sent", "deferred", "bounced", "expired":
		return status, true
	}
	return "", false
}

// queueID says whether a word is one: NOQUEUE and warning are none.
func queueID(word string) bool {
	if len(word) < 5 || len(word) > 24 || word == "NOQUEUE" || word == "warning" || word == "fatal" || word == "error" || word == "panic" {
		return false
	}
	for _, r := range word {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}

// KeyOfMessageID is the message key in a Message-ID of ours, with or without <>, or the key itself; "" in any other text.
func KeyOfMessageID(text string) string {
	text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "<"), ">")
	key, _, _ := strings.Cut(text, "@")
	if len(key) != 32 || strings.Trim(key, "0123456789abcdef") != "" {
		return ""
	}
	return key
}
