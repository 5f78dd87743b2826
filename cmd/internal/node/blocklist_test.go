package node

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/bttest"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// TestMalformedLinesAreLogged: a block list's lines that block nothing are counted and the first of them named, at the
// start and at a reload.
func TestMalformedLinesAreLogged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.p2p")
	write := func(s string) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func() (*settings.Loaded, error) {
		return settings.Load(settings.Source{Flags: map[string]string{
			"blocklist": path, "listen": "127.0.0.1:0", "dht": "false", "lsd": "false", "port_mapping": "false",
		}})
	}
	var log bttest.Text
	write("192.0.2.0/24\n198.51.100.0/24\nname:\n")
	l, err := load()
	if err != nil {
		t.Fatal(err)
	}
	n, err := Start(Options{Dir: config.Folder(t.TempDir()), NoLedger: true, Settings: l, Reload: load, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	write(strings.Repeat("192.0.2.1\n", 8) + "bad\x1b[2J\n::g\n1.2.3.4/33\nworse\n")
	_, err = n.Reload(t.Context())
	if closed := n.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	for _, want := range []string{"level=WARN", "list.p2p", "lines=1", "line 3: ", "lines=4", "line 9: ", "line 10: ", "line 11: "} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in %s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "line 12") || strings.Contains(log.String(), "\x1b") || strings.Count(log.String(), "\n") != 2 {
		t.Errorf("too much: %q", log.String())
	}
}
