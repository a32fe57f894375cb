package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set at release by -ldflags "-X main.version=…"; a build from source says its commit instead.
var version = ""

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Prints the version of Tokui, of the Go that built it and of DuckDB's bindings. With --json it is one object.

` + exitHelp,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			info := buildVersion()
			if a.flags.json {
				return printJSON(a.stdout, info)
			}
			fmt.Fprintf(a.stdout, "tokui %s (%s, DuckDB bindings %s)\n", info.Version, info.Go, info.DuckDB)
			return nil
		},
	}
}

type versionInfo struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	DuckDB  string `json:"duckdb_bindings"`
}

func buildVersion() versionInfo {
	v := versionInfo{Version: version}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = build.GoVersion
	for _, dep := range build.Deps {
		if dep.Path == "github.com/duckdb/duckdb-go/v2" {
			v.DuckDB = dep.Version
		}
	}
	if v.Version == "" {
		v.Version = build.Main.Version
	}
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" && (v.Version == "" || v.Version == "(devel)") {
			v.Version = s.Value[:min(12, len(s.Value))]
		}
	}
	return v
}
