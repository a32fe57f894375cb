package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// perMessage is about how many bytes of journal a message takes.
const perMessage = 700

// playFull fills the disk that the journal is on, makes room, and fills it again.
func (h *harness) playFull(s scene, c *count) error {
	h.server.begin(nil, 0)
	room := perMessage * s.people(h.recipients) / h.few()
	// the plan is made with room for it
	first, err := h.start("run", "--live", "--quiet", "campaign "+s.name)
	if err != nil {
		return err
	}
	if first.until(func() bool { return h.server.count() > 10 }) {
		open, err := h.stop(first, syscall.SIGKILL)
		if err != nil {
			return err
		}
		c.allowed += open
	}
	disk, err := h.smallDisk()
	if err != nil {
		return h.limitFiles(s, c, room)
	}
	fill := func() error {
		for range h.few() {
			if err := disk.grow(h.random.IntN(room)); err != nil {
				return err
			}
			out, code := h.plain("run", "--live", "--quiet", "campaign "+s.name)
			if code == 0 {
				break
			}
			if !strings.Contains(out, "no space left") {
				c.fault("exit code %d on a full disk, want it to say so: %s", code, out)
			}
			c.stops++
			c.allowed += h.lines
		}
		if c.stops == 0 {
			c.fault("the disk was never full")
		}
		return nil
	}
	if err := errors.Join(fill(), disk.leave()); err != nil {
		return err
	}
	if err := h.sendThrough(s, c, 0, nil); err != nil {
		return err
	}
	return h.judge(s, c)
}

// limitFiles is the same where nothing may be mounted: no file may get longer than a limit.
func (h *harness) limitFiles(s scene, c *count, room int) error {
	fmt.Fprintln(h.note, "full: nothing can be mounted here, so the size of files is limited instead")
	for range h.few() {
		blocks := 16 + h.random.IntN(room/1024)
		cmd := exec.CommandContext(h.ctx, "bash", "-c", `ulimit -f "$0"; trap "" XFSZ; exec "$@"`, fmt.Sprint(blocks), h.tokui,
			"run", "--live", "--quiet", "campaign "+s.name)
		cmd.Dir = h.dir
		if out, err := cmd.CombinedOutput(); err == nil {
			break
		} else if len(out) == 0 {
			c.fault("%v at the limit, and not a word why", err)
		}
		c.stops++
		c.allowed += h.lines
	}
	if err := h.sendThrough(s, c, 0, nil); err != nil {
		return err
	}
	return h.judge(s, c)
}

// plain runs tokui and returns all it printed with its exit code.
func (h *harness) plain(args ...string) (string, int) {
	p, err := h.start(args...)
	if err != nil {
		return err.Error(), 1
	}
	code := p.wait()
	return p.out.String(), code
}

// smallDisk is a tmpfs in the place of the journal, with a copy of it.
type smallDisk struct {
	journal, aside string
	size           int
}

func (h *harness) smallDisk() (*smallDisk, error) {
	d := &smallDisk{journal: filepath.Join(h.dir, "var", "journal"), aside: filepath.Join(h.dir, "var", "journal.aside")}
	err := filepath.WalkDir(d.journal, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			d.size += int(info.Size())/4096*4096 + 4096
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := os.Rename(d.journal, d.aside); err != nil {
		return nil, err
	}
	undo := func(err error) (*smallDisk, error) {
		return nil, errors.Join(err, os.Remove(d.journal), os.Rename(d.aside, d.journal))
	}
	if err := os.Mkdir(d.journal, 0o700); err != nil {
		return undo(err)
	}
	if err := command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=0700", d.size), "tmpfs", d.journal); err != nil {
		return undo(err)
	}
	if err := command("cp", "-a", d.aside+"/.", d.journal); err != nil {
		return undo(errors.Join(err, command("umount", d.journal)))
	}
	return d, nil
}

// grow makes room for so many more bytes.
func (d *smallDisk) grow(bytes int) error {
	d.size += bytes
	return command("mount", "-o", fmt.Sprintf("remount,size=%d", d.size), d.journal)
}

// leave brings the journal back to the disk it was on.
func (d *smallDisk) leave() error {
	if err := command("cp", "-a", d.journal+"/.", d.aside); err != nil {
		return errors.Join(err, command("umount", d.journal))
	}
	if err := command("umount", d.journal); err != nil {
		return err
	}
	return errors.Join(os.Remove(d.journal), os.Rename(d.aside, d.journal))
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
