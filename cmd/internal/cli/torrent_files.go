package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

// filesJSON is the files of a torrent.
type filesJSON struct {
	Files []client.File `json:"files"`
}

func (a *app) torrentFilesCommand() *cobra.Command {
	var c choice
	cmd := &cobra.Command{
		Use:   "files ID",
		Short: "List the files of a torrent, and choose among them",
		Long: "List the files of a torrent of the running node. With flags, say first how much they are wanted: by their numbers,\n" +
			"\"0,2-5\", or by patterns, \"*.mkv\"; one with a slash fits the whole path. --select leaves all others out.\n\n" +
			"JSON: {files: [{index, path, length, completed, priority}]}.\n\n" + exitCodeHelp,
		Example:           "  ttx torrent files 3f2a\n  ttx torrent files 3f2a --skip 2-5 --high '*.mkv'",
		Args:              exactly(1),
		ValidArgsFunction: a.completeFirstID,
		RunE: withContext(func(ctx context.Context, args []string) error {
			return a.live(ctx, func(t api.Torrents) error { return a.torrentFiles(ctx, t, args[0], &c) })
		}),
	}
	c.declare(cmd.Flags())
	return cmd
}

func (a *app) torrentFiles(ctx context.Context, t api.Torrents, id string, c *choice) error {
	files, err := t.Files(ctx, id)
	if err != nil {
		return err
	}
	if !c.empty() {
		if files, err = choose(ctx, t, id, files, c); err != nil {
			return err
		}
	}
	return a.print(filesJSON{files}, func(t *table) {
		t.row("FILE", "PRIORITY", "DONE", "SIZE", "PATH")
		for _, f := range files {
			t.row(f.Index, f.Priority, percent(share(f.Completed, f.Length)), tui.Size(f.Length), f.Path)
		}
	})
}

// choose changes priorities, and says what the files are then.
func choose(ctx context.Context, t api.Torrents, id string, files []client.File, c *choice) ([]client.File, error) {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.Path
	}
	prio, err := c.priorities(paths)
	if err != nil {
		return nil, err
	}
	if err := t.Edit(ctx, id, client.EditRequest{Priorities: prio}); err != nil {
		return nil, err
	}
	return t.Files(ctx, id)
}

// share is how much of something is done; of nothing, all.
func share(done, all int64) float64 {
	if all == 0 {
		return 1
	}
	return float64(done) / float64(all)
}
