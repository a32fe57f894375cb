package warehouse

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
)

// cellBytes is what a cell of an Arrow table costs a Go program that works on it: its 8 bytes, twice more in the columns
// that the work makes of it, and as much again before the collector comes round.
const cellBytes = 32

// smallLoan is what is not worth asking DuckDB for.
const smallLoan = 64 << 20

// lend makes DuckDB give back memory that Go is about to use, so that both together stay within the limit: DuckDB's own
// limit is lowered by so many bytes, to a quarter at most, and it writes out what it cannot hold. giveBack undoes it.
func (s session) lend(ctx context.Context, bytes int64) (giveBack func() error, err error) {
	if bytes < smallLoan {
		return func() error { return nil }, nil
	}
	all, back := s.memoryLimit, limitMemory(s.memoryLimit)
	if all == 0 {
		back = "reset global memory_limit"
		var limit string
		if err := s.One(ctx, "select current_setting('memory_limit')", nil, &limit); err != nil {
			return nil, fmt.Errorf("read memory limit: %w", err)
		}
		if all, err = parseBytes(limit); err != nil {
			return nil, err
		}
	}
	if err := s.set(ctx, limitMemory(max(all-bytes, all/4))); err != nil {
		return nil, fmt.Errorf("lend memory: %w", err)
	}
	return func() error {
		debug.FreeOSMemory() // before DuckDB takes it again
		if err := s.set(context.WithoutCancel(ctx), back); err != nil {
			return fmt.Errorf("give memory back: %w", err)
		}
		return nil
	}, nil
}

func limitMemory(bytes int64) string {
	return fmt.Sprintf("set global memory_limit = '%d bytes'", bytes)
}

// parseBytes reads a size as DuckDB prints it: 3.7 GiB.
func parseBytes(text string) (int64, error) {
	var n float64
	var unit string
	if _, err := fmt.Sscanf(text, "%f %s", &n, &unit); err != nil {
		return 0, fmt.Errorf("read memory limit %q: %w", text, err)
	}
	for i, u := range []string{"bytes", "KiB", "MiB", "GiB", "TiB"} {
		if strings.EqualFold(unit, u) {
			return int64(n * float64(int64(1)<<(10*i))), nil
		}
	}
	return 0, fmt.Errorf("read memory limit %q: unknown unit", text)
}
