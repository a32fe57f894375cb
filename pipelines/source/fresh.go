package source

import (
	"path/filepath"
	"time"
)

// Freshness is how much of a source has been loaded, and how new it is.
type Freshness struct {
	Source string `json:"source"`
	Table  string `json:"table"`
	Files  int    `json:"files"`
	Rows   int64  `json:"rows"`
	// Rejected rows could not be read; Skipped ones were no data.
	Rejected int64 `json:"rejected"`
	Skipped  int64 `json:"skipped"`
	// Newest is the newest date in the rows that are kept, "" where the table has none that is mapped.
	Newest string `json:"newest"`
	// LoadedAt is when a file of it was last read; the zero time where none was.
	LoadedAt time.Time `json:"loaded_at,omitzero"`
}

// Fresh tells how fresh each source is, by its name, without the warehouse.
func Fresh(dataDir string) (map[string]Freshness, error) {
	m, err := store{filepath.Join(dataDir, "copies")}.read()
	if err != nil {
		return nil, err
	}
	all := map[string]Freshness{}
	for _, c := range m.Files {
		f := all[c.Source]
		f.Source, f.Table = c.Source, c.Table
		f.Files++
		f.Rows += c.Kept
		f.Rejected += c.Rejected
		f.Skipped += c.Skipped
		f.Newest = max(f.Newest, c.Newest)
		if c.LoadedAt.After(f.LoadedAt) {
			f.LoadedAt = c.LoadedAt
		}
		all[c.Source] = f
	}
	return all, nil
}
