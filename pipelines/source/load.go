package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Loader loads every source.
type Loader struct {
	// Dir is the folder of config.yaml, which the paths of sources start at.
	Dir string
	// DataDir holds copies and, while a load runs, tmp.
	DataDir string
	// Sources in the order of config.yaml.
	Sources []Source
	// Timezone is the company's, by its IANA name.
	Timezone string
	// At places faults in config.yaml. nil: they name the file only.
	At func(path ...string) position.Position
	// Today is the day that `expect.fresh` counts from; the zero date leaves it out.
	Today calendar.Date
	// Now times the sources. nil: their seconds are 0.
	Now func() time.Time
	// Progress is told about long files as they are read, from a goroutine of the load. nil: nobody is.
	Progress func(Progress)
	// KeepReplaced leaves the copies that this load replaces: for a warehouse of another day, beside the company's own
	// one, which has yet to follow.
	KeepReplaced bool
	// Forgotten are left out of everything that is read.
	Forgotten Forgotten
}

// Progress is how far one file has been read, in bytes as they lie on the disk.
type Progress struct {
	Source, File string
	Read, Total  int64
}

// Result is what a load did.
type Result struct {
	// LoadNo is the newest load of the data folder, unchanged where nothing had to be read.
	LoadNo  int
	Sources []SourceResult
	// Customers is how many customers the load touched; 0 where core.sales was made anew, which touches everybody.
	Customers int64
	// Rebuilt reports that core.sales was made anew and not brought up to date.
	Rebuilt bool
	// Moved reports that the data folder has been moved since the last load, and that the views now read it where it is.
	Moved bool
}

// SourceResult is what a load did with one source. Rows count over the files that were read, except Rows.
type SourceResult struct {
	Name, Table string
	// Files are those the path stands for; Unchanged of them were not read. Vanished ones are gone and keep their rows.
	Files, Unchanged, Vanished int
	Read, Kept, Rejected       int64
	// Superseded rows stand in a file, and a newer row of the same key or a newer file with the same order holds; where
	// several sources feed a table, those of the table stand with its first source.
	Superseded int64
	// Rows is what the source holds after the load, superseded rows included.
	Rows    int64
	Seconds float64
	// Err is why the source keeps the rows it had, nil where it was loaded.
	Err error
}

// Load reads what has changed since the last load and brings the warehouse up to date: with the sources, and with the
// copies where the warehouse is new. A source that fails keeps its rows, the others are loaded, and the error at the
// end joins a *SourceError for each (a *DropError within is a guard). Any other error leaves the warehouse as it was.
//
// before is the first day that core.sales and raw.sales shall not hold; the zero date means everything. With a day, any
// change of sales or masters makes core.sales anew, for keys are numbered by what that day knew: a replay costs a whole
// pass over the copies, and no reading of sources.
func (l *Loader) Load(ctx context.Context, db *warehouse.DB, before calendar.Date) (Result, error) {
	st := store{filepath.Join(l.DataDir, "copies")}
	var err error
	if st.dir, err = filepath.Abs(st.dir); err != nil {
		return Result{}, fmt.Errorf("find folder of copies: %w", err)
	}
	release, err := st.lock()
	if err != nil {
		return Result{}, err
	}
	res, err := l.load(ctx, db, st, before)
	return res, errors.Join(err, release())
}

func (l *Loader) load(ctx context.Context, db *warehouse.DB, st store, before calendar.Date) (Result, error) {
	old, err := st.read()
	if err != nil {
		return Result{}, err
	}
	if err := errors.Join(st.sweep(old), l.clearTemp()); err != nil {
		return Result{}, fmt.Errorf("clear what an earlier load has left: %w", err)
	}
	next, results, failures, err := l.readSources(ctx, db, st, old)
	if err != nil {
		return Result{}, err
	}
	if next.LoadNo > old.LoadNo {
		if err := l.assignKeys(ctx, db, st, &next); err != nil {
			return Result{}, err
		}
	}
	if !reflect.DeepEqual(old, next) {
		if err := st.write(next); err != nil {
			return Result{}, err
		}
	}
	p := publisher{store: st, manifest: next, sources: l.Sources, before: before}
	published, err := p.publish(ctx, db)
	if err != nil {
		return Result{}, errors.Join(append(failures, fmt.Errorf("publish sources: %w", err))...)
	}
	if !l.KeepReplaced && len(next.Replaced) > 0 {
		next.Replaced = nil
		if err := errors.Join(st.write(next), st.sweep(next)); err != nil {
			return Result{}, err
		}
	}
	res := Result{LoadNo: next.LoadNo, Sources: results, Customers: published.customers, Rebuilt: published.rebuilt, Moved: published.moved}
	for i, s := range res.Sources {
		first := slices.IndexFunc(res.Sources, func(o SourceResult) bool { return o.Table == s.Table })
		if first == i {
			res.Sources[i].Superseded = published.superseded[s.Table]
		}
	}
	return res, errors.Join(failures...)
}

// clearTemp removes what a killed load has left in tmp.
func (l *Loader) clearTemp() error {
	left, err := filepath.Glob(filepath.Join(l.DataDir, "tmp", "load-*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// readSources reads every source into the manifest that follows old. Failures are those of single sources.
func (l *Loader) readSources(ctx context.Context, db *warehouse.DB, st store, old manifest) (manifest, []SourceResult, []error, error) {
	next := old
	next.Files = slices.Clone(old.Files)
	next.Replaced = slices.Clone(old.Replaced)
	next.Broken = maps.Clone(old.Broken)
	conv := &converter{db: db, tmp: filepath.Join(l.DataDir, "tmp"), timezone: l.timezone(), table: newCP932(), dir: l.Dir, at: l.At}
	var results []SourceResult
	var failures []error
	for _, s := range l.Sources {
		start := l.now()
		heads, err := headsHash(l.Dir, s)
		if err != nil {
			return old, nil, nil, fmt.Errorf("load source %s: %w", s.Name, err)
		}
		r := reading{loader: l, store: st, source: s, conv: conv, started: start, loadNo: old.LoadNo + 1, mapping: s.mappingHash(l.timezone(), heads)}
		res, files, err := r.run(ctx, old)
		res.Seconds = l.now().Sub(start).Seconds()
		if err != nil {
			if ctx.Err() != nil {
				return old, nil, nil, fmt.Errorf("load source %s: %w", s.Name, err)
			}
			var broken *ExpectError
			if errors.As(err, &broken) {
				next.breaks(s.Name, err.Error())
			}
			res = SourceResult{Name: s.Name, Table: s.table(), Files: res.Files, Seconds: res.Seconds, Err: err}
			for _, c := range old.Files {
				if c.Source == s.Name {
					res.Rows += c.Kept
				}
			}
			failures = append(failures, &SourceError{Source: s.Name, Err: err})
			results = append(results, res)
			continue
		}
		results = append(results, res)
		delete(next.Broken, s.Name)
		if len(next.Broken) == 0 {
			next.Broken = nil
		}
		next.take(s.Name, files)
	}
	next.sort()
	for _, c := range next.Files {
		next.LoadNo = max(next.LoadNo, c.LoadNo)
	}
	return next, results, failures, nil
}

// take replaces the files of one source.
func (m *manifest) take(source string, files []loaded) {
	var keep []loaded
	for _, c := range m.Files {
		switch {
		case c.Source != source:
			keep = append(keep, c)
		case !slices.ContainsFunc(files, func(f loaded) bool { return f.version() == c.version() }):
			m.Replaced = append(m.Replaced, c)
		}
	}
	m.Files = append(keep, files...)
}

func (l *Loader) timezone() string {
	if l.Timezone == "" {
		return "UTC"
	}
	return l.Timezone
}

func (l *Loader) now() time.Time {
	if l.Now == nil {
		return time.Time{}
	}
	return l.Now()
}

// reading is the reading of one source.
type reading struct {
	loader  *Loader
	store   store
	source  Source
	conv    *converter
	loadNo  int
	mapping string
	broken  []string // what the files say of themselves and is not so
	started time.Time
	leftOut int64 // rows of people who were erased
}

// run reads the files of the source that have changed and returns all its files as the manifest shall have them. Where
// it returns an error, nothing of what it read counts.
func (r *reading) run(ctx context.Context, old manifest) (SourceResult, []loaded, error) {
	if r.source.isDatabase() {
		return r.runDatabase(ctx, old)
	}
	res := SourceResult{Name: r.source.Name, Table: r.source.table()}
	paths, err := r.paths()
	if err != nil {
		return res, nil, err
	}
	res.Files = len(paths)
	known := map[string]loaded{}
	var before int64
	for _, c := range old.Files {
		if c.Source == r.source.Name && c.Table == r.source.table() {
			known[c.File] = c
			before += c.Kept
		}
	}
	if len(paths) == 0 && len(known) == 0 {
		return res, nil, r.notFound()
	}
	var files []loaded
	var samples []sample
	for _, path := range paths {
		name := relativeTo(r.loader.Dir, path)
		c, was := known[name]
		delete(known, name)
		if was {
			same, err := r.unchanged(&c, path)
			if err != nil {
				return res, nil, err
			}
			if same {
				res.Unchanged++
				files = append(files, c)
				continue
			}
		}
		got, more, err := r.read(ctx, path, name)
		if err != nil {
			return res, nil, err
		}
		samples = append(samples, more...)
		res.Read, res.Kept, res.Rejected = res.Read+got.Read, res.Kept+got.Kept, res.Rejected+got.Rejected
		files = append(files, got)
	}
	for _, name := range sortedKeys(known) { // vanished: the rows are kept
		c := known[name]
		c.Present = false
		res.Vanished++
		files = append(files, c)
	}
	for _, c := range files {
		res.Rows += c.Kept
	}
	return res, files, r.guard(ctx, old, files, before, res, samples)
}

// guard refuses what should not pass without a person having looked.
func (r *reading) guard(ctx context.Context, old manifest, files []loaded, before int64, res SourceResult, samples []sample) error {
	if allowed := share(r.source.MaxReject, 0.05); float64(res.Rejected) > allowed*float64(res.Read) {
		return &RejectError{Read: res.Read, Rejected: res.Rejected, Max: allowed, samples: samples}
	}
	var changed []FileRows
	for _, c := range files {
		was := slices.IndexFunc(old.Files, func(o loaded) bool {
			return o.Source == c.Source && o.Table == c.Table && o.File == c.File
		})
		if was >= 0 && old.Files[was].Kept != c.Kept {
			changed = append(changed, FileRows{c.File, old.Files[was].Kept, c.Kept})
		}
	}
	if err := dropped(before, res.Rows, share(r.source.MaxDrop, 0.5), changed); err != nil {
		return err
	}
	loadedBefore := slices.ContainsFunc(old.Files, func(o loaded) bool { return o.Source == r.source.Name })
	if res.Rows == 0 && before == 0 && r.leftOut == 0 && !loadedBefore { // else all of them were erased
		return &RejectError{}
	}
	var fresh []loaded
	for _, c := range files {
		if c.LoadNo == r.loadNo {
			fresh = append(fresh, c)
		}
	}
	list, err := r.differences(ctx, files, fresh)
	if err != nil || list == nil {
		return err
	}
	return &ExpectError{Differences: list}
}

func share(s config.Share, standard float64) float64 {
	if !s.Set {
		return standard
	}
	return s.Value
}

// paths are the files that the source's path stands for, by name.
func (r *reading) paths() ([]string, error) { return pathsOf(r.loader.Dir, r.source.Path) }

// pathsOf are the files that a path or a glob below dir stands for, by name.
func pathsOf(dir, path string) ([]string, error) {
	pattern := path
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(dir, pattern)
	}
	pattern, err := filepath.Abs(pattern)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", path, err)
	}
	if _, err := os.Stat(pattern); err == nil { // a name that would read as a pattern
		return []string{pattern}, nil
	}
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("path %s: %w", path, err)
	}
	sort.Strings(paths)
	return paths, nil
}

// notFound says that there is nothing at the path, and what stands there instead.
func (r *reading) notFound() position.Fault {
	f := position.Fault{Message: fmt.Sprintf("no file at %s", r.source.Path)}
	if r.loader.At != nil {
		f.Position = r.loader.At("sources", r.source.Name, "path")
	}
	dir := filepath.Dir(r.source.Path)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.loader.Dir, dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		f.Try = "there is no folder " + filepath.Dir(r.source.Path)
		return f
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if near := position.Nearest(filepath.Base(r.source.Path), names); near != "" {
		f.Try = "the folder holds " + near
	}
	return f
}

// unchanged compares a file with its copy: by size and time, where these differ by content. It notes the new time.
func (r *reading) unchanged(c *loaded, path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("look at file: %w", err)
	}
	if c.Mapping != r.mapping || c.Bytes != info.Size() || !r.store.has(*c) {
		return false, nil
	}
	modified := info.ModTime().UTC()
	if !c.ModifiedAt.Equal(modified) {
		in, err := openCounted(path, nil)
		if err != nil {
			return false, err
		}
		sum, _, err := in.sum()
		if err := errors.Join(err, in.Close()); err != nil {
			return false, err
		}
		if sum != c.SHA256 {
			return false, nil
		}
		c.ModifiedAt = modified
	}
	c.Present = true
	return true, nil
}

// read converts one file and keeps its copy under a name that its content and its mapping give it.
func (r *reading) read(ctx context.Context, path, name string) (loaded, []sample, error) {
	before, err := os.Stat(path)
	if err != nil {
		return loaded{}, nil, fmt.Errorf("look at file: %w", err)
	}
	r.conv.progress = nil
	if r.loader.Progress != nil {
		r.conv.progress = func(read, total int64) {
			r.loader.Progress(Progress{Source: r.source.Name, File: name, Read: read, Total: total})
		}
	}
	got, err := r.conv.convert(ctx, r.source, path, name)
	defer func() {
		for _, tmp := range []string{got.rows, got.rejects} {
			if tmp != "" {
				_ = os.Remove(tmp) // renamed already, or left to the next load's clearTemp
			}
		}
	}()
	if err == nil {
		err = r.leaveOut(ctx, &got)
	}
	if err != nil {
		return loaded{}, nil, err
	}
	after, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return loaded{}, nil, fmt.Errorf("look at file: %w", err)
	}
	if err != nil || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) || got.bytes != before.Size() {
		return loaded{}, nil, fmt.Errorf("%s changed while it was read; try: run the load when its export has ended", name)
	}
	c := loaded{
		Source: r.source.Name, Table: r.source.table(), File: name, LoadNo: r.loadNo, Bytes: got.bytes,
		ModifiedAt: before.ModTime().UTC(), SHA256: got.sha256, Mapping: r.mapping,
		Read: got.read, Kept: got.kept, Rejected: got.rejected, Present: true, Placed: got.placed, Apart: got.apart, Skipped: got.skipped, Copy: copyVersion, Newest: got.newest, LoadedAt: r.started.UTC(),
	}
	err = r.place(&c, got)
	return c, got.samples, err
}

// place gives the copies of a file their names.
func (r *reading) place(c *loaded, got converted) error {
	for _, difference := range got.broken {
		r.broken = append(r.broken, c.File+": "+difference)
	}
	base := r.source.Name + "/" + copyName(*c)
	c.Rows = base + ".parquet"
	if err := r.store.place(got.rows, c.Rows); err != nil {
		return err
	}
	if got.rejects == "" {
		return nil
	}
	c.Rejects = base + ".reject.parquet"
	return r.store.place(got.rejects, c.Rejects)
}

// copyName is the name of a copy: the file's content, and the mapping with the file's name, which stands in every row.
func copyName(c loaded) string {
	return c.SHA256[:12] + "-" + hashText(c.Mapping, c.File, fmt.Sprint(c.LoadNo))[:12]
}

// pathList is a SQL list of paths.
func pathList(paths []string) string {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = warehouse.Literal(p)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
