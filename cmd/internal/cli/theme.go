package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/tui"
)

// themeFile is the theme that was chosen in the interactive client. It is no
// setting: the node has no use for it, and a node elsewhere has other eyes.
const themeFile = "theme"

// maxTheme bounds it: the longest name has eight letters.
const maxTheme = 64

// theme is the one of the flag, else the one chosen before, and has the client
// remember another choice.
func (s *session) theme(o *tui.Options) (*tui.Theme, error) {
	name := s.flags.theme
	if dir, err := s.folder(); err == nil {
		o.KeepTheme = func(name string) error { return keepTheme(dir, name) }
		if name == "" {
			name = keptTheme(dir)
		}
	}
	if name == "" {
		name = tui.ThemeAuto
	}
	if !slices.Contains(tui.ThemeNames(), name) {
		return nil, usage(fmt.Errorf("no theme %q; there are %s", name, strings.Join(tui.ThemeNames(), ", ")))
	}
	return tui.NewTheme(name, s.Out)
}

func keepTheme(dir config.Folder, name string) error {
	if err := dir.Make(); err != nil {
		return err
	}
	if err := durable.Replace(filepath.Join(string(dir), themeFile), []byte(name+"\n")); err != nil {
		return fmt.Errorf("remember the theme: %w", err)
	}
	return nil
}

// keptTheme is empty when none was chosen, or when what is there is none.
func keptTheme(dir config.Folder) string {
	f, err := os.Open(filepath.Join(string(dir), themeFile))
	if err != nil {
		return ""
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxTheme))
	name := strings.TrimSpace(string(raw))
	if err != nil || !slices.Contains(tui.ThemeNames(), name) {
		return ""
	}
	return name
}
