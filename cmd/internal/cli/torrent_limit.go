package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

func (a *app) torrentLimitCommand() *cobra.Command {
	var up, down string
	var conns int
	var chosen some
	cmd := &cobra.Command{
		Use:   "limit ID... [--up RATE] [--down RATE] [--max-conns N]",
		Short: "Limit the rates and connections of torrents",
		Long: "Limit the rates and connections of torrents of the running node, besides the limits of all (ttx settings).\n" +
			"\"none\" takes a limit away. Without a flag their limits are shown.\n\nJSON: {torrents: [torrent]}.\n\n" + exitCodeHelp,
		Example: "  ttx torrent limit 3f2a --up 500kB/s --down none\n  ttx torrent limit 3f2a",
		RunE: func(cmd *cobra.Command, ids []string) error {
			r, err := limitRequest(up, down)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("max-conns") {
				if conns < 0 {
					return usage(fmt.Errorf("--max-conns %d is below 0", conns))
				}
				r.MaxConns = &conns
			}
			if r == (client.LimitRequest{}) {
				return a.showLimits(cmd.Context(), chosen, ids)
			}
			return a.each(cmd.Context(), chosen, ids, false, func(t api.Torrents, one client.Torrent) error {
				return t.Limit(cmd.Context(), one.ID.String(), r)
			})
		},
	}
	chosen.declare(a, cmd)
	cmd.Flags().StringVar(&up, "up", "", "most bytes a second sent, like 500kB/s, or none")
	cmd.Flags().StringVar(&down, "down", "", "most bytes a second received")
	cmd.Flags().IntVar(&conns, "max-conns", 0, "most connections; 0 for the settings'")
	return cmd
}

func limitRequest(up, down string) (r client.LimitRequest, err error) {
	for _, l := range []struct {
		flag, text string
		to         **int64
	}{{"--up", up, &r.Up}, {"--down", down, &r.Down}} {
		if l.text == "" {
			continue
		}
		n, err := settings.ParseRate(l.text)
		if err != nil {
			return r, usage(fmt.Errorf("%s: %w", l.flag, err))
		}
		*l.to = &n
	}
	return r, nil
}

func (a *app) showLimits(ctx context.Context, chosen some, ids []string) error {
	if err := chosen.check(ids); err != nil {
		return err
	}
	return a.live(ctx, func(t api.Torrents) error {
		list, errs := lookUp(ctx, t, chosen, ids)
		out := torrentsJSON{append([]client.Torrent{}, list...)}
		errs = append(errs, a.print(out, func(t *table) {
			t.row("ID", "UP", "DOWN", "NAME")
			for _, one := range list {
				t.row(one.ID.String()[:shownDigits], humanLimit(one.Limits.Up), humanLimit(one.Limits.Down), one.Name)
			}
		}))
		return errors.Join(errs...)
	})
}
