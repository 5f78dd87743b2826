package transport

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anacrolix/torrent/mse"

	"github.com/torrenttx/ttx/bt/blocklist"
)

// Config says what to listen on and how to dial.
type Config struct {
	// Host is the address to listen at, empty for all; Port is the same for TCP and UDP, 0 for a free one.
	Host string
	Port int
	// Silent listens on nothing.
	Silent bool
	// UTP accepts uTP connections, DHT keeps a UDP socket for it.
	UTP, DHT bool
	// DialUTP dials peers over uTP whom TCP did not reach.
	DialUTP bool

	Encryption Encryption
	// Keys yields the infohashes that encrypted handshakes are tried against.
	Keys mse.SecretKeyIter

	Limits   Limits
	MaxConns int
	// BlockList is addresses that nothing is sent to and nothing taken from; nil blocks none.
	BlockList *blocklist.List

	// Bind is an address of this machine, or the name of one of its interfaces, that all sockets are bound to.
	Bind string
	// Adopts lets the library have connections that are made elsewhere; see [Transport.Adopt].
	Adopts bool
	// Proxy is what all connections go through, nil for none. Nothing but TCP is sent then.
	Proxy *Proxy

	Logger *slog.Logger
}

// ReservedConns is how many connections there may be above the limit, for those whose handshake has not
// named a torrent yet and for favoured ones.
const ReservedConns = 128

// Transport is the sockets of one engine.
type Transport struct {
	cfg    Config
	log    *slog.Logger
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	open   chan struct{} // closed by Start: no connection is handed out before
	all    *Group
	wg     sync.WaitGroup

	adoption  adoption
	listeners []*Listener
	udp       []*udpSocket
	bound     bound
	dial      dialFunc // to where peers are, through the proxy if there is one
	blocked   atomic.Pointer[blocklist.List]

	mu struct {
		sync.Mutex
		groups  map[[20]byte]*Group
		names   map[[20]byte][20]byte // second infohashes of torrents, and their first
		conns   map[connKey]*Conn
		punched map[netip.AddrPort]time.Time // see Punch
		max     int
		count   int           // connections, in their handshakes or after
		freed   chan struct{} // closed and replaced when count falls or max rises
	}
}

// Open makes the sockets. Nothing is accepted before Start.
func Open(cfg Config) (*Transport, error) {
	t := &Transport{cfg: cfg, log: cfg.Logger, open: make(chan struct{}), all: newGroup()}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.all.SetLimits(cfg.Limits)
	t.mu.groups = make(map[[20]byte]*Group)
	t.mu.names = make(map[[20]byte][20]byte)
	t.mu.conns = make(map[connKey]*Conn)
	t.mu.punched = make(map[netip.AddrPort]time.Time)
	t.mu.max = cfg.MaxConns
	t.mu.freed = make(chan struct{})
	t.blocked.Store(cfg.BlockList)
	err := t.bind()
	if err == nil {
		t.dial = t.route()
		err = t.listen()
	}
	if err == nil && cfg.Adopts {
		t.adoption.open(t)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Start lets connections in.
func (t *Transport) Start() { close(t.open) }

// Close closes all sockets but those of established connections, which are the library's to close.
func (t *Transport) Close() {
	t.cancel()
	for _, l := range t.listeners {
		l.close()
	}
	for _, s := range t.udp {
		s.close()
	}
	t.wg.Wait()
}

// Listeners are to be given to the library before Start, and closed here.
func (t *Transport) Listeners() []*Listener { return t.listeners }

// PacketConns are the sockets for the DHT, one a family; none unless it was configured.
func (t *Transport) PacketConns() []net.PacketConn {
	var list []net.PacketConn
	for _, s := range t.udp {
		if t.cfg.DHT {
			list = append(list, s.dht)
		}
	}
	return list
}

// All is the group of all connections.
func (t *Transport) All() *Group { return t.all }

// SetBlockList replaces the list. Connections with whom it names are closed.
func (t *Transport) SetBlockList(l *blocklist.List) {
	t.blocked.Store(l)
	t.mu.Lock()
	var end []*Conn
	for _, c := range t.mu.conns {
		if l.Contains(c.remote.Addr()) {
			end = append(end, c)
		}
	}
	t.mu.Unlock()
	for _, c := range end {
		_ = c.Close()
	}
}

// Group returns the group of a torrent, making it. Connections join it in their handshake.
func (t *Transport) Group(infohash [20]byte) *Group {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.mu.groups[infohash]
	if g == nil {
		delete(t.mu.names, infohash) // it is a torrent of its own from now on
		g = newGroup()
		t.mu.groups[infohash] = g
	}
	return g
}

// Alias gives a torrent that has a group a second infohash: a hybrid has two, and each peer names the one it knows
// (BEP 52). It stays without if another torrent has that one.
func (t *Transport) Alias(infohash, second [20]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.groups[second] == nil {
		t.mu.names[second] = infohash
	}
}

// Forget drops the group of a torrent, and its second infohash.
func (t *Transport) Forget(infohash [20]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.mu.groups, infohash)
	maps.DeleteFunc(t.mu.names, func(_, first [20]byte) bool { return first == infohash })
}

// Conn finds a connection: the newest with the peer on the torrent, nil if there is none.
func (t *Transport) Conn(infohash [20]byte, remote netip.AddrPort, outgoing bool) *Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.conns[connKey{infohash, remote, outgoing}]
}

// Conns is how many connections there are, those in their handshake included.
func (t *Transport) Conns() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.count
}

// SetMaxConns changes the limit. Connections above it stay until they end.
func (t *Transport) SetMaxConns(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.max = n
	t.wakeLocked()
}

func (t *Transport) wakeLocked() {
	close(t.mu.freed)
	t.mu.freed = make(chan struct{})
}

// enter counts a connection, or says what to wait for.
func (t *Transport) enter(extra int) (ok bool, freed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.count >= t.mu.max+extra {
		return false, t.mu.freed
	}
	t.mu.count++
	return true, nil
}

func (t *Transport) exit() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.count--
	t.wakeLocked()
}

// await counts a connection when there is room.
func (t *Transport) await(ctx context.Context) error {
	for {
		ok, freed := t.enter(0)
		if ok {
			return nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return fmt.Errorf("at the limit of connections: %w", ctx.Err())
		case <-t.ctx.Done():
			return net.ErrClosed
		}
	}
}

// join enters a connection, of which the handshake is known, in its torrent's group. Above the limit, which
// incoming ones may pass until here, one of an ordinary torrent is refused: those have a group.
func (t *Transport) join(c *Conn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if first, ok := t.mu.names[c.infohash]; ok {
		c.infohash = first
	}
	key := connKey{c.infohash, c.remote, c.outgoing}
	g := t.mu.groups[c.infohash]
	if g != nil && t.mu.count > t.mu.max {
		return errFull
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return net.ErrClosed
	}
	c.mu.key = key
	t.mu.conns[key] = c
	if g != nil {
		c.group.Store(g)
	}
	return nil
}

var errFull = fmt.Errorf("at the limit of connections")

// leave forgets a closed connection.
func (t *Transport) leave(c *Conn, key connKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.conns[key] == c {
		delete(t.mu.conns, key)
	}
	t.mu.count--
	t.wakeLocked()
}
