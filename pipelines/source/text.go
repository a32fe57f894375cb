package source

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// encodingOf is the one name of an encoding that goes by many: Windows code page 932 above all.
func encodingOf(s string) (string, error) {
	switch strings.ToLower(strings.ReplaceAll(s, "_", "-")) {
	case "", "utf-8", "utf8":
		return "utf-8", nil
	case "cp932", "shift-jis", "shiftjis", "sjis", "sjis-win", "ms932", "windows-31j":
		return "cp932", nil
	case "euc-jp", "eucjp", "euc", "eucjp-ms", "cp51932":
		return "euc-jp", nil
	case "utf-16", "utf16", "utf-16le", "utf-16be", "unicode":
		return "utf-16", nil
	}
	return "", fmt.Errorf("encoding: got %q, want utf-8, cp932, euc-jp or utf-16", s)
}

// text is the text of the file, unpacked, and in UTF-8 where its encoding is neither that nor CP932, which the framer
// decodes as it goes. gzip and ZIP are known by their first bytes, whatever the file's name.
func (c *counted) text(f Frame) (io.Reader, error) {
	in, err := c.unpacked(f.Member)
	if err != nil {
		return nil, err
	}
	encoding, err := encodingOf(f.Encoding)
	if err != nil {
		return nil, err
	}
	switch encoding {
	case "euc-jp":
		return transform.NewReader(in, japanese.EUCJP.NewDecoder()), nil
	case "utf-16":
		head := bufio.NewReaderSize(in, 1<<16)
		order := unicode.LittleEndian
		if two, err := head.Peek(2); err == nil && two[0] == 0 && two[1] != 0 { // no mark, and ASCII in front
			order = unicode.BigEndian
		}
		return transform.NewReader(head, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), nil
	}
	return in, nil
}

func (c *counted) unpacked(member string) (io.Reader, error) {
	in := bufio.NewReaderSize(c, 1<<18)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(in)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return c.member(in, member)
	}
	return in, nil
}

// member opens one file of a ZIP archive: the one that is named, or the only one. in is the archive's beginning.
func (c *counted) member(in io.Reader, name string) (io.Reader, error) {
	archive, err := zip.NewReader(c.file, c.total)
	if err != nil {
		return nil, err
	}
	var found []*zip.File
	var names []string
	for _, f := range archive.File {
		base := path.Base(f.Name)
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasPrefix(base, ".") {
			continue
		}
		if f.Name == "xl/workbook.xml" {
			return in, nil // a workbook, which the framer refuses with what to do
		}
		names = append(names, f.Name)
		whole, err := path.Match(name, f.Name)
		if err != nil {
			return nil, fmt.Errorf("member: %w", err)
		}
		last, _ := path.Match(name, base)
		if name == "" || whole || last || f.Name == name {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("member: the archive holds %s, want one file; try: member: with its name", strings.Join(names, ", "))
	}
	if found[0].Flags&1 != 0 {
		return nil, errors.New("the archive asks for a password; try: export it without one")
	}
	c.zipped = true
	return found[0].Open()
}
