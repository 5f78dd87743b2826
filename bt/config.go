package bt

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/anacrolix/dht/v2"

	"github.com/torrenttx/ttx/bt/blocklist"
)

// OnDemand is a source of small torrents, asked when a peer's handshake names an infohash.
type OnDemand interface {
	// Lookup returns the info dictionary and the content under an infohash. The engine keeps both until
	// the torrent is dropped and never changes them. It is called from many goroutines at once, on
	// behalf of strangers, and must be quick.
	Lookup(infohash [20]byte) (info, data []byte, ok bool)
}

// Config says how an [Engine] listens and what it serves. The zero value listens on a free port of all
// interfaces, serves nothing on demand and uses no DHT.
type Config struct {
	// Listen is host:port for TCP and, unless switched off, uTP. The host is an address or empty for all
	// interfaces, the port 0 for a free one.
	Listen string
	// Extension is the BEP 10 name to negotiate, [DefaultExtension] if empty.
	Extension string
	// NoExtension negotiates none: peers see a plain client. There are no sessions and no hints then.
	NoExtension bool
	// Version is told to peers as the client's name and version, "ttx" if empty.
	Version string
	// OnDemand serves torrents that are not live; nil serves none.
	OnDemand OnDemand
	// OnPeer is told of a peer with the extension that was met on a torrent other than a rendezvous, with
	// the address it can be dialled at. It runs on a goroutine of the engine's, one call at a time; a hint
	// is lost when many wait.
	OnPeer func(infohash [20]byte, listen netip.AddrPort)

	// DHT joins the mainline DHT (BEP 5) through the Bootstrap nodes, host:port; nil stands for the
	// well-known public ones.
	DHT       bool
	Bootstrap []string
	// DHTState is the file in which the DHT's nodes are kept over a restart; empty for none.
	DHTState string
	// LSD finds peers on the local network by multicast (BEP 14).
	LSD bool
	// PortMapping asks the router to let peers in, by NAT-PMP or UPnP.
	PortMapping bool
	// DisablePEX neither tells peers of peers nor listens to what they tell (BEP 11).
	DisablePEX bool
	// DisableUTP listens on TCP only. Otherwise uTP (BEP 29) is accepted as well, which some clients try
	// first and long.
	DisableUTP bool
	// DialUTP dials peers over uTP whom TCP did not reach. An address where nobody is then takes seconds, as
	// only TCP is refused. Never both at once, as the library would: that leaves the loser with the side that accepted
	// it until its handshake times out.
	DialUTP bool
	// Encryption says which peer connections are encrypted (MSE).
	Encryption Encryption
	// Limits are of all connections together.
	Limits Limits
	// MaxConns is the most peer connections of all torrents, [DefaultMaxConns] if 0. Those of rendezvous may
	// exceed it by [transport.ReservedConns].
	MaxConns int
	// UploadSlots is how many peers of a torrent are uploaded to at a time; 0 is no limit.
	UploadSlots int
	// BlockList is addresses that nothing is sent to and nothing taken from; nil blocks none.
	BlockList *blocklist.List
	// Bind is an address of this machine, or the name of one of its interfaces, that all sockets are bound to.
	// Names are still looked up by the system's resolver.
	Bind string
	// Proxy is what everything goes through: socks5://user:password@host:port or http://host:port. Names
	// are looked up there. There is no uTP, no DHT, no LSD, no port mapping and no UDP tracker then, and no listening
	// unless Listen is given.
	Proxy string
	// Tor is the address, ip:port, of a Tor client's SOCKS5 port. Everything goes through it, nothing listens,
	// and peers are not told which program this is. Options that contradict are refused; see [ErrWouldLeak].
	Tor string
	// WebTorrent asks WebSocket trackers and meets the peers that they know over WebRTC, through a UDP socket of
	// its own. Proxy and Tor contradict it: it is UDP.
	WebTorrent bool
	// DisableTrackers ignores the trackers that torrents and magnet links name. None is ever added.
	DisableTrackers bool

	// SwarmPeers is the most connections of one rendezvous; newcomers above it are closed.
	SwarmPeers int
	// MaxLoaded is the most on-demand torrents that are live at once, MaxPerSource the most of them
	// that peers from one network (/24 of IPv4, /48 of IPv6) may hold.
	MaxLoaded, MaxPerSource int
	// Idle is how long an on-demand torrent stays live after its last message.
	Idle time.Duration
	// Fetches is how many [Engine.FetchSmall] run at a time; others wait.
	Fetches int

	// Logger receives what happens; nil discards. The library's own messages come as debug messages.
	Logger *slog.Logger
}

// withDefaults returns the configuration with every unset bound at its default.
func (c Config) withDefaults() Config {
	c.Extension = cmp.Or(c.Extension, DefaultExtension)
	c.Version = cmp.Or(c.Version, "ttx")
	c.MaxConns = cmp.Or(c.MaxConns, DefaultMaxConns)
	c.SwarmPeers = cmp.Or(c.SwarmPeers, DefaultSwarmPeers)
	c.MaxLoaded = cmp.Or(c.MaxLoaded, DefaultMaxLoaded)
	c.MaxPerSource = cmp.Or(c.MaxPerSource, DefaultMaxPerSource)
	c.Idle = cmp.Or(c.Idle, DefaultIdle)
	c.Fetches = cmp.Or(c.Fetches, DefaultFetches)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Proxy != "" {
		c.DHT, c.LSD, c.PortMapping = false, false, false // they are UDP, and would tell the local network
	}
	if c.DHT && c.Bootstrap == nil {
		c.Bootstrap = dht.DefaultGlobalBootstrapHostPorts
	}
	return c
}

// listenHostPort splits Listen; an empty one is any interface and a free port.
func (c Config) listenHostPort() (host string, port int, err error) {
	if c.Listen == "" {
		return "", 0, nil
	}
	host, service, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", 0, fmt.Errorf("listen address: %w", err)
	}
	n, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("listen address %q: port: %w", c.Listen, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if host != "" {
		if _, err := netip.ParseAddr(host); err != nil {
			return "", 0, fmt.Errorf("listen address %q: host: %w", c.Listen, err)
		}
	}
	return host, int(n), nil
}
