package model

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tokui/tokui/internal/position"
)

// Untested reports each model that has no NAME.txtar beside it.
func (s *Set) Untested() (position.Faults, error) {
	var faults position.Faults
	for _, m := range s.models {
		if m.path == "" {
			continue // generated
		}
		test := strings.TrimSuffix(m.path, ".sql") + ".txtar"
		_, err := fs.Stat(s.layers[m.layer], test)
		if errors.Is(err, fs.ErrNotExist) {
			faults = append(faults, m.fault(m.at(0, 0), "write "+fileName(s.layers[m.layer], test), "model has no test"))
		} else if err != nil {
			return nil, fmt.Errorf("look for tests: %w", err)
		}
	}
	return faults, nil
}
