package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// LedgerFault is a place at which the consent ledger is not as it was written.
type LedgerFault struct {
	Place
	Detail string
}

// String returns the fault for a person.
func (f LedgerFault) String() string {
	if f.Segment == "" {
		return f.Detail
	}
	return f.Place.String() + ": " + f.Detail
}

// LedgerReport is what VerifyLedger found.
type LedgerReport struct {
	// Lines are whole ones, Head is the hash of the last: whoever keeps it elsewhere can prove later that nothing up to
	// it was taken away.
	Lines  int
	Head   string
	Faults []LedgerFault
}

// VerifyLedger follows the chain of the consent ledger from its first line to its last. anchors are hashes that others
// hold (an edition's manifest keeps the head that it was planned under), each with who holds it: one that is no line's
// any more shows that the end of the ledger was cut off, which a chain alone cannot.
func VerifyLedger(dir string, anchors map[string]string) (LedgerReport, error) {
	var report LedgerReport
	segments, err := segmentsOf(dir, LedgerStream)
	if err != nil {
		return report, err
	}
	fault := func(at Place, format string, args ...any) {
		report.Faults = append(report.Faults, LedgerFault{Place: at, Detail: fmt.Sprintf(format, args...)})
	}
	missing := map[string]bool{}
	for hash := range anchors {
		missing[hash] = true
	}
	var before Place // of the last line
	unknown := false // the line before is damaged, and so is its hash
	for _, s := range segments {
		err := eachLine(s.path, func(line []byte, at Place, last bool) error {
			err := checkLine(line)
			if errors.Is(err, errNewer) {
				return &NewerError{Place: at, Detail: err.Error()}
			}
			if err != nil {
				if !last { // else unfinished: nobody was promised it
					fault(at, "the line was altered: %v", err)
					unknown, before = true, at
				}
				return nil
			}
			e, err := decodeLine(line)
			switch {
			case err != nil:
				fault(at, "the line was altered: %v", err)
			case unknown: // told already
			case e.Prev == report.Head:
			case report.Head == "":
				fault(at, "the ledger begins with a line that follows another; what stood before it was removed")
			case before.Segment == at.Segment && before.Line == at.Line-1:
				fault(at, "it does not follow line %d: that line was altered, or lines between them were removed", before.Line)
			default:
				fault(at, "it does not follow %s: that line was altered, or lines after it were removed", before)
			}
			unknown = false
			report.Lines++
			report.Head, before = lineHash(line), at
			delete(missing, report.Head)
			return nil
		})
		if err != nil {
			return report, err
		}
	}
	for hash := range missing {
		report.Faults = append(report.Faults, LedgerFault{Detail: fmt.Sprintf("%s: %s was planned when the consent ledger ended "+
			"with line %s…, which is gone: lines at its end were removed or altered", dir, anchors[hash], hash[:min(12, len(hash))])})
	}
	slices.SortStableFunc(report.Faults, func(a, b LedgerFault) int {
		if a.Segment == "" && b.Segment == "" && a.Detail < b.Detail {
			return -1
		}
		return 0
	})
	return report, nil
}

// eachLine gives the lines of a segment without their newlines; last says that this one has none.
func eachLine(path string, fn func(line []byte, at Place, last bool) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 1<<18)
	for n := 1; ; n++ {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read journal: %w", err)
		}
		last := err != nil
		if last && len(line) == 0 {
			return nil
		}
		if !last {
			line = line[:len(line)-1]
		}
		if err := fn(line, Place{Segment: path, Line: n}, last); err != nil || last {
			return err
		}
	}
}
