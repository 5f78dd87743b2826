package tx

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/bencode"
)

// contentInfo is the info dictionary of a torrent that is no transaction.
func contentInfo() []byte {
	return []byte("d6:lengthi5e4:name5:hello12:piece lengthi16384e6:pieces20:" + strings.Repeat("p", 20) + "e")
}

// sampleFiles are files of every sort.
func sampleFiles(t testing.TB) map[string]*File {
	n := newNetwork(t, plainGenesis())
	pay := n.payment()
	peers := []string{"127.0.0.1:7474", "[2001:db8::1]:7474", "node.example.org:1"}
	return map[string]*File{
		"network":                   {Genesis: n.genesis, Peers: peers},
		"network with itself as tx": {Genesis: n.genesis, Tx: n.genesis},
		"transaction":               {Genesis: n.genesis, Tx: pay, Peers: peers[:1]},
		"transaction left out":      {Genesis: n.genesis, Info: InfoBytes(pay.Raw())},
		"content":                   {Genesis: n.genesis, Info: contentInfo()},
		"proof": {
			Genesis: n.genesis, Tx: pay, Peers: peers, Proof: []byte("d1:clee"),
			Trackers: []string{"udp://tracker.example:6969", "https://[2001:db8::1]/announce?key=1"},
		},
	}
}

func goldenFiles(t testing.TB) [][]byte {
	var all [][]byte
	for name, file := range sampleFiles(t) {
		b, err := file.Encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, b)
	}
	slices.SortFunc(all, bytes.Compare)
	return all
}

func TestFile_RoundTrip(t *testing.T) {
	for name, file := range sampleFiles(t) {
		b, err := file.Encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := DecodeFile(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(file.Info) == 0 {
			file.Info = file.defaultInfo()
		}
		if !reflect.DeepEqual(got, file) {
			t.Errorf("%s: %+v, want %+v", name, got, file)
		}
	}
}

func TestFile_Identities(t *testing.T) {
	files := sampleFiles(t)
	pay := files["transaction"].Tx
	for name, want := range map[string]struct {
		id      ID
		tx, net bool
	}{
		"network":              {files["network"].Genesis.ID(), true, true},
		"transaction":          {pay.ID(), true, false},
		"transaction left out": {pay.ID(), true, false},
		"content":              {ID{}, false, false},
	} {
		file := files[name]
		if len(file.Info) == 0 {
			file.Info = file.defaultInfo()
		}
		id, ok := file.TxID()
		if id != want.id || ok != want.tx || file.IsNetwork() != want.net {
			t.Errorf("%s: id %s %v, network %v", name, id, ok, file.IsNetwork())
		}
	}
	if got := files["transaction left out"].Infohash(); got != pay.Infohash() {
		t.Errorf("infohash %s, want %s", got, pay.Infohash())
	}
}

// TestFile_PlainClientsReadIt: a general bencode library finds the info
// dictionary where every BitTorrent client looks for it.
func TestFile_PlainClientsReadIt(t *testing.T) {
	files := sampleFiles(t)
	b, err := files["transaction"].Encode()
	if err != nil {
		t.Fatal(err)
	}
	var torrent struct {
		Info bencode.RawMessage `bencode:"info"`
	}
	if err := bencode.DecodeBytes(b, &torrent); err != nil {
		t.Fatal(err)
	}
	if sha1.Sum(torrent.Info) != files["transaction"].Tx.Infohash() {
		t.Error("another infohash")
	}
}

// TestFile_PassesOverOtherKeys: clients and editors add keys of their own.
func TestFile_PassesOverOtherKeys(t *testing.T) {
	file := sampleFiles(t)["transaction"]
	b, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	m := split(t, b)
	m["announce"] = bstr("http://tracker.example/announce")
	m["creation date"] = "i-5e"
	m["zz"] = blist("de", "le", "i7e", "d1:aleze"[:6]+"e")
	inner := split(t, []byte(m["ttx"]))
	inner["later"] = blist("i1e")
	m["ttx"] = inner.join()
	got, err := DecodeFile([]byte(m.join()))
	if err != nil {
		t.Fatal(err)
	}
	if got.Tx.ID() != file.Tx.ID() || got.Genesis.ID() != file.Genesis.ID() {
		t.Error("another file")
	}
}

func fileRefusals(t testing.TB) []refusal {
	n := newNetwork(t, plainGenesis())
	pay := n.payment()
	other := plainGenesis()
	other.Time++
	newNetwork(t, other)
	raw, err := (&File{Genesis: n.genesis, Tx: pay}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	outer := split(t, raw)
	inner := split(t, []byte(outer["ttx"]))
	ttx := func(name string, want ErrorKind, changes entries) refusal {
		return refusal{name, outer.with(entries{"ttx": inner.with(changes).join()}).join(), want}
	}
	peers := func(p ...string) entries {
		s := ""
		for _, peer := range p {
			s += bstr(peer)
		}
		return entries{"peers": blist(s)}
	}
	otherID := other.ID()
	return []refusal{
		{"nothing", "", ErrFile},
		{"not bencode", "hello", ErrFile},
		{"bytes after the end", string(raw) + "e", ErrFile},
		{"no info", outer.with(entries{"info": ""}).join(), ErrFile},
		{"info is a list", outer.with(entries{"info": "le"}).join(), ErrFile},
		{"no ttx: any other torrent", outer.with(entries{"ttx": ""}).join(), ErrNoNetwork},
		{"ttx is a string", outer.with(entries{"ttx": "3:abc"}).join(), ErrFile},
		{"info twice", "d4:infode4:infodee", ErrFile},
		{"keys out of order", "d3:ttxde4:infodee", ErrFile},
		{"unknown key never ends", "d1:a" + strings.Repeat("l", 5000), ErrFile},
		{"unknown key nested deeply", "d1:a" + strings.Repeat("l", 5000) + strings.Repeat("e", 5000) + "e", ErrFile},
		ttx("no g", ErrFile, entries{"g": ""}),
		ttx("no net", ErrFile, entries{"net": ""}),
		ttx("net of another", ErrFile, entries{"net": bstr(string(otherID[:]))}),
		ttx("net of 20 bytes", ErrFile, entries{"net": bstr(string(otherID[:20]))}),
		ttx("g of another", ErrFile, entries{"g": bstr(string(other.Raw()))}),
		ttx("g is a payment", ErrFile, entries{"g": bstr(string(pay.Raw())), "net": bstr(string(pay.id[:]))}),
		ttx("g is empty", ErrEncoding, entries{"g": "0:"}),
		ttx("tx of another torrent", ErrFile, entries{"tx": bstr(string(n.genesis.Raw()))}),
		ttx("tx is ill-formed", ErrEncoding, entries{"tx": bstr(string(pay.Raw()) + "e")}),
		ttx("tx is empty", ErrEncoding, entries{"tx": "0:"}),
		ttx("9 peers", ErrFile, peers(slices.Repeat([]string{"a:1"}, 9)...)),
		ttx("peer without port", ErrPeer, peers("example.org")),
		ttx("peers as string", ErrFile, entries{"peers": "3:a:1"}),
		ttx("proof is a list", ErrFile, entries{"proof": "le"}),
		ttx("proof never ends", ErrFile, entries{"proof": "d1:c"}),
		{"9 trackers in 9 tiers", outer.with(trackers(9, 1)).join(), ErrTracker},
		{"9 trackers in one tier", outer.with(trackers(1, 9)).join(), ErrTracker},
		{"trackers as strings", outer.with(entries{"announce-list": blist(bstr("udp://a:1"))}).join(), ErrTracker},
		{"tracker of another scheme", outer.with(entries{"announce-list": blist(blist(bstr("file:///etc/passwd")))}).join(), ErrTracker},
		{"9 trackers of another client", outer.with(entries{"ttx": ""}).with(trackers(9, 1)).join(), ErrNoNetwork},
	}
}

// trackers are tiers of trackers.
func trackers(tiers, each int) entries {
	tier := blist(strings.Repeat(bstr("udp://tracker.example:6969"), each))
	return entries{"announce-list": blist(strings.Repeat(tier, tiers))}
}

func TestCheckTracker(t *testing.T) {
	for _, good := range []string{
		"udp://tracker.example:6969", "http://a/announce", "https://user@a:1/x?y=z", "ws://[::1]:8000", "wss://a",
		"http://a/" + strings.Repeat("a", MaxTrackerSize-9),
	} {
		if err := CheckTracker(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "tracker.example", "udp://", "udp:///announce", "ftp://a", "javascript:alert(1)", "http://a/ b", "http://a\n",
		"http://\x1b[31m", "http://é.org", "http://a:port", "http://a/" + strings.Repeat("a", MaxTrackerSize-8),
	} {
		if err := CheckTracker(bad); !errors.Is(err, ErrTracker) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDecodeFile_Refuses(t *testing.T) {
	for _, c := range fileRefusals(t) {
		if _, err := DecodeFile([]byte(c.raw)); KindOf(err) != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := DecodeFile(make([]byte, MaxFileSize+1)); !errors.Is(err, ErrFile) {
		t.Errorf("too large: %v", err)
	}
}

// TestDecodeFile_ForeignGenesisAsTx: the torrent of another network's genesis
// does not pass for a transaction of this one.
func TestDecodeFile_ForeignGenesisAsTx(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	other := plainGenesis()
	other.Time++
	newNetwork(t, other)
	_, err := (&File{Genesis: n.genesis, Tx: other}).Encode()
	wantKind(t, err, ErrFile)
}

func TestFile_EncodeRefuses(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	pay := n.payment()
	for name, c := range map[string]struct {
		file File
		want ErrorKind
	}{
		"no genesis":       {File{}, ErrFile},
		"unsealed genesis": {File{Genesis: plainGenesis()}, ErrUnsealed},
		"unsealed tx":      {File{Genesis: n.genesis, Tx: sized(1)}, ErrUnsealed},
		"payment for g":    {File{Genesis: pay}, ErrFile},
		"info of another":  {File{Genesis: n.genesis, Tx: pay, Info: contentInfo()}, ErrFile},
		"broken info":      {File{Genesis: n.genesis, Info: []byte("d1:a")}, ErrFile},
		"two infos":        {File{Genesis: n.genesis, Info: []byte("dede")}, ErrFile},
		"bad peer":         {File{Genesis: n.genesis, Peers: []string{"x"}}, ErrPeer},
		"bad tracker":      {File{Genesis: n.genesis, Trackers: []string{"x"}}, ErrTracker},
		"9 trackers":       {File{Genesis: n.genesis, Trackers: slices.Repeat([]string{"udp://a:1"}, 9)}, ErrTracker},
		"broken proof":     {File{Genesis: n.genesis, Proof: []byte("d1:c")}, ErrFile},
		"too large": {File{Genesis: n.genesis, Info: slices.Concat(
			[]byte("d1:a8388608:"), make([]byte, 8388608), []byte("e"))}, ErrFile},
	} {
		if _, err := c.file.Encode(); KindOf(err) != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestCheckPeer(t *testing.T) {
	for _, good := range []string{
		"127.0.0.1:1", "10.0.0.1:65535", "[::1]:7474", "[2001:db8::1]:80", "example.org:7474",
		"localhost:1", "a.b-c.d_e:9", "example.org.:7", strings.Repeat("a", 63) + ".b:5",
	} {
		if err := CheckPeer(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", ":", ":7474", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1",
		"127.0.0.1:+1", "127.0.0.1:080", "127.0.0.1:http", "::1:7474", "[::1%eth0]:7474", "[::1]", "[]:1",
		"a..b:1", "-a.b:1", "a-.b:1", "exa mple:1", "example.org:1\n", "http://a:1", "../a:1", "a/b:1",
		"é.org:1", "a\x00b:1", strings.Repeat("a", 64) + ":1", strings.Repeat("a.", 127) + "a:1",
	} {
		if err := CheckPeer(bad); !errors.Is(err, ErrPeer) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTorrent(t *testing.T) {
	raw := newNetwork(t, plainGenesis()).payment().Raw()
	info := InfoBytes(raw)
	id, infohash := Identify(raw)
	if id != sha256.Sum256(info) || infohash != sha1.Sum(info) {
		t.Error("Identify is not the hashes of InfoBytes")
	}
	var z struct {
		Length      int    `bencode:"length"`
		Name        string `bencode:"name"`
		PieceLength int    `bencode:"piece length"`
		Pieces      string `bencode:"pieces"`
	}
	if err := bencode.DecodeBytes(info, &z); err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseInfo(info)
	if err != nil || parsed.Size != z.Length || parsed.Size != len(raw) || z.PieceLength != 16384 {
		t.Errorf("ParseInfo: %+v, %v", parsed, err)
	}
	if string(parsed.Piece[:]) != z.Pieces || parsed.Hash != sha256.Sum256(raw) {
		t.Error("hashes differ")
	}
	if again, err := bencode.EncodeBytes(z); err != nil || !bytes.Equal(again, info) {
		t.Error("the info dictionary is not canonical")
	}
	if err := CheckInfo(info, id); err != nil {
		t.Error(err)
	}
	wantKind(t, CheckInfo(info, ID{}), ErrTorrent)
}

func TestParseInfo_Refuses(t *testing.T) {
	good := string(InfoBytes([]byte("some transaction")))
	swap := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, info := range map[string]string{
		"nothing":          "",
		"content":          string(contentInfo()),
		"a key more":       good[:len(good)-1] + "7:privatei1ee",
		"bytes after":      good + "e",
		"length of 0":      swap("lengthi16e", "lengthi0e"),
		"length of 16385":  swap("lengthi16e", "lengthi16385e"),
		"piece length":     swap("piece lengthi16384e", "piece lengthi32768e"),
		"other extension":  swap(".ttx", ".txt"),
		"not hexadecimal":  swap("name68:", "name68:zz")[:len(good)],
		"upper case name":  strings.Replace(good, good[25:89], strings.ToUpper(good[25:89]), 1),
		"path in the name": swap(good[25:35], "../../../a"),
		"two pieces":       strings.Replace(good, "pieces20:", "pieces40:"+strings.Repeat("p", 20), 1),
	} {
		if _, err := ParseInfo([]byte(info)); !errors.Is(err, ErrTorrent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeTorrent(t *testing.T) {
	pay := newNetwork(t, plainGenesis()).payment()
	if tx, err := DecodeTorrent(InfoBytes(pay.Raw()), pay.Raw()); err != nil || tx.ID() != pay.ID() {
		t.Error(err)
	}
	_, err := DecodeTorrent(InfoBytes(pay.Raw()), append(slices.Clone(pay.Raw()), 'e'))
	wantKind(t, err, ErrTorrent)
	_, err = DecodeTorrent(InfoBytes([]byte("de")), []byte("de"))
	wantKind(t, err, ErrKind)
}
