package bt

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	pp "github.com/anacrolix/torrent/peer_protocol"

	checked "github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/transport"
)

// lying is the content of a torrent of one file with one wrong hash in its piece layers.
func lying(t *testing.T, raw []byte, piece int) *checked.Torrent {
	t.Helper()
	file, err := checked.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	layers := maps.Clone(file.Layers)
	for root, layer := range layers {
		layers[root] = slices.Clone(layer)
		layers[root][piece*checked.SizeV2] ^= 1
	}
	return &checked.Torrent{Info: file.Info, Layers: layers}
}

// TestLiarAboutLayers: who sends wrong hashes of the pieces is found out by the first of them, at its own cost alone, and
// not let in again.
func TestLiarAboutLayers(t *testing.T) {
	for _, c := range []struct{ pieces, wrong int }{{40, 3}, {1300, 1200}} { // one request; three, of which one is a lie
		there, here := t.TempDir(), t.TempDir()
		data := noise(c.pieces<<14 - 1000)
		raw := createPieces(t, there, "f", data, checked.V2, 16<<10)
		honest, leecher := openEngine(t, Config{}), openEngine(t, Config{})
		liar := openEngine(t, Config{Listen: "127.0.0.2:0", Bind: "127.0.0.2"})
		wait(t, add(t, honest, Source{File: raw, Dir: there}))
		y := add(t, liar, Source{File: raw, Dir: there})
		wait(t, y)
		lie := lying(t, raw, c.wrong)
		until(t, "the liar tells peers of its info", func() bool { s := y.slot(); return s.live() && s.t.Info() != nil })
		y.slot().tree.Store(lie)
		x := add(t, leecher, Source{
			Magnet: fmt.Sprintf("magnet:?xt=urn:btmh:1220%x", lie.Info.InfohashV2()), Dir: here, Peers: addrs(liar),
		})
		until(t, "the liar was found out", func() bool { return x.book.bans(liar.Addr().Addr()) && len(x.Peers()) == 0 })
		y.Dial(leecher.Addr())
		x.Dial(liar.Addr(), honest.Addr())
		wait(t, x)
		compare(t, here, map[string][]byte{"f": data})
		if x.book.bans(honest.Addr().Addr()) {
			t.Error("the honest peer is banned")
		}
		for _, p := range x.Peers() {
			if p.Addr.Addr() == liar.Addr().Addr() {
				t.Error("the liar is connected")
			}
		}
		if slices.Contains(x.KnownPeers(), liar.Addr()) {
			t.Error("the liar is remembered")
		}
	}
}

// layerPeers drives a fetch of layers by hand.
type layerPeers struct {
	*layerFetch
	whole *checked.Torrent
	asked map[*link][]hashRequest
	liars map[*link]bool
}

// layered is a torrent of v2 alone, of one file with so many pieces.
func layered(t *testing.T, pieces int) *checked.Torrent {
	t.Helper()
	file, err := checked.Parse(createPieces(t, t.TempDir(), "f", make([]byte, pieces<<14), checked.V2, 16<<10))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func newLayerPeers(file *checked.Torrent) *layerPeers {
	p := &layerPeers{whole: file, asked: make(map[*link][]hashRequest), liars: make(map[*link]bool)}
	p.layerFetch = newLayerFetch(file.Info, func(lk *link) { p.liars[lk] = true })
	p.send = func(lk *link, b []byte) {
		for d := (pp.Decoder{R: bufio.NewReader(bytes.NewReader(b)), MaxLength: 1 << 10}); ; {
			var m pp.Message
			if d.Decode(&m) != nil {
				return
			}
			p.asked[lk] = append(p.asked[lk], requestOf(&m))
		}
	}
	return p
}

// join is a peer that is asked.
func (p *layerPeers) join() *link {
	lk := &link{wire: new(transport.Conn)}
	p.ask(lk)
	return lk
}

// next is the oldest request to a peer, as the message that asked.
func (p *layerPeers) next(lk *link) (r hashRequest, m *pp.Message) {
	r, p.asked[lk] = p.asked[lk][0], p.asked[lk][1:]
	return r, &pp.Message{
		PiecesRoot: r.root, BaseLayer: pp.Integer(r.base), Index: pp.Integer(r.index), Length: pp.Integer(r.n), ProofLayers: pp.Integer(r.proofs),
	}
}

// over says whether all hashes are there.
func (p *layerPeers) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// answer answers the oldest request to a peer; spoil changes what it says.
func (p *layerPeers) answer(t *testing.T, lk *link, spoil func([]checked.HashV2) []checked.HashV2) {
	t.Helper()
	r, m := p.next(lk)
	raw, ok := hashesFor(p.whole, m)
	if !ok {
		t.Fatalf("we would not answer %+v", r)
	}
	var hashes []checked.HashV2
	for _, h := range raw {
		hashes = append(hashes, h)
	}
	if spoil != nil {
		hashes = spoil(hashes)
	}
	p.receive(lk, r, hashes)
}

// TestEveryLieIsFound: a wrong hash, a wrong proof, and too many or too few of either. Nothing of it stays, and what the
// others said does.
func TestEveryLieIsFound(t *testing.T) {
	flip := func(at int) func([]checked.HashV2) []checked.HashV2 {
		return func(h []checked.HashV2) []checked.HashV2 { h[(at+len(h))%len(h)][31] ^= 1; return h }
	}
	file := layered(t, 1500)
	for what, spoil := range map[string]func([]checked.HashV2) []checked.HashV2{
		"first hash": flip(0), "last hash": flip(511), "first uncle": flip(512), "last uncle": flip(-1),
		"none": func([]checked.HashV2) []checked.HashV2 { return nil },
		"less": func(h []checked.HashV2) []checked.HashV2 { return h[:len(h)-1] },
		"more": func(h []checked.HashV2) []checked.HashV2 { return append(h, h[0]) },
	} {
		p := newLayerPeers(file)
		honest, liar := p.join(), p.join()
		p.answer(t, honest, nil)
		p.answer(t, liar, spoil)
		if !p.liars[liar] || p.liars[honest] || len(p.liars) != 1 {
			t.Errorf("%s: found out %v", what, p.liars)
		}
		for len(p.asked[liar]) > 0 {
			p.answer(t, liar, nil) // too late
		}
		p.answer(t, honest, nil)
		p.answer(t, honest, nil)
		if !p.over() || len(p.liars) != 1 {
			t.Errorf("%s: %d hashes are missing, found out %v", what, len(p.missing), p.liars)
		}
	}
}

// TestLayersWithoutProof: peers that know no proofs, as the library's, give the whole layer. What they say does not mix.
func TestLayersWithoutProof(t *testing.T) {
	p := newLayerPeers(layered(t, 1500))
	refuse := func(lk *link) {
		for range 3 {
			r, _ := p.next(lk)
			p.rejected(lk, r)
		}
	}
	honest, liar := p.join(), p.join()
	refuse(honest)
	refuse(liar)
	p.answer(t, liar, func(h []checked.HashV2) []checked.HashV2 { h[7][0] ^= 1; return h })
	p.answer(t, honest, nil)
	p.answer(t, liar, nil)
	p.answer(t, honest, nil)
	p.answer(t, liar, nil)
	if !p.liars[liar] || len(p.liars) != 1 || p.over() {
		t.Errorf("found out %v, done %v", p.liars, p.over())
	}
	p.answer(t, honest, nil)
	if !p.over() || len(p.liars) != 1 {
		t.Errorf("found out %v, done %v", p.liars, p.over())
	}
}

// TestPlainPeersAreFew: each of them has a copy of the layers.
func TestPlainPeersAreFew(t *testing.T) {
	p := newLayerPeers(layered(t, 600))
	for i := range MaxPlainPeers + 1 {
		lk := p.join()
		for range 2 {
			r, _ := p.next(lk)
			p.rejected(lk, r)
		}
		if asked := len(p.asked[lk]) > 0; asked != (i < MaxPlainPeers) {
			t.Errorf("peer %d is asked without proofs: %v", i, asked)
		}
	}
}

func addrPorts(list ...string) (out []netip.AddrPort) {
	for _, a := range list {
		out = append(out, netip.MustParseAddrPort(a))
	}
	return out
}

// TestBans: a network of IPv6 is one address, and there are no more than MaxBanned.
func TestBans(t *testing.T) {
	b := newBook(roleDownload)
	b.add(addrPorts("[2001:db8::1]:1", "[2001:db8:0:1::1]:1", "192.0.2.1:1", "192.0.2.2:1"))
	b.ban(addrPorts("[2001:db8::ffff]:9")[0].Addr())
	b.ban(addrPorts("[::ffff:192.0.2.1]:9")[0].Addr())
	b.add(addrPorts("192.0.2.1:7", "[2001:db8::7]:7"))
	if got := b.count(); got != 2 {
		t.Errorf("%d addresses are left: %v", got, b.known(nil))
	}
	for i := range 2 * MaxBanned {
		b.ban(addrPorts(fmt.Sprintf("10.0.%d.%d:1", i/256, i%256))[0].Addr())
	}
	if len(b.banned) != MaxBanned {
		t.Errorf("%d addresses are banned", len(b.banned))
	}
}
