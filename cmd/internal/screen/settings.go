package screen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/tui"
)

type settingsSource struct {
	control api.Control
	check   func(*settings.Loaded) error
}

func newSettings(cfg Config) tui.SettingsSource { return &settingsSource{cfg.Client, cfg.Check} }

// Settings implements tui.SettingsSource.
func (s *settingsSource) Settings(ctx context.Context) (tui.Settings, error) {
	now, err := s.control.Settings(ctx)
	if err != nil {
		return tui.Settings{}, fmt.Errorf("ask for the settings: %w", err)
	}
	known := make(map[string]settings.Key)
	for _, k := range settings.Keys() {
		known[k.Name] = k
	}
	out := tui.Settings{Path: now.Path}
	for _, one := range now.Settings {
		out.List = append(out.List, tui.Setting{
			Key: one.Key, Value: one.Value, From: one.From, Default: one.Default, Live: one.Reload,
			Help: known[one.Key].Doc, Fixed: fixed(one, now.Path),
		})
	}
	return out, nil
}

// fixed is why a setting is not changed here; empty when it can be.
func fixed(one api.Setting, path string) string {
	switch {
	case path == "":
		return "this node has no settings file"
	case one.Key == "watch" || one.Key == "feed":
		return "a table: edit " + path + ", then press r"
	case one.Key == "proxy":
		return "it may hold a password: edit " + path
	case one.From == string(settings.FromEnvironment):
		return one.Env + " is set, which goes before the file"
	case one.From == string(settings.FromFlag):
		return "the node was started with --" + one.Flag
	}
	return ""
}

// maxFile bounds the settings file, as reading it does.
const maxFile = 1 << 20

// Set implements tui.SettingsSource. What the node would refuse is not written. What
// only the node can know, such as a list of addresses that it cannot read, is taken
// back when it refuses.
func (s *settingsSource) Set(ctx context.Context, key, value string) (string, error) {
	now, err := s.control.Settings(ctx)
	if err != nil {
		return "", fmt.Errorf("ask where the settings are: %w", err)
	}
	if now.Path == "" {
		return "", errors.New("this node has no settings file: start one with ttx node")
	}
	raw, err := os.ReadFile(now.Path)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing {
		raw, err = []byte(settings.Template()), nil
	}
	if err != nil || len(raw) > maxFile {
		return "", errors.Join(fmt.Errorf("read the settings %s", now.Path), err)
	}
	edited, err := settings.Edit(raw, key, value)
	if err == nil {
		err = s.agrees(edited, now)
	}
	if err != nil {
		return "", err
	}
	if err := durable.Replace(now.Path, edited); err != nil {
		return "", fmt.Errorf("write the settings: %w", err)
	}
	said, err := s.Reload(ctx)
	if refused := new(api.Error); errors.As(err, &refused) {
		return "", errors.Join(err, putBack(now.Path, raw, missing))
	}
	return said, err
}

// agrees says whether a node would take a file, together with the flags and variables
// that go before it.
func (s *settingsSource) agrees(file []byte, now api.Settings) error {
	src := settings.Source{Path: now.Path, Flags: make(map[string]string)}
	for _, one := range now.Settings {
		if from := settings.From(one.From); from == settings.FromFlag || from == settings.FromEnvironment {
			src.Flags[one.Key] = one.Value
		}
	}
	loaded, err := settings.LoadText(file, src)
	if err == nil && s.check != nil {
		err = s.check(loaded)
	}
	return err
}

// putBack leaves the file as it was.
func putBack(path string, raw []byte, missing bool) error {
	if missing {
		return os.Remove(path)
	}
	return durable.Replace(path, raw)
}

// Reload implements tui.SettingsSource.
func (s *settingsSource) Reload(ctx context.Context) (string, error) {
	r, err := s.control.Reload(ctx)
	if err != nil {
		return "", fmt.Errorf("reload the settings: %w", err)
	}
	switch {
	case len(r.Restart) > 0:
		return "these wait for a restart: " + strings.Join(r.Restart, ", "), nil
	case len(r.Applied) > 0:
		return "in force now: " + strings.Join(r.Applied, ", "), nil
	}
	return "nothing in the file has changed", nil
}
