package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"
)

// senders are what can be measured.
var senders = []string{"tokui", "go-mail", "smtp-source"}

// options are the flags.
type options struct {
	messages, connections int
	only, sign, render    string
	server, tls, login    string
	insecure              bool
	dir, profile          string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == serverCommand {
		if err := serve(); err != nil {
			fail(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.IntVar(&o.messages, "messages", 50_000, "messages of each run")
	flag.IntVar(&o.connections, "connections", 64, "connections at once")
	flag.StringVar(&o.only, "only", "", "one of "+strings.Join(senders, ", "))
	flag.StringVar(&o.sign, "sign", "", "of Tokui: one of none, ed25519, rsa (default: all three)")
	flag.StringVar(&o.render, "render", "template", "of Tokui: template, or stamp: one rendered message, the recipient stamped in")
	flag.StringVar(&o.server, "server", "", "host:port of another server on this machine (default: the command's own)")
	flag.StringVar(&o.tls, "tls", "none", "of Tokui, to another server: none, required, implicit")
	flag.StringVar(&o.login, "login", "", "of Tokui, to another server: user:password")
	flag.BoolVar(&o.insecure, "insecure", false, "take any certificate of another server")
	flag.StringVar(&o.dir, "dir", "", "folder for editions and journals, kept (default: a temporary one, removed)")
	flag.StringVar(&o.profile, "cpuprofile", "", "file for a CPU profile of Tokui's runs")
	flag.Parse()
	if flag.NArg() > 0 || o.only != "" && !slices.Contains(senders, o.only) || o.messages < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(ctx, o); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench/send:", err)
	os.Exit(1)
}

// run measures what the flags say.
func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "tokui-bench-send-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	var r *remote
	if o.server == "" {
		if r, err = start(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.asks.Close(), r.wait()) }()
		o.server = r.address
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	fmt.Printf("%d messages, %d connections, %d processors\n", o.messages, o.connections, runtime.NumCPU())
	fmt.Printf("%-34s %10s %14s %14s %9s\n", "sender", "messages/s", "sender us/msg", "server us/msg", "bytes")
	for _, sender := range senders {
		if o.only != "" && o.only != sender {
			continue
		}
		if err := measure(ctx, o, r, sender); err != nil {
			return fmt.Errorf("%s: %w", sender, err)
		}
	}
	return nil
}

// measure runs one sender.
func measure(ctx context.Context, o options, r *remote, sender string) error {
	switch sender {
	case "tokui":
		for _, sign := range []string{"none", "ed25519", "rsa"} {
			if o.sign != "" && o.sign != sign {
				continue
			}
			var rate float64
			if sign == "rsa" {
				rate = signatures()
			}
			took, err := once(o, r, "tokui, "+sign, syscall.RUSAGE_SELF, func() (func() error, error) { return byTokui(ctx, o, sign) })
			if err != nil {
				return err
			}
			if sign == "rsa" {
				sent := float64(o.messages) / took.Seconds()
				fmt.Printf("%-34s %10.0f   both cores sign as many and do nothing else; %.0f%% of it sent\n", "  RSA-2048 signatures/s", rate, 100*sent/rate)
			}
		}
		return nil
	case "go-mail":
		_, err := once(o, r, "go-mail, not journaled", syscall.RUSAGE_SELF, func() (func() error, error) { return byGoMail(ctx, o) })
		return err
	default:
		path, err := exec.LookPath("smtp-source")
		if err != nil {
			if path = "/usr/sbin/smtp-source"; !exists(path) {
				fmt.Println("smtp-source: not found; install postfix")
				return nil
			}
		}
		_, err = once(o, r, "smtp-source, the same text", syscall.RUSAGE_CHILDREN, func() (func() error, error) {
			return exec.CommandContext(ctx, path, "-d", "-s", fmt.Sprint(o.connections), "-m", fmt.Sprint(o.messages), "-l", "20000",
				"-f", "news@example.jp", "-t", "contact@example.com", o.server).Run, nil
		})
		return err
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// once measures one run, and checks that the server has got every message once.
func once(o options, r *remote, name string, whose int, prepare func() (func() error, error)) (time.Duration, error) {
	send, err := prepare()
	if err != nil {
		return 0, err
	}
	runtime.GC()
	if r != nil {
		if _, err := r.take(); err != nil {
			return 0, err
		}
	}
	before, start := cpuOf(whose), time.Now()
	if err := send(); err != nil {
		return 0, err
	}
	took, cpu := time.Since(start), cpuOf(whose)-before
	per := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(o.messages) }
	if r == nil {
		fmt.Printf("%-34s %10.0f %14.1f\n", name, float64(o.messages)/took.Seconds(), per(cpu))
		return took, nil
	}
	got, err := r.take()
	if err != nil {
		return 0, err
	}
	fmt.Printf("%-34s %10.0f %14.1f %14.1f %9d\n", name, float64(o.messages)/took.Seconds(), per(cpu), per(got.CPU), got.Bytes/int64(max(got.Letters, 1)))
	if got.Letters != o.messages || whose == syscall.RUSAGE_SELF && (got.Recipients != o.messages || got.IDs != o.messages) {
		return 0, fmt.Errorf("got %d letters for %d recipients with %d Message-IDs at the server, want %d of each", got.Letters, got.Recipients, got.IDs, o.messages)
	}
	return took, nil
}

// start starts the server.
func start(ctx context.Context) (*remote, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, serverCommand)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	r := &remote{asks: in, wait: cmd.Wait}
	if _, err := fmt.Fscanln(out, &r.address); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	r.answers = json.NewDecoder(io.Reader(out))
	return r, nil
}
