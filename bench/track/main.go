// Command track measures the public endpoints as they are, with wrk: the real `tokui track` on a spool of its own, links
// that it has never seen, callers behind a proxy, and every answer given only when its line is on the disk.
//
//	apt-get install wrk
//	go run ./bench/track                         # clicks, 64 connections, 10 seconds
//	go run ./bench/track --kind open --connections 512
//
// It prints requests a second, their latencies, and the CPU of the server for one request (user and system, of the whole
// process), which says more than the wall on a machine that does other things too; and it counts the lines in the spool
// against the answers that wrk has seen: none may be missing. Each measurement stands beside the same server's answer to a
// link that is not ours, which costs no disk: what net/http and the token cost alone.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

const key = "a key of thirty-two bytes at least, for nothing else"

type bench struct {
	dir, tokui, kind, address string
	connections, links        int
	duration                  time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var b bench
	flag.StringVar(&b.kind, "kind", "click", "click or open")
	flag.StringVar(&b.address, "listen", "127.0.0.1:18080", "a free address of the loopback")
	flag.StringVar(&b.tokui, "tokui", "", "the program to measure (default: built from the source beside this one)")
	flag.IntVar(&b.connections, "connections", 64, "at once")
	flag.IntVar(&b.links, "links", 400_000, "different links: more than are asked for, since a second click within a minute is not written again")
	flag.DurationVar(&b.duration, "duration", 10*time.Second, "how long each")
	flag.Parse()
	if b.kind != "click" && b.kind != "open" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/track:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) (err error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk is not installed; try: apt-get install wrk")
	}
	if b.dir, err = os.MkdirTemp("", "tokui-track-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.tokui == "" {
		b.tokui = filepath.Join(b.dir, "tokui")
		build := exec.CommandContext(ctx, "go", "build", "-o", b.tokui, "./cmd/tokui")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build tokui: %w", err)
		}
	}
	if err := b.writeLinks(); err != nil {
		return err
	}
	fmt.Printf("%-24s %12s %10s %10s %10s %16s %12s\n", "answers", "a second", "p50", "p99", "errors", "CPU us a request", "in spool")
	if err := b.measure(ctx, "durable "+b.kind, "links", true); err != nil {
		return err
	}
	return b.measure(ctx, "refused, no disk", "forged", false)
}

// writeLinks makes the paths, of messages that are all different, signed by the server's key and by another one.
func (b *bench) writeLinks() error {
	for name, secret := range map[string]string{"links": key, "forged": "another " + key} {
		keys, err := token.New([]byte(secret))
		if err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(b.dir, name))
		if err != nil {
			return err
		}
		out := bufio.NewWriter(f)
		for i := range b.links {
			messageKey := fmt.Sprintf("%032x", i+1)
			var text string
			kind := token.Click
			if b.kind == "open" {
				kind = token.Open
				text, err = keys.Sign(kind, messageKey)
			} else {
				text, err = keys.SignClick(messageKey, i%8+1, "https://www.example.com/products/toner-"+strconv.Itoa(i%500))
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(out, kind.Path()+text)
		}
		if err := errors.Join(out.Flush(), f.Close()); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(b.dir, "script.lua"), []byte(script), 0o600)
}

// script asks for one link after the other, each from an address of its own.
const script = `
local paths, n, i = {}, 0, 0
function init(args)
  for line in io.lines(args[1]) do n = n + 1; paths[n] = line end
end
function request()
  i = i % n + 1
  return "GET " .. paths[i] .. " HTTP/1.1\r\nHost: r.example.com\r\nX-Forwarded-For: 198." .. (18 + i % 2) .. "." .. (math.floor(i / 250) % 250) ..
    "." .. (i % 250 + 1) .. "\r\nUser-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1\r\n\r\n"
end
function done(summary, latency)
  local e = summary.errors
  io.stdout:write(string.format('\n{"requests":%d,"us":%d,"p50":%d,"p99":%d,"status":%d,"broken":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
`

// seen is what wrk has measured.
type seen struct {
	Requests int64 `json:"requests"`
	Micros   int64 `json:"us"`
	P50      int64 `json:"p50"`
	P99      int64 `json:"p99"`
	Status   int64 `json:"status"`
	Broken   int64 `json:"broken"`
}

// measure runs the server and wrk, and counts what is left in the spool.
func (b *bench) measure(ctx context.Context, name, links string, written bool) error {
	spool := filepath.Join(b.dir, "spool-"+links)
	server := exec.CommandContext(ctx, b.tokui, "track", "--spool", spool, "--listen", b.address, "--locale", "en")
	server.Env = append(os.Environ(), "TOKUI_TRACKING_KEY="+key)
	stderr, err := server.StderrPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(stderr)
	if !lines.Scan() { // it says where it listens
		return errors.Join(errors.New("the server did not start"), server.Wait())
	}
	wrk := exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(b.connections), "-d"+strconv.Itoa(int(b.duration.Seconds()))+"s", "--latency",
		"-s", filepath.Join(b.dir, "script.lua"), "http://"+b.address, "--", filepath.Join(b.dir, links))
	text, wrkErr := wrk.Output()
	stopErr := server.Process.Signal(syscall.SIGTERM)
	for lines.Scan() {
	}
	if err := errors.Join(wrkErr, stopErr, server.Wait()); err != nil {
		return fmt.Errorf("%w\n%s", err, text)
	}
	var s seen
	if err := json.Unmarshal(lastLine(text), &s); err != nil {
		return fmt.Errorf("read what wrk says: %w\n%s", err, text)
	}
	count := 0
	if _, err := journal.Read(spool, "", func(journal.Event, journal.Place) error { count++; return nil }); err != nil {
		return err
	}
	cpu := server.ProcessState.UserTime() + server.ProcessState.SystemTime()
	fmt.Printf("%-24s %12.0f %8.2fms %8.2fms %10d %16.1f %12d\n", name, float64(s.Requests)/float64(s.Micros)*1e6, float64(s.P50)/1e3,
		float64(s.P99)/1e3, s.Broken+s.refusals(written), float64(cpu.Microseconds())/float64(s.Requests), count)
	if written && int64(count) < s.Requests-s.refusals(written) {
		return fmt.Errorf("%d answers and %d lines: some answer was given before it was durable, or more than %d links were asked for", s.Requests, count, b.links)
	}
	return nil
}

// refusals are answers other than those that are to be had.
func (s seen) refusals(written bool) int64 {
	if written {
		return s.Status
	}
	return s.Requests - s.Status
}

func lastLine(text []byte) []byte {
	end := len(text)
	for end > 0 && text[end-1] == '\n' {
		end--
	}
	start := end
	for start > 0 && text[start-1] != '\n' {
		start--
	}
	return text[start:end]
}
