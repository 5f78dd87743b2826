package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

func (a *app) torrentStreamCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stream ID [FILE]",
		Short: "Print an address that a media player reads a file at",
		Long: "Print an address that a media player reads a file of a torrent at, while it is downloaded: what it asks for comes\n" +
			"first. FILE is a number, a pattern or a path as in ttx torrent files; without it the largest is taken. The address works on\n" +
			"this machine, as long as the node runs.\n\n" +
			"JSON: {url, index, path, length}.\n\n" + exitCodeHelp,
		Example:           "  mpv $(ttx torrent stream 3f2a)\n  ttx torrent stream 3f2a '*.mkv'",
		Args:              between(1, 2),
		ValidArgsFunction: a.completeFirstID,
		RunE: withContext(func(ctx context.Context, args []string) error {
			return a.live(ctx, func(t api.Torrents) error { return a.streamFile(ctx, t, args) })
		}),
	}
}

func (a *app) streamFile(ctx context.Context, t api.Torrents, args []string) error {
	files, err := t.Files(ctx, args[0])
	if err != nil {
		return err
	}
	file, err := streamed(files, args[1:])
	if err != nil {
		return err
	}
	address, err := t.Stream(ctx, args[0], file.Index)
	if err != nil {
		return err
	}
	out := struct {
		URL    string `json:"url"`
		Index  int    `json:"index"`
		Path   string `json:"path"`
		Length int64  `json:"length"`
	}{address, file.Index, file.Path, file.Length}
	return a.print(out, func(t *table) { t.row(address) })
}

// streamed is the file that is named, or the largest.
func streamed(files []client.File, named []string) (client.File, error) {
	if len(files) == 0 {
		return client.File{}, fmt.Errorf("the torrent has no files")
	}
	if len(named) == 0 {
		largest := files[0]
		for _, f := range files {
			if f.Length > largest.Length {
				largest = f
			}
		}
		return largest, nil
	}
	if i, err := strconv.Atoi(named[0]); err == nil && (i < 0 || i >= len(files)) {
		return client.File{}, usage(fmt.Errorf("no file %d: there are files 0 to %d", i, len(files)-1))
	}
	paths := make([]string, len(files))
	for i, f := range files {
		if paths[i] = f.Path; f.Path == named[0] {
			return f, nil
		}
	}
	found, err := namedFiles(named[0], paths)
	switch {
	case err != nil:
		return client.File{}, usage(err)
	case len(found) > 1:
		return client.File{}, usage(fmt.Errorf("%q fits %d files, of which %s is the first; name one", named[0], len(found), paths[found[0]]))
	}
	return files[found[0]], nil
}
