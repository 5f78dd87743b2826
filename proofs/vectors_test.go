package proofs

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// go test ./proofs -run Golden -update writes testdata anew. A change there is
// a change of the format, or of what is said to be proven.
var update = flag.Bool("update", false, "write the golden vectors anew")

const specFile = "../docs/spec/proof.md"

// vector is one golden file: what Verify must say, or why it must refuse.
type vector struct {
	// File is in testdata, a torrent that any client opens unless it is not one.
	File string `json:"file"`
	Note string `json:"note"`
	// Network is the network asked for, if any.
	Network *tx.ID `json:"network,omitempty"`
	// Refused is the kind of the refusal; empty with a verdict.
	Refused ErrorKind `json:"refused,omitempty"`
	Verdict *Verdict  `json:"verdict,omitempty"`
	Proven  []string  `json:"proven,omitempty"`
	Missing []string  `json:"missing,omitempty"`

	raw []byte
}

// set makes vectors.
type set struct {
	t   testing.TB
	all []vector
}

func (s *set) add(name, note string, raw []byte, network *tx.ID, refused ErrorKind) {
	s.all = append(s.all, vector{File: name + ".torrent", Note: note, Network: network, Refused: refused, raw: raw})
}

func (s *set) pass(name, note string, p *Proof) {
	b, err := p.Encode()
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	s.add(name, note, b, nil, "")
}

// fail adds a file that is made without any check of ours.
func (s *set) fail(name, note string, p *Proof, refused ErrorKind) {
	s.add(name, note, unchecked(s.t, p, p.body()), nil, refused)
}

// body adds a file with the given bytes for `proof`.
func (s *set) body(name, note string, p *Proof, body string) {
	s.add(name, note, unchecked(s.t, p, []byte(body)), nil, ErrMalformed)
}

func unchecked(t testing.TB, p *Proof, body []byte) []byte {
	t.Helper()
	file := tx.File{Genesis: p.Genesis, Tx: p.Subject, Proof: []byte("de")}
	b, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 0 {
		body = append([]byte("5:proof"), body...)
	}
	return bytes.Replace(b, []byte("5:proofde"), body, 1)
}

func goldenVectors(t testing.TB) []vector {
	s := &set{t: t}
	n := newScene()
	s.true(n)
	s.conflicts()
	s.foreign(n)
	s.malformed(n)
	s.disordered(n)
	s.forged(n)
	s.misstated(n)
	return s.all
}

// true are proofs that hold.
func (s *set) true(n *scene) {
	s.pass("genesis", "the network file is the proof of its genesis", n.proof(n.Network.Genesis))
	s.pass("payment", "a payment of the genesis, and nothing said of it", n.proof(n.first))
	s.pass("whole", "everything there is: confirmed by the rule", n.whole(n.second))
	s.pass("witnessed", "the ancestor, and two votes", n.proof(n.second, n.first, n.votes[4], n.votes[5]))
	s.pass("gap", "the ancestor is missing", n.proof(n.second, n.votes[4]))
	s.pass("chain-of-another", "a valid chain, of another transaction", n.proof(n.second, n.third, n.votes[6]))
	s.pass("witness", "the subject is a vote", n.proof(n.votes[0], n.first))
	settled, claimed, few := n.proof(n.second, n.later...), n.proof(n.second, n.later...), n.proof(n.second, n.later...)
	for i, w := range n.later {
		n.state(s.t, settled, w, true, n.second)
		n.state(s.t, claimed, w, false, n.second)
		if i < 2 {
			n.state(s.t, few, w, true, n.second)
		}
	}
	s.pass("claims", "three of four voters claim a state in which it is confirmed", settled)
	s.pass("claims-of-set", "three of four voters claim to hold it", claimed)
	s.pass("claims-of-half", "two of four voters: not enough", few)
	addressed := n.proof(n.second, n.first)
	addressed.Peers = []string{"192.0.2.7:7478", "[2001:db8::1]:7478", "node.example.org:7478"}
	addressed.Trackers = []string{"udp://tracker.example.org:6969", "https://tracker.example.org/announce"}
	s.pass("addresses", "peers and trackers", addressed)
}

func (s *set) conflicts() {
	w := newWorld(2, 4)
	a, b := w.pay("a", w.Network.Genesis), w.pay("b", w.Network.Genesis)
	w.vote([]*tx.Tx{a}, 0, 1)
	w.vote([]*tx.Tx{b}, 2, 3)
	s.pass("conflict", "two spends of one coin, two votes each", w.whole(a))
	s.pass("conflict-of-ancestor", "a payment on one of them", w.whole(w.pay("child", a)))
	n := newScene()
	rival := n.add(n.Spend("rival", []tx.Outpoint{ledgertest.Coin(n.first)}, n.first))
	s.pass("rival-dead", "a rival that lost", n.whole(n.second))
	s.pass("rejected", "the rival itself", n.whole(rival))
	n.add(n.Fork(0, n.third))
	s.pass("fork", "a voter signed twice", n.whole(n.second))
	n.add(n.Fork(1, n.third))
	s.pass("alarm", "half of the stake signed twice: nothing is final", n.whole(n.second))
}

// foreign are files of others.
func (s *set) foreign(n *scene) {
	content := "d4:infod6:lengthi5e4:name5:hello12:piece lengthi16384e6:pieces20:" + strings.Repeat("p", 20) + "e"
	s.add("not-a-torrent", "a picture", []byte("\x89PNG\r\n\x1a\n"), nil, ErrNotProof)
	s.add("empty", "no bytes", nil, nil, ErrNotProof)
	s.add("another-client", "a torrent of another client, with trackers as others write them",
		[]byte("d8:announce20:http://a.example/ann13:announce-listl20:http://a.example/anne7:comment2:hi"+content[1:]+"e"), nil, ErrNotProof)
	s.add("another-client-unsorted", "a torrent of a careless client", []byte(content+"7:comment2:hie"), nil, ErrNotProof)
	file := tx.File{Genesis: n.Network.Genesis, Info: []byte(content[7:])}
	b, err := file.Encode()
	if err != nil {
		s.t.Fatal(err)
	}
	s.add("no-transaction", "a torrent of the network that is no transaction's", b, nil, ErrNotProof)
	other := newWorld(3, 4).Network.Genesis.ID()
	s.add("another-network", "a true proof, of another network than the one asked for", unchecked(s.t, n.whole(n.second), n.whole(n.second).body()), &other, ErrNetwork)
}

// malformed are files that do not follow the format.
func (s *set) malformed(n *scene) {
	p := n.proof(n.second, n.first)
	good := unchecked(s.t, p, p.body())
	raw := string(appendBytes(nil, n.first.Raw()))
	s.add("cut", "the end is missing", good[:len(good)-40], nil, ErrMalformed)
	s.add("more", "bytes after the end", append(bytes.Clone(good), 'e'), nil, ErrMalformed)
	s.add("another-transaction", "`tx` is not the torrent's", bytes.Replace(good,
		appendBytes([]byte("2:tx"), n.second.Raw()), appendBytes([]byte("2:tx"), n.third.Raw()), 1), nil, ErrMalformed)
	s.body("chain-is-a-string", "`c` is no list", p, "d1:c3:abce")
	s.body("chain-of-numbers", "a number in `c`", p, "d1:cli5eee")
	s.body("ill-formed-transaction", "a transaction that is not canonical", p, "d1:cl5:d1:veee")
	s.body("empty-chain", "`c` has nothing, and has to be left out", p, "d1:clee")
	s.body("empty-proof", "`proof` has nothing, and has to be left out", p, "de")
	s.body("unknown-key", "a key that is not of the format", p, "d1:cl"+raw+"e1:zi1ee")
	s.body("key-twice", "one key twice", p, "d1:cl"+raw+"e1:clee")
	s.body("zero-in-front", "a number that is not canonical", p, "d1:cl0"+raw+"ee")
	s.body("number-too-large", "a length beyond any file", p, "d1:cl99999999999999999999:aee")
	s.body("nested", "lists in lists", p, "d1:c"+strings.Repeat("l", 30)+strings.Repeat("e", 30)+"e")
	s.add("nested-deeply", "so many that a reader may run out of stack", bytes.Replace(good, []byte("5:proof"),
		[]byte("5:extra"+strings.Repeat("l", 10000)+strings.Repeat("e", 10000)+"5:proof"), 1), nil, ErrMalformed)
	eight := strings.Repeat("3:a:1", 9)
	s.add("nine-peers", "more peers than eight", bytes.Replace(good, []byte("5:proof"), []byte("5:peersl"+eight+"e5:proof"), 1), nil, ErrMalformed)
	nine := strings.Repeat("l9:udp://a:1e", 9)
	s.add("nine-trackers", "more trackers than eight", append([]byte("d13:announce-listl"+nine+"e"), good[1:]...), nil, ErrMalformed)
	s.add("file-tracker", "a tracker that is a file", append([]byte("d13:announce-listll18:file:///etc/passwdee"), good[1:]...), nil, ErrMalformed)
	s.add("peer-is-a-path", "a peer that would be a path", bytes.Replace(good, []byte("5:proof"), []byte("5:peersl13:../../../../ae5:proof"), 1), nil, ErrMalformed)
}

// disordered are proofs whose parts do not fit together.
func (s *set) disordered(n *scene) {
	chain := func(txs ...*tx.Tx) *Proof {
		return &Proof{Subject: n.second, Genesis: n.Network.Genesis, Chain: txs}
	}
	s.fail("transaction-twice", "one transaction twice", chain(n.first, n.first), ErrMalformed)
	s.fail("subject-in-chain", "the subject again", chain(n.first, n.second), ErrMalformed)
	s.fail("genesis-in-chain", "the genesis again", chain(n.Network.Genesis), ErrMalformed)
	s.fail("child-first", "a child before its parent", chain(n.votes[0], n.first), ErrMalformed)
	s.fail("child-before-subject", "a child of the subject before a parent of it", chain(n.votes[4], n.first), ErrMalformed)
	path := n.path(s.t, n.later[0].Claim.TRoot, n.depthKey(n.second))
	with := func(st ...Statement) *Proof {
		p := n.proof(n.second, append([]*tx.Tx{n.first}, n.later...)...)
		p.Statements = st
		return p
	}
	one := Statement{Witness: 1, T: []trie.Proof{path}}
	s.fail("statement-of-nobody", "a statement of a witness that is not there", with(Statement{Witness: 9, T: one.T}), ErrMalformed)
	s.fail("statement-of-a-transfer", "a statement of what is no witness", with(Statement{T: one.T}), ErrMalformed)
	s.fail("statement-twice", "two statements of one witness", with(one, one), ErrMalformed)
	s.fail("statement-empty", "a statement without a path", with(Statement{Witness: 1}), ErrMalformed)
	s.fail("path-twice", "one path twice", with(Statement{Witness: 1, T: []trie.Proof{path, path}}), ErrMalformed)
	exclusion := n.roots[n.later[0].Claim.TRoot].Prove(trie.DepthKey(9, n.second.ID()))
	s.fail("path-of-exclusion", "a path that shows an absence", with(Statement{Witness: 1, T: []trie.Proof{exclusion}}), ErrMalformed)
	stranger := n.path(s.t, n.later[0].Claim.TRoot, n.depthKey(n.votes[0]))
	s.fail("path-of-a-stranger", "a path about what is not in the file", with(Statement{Witness: 1, T: []trie.Proof{stranger}}), ErrMalformed)
	var rivals []*tx.Tx
	for i := range MaxRivals {
		rivals = append(rivals, n.Spend(strings.Repeat("r", i+1), []tx.Outpoint{n.GenesisCoin(0)}))
	}
	s.fail("rivals", "65 transactions spend one output", &Proof{Subject: n.first, Genesis: n.Network.Genesis, Chain: rivals}, ErrTooLarge)
}

// forged are proofs with something in them that is not genuine.
func (s *set) forged(n *scene) {
	decode := func(raw []byte) *tx.Tx {
		t, err := tx.Decode(raw)
		if err != nil {
			s.t.Fatal(err)
		}
		return t
	}
	subject := func(t *tx.Tx, chain ...*tx.Tx) *Proof {
		return &Proof{Subject: t, Genesis: n.Network.Genesis, Chain: chain}
	}
	s.fail("forged-payment", "the subject's signature", subject(decode(ledgertest.Forge(n.first))), ErrForged)
	s.fail("forged-ancestor", "an ancestor's signature",
		subject(n.Spend("on a forged one", []tx.Outpoint{n.GenesisCoin(1)}, decode(ledgertest.Forge(n.first))), decode(ledgertest.Forge(n.first))), ErrForged)
	s.fail("forged-witness", "a voter's signature", subject(n.second, n.first, decode(ledgertest.Forge(n.votes[4]))), ErrForged)
	other := newWorld(4, 5)
	stolen := other.Vote(4, n.first)
	s.fail("no-voter", "a witness of one who is no voter", subject(n.first, stolen), ErrForged)
	same := newWorld(5, 4)
	s.fail("vote-of-another-network", "a voter's witness for another network", subject(n.first, same.Vote(0, n.first)), ErrForged)
	s.fail("burns-too-little", "a payment that burns too little", subject(n.Burning("cheap", 1, n.GenesisCoin(2))), ErrInvalid)
	missing := *n.second
	missing.In = []tx.Outpoint{{Tx: n.first.ID(), Index: 7}}
	if err := missing.Seal(); err != nil {
		s.t.Fatal(err)
	}
	s.fail("no-such-output", "a payment out of nothing", subject(&missing, n.first), ErrInvalid)
	infohash := *n.second
	infohash.ParentHashes = append([]tx.Infohash{{1}}, n.second.ParentHashes[1:]...)
	if err := infohash.Seal(); err != nil {
		s.t.Fatal(err)
	}
	s.fail("wrong-infohash", "a parent under another infohash", subject(&infohash, n.first), ErrInvalid)
}

// misstated are statements that do not hold.
func (s *set) misstated(n *scene) {
	w := n.later[0]
	with := func(st Statement) *Proof {
		p := n.proof(n.second, n.first, w)
		st.Witness = 1
		p.Statements = []Statement{st}
		return p
	}
	t := func(path trie.Proof) Statement { return Statement{T: []trie.Proof{path}} }
	u := func(path trie.Proof) Statement { return Statement{U: []trie.Proof{path}} }
	key, coin := n.depthKey(n.second), keyOf(ledgertest.Coin(n.second))
	s.fail("unknown-root", "a path under a root that the voter did not sign", with(t(n.path(s.t, n.t.Root(), key))), ErrStatement)
	s.fail("unknown-u-root", "the same for outputs", with(u(trie.Trie{}.Insert(coin, n.second.Out[0].Amount).Prove(coin))), ErrStatement)
	altered := n.path(s.t, w.Claim.TRoot, key)
	altered.Weight++
	s.fail("another-burn", "a path that gives another burn", with(t(altered)), ErrStatement)
	amount := n.path(s.t, w.Claim.URoot, coin)
	amount.Weight++
	s.fail("another-amount", "a path that gives another amount", with(u(amount)), ErrStatement)
	s.lying(n, "burn-lie", "the voter signed a set in which it burns something else", trie.Trie{}.Insert(key, 1), trie.Trie{}, key)
	s.lying(n, "amount-lie", "the voter signed a state in which it pays something else", trie.Trie{}, trie.Trie{}.Insert(coin, 1), coin)
	deep := trie.DepthKey(MaxDepth, n.second.ID())
	s.lying(n, "depth-lie", "the voter signed an impossible depth", trie.Trie{}.Insert(deep, n.second.Burn(n.find)), trie.Trie{}, deep)
}

// lying adds the statement of a voter that signed roots which are not true.
func (s *set) lying(n *scene, name, note string, t, u trie.Trie, key trie.Key) {
	liar := newScene()
	w := liar.Claim(3, &tx.Claim{TRoot: t.Root(), URoot: u.Root()}, liar.second)
	p := &Proof{Subject: n.second, Genesis: n.Network.Genesis, Chain: []*tx.Tx{n.first, w}}
	st := Statement{Witness: 1}
	if t.Count() > 0 {
		st.T = []trie.Proof{t.Prove(key)}
	} else {
		st.U = []trie.Proof{u.Prove(key)}
	}
	p.Statements = []Statement{st}
	s.fail(name, note, p, ErrStatement)
}

// check judges a vector and returns it with what was found.
func (v vector) check() vector {
	v.Refused, v.Verdict, v.Proven, v.Missing = "", nil, nil, nil
	p, err := Decode(v.raw)
	if err == nil {
		var verdict Verdict
		if verdict, err = p.Verify(Options{Network: v.Network}); err == nil {
			v.Verdict, v.Proven, v.Missing = &verdict, verdict.Words(), verdict.Missing()
		}
	}
	v.Refused = KindOf(err)
	return v
}

func TestGolden(t *testing.T) {
	vectors := goldenVectors(t)
	for i, v := range vectors {
		found := v.check()
		if found.Refused != v.Refused {
			t.Errorf("%s: refused as %q, want %q", v.File, found.Refused, v.Refused)
		}
		vectors[i] = found
	}
	list, err := json.MarshalIndent(vectors, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, '\n')
	if *update {
		write(t, "vectors.json", list)
	}
	if got := read(t, "vectors.json"); !bytes.Equal(got, list) {
		t.Error("the code does not make testdata/vectors.json any more")
	}
	for _, v := range vectors {
		if *update {
			write(t, v.File, v.raw)
		}
		if got := read(t, v.File); !bytes.Equal(got, v.raw) {
			t.Errorf("the code does not make testdata/%s any more", v.File)
		}
	}
}

// TestGolden_Spec: the specification lists every vector and the reason of each
// refusal.
func TestGolden_Spec(t *testing.T) {
	spec, err := os.ReadFile(specFile)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(read(t, "vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		says := string(v.Refused)
		if v.Verdict != nil {
			says = string(v.Verdict.Level)
		}
		line := "| `" + strings.TrimSuffix(v.File, ".torrent") + "` | " + v.Note + " | " + says + " |\n"
		if !strings.Contains(string(spec), line) {
			t.Errorf("docs/spec/proof.md lacks: %s", line)
		}
	}
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(filepath.Join("testdata", name), b, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
