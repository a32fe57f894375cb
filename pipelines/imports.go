package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/pipelines/response"
)

// importFile brings one file into the journal.
func (p *Program) importFile(path, encoding string, read func(im response.Importer, name string, r io.Reader) (response.Imported, error)) (imported response.Imported, err error) {
	if err := p.Prepare(); err != nil {
		return imported, err
	}
	keys, _, err := p.Keys()
	if err != nil {
		return imported, err
	}
	file, err := os.Open(path)
	if err != nil {
		return imported, fmt.Errorf("import: %w", err)
	}
	defer file.Close()
	writer, err := journal.OpenWriter(p.JournalDir(), response.ImportStream, p.Now)
	if err != nil {
		return imported, fmt.Errorf("open journal of imports: %w", err)
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	return read(response.Importer{
		Keys:       keys,
		Location:   p.Config.Location,
		Encoding:   encoding,
		Now:        p.Now(),
		JournalDir: p.JournalDir(),
		Append:     writer.Append,
	}, filepath.Base(path), file)
}

// ImportEvents brings responses from elsewhere into the journal: a CSV file in utf-8 or cp932.
func (p *Program) ImportEvents(ctx context.Context, path, encoding string) (response.Imported, error) {
	return p.importFile(path, encoding, func(im response.Importer, name string, r io.Reader) (response.Imported, error) {
		return im.Import(ctx, name, r)
	})
}

// ImportWebhooks brings what a mail service's webhook said into the journal: a file of JSON, in the format ses or sendgrid.
func (p *Program) ImportWebhooks(ctx context.Context, path, format string) (response.Imported, error) {
	return p.importFile(path, "", func(im response.Importer, name string, r io.Reader) (response.Imported, error) {
		return im.Webhooks(ctx, format, name, r)
	})
}

// ImportSuppressions brings a list of who must not be written to into the journal.
func (p *Program) ImportSuppressions(ctx context.Context, path, encoding string) (response.Imported, error) {
	return p.importFile(path, encoding, func(im response.Importer, name string, r io.Reader) (response.Imported, error) {
		return im.ImportSuppressions(ctx, name, r)
	})
}

// ImportReturns brings letters that came back into the journal.
func (p *Program) ImportReturns(ctx context.Context, path, encoding string) (response.Imported, error) {
	return p.importFile(path, encoding, func(im response.Importer, name string, r io.Reader) (response.Imported, error) {
		return im.ImportReturns(ctx, name, r)
	})
}

// ImportOptIns brings requests for mail into the journal, and who asked into the contacts of the next load.
func (p *Program) ImportOptIns(ctx context.Context, path, encoding string) (response.Imported, error) {
	return p.importFile(path, encoding, func(im response.Importer, name string, r io.Reader) (response.Imported, error) {
		book, err := p.OptIns(im.Append)
		if err != nil {
			return response.Imported{}, err
		}
		imported, err := im.ImportOptIns(ctx, name, r, book)
		return imported, errors.Join(err, book.Close())
	})
}

// OptIns is the book of who asks for mail. Its events go where append brings them.
func (p *Program) OptIns(append func(ctx context.Context, events ...journal.Event) error) (*response.OptInBook, error) {
	keys, _, err := p.Keys()
	if err != nil {
		return nil, err
	}
	return &response.OptInBook{
		Keys:     keys,
		Dir:      p.dataPath(response.RequestFolder),
		Within:   p.Config.OptIn.ConfirmWithin.Std(),
		Location: p.Config.Location,
		Append:   append,
	}, nil
}

// ExportSuppressions writes who must not be written to: as keyed hashes, or matched with a list of addresses or ids. It
// reads the journal, not the warehouse.
func (p *Program) ExportSuppressions(w io.Writer, listPath string) (exported response.Exported, err error) {
	keys, _, err := p.Keys()
	if err != nil {
		return exported, err
	}
	fold, damaged, err := response.Suppressed(p.dataPath(), p.JournalDir())
	if err != nil {
		return exported, err
	}
	for _, d := range damaged {
		p.Warn("a journal line cannot be read and may be somebody's unsubscribe: %s", d)
	}
	if listPath == "" {
		return response.ExportSuppressions(w, fold, keys, nil)
	}
	list, err := os.Open(listPath)
	if err != nil {
		return exported, fmt.Errorf("export suppressions: %w", err)
	}
	defer list.Close()
	return response.ExportSuppressions(w, fold, keys, list)
}
