package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/tui"
)

// torrents adapts the torrents' half of the local interface.
type torrents struct{ t api.Torrents }

func newTorrents(cfg Config) tui.TorrentSource { return &torrents{cfg.Client.Torrents()} }

// Torrents implements tui.TorrentSource.
func (s *torrents) Torrents(ctx context.Context, q tui.TorrentQuery) (tui.TorrentPage, error) {
	r := client.PageRequest{
		Filter: filterOf(q.Filter), Sort: client.SortKey(q.Sort), Desc: q.Desc, Skip: q.Offset, Limit: q.Limit,
	}
	if q.Follow != "" {
		r.Follow = new(client.ID)
		if err := r.Follow.UnmarshalText([]byte(q.Follow)); err != nil {
			return tui.TorrentPage{}, fmt.Errorf("find the torrent: %w", err)
		}
	}
	p, err := s.t.Page(ctx, r)
	if err != nil {
		return tui.TorrentPage{}, fmt.Errorf("list the torrents: %w", err)
	}
	out := tui.TorrentPage{Offset: q.Offset, Total: p.Total, Place: -1, List: make([]tui.Torrent, len(p.Torrents))}
	if p.Followed != nil {
		out.Place = *p.Followed
	}
	for i := range p.Torrents {
		out.List[i] = torrentOf(&p.Torrents[i])
	}
	return out, nil
}

// filterOf reads what was typed: words in the name, or an infohash's beginning,
// beside state:WORD and label:WORD.
func filterOf(text string) client.Filter {
	var f client.Filter
	var words []string
	for _, w := range strings.Fields(text) {
		if state, ok := strings.CutPrefix(w, "state:"); ok {
			f.States = append(f.States, states(state)...)
		} else if label, ok := strings.CutPrefix(w, "label:"); ok {
			f.Label = label
		} else {
			words = append(words, w)
		}
	}
	f.Text = strings.Join(words, " ")
	return f
}

// states are those that begin with what was typed; of none, one that no torrent is in.
func states(typed string) []client.State {
	var found []client.State
	for _, s := range []client.State{
		client.StateQueued, client.StateChecking, client.StateMetadata, client.StateDownloading, client.StateSeeding,
		client.StatePaused, client.StateFinished, client.StateMoving, client.StateError,
	} {
		if strings.HasPrefix(string(s), typed) {
			found = append(found, s)
		}
	}
	if found == nil {
		found = []client.State{client.State(typed)}
	}
	return found
}

func torrentOf(t *client.Torrent) tui.Torrent {
	out := tui.Torrent{
		ID: t.ID.String(), Name: t.Name, State: string(t.State), Error: t.Error, Dir: t.Dir, Labels: t.Labels, Size: t.Size,
		Wanted: t.Wanted, Completed: t.Completed, Progress: t.Progress, Down: t.DownRate, Up: t.UpRate, Downloaded: t.Downloaded,
		Uploaded: t.Uploaded, Ratio: t.Ratio, Peers: t.Peers, Seeds: t.Seeds, Known: t.KnownPeers, ETA: -1, Files: t.FileCount,
		Pieces: t.PieceCount, PiecesDone: t.PiecesDone, PieceSize: t.PieceSize, Private: t.Private, Sequential: t.Sequential,
		LimitDown: t.Limits.Down, LimitUp: t.Limits.Up, Added: time.Unix(t.Added, 0), Magnet: t.Magnet,
	}
	if t.ETA != nil {
		out.ETA = *t.ETA
	}
	return out
}

// Torrent implements tui.TorrentSource.
func (s *torrents) Torrent(ctx context.Context, id string) (tui.Torrent, error) {
	t, err := s.t.Get(ctx, id)
	return torrentOf(&t), err
}

// Files implements tui.TorrentSource.
func (s *torrents) Files(ctx context.Context, id string) ([]tui.TorrentFile, error) {
	list, err := s.t.Files(ctx, id)
	out := make([]tui.TorrentFile, len(list))
	for i, f := range list {
		out[i] = tui.TorrentFile{Index: f.Index, Path: f.Path, Length: f.Length, Completed: f.Completed, Priority: string(f.Priority)}
	}
	return out, err
}

// Peers implements tui.TorrentSource.
func (s *torrents) Peers(ctx context.Context, id string) ([]tui.TorrentPeer, error) {
	list, err := s.t.Peers(ctx, id)
	out := make([]tui.TorrentPeer, len(list))
	for i := range list {
		p := &list[i]
		out[i] = tui.TorrentPeer{
			Address: p.Address.String(), Client: p.Client, Down: p.DownRate, Up: p.UpRate, Progress: p.Progress,
			Flags: flagsOf(p), Source: p.Source,
		}
	}
	return out, err
}

// flagsOf is how a peer is connected, a letter each, and the flags that the engine gives.
func flagsOf(p *client.Peer) string {
	flags := ""
	for _, f := range []struct {
		on     bool
		letter string
	}{{p.Encrypted, "E"}, {p.UTP, "U"}, {p.Incoming, "I"}} {
		if f.on {
			flags += f.letter
		}
	}
	return flags + p.Flags
}

// Trackers implements tui.TorrentSource.
func (s *torrents) Trackers(ctx context.Context, id string) ([]tui.Tracker, error) {
	list, err := s.t.Trackers(ctx, id)
	out := make([]tui.Tracker, len(list))
	for i := range list {
		t := &list[i]
		out[i] = tui.Tracker{
			URL: t.URL, State: t.State, Message: t.Message, Tier: t.Tier, Seeders: t.Seeders, Leechers: t.Leechers, Peers: t.Peers,
			Last: unixTime(t.Last), Next: unixTime(t.Next),
		}
	}
	return out, err
}

func unixTime(at *int64) time.Time {
	if at == nil {
		return time.Time{}
	}
	return time.Unix(*at, 0)
}

// Pieces implements tui.TorrentSource.
func (s *torrents) Pieces(ctx context.Context, id string) ([]tui.PieceRun, error) {
	p, err := s.t.Pieces(ctx, id)
	if err != nil {
		return nil, err
	}
	return pieceRuns(p.States)
}

// pieceRuns reads client.Pieces.States: a count and a letter for each run.
func pieceRuns(text string) ([]tui.PieceRun, error) {
	var runs []tui.PieceRun
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			return nil, fmt.Errorf("the piece states end in a number")
		}
		n, err := strconv.Atoi(text[:end])
		if err != nil {
			return nil, fmt.Errorf("read the piece states: %w", err)
		}
		runs = append(runs, tui.PieceRun{Count: n, Kind: text[end]})
		text = text[end+1:]
	}
	return runs, nil
}

// Add implements tui.TorrentSource. A file is read here, where the person sits, and
// not where the node runs.
func (s *torrents) Add(ctx context.Context, a tui.AddTorrent) (id, name string, err error) {
	r := client.AddRequest{Labels: a.Labels, Paused: a.Paused}
	if r.Dir, err = fromHome(a.Dir); err != nil {
		return "", "", err
	}
	lower := strings.ToLower(a.What)
	switch {
	case strings.HasPrefix(lower, "magnet:"):
		r.Magnet = a.What
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		r.URL = a.What
	case new(client.ID).UnmarshalText([]byte(lower)) == nil:
		r.Infohash = lower
	default:
		if r.File, err = readTorrent(a.What); err != nil {
			return "", "", err
		}
	}
	t, err := s.t.Add(ctx, r)
	if err != nil {
		return "", "", err
	}
	return t.ID.String(), t.Name, nil
}

// readTorrent reads a .torrent file.
func readTorrent(path string) ([]byte, error) {
	path, err := fromHome(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the torrent file: %w", err)
	case !info.Mode().IsRegular(): // a pipe would hold us up
		return nil, errors.New("it is no file; ttx create makes a torrent of a folder")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the torrent file: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, metainfo.MaxFileSize+1)) // one more is refused as too large
	if err != nil {
		return nil, fmt.Errorf("read the torrent file: %w", err)
	}
	return raw, nil
}

// fromHome puts the home folder where a path begins with ~/.
func fromHome(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home folder: %w", err)
	}
	return filepath.Join(home, rest), nil
}

// Pause implements tui.TorrentSource.
func (s *torrents) Pause(ctx context.Context, id string) error { return s.t.Pause(ctx, id) }

// Resume implements tui.TorrentSource.
func (s *torrents) Resume(ctx context.Context, id string) error { return s.t.Resume(ctx, id) }

// Recheck implements tui.TorrentSource.
func (s *torrents) Recheck(ctx context.Context, id string) error { return s.t.Recheck(ctx, id) }

// Remove implements tui.TorrentSource.
func (s *torrents) Remove(ctx context.Context, id string, data bool) error {
	return s.t.Remove(ctx, id, data)
}

// Move implements tui.TorrentSource.
func (s *torrents) Move(ctx context.Context, id, dir string) error {
	dir, err := fromHome(dir)
	if err != nil {
		return err
	}
	return s.t.Move(ctx, id, dir)
}

// Limit implements tui.TorrentSource.
func (s *torrents) Limit(ctx context.Context, id string, l tui.TorrentLimits) error {
	return s.t.Limit(ctx, id, client.LimitRequest{Up: l.Up, Down: l.Down, MaxConns: l.Conns})
}

// Label implements tui.TorrentSource.
func (s *torrents) Label(ctx context.Context, id string, add, remove []string) error {
	return s.t.Label(ctx, id, add, remove)
}

// Prioritize implements tui.TorrentSource.
func (s *torrents) Prioritize(ctx context.Context, id string, files []int, priority string) error {
	wanted := make(map[int]client.Priority, len(files))
	for _, i := range files {
		wanted[i] = client.Priority(priority)
	}
	return s.t.Edit(ctx, id, client.EditRequest{Priorities: wanted})
}

// Stream implements tui.TorrentSource.
func (s *torrents) Stream(ctx context.Context, id string, file int) (string, error) {
	if file >= 0 {
		return s.t.Stream(ctx, id, file)
	}
	files, err := s.t.Files(ctx, id)
	if err != nil {
		return "", err
	}
	largest := client.File{Length: -1}
	for _, f := range files {
		if f.Length > largest.Length {
			largest = f
		}
	}
	return s.t.Stream(ctx, id, largest.Index)
}

// ParseRate implements tui.TorrentSource.
func (s *torrents) ParseRate(text string) (int64, error) { return settings.ParseRate(text) }
