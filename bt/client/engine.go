package client

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/resume"
)

// engine is what a client needs of a [bt.Engine].
type engine interface {
	Add(bt.Source) (live, error)
	SetLimits(bt.Limits)
	DHTNodes() int
	Rates() (up, down int64)
	WaysOut() (dial func(ctx context.Context, network, addr string) (net.Conn, error), proxy *url.URL)
}

// live is what a client needs of a [bt.Torrent].
type live interface {
	GotInfo() <-chan struct{}
	Done() <-chan struct{}
	Ended() <-chan struct{}
	Err() error
	InfoBytes() []byte
	Info() (bt.Info, bool)
	Progress() bt.Progress
	Files() []bt.FileStatus
	Pieces() []bt.PieceState
	Peers() []bt.PeerInfo
	KnownPeers() []netip.AddrPort
	Dial(...netip.AddrPort)
	Keep(interval time.Duration) (*resume.Record, error)
	Move(ctx context.Context, dir string) error
	Rename(ctx context.Context, file int, path string) error
	Recheck(context.Context) error
	Checking() (done, total int64)
	Opening() bool
	Fault() error
	Trackers() []bt.TrackerStatus
	SetTrackers([][]string)
	WebSeeds() []bt.WebSeedStatus
	SetWebSeeds([]string)
	Announce()
	SetPriorities(map[int]bt.Priority) error
	SetSequential(bool)
	SetFirstLast(bool)
	SetSuperSeeding(bool)
	SetLimits(bt.Limits)
	SetMaxConns(int)
	Pause()
	Resume()
	Drop()
}

// btEngine is the engine itself.
type btEngine struct{ *bt.Engine }

func (e btEngine) Add(src bt.Source) (live, error) {
	t, err := e.Engine.Add(src)
	if err != nil {
		return nil, err
	}
	return t, nil
}
