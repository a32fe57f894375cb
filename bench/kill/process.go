package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// idle is how long nothing may happen before an instant that waits for more letters has come all the same: everything
// waits for a back-off, or for a server that stalls.
const idle = 2 * time.Second

// process is one running tokui.
type process struct {
	cmd   *exec.Cmd
	out   bytes.Buffer
	ended chan struct{}
	err   error
}

func (h *harness) start(args ...string) (*process, error) {
	p := &process{cmd: h.command(args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// wait is the exit code, -1 where a signal ended it.
func (p *process) wait() int {
	<-p.ended
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		return exit.ExitCode()
	}
	if p.err != nil {
		return 1
	}
	return 0
}

// until waits for a condition; it is false where the process ended before.
func (p *process) until(reached func() bool) bool {
	tick := time.NewTicker(300 * time.Microsecond)
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return false
		case <-tick.C:
			if reached() {
				return true
			}
		}
	}
}

// randomInstant is the condition of the next stop: now and then any moment up to the first letter, while it starts, plans
// and reads the journal; else a random number of recipients and a random part of what one of them takes.
func (h *harness) randomInstant(most int) func() bool {
	start := time.Now()
	if h.random.IntN(10) == 0 {
		at, before := start.Add(time.Duration(h.random.Int64N(int64(2*time.Second)))), h.server.tries()
		return func() bool { return !time.Now().Before(at) || h.server.tries() > before }
	}
	wanted := h.server.tries() + h.random.IntN(max(most, 1))
	fraction := time.Duration(h.random.Int64N(int64(3 * time.Millisecond)))
	last, lastAt := -1, start
	var at time.Time
	return func() bool {
		now, n := time.Now(), h.server.tries()
		if n != last {
			last, lastAt = n, now
		}
		if at.IsZero() && n >= wanted {
			at = now.Add(fraction)
		}
		return !at.IsZero() && !now.Before(at) || n > 0 && now.Sub(lastAt) > idle
	}
}

// stop sends a signal and returns how many connections may have been open when it came.
func (h *harness) stop(p *process, signal os.Signal) (open int, err error) {
	before, everBefore := h.server.connections()
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	<-p.ended
	_, ever := h.server.connections()
	return before + ever - everBefore, nil
}

// sendThrough runs a scene's campaign until nothing is pending, stopped n times by a signal on its way.
func (h *harness) sendThrough(s scene, c *count, n int, signal os.Signal) error {
	most := 2 * s.people(h.recipients) * 8 / 10 / max(n, 1)
	for rounds := 0; ; rounds++ {
		if rounds > n+50 {
			return fmt.Errorf("still something pending after %d runs", rounds)
		}
		p, err := h.start("run", "--live", "--quiet", "campaign "+s.name)
		if err != nil {
			return err
		}
		if c.stops < n && p.until(h.randomInstant(most)) {
			open, err := h.stop(p, signal)
			if err != nil {
				return err
			}
			code := p.wait()
			if code != 0 {
				c.stops++
				if signal == syscall.SIGKILL {
					c.allowed += open
				}
			}
			if signal == syscall.SIGTERM && code != 130 && code != 0 {
				c.fault("exit code %d after SIGTERM, want 130: %s", code, p.out.String())
			}
			continue
		}
		if code := p.wait(); code != 0 {
			return fmt.Errorf("tokui: exit code %d\n%s", code, p.out.String())
		}
		if c.stops >= n { // no more faults of the kind that a scene makes until its last stop
			s, err := h.status(s.name)
			if err != nil {
				return err
			}
			if s.Pending == 0 {
				return nil
			}
			continue
		}
		if s, err := h.status(s.name); err != nil || s.Pending == 0 {
			return err
		}
	}
}
