package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// harness is one company and its sender.
type harness struct {
	recipients, kills, lines int
	seed                     uint64
	dir, tokui               string
	only                     []string
	out, note                io.Writer

	ctx    context.Context
	server *server
	random *rand.Rand
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	h := &harness{out: os.Stdout, note: os.Stderr, ctx: ctx}
	var only string
	flag.IntVar(&h.recipients, "recipients", 100_000, "of the scene kill; the others have a tenth or a fifth of them")
	flag.IntVar(&h.kills, "kills", 200, "of the scene kill; the others have a tenth of them")
	flag.IntVar(&h.lines, "connections", 8, "mail.smtp.connections")
	flag.Uint64Var(&h.seed, "seed", 0, "of the random instants (default: the clock)")
	flag.StringVar(&h.dir, "dir", "", "folder of the company, kept (default: a temporary one, removed)")
	flag.StringVar(&h.tokui, "tokui", "", "the program to kill (default: built from ./cmd/tokui)")
	flag.StringVar(&only, "scenes", "", "some of the scenes, with commas between (default: all)")
	flag.Parse()
	if only != "" {
		h.only = strings.Split(only, ",")
	}
	if flag.NArg() > 0 || h.recipients < 100 || h.kills < 1 {
		flag.Usage()
		os.Exit(2)
	}
	broken, err := h.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		os.Exit(1)
	}
	if broken > 0 {
		os.Exit(1)
	}
}

// run plays the scenes and returns how many rules were broken.
func (h *harness) run() (broken int, err error) {
	for _, name := range h.only {
		if !slices.ContainsFunc(scenes(), func(s scene) bool { return s.name == name }) {
			return 0, fmt.Errorf("got scene %q; try: go doc ./bench/kill", name)
		}
	}
	if h.seed == 0 {
		h.seed = uint64(time.Now().UnixNano())
	}
	h.random = rand.New(rand.NewPCG(h.seed, 0))
	if h.dir == "" {
		if h.dir, err = os.MkdirTemp("", "tokui-kill-"); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(h.dir)) }()
	}
	if h.dir, err = filepath.Abs(h.dir); err != nil {
		return 0, err
	}
	if h.tokui == "" {
		h.tokui = filepath.Join(h.dir, "tokui")
		build := exec.CommandContext(h.ctx, "go", "build", "-o", h.tokui, "./cmd/tokui")
		if out, err := build.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("build tokui: %w\n%s", err, out)
		}
	}
	if h.server, err = newServer(); err != nil {
		return 0, err
	}
	defer h.server.close()
	start := time.Now()
	if err := h.makeCompany(); err != nil {
		return 0, fmt.Errorf("make company: %w", err)
	}
	fmt.Fprintf(h.note, "company of %d contacts ready after %.0f s; seed %d\n", h.recipients, time.Since(start).Seconds(), h.seed)
	var rows []count
	for _, s := range scenes() {
		if len(h.only) > 0 && !slices.Contains(h.only, s.name) {
			continue
		}
		start := time.Now()
		c := count{scene: s.name}
		if err := s.play(h, s, &c); err != nil {
			return broken, fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(h.note, "%s: %.0f s\n", s.name, time.Since(start).Seconds())
		for _, c := range append([]count{c}, c.after...) {
			rows = append(rows, c)
			broken += c.broken
		}
	}
	printCounts(h.out, rows)
	return broken, nil
}

// command is tokui in the company's folder.
func (h *harness) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(h.ctx, h.tokui, args...)
	cmd.Dir = h.dir
	return cmd
}

// program runs tokui to its end and returns what it printed.
func (h *harness) program(args ...string) (string, error) {
	cmd := h.command(args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("tokui %s: %w\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out), nil
}
