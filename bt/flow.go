package bt

import (
	"context"
	"net"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/pipeline"
)

// flowingDialer is the way out; its connections keep their requests flowing.
type flowingDialer struct{ torrent.Dialer }

func (d flowingDialer) Dial(ctx context.Context, addr string) (net.Conn, error) {
	c, err := d.Dialer.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return pipeline.Wrap(c), nil
}

// flowingListener is the way in.
type flowingListener struct{ torrent.Listener }

func (l flowingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return pipeline.Wrap(c), nil
}
