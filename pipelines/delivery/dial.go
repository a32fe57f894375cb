package delivery

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"

	mail "github.com/wneessen/go-mail"
)

// dial opens a connection, secures it and logs in. Cancelling ctx ends it at any moment.
func (s *SMTP) dial(ctx context.Context) (*connection, error) {
	implicit := s.TLS == "implicit" || s.Port == 465
	policy, ok := map[string]mail.TLSPolicy{
		"": mail.TLSMandatory, "required": mail.TLSMandatory, "opportunistic": mail.TLSOpportunistic, "none": mail.NoTLS,
		"implicit": mail.TLSOpportunistic,
	}[s.TLS]
	if !ok {
		return nil, fmt.Errorf("got tls %q, want required, opportunistic, implicit or none", s.TLS)
	}
	if implicit {
		policy = mail.TLSOpportunistic // go-mail sees TLS on the connection, and is not to ask for it
	}
	var raw net.Conn // go-mail forgets it where the greeting, TLS or the password fails
	stop := func() bool { return true }
	open := func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(dialling, network, address)
		if err != nil {
			return nil, err
		}
		raw = conn
		stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
		if !implicit {
			return conn, nil
		}
		secured := tls.Client(conn, s.tlsConfig())
		if err := secured.HandshakeContext(dialling); err != nil {
			return nil, err
		}
		return secured, nil
	}
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(s.timeout()), mail.WithoutSMTPUTF8(),
		mail.WithTLSPolicy(policy), mail.WithTLSConfig(s.tlsConfig()), mail.WithDialContextFunc(open),
	}
	if s.Hello != "" {
		options = append(options, mail.WithHELO(s.Hello))
	}
	if s.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Username), mail.WithPassword(s.Password))
	}
	dialler, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, err
	}
	client, err := dialler.DialToSMTPClientWithContext(ctx)
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		if raw != nil {
			_ = raw.Close()
		}
		return nil, err
	}
	offers := func(extension string) bool { ok, _ := client.Extension(extension); return ok }
	return &connection{
		client: client, raw: raw, pipelining: offers("PIPELINING"), utf8: offers("SMTPUTF8"), eightBit: offers("8BITMIME"),
	}, nil
}

func (s *SMTP) tlsConfig() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLSConfig != nil {
		config = s.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = s.Host
	}
	return config
}

// hopeless says that dialling again would end alike: a refused password, a certificate that does not hold.
func hopeless(err error) bool {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code >= 500
	}
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid)
}
