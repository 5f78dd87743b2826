package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

// watchPace is the pause between two pictures of ttx torrent list --watch.
const watchPace = time.Second

type listFlags struct {
	states []string
	label  string
	watch  bool
}

func (a *app) torrentListCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:     "list [TEXT]",
		Aliases: []string{"ls"},
		Short:   "List the torrents of the running node",
		Long: "List the torrents of the running node, in the order of the queue: all, or those with TEXT in their name or at the\n" +
			"start of their infohash. On a terminal what does not fit its width is left out.\n\n" +
			"JSON: {torrents: [torrent]}, see docs/spec/api.md; with --watch one such line a second.\n\n" + exitCodeHelp,
		Example: "  ttx torrent list\n  ttx torrent list --state downloading --watch",
		Args:    between(0, 1),
		RunE: withContext(func(ctx context.Context, args []string) error {
			filter, err := f.filter(args)
			if err != nil {
				return err
			}
			return a.listTorrents(ctx, filter, f.watch)
		}),
	}
	cmd.Flags().StringArrayVar(&f.states, "state", nil, "only these: "+strings.Join(states(), ", ")+" (repeat for more)")
	cmd.Flags().StringVar(&f.label, "label", "", "only those with this label")
	cmd.Flags().BoolVarP(&f.watch, "watch", "w", false, "show them anew each second until interrupted")
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func states() []string {
	return []string{
		string(client.StateQueued), string(client.StateChecking), string(client.StateMetadata), string(client.StateDownloading),
		string(client.StateSeeding), string(client.StatePaused), string(client.StateFinished), string(client.StateMoving), string(client.StateError),
	}
}

func (f listFlags) filter(args []string) (client.Filter, error) {
	q := client.Filter{Label: f.label}
	if len(args) > 0 {
		q.Text = args[0]
	}
	for _, s := range f.states {
		if !strings.Contains(" "+strings.Join(states(), " ")+" ", " "+s+" ") {
			return q, usage(fmt.Errorf("no state %q; one of %s", s, strings.Join(states(), ", ")))
		}
		q.States = append(q.States, client.State(s))
	}
	return q, nil
}

func (a *app) listTorrents(ctx context.Context, filter client.Filter, watch bool) error {
	return a.live(ctx, func(t api.Torrents) error {
		if !watch {
			return a.listOnce(ctx, t, filter)
		}
		ticker := time.NewTicker(watchPace)
		defer ticker.Stop()
		for {
			if _, live := terminal(a.Out); live && !a.json {
				fmt.Fprint(a.Out, "\x1b[H\x1b[2J")
			}
			if err := a.listOnce(ctx, t, filter); err != nil && ctx.Err() == nil {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
			}
		}
	})
}

func (a *app) listOnce(ctx context.Context, t api.Torrents, filter client.Filter) error {
	list, err := t.List(ctx, filter)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(torrentsJSON{list})
	}
	width := a.columns()
	fmt.Fprint(a.Out, listText(list, width))
	if width > 0 {
		sum, err := t.Summary(ctx)
		if err != nil {
			return err
		}
		a.printSummary(len(list), sum)
	}
	return nil
}

// printSummary is the line below a list on a terminal.
func (a *app) printSummary(shown int, s client.Summary) {
	limits := ""
	if s.Limits != (client.Limits{}) {
		limits = fmt.Sprintf(", limits %s down, %s up", humanLimit(s.Limits.Down), humanLimit(s.Limits.Up))
	}
	fmt.Fprintf(a.Out, "\n%d of %d torrents, %s/s down, %s/s up%s\n", shown, s.Torrents, tui.Size(s.DownRate), tui.Size(s.UpRate), limits)
	for _, p := range s.Problems {
		fmt.Fprintf(a.Out, "PROBLEM  %s\n", clean(p))
	}
}

// column is one of the list's. need is how much of the width there must be for it to be shown.
type column struct {
	head  string
	right bool
	need  int
	cell  func(*client.Torrent) string
}

func listColumns() []column {
	return []column{
		{"ID", false, 0, func(t *client.Torrent) string { return t.ID.String()[:shownDigits] }},
		{"DONE", true, 0, func(t *client.Torrent) string { return percent(t.Progress) }},
		{"SIZE", true, 50, func(t *client.Torrent) string { return tui.Size(t.Size) }},
		{"DOWN", true, 60, func(t *client.Torrent) string { return tui.Rate(t.DownRate) }},
		{"UP", true, 72, func(t *client.Torrent) string { return tui.Rate(t.UpRate) }},
		{"ETA", true, 84, func(t *client.Torrent) string { return humanTime(t.ETA) }},
		{"RATIO", true, 100, func(t *client.Torrent) string { return ratioText(t.Ratio) }},
		{"PEERS", true, 92, func(t *client.Torrent) string { return fmt.Sprintf("%d/%d", t.Seeds, t.Peers) }},
		{"STATE", false, 0, func(t *client.Torrent) string { return string(t.State) }},
		{"NAME", false, 0, nameCell},
	}
}

// nameCell is a name, behind what is wrong: the end of a line may be cut.
func nameCell(t *client.Torrent) string {
	name := clean(emptyAs(t.Name, t.ID.String()))
	if t.Error != "" {
		name = "[" + clean(t.Error) + "] " + name
	}
	return name
}

// listText lays torrents out in a width; 0 is any.
func listText(list []client.Torrent, width int) string {
	var lines [][]string
	var cols []column
	for _, c := range listColumns() {
		if width == 0 || width >= c.need {
			cols = append(cols, c)
		}
	}
	widths := make([]int, len(cols))
	head := make([]string, len(cols))
	for i, c := range cols {
		head[i] = c.head
	}
	lines = append(lines, head)
	for i := range list {
		row := make([]string, len(cols))
		for j, c := range cols {
			row[j] = clean(c.cell(&list[i]))
		}
		lines = append(lines, row)
	}
	for _, row := range lines {
		for j, cell := range row {
			widths[j] = max(widths[j], tui.Width(cell))
		}
	}
	var b strings.Builder
	for _, row := range lines {
		b.WriteString(layRow(row, cols, widths, width) + "\n")
	}
	return b.String()
}

// layRow aligns one row and cuts it where the terminal ends.
func layRow(row []string, cols []column, widths []int, width int) string {
	var b strings.Builder
	for j, cell := range row {
		pad := strings.Repeat(" ", widths[j]-tui.Width(cell))
		if cols[j].right {
			cell, pad = pad+cell, ""
		}
		b.WriteString(cell + pad + "  ")
	}
	return clip(strings.TrimRight(b.String(), " "), width)
}
