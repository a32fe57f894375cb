package source

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// chunkSize is how much of a file is worked on at once: large enough that its borders cost nothing.
const chunkSize = 1 << 20

// headroom is kept free in front of a chunk for the bytes that the last one left over.
const headroom = 8

// chunk is a piece of a file, all of one size except the last.
type chunk struct {
	buf   []byte
	n     int
	final bool
	err   error
}

// with puts what the last chunk left over in front.
func (c chunk) with(carry []byte) []byte {
	start := headroom - len(carry)
	copy(c.buf[start:], carry)
	return c.buf[start : headroom+c.n]
}

// reader reads ahead in a goroutine of its own, so that unpacking and hashing run beside decoding and splitting.
type reader struct {
	chunks chan chunk
	free   chan []byte
	cancel context.CancelFunc
	done   <-chan struct{}
}

// readAhead starts the goroutine on chunks of size bytes; stop ends it and waits.
func readAhead(ctx context.Context, in io.Reader, size int) *reader {
	ctx, cancel := context.WithCancel(ctx)
	r := &reader{chunks: make(chan chunk), free: make(chan []byte, 3), cancel: cancel, done: ctx.Done()}
	for range cap(r.free) {
		r.free <- make([]byte, headroom+size)
	}
	go func() {
		defer close(r.chunks)
		for {
			var c chunk
			select {
			case c.buf = <-r.free:
			case <-ctx.Done():
				return
			}
			c.n, c.final, c.err = fill(in, c.buf[headroom:])
			select {
			case r.chunks <- c:
			case <-ctx.Done():
				return
			}
			if c.final || c.err != nil {
				return
			}
		}
	}()
	return r
}

// fill reads until buf is full or the file ends. (io.ReadFull would not tell the end from a truncated gzip.)
func fill(in io.Reader, buf []byte) (n int, final bool, err error) {
	for n < len(buf) {
		read, err := in.Read(buf[n:])
		n += read
		if errors.Is(err, io.EOF) {
			return n, true, nil
		}
		if err != nil {
			return n, false, fmt.Errorf("read file: %w", err)
		}
	}
	return n, false, nil
}

// next waits for the next chunk.
func (r *reader) next() (chunk, error) {
	select {
	case c, ok := <-r.chunks:
		if !ok {
			return chunk{}, fmt.Errorf("read file: %w", context.Canceled)
		}
		return c, c.err
	case <-r.done:
		return chunk{}, fmt.Errorf("read file: %w", context.Canceled)
	}
}

// recycle gives a chunk's memory back.
func (r *reader) recycle(c chunk) { r.free <- c.buf }

// stop ends the goroutine and waits for it.
func (r *reader) stop() {
	r.cancel()
	for range r.chunks { // until it is closed
	}
}
