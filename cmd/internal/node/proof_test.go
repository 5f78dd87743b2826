package node

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// offlineOn is the ledger of a new folder on a network, without a node.
func offlineOn(t *testing.T, net *ledgertest.Network) *Offline {
	t.Helper()
	dir := config.Folder(t.TempDir())
	b, err := (&tx.File{Genesis: net.Genesis, Tx: net.Genesis}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Join(b); err != nil {
		t.Fatal(err)
	}
	o, err := MakeOffline(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func encode(t *testing.T, p *proofs.Proof) []byte {
	t.Helper()
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// forge changes the last signature of a proof's subject, everywhere in the file.
func forge(t *testing.T, net *ledgertest.Network, subject *tx.Tx) []byte {
	t.Helper()
	raw := bytes.Clone(subject.Raw())
	at := bytes.LastIndex(raw, []byte("64:")) + 3 + 32 // the half that need not be a point
	raw[at] ^= 1
	forged, err := tx.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return encode(t, &proofs.Proof{Subject: forged, Genesis: net.Genesis})
}

// TestBadProofs: each is refused for its own reason, nothing of it is kept, and
// the ledger stays as it was.
func TestBadProofs(t *testing.T) {
	net, other := ledgertest.NewNetwork(2, 1), ledgertest.NewNetwork(3, 2)
	payment := net.Spend("", []tx.Outpoint{net.GenesisCoin(0)})
	foreign := other.Spend("", []tx.Outpoint{other.GenesisCoin(0)})
	good := encode(t, &proofs.Proof{Subject: payment, Genesis: net.Genesis})
	swapped := bytes.Replace(good, payment.Raw(), net.Spend("", []tx.Outpoint{net.GenesisCoin(1)}).Raw(), 1)
	for name, c := range map[string]struct {
		content []byte
		code    api.Code
	}{
		"empty":               {nil, api.Malformed},
		"cut":                 {good[:len(good)-1], api.Malformed},
		"another client's":    {[]byte("d4:infod6:lengthi1e4:name1:x12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee"), api.Malformed},
		"other network":       {encode(t, &proofs.Proof{Subject: foreign, Genesis: other.Genesis}), api.OtherNetwork},
		"other transaction":   {swapped, api.Malformed},
		"forged":              {forge(t, net, payment), api.Forged},
		"deeply nested":       {[]byte(strings.Repeat("l", 1<<20)), api.Malformed},
		"too large":           {bytes.Repeat([]byte("d"), proofs.MaxFile+1), api.Malformed},
		"link of a film":      {[]byte("magnet:?xt=urn:btih:" + strings.Repeat("a", 40)), api.Malformed},
		"link without a node": {[]byte(payment.Magnet().String()), api.Offline},
		"broken link":         {[]byte("magnet:?xt=nonsense"), api.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			o := offlineOn(t, net)
			_, err := o.ImportProof(t.Context(), c.content)
			if !errors.Is(err, c.code) {
				t.Errorf("got %v, want code %s", err, c.code)
			}
			if list, err := o.Proofs(t.Context()); err != nil || len(list) > 0 {
				t.Errorf("kept %v, %v", list, err)
			}
			if n := o.ledger.Snapshot().Transactions(); n != 1 {
				t.Errorf("%d transactions", n)
			}
		})
	}
}

// TestAGapWaitsForTheRest: what stands on a missing ancestor waits, and enters
// with a second proof that has it.
func TestAGapWaitsForTheRest(t *testing.T) {
	net := ledgertest.NewNetwork(1, 1)
	first := net.Spend("first", []tx.Outpoint{net.GenesisCoin(0)})
	second := net.Spend("second", []tx.Outpoint{ledgertest.Coin(first)})
	o := offlineOn(t, net)
	done, err := o.ImportProof(t.Context(), encode(t, &proofs.Proof{Subject: second, Genesis: net.Genesis}))
	if err != nil || done.Level != string(proofs.Incomplete) || done.Status != api.StatusUnsolid || done.Waiting != 1 || done.Sought {
		t.Fatalf("%+v %v", done, err)
	}
	if done, err = o.ImportProof(t.Context(), encode(t, &proofs.Proof{Subject: first, Genesis: net.Genesis})); err != nil || done.New != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	if info, err := o.Tx(t.Context(), second.ID().String()); err != nil || info.Status != api.StatusPending {
		t.Errorf("%+v %v", info, err)
	}
}

// TestTwoProofsThatContradictEachOther are both kept, and each names the other:
// when the ledger has both, and when it can have neither.
func TestTwoProofsThatContradictEachOther(t *testing.T) {
	net := ledgertest.NewNetwork(1, 1)
	first := net.Spend("first", []tx.Outpoint{net.GenesisCoin(0)})
	for name, coin := range map[string]tx.Outpoint{"whole": net.GenesisCoin(0), "with a gap": ledgertest.Coin(first)} {
		t.Run(name, func(t *testing.T) {
			a, b := net.Spend("a", []tx.Outpoint{coin}), net.Spend("b", []tx.Outpoint{coin})
			o := offlineOn(t, net)
			if done, err := o.ImportProof(t.Context(), encode(t, &proofs.Proof{Subject: a, Genesis: net.Genesis})); err != nil || len(done.Conflicts) > 0 {
				t.Fatalf("%+v %v", done, err)
			}
			done, err := o.ImportProof(t.Context(), encode(t, &proofs.Proof{Subject: b, Genesis: net.Genesis}))
			want := []api.ProofConflict{{TxID: coin.Tx.String(), Index: coin.Index, Rival: a.ID().String()}}
			if err != nil || !slices.Equal(done.Conflicts, want) {
				t.Errorf("%+v %v, want %v", done, err, want)
			}
			list, err := o.Proofs(t.Context())
			if err != nil || len(list) != 2 {
				t.Fatalf("%+v %v", list, err)
			}
			rivals := map[string][]string{a.ID().String(): {b.ID().String()}, b.ID().String(): {a.ID().String()}}
			for _, e := range list {
				if !slices.Equal(e.Rivals, rivals[e.TxID]) || e.File != e.TxID+".torrent" {
					t.Errorf("%+v, want rivals %v", e, rivals[e.TxID])
				}
			}
		})
	}
}

// TestAFolderOfProofs: what lies there when the node starts is imported, so is
// what comes while it runs; names and what is no proof do no harm, and nothing is
// touched.
func TestAFolderOfProofs(t *testing.T) {
	net := ledgertest.NewNetwork(3, 1)
	dir := config.Folder(t.TempDir())
	put := func(name string, content []byte) {
		t.Helper()
		if err := os.MkdirAll(dir.Proofs(), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir.Proofs(), name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	payment := func(i int) *tx.Tx { return net.Spend("", []tx.Outpoint{net.GenesisCoin(i)}) }
	atStart, later, outside := payment(0), payment(1), payment(2)
	proofOf := func(x *tx.Tx) []byte { return encode(t, &proofs.Proof{Subject: x, Genesis: net.Genesis}) }
	hostile := "..\\x1b[2J\x1b]0;\xff\n..x.torrent"
	put(hostile, proofOf(atStart))
	put("film.torrent", []byte("d4:infod6:lengthi1e4:name1:x12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee"))
	put("readme.txt", proofOf(outside))
	if err := os.WriteFile(filepath.Join(string(dir), "x.torrent"), proofOf(outside), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../x.torrent", filepath.Join(dir.Proofs(), "link.torrent")); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir.Proofs())

	n := start(t, Options{Dir: dir, Genesis: net.Genesis})
	await(t, n, "the first is imported", func() bool { return n.ledger.Has(atStart.ID()) })
	put("later.torrent", proofOf(later))
	before["later.torrent"] = string(proofOf(later))
	await(t, n, "the second is imported", func() bool { return n.ledger.Has(later.ID()) })
	if n.ledger.Has(outside.ID()) {
		t.Error("a file that is not in the folder was imported")
	}
	await(t, n, "all is recorded", func() bool {
		list, err := n.Backend().Proofs(t.Context())
		return err == nil && len(list) == 3 && !slices.ContainsFunc(list, func(e api.ProofEntry) bool {
			return e.TxID == "" && e.File != "film.torrent"
		})
	})
	if after := contents(t, dir.Proofs()); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the folder was changed: %q", after)
	}
}

// contents are the names of a folder and what is in the files.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

// TestTenThousandProofs: a full folder is imported, looked at once, and what is
// beyond it is left alone and told.
func TestTenThousandProofs(t *testing.T) {
	net := ledgertest.NewNetwork(1, 1)
	dir := config.Folder(t.TempDir())
	if err := os.MkdirAll(dir.Proofs(), 0o700); err != nil {
		t.Fatal(err)
	}
	payment := net.Spend("", []tx.Outpoint{net.GenesisCoin(0)})
	content := encode(t, &proofs.Proof{Subject: payment, Genesis: net.Genesis})
	for i := range proofdir.MaxFiles + 1 {
		if err := os.WriteFile(filepath.Join(dir.Proofs(), fmt.Sprintf("%05d.torrent", i)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := start(t, Options{Dir: dir, Genesis: net.Genesis})
	for before := 0; before < proofdir.MaxFiles; before = n.proofs.Len() { // under the race detector that takes a minute
		await(t, n, "another is imported", func() bool { return n.proofs.Len() > before })
	}
	status, err := n.Status(t.Context())
	if err != nil || len(status.Problems) != 1 || !strings.Contains(status.Problems[0], "10000") {
		t.Errorf("%q %v", status.Problems, err)
	}
	await(t, n, "they are saved", func() bool {
		return len(proofdir.Open(dir.Proofs(), dir.ProofRecords()).Records()) == proofdir.MaxFiles
	})
}

// TestWhoIsNamedInAProof: private addresses are left out unless asked for, dialled
// by nobody but a neighbour, and with Tor nobody is.
func TestWhoIsNamedInAProof(t *testing.T) {
	b := &backend{peers: func() []string {
		return []string{"127.0.0.1:1", "10.0.0.1:1", "[fe80::1]:1", "8.8.8.8:1", "[::ffff:192.168.0.1]:1", "[2606:4700::1]:1", "name.example:1"}
	}}
	if got := b.proofPeers(false); !slices.Equal(got, []string{"8.8.8.8:1", "[2606:4700::1]:1"}) {
		t.Errorf("public: %v", got)
	}
	if got := b.proofPeers(true); len(got) != 6 {
		t.Errorf("all: %v", got)
	}
	for tracker, want := range map[string]bool{
		"udp://tracker.example:1337": true, "http://8.8.8.8/announce": true, "http://tracker.example./announce": true,
		"http://127.0.0.1/announce": false, "http://[::1]/announce": false, "http://localhost/announce": false,
		"http://router/announce": false, "http://nas.local/announce": false, "http://10.1/announce": false,
		"http://2130706433/announce": false, "http://x.localhost/announce": false, "udp://192.168.1.1:80": false,
	} {
		if got := publicTracker(tracker); got != want {
			t.Errorf("%s: public %v", tracker, got)
		}
		err := checkTrackers(api.ProofRequest{Trackers: []string{tracker}})
		if (err == nil) != want {
			t.Errorf("%s: %v", tracker, err)
		}
		if err := checkTrackers(api.ProofRequest{Trackers: []string{tracker}, Private: true}); err != nil {
			t.Errorf("%s, asked for: %v", tracker, err)
		}
	}
	if err := checkTrackers(api.ProofRequest{Trackers: slices.Repeat([]string{"udp://t.example:1"}, tx.MaxTrackers+1)}); !errors.Is(err, api.BadRequest) {
		t.Errorf("nine trackers: %v", err)
	}
}

// TestTorGoesNowhereThatAProofNames: neither its peers nor its trackers.
func TestTorGoesNowhereThatAProofNames(t *testing.T) {
	net := ledgertest.NewNetwork(1, 0)
	n := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis})
	n.seeker.tor = true
	payment := net.Spend("", []tx.Outpoint{net.GenesisCoin(0)})
	content := encode(t, &proofs.Proof{
		Subject: payment, Genesis: net.Genesis, Peers: []string{"127.0.0.1:1", "127.0.0.1:2"}, Trackers: []string{"http://127.0.0.1:1/announce"},
	})
	if _, err := n.Backend().ImportProof(t.Context(), content); err != nil {
		t.Fatal(err)
	}
	if got := n.book.All(); len(got) > 0 {
		t.Errorf("the address book has %v", got)
	}
	if len(n.seeker.announced) > 0 {
		t.Error("a tracker was asked")
	}
	l := &settings.Loaded{Settings: settings.Default()}
	l.Tor = "127.0.0.1:9050"
	hidden := &Node{opts: Options{Settings: l}}
	if got := hidden.allowed([]netip.AddrPort{netip.MustParseAddrPort("8.8.8.8:1")}); len(got) > 0 {
		t.Errorf("hints of a network file: %v", got)
	}

	n.seeker.tor = false
	if _, err := n.Backend().ImportProof(t.Context(), content); err != nil {
		t.Fatal(err)
	}
	if got := n.book.All(); len(got) != 2 || len(n.seeker.announced) != 1 {
		t.Errorf("without Tor: %v, %d announced", got, len(n.seeker.announced))
	}
}

// TestAnnouncedIsBounded: of more transactions than may be announced the oldest
// give way, and so many are sought and no more.
func TestAnnouncedIsBounded(t *testing.T) {
	net := ledgertest.NewNetwork(1, 0)
	n := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis})
	for i := range maxAnnounced + 1 {
		n.seeker.announce(wanted{id: tx.ID{byte(i), 1}, infohash: tx.Infohash{byte(i), 1}, trackers: []string{"http://127.0.0.1:1/announce"}})
	}
	if len(n.seeker.announced) != maxAnnounced || len(n.seeker.stops) != maxAnnounced || n.seeker.announced[0] != (tx.ID{1, 1}) {
		t.Errorf("%d announced, from %s", len(n.seeker.announced), n.seeker.announced[0])
	}
	for i := range maxSought {
		if !n.seeker.room(tx.ID{byte(i), byte(i >> 8), 2}) {
			t.Fatalf("no room for %d", i)
		}
	}
	if n.seeker.room(tx.ID{3}) {
		t.Errorf("more than %d are sought", maxSought)
	}
	if !n.seeker.room(tx.ID{1, 0, 2}) {
		t.Error("what is sought has no room")
	}
}
