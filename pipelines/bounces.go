package pipelines

import (
	"fmt"

	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/returnpath"
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
