package bt

import (
	"context"
	"errors"
	"fmt"

	"github.com/anacrolix/torrent"
)

// ErrNoDHT means that there is nobody to announce to: the DHT is off, or no node of
// it is known (yet).
var ErrNoDHT = errors.New("no DHT node to announce to")

// Announce tells the DHT once that the infohash can be had here, as it can of what
// Config.OnDemand serves: there is no torrent object, and nothing is looked for. It
// returns when the announcement is done. Nodes forget it after half an hour (BEP 5).
// Errors: ErrNoDHT, ErrClosed, those of ctx.
func (e *Engine) Announce(ctx context.Context, infohash [20]byte) error {
	ctx, cancel := e.during(ctx)
	defer cancel(nil)
	if !e.cfg.DHT || e.DHTNodes() == 0 {
		return ErrNoDHT
	}
	for _, server := range e.client.DhtServers() {
		if err := announceAt(ctx, server, infohash, int(e.announcedPort())); err != nil {
			return err
		}
	}
	return nil
}

// announceAt runs one announcement to its end; the peers that it finds are dropped.
func announceAt(ctx context.Context, server torrent.DhtServer, infohash [20]byte, port int) error {
	a, err := server.Announce(infohash, port, true)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDHT, err)
	}
	defer a.Close()
	for {
		select {
		case _, more := <-a.Peers():
			if !more {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("announce to the DHT: %w", context.Cause(ctx))
		}
	}
}
