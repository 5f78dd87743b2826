package bt

import (
	"context"
	"net/netip"
	"time"

	"github.com/anacrolix/dht/v2"
	"github.com/anacrolix/torrent"
	"golang.org/x/time/rate"
)

const (
	// dhtSendRate is packets a second; the library's default is one global 25 for all servers of a process.
	dhtSendRate  = 250
	dhtSendBurst = 250
	// announceEvery is how often a swarm is announced; nodes forget after half an hour (BEP 5).
	announceEvery = 15 * time.Minute
	// announceFirst is how soon a swarm without a connection is announced again; it doubles each time.
	announceFirst = 5 * time.Second
)

// configureDHT sets up the DHT (BEP 5). Without a peer store, the library's default, a node would never
// hand out what others announce to it.
func (e *Engine) configureDHT(c *torrent.ClientConfig) {
	// Announcing is ours: the library would announce every torrent served on demand.
	c.PeriodicallyAnnounceTorrentsToDht = false
	e.savedDHT = e.loadDHT()
	c.ConfigureAnacrolixDhtServer = func(s *dht.ServerConfig) {
		local, _ := netip.ParseAddrPort(s.Conn.LocalAddr().String())
		f := familyOf(local.Addr().Unmap())
		s.NodeId = e.savedDHT.nodeID(f)
		s.StartingNodes = e.startingNodes(e.savedDHT, f)
		s.Conn = guardedDHT{s.Conn}
		s.Store = newItemStore()
		s.PeerStore = e.peers
		s.SendLimiter = rate.NewLimiter(dhtSendRate, dhtSendBurst)
	}
}

// announceLoop announces s to the DHT, and dials whom it finds there, until ctx ends.
func (e *Engine) announceLoop(ctx context.Context, s *slot) {
	if !e.cfg.DHT {
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for lonely := announceFirst; ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if s.private.Load() {
			return // BEP 27; of a magnet link it is not known at first
		}
		e.announce(ctx, s)
		if len(e.linksOf(s)) > 0 {
			timer.Reset(announceEvery)
			continue
		}
		timer.Reset(lonely)
		lonely = min(2*lonely, announceEvery)
	}
}

// announce runs one announce to the end on every server.
func (e *Engine) announce(ctx context.Context, s *slot) {
	for _, server := range e.client.DhtServers() {
		done, stop, err := s.t.AnnounceToDht(server)
		if err != nil {
			e.log.Debug("DHT announce", "err", err)
			continue
		}
		select {
		case <-done:
		case <-ctx.Done():
		}
		stop()
	}
}
