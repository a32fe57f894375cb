package pipelines

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/tokui/tokui/internal/journal"
)

// seed is the configured one, or one made once and kept in the data folder: plans must come out alike for ever, and a
// seed that everyone shared would let anyone compute who is held out.
func (p *Program) seed() (string, error) {
	if configured := p.Config.Seed.Reveal(); configured != "" {
		return configured, nil
	}
	path := p.dataPath("seed")
	kept, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(kept)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read seed: %w", err)
	}
	made := make([]byte, 32)
	if _, err := rand.Read(made); err != nil {
		return "", fmt.Errorf("make seed: %w", err)
	}
	text := hex.EncodeToString(made)
	var disk journal.Disk
	if err := disk.MakeDir(p.dataPath()); err != nil {
		return "", fmt.Errorf("keep seed: %w", err)
	}
	// made beside and linked: of two processes that start at once one makes the seed, and neither reads half of it
	beside := path + "." + text[:8]
	if err := disk.Place(beside, []byte(text+"\n")); err != nil {
		return "", fmt.Errorf("keep seed: %w", err)
	}
	defer os.Remove(beside)
	if err := os.Link(beside, path); errors.Is(err, fs.ErrExist) {
		return p.seed()
	} else if err != nil {
		return "", fmt.Errorf("keep seed: %w", err)
	}
	if err := disk.SyncDir(p.dataPath()); err != nil {
		return "", fmt.Errorf("keep seed: %w", err)
	}
	return text, nil
}
