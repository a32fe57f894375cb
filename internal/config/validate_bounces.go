package config

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/returnpath"
)

// bounces checks how mail that comes back is taken in.
func (v *validator) bounces() {
	b := v.Mail.Bounces
	at := func(key ...string) []string { return append([]string{"mail", "bounces"}, key...) }
	if b.ReturnPath != "" {
		_, err := returnpath.ParsePattern(v.shown(b.ReturnPath, at("return_path")))
		v.check(err == nil, at("return_path"), "", "%v", err)
	}
	if b.Listen != "" {
		host, port, err := net.SplitHostPort(b.Listen)
		number, portErr := strconv.Atoi(port)
		v.check(err == nil && portErr == nil && number >= 0 && number <= 65535, at("listen"), "",
			"got %q, want host:port such as 127.0.0.1:2424", v.shown(b.Listen, at("listen")))
		v.check(err != nil || b.Protocol != ProtocolLMTP || isLoopback(host), at("listen"), "protocol: smtp, or an address of this machine only",
			"got %q for LMTP, which takes whatever it is handed and does not belong on a network (RFC 2033, 5)", v.shown(b.Listen, at("listen")))
		v.check(b.Protocol != ProtocolSMTP || b.ReturnPath != "", at("return_path"), "below bounces, write return_path: bounces+*@example.com",
			"got nothing; the receiver takes mail for this address only")
	}
	v.choice(b.Protocol, "mail.bounces.protocol", at("protocol")...)
	v.check(b.Poll >= Duration(time.Second), at("poll"), "", "got %s, want a time such as 5m", b.Poll)
	v.check(b.Soft.Count > 0 && b.Soft.Per >= 24*time.Hour, at("soft"), "", "got %s, want so many in at least a day, such as 3 per 30d", b.Soft)
	v.imap()
}

func (v *validator) imap() {
	m := v.Mail.Bounces.IMAP
	at := func(key string) []string { return []string{"mail", "bounces", "imap", key} }
	if !v.Given("mail", "bounces", "imap") {
		return
	}
	v.check(m.Host != "", at("host"), "", "got nothing, want the server that the mailbox is on")
	v.check(!strings.ContainsAny(m.Host, "/ @\r\n"), at("host"), "", "got %q, want a host's name or address", v.shown(m.Host, at("host")))
	v.check(m.Port >= 1 && m.Port <= 65535, at("port"), "", "got %d, want 1 to 65535", m.Port)
	v.check(m.Username != "", at("username"), "", "got nothing, want who to log in as")
	v.check(m.Password.Reveal() != "", at("password"), "write password: ${env:IMAP_PASSWORD}", "got nothing, want the password to log in with")
	v.choice(m.TLS, "mail.bounces.imap.tls", at("tls")...)
	v.check(m.TLS != TLSNone || isLoopback(m.Host), at("tls"), "tls: implicit", "got none, and the password would cross the network in clear")
	v.check(m.Mailbox != "", at("mailbox"), "", "got nothing, want a mailbox such as INBOX")
	v.check(m.Done != m.Mailbox, at("done"), "", "got the mailbox that is read, want another one, or leave it out")
}
