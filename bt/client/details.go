package client

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"path"
	"strconv"
	"strings"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// parsed reads the torrent's .torrent again; ErrNoInfo while there is none.
func (c *Client) parsed(e *entry) (*metainfo.Torrent, error) {
	c.mu.Lock()
	known := e.facts.hasInfo
	c.mu.Unlock()
	if !known {
		return nil, fmt.Errorf("%s: %w", e.id, ErrNoInfo)
	}
	raw, err := c.kept(e)
	if err != nil {
		return nil, err
	}
	return metainfo.Parse(raw)
}

// liveOf is a torrent and what the engine has of it, nil if nothing.
func (c *Client) liveOf(id ID) (*entry, live, error) {
	e, err := c.entry(id)
	if err != nil {
		return nil, nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return e, e.live, nil
}

// File is the torrent's .torrent file; [ErrNoInfo] while its info is not known.
func (c *Client) File(_ context.Context, id ID) ([]byte, error) {
	e, err := c.entry(id)
	if err != nil {
		return nil, err
	}
	t, err := c.parsed(e)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	if e.rec.Retracked {
		t.Trackers = e.rec.Trackers
	}
	c.mu.Unlock()
	return t.Encode(), nil
}

// Peers describes the connections of a torrent.
func (c *Client) Peers(_ context.Context, id ID) ([]Peer, error) {
	_, l, err := c.liveOf(id)
	if err != nil || l == nil {
		return []Peer{}, err
	}
	infos := l.Peers()
	peers := make([]Peer, len(infos))
	for i, p := range infos {
		peers[i] = peerOf(p)
	}
	return peers, nil
}

func peerOf(p bt.PeerInfo) Peer {
	return Peer{
		Address: netip.AddrPortFrom(p.Addr.Addr().Unmap(), p.Addr.Port()), Client: p.Client, Incoming: !p.Outgoing,
		DownRate: p.Down, UpRate: p.Up, Progress: p.Completed, UTP: p.UTP, Encrypted: p.Encrypted, Source: p.Source,
	}
}

// Files describes the files of a torrent; [ErrNoInfo] while its info is not known.
func (c *Client) Files(_ context.Context, id ID) ([]File, error) {
	e, l, err := c.liveOf(id)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return c.filesAtRest(e)
	}
	list := l.Files()
	if list == nil {
		return nil, fmt.Errorf("%s: %w", id, ErrNoInfo)
	}
	c.mu.Lock()
	names := e.rec.Rename
	c.mu.Unlock()
	files := make([]File, len(list))
	for i, f := range list {
		files[i] = File{i, cmp.Or(names[i], f.Path), f.Length, f.Completed, priorityOf(f.Priority)}
	}
	return files, nil
}

// filesAtRest is the files of a torrent that the engine does not have: what is there of them is not known.
func (c *Client) filesAtRest(e *entry) ([]File, error) {
	t, err := c.parsed(e)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	prio, names := e.rec.Priorities, e.rec.Rename
	c.mu.Unlock()
	var files []File
	for i := range t.Info.Files {
		f := &t.Info.Files[i]
		if f.Pad {
			continue
		}
		n := len(files)
		files = append(files, File{
			Index: n, Path: cmp.Or(names[n], path.Join(t.Info.Location(f)...)), Length: f.Length,
			Priority: cmp.Or(prio[n], PriorityNormal),
		})
	}
	return files, nil
}

// Pieces describes the pieces of a torrent; [ErrNoInfo] while its info is not known.
func (c *Client) Pieces(_ context.Context, id ID) (Pieces, error) {
	e, l, err := c.liveOf(id)
	if err != nil {
		return Pieces{}, err
	}
	c.mu.Lock()
	p := Pieces{Count: e.facts.pieces, Size: e.facts.pieceSize}
	known := e.facts.hasInfo
	c.mu.Unlock()
	if !known {
		return Pieces{}, fmt.Errorf("%s: %w", id, ErrNoInfo)
	}
	var states []bt.PieceState
	if l != nil {
		states = l.Pieces()
	}
	if states == nil {
		states = make([]bt.PieceState, p.Count)
	}
	p.States, p.Done = runs(states)
	return p, nil
}

// runs writes piece states as Pieces.States, and counts those that are complete.
func runs(states []bt.PieceState) (text string, done int) {
	var b strings.Builder
	for i := 0; i < len(states); {
		j := i + 1
		for j < len(states) && states[j] == states[i] {
			j++
		}
		letter := byte('m')
		switch states[i] {
		case bt.Complete:
			letter = 'c'
			done += j - i
		case bt.Partial:
			letter = 'p'
		case bt.Checking:
			letter = 'h'
		}
		b.WriteString(strconv.Itoa(j - i))
		b.WriteByte(letter)
		i = j
	}
	return b.String(), done
}

// Trackers describes the trackers of a torrent.
func (c *Client) Trackers(_ context.Context, id ID) ([]Tracker, error) {
	_, l, err := c.liveOf(id)
	if err != nil || l == nil {
		return []Tracker{}, err
	}
	list := []Tracker{}
	for _, t := range l.Trackers() {
		list = append(list, Tracker{
			URL: t.URL, Tier: t.Tier, State: string(t.State), Message: t.Message, Last: unixTime(t.Last), Next: unixTime(t.Next),
			Seeders: t.Seeders, Leechers: t.Leechers, Downloaded: t.Downloaded, Peers: t.Peers,
		})
	}
	return list, nil
}

// WebSeeds describes the web seeds of a torrent that runs, or did: what a server does is not known before.
func (c *Client) WebSeeds(_ context.Context, id ID) ([]WebSeed, error) {
	_, l, err := c.liveOf(id)
	if err != nil || l == nil {
		return []WebSeed{}, err
	}
	list := []WebSeed{}
	for _, s := range l.WebSeeds() {
		list = append(list, WebSeed(s))
	}
	return list, nil
}

// Announce announces torrents to their trackers as soon as those allow.
func (c *Client) Announce(_ context.Context, ids ...ID) error {
	return c.each(ids, func(e *entry) error {
		c.mu.Lock()
		l := e.live
		c.mu.Unlock()
		if l != nil {
			l.Announce()
		}
		return nil
	})
}

// Summary describes the whole client.
func (c *Client) Summary(context.Context) (Summary, error) {
	up, down := c.engine.Rates()
	nodes := c.engine.DHTNodes()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Summary{
		Torrents: len(c.mu.queue), States: make(map[State]int), Limits: c.mu.limits, AltLimited: c.mu.alt,
		Problems: append(append([]string{}, c.mu.problems...), c.mu.watchProblems...),
	}
	s.UpRate, s.DownRate, s.DHTNodes = up, down, nodes
	for _, e := range c.mu.queue {
		s.States[e.state()]++
	}
	return s, nil
}
