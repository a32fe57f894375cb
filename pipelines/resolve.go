package pipelines

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/pipelines/delivery"
)

// Evidence is what is known from outside of an edition's unconfirmed messages.
type Evidence struct {
	// Logs are files of the relay's log, oldest first; .gz is read as it is.
	Logs         []string
	ResendAbsent bool
	// Accepted and Resend are message keys or Message-IDs, and File is a CSV file of such with verdicts.
	Accepted, Resend []string
	File             string
	Dry              bool
}

// Resolve settles what is unconfirmed of an edition. Nothing is sent: what is to be sent again waits for the next run of
// the campaign.
func (p *Program) Resolve(ctx context.Context, id edition.ID, evidence Evidence) (delivery.Resolution, error) {
	r := &delivery.Resolver{
		DataDir: p.dataPath(), JournalDir: p.JournalDir(), ID: id,
		ResendAbsent: evidence.ResendAbsent, Dry: evidence.Dry,
	}
	accepted, resend := evidence.Accepted, evidence.Resend
	if evidence.File != "" {
		moreAccepted, moreResend, err := readVerdicts(evidence.File)
		if err != nil {
			return delivery.Resolution{}, err
		}
		accepted, resend = slices.Concat(accepted, moreAccepted), slices.Concat(resend, moreResend)
	}
	var err error
	if r.Accepted, err = messageKeys(accepted); err != nil {
		return delivery.Resolution{}, err
	}
	if r.Resend, err = messageKeys(resend); err != nil {
		return delivery.Resolution{}, err
	}
	if len(evidence.Logs) > 0 {
		if err := p.readLogs(id, evidence.Logs, r); err != nil {
			return delivery.Resolution{}, err
		}
	}
	return r.Run(ctx)
}

// readLogs reads the lines of the edition's messages.
func (p *Program) readLogs(id edition.ID, paths []string, r *delivery.Resolver) error {
	e, err := edition.Open(edition.Dir(p.dataPath(), id))
	if err != nil {
		return fmt.Errorf("resolve %s: %w; try: tokui status", id, err)
	}
	planned := map[string]bool{}
	for row, err := range e.Plan() {
		if err != nil {
			return fmt.Errorf("resolve %s: %w", id, err)
		}
		if row.Arm == edition.ArmPlanned {
			planned[row.MessageKey] = true
		}
	}
	r.Log = &delivery.RelayLog{Wanted: func(key string) bool { return planned[key] }}
	for _, path := range paths {
		written, err := readLog(path, r.Log)
		if err != nil {
			return fmt.Errorf("resolve %s: %s: %w", id, path, err)
		}
		if written.After(r.LoggedUntil) {
			r.LoggedUntil = written
		}
	}
	return nil
}

func readLog(path string, log *delivery.RelayLog) (written time.Time, err error) {
	f, err := os.Open(path)
	if err != nil {
		return written, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return written, err
	}
	var text io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(f); err != nil {
			return written, err
		}
	}
	return info.ModTime(), log.Read(text)
}

// messageKeys reads keys that a person wrote.
func messageKeys(words []string) ([]string, error) {
	keys := make([]string, 0, len(words))
	for _, word := range words {
		key := delivery.KeyOfMessageID(word)
		if key == "" {
			return nil, fmt.Errorf("message: got %q, want a message key of 32 hexadecimal digits, or a Message-ID that begins with one; "+
				"try: tokui status EDITION --state unconfirmed", word)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// readVerdicts reads a CSV file with the columns message (a key or Message-ID) and verdict (accepted or resend), in any
// order among others. A row without a verdict decides nothing, so a list of the unconfirmed can be filled in bit by bit.
func readVerdicts(path string) (accepted, resend []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read verdicts: %w", err)
	}
	defer f.Close()
	rows := csv.NewReader(f)
	header, err := rows.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: read header: %w", path, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	message, verdict := slices.Index(header, "message"), slices.Index(header, "verdict")
	if message < 0 || verdict < 0 {
		return nil, nil, fmt.Errorf("%s:1: got the columns %s, want message and verdict", path, strings.Join(header, ", "))
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return accepted, resend, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := rows.FieldPos(verdict)
		switch strings.TrimSpace(row[verdict]) {
		case "":
		case "accepted":
			accepted = append(accepted, row[message])
		case "resend":
			resend = append(resend, row[message])
		default:
			return nil, nil, fmt.Errorf("%s:%d: got verdict %q, want accepted, resend or nothing", path, line, row[verdict])
		}
	}
}
