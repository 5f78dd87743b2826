package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

type editFlags struct {
	name                             string
	trackers, addTracker, delTracker []string
	webSeeds, renames                []string
	sequential, firstLast            bool
	superSeeding, force              bool
	queue, ratio, seedTime           string
}

func (a *app) torrentEditCommand() *cobra.Command {
	var f editFlags
	cmd := &cobra.Command{
		Use:   "edit ID",
		Short: "Change how a torrent is treated",
		Long: "Change how a torrent of the running node is treated; what is not named stays. Each --tracker is a tier, and together\n" +
			"they replace those there are; --add-tracker is a tier at the end. Switches are taken back with =false. Files are\n" +
			"chosen with ttx torrent files, limits set with ttx torrent limit.\n\nJSON: {torrents: [torrent]}.\n\n" + exitCodeHelp,
		Example:           "  ttx torrent edit 3f2a --sequential --queue top\n  ttx torrent edit 3f2a --add-tracker udp://t.example:6969 --ratio 2",
		Args:              exactly(1),
		ValidArgsFunction: a.completeFirstID,
		RunE: func(cmd *cobra.Command, ids []string) error {
			return a.editTorrent(cmd.Context(), ids, cmd.Flags(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "what it is called in lists; its files keep their names")
	flags.StringArrayVar(&f.trackers, "tracker", nil, "replace the trackers by this one (repeat for more tiers)")
	flags.StringArrayVar(&f.addTracker, "add-tracker", nil, "add a tracker (repeat for more)")
	flags.StringArrayVar(&f.delTracker, "remove-tracker", nil, "take a tracker away (repeat for more)")
	flags.StringArrayVar(&f.webSeeds, "web-seed", nil, "replace the web seeds by this one (repeat for more)")
	flags.StringArrayVar(&f.renames, "rename", nil, "FILE=PATH: the file of this number goes to this path (repeat for more)")
	flags.BoolVar(&f.sequential, "sequential", false, "download pieces in order")
	flags.BoolVar(&f.firstLast, "first-last", false, "download the first and last piece of each file first")
	flags.BoolVar(&f.superSeeding, "super-seeding", false, "give each peer other pieces (BEP 16)")
	flags.BoolVar(&f.force, "force", false, "run it whatever the queue says")
	flags.StringVar(&f.queue, "queue", "", "place in the queue: a number from 0, top or bottom")
	flags.StringVar(&f.ratio, "ratio", "", "stop when so many times its size was uploaded; none, or settings for theirs")
	flags.StringVar(&f.seedTime, "seed-time", "", "stop when it was seeded for so long; none, or settings for theirs")
	return cmd
}

func (a *app) editTorrent(ctx context.Context, ids []string, flags *pflag.FlagSet, f editFlags) error {
	changed := false
	flags.VisitAll(func(x *pflag.Flag) { changed = changed || (x.Changed && editFlag(x.Name)) })
	if !changed {
		return usage(errors.New("nothing to change; see ttx torrent edit --help"))
	}
	return a.each(ctx, some{}, ids, false, func(t api.Torrents, one client.Torrent) error {
		r, err := f.request(flags, one)
		if err != nil {
			return err
		}
		if len(f.addTracker)+len(f.delTracker) > 0 {
			if err := f.changeTrackers(ctx, t, one.ID.String(), &r); err != nil {
				return err
			}
		}
		return t.Edit(ctx, one.ID.String(), r)
	})
}

// editFlag tells the command's flags from those of every command.
func editFlag(name string) bool {
	return slices.Contains([]string{
		"name", "tracker", "add-tracker", "remove-tracker", "web-seed", "rename", "sequential", "first-last", "super-seeding", "force",
		"queue", "ratio", "seed-time",
	}, name)
}

// request is what the flags say, of the torrent as it is.
func (f *editFlags) request(flags *pflag.FlagSet, one client.Torrent) (r client.EditRequest, err error) {
	for name, b := range map[string]struct {
		from *bool
		to   **bool
	}{
		"sequential": {&f.sequential, &r.Sequential}, "first-last": {&f.firstLast, &r.FirstLast},
		"super-seeding": {&f.superSeeding, &r.SuperSeeding}, "force": {&f.force, &r.Forced},
	} {
		if flags.Changed(name) {
			*b.to = b.from
		}
	}
	if flags.Changed("name") {
		r.Name = &f.name
	}
	if r.Trackers, err = tiersOf("--tracker", f.trackers); err != nil {
		return r, err
	}
	if flags.Changed("web-seed") {
		r.WebSeeds = &f.webSeeds
	}
	if r.Queue, err = queuePlace(f.queue); err != nil {
		return r, err
	}
	if r.Rename, err = renames(f.renames); err != nil {
		return r, err
	}
	r.Goals, err = f.goals(one.Goals)
	return r, err
}

// tiersOf makes a tier of each tracker; nil when there is none.
func tiersOf(flag string, trackers []string) (*[][]string, error) {
	if len(trackers) == 0 {
		return nil, nil
	}
	var tiers [][]string
	for _, list := range trackers {
		tier := splitTier(list)
		for _, u := range tier {
			if err := checkURL(flag, u, "http", "https", "udp", "ws", "wss"); err != nil {
				return nil, err
			}
		}
		tiers = append(tiers, tier)
	}
	return &tiers, nil
}

// changeTrackers adds tiers to those there are, and takes trackers away.
func (f *editFlags) changeTrackers(ctx context.Context, t api.Torrents, id string, r *client.EditRequest) error {
	added, err := tiersOf("--add-tracker", f.addTracker)
	if err != nil {
		return err
	}
	var tiers [][]string
	if r.Trackers != nil {
		tiers = *r.Trackers
	} else if tiers, err = trackersNow(ctx, t, id); err != nil {
		return err
	}
	if added != nil {
		tiers = append(tiers, *added...)
	}
	for _, gone := range f.delTracker {
		found := false
		for i, tier := range tiers {
			kept := slices.DeleteFunc(slices.Clone(tier), func(u string) bool { return u == gone })
			found = found || len(kept) < len(tier)
			tiers[i] = kept
		}
		if !found {
			return usage(fmt.Errorf("--remove-tracker: %.100q is none of its trackers", gone))
		}
	}
	tiers = slices.DeleteFunc(tiers, func(tier []string) bool { return len(tier) == 0 })
	r.Trackers = &tiers
	return nil
}

func trackersNow(ctx context.Context, t api.Torrents, id string) (tiers [][]string, err error) {
	list, err := t.Trackers(ctx, id)
	for _, x := range list {
		for len(tiers) <= x.Tier {
			tiers = append(tiers, nil)
		}
		tiers[x.Tier] = append(tiers[x.Tier], x.URL)
	}
	return tiers, err
}

// queuePlace reads --queue; nil when it was not given.
func queuePlace(text string) (*int, error) {
	place := 0
	switch text {
	case "":
		return nil, nil
	case "top":
	case "bottom":
		place = client.MaxTorrents
	default:
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return nil, usage(fmt.Errorf("--queue %.20q is no number from 0, nor top or bottom", text))
		}
		place = int(n)
	}
	return &place, nil
}

func renames(list []string) (map[int]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make(map[int]string)
	for _, text := range list {
		number, to, ok := strings.Cut(text, "=")
		n, err := strconv.ParseUint(number, 10, 31)
		if !ok || err != nil || to == "" {
			return nil, usage(fmt.Errorf("--rename %.80q is not FILE=PATH, like 0=films/one.mkv", text))
		}
		out[int(n)] = to
	}
	return out, nil
}

// goals changes the goals that were named; nil when none was.
func (f *editFlags) goals(now client.Goals) (*client.Goals, error) {
	if f.ratio == "" && f.seedTime == "" {
		return nil, nil
	}
	settled := func(text string) string {
		if text == "settings" {
			return ""
		}
		return text
	}
	g, err := goals(settled(f.ratio), settled(f.seedTime))
	if f.ratio == "" {
		g.Ratio = now.Ratio
	}
	if f.seedTime == "" {
		g.Seconds = now.Seconds
	}
	return &g, err
}
