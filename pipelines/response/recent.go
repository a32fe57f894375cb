package response

import (
	"sync"
	"time"
)

const (
	// recentFor is how long a wish that is on the disk need not be written again: a double click, a mail program that
	// tries twice, or somebody who would like to fill the disk by one link. Later it is a new wish.
	recentFor = time.Minute
	// recentMost bounds the memory; when it is full, everything is forgotten, which costs a line in the journal at most.
	recentMost = 10_000
)

// recent remembers wishes for a minute. The zero value is ready; it may be used concurrently.
type recent struct {
	mu sync.Mutex
	at map[string]time.Time
}

// has says whether a wish was added less than recentFor ago.
func (r *recent) has(wish string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.at[wish]
	age := now.Sub(at)
	return ok && age >= 0 && age < recentFor
}

// add remembers a wish that is on the disk.
func (r *recent) add(wish string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil || len(r.at) >= recentMost {
		r.at = map[string]time.Time{}
	}
	r.at[wish] = now
}
