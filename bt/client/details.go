package client

import (
	"context"
	"fmt"
	"net/netip"

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
		DownRate: int64(p.Rate),
	}
}

// Summary describes the whole client.
func (c *Client) Summary(context.Context) (Summary, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Summary{
		Torrents: len(c.mu.queue), States: make(map[State]int), Limits: c.mu.settings.Limits,
		Problems: append(append([]string{}, c.mu.problems...), c.mu.watchProblems...),
	}
	for _, e := range c.mu.queue {
		s.States[e.state()]++
	}
	return s, nil
}
