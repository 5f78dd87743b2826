package bt

import (
	"sync"

	"github.com/anacrolix/dht/v2/krpc"
	peer_store "github.com/anacrolix/dht/v2/peer-store"
)

// Bounds of what other nodes can make us remember for the DHT.
const (
	MaxStoredHashes = 4096
	MaxStoredPeers  = 64 // of one infohash
)

// peerStore is what other nodes announced to us, bounded. When it is full, an arbitrary entry gives way.
type peerStore struct {
	mu    sync.Mutex
	peers map[peer_store.InfoHash]map[string]krpc.NodeAddr
}

func newPeerStore() *peerStore {
	return &peerStore{peers: make(map[peer_store.InfoHash]map[string]krpc.NodeAddr)}
}

// AddPeer remembers one address an IP.
func (p *peerStore) AddPeer(h peer_store.InfoHash, a krpc.NodeAddr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.peers[h]
	if of == nil {
		makeRoom(p.peers, MaxStoredHashes)
		of = make(map[string]krpc.NodeAddr)
		p.peers[h] = of
	}
	if _, known := of[string(a.IP)]; !known {
		makeRoom(of, MaxStoredPeers)
	}
	of[string(a.IP)] = a
}

// GetPeers returns the addresses announced for an infohash.
func (p *peerStore) GetPeers(h peer_store.InfoHash) []krpc.NodeAddr {
	p.mu.Lock()
	defer p.mu.Unlock()
	addrs := make([]krpc.NodeAddr, 0, len(p.peers[h]))
	for _, a := range p.peers[h] {
		addrs = append(addrs, a)
	}
	return addrs
}

// makeRoom deletes an arbitrary key of a full map.
func makeRoom[K comparable, V any](m map[K]V, most int) {
	if len(m) < most {
		return
	}
	for k := range m {
		delete(m, k)
		return
	}
}
