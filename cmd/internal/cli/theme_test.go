package cli

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/tui"
)

func TestThemeIsRemembered(t *testing.T) {
	a := &app{IO: IO{Out: io.Discard, Err: io.Discard}, dir: filepath.Join(t.TempDir(), "data")}
	var o tui.Options
	if _, err := a.newSession(interactiveFlags{}).theme(&o); err != nil {
		t.Fatal(err)
	}
	if err := o.KeepTheme(tui.ThemeContrast); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ flag, want string }{{"", tui.ThemeContrast}, {tui.ThemeLight, tui.ThemeLight}} {
		got, err := a.newSession(interactiveFlags{theme: c.flag}).theme(&o)
		if err != nil || got.Name != c.want {
			t.Errorf("--theme %q: %+v, %v", c.flag, got, err)
		}
	}
	if _, err := a.newSession(interactiveFlags{theme: "pink"}).theme(&o); exitCode(err) != exitUsage {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(a.dir, themeFile), make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.newSession(interactiveFlags{}).theme(&o); err != nil {
		t.Errorf("a file that names no theme: %v", err)
	}
}
