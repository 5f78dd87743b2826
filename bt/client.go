package bt

import (
	"log/slog"

	"github.com/anacrolix/torrent"
	"golang.org/x/time/rate"
)

// peerIDPrefix identifies the program in peer ids (BEP 20).
const peerIDPrefix = "-TX0001-"

// torUserAgent is what libtorrent says in its anonymous mode; to say nothing makes the library say its name.
const torUserAgent = "curl/7.81.0"

// clientConfig is the library's configuration. Most of its defaults are replaced on purpose; the
// comments say why.
func (e *Engine) clientConfig() *torrent.ClientConfig {
	c := torrent.NewDefaultClientConfig()
	// The sockets are ours; see sockets.go.
	c.DisableTCP, c.DisableUTP, c.NoDHT = true, true, true
	c.DialForPeerConns = false
	// What it gets from us is plain, whatever is on the wire.
	c.HeaderObfuscationPolicy = torrent.HeaderObfuscationPolicy{Preferred: false, RequirePreferred: true}
	c.NoDefaultPortForwarding = true
	c.Bep20 = peerIDPrefix
	c.ExtendedHandshakeClientVersion = e.cfg.Version
	c.HTTPUserAgent = e.cfg.Version
	c.Slogger = slog.New(quiet{e.log.Handler()})

	c.DisableTrackers = true   // ours: trackers.go
	c.DisableWebtorrent = true // ours: webtorrent.go
	e.waysOut(c)
	e.configureDHT(c)

	c.Seed = true
	c.DefaultStorage = refuseStorage{}
	c.DropDuplicatePeerIds = true // a simultaneous dial leaves one connection, the same on both sides
	c.AlwaysWantConns = true
	c.DisableAcceptRateLimiting = true // or one unknown infohash blocks its /24 for 15 minutes
	c.EstablishedConnsPerTorrent = MaxSmallTorrentConns
	c.TotalHalfOpenConns = MaxHalfOpen
	c.DialRateLimiter = rate.NewLimiter(DialsPerSecond, DialBurst)
	c.KeepAliveTimeout = keepAlive
	c.HandshakesTimeout = HandshakeTimeout
	if e.cfg.Tor != "" {
		c.Bep20, c.ExtendedHandshakeClientVersion, c.HTTPUserAgent = "", "", torUserAgent
	}
	e.installCallbacks(c)
	return c
}
