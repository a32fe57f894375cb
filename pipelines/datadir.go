package pipelines

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/journal"
)

// dataVersion is the form of everything in the data folder but the DuckDB file, which is made again at will.
const dataVersion = 1

// Prepare makes the data folder, or holds that this program may write to the one there is: a folder of a newer Tokui is
// refused, because what it holds could not be read whole.
func (p *Program) Prepare() error {
	var disk journal.Disk
	if err := disk.MakeDir(p.dataPath()); err != nil {
		return fmt.Errorf("make data folder: %w; try: check who may write there, or set data_dir", err)
	}
	path := p.dataPath("VERSION")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeWhole(path, []byte(strconv.Itoa(dataVersion)+"\n")); err != nil {
			return fmt.Errorf("mark data folder: %w; try: check who may write to %s", err, p.dataPath())
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read version of the data folder: %w", err)
	}
	got, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || got < 1 {
		return fmt.Errorf("%s: got %q, want %d; try: restore the file from a backup", path, strings.TrimSpace(string(text)), dataVersion)
	}
	if got > dataVersion {
		return fmt.Errorf("%s: the data folder is of version %d, this Tokui knows %d; try: a newer Tokui, or another data_dir", path,
			got, dataVersion)
	}
	return nil
}
