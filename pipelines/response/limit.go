package response

import (
	"cmp"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

const (
	// patience is how many requests a caller may make at once beyond the first of each link, and how fast that fills up.
	patience = 60
	refill   = time.Second / 5
	// mostCallers bounds the memory; when it is full, those that have been quiet are forgotten, or else all.
	mostCallers = 50_000
)

// limiter counts what costs nothing to make up: guessed tokens, and the same link over and over. Links that are ours and
// new are not counted, as nobody can make them up, and because many people may share an address. The zero value is
// ready; it may be used concurrently. Callers are remembered by a hash that ends with the process.
type limiter struct {
	// patience and refill take the place of the constants where they are not 0.
	patience int
	refill   time.Duration

	mu   sync.Mutex
	seed maphash.Seed
	busy map[uint64]time.Time // until when each caller has used up its patience
}

// allow takes one request down, and says whether it may be answered.
func (l *limiter) allow(from netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy == nil {
		l.seed, l.busy = maphash.MakeSeed(), map[uint64]time.Time{}
	}
	if from.Is6() { // whoever has one address of IPv6 has all of a network
		if network, err := from.Prefix(64); err == nil {
			from = network.Addr()
		}
	}
	bytes := from.As16()
	caller := maphash.Bytes(l.seed, bytes[:])
	until := l.busy[caller]
	if until.Before(now) {
		until = now
	}
	burst, pace := cmp.Or(l.patience, patience), cmp.Or(l.refill, refill)
	if until.Sub(now) > time.Duration(burst)*pace {
		return false
	}
	if len(l.busy) >= mostCallers {
		l.forget(now)
	}
	l.busy[caller] = until.Add(pace)
	return true
}

// forget makes room.
func (l *limiter) forget(now time.Time) {
	for caller, until := range l.busy {
		if until.Before(now) {
			delete(l.busy, caller)
		}
	}
	if len(l.busy) >= mostCallers {
		clear(l.busy)
	}
}
