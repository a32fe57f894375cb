package pipelines

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/response"
	"github.com/tokui/tokui/pipelines/source"
)

// Load brings new and changed files of every source into raw.* and core.sales. A source that fails keeps yesterday's
// rows and the others are loaded; the step fails all the same and names it.
func (p *Program) Load(ctx context.Context) (Outcome, error) {
	// an erasure that a kill has left comes first: load must not bring back what it has yet to take away
	if _, err := p.ResumeForget(ctx); err != nil {
		return Outcome{}, err
	}
	loader := p.loader()
	var err error
	if loader.Forgotten, err = p.forgotten(); err != nil {
		return Outcome{}, err
	}
	var result source.Result
	err = p.withWarehouse(ctx, "load", func(db *warehouse.DB) (err error) {
		// a replay knows only what was sold before its day; the present has nothing after it to leave out
		result, err = loader.Load(ctx, db, p.Replay)
		return errors.Join(err, db.Checkpoint(ctx))
	})
	out := Outcome{}
	if result.Moved {
		p.Note("the data folder has moved: the views raw.* now read its copies where they are")
	}
	var texts []string
	for _, s := range result.Sources {
		out.Rows += s.Kept
		if s.Vanished > 0 {
			p.Warn("sources.%s: %d files that were loaded are gone; their rows are kept; try: look whether the export ran", s.Name, s.Vanished)
		}
		if s.Err == nil && s.Files > s.Unchanged {
			texts = append(texts, describeSource(s))
		}
	}
	out.Text = strings.Join(texts, "; ")
	if out.Text == "" && err == nil {
		out.Text = "nothing has changed"
	}
	if err != nil && onlyGuards(result.Sources) {
		return out, &jobs.GuardError{Err: err}
	}
	return out, err
}

// onlyGuards reports whether some sources were stopped by a guard, against lost rows or what is not as expected, and
// nothing else went wrong.
func onlyGuards(sources []source.SourceResult) bool {
	stopped := false
	for _, s := range sources {
		var drop *source.DropError
		var broken *source.ExpectError
		if s.Err != nil && !errors.As(s.Err, &drop) && !errors.As(s.Err, &broken) {
			return false
		}
		stopped = stopped || s.Err != nil
	}
	return stopped
}

// loader reads the sources of the configuration.
func (p *Program) loader() *source.Loader {
	loader := &source.Loader{
		Dir:          p.Config.Dir,
		DataDir:      p.dataPath(),
		Timezone:     p.Config.Timezone,
		At:           p.Config.At,
		Today:        p.Today(),
		Now:          p.Now,
		Progress:     p.tellBytes(),
		KeepReplaced: p.OtherDate,
	}
	for _, name := range p.Config.SourceNames {
		loader.Sources = append(loader.Sources, source.Source{Name: name, Source: p.Config.Sources[name]})
	}
	if requests, err := filepath.Glob(p.dataPath(response.RequestFolder, "*.csv")); err == nil && len(requests) > 0 {
		loader.Sources = append(loader.Sources, source.Source{Name: requestSource, Source: requestsAsContacts(p.dataPath(response.RequestFolder, "*.csv"))})
	}
	return loader
}

// requestSource is the name of the source that is always there: who has asked for mail.
const requestSource = "opt-in-requests"

// requestsAsContacts reads the files of response.OptInBook. Nothing guards against rows that are gone: forget takes them.
func requestsAsContacts(path string) config.Source {
	all := config.Share{Value: 1, Set: true}
	return config.Source{
		Table: "contacts", Path: path, Format: "csv", Encoding: "utf-8", Delimiter: ",", Header: 1, MaxDrop: all, MaxReject: all,
		Columns: map[string]string{
			"contact_id": "contact_id", "email": "email", "name": "name", "acquired_via": "acquired_via", "acquired_on": "day(acquired_on)",
		},
	}
}

func describeSource(s source.SourceResult) string {
	text := fmt.Sprintf("%s %d rows", s.Name, s.Read)
	if s.Rejected > 0 {
		text += fmt.Sprintf(" (%d set aside)", s.Rejected)
	}
	return text
}

// tellBytes tells how far a long file has been read, each tenth of it.
func (p *Program) tellBytes() func(source.Progress) {
	const long = 64 << 20
	told := map[string]int64{}
	return func(s source.Progress) {
		if s.Total < long {
			return
		}
		if tenth := 10 * s.Read / s.Total; tenth > told[s.File] {
			told[s.File] = tenth
			p.Note("%s: %s, %d %% of %d MB read", s.Source, s.File, 10*tenth, s.Total>>20)
		}
	}
}
