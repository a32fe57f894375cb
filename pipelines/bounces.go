package pipelines

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/tokui/tokui/internal/filelock"
	"github.com/tokui/tokui/internal/intake"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/returnpath"
	"github.com/tokui/tokui/pipelines/response"
)

// returnPathUse names the secret that return paths are signed with.
const returnPathUse = "return path"

// returnPath gives the envelope sender of a message: signed, so that what comes back names its message (P5), or where no
// return_path is configured the sender itself.
func (p *Program) returnPath() (func(messageKey string, from mailbox.Address) (mailbox.Address, error), error) {
	if p.Config.Mail.Bounces.ReturnPath == "" {
		return func(_ string, from mailbox.Address) (mailbox.Address, error) { return from, nil }, nil
	}
	signer, err := p.returnPaths()
	if err != nil {
		return nil, err
	}
	return func(messageKey string, _ mailbox.Address) (mailbox.Address, error) { return signer.Address(messageKey) }, nil
}

// returnPaths reads and, where a return_path is configured, makes signed envelope senders. Their secret derives from the
// company's seed, which never changes: mail comes back for days, and there is no second key to keep.
func (p *Program) returnPaths() (returnpath.Signer, error) {
	keys, _, err := p.Keys()
	if err != nil {
		return returnpath.Signer{}, err
	}
	secret := keys.Secret(returnPathUse)
	if p.Config.Mail.Bounces.ReturnPath == "" {
		return returnpath.Reader(secret), nil
	}
	pattern, err := returnpath.ParsePattern(p.Config.Mail.Bounces.ReturnPath)
	if err != nil {
		return returnpath.Signer{}, fmt.Errorf("mail.bounces.return_path: %w", err)
	}
	return returnpath.New(pattern, secret), nil
}

// intake is what takes mail in. Nothing is opened before there is mail.
func (p *Program) intake() (*intake.Intake, error) {
	if err := p.Prepare(); err != nil {
		return nil, err
	}
	paths, err := p.returnPaths()
	if err != nil {
		return nil, err
	}
	return &intake.Intake{
		Paths:      paths,
		Dir:        p.KeptMailDir(),
		JournalDir: p.JournalDir(),
		Now:        p.Now,
		Alert:      func(text string) { p.Warn("mail that came in: %s", text) },
	}, nil
}

// KeptMailDir is where mail that came in waits for a person.
func (p *Program) KeptMailDir() string { return p.dataPath("mail", "kept") }

// TakeMail takes single mails in.
func (p *Program) TakeMail(ctx context.Context, mails ...intake.Mail) (taken []intake.Taken, err error) {
	in, err := p.intake()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return in.Take(ctx, mails...)
}

// FetchesMail says whether there is a mailbox that mail is fetched from.
func (p *Program) FetchesMail() bool {
	return p.Config.BouncesPath() != "" || p.Config.Mail.Bounces.IMAP.Host != ""
}

// FetchMail takes in what lies in the configured Maildir and IMAP mailbox. Where another process is at it, there is nothing to
// do.
func (p *Program) FetchMail(ctx context.Context) (taken []intake.Taken, err error) {
	if !p.FetchesMail() {
		return nil, nil
	}
	in, err := p.intake()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if err := (journal.Disk{}).MakeDir(p.LockDir()); err != nil {
		return nil, fmt.Errorf("fetch mail: %w", err)
	}
	release, err := filelock.Take(filepath.Join(p.LockDir(), "mail.lock"), "fetch mail")
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fetch mail: %w", err)
	}
	defer func() { err = errors.Join(err, release()) }()
	var errs error
	if dir := p.Config.BouncesPath(); dir != "" {
		some, err := in.Maildir(ctx, dir)
		taken, errs = append(taken, some...), errors.Join(errs, err)
	}
	if box := p.Config.Mail.Bounces.IMAP; box.Host != "" {
		some, err := in.IMAP(ctx, intake.IMAP{
			Host: box.Host, Port: box.Port, Username: box.Username, Password: box.Password.Reveal(), TLS: box.TLS,
			Mailbox: box.Mailbox, Done: box.Done,
		})
		taken, errs = append(taken, some...), errors.Join(errs, err)
	}
	return taken, errs
}

// fetchBefore is FetchMail before a step that goes on without it: what cannot be fetched now comes next time.
func (p *Program) fetchBefore(ctx context.Context) {
	if _, err := p.FetchMail(ctx); err != nil && ctx.Err() == nil {
		p.Warn("mail that came back could not be fetched: %v", err)
	}
}

// ReceiveMail answers a mail server that hands mail over, until ctx ends.
func (p *Program) ReceiveMail(ctx context.Context, listener net.Listener) (err error) {
	in, err := p.intake()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	b := p.Config.Mail.Bounces
	name := "localhost"
	if bare, ok := in.Paths.Bare(); ok && bare.Domain != "" {
		name = bare.Domain
	}
	receiver := &intake.Receiver{Intake: in, SMTP: b.Protocol == "smtp", Domain: name}
	return receiver.Serve(ctx, listener)
}

// MailCounts is what came in by mail.
func (p *Program) MailCounts() (intake.Counts, error) {
	return intake.Count(p.JournalDir(), p.KeptMailDir())
}

// bounces are the messages that came back, by their keys: what mail, imports and webhooks say; of several words the one
// that judges hardest.
func (p *Program) bounces() (map[string]journal.Class, error) {
	found := map[string]journal.Class{}
	rank := map[journal.Class]int{journal.ClassAddress: 4, journal.ClassReputation: 3, journal.ClassTransient: 2, journal.ClassUnknown: 1}
	for _, stream := range []string{intake.Stream, response.ImportStream} {
		_, err := journal.Read(p.JournalDir(), stream, func(e journal.Event, _ journal.Place) error {
			if e.Kind == journal.Bounce && e.MessageKey != "" {
				if class := journal.BounceClass(e.Enhanced); rank[class] > rank[found[e.MessageKey]] {
					found[e.MessageKey] = class
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read bounces: %w", err)
		}
	}
	return found, nil
}
