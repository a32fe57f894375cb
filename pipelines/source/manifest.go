package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/filelock"
	"github.com/tokui/tokui/internal/warehouse"
)

// manifestVersion is the form of the manifest. A newer one is refused.
const manifestVersion = 1

// manifest is what has been loaded: the list of the copies that stand behind raw.*, in load order. Renaming a new one
// into place is the moment at which a load has happened; the warehouse follows it.
type manifest struct {
	Version int      `json:"version"`
	LoadNo  int      `json:"load_no"` // of the newest load
	Files   []loaded `json:"files"`
	// Replaced are copies that the manifest before held. They stay until the warehouse has followed.
	Replaced []loaded `json:"replaced,omitempty"`
	// Broken are the sources whose last load broke what `expect:` says, with what differs: campaigns wait for them.
	Broken map[string]string `json:"broken,omitempty"`
	// Keys are the files of customer and product keys, "" for none.
	CustomerKeys string `json:"customer_keys,omitempty"`
	ProductKeys  string `json:"product_keys,omitempty"`
}

// loaded is one file as it was loaded.
type loaded struct {
	Source     string    `json:"source"`
	Table      string    `json:"table"`
	File       string    `json:"file"`
	LoadNo     int       `json:"load_no"`
	Bytes      int64     `json:"bytes"`
	ModifiedAt time.Time `json:"modified_at"`
	SHA256     string    `json:"sha256"`
	Mapping    string    `json:"mapping"`
	Read       int64     `json:"read"`
	Kept       int64     `json:"kept"`
	Rejected   int64     `json:"rejected"`
	Rows       string    `json:"rows"`              // Parquet, below the folder of copies
	Rejects    string    `json:"rejects,omitempty"` // Parquet
	Present    bool      `json:"present"`
	// Placed says that every row of a copy of sales has its place within its order.
	Placed bool `json:"placed,omitempty"`
	// Apart are the kept rows that are no goods, and Skipped the rows that were no data.
	Apart   int64 `json:"apart,omitempty"`
	Skipped int64 `json:"skipped,omitempty"`
	// Copy is the copyVersion of the copy; those before 4 lack the columns place and line_type.
	Copy int `json:"copy,omitempty"`
	// Newest is the newest date of the kept rows, and LoadedAt when they were read.
	Newest   string    `json:"newest,omitempty"`
	LoadedAt time.Time `json:"loaded_at,omitzero"`
	// Cursor is the newest value of a query's cursor when it was read.
	Cursor string `json:"cursor,omitempty"`
}

// store is the folder of copies: DATA_DIR/copies.
type store struct{ dir string }

func (s store) path(rel string) string { return filepath.Join(s.dir, filepath.FromSlash(rel)) }

// lock keeps a second load out of the folder: one into the warehouse of another day holds another DuckDB file. It dies
// with its process. Errors: *warehouse.InUseError.
func (s store) lock() (release func() error, err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of copies: %w", err)
	}
	release, err = filelock.Take(filepath.Join(s.dir, "lock"), "load")
	var held *filelock.HeldError
	if errors.As(err, &held) {
		return nil, &warehouse.InUseError{Path: s.dir, PID: held.PID, Step: held.Doing}
	}
	if err != nil {
		return nil, fmt.Errorf("lock copies: %w", err)
	}
	return release, nil
}

// read returns the manifest, an empty one where nothing was ever loaded.
func (s store) read() (manifest, error) {
	m := manifest{Version: manifestVersion}
	text, err := os.ReadFile(s.path("manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("read manifest of copies: %w", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read manifest of copies %s: %w; try: restore it from a backup, or move %s away to read every source anew", s.path("manifest.json"), err, s.dir)
	}
	if m.Version > manifestVersion {
		return m, fmt.Errorf("read manifest of copies: got version %d, want %d or older; try: a newer Tokui", m.Version, manifestVersion)
	}
	return m, nil
}

// write replaces the manifest: the files it names are synced before.
func (s store) write(m manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write manifest of copies: %w", err)
	}
	beside := s.path("manifest.json.new")
	if err := os.WriteFile(beside, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write manifest of copies: %w", err)
	}
	return s.place(beside, "manifest.json")
}

// place syncs a finished file and gives it its name.
func (s store) place(from, rel string) error {
	to := s.path(rel)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("make folder of copies: %w", err)
	}
	for _, step := range []func() error{
		func() error { return os.Chmod(from, 0o600) },
		func() error { return syncPath(from) },
		func() error { return os.Rename(from, to) },
		func() error { return syncPath(filepath.Dir(to)) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("keep copy %s: %w", rel, err)
		}
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// has reports whether every file of a copy is there.
func (s store) has(c loaded) bool {
	for _, rel := range []string{c.Rows, c.Rejects} {
		if rel == "" {
			continue
		}
		if _, err := os.Stat(s.path(rel)); err != nil {
			return false
		}
	}
	return true
}

// sweep removes the copies that no manifest names: what a crash has left.
func (s store) sweep(m manifest) error {
	named := map[string]bool{m.CustomerKeys: true, m.ProductKeys: true}
	for _, c := range slices.Concat(m.Files, m.Replaced) {
		named[c.Rows], named[c.Rejects] = true, true
	}
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".parquet" {
			return err
		}
		rel, err := filepath.Rel(s.dir, path)
		if err != nil || named[filepath.ToSlash(rel)] {
			return err
		}
		return os.Remove(path)
	})
}

// version tells the loads of one file apart: a file that is read again gets a new load number.
type version struct {
	source, file string
	loadNo       int
}

func (c loaded) version() version { return version{c.Source, c.File, c.LoadNo} }

// of returns the copies that feed a table, in load order. Only sources that still feed it count.
func (m manifest) of(table string, feeds map[string]string) []loaded {
	var list []loaded
	for _, c := range m.Files {
		if c.Table == table && feeds[c.Source] == table {
			list = append(list, c)
		}
	}
	return list
}

// breaks notes that a source is not what was expected of it.
func (m *manifest) breaks(source, why string) {
	if m.Broken == nil {
		m.Broken = map[string]string{}
	}
	m.Broken[source] = why
}

// Broken are the sources whose last load broke what `expect:` says, each with what differs.
func Broken(dataDir string) (map[string]string, error) {
	m, err := store{filepath.Join(dataDir, "copies")}.read()
	return m.Broken, err
}

// sort brings the files into load order: the newest load last, within a load by name, so that the last one owns what
// several hold.
func (m manifest) sort() {
	slices.SortStableFunc(m.Files, func(a, b loaded) int {
		if a.LoadNo != b.LoadNo {
			return a.LoadNo - b.LoadNo
		}
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return strings.Compare(a.Source, b.Source)
	})
}
