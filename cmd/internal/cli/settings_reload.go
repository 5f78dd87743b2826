package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

func (a *app) settingsReloadCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Make the running node read its settings again",
		Long: "Make the running node read its settings file again, as SIGHUP does. All of it is taken or, when something in it\n" +
			"is wrong, nothing. What needs a restart is named and waits for it.\n\nJSON: {applied: [key], restart: [key]}.\n\n" +
			exitCodeHelp,
		Example: "  ttx settings reload",
		Args:    exactly(0),
		RunE:    withContext(func(ctx context.Context, _ []string) error { return a.reloadSettings(ctx) }),
	}
}

func (a *app) reloadSettings(ctx context.Context) error {
	return a.online(ctx, func(c *api.Client) error {
		r, err := c.Reload(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(r)
		}
		a.sayReloaded(r)
		return nil
	})
}

func (a *app) sayReloaded(r api.Reloaded) {
	switch {
	case len(r.Applied) > 0:
		a.say("changed: %s", strings.Join(r.Applied, ", "))
	case len(r.Restart) == 0:
		a.say("nothing is different")
	}
	if len(r.Restart) > 0 {
		a.say("after a restart: %s", strings.Join(r.Restart, ", "))
	}
}
