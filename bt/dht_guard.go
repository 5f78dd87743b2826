package bt

import (
	"errors"
	"net"
	"sync"

	"github.com/anacrolix/dht/v2/bep44"
	"github.com/anacrolix/dht/v2/krpc"
	library "github.com/anacrolix/torrent/bencode"

	"github.com/torrenttx/ttx/bt/bencode"
)

// MaxStoredItems is how many items (BEP 44) other nodes can have us store, of 1,000 bytes and a key each: about
// 2 MB. When it is full, an arbitrary one gives way.
const MaxStoredItems = 1024

// guardedDHT is a DHT socket on which only packets come in that the library can take: a query without arguments
// makes it panic.
type guardedDHT struct{ net.PacketConn }

// ReadFrom returns the next packet that is one.
func (g guardedDHT) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := g.PacketConn.ReadFrom(b)
		if err != nil || admitted(b[:n]) {
			return n, from, err
		}
	}
}

// admitted says whether a packet is a message of BEP 5 that has what its kind must have. What the library cannot
// decode it would write to standard error, as often as a stranger likes.
func admitted(packet []byte) bool {
	if _, err := bencode.Len(packet); err != nil { // bounds the depth, too
		return false
	}
	var m krpc.Msg
	err := library.Unmarshal(packet, &m)
	if tail := (library.ErrUnusedTrailingBytes{}); err != nil && !errors.As(err, &tail) {
		return false
	}
	switch m.Y {
	case krpc.YQuery:
		return m.A != nil && knownQuery(m.Q)
	case krpc.YResponse:
		return m.R != nil
	}
	return m.Y == krpc.YError && m.E != nil
}

// knownQuery says whether a query is answered. The library counts queries under the name that a stranger gives
// them, for ever.
func knownQuery(q string) bool {
	switch q {
	case "ping", "find_node", "get_peers", "announce_peer", "get", "put":
		return true
	}
	return false
}

// itemStore is what other nodes put (BEP 44), bounded. The library forgets what is old.
type itemStore struct {
	mu    sync.Mutex
	items map[bep44.Target]*bep44.Item
}

func newItemStore() *itemStore { return &itemStore{items: make(map[bep44.Target]*bep44.Item)} }

// Put stores an item that the library has checked.
func (s *itemStore) Put(i *bep44.Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := i.Target()
	if s.items[t] == nil {
		makeRoom(s.items, MaxStoredItems)
	}
	s.items[t] = i
	return nil
}

// Get returns an item or bep44.ErrItemNotFound.
func (s *itemStore) Get(t bep44.Target) (*bep44.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.items[t]; i != nil {
		return i, nil
	}
	return nil, bep44.ErrItemNotFound
}

// Del forgets an item.
func (s *itemStore) Del(t bep44.Target) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, t)
	return nil
}
