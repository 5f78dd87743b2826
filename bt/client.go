package bt

import (
	"log/slog"
	"net"
	"net/netip"

	"github.com/anacrolix/torrent"
	"golang.org/x/time/rate"
)

// peerIDPrefix identifies the program in peer ids (BEP 20).
const peerIDPrefix = "-TX0001-"

// clientConfig is the library's configuration. Most of its defaults are replaced on purpose; the
// comments say why.
func (e *Engine) clientConfig() (*torrent.ClientConfig, error) {
	host, port, err := e.cfg.listenHostPort()
	if err != nil {
		return nil, err
	}
	c := torrent.NewDefaultClientConfig()
	c.ListenHost = func(string) string { return host }
	c.ListenPort = port
	if a, err := netip.ParseAddr(host); err == nil {
		// An address belongs to one family; listening at it in the other one fails.
		c.DisableIPv6 = a.Is4()
		c.DisableIPv4 = !a.Is4()
	}
	c.NoDefaultPortForwarding = true
	c.Bep20 = peerIDPrefix
	c.ExtendedHandshakeClientVersion = e.cfg.Version
	c.HTTPUserAgent = e.cfg.Version
	c.Slogger = slog.New(quiet{e.log.Handler()})

	c.DisableUTP = e.cfg.DisableUTP
	c.DialForPeerConns = false // by the listening sockets; see tcpDialer
	c.DisableTrackers = e.cfg.DisableTrackers
	c.DisableWebtorrent = true // contacts public STUN servers
	e.configureDHT(c)

	c.Seed = true
	c.DefaultStorage = refuseStorage{}
	c.DropDuplicatePeerIds = true // a simultaneous dial leaves one connection, the same on both sides
	// Plain first: an infohash that is not live fails encrypted and is dialled again, so that encrypted
	// first would cost every on-demand fetch two dials. Peers that insist on encryption get it then.
	c.HeaderObfuscationPolicy = torrent.HeaderObfuscationPolicy{Preferred: false}
	c.AlwaysWantConns = true
	c.DisableAcceptRateLimiting = true // or one unknown infohash blocks its /24 for 15 minutes
	c.EstablishedConnsPerTorrent = MaxSmallTorrentConns
	c.TotalHalfOpenConns = MaxHalfOpen
	c.DialRateLimiter = rate.NewLimiter(DialsPerSecond, DialBurst)
	c.KeepAliveTimeout = keepAlive
	c.HandshakesTimeout = HandshakeTimeout
	e.installCallbacks(c)
	return c, nil
}

// tcpDialer is how all peers are dialled.
func tcpDialer() torrent.Dialer {
	return torrent.NetworkDialer{
		Network: "tcp",
		Dialer:  &net.Dialer{KeepAlive: -1}, // the protocol has its own
	}
}
