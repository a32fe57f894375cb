package main

import (
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/pipelines"
	"github.com/tokui/tokui/pipelines/model"
	sqlfiles "github.com/tokui/tokui/sql"
	"github.com/tokui/tokui/templates"
)

// program reads the configuration and builds everything that a verb needs. Nothing is opened or made here.
func (a *app) program(cmd *cobra.Command) (*pipelines.Program, error) {
	c, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	return a.programFor(c)
}

func (a *app) loadConfig() (*config.Config, error) {
	return config.Load(a.flags.config, os.LookupEnv)
}

func (a *app) programFor(c *config.Config) (*pipelines.Program, error) {
	p := &pipelines.Program{
		Config:    c,
		Contract:  sqlfiles.Contract,
		Models:    []fs.FS{sqlfiles.Models},
		Templates: []fs.FS{templates.FS()},
		Now:       time.Now,
		Replay:    c.AsOfDate(),
		Wait:      a.flags.wait,
		Note:      a.note,
		Warn:      a.warn,
		Verbose:   a.flags.verbose,
	}
	if a.flags.asOf != "" {
		date, err := calendar.ParseDate(a.flags.asOf)
		if err != nil {
			return nil, usagef("--as-of: %v", err)
		}
		p.OtherDate = date != p.Replay
		p.Replay = date
	}
	if dir := c.SQLPath(); dir != "" && c.Sound("sql_dir") {
		if err := isFolder("sql_dir", dir); err != nil {
			return nil, err
		}
		p.Models = append(p.Models, model.Folder(dir))
	}
	if dir := c.TemplatesPath(); dir != "" && c.Sound("templates_dir") {
		if err := isFolder("templates_dir", dir); err != nil {
			return nil, err
		}
		p.Templates = append([]fs.FS{os.DirFS(dir)}, p.Templates...)
	}
	return p, nil
}

func isFolder(key, dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return usagef("%s: %v; try: make the folder, or leave the key out", key, err)
	}
	if !info.IsDir() {
		return usagef("%s: %s is a file, want a folder", key, dir)
	}
	return nil
}

// note tells progress of long work, unless told to be quiet.
func (a *app) note(format string, args ...any) {
	if !a.flags.quiet {
		fmt.Fprintf(a.stderr, "  "+format+"\n", args...)
	}
}

// warn tells what somebody should look at.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.stderr, "warning: "+format+"\n", args...)
}
