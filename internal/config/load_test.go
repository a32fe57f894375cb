package config

import (
	"path/filepath"
	"testing"
)

// environment is the one that the tests' files are read in.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"SMTP_PASSWORD":      "hunter2-from-env",
		"TOKUI_TRACKING_KEY": "0123456789abcdef0123456789abcdef",
		"PORT":               "2525",
		"NOT_A_NUMBER":       "hunter3-from-env",
	}[name]
	return value, ok
}

func TestLoadGood(t *testing.T) {
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		if _, err := Load(file, environment); err != nil {
			t.Errorf("%s:\n%s", file, err)
		}
	}
}
