package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/journal"
)

// logPace is how often a node is asked for what it said since.
const logPace = time.Second

type logFlags struct {
	level, search string
	lines         int
	follow        bool
}

func (a *app) logCommand() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Show what the running node said lately",
		Long: "Show what the running node said lately, the newest last. A node keeps its newest messages in memory,\n" +
			"2,000 of each level, from info on, whatever it prints itself. Times are UTC.\n\n" +
			"JSON: {lines: [{seq, time, level, text}], total}; with --follow one message on each line.\n\n" + exitCodeHelp,
		Example: "  ttx log --level warn\n  ttx log --follow --search tracker",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return usage(err)
			}
			return a.online(cmd.Context(), func(c *api.Client) error { return a.runLog(cmd.Context(), c, f) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.level, "level", "info", "the least level: "+levelWords())
	flags.StringVar(&f.search, "search", "", "only messages with this text, in any case")
	flags.IntVarP(&f.lines, "lines", "n", 50, fmt.Sprintf("how many messages, at most %d", journal.MaxPage))
	flags.BoolVarP(&f.follow, "follow", "f", false, "go on with what the node says, until interrupted")
	levels := journal.Levels()
	_ = cmd.RegisterFlagCompletionFunc("level", cobra.FixedCompletions(levels[:], cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func levelWords() string {
	levels := journal.Levels()
	return strings.Join(levels[:], ", ")
}

func (f *logFlags) check() error {
	if _, ok := journal.Rank(f.level); !ok {
		return fmt.Errorf("no level %q: one of %s", f.level, levelWords())
	}
	if f.lines < 1 || f.lines > journal.MaxPage {
		return fmt.Errorf("--lines is from 1 to %d", journal.MaxPage)
	}
	return nil
}

func (a *app) runLog(ctx context.Context, c *api.Client, f logFlags) error {
	q := journal.Query{Level: f.level, Text: f.search, Limit: f.lines}
	page, err := c.Log(ctx, q)
	if err != nil {
		return err
	}
	if !f.follow {
		return a.print(page, func(t *table) { logText(t, page.Lines) })
	}
	if err := a.printLines(page.Lines); err != nil {
		return err
	}
	return a.followLog(ctx, c, q, page.Lines)
}

// followLog prints what comes after seen, until the context ends, which is no
// failure of it.
func (a *app) followLog(ctx context.Context, c *api.Client, q journal.Query, seen []journal.Line) error {
	q.Limit = journal.MaxPage
	tick := time.NewTicker(logPace)
	defer tick.Stop()
	for {
		if len(seen) > 0 {
			q.After = seen[len(seen)-1].Seq
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		page, err := c.Log(ctx, q)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
		if left := page.Total - len(page.Lines); left > 0 {
			a.say("%d messages between were too many to show", left)
		}
		if seen = page.Lines; len(seen) > 0 {
			if err := a.printLines(seen); err != nil {
				return err
			}
		}
	}
}

// printLines prints messages so that more can follow.
func (a *app) printLines(lines []journal.Line) error {
	if !a.json {
		return a.print(nil, func(t *table) { logText(t, lines) })
	}
	for _, l := range lines {
		if err := a.printJSON(l); err != nil {
			return err
		}
	}
	return nil
}

func logText(t *table, lines []journal.Line) {
	for _, l := range lines {
		t.row(timeText(l.Time), fmt.Sprintf("%-5s", l.Level), l.Text)
	}
}
