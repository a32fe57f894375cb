package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// serverCommand is the first argument of the command when it is the server.
const serverCommand = "server"

// record is what the server has taken since it was last asked.
type record struct {
	// Letters and Bytes that were taken; Distinct recipients and Message-IDs among them, and the sessions they came in.
	Letters, Recipients, IDs, Sessions int
	Bytes                              int64
	CPU                                time.Duration
}

// server takes mail and keeps who it was for.
type server struct {
	mu         sync.Mutex
	recipients map[string]int
	ids        map[string]int
	letters    int
	bytes      int64
	sessions   int
	cpu        time.Duration
}

// serve runs the server until its standard input ends. A line there asks for the record, which begins anew.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	s := &server{}
	s.take()
	fmt.Println(listener.Addr())
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.session(conn)
		}
	}()
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(s.take()); err != nil {
			return fmt.Errorf("tell record: %w", err)
		}
	}
	return listener.Close()
}

func (s *server) take() record {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := cpuOf(syscall.RUSAGE_SELF)
	r := record{Letters: s.letters, Recipients: len(s.recipients), IDs: len(s.ids), Sessions: s.sessions, Bytes: s.bytes, CPU: now - s.cpu}
	s.recipients, s.ids = make(map[string]int, 1<<17), make(map[string]int, 1<<17)
	s.letters, s.bytes, s.sessions, s.cpu = 0, 0, 0, now
	return r
}

// keep notes a letter.
func (s *server) keep(recipient, id string, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recipients[recipient]++
	s.ids[id]++
	s.letters++
	s.bytes += int64(size)
}

// session speaks with one client. Replies are written once nothing more is waiting to be read, so that a group of
// commands is answered in one write.
func (s *server) session(conn net.Conn) {
	defer conn.Close()
	s.mu.Lock()
	s.sessions++
	s.mu.Unlock()
	r := bufio.NewReaderSize(conn, 64<<10)
	w := bufio.NewWriter(conn)
	say := func(text string) bool {
		if _, err := w.WriteString(text); err != nil {
			return false
		}
		return r.Buffered() > 0 || w.Flush() == nil
	}
	if !say("220 bench.example.com ESMTP\r\n") {
		return
	}
	recipient, letter := "", make([]byte, 0, 64<<10)
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		reply := "250 2.0.0 ok\r\n"
		switch verb := string(bytes.ToUpper(line[:min(4, len(line))])); verb {
		case "EHLO":
			reply = "250-bench.example.com\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
		case "RCPT":
			recipient = string(bytes.TrimSpace(line[min(8, len(line)):]))
		case "DATA":
			if !say("354 go ahead\r\n") {
				return
			}
			if letter, err = readLetter(r, letter[:0]); err != nil {
				return
			}
			s.keep(recipient, messageID(letter), len(letter))
			reply = "250 2.0.0 ok: queued\r\n"
		case "QUIT":
			say("221 2.0.0 bye\r\n")
			return
		}
		if !say(reply) {
			return
		}
	}
}

// readLetter reads up to the final dot, in pieces as large as they come in.
func readLetter(r *bufio.Reader, b []byte) ([]byte, error) {
	const end = "\r\n.\r\n"
	for {
		if _, err := r.Peek(1); err != nil {
			return b, fmt.Errorf("read letter: %w", err)
		}
		piece, err := r.Peek(r.Buffered())
		if err != nil {
			return b, fmt.Errorf("read letter: %w", err)
		}
		from := max(0, len(b)-len(end)+1)
		had := len(b)
		b = append(b, piece...)
		if i := bytes.Index(b[from:], []byte(end)); i >= 0 {
			stop := from + i + len(end)
			_, err := r.Discard(stop - had)
			return b[:stop-3], err
		}
		if _, err := r.Discard(len(piece)); err != nil {
			return b, fmt.Errorf("read letter: %w", err)
		}
	}
}

// messageID is a letter's Message-ID, "" where it has none.
func messageID(letter []byte) string {
	head := letter
	if i := bytes.Index(letter, []byte("\r\n\r\n")); i >= 0 {
		head = letter[:i]
	}
	for _, name := range []string{"\r\nMessage-ID: ", "\r\nMessage-Id: "} {
		if i := bytes.Index(head, []byte(name)); i >= 0 {
			id := head[i+len(name):]
			if end := bytes.IndexByte(id, '\r'); end >= 0 {
				id = id[:end]
			}
			return string(id)
		}
	}
	return ""
}

// cpuOf is the CPU time, user and system, of this process or of its children.
func cpuOf(who int) time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(who, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// remote is the server seen from the command.
type remote struct {
	address string
	asks    io.WriteCloser
	answers *json.Decoder
	wait    func() error
}

func (r *remote) take() (record, error) {
	if _, err := io.WriteString(r.asks, "\n"); err != nil {
		return record{}, fmt.Errorf("ask the server: %w", err)
	}
	var got record
	if err := r.answers.Decode(&got); err != nil {
		return record{}, fmt.Errorf("ask the server: %w", err)
	}
	return got, nil
}
