package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

func (a *app) settingsShowCommand() *cobra.Command {
	var running bool
	cmd := &cobra.Command{
		Use:   "show [KEY...]",
		Short: "Show the settings and where they come from",
		Long: "Show what ttx node would use if it were started now, and where each value comes from: default, file,\n" +
			"environment. With --running, what the running node uses. Passwords, and what feeds' addresses may hold of\n" +
			"them, are left out.\n\n" +
			"JSON: {path, found, settings: [{key, value, from, default, flag, env, reload}]}.\n\n" + exitCodeHelp,
		Example: "  ttx settings show\n  ttx settings show limit_up --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.showSettings(cmd.Context(), args, running)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, k := range settings.Keys() {
				names = append(names, k.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().BoolVar(&running, "running", false, "show those of the running node")
	return cmd
}

func (a *app) showSettings(ctx context.Context, only []string, running bool) error {
	if err := settings.Known(only); err != nil {
		return usage(err)
	}
	if running {
		return a.online(ctx, func(c *api.Client) error {
			out, err := c.Settings(ctx)
			if err != nil {
				return err
			}
			if len(only) > 0 {
				out.Settings = slices.DeleteFunc(out.Settings, func(s api.Setting) bool { return !slices.Contains(only, s.Key) })
			}
			return a.printSettings(out)
		})
	}
	l, err := a.loadSettings(nil)
	if err != nil {
		return err
	}
	if !l.Found && len(only) == 0 {
		a.say("no file at %s", l.Path)
	}
	return a.printSettings(node.DescribeSettings(l, only...))
}

func (a *app) printSettings(out api.Settings) error {
	return a.print(out, func(t *table) {
		for _, s := range out.Settings {
			from := s.From
			if from == string(settings.FromDefault) {
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
