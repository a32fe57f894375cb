package source

import "bytes"

// placer counts the lines of each order while a file is framed, which spares the load a sort of all lines by order. It
// can where an order's lines stand together, as in nearly every export, and where ids are plain: then two ids are equal
// exactly when their bytes are. Where a file is otherwise, places are of no use, and the lines are counted in SQL.
type placer struct {
	column int // of the file, that is the order id; -1: not known as one
	last   []byte
	place  int64
	rising bool                // every order so far sorts behind the one before it: none can have come before
	seen   map[uint64]struct{} // hashes of the orders that have ended, as long as there are not too many
	lost   bool                // some order's lines may stand apart
}

// mostSeen bounds the memory that looking for orders in two pieces takes: about 150 MB.
const mostSeen = 4 << 20

func newPlacer() *placer {
	return &placer{column: -1, rising: true, seen: map[uint64]struct{}{}}
}

// usable reports whether every place that next gave is right.
func (p *placer) usable() bool { return p != nil && p.column >= 0 && !p.lost }

// next is the place of a record among the lines of its order, counted from 1; 0 where it is not known.
func (p *placer) next(text []byte, delimiter byte) int64 {
	if p.column < 0 || p.lost {
		return 0
	}
	id, ok := plainField(text, p.column, delimiter)
	if !ok {
		p.lost, p.seen = true, nil
		return 0
	}
	if p.place > 0 && bytes.Equal(id, p.last) {
		p.place++
		return p.place
	}
	if p.place > 0 {
		p.begin(id)
	}
	p.last = append(p.last[:0], id...)
	p.place = 1
	return p.place
}

// begin looks whether the order has had lines before, and notes the one that has ended.
func (p *placer) begin(id []byte) {
	if p.seen != nil && len(p.seen) < mostSeen {
		p.seen[hashID(p.last)] = struct{}{}
	} else {
		p.seen = nil
	}
	p.rising = p.rising && bytes.Compare(id, p.last) > 0
	if p.rising {
		return
	}
	if p.seen == nil {
		p.lost = true
		return
	}
	_, again := p.seen[hashID(id)]
	p.lost = again // by a chance of one in 10^12 another order has the same hash; then SQL counts
}

// hashID is FNV-1a, eight bytes a step, mixed at the end.
func hashID(id []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range id {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h ^ h>>29
}

// plainField is a field of a record where it is plain ASCII without blanks around it: what loading leaves as it is.
func plainField(text []byte, column int, delimiter byte) ([]byte, bool) {
	for ; column > 0; column-- {
		if len(text) > 0 && text[0] == '"' {
			return nil, false // the delimiter may stand within
		}
		i := bytes.IndexByte(text, delimiter)
		if i < 0 {
			return nil, false
		}
		text = text[i+1:]
	}
	if len(text) > 1 && text[0] == '"' {
		text = text[1:]
		end := bytes.IndexByte(text, '"')
		if end < 0 || end+1 < len(text) && text[end+1] == '"' {
			return nil, false
		}
		text = text[:end]
	} else if i := bytes.IndexByte(text, delimiter); i >= 0 {
		text = text[:i]
	}
	if len(text) == 0 {
		return nil, false
	}
	for _, b := range text {
		if b <= ' ' || b >= 0x7f || b == '\'' || b == '"' {
			return nil, false
		}
	}
	return text, true
}
