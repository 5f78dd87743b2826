package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

// verbCommand is a command that does one thing to some torrents.
func (a *app) verbCommand(name, short, long string, do func(context.Context, api.Torrents, string) error) *cobra.Command {
	var chosen some
	cmd := &cobra.Command{
		Use:   name + " ID...",
		Short: short,
		Long: short + " of the running node. ID is an infohash, the beginning of one (4 digits or more) or a name.\n" + long +
			"\n\nJSON: {torrents: [torrent]}, how they are then.\n\n" + exitCodeHelp,
		Example: "  ttx torrent " + name + " 3f2a\n  ttx torrent " + name + " --all",
		RunE: withContext(func(ctx context.Context, ids []string) error {
			return a.each(ctx, chosen, ids, false, func(t api.Torrents, one client.Torrent) error { return do(ctx, t, one.ID.String()) })
		}),
	}
	chosen.declare(a, cmd)
	return cmd
}

func (a *app) torrentPauseCommand() *cobra.Command {
	return a.verbCommand("pause", "Pause torrents", "A paused torrent has no connections and announces nothing.",
		func(ctx context.Context, t api.Torrents, id string) error { return t.Pause(ctx, id) })
}

func (a *app) torrentResumeCommand() *cobra.Command {
	return a.verbCommand("resume", "Resume torrents", "One that stopped with an error tries again; one that reached its goal seeds on.",
		func(ctx context.Context, t api.Torrents, id string) error { return t.Resume(ctx, id) })
}

func (a *app) torrentRecheckCommand() *cobra.Command {
	return a.verbCommand("recheck", "Hash the data of torrents again", "The command returns at once; ttx torrent list shows how far it is.",
		func(ctx context.Context, t api.Torrents, id string) error { return t.Recheck(ctx, id) })
}

func (a *app) torrentRemoveCommand() *cobra.Command {
	var chosen some
	var data, yes bool
	cmd := &cobra.Command{
		Use:     "remove ID...",
		Aliases: []string{"rm"},
		Short:   "Remove torrents, with --data their files too",
		Long: "Remove torrents from the running node. Their files stay, unless --data is given: then a terminal asks first.\n\n" +
			"JSON: {torrents: [torrent]}, how they were.\n\n" + exitCodeHelp,
		Example: "  ttx torrent remove 3f2a\n  ttx torrent remove --data --yes debian-13.iso",
		RunE: withContext(func(ctx context.Context, ids []string) error {
			if _, ask := terminal(a.In); ask && data {
				if err := a.confirm("Delete their files?", yes); err != nil {
					return err
				}
			}
			return a.each(ctx, chosen, ids, true, func(t api.Torrents, one client.Torrent) error {
				return t.Remove(ctx, one.ID.String(), data)
			})
		}),
	}
	chosen.declare(a, cmd)
	cmd.Flags().BoolVar(&data, "data", false, "delete their files too")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) torrentMoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "move ID DIR",
		Short: "Move a torrent's data to another folder",
		Long: "Move the data of a torrent of the running node to another folder, at any moment: what is downloaded meanwhile\n" +
			"goes there. The command returns when everything is there.\n\nJSON: {torrents: [torrent]}.\n\n" + exitCodeHelp,
		Example:           "  ttx torrent move 3f2a /srv/films",
		Args:              exactly(2),
		ValidArgsFunction: a.completeFirstID,
		RunE: withContext(func(ctx context.Context, args []string) error {
			dir, err := filepath.Abs(args[1])
			if err != nil {
				return fmt.Errorf("folder %s: %w", args[1], err)
			}
			return a.each(ctx, some{}, args[:1], false, func(t api.Torrents, one client.Torrent) error {
				return t.Move(ctx, one.ID.String(), dir)
			})
		}),
	}
}

// completeFirstID offers torrents for the first argument, files for others.
func (a *app) completeFirstID(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return a.completeIDs(cmd, given, typed)
}

func (a *app) torrentLabelCommand() *cobra.Command {
	var add, remove []string
	var chosen some
	cmd := &cobra.Command{
		Use:   "label ID... --add LABEL --remove LABEL",
		Short: "Put labels on torrents, or take them away",
		Long: "Put labels on torrents of the running node, or take them away. Labels are for lists: ttx torrent list --label.\n\n" +
			"JSON: {torrents: [torrent]}.\n\n" + exitCodeHelp,
		Example: "  ttx torrent label 3f2a --add linux --add iso\n  ttx torrent label --all --remove old",
		RunE: withContext(func(ctx context.Context, ids []string) error {
			if len(add)+len(remove) == 0 {
				return usage(fmt.Errorf("nothing to do: give --add or --remove"))
			}
			return a.each(ctx, chosen, ids, false, func(t api.Torrents, one client.Torrent) error {
				return t.Label(ctx, one.ID.String(), add, remove)
			})
		}),
	}
	chosen.declare(a, cmd)
	cmd.Flags().StringArrayVar(&add, "add", nil, "label to put on (repeat for more)")
	cmd.Flags().StringArrayVar(&remove, "remove", nil, "label to take away (repeat for more)")
	return cmd
}
