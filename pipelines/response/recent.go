package response

import (
	"cmp"
	"hash/maphash"
	"sync"
	"time"
)

const (
	// recentFor is how long what is on the disk need not be written again: a double click, a mail program that tries twice,
	// or somebody who would like to fill the disk by one link. Later it is new.
	recentFor = time.Minute
	// recentSlots bounds the memory; what falls on another's slot takes it, which costs a line in the journal at most.
	recentSlots = 1 << 16
)

// recent remembers texts for a while, by hashes of 64 bits whose key nobody outside knows. The zero value is ready; it may
// be used concurrently.
type recent struct {
	// keep takes the place of recentFor where it is not 0.
	keep time.Duration

	mu    sync.Mutex
	seed  maphash.Seed
	slots []recentSlot
}

type recentSlot struct {
	hash uint64
	at   time.Time
}

// has says whether a text was added a short while ago.
func (r *recent) has(text string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots == nil {
		return false
	}
	hash := maphash.String(r.seed, text)
	slot := r.slots[hash%recentSlots]
	age := now.Sub(slot.at)
	return slot.hash == hash && age >= 0 && age < cmp.Or(r.keep, recentFor)
}

// add remembers what is on the disk.
func (r *recent) add(text string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots == nil {
		r.seed, r.slots = maphash.MakeSeed(), make([]recentSlot, recentSlots)
	}
	hash := maphash.String(r.seed, text)
	r.slots[hash%recentSlots] = recentSlot{hash: hash, at: now}
}
