// Package templates holds the built-in templates of campaigns and reports: one folder each, with subject.txt, body.html
// and body.txt, and the parts that they share in shared/. A file NAME.ja.txt or NAME.ja.html is the one for the locale
// ja. The package reads nothing else; the stage `message` says what a template may use.
package templates

import (
	"embed"
	"io/fs"
)

//go:embed */*
var files embed.FS

// FS is the folder of built-in templates. A company's own folder is searched before it.
func FS() fs.FS { return files }
