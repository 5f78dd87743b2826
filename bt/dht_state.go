package bt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/anacrolix/dht/v2"
	"github.com/anacrolix/dht/v2/krpc"

	"github.com/torrenttx/ttx/bt/bencode"
	"github.com/torrenttx/ttx/bt/durable"
)

const (
	// MaxSavedNodes is how many nodes of each family the saved routing table holds: a full table of a network of
	// ten million nodes has 8 in each of some 23 buckets.
	MaxSavedNodes = 400
	// maxDHTState is the longest such file: the nodes of both families in 26 and 38 bytes, and the rest.
	maxDHTState = MaxSavedNodes*(26+38) + 1024
	// saveDHTEvery is how often it is written.
	saveDHTEvery = 5 * time.Minute
	// firstNodes is how many saved nodes are asked when the table is empty: most of an hour ago answer.
	firstNodes = 40
	// enoughNodes is how many saved nodes make the bootstrap nodes unnecessary at the first attempt.
	enoughNodes = 8
)

// dhtState is what is kept of the DHT over a restart, of IPv4 and IPv6.
type dhtState struct {
	ids      [2]krpc.ID // our own; zero if unknown
	nodes    [2][]krpc.NodeInfo
	external [2]netip.Addr // our address as other nodes see it (BEP 42)
}

// familyOf is the place of an address's family in a dhtState.
func familyOf(a netip.Addr) int {
	if a.Is6() {
		return 1
	}
	return 0
}

// The keys of the file, by family.
var stateKeys = [2]struct {
	id, nodes, ip string
	size          int // of a compact node
}{{"id", "nodes", "ip", 26}, {"id6", "nodes6", "ip6", 38}}

// encode writes the state as a dictionary with compact nodes as BEP 5 and BEP 32 have them.
func (s *dhtState) encode() []byte {
	entries := make(map[string][]byte)
	for f, key := range stateKeys {
		if s.ids[f] != (krpc.ID{}) {
			entries[key.id] = bencode.StringValue(s.ids[f][:])
		}
		if s.external[f].IsValid() {
			entries[key.ip] = bencode.StringValue(s.external[f].AsSlice())
		}
		var b []byte
		for _, n := range s.nodes[f][:min(len(s.nodes[f]), MaxSavedNodes)] {
			a := addrOfNode(n)
			b = append(append(b, n.ID[:]...), a.Addr().AsSlice()...)
			b = binary.BigEndian.AppendUint16(b, a.Port())
		}
		entries[key.nodes] = bencode.StringValue(b)
	}
	return bencode.AppendDict(nil, entries)
}

func addrOfNode(n krpc.NodeInfo) netip.AddrPort {
	ip, _ := netip.AddrFromSlice(n.Addr.IP)
	return netip.AddrPortFrom(ip.Unmap(), uint16(n.Addr.Port))
}

// decodeDHTState reads what encode wrote.
func decodeDHTState(b []byte) (*dhtState, error) {
	r, n, err := bencode.NewReader(b)
	if err != nil {
		return nil, err
	}
	if n != len(b) || n > maxDHTState {
		return nil, fmt.Errorf("%w: %d bytes, of which %d are used", ErrMalformed, len(b), n)
	}
	s := new(dhtState)
	_, err = r.Dict(func(key []byte) error {
		for f, k := range stateKeys {
			switch string(key) {
			case k.id, k.nodes, k.ip:
				v, err := r.Bytes()
				if err != nil {
					return err
				}
				return s.take(f, string(key), v)
			}
		}
		return nil
	})
	return s, err
}

// take reads one entry of a family.
func (s *dhtState) take(f int, key string, v []byte) error {
	k := stateKeys[f]
	bad := fmt.Errorf("%w: %s of %d bytes", ErrMalformed, key, len(v))
	switch key {
	case k.id:
		if len(v) != 20 {
			return bad
		}
		s.ids[f] = krpc.ID(v)
	case k.ip:
		a, ok := netip.AddrFromSlice(v)
		if !ok || len(v) != k.size-22 {
			return bad
		}
		s.external[f] = a
	case k.nodes:
		if len(v)%k.size != 0 || len(v)/k.size > MaxSavedNodes {
			return bad
		}
		for ; len(v) > 0; v = v[k.size:] {
			s.nodes[f] = append(s.nodes[f], krpc.NodeInfo{
				ID: krpc.ID(v[:20]),
				Addr: krpc.NodeAddr{
					IP:   slices.Clone(v[20 : k.size-2]),
					Port: int(binary.BigEndian.Uint16(v[k.size-2:])),
				},
			})
		}
	}
	return nil
}

// loadDHT reads the saved state. One that cannot be read is as good as none.
func (e *Engine) loadDHT() *dhtState {
	s, err := readDHTState(e.cfg.DHTState)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		e.log.Warn("the saved DHT nodes cannot be used, starting without", "file", e.cfg.DHTState, "err", err)
	}
	if s == nil {
		s = new(dhtState)
	}
	return s
}

func readDHTState(name string) (*dhtState, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxDHTState+1))
	if err != nil {
		return nil, err
	}
	return decodeDHTState(b)
}

// nodeID is the id of a server: the one it had, made to fit our address if that is known (BEP 42), else a random
// one.
func (s *dhtState) nodeID(f int) krpc.ID {
	id := s.ids[f]
	if id == (krpc.ID{}) {
		id = krpc.RandomNodeID()
	}
	if a := s.external[f]; a.IsValid() && !dht.NodeIdSecure(id, a.AsSlice()) {
		dht.SecureNodeId(&id, a.AsSlice())
	}
	return id
}

// startingNodes is where a server begins while its table is empty: with saved nodes, and with the bootstrap nodes
// if those are few or did not help.
func (e *Engine) startingNodes(s *dhtState, f int) dht.StartingNodesGetter {
	var asked atomic.Bool
	return func() ([]dht.Addr, error) {
		var list []dht.Addr
		order := rand.Perm(len(s.nodes[f]))
		for _, i := range order[:min(len(order), firstNodes)] {
			a := addrOfNode(s.nodes[f][i])
			if !useless(a) {
				list = append(list, dht.NewAddr(net.UDPAddrFromAddrPort(a)))
			}
		}
		if asked.Swap(true) || len(list) < enoughNodes {
			more, err := dht.ResolveHostPorts(e.cfg.Bootstrap)
			if err != nil && len(list) == 0 {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	}
}

func useless(a netip.AddrPort) bool {
	return a.Port() == 0 || !a.Addr().IsValid() || a.Addr().IsUnspecified() || a.Addr().IsMulticast()
}

// keepDHT saves the state until the engine closes.
func (e *Engine) keepDHT() {
	tick := time.NewTicker(saveDHTEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-tick.C:
			e.learnExternal(e.ctx)
			e.saveDHT()
		}
	}
}

// saveDHT writes the state, unless there is nothing to write: an old table is better than an empty one.
func (e *Engine) saveDHT() {
	if e.cfg.DHTState == "" || e.DHTNodes() == 0 {
		return
	}
	s := new(dhtState)
	for _, server := range e.dht {
		f := familyOf(serverAddr(server))
		s.ids[f] = server.ID()
		s.external[f] = e.externalOf(f)
		for _, n := range server.Nodes() {
			if a := addrOfNode(n); familyOf(a.Addr()) == f && !useless(a) {
				s.nodes[f] = append(s.nodes[f], n)
			}
		}
	}
	if err := durable.Replace(e.cfg.DHTState, s.encode()); err != nil {
		e.log.Warn("the DHT nodes could not be saved", "err", err)
	}
}

func serverAddr(s *dht.Server) netip.Addr {
	a, err := netip.ParseAddrPort(s.Addr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}

// DHTNodes is how many nodes the routing tables hold that answered lately.
func (e *Engine) DHTNodes() int {
	n := 0
	for _, server := range e.dht {
		n += server.Stats().GoodNodes
	}
	return n
}

// externalVotes is how many nodes are asked for our address, of which more than half must agree.
const externalVotes = 5

// learnExternal asks some nodes which address they see us at. It takes effect at the next start: the library
// cannot change a server's id.
func (e *Engine) learnExternal(ctx context.Context) {
	for _, server := range e.dht {
		f := familyOf(serverAddr(server))
		votes := make(map[netip.Addr]int)
		for i, n := range server.Nodes() {
			if i == externalVotes {
				break
			}
			res := server.Query(ctx, dht.NewAddr(n.Addr.UDP()), "ping", dht.QueryInput{})
			if a, ok := netip.AddrFromSlice(res.Reply.IP.IP); ok && res.Err == nil {
				votes[a.Unmap()]++
			}
		}
		for a, n := range votes {
			if n > externalVotes/2 && familyOf(a) == f && a.IsGlobalUnicast() && !a.IsPrivate() {
				e.external[f].Store(&a)
			}
		}
	}
}

// externalOf is our own address in a family, as the DHT or a tracker sees it.
func (e *Engine) externalOf(f int) netip.Addr {
	if a := e.external[f].Load(); a != nil {
		return *a
	}
	for _, a := range e.trackers.External() {
		if familyOf(a) == f && a.IsGlobalUnicast() && !a.IsPrivate() {
			return a
		}
	}
	return e.savedDHT.external[f]
}
