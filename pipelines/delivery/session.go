package delivery

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/tokui/tokui/internal/mailbox"
)

// longestReply bounds the lines of one reply: more is no reply but an attack or a fault.
const longestReply = 100

// connection is one session with the relay: what has been said on it, and what has been answered.
type connection struct {
	client *smtp.Client
	// raw is below TLS. Closing it is how a connection is dropped at any moment: smtp.Client's Close waits for the step
	// that is waiting for the relay.
	raw net.Conn
	// What the relay offers.
	pipelining, utf8, eightBit bool

	recipients int    // named in this session, refused ones too
	taken      bool   // it has carried a message
	refused    bool   // the last message was refused before its letter: RSET comes first
	begun      bool   // MAIL, RCPT and DATA of the next message are said, and their replies not read
	out        []byte // what is being written, reused

	abandon <-chan struct{} // whose closing drops the connection
	unwatch func()
}

// quit ends a connection politely. The relay may have hung up long ago.
func (c *connection) quit() {
	if c.raw.SetDeadline(time.Now().Add(quitTimeout)) != nil || c.client.Quit() != nil {
		c.drop()
	}
}

// drop closes the TCP connection without a word: after an error inside DATA every further command would be taken for
// the letter, and end it.
func (c *connection) drop() { _ = c.raw.Close() }

// watch drops the connection when abandon is closed, until it watches something else; nil is nothing. One goroutine
// serves all the messages that follow each other on a connection.
func (c *connection) watch(abandon <-chan struct{}) {
	if c.abandon == abandon {
		return
	}
	if c.unwatch != nil {
		c.unwatch()
		c.unwatch = nil
	}
	c.abandon = abandon
	if abandon == nil {
		return
	}
	over := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-abandon:
			c.drop()
		case <-over:
		}
	})
	c.unwatch = func() { close(over); waiting.Wait() }
}

// appendBegin appends the commands that begin a message, to be said at once (RFC 2920): DATA is the last of a group.
func (c *connection) appendBegin(b []byte, e *Envelope) []byte {
	if c.refused {
		b = append(b, "RSET\r\n"...)
	}
	return append(c.appendRcpt(c.appendMail(b, e), e), "DATA\r\n"...)
}

// appendMail claims SMTPUTF8 and 8BITMIME not unless needed: servers down the line bounce mail that claims the first
// (5.6.7), and rewrite mail that claims the second.
func (c *connection) appendMail(b []byte, e *Envelope) []byte {
	b = append(b, "MAIL FROM:<"...)
	b = append(b, e.From.String()...)
	b = append(b, '>')
	if c.eightBit && (e.form.eightBit || !e.form.known && !isSevenBit(e.Raw)) {
		b = append(b, " BODY=8BITMIME"...)
	}
	if c.utf8 && (e.To.SMTPUTF8() || e.From.SMTPUTF8()) {
		b = append(b, " SMTPUTF8"...)
	}
	return append(b, "\r\n"...)
}

// appendRcpt names the one recipient. Local parts that RFC 5321 has no place for, such as a..b of Japanese carriers, are
// quoted by mailbox.Address (MB5), names of domains are in ASCII.
func (c *connection) appendRcpt(b []byte, e *Envelope) []byte {
	b = append(b, "RCPT TO:<"...)
	b = append(b, e.To.String()...)
	return append(b, ">\r\n"...)
}

// appendLetter appends the letter with the dots at the beginnings of its lines doubled (RFC 5321, 4.5.2). Both parts end
// with a line end.
func appendLetter(b []byte, e *Envelope) []byte {
	if e.form.known && !e.form.dots { // Head is of fields only
		return append(append(b, e.Head...), e.Raw...)
	}
	for _, part := range [2][]byte{e.Head, e.Raw} {
		if len(part) > 0 && part[0] == '.' {
			b = append(b, '.')
		}
		for {
			i := bytes.Index(part, []byte("\n."))
			if i < 0 {
				break
			}
			b = append(append(b, part[:i+2]...), '.')
			part = part[i+2:]
		}
		b = append(b, part...)
	}
	return b
}

// isSevenBit reports whether no byte has its highest bit set.
func isSevenBit(b []byte) bool {
	var all uint64
	for ; len(b) >= 32; b = b[32:] {
		all |= binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) |
			binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
	}
	for ; len(b) >= 8; b = b[8:] {
		all |= binary.LittleEndian.Uint64(b)
	}
	for _, c := range b {
		all |= uint64(c)
	}
	return all&0x8080808080808080 == 0
}

// write says everything in b, and how much of it the system took where not all: what it did not take was never sent.
func (c *connection) write(b []byte, timeout time.Duration) (took int, err error) {
	if err := c.raw.SetDeadline(time.Now().Add(timeout)); err != nil {
		return 0, err
	}
	w := c.client.Text.W
	n, err := w.Write(b) // what is larger than its buffer goes out directly
	if err == nil {
		err = w.Flush()
	}
	return n - w.Buffered(), err
}

// reply reads one reply. A refusal (4xx, 5xx) and whatever does not begin with the wanted digits is a *textproto.Error.
func (c *connection) reply(want int, timeout time.Duration) (text string, err error) {
	if r := c.client.Text.R; r.Buffered() == 0 {
		if err := c.raw.SetDeadline(time.Now().Add(timeout)); err != nil {
			return "", err
		}
	}
	code, text, err := readReply(c.client.Text.R)
	if err != nil {
		return "", err
	}
	if code/100 != want/100 || want == 354 && code != want {
		return text, &textproto.Error{Code: code, Msg: text}
	}
	return text, nil
}

// readReply reads a reply of one or more lines (RFC 5321, 4.2). Of a good one to MAIL, RCPT or DATA nobody wants the text.
func readReply(r *bufio.Reader) (code int, text string, err error) {
	for n := 0; ; n++ {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, "", err
		}
		line = bytes.TrimRight(line, "\r\n")
		got, more, ok := replyCode(line)
		if !ok || n > 0 && got != code || n == longestReply {
			return 0, "", fmt.Errorf("got %q, want a reply", shortened(line))
		}
		code = got
		rest := string(line[min(len(line), 4):])
		if n > 0 {
			text += "\n" + rest
		} else {
			text = rest
		}
		if !more {
			return code, text, nil
		}
	}
}

// replyCode reads the three digits of a reply's line, and whether another one follows.
func replyCode(line []byte) (code int, more, ok bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false, false
	}
	for _, digit := range line[:3] {
		if digit < '0' || digit > '9' {
			return 0, false, false
		}
		code = 10*code + int(digit-'0')
	}
	return code, len(line) > 3 && line[3] == '-', code >= 200 && code <= 599
}

// shortened is the beginning of a line that is no reply. It may be anything, so addresses in it are taken for some.
func shortened(line []byte) string {
	text := strings.ToValidUTF8(string(line[:min(len(line), 60)]), "?")
	if strings.ContainsRune(text, '@') {
		return "(a line with an address)"
	}
	return text
}

// waiting says that as many replies as MAIL, RCPT and DATA get have come in already.
func (c *connection) waiting() bool {
	r := c.client.Text.R
	seen, _ := r.Peek(r.Buffered())
	replies := 0
	for line := range bytes.Lines(seen) {
		if _, more, ok := replyCode(bytes.TrimRight(line, "\r\n")); ok && !more && bytes.HasSuffix(line, []byte("\n")) {
			replies++
		}
	}
	return replies >= 3
}

// stale says that a refusal is no answer to this message but the end of a connection that has been used: idle for too
// long, or for too many messages.
func (c *connection) stale(out Outcome, at stage) bool {
	return out.Code == hangingUp && at == stageMail && c.taken
}

// refusal turns the reply to a command, or the lack of one, into what became of the message.
func (c *connection) refusal(err error, at stage, to mailbox.Address, host string) Outcome {
	out, ok := replied(err, at, to)
	if !ok {
		return Outcome{Result: Unsent, Err: fmt.Errorf("talk to %s: %w", host, err)}
	}
	if c.stale(out, at) {
		return Outcome{Result: Unsent, Err: fmt.Errorf("talk to %s: %w", host, err)}
	}
	return out
}
