package screen

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// fakeControl is a node whose settings are a file; refuse is what a reload answers.
type fakeControl struct {
	path    string
	flags   []api.Setting
	refuse  error
	reloads int
}

func (f *fakeControl) Settings(context.Context) (api.Settings, error) {
	return api.Settings{Path: f.path, Settings: f.flags}, nil
}

func (f *fakeControl) Reload(context.Context) (api.Reloaded, error) {
	f.reloads++
	return api.Reloaded{Applied: []string{"x"}}, f.refuse
}

// A setting that contradicts another one, wherever that stands, is never written.
func TestSetRefusesContradictions(t *testing.T) {
	const file = "tor = \"127.0.0.1:9050\" # mine\n"
	for _, c := range []struct {
		name, file string
		flags      []api.Setting
		key, value string
	}{
		{"in the file", file, nil, "proxy", "socks5://127.0.0.1:1080"},
		{"in the file, later", file, nil, "webtorrent", "true"},
		{"a flag", "", []api.Setting{{Key: "proxy", Value: "socks5://127.0.0.1:1080", From: "flag"}}, "tor", "127.0.0.1:9050"},
		{"a variable", "", []api.Setting{{Key: "tor", Value: "127.0.0.1:9050", From: "environment"}}, "encryption", "never"},
		{"a missing secret", "proxy = \"socks5://u@127.0.0.1:1080\"\n", nil, "proxy_password_file", "not-there"},
	} {
		f := &fakeControl{path: filepath.Join(t.TempDir(), "settings.toml"), flags: c.flags}
		if err := os.WriteFile(f.path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		s := &settingsSource{control: f}
		if said, err := s.Set(t.Context(), c.key, c.value); err == nil {
			t.Errorf("%s: %s", c.name, said)
		}
		if got, err := os.ReadFile(f.path); err != nil || string(got) != c.file || f.reloads != 0 {
			t.Errorf("%s: the file is %q, %v, read by the node %d times", c.name, got, err, f.reloads)
		}
	}
}

// What only the node knows to be wrong is taken back.
func TestSetTakesBack(t *testing.T) {
	refuse := &api.Error{Message: "no such list", Code: api.BadRequest}
	f := &fakeControl{path: filepath.Join(t.TempDir(), "settings.toml"), refuse: refuse}
	s := &settingsSource{control: f}
	if _, err := s.Set(t.Context(), "dht", "false"); err == nil || !strings.Contains(err.Error(), "no such list") {
		t.Error(err)
	}
	if _, err := os.Stat(f.path); !os.IsNotExist(err) {
		t.Errorf("a file of what was refused is there: %v", err)
	}
	const file = "pex = false # mine\n"
	if err := os.WriteFile(f.path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Set(t.Context(), "pex", "true"); err == nil {
		t.Error("refused, and no error")
	}
	if got, err := os.ReadFile(f.path); err != nil || string(got) != file {
		t.Errorf("%q, %v", got, err)
	}
	f.refuse = nil
	if _, err := s.Set(t.Context(), "pex", "true"); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(f.path); err != nil || string(got) != "pex = true # mine\n" {
		t.Errorf("%q, %v", got, err)
	}
}
