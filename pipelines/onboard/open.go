package onboard

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// kind is what a file is by its first bytes.
type kind string

const (
	kindText    kind = "csv"
	kindGzip    kind = "gzip"
	kindZip     kind = "zip"
	kindXLSX    kind = "xlsx"
	kindParquet kind = "parquet"
	kindOldXLS  kind = "xls"
)

// kindOf looks at the first bytes of a file, and into an archive.
func kindOf(path string) (k kind, member string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer file.Close() // only read
	info, err := file.Stat()
	if err != nil {
		return "", "", err
	}
	if info.IsDir() {
		return "", "", errors.New("is a folder, want a file")
	}
	head := make([]byte, 8)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", "", err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return kindGzip, "", nil
	case bytes.HasPrefix(head, []byte("PAR1")):
		return kindParquet, "", nil
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return kindOldXLS, "", nil
	case !bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return kindText, "", nil
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return "", "", fmt.Errorf("the ZIP archive is broken: %w", err)
	}
	var texts []string
	for _, f := range archive.File {
		if f.Name == "xl/workbook.xml" {
			return kindXLSX, "", nil
		}
		if !f.FileInfo().IsDir() && !strings.HasPrefix(f.Name, "__MACOSX/") {
			texts = append(texts, f.Name)
		}
	}
	if len(texts) != 1 {
		return "", "", fmt.Errorf("the ZIP archive holds %d files (%s), want one; try: unpack it and name the files", len(texts), strings.Join(texts, ", "))
	}
	return kindZip, texts[0], nil
}

// openText opens a text, unpacked.
func openText(path string, k kind, member string) (io.ReadCloser, error) {
	if k == kindZip {
		archive, err := zip.OpenReader(path)
		if err != nil {
			return nil, err
		}
		in, err := archive.Open(member)
		if err != nil {
			return nil, errors.Join(err, archive.Close())
		}
		return opened{in, []io.Closer{in, archive}}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if k != kindGzip {
		return file, nil
	}
	in, err := gzip.NewReader(bufio.NewReaderSize(file, 1<<18))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return opened{in, []io.Closer{in, file}}, nil
}

// opened is a reader with everything that has to be closed behind it.
type opened struct {
	io.Reader
	closers []io.Closer
}

// Close closes all.
func (o opened) Close() error {
	var errs []error
	for _, c := range o.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
