package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

// maxCompletions bounds how many torrents a shell is given to choose from.
const maxCompletions = 1000

// live runs a command that needs the torrents of the running node.
func (a *app) live(ctx context.Context, f func(api.Torrents) error) error {
	client, err := a.dial(ctx)
	if isNoNode(err) {
		return &hinted{err, "start one with: ttx node --no-ledger (or ttx node, with the ledger)"}
	}
	if err != nil {
		return err
	}
	return errors.Join(f(client.Torrents()), client.Close())
}

// torrentsJSON is what commands print that change torrents.
type torrentsJSON struct {
	Torrents []client.Torrent `json:"torrents"`
}

// some is the flags by which torrents are chosen.
type some struct{ all bool }

func (s *some) declare(a *app, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.all, "all", false, "all torrents")
	cmd.ValidArgsFunction = a.completeIDs
}

// check refuses to choose none, or all and some.
func (s some) check(ids []string) error {
	switch {
	case s.all && len(ids) > 0:
		return usage(errors.New("--all and names of torrents"))
	case !s.all && len(ids) == 0:
		return usage(errors.New("no torrent named: give infohashes, beginnings of them, names, or --all"))
	}
	return nil
}

// each does something to every chosen torrent and prints how it is then. One that fails keeps none of the others from
// it. gone says that there is nothing to print afterwards.
func (a *app) each(ctx context.Context, chosen some, ids []string, gone bool, do func(api.Torrents, client.Torrent) error) error {
	if err := chosen.check(ids); err != nil {
		return err
	}
	return a.live(ctx, func(t api.Torrents) error {
		list, errs := lookUp(ctx, t, chosen, ids)
		out := torrentsJSON{[]client.Torrent{}}
		for _, one := range list {
			err := do(t, one)
			if err == nil && !gone {
				one, err = t.Get(ctx, one.ID.String())
			}
			if err != nil {
				errs = append(errs, &named{one.Name, err})
				continue
			}
			out.Torrents = append(out.Torrents, one)
		}
		errs = append(errs, a.print(out, func(t *table) {
			for _, one := range out.Torrents {
				state := string(one.State)
				if gone {
					state = "removed"
				}
				t.row(one.ID.String()[:shownDigits], state, one.Name)
			}
		}))
		return errors.Join(errs...)
	})
}

// lookUp finds what is named, each torrent once.
func lookUp(ctx context.Context, t api.Torrents, chosen some, ids []string) (list []client.Torrent, errs []error) {
	if chosen.all {
		list, err := t.List(ctx, client.Filter{})
		return list, []error{err}
	}
	seen := make(map[client.ID]bool)
	for _, id := range ids {
		one, err := t.Get(ctx, id)
		if err != nil {
			errs = append(errs, err)
		} else if !seen[one.ID] {
			seen[one.ID] = true
			list = append(list, one)
		}
	}
	return list, errs
}

// named is an error about a torrent.
type named struct {
	name string
	error
}

func (e *named) Error() string { return e.name + ": " + e.error.Error() }
func (e *named) Unwrap() error { return e.error }

// completeIDs offers the torrents of the running node to a shell.
func (a *app) completeIDs(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
	var words []string
	err := a.live(cmd.Context(), func(t api.Torrents) error {
		list, err := t.List(cmd.Context(), client.Filter{Text: typed})
		for _, one := range list[:min(len(list), maxCompletions)] {
			words = append(words, one.ID.String()[:shownDigits]+"\t"+clean(one.Name))
		}
		return err
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// shownDigits is how much of an infohash is shown: enough to tell some 65,000 torrents apart.
const shownDigits = 8
