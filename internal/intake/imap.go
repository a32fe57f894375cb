package intake

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// IMAP is a mailbox on a server.
type IMAP struct {
	Host               string
	Port               int
	Username, Password string
	// TLS is implicit, starttls or none.
	TLS string
	// Mailbox that is read, and the one that mail moves to once it is taken in; "" leaves it where it is.
	Mailbox, Done string
	// TLSConfig is for servers with certificates of their own; nil checks against the machine's roots.
	TLSConfig *tls.Config
}

// taken marks mail that was taken in. \Seen alone would not do: a person who looks into the mailbox sets it too.
const takenFlag imap.Flag = "TokuiTaken"

// imapBatch is how many mails are fetched at once.
const imapBatch = 20

// IMAP takes in what lies in a mailbox and was not before, and marks it, or moves it, once it is on the disk. Mail that is
// too large is left alone.
func (in *Intake) IMAP(ctx context.Context, box IMAP) (all []Taken, err error) {
	fail := func(err error) ([]Taken, error) {
		return all, fmt.Errorf("read mailbox %s on %s: %w", box.Mailbox, box.Host, err)
	}
	client, err := box.dial()
	if err != nil {
		return fail(err)
	}
	defer client.Close()
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	if client.State() != imap.ConnStateAuthenticated {
		if err := client.Login(box.Username, box.Password).Wait(); err != nil {
			return fail(err)
		}
	}
	selected, err := client.Select(box.Mailbox, nil).Wait()
	if err != nil {
		return fail(err)
	}
	// where no flag of ours can be kept, \Seen has to do
	flags := []imap.Flag{imap.FlagSeen}
	if slices.Contains(selected.PermanentFlags, imap.FlagWildcard) || slices.Contains(selected.PermanentFlags, takenFlag) {
		flags = []imap.Flag{takenFlag, imap.FlagSeen}
	}
	found, err := client.UIDSearch(&imap.SearchCriteria{
		NotFlag: []imap.Flag{flags[0], imap.FlagDeleted}, Smaller: MaxSize,
	}, nil).Wait()
	if err != nil {
		return fail(err)
	}
	uids := found.AllUIDs()
	for len(uids) > 0 {
		some := uids[:min(imapBatch, len(uids))]
		uids = uids[len(some):]
		taken, err := in.imapBatch(ctx, client, box, some, flags)
		all = append(all, taken...)
		if err != nil {
			return fail(errors.Join(ctx.Err(), err))
		}
	}
	return all, client.Logout().Wait()
}

func (in *Intake) imapBatch(ctx context.Context, client *imapclient.Client, box IMAP, uids []imap.UID, flags []imap.Flag) ([]Taken, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	fetched, err := client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{
		UID: true, BodySection: []*imap.FetchItemBodySection{section},
	}).Collect()
	if err != nil {
		return nil, err
	}
	var mails []Mail
	var done []imap.UID
	for _, m := range fetched {
		if raw := m.FindBodySection(section); raw != nil {
			mails, done = append(mails, Mail{Raw: raw}), append(done, m.UID)
		}
	}
	taken, err := in.Take(ctx, mails...)
	if err != nil || len(done) == 0 {
		return taken, err
	}
	set := imap.UIDSetNum(done...)
	if err := client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close(); err != nil {
		return taken, err
	}
	if box.Done != "" {
		if _, err := client.Move(set, box.Done).Wait(); err != nil {
			return taken, err
		}
	}
	return taken, nil
}

func (box IMAP) dial() (*imapclient.Client, error) {
	address := net.JoinHostPort(box.Host, strconv.Itoa(box.Port))
	config := &tls.Config{}
	if box.TLSConfig != nil {
		config = box.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = box.Host
	}
	options := &imapclient.Options{TLSConfig: config, Dialer: &net.Dialer{Timeout: 30 * time.Second}}
	dial := imapclient.DialTLS
	switch box.TLS {
	case "starttls":
		dial = imapclient.DialStartTLS
	case "none":
		dial = imapclient.DialInsecure
	}
	client, err := dial(address, options)
	if err != nil {
		return nil, err
	}
	if err := client.WaitGreeting(); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return client, nil
}
