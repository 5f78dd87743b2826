package screen

import (
	"context"
	"fmt"
	"strings"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/tui"
)

type settingsSource struct{ control api.Control }

func newSettings(cfg Config) tui.SettingsSource { return &settingsSource{cfg.Client} }

// Settings implements tui.SettingsSource.
func (s *settingsSource) Settings(ctx context.Context) (tui.Settings, error) {
	now, err := s.control.Settings(ctx)
	if err != nil {
		return tui.Settings{}, fmt.Errorf("ask for the settings: %w", err)
	}
	docs := make(map[string]string)
	for _, k := range settings.Keys() {
		docs[k.Name] = k.Doc
	}
	out := tui.Settings{Path: now.Path}
	for _, one := range now.Settings {
		out.List = append(out.List, tui.Setting{
			Key: one.Key, Value: one.Value, From: one.From, Default: one.Default, Help: docs[one.Key], Live: one.Reload,
			Fixed: "edit " + now.Path + ", then press r",
		})
	}
	return out, nil
}

// Set implements tui.SettingsSource.
func (s *settingsSource) Set(context.Context, string, string) (string, error) {
	return "", fmt.Errorf("settings are changed in their file")
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
