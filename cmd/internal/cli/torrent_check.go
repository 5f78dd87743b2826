package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// errIncomplete is the result of a check that found something missing.
var errIncomplete = errors.New("not whole")

func (a *app) torrentCheckCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "check --out DIR FILE...",
		Short: "Hash what is on disk of torrents",
		Long: "Hash what is on disk of torrents, on all cores, and say which pieces are missing. The data of each lies in --out,\n" +
			"as its file or folder. Nothing is changed. Exit code 0 means that everything is whole, 1 that something is\n" +
			"missing; an empty file that is not there counts, what a file has behind its end does not.\n\n" +
			"JSON: {complete, torrents: [{file, name, infohash_v1, infohash_v2, complete, size, piece_size, pieces,\n" +
			"missing_pieces, missing: [[first, last]], files: [{path, length, on_disk, missing_pieces}]}]}. on_disk is the\n" +
			"length there, null if there is no file; missing counts pieces from 0 and has both ends of each run.\n\n" + exitCodeHelp,
		Example: "  ttx torrent check --out ~/Downloads debian.torrent",
		Args:    atLeastOne,
		RunE: withContext(func(ctx context.Context, args []string) error {
			return a.checkTorrents(ctx, dir, args)
		}),
	}
	cmd.Flags().StringVar(&dir, "out", ".", "folder that the data lies in")
	return cmd
}

// atLeastOne requires an argument.
func atLeastOne(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return usage(fmt.Errorf("%d arguments given; usage: %s", len(args), cmd.UseLine()))
}

type checksJSON struct {
	Complete bool               `json:"complete"`
	Torrents []torrentCheckJSON `json:"torrents"`
}

type torrentCheckJSON struct {
	File          string          `json:"file"`
	Name          string          `json:"name"`
	InfohashV1    *string         `json:"infohash_v1"`
	InfohashV2    *string         `json:"infohash_v2"`
	Complete      bool            `json:"complete"`
	Size          int64           `json:"size"`
	PieceSize     int64           `json:"piece_size"`
	Pieces        int             `json:"pieces"`
	MissingPieces int             `json:"missing_pieces"`
	Missing       [][2]int        `json:"missing"`
	Files         []fileCheckJSON `json:"files"`
}

type fileCheckJSON struct {
	Path          string `json:"path"`
	Length        int64  `json:"length"`
	OnDisk        *int64 `json:"on_disk"`
	MissingPieces int    `json:"missing_pieces"`
}

func (a *app) checkTorrents(ctx context.Context, dir string, names []string) error {
	torrents := make([]*metainfo.Torrent, len(names))
	for i, name := range names {
		var err error
		if torrents[i], _, err = loadTorrent(name); err != nil {
			return err
		}
	}
	out := checksJSON{Complete: true}
	bad := 0
	for i, t := range torrents {
		one, err := a.checkTorrent(ctx, dir, names[i], t)
		if err != nil {
			return err
		}
		out.Torrents = append(out.Torrents, one)
		if !one.Complete {
			out.Complete = false
			bad++
		}
	}
	if err := a.print(out, func(t *table) { checksText(t, out) }); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d torrents are %w", bad, len(torrents), errIncomplete)
	}
	return nil
}

func (a *app) checkTorrent(ctx context.Context, dir, name string, t *metainfo.Torrent) (torrentCheckJSON, error) {
	shown := a.showHashing(name)
	shown.total.Store(t.Info.Span())
	found, err := content.Check(ctx, t, dir, shown.add)
	shown.close()
	if err != nil {
		return torrentCheckJSON{}, fmt.Errorf("%s: %w", name, err)
	}
	return describeFound(name, t, found), nil
}

func describeFound(name string, t *metainfo.Torrent, found *content.Found) torrentCheckJSON {
	said := describeMagnet(t.Magnet())
	out := torrentCheckJSON{
		File: name, Name: t.Info.Name, InfohashV1: said.InfohashV1, InfohashV2: said.InfohashV2,
		Complete: found.Complete(t.Info), Size: t.Info.Size(), PieceSize: t.Info.PieceLength, Pieces: t.Info.Pieces(),
		Missing: append([][2]int{}, found.Missing()...), Files: []fileCheckJSON{},
	}
	for _, run := range out.Missing {
		out.MissingPieces += run[1] - run[0] + 1
	}
	for i := range t.Info.Files {
		f := &t.Info.Files[i]
		if f.Pad || f.Symlink != nil {
			continue
		}
		file := fileCheckJSON{
			Path: path.Join(t.Info.Location(f)...), Length: f.Length, MissingPieces: found.Files[i].Missing,
		}
		if found.Files[i].Exists {
			file.OnDisk = &found.Files[i].Size
		}
		out.Files = append(out.Files, file)
	}
	return out
}

// maxRuns is how many runs of missing pieces a line has; JSON has all.
const maxRuns = 20

func checksText(t *table, out checksJSON) {
	for _, one := range out.Torrents {
		if one.Complete {
			t.row(one.File, "whole", fmt.Sprintf("%d pieces", one.Pieces))
			continue
		}
		t.row(one.File, "incomplete", fmt.Sprintf("%d of %d pieces missing: %s", one.MissingPieces, one.Pieces, runsText(one.Missing)))
		for _, f := range one.Files {
			switch {
			case f.OnDisk == nil:
				t.row("  "+f.Path, "missing", fmt.Sprintf("%d bytes", f.Length))
			case f.MissingPieces > 0:
				t.row("  "+f.Path, "incomplete", fmt.Sprintf("%d pieces missing, %d of %d bytes on disk", f.MissingPieces, *f.OnDisk, f.Length))
			}
		}
	}
}

func runsText(runs [][2]int) string {
	var parts []string
	for i, run := range runs {
		if i == maxRuns {
			parts = append(parts, fmt.Sprintf("and %d more runs", len(runs)-i))
			break
		}
		if run[0] == run[1] {
			parts = append(parts, fmt.Sprint(run[0]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", run[0], run[1]))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
