package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// settingJSON is one setting.
type settingJSON struct {
	Key     string        `json:"key"`
	Value   string        `json:"value"`
	From    settings.From `json:"from"`
	Default string        `json:"default"`
	Flag    string        `json:"flag"`
	Env     string        `json:"env"`
	Reload  bool          `json:"reload"`
}

func (a *app) settingsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show [KEY...]",
		Short: "Show the settings and where they come from",
		Long: "Show what ttx node would use if it were started now, and where each value comes from: default, file,\n" +
			"environment. Passwords, and what feeds' addresses may hold of them, are left out.\n\n" +
			"JSON: {path, found, settings: [{key, value, from, default, flag, env, reload}]}.\n\n" + exitCodeHelp,
		Example: "  ttx settings show\n  ttx settings show limit_up --json",
		RunE:    func(_ *cobra.Command, args []string) error { return a.showSettings(args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, k := range settings.Keys() {
				names = append(names, k.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func (a *app) showSettings(only []string) error {
	l, err := a.loadSettings(nil)
	if err != nil {
		return err
	}
	if err := settings.Known(only); err != nil {
		return usage(err)
	}
	out := struct {
		Path     string        `json:"path"`
		Found    bool          `json:"found"`
		Settings []settingJSON `json:"settings"`
	}{l.Path, l.Found, []settingJSON{}}
	for _, k := range settings.Keys() {
		if len(only) == 0 || slices.Contains(only, k.Name) {
			out.Settings = append(out.Settings, settingJSON{
				k.Name, k.Text(&l.Settings), l.From[k.Name], k.Default, k.ShownFlag(), k.Variable(), k.Reload,
			})
		}
	}
	if !l.Found && len(only) == 0 {
		a.say("no file at %s", l.Path)
	}
	return a.print(out, func(t *table) {
		for _, s := range out.Settings {
			from := string(s.From)
			if s.From == settings.FromDefault {
				from = ""
			}
			t.row(s.Key, emptyAs(s.Value, "-"), from)
		}
	})
}

// emptyAs is what stands for an empty cell of a table.
func emptyAs(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
