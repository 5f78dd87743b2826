package bt

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anacrolix/dht/v2"
	"github.com/anacrolix/dht/v2/bep44"
	"github.com/anacrolix/dht/v2/krpc"

	"github.com/torrenttx/ttx/bt/bttest"
)

// someNodes is n nodes of a family.
func someNodes(f, n int) []krpc.NodeInfo {
	nodes := make([]krpc.NodeInfo, n)
	for i := range nodes {
		ip := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).AsSlice()
		if f == 1 {
			ip = netip.AddrFrom16([16]byte{0x20, 1, 13: 1, 14: byte(i >> 8), 15: byte(i)}).AsSlice()
		}
		nodes[i] = krpc.NodeInfo{ID: krpc.ID{1, byte(i >> 8), byte(i)}, Addr: krpc.NodeAddr{IP: ip, Port: 1 + i}}
	}
	return nodes
}

func TestDHTStateCodec(t *testing.T) {
	s := &dhtState{
		ids:      [2]krpc.ID{{4}, {6}},
		nodes:    [2][]krpc.NodeInfo{someNodes(0, MaxSavedNodes+1), someNodes(1, MaxSavedNodes+1)},
		external: [2]netip.Addr{netip.MustParseAddr("1.2.3.4"), netip.MustParseAddr("2001:db8::1")},
	}
	raw := s.encode()
	got, err := decodeDHTState(raw)
	if err != nil || len(raw) > maxDHTState {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	if got.ids != s.ids || got.external != s.external {
		t.Errorf("got %v, %v", got.ids, got.external)
	}
	for f := range got.nodes {
		if len(got.nodes[f]) != MaxSavedNodes {
			t.Fatalf("%d nodes, want %d", len(got.nodes[f]), MaxSavedNodes)
		}
		for i, n := range got.nodes[f] {
			if n.ID != s.nodes[f][i].ID || addrOfNode(n) != addrOfNode(s.nodes[f][i]) {
				t.Fatalf("node %d of family %d is %v", i, f, n)
			}
		}
	}
	for _, bad := range []string{
		"", "i5e", "de tail", "d2:id3:abce", "d2:ip3:abce", "d3:ip64:abcde", "d5:nodes25:" + strings.Repeat("x", 25) + "e",
		"d6:nodes626:" + strings.Repeat("x", 26) + "e", "d5:nodesi5ee",
		"d5:nodes10426:" + strings.Repeat("x", 26*(MaxSavedNodes+1)) + "e",
	} {
		if _, err := decodeDHTState([]byte(bad)); err == nil {
			t.Errorf("%.40q was taken", bad)
		}
	}
}

func FuzzDHTState(f *testing.F) {
	f.Add((&dhtState{ids: [2]krpc.ID{{4}, {6}}, nodes: [2][]krpc.NodeInfo{someNodes(0, 2), someNodes(1, 2)}}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := decodeDHTState(b); err == nil {
			again, err := decodeDHTState(s.encode())
			if err != nil || len(again.nodes[0]) != len(s.nodes[0]) {
				t.Errorf("written again: %v", err)
			}
		}
	})
}

func TestMalformedDHTStateIsAWarning(t *testing.T) {
	name := filepath.Join(t.TempDir(), "dht")
	for what, content := range map[string][]byte{
		"garbage": []byte("garbage"), "too long": make([]byte, maxDHTState+1), "empty": {},
	} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var log bttest.Text
		e := openEngine(t, Config{DHT: true, DHTState: name, Bootstrap: []string{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if n := e.DHTNodes(); n != 0 {
			t.Errorf("%s: %d nodes", what, n)
		}
		if err := e.Close(testContext(t)); err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), "starting without") {
			t.Errorf("%s: no warning in %q", what, log.String())
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: an empty table was written over it", what)
		}
	}
}

// TestDHTRestartsFromItsTable: with the nodes it knew and no bootstrap node, a restarted node finds a peer.
func TestDHTRestartsFromItsTable(t *testing.T) {
	name := filepath.Join(t.TempDir(), "dht")
	hub := openEngine(t, Config{DHT: true, Bootstrap: []string{}})
	boot := []string{hub.Addr().String()}
	for range 3 {
		openEngine(t, Config{DHT: true, Bootstrap: boot})
	}
	a := openEngine(t, Config{DHT: true, Bootstrap: boot, DHTState: name})
	until(t, "the table has nodes", func() bool { return a.DHTNodes() >= 1 })
	id := a.dht[0].ID()
	if err := a.Close(testContext(t)); err != nil {
		t.Fatal(err)
	}

	other := openEngine(t, Config{DHT: true, Bootstrap: boot})
	_, atOther := join(t, other)
	until(t, "the other is announced", func() bool {
		return len(hub.peers.GetPeers(meeting)) > 0
	})
	b := openEngine(t, Config{DHT: true, Bootstrap: []string{}, DHTState: name})
	_, atB := join(t, b)
	receive(t, "the session at the restarted one", atB)
	receive(t, "the session at the other", atOther)
	if b.dht[0].ID() != id {
		t.Error("the restarted node has another id")
	}
}

// TestNodeIDFitsOurAddress (BEP 42).
func TestNodeIDFitsOurAddress(t *testing.T) {
	for f, ip := range []string{"124.31.75.21", "2001:db8:1::5"} {
		s := &dhtState{}
		s.external[f] = netip.MustParseAddr(ip)
		id := s.nodeID(f)
		if !dht.NodeIdSecure(id, net.ParseIP(ip)) {
			t.Errorf("%x does not fit %s", id, ip)
		}
		s.ids[f] = id
		if s.nodeID(f) != id {
			t.Error("an id that fits was changed")
		}
	}
}

// TestHostileDHTPackets: packets that make the library panic, or keep what they name for ever, do nothing.
func TestHostileDHTPackets(t *testing.T) {
	e := openEngine(t, Config{DHT: true, Bootstrap: []string{}})
	conn, err := net.Dial("udp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const id = "2:id20:aaaaaaaaaaaaaaaaaaaa"
	for _, packet := range []string{
		"d1:q13:announce_peer1:t1:x1:y1:qe", // no arguments: a nil pointer
		"d1:q3:put1:t1:x1:y1:qe",
		"d1:q3:get1:t1:x1:y1:qe",
		"d1:ai5e1:q3:put1:t1:x1:y1:qe",
		"d1:ad2:id3:abce1:q4:ping1:t1:x1:y1:qe",
		"d1:ad" + id + "e1:q9:whatever!1:t1:x1:y1:qe",
		"d1:t1:x1:y1:re", "d1:rle1:t1:x1:y1:re", "d1:ele1:t1:x1:y1:ee", "de", "d", "dd",
		"d1:ad" + id + "e1:q4:ping1:t1:y1:y1:qe", // and this one is well
	} {
		if _, err := conn.Write([]byte(packet)); err != nil {
			t.Fatal(err)
		}
	}
	b := make([]byte, 2048)
	n, err := conn.Read(b)
	if err != nil || !bytes.Contains(b[:n], []byte("1:t1:y")) {
		t.Errorf("answered %q, %v", b[:n], err)
	}
}

func TestStoredItemsAreBounded(t *testing.T) {
	s := newItemStore()
	var last *bep44.Item
	for i := range MaxStoredItems + 10 {
		last, _ = bep44.NewItem(strings.Repeat("x", 1+i%900)+string(rune('a'+i/900)), nil, 0, 0, nil)
		if err := s.Put(last); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.items) != MaxStoredItems {
		t.Errorf("%d items, want %d", len(s.items), MaxStoredItems)
	}
	if got, err := s.Get(last.Target()); err != nil || got != last {
		t.Errorf("%v, %v", got, err)
	}
	s.Del(last.Target())
	if _, err := s.Get(last.Target()); !errors.Is(err, bep44.ErrItemNotFound) {
		t.Errorf("after Del: %v", err)
	}
}
