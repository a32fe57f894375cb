package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/tokui/tokui/internal/filelock"
)

// LedgerStream is the stream of the consent ledger: every word about who may be written to, in the order in which it
// became known, each line holding the SHA-256 of the line before it (Prev).
const LedgerStream = "consent"

const ledgerLock = "consent.lock"

// LedgerKinds are those that belong into the ledger: words of and about people, but not what machines say of addresses
// (bounces).
func LedgerKinds() []Kind {
	return []Kind{
		Consent, Withdrawal, OptInRequested, OptInConfirmed, Preference, Unsubscribe, Complaint, Suppress, Unsuppress, Returned, Forgotten,
	}
}

// Ledger appends to the consent ledger. One process at a time holds it, so that the chain has no branches.
type Ledger struct {
	writer  *Writer
	release func() error
}

// ErrLedgerHeld says that another process is writing the ledger.
var ErrLedgerHeld = errors.New("open consent ledger")

// OpenLedger takes the ledger of a journal folder and finds the end of its chain. Where another process has it, the error
// is ErrLedgerHeld and names that.
func OpenLedger(dir string, now func() time.Time) (*Ledger, error) {
	if err := (Disk{}).MakeDir(dir); err != nil {
		return nil, fmt.Errorf("open consent ledger: %w", err)
	}
	release, err := filelock.Take(filepath.Join(dir, ledgerLock), "")
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, fmt.Errorf("%w: process %d is writing it; try: again when it has ended", ErrLedgerHeld, held.PID)
	}
	if err != nil {
		return nil, fmt.Errorf("open consent ledger: %w", err)
	}
	head, err := LedgerHead(dir)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	w, err := OpenWriter(dir, LedgerStream, now)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	w.chained, w.head = true, head
	return &Ledger{writer: w, release: release}, nil
}

// Append makes words durable, as Writer.Append does, and chains them.
func (l *Ledger) Append(ctx context.Context, events ...Event) error {
	for _, e := range events {
		if !slices.Contains(LedgerKinds(), e.Kind) {
			return fmt.Errorf("append to consent ledger: got kind %q, want a word about consent", e.Kind)
		}
	}
	return l.writer.Append(ctx, events...)
}

// Close seals the segment and gives the ledger to whoever waits for it.
func (l *Ledger) Close() error { return errors.Join(l.writer.Close(), l.release()) }

// lineHash is what the next line holds as Prev: of the line's bytes without the newline, crc included.
func lineHash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// LedgerHead is the hash of the ledger's last whole line, "" where it has none. A line that a kill has left unfinished
// was promised to nobody and is passed over.
func LedgerHead(dir string) (string, error) {
	segments, err := segmentsOf(dir, LedgerStream)
	if err != nil {
		return "", err
	}
	for i := len(segments) - 1; i >= 0; i-- {
		head := ""
		err := eachLine(segments[i].path, func(line []byte, _ Place, last bool) error {
			if !last || checkLine(line) == nil {
				head = lineHash(line)
			}
			return nil
		})
		if err != nil || head != "" {
			return head, err
		}
	}
	return "", nil
}
