package journal

// Follower reads a journal piece by piece: every Next gives what was appended since the one before. It is not safe for
// concurrent use.
type Follower struct {
	dir, stream string
	wanted      func(Kind) bool
	at          map[string]cursor
}

// NewFollower follows a stream ("" is every stream) from its beginning. wanted picks the kinds; nil wants all.
func NewFollower(dir, stream string, wanted func(Kind) bool) *Follower {
	return &Follower{dir: dir, stream: stream, wanted: wanted, at: map[string]cursor{}}
}

// Next gives the events since the last call to fn. A line that is still being written waits for the next call.
func (f *Follower) Next(fn func(Event, Place) error) (Report, error) {
	var report Report
	segments, err := segmentsOf(f.dir, f.stream)
	if err != nil {
		return report, err
	}
	for _, s := range segments {
		at, one, err := readFrom(s.path, f.at[s.path], f.wanted, false, fn)
		f.at[s.path] = at
		report.Segments++
		report.Events += one.Events
		report.Damaged = append(report.Damaged, one.Damaged...)
		if err != nil {
			return report, err
		}
	}
	return report, nil
}
