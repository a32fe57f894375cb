package message

import (
	"encoding/base64"
	"strings"
)

// encoding is how a part travels.
type encoding uint8

const (
	unencoded       encoding = iota // for people to look at
	quotedPrintable                 // mostly ASCII
	base64Lines                     // Japanese: quoted-printable would triple it
)

func (e encoding) String() string {
	if e == quotedPrintable {
		return "quoted-printable"
	}
	return "base64"
}

// encodingFor takes the shorter one: quoted-printable makes 3 bytes of each that is not ASCII, base64 1.37 of every.
func encodingFor(sample string) encoding {
	high := 0
	for i := 0; i < len(sample); i++ {
		if sample[i] >= 0x80 {
			high++
		}
	}
	if 100*high > 18*len(sample) {
		return base64Lines
	}
	return quotedPrintable
}

const (
	hexDigits = "0123456789ABCDEF"
	// softLimit is the last column that an encoded line may reach, with room for the = that breaks it (RFC 2045, 6.7).
	softLimit = 75
	space     = " \t\r\n"
)

// piece is a text that never changes, with what becomes of it in each encoding: as it stands in a line that begins with it.
type piece struct {
	lead, core, trail string // white space, the rest, white space
	lines             string // core with CRLF line ends
	size              int
	// of quoted-printable: the encoded core, its first line's length, and the column it ends in.
	qp                string
	qpFirst, qpColumn int
	// of base64: the core but for its first 0, 2 or 1 bytes, which complete what 0, 1 or 2 bytes before it began; encoded as
	// far as it goes by threes.
	b64       [3]string
	b64Column [3]int
	shows     marks
}

// marks are which of the demands of law are met, one bit each.
type marks uint8

func newPiece(s string, e encoding, shows marks) *piece {
	p := &piece{size: len(s), shows: shows}
	rest := strings.TrimLeft(s, space)
	p.lead = s[:len(s)-len(rest)]
	p.core = strings.TrimRight(rest, space)
	p.trail = rest[len(p.core):]
	p.lines = string(canonicalLines(p.core))
	switch e {
	case quotedPrintable:
		w := writer{encoding: e}
		w.quote(p.core)
		p.qp, p.qpColumn = string(w.b), w.column
		first, _, _ := strings.Cut(p.qp, "\r\n")
		p.qpFirst = len(first)
	case base64Lines:
		for held := range 3 {
			if need := (3 - held) % 3; len(p.lines) >= need {
				w := writer{encoding: e}
				rest := p.lines[need:]
				w.threes(rest[:len(rest)/3*3])
				p.b64[held], p.b64Column[held] = string(w.b), w.column
			}
		}
	}
	return p
}

// writer encodes a part as it is made. White space at its beginning and end is left out, one line end put there; so white
// space is held back until something follows it, and never ends an encoded line.
type writer struct {
	b        []byte
	encoding encoding
	begun    bool
	blank    []byte // held back
	column   int
	held     [3]byte // of base64: bytes that are no three yet
	holding  int
	size     int // bytes before encoding
	shows    marks
}

func (w *writer) reset(b []byte, e encoding) {
	*w = writer{b: b, encoding: e, blank: w.blank[:0]}
}

// piece writes a text that never changes.
func (w *writer) piece(p *piece) {
	w.size += p.size
	w.shows |= p.shows
	w.blank = append(w.blank, p.lead...)
	if p.core == "" {
		return
	}
	w.flush()
	switch w.encoding {
	case quotedPrintable:
		if w.column > 0 && w.column+p.qpFirst > softLimit {
			w.b = append(w.b, "=\r\n"...)
			w.column = 0
		}
		w.b = append(w.b, p.qp...)
		if len(p.qp) == p.qpFirst {
			w.column += p.qpColumn
		} else {
			w.column = p.qpColumn
		}
	case base64Lines:
		w.prepared(p)
	default:
		w.b = append(w.b, p.core...)
	}
	w.blank = append(w.blank, p.trail...)
}

// prepared writes a piece in base64: the three that it completes, what was encoded before, and it holds what is left.
func (w *writer) prepared(p *piece) {
	holding := w.holding
	need := (3 - holding) % 3
	if len(p.lines) < need+3 {
		w.base64(p.lines)
		return
	}
	w.base64(p.lines[:need])
	ready := p.b64[holding]
	if w.column > 0 && w.column+len(ready) <= lineLength {
		w.column += len(ready)
	} else {
		if w.column > 0 {
			w.b = append(w.b, "\r\n"...)
		}
		w.column = p.b64Column[holding]
	}
	w.b = append(w.b, ready...)
	rest := p.lines[need:]
	w.holding = copy(w.held[:], rest[len(rest)/3*3:])
}

// text writes what the data brought.
func (w *writer) text(s string) {
	w.size += len(s)
	core := strings.TrimRight(s, space)
	if core == "" {
		w.blank = append(w.blank, s...)
		return
	}
	if !w.begun {
		core = strings.TrimLeft(core, space)
	}
	w.flush()
	w.encode(core)
	w.blank = append(w.blank, s[len(strings.TrimRight(s, space)):]...)
}

// flush writes the white space that was held back, now that something follows it.
func (w *writer) flush() {
	if !w.begun {
		w.begun = true
		w.blank = w.blank[:0]
	}
	if len(w.blank) > 0 {
		w.encode(string(w.blank))
		w.blank = w.blank[:0]
	}
}

func (w *writer) encode(s string) {
	switch w.encoding {
	case quotedPrintable:
		w.quote(s)
	case base64Lines:
		if strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0 {
			s = string(canonicalLines(s))
		}
		w.base64(s)
	default:
		w.b = append(w.b, s...)
	}
}

// end closes the part with one line end.
func (w *writer) end() {
	w.blank = w.blank[:0]
	w.begun = true
	switch w.encoding {
	case quotedPrintable:
		w.b = append(w.b, "\r\n"...)
	case base64Lines:
		w.base64("\r\n")
		if w.holding > 0 {
			w.room(4)
			w.b = base64.StdEncoding.AppendEncode(w.b, w.held[:w.holding])
		}
	default:
		w.b = append(w.b, '\n')
	}
}

// quote writes quoted-printable. A dot that begins a line is encoded, so that SMTP need not double it; so is white space
// that ends one.
func (w *writer) quote(s string) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\n', c == '\r':
			if c == '\r' && i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			w.b = append(w.b, "\r\n"...)
			w.column = 0
			continue
		case c > ' ' && c < 0x7f && c != '=' && (c != '.' || w.column > 0 && w.column < softLimit):
			if w.column == softLimit {
				w.b = append(w.b, "=\r\n"...)
				w.column = 0
			}
			w.b = append(w.b, c)
			w.column++
			continue
		case (c == ' ' || c == '\t') && i+1 < len(s) && s[i+1] != '\n' && s[i+1] != '\r', (c == ' ' || c == '\t') && i+1 == len(s):
			if w.column == softLimit {
				w.b = append(w.b, "=\r\n"...)
				w.column = 0
			}
			w.b = append(w.b, c)
			w.column++
			continue
		}
		if w.column+3 > softLimit {
			w.b = append(w.b, "=\r\n"...)
			w.column = 0
		}
		w.b = append(w.b, '=', hexDigits[c>>4], hexDigits[c&15])
		w.column += 3
	}
}

// base64 writes bytes, and holds the last ones back that are no three.
func (w *writer) base64(s string) {
	for w.holding > 0 && s != "" {
		w.held[w.holding] = s[0]
		w.holding++
		s = s[1:]
		if w.holding == 3 {
			w.room(4)
			w.b = base64.StdEncoding.AppendEncode(w.b, w.held[:])
			w.column += 4
			w.holding = 0
		}
	}
	whole := len(s) / 3 * 3
	w.threes(s[:whole])
	if whole < len(s) {
		w.holding = copy(w.held[:], s[whole:])
	}
}

// threes writes bytes that come by threes, in lines of at most 76 columns.
func (w *writer) threes(s string) {
	var source [lineLength / 4 * 3]byte
	for s != "" {
		w.room(4)
		n := copy(source[:(lineLength-w.column)/4*3], s)
		w.b = base64.StdEncoding.AppendEncode(w.b, source[:n])
		w.column += n / 3 * 4
		s = s[n:]
	}
}

// room begins another line where n columns do not fit into this one.
func (w *writer) room(n int) {
	if w.column+n > lineLength {
		w.b = append(w.b, "\r\n"...)
		w.column = 0
	}
}
