package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/metainfo"
)

func (a *app) torrentCommand() *cobra.Command {
	create := a.createCommand()
	create.Example = strings.ReplaceAll(create.Example, "ttx create", "ttx torrent create")
	return group(&cobra.Command{
		Use:   "torrent",
		Short: "The torrents of the running node; make, show and check torrents",
		Long: "The torrents of the running node, with a ledger (ttx node) or without (ttx node --no-ledger). create, check and show of\n" +
			"a file or magnet link need no node.\n\n" + exitCodeHelp,
		Example: "  ttx torrent add debian.torrent --out ~/Downloads\n  ttx torrent list --watch\n" +
			"  ttx torrent show debian.torrent",
	}, a.torrentAddCommand(), a.torrentListCommand(), a.torrentShowCommand(), a.torrentFilesCommand(), a.torrentPeersCommand(),
		a.torrentTrackersCommand(), a.torrentPiecesCommand(), a.torrentPauseCommand(), a.torrentResumeCommand(), a.torrentRecheckCommand(),
		a.torrentRemoveCommand(), a.torrentMoveCommand(), a.torrentLimitCommand(), a.torrentLabelCommand(), a.torrentEditCommand(),
		a.torrentStreamCommand(), create, a.torrentCheckCommand())
}

// loadTorrent reads and checks a .torrent file. An error names the file and its fault in one line.
func loadTorrent(name string) (*metainfo.Torrent, []byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read the torrent file: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, metainfo.MaxFileSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the torrent file: %w", err)
	}
	t, err := metainfo.Parse(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, raw, nil
}

// torrentJSON describes a torrent. What a magnet link does not say is null.
type torrentJSON struct {
	Name       *string       `json:"name"`
	InfohashV1 *string       `json:"infohash_v1"`
	InfohashV2 *string       `json:"infohash_v2"`
	Size       *int64        `json:"size"`
	Files      []contentJSON `json:"files"`
	PieceSize  *int64        `json:"piece_size"`
	Pieces     *int          `json:"pieces"`
	Trackers   [][]string    `json:"trackers"`
	WebSeeds   []string      `json:"web_seeds"`
	Private    *bool         `json:"private"`
	Source     string        `json:"source"`
	Comment    string        `json:"comment"`
	CreatedBy  string        `json:"created_by"`
	Created    *int64        `json:"created"`
	Magnet     string        `json:"magnet"`
}

// contentJSON is a file of a torrent. Padding is not listed: it is never stored.
type contentJSON struct {
	Path    string `json:"path"`
	Length  int64  `json:"length"`
	Symlink string `json:"symlink,omitempty"`
}

func describeTorrent(t *metainfo.Torrent) torrentJSON {
	in := t.Info
	size, pieces := in.Size(), in.Pieces()
	out := describeMagnet(t.Magnet())
	out.Name, out.Size, out.PieceSize, out.Pieces, out.Private = &in.Name, &size, &in.PieceLength, &pieces, &in.Private
	out.Trackers, out.WebSeeds = [][]string{}, append([]string{}, t.WebSeeds...)
	out.Trackers = append(out.Trackers, t.Trackers...)
	out.Source, out.Comment, out.CreatedBy = in.Source, t.Comment, t.CreatedBy
	if t.Created > 0 {
		out.Created = &t.Created
	}
	out.Files = []contentJSON{}
	for i := range in.Files {
		f := &in.Files[i]
		if f.Pad {
			continue
		}
		out.Files = append(out.Files, contentJSON{
			Path: path.Join(in.Location(f)...), Length: f.Length, Symlink: path.Join(f.Symlink...),
		})
	}
	return out
}

// describeMagnet says what a link says. Its trackers are one tier.
func describeMagnet(m *metainfo.Magnet) torrentJSON {
	out := torrentJSON{Trackers: [][]string{}, WebSeeds: append([]string{}, m.WebSeeds...), Magnet: m.String()}
	if m.Name != "" {
		out.Name = &m.Name
	}
	if m.Length > 0 {
		out.Size = &m.Length
	}
	if len(m.Trackers) > 0 {
		out.Trackers = append(out.Trackers, m.Trackers)
	}
	if m.V1 != nil {
		h := hex.EncodeToString(m.V1[:])
		out.InfohashV1 = &h
	}
	if m.V2 != nil {
		h := hex.EncodeToString(m.V2[:])
		out.InfohashV2 = &h
	}
	return out
}

// torrentText is the table of a torrent.
func torrentText(t *table, out torrentJSON) {
	known(t, "name", out.Name)
	known(t, "infohash v1", out.InfohashV1)
	known(t, "infohash v2", out.InfohashV2)
	known(t, "size", out.Size)
	known(t, "piece size", out.PieceSize)
	known(t, "pieces", out.Pieces)
	known(t, "private", out.Private)
	for i, tier := range out.Trackers {
		for _, u := range tier {
			t.row(fmt.Sprintf("tracker %d", i+1), u)
		}
	}
	for _, u := range out.WebSeeds {
		t.row("web seed", u)
	}
	for _, line := range [][2]string{{"source", out.Source}, {"comment", out.Comment}, {"created by", out.CreatedBy}} {
		if line[1] != "" {
			t.row(line[0], line[1])
		}
	}
	if out.Created != nil {
		t.row("created", time.Unix(*out.Created, 0).UTC().Format(time.DateTime))
	}
	t.row("magnet", out.Magnet)
	for _, f := range out.Files {
		t.row("file", f.Path, f.Length)
	}
}

// known is a row of what is known.
func known[T any](t *table, what string, v *T) {
	if v != nil {
		t.row(what, *v)
	}
}

// hashing shows how far the hashing of something is, until it is ended.
type hashing struct {
	total, done atomic.Int64
	end, ended  chan struct{}
}

// showHashing writes a line now and then, over the last one on a terminal. Nothing is written of what takes no
// longer than a line's pause.
func (a *app) showHashing(what string) *hashing {
	h := &hashing{end: make(chan struct{}), ended: make(chan struct{})}
	_, live := terminal(a.Err)
	pace := plainPace
	if live {
		pace = terminalPace
	}
	go func() {
		defer close(h.ended)
		ticker := time.NewTicker(pace)
		defer ticker.Stop()
		for {
			select {
			case <-h.end:
				if live {
					fmt.Fprint(a.Err, "\r\x1b[K")
				}
				return
			case <-ticker.C:
			}
			line := fmt.Sprintf("%s  %d of %d bytes hashed", clean(what), h.done.Load(), h.total.Load())
			if live {
				fmt.Fprintf(a.Err, "\r\x1b[K%s", line)
			} else {
				a.say("%s", line)
			}
		}
	}()
	return h
}

func (h *hashing) add(n int64) { h.done.Add(n) }

func (h *hashing) close() {
	close(h.end)
	<-h.ended
}

// withContext ties a command to the context it was run with.
func withContext(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), args) }
}
