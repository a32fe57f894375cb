package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tokui/tokui/internal/config"
)

// cost is what a process used.
type cost struct {
	CPU, Wall float64 // seconds
	PeakMiB   float64
	// Models are its parts in order, where it told of them.
	Models []modelCost
}

// modelCost is one model, or one round of checks.
type modelCost struct {
	Name      string
	CPU, Wall float64
	Rows      int64
}

// bench is one measurement of one shop.
type bench struct {
	shop        shop
	dir         string
	tokui       string
	memoryLimit config.Size
	threads     int
	models      bool
	out, note   io.Writer
}

// progress is how `tokui run --verbose` and the bare process tell of a model that is done.
var progress = regexp.MustCompile(`^ *\d+ of \d+: (.+?), (\d+) rows in ([\d.]+) s`)

// process runs a program and returns what it used. The CPU of its parts is read at the lines that tell of them.
func process(ctx context.Context, dir string, name string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stdout = &said
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return cost{}, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	var c cost
	used := 0.0
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		m := progress.FindStringSubmatch(lines.Text())
		if m == nil {
			said.WriteString(lines.Text() + "\n")
			continue
		}
		now := usedBy(cmd.Process.Pid)
		rows, err := strconv.ParseInt(m[2], 10, 64)
		wall, wallErr := strconv.ParseFloat(m[3], 64)
		if err := errors.Join(err, wallErr); err != nil {
			return c, fmt.Errorf("read %q: %w", lines.Text(), err)
		}
		c.Models = append(c.Models, modelCost{Name: m[1], CPU: now - used, Wall: wall, Rows: rows})
		used = now
	}
	if err := cmd.Wait(); err != nil {
		return c, fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, said.String())
	}
	c.Wall = time.Since(start).Seconds()
	c.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.PeakMiB = float64(usage.Maxrss) / 1024 // KiB on Linux
	}
	return c, nil
}

// usedBy is the CPU that a living process has used, in seconds; 0 where /proc does not tell.
func usedBy(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// behind the name in brackets: state is field 3, user and system ticks are 14 and 15, a hundredth of a second each
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, userErr := strconv.ParseFloat(fields[11], 64)
	system, systemErr := strconv.ParseFloat(fields[12], 64)
	if userErr != nil || systemErr != nil {
		return 0
	}
	return (user + system) / 100
}

// keep remembers a cost in the folder, so that parts can be measured one by one.
func (b *bench) keep(name string, c cost) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%-11s %9.1f CPU s %9.1f s %8.0f MiB\n", name, c.CPU, c.Wall, c.PeakMiB)
	if b.models {
		for _, m := range c.Models {
			fmt.Fprintf(b.out, "    %-40s %8.2f CPU s %8.2f s %12d rows\n", m.Name, m.CPU, m.Wall, m.Rows)
		}
	}
	return os.WriteFile(filepath.Join(b.dir, "cost-"+strings.ReplaceAll(name, " ", "-")+".json"), text, 0o600)
}

// kept is a cost of this or an earlier run; false where it was not measured.
func (b *bench) kept(name string) (cost, bool) {
	var c cost
	text, err := os.ReadFile(filepath.Join(b.dir, "cost-"+strings.ReplaceAll(name, " ", "-")+".json"))
	if err != nil {
		return c, false
	}
	return c, json.Unmarshal(text, &c) == nil
}
