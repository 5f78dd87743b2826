package tx

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// go test ./ledger/tx -run Golden -update rewrites testdata and the examples
// in the specification from the code. A change there is a change of consensus.
var update = flag.Bool("update", false, "rewrite the golden vectors")

const specFile = "../../docs/spec/transaction.md"

// vector is one transaction with everything computed from it.
type vector struct {
	Name string `json:"name"`
	Note string `json:"note"`
	Size int    `json:"size"`
	Raw  string `json:"raw"`
	// Info is the info dictionary of its torrent.
	Info     string `json:"info"`
	TxID     string `json:"txid"`
	Infohash string `json:"infohash"`
	// Messages are what its signatures sign: one for each input, or one.
	Messages []string `json:"messages,omitempty"`

	tx *Tx
}

type vectorFile struct {
	Note         string            `json:"note"`
	Secrets      map[string]string `json:"secrets"`
	Transactions []vector          `json:"transactions"`
}

// goldenVectors builds a network with one transaction of every sort.
func goldenVectors(t testing.TB) []vector {
	n := newNetwork(t, plainGenesis())
	var all []vector
	add := func(name, note string, tx *Tx) *Tx {
		t.Helper()
		n.add(tx)
		if err := n.verify(tx); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, newVector(n, name, note, tx))
		return tx
	}
	g := add("genesis", "two outputs, two voters", n.genesis)
	pay := add("payment", "alice pays bob; the change returns to her", n.payment())
	vote := add("vote", "voter a, number 0, on the payment", n.vote("voter a", 0, pay.Time+300, pay.ID()))
	escrow := n.draft(g, []Output{
		{Amount: 300 * TTX, Lock: ThresholdLock(2, KeyLock(keyOf("alice")), KeyLock(keyOf("bob")), KeyLock(keyOf("carol")))},
		{Amount: 100 * TTX, Lock: swapLock()},
	}, 1)
	escrow.Time = vote.Time + 500
	escrow.Memo = "escrow and swap — 2 locks"
	escrow.Refs = []ID{pay.ID(), vote.ID()}
	add("escrow", "bob locks money: two of three keys; a swap", n.sign(n.link(escrow), "bob"))
	claim := n.draft(escrow, []Output{{Amount: 399 * TTX, Lock: KeyLock(keyOf("carol"))}}, 0, 1)
	claim.Extras = []Extra{{Kind: "note-1", Data: []byte{0, 255}}, {Kind: "note-1"}}
	secrets := Secrets{Key: signerOf("bob", "carol"), Preimage: func(h [32]byte) ([32]byte, bool) {
		return preimageOf(7), h == preimageHash(7)
	}}
	if err := claim.SignWith(g.ID(), n.spent(claim), secrets); err != nil {
		t.Fatal(err)
	}
	add("claim", "bob and carol open the escrow, bob the swap by its preimage", claim)
	second := n.link(&Tx{
		Kind: KindWitness, Time: claim.Time + 1, Voter: keyOf("voter a"), Seq: 1,
		Refs: []ID{vote.ID(), claim.ID()}, Claim: &Claim{TRoot: [32]byte{1}, URoot: [32]byte{2}},
	})
	if err := second.SignWitness(g.ID(), secret("voter a")); err != nil {
		t.Fatal(err)
	}
	add("second-vote", "voter a, number 1, with the roots it holds", second)
	return all
}

func newVector(n *network, name, note string, tx *Tx) vector {
	v := vector{
		Name: name, Note: note, Size: len(tx.Raw()), tx: tx,
		Raw: hex.EncodeToString(tx.Raw()), Info: hex.EncodeToString(InfoBytes(tx.Raw())),
		TxID: tx.ID().String(), Infohash: tx.Infohash().String(),
	}
	message := func(msg [32]byte) { v.Messages = append(v.Messages, hex.EncodeToString(msg[:])) }
	for i, w := range tx.Witnesses {
		message(tx.InputHash(n.genesis.ID(), i, w))
	}
	if tx.Kind == KindWitness {
		message(tx.VoteHash(n.genesis.ID()))
	}
	return v
}

// example is the vector as it stands in the specification.
func (v vector) example() string {
	var b strings.Builder
	fmt.Fprintf(&b, "size      %d\ntxid      %s\ninfohash  %s\n", v.Size, v.TxID, v.Infohash)
	for _, m := range v.Messages {
		fmt.Fprintf(&b, "message   %s\n", m)
	}
	b.WriteString("raw")
	for chunk := range slices.Chunk([]byte(v.Raw), 88) {
		fmt.Fprintf(&b, "\n  %s", chunk)
	}
	return b.String()
}

func goldenFile(t *testing.T) vectorFile {
	f := vectorFile{
		Note:         "Made by ledger/tx: go test -run Golden -update. Later transactions spend or reference earlier ones.",
		Secrets:      map[string]string{},
		Transactions: goldenVectors(t),
	}
	for _, name := range []string{"alice", "bob", "carol", "voter a", "voter b"} {
		f.Secrets[name] = hex.EncodeToString(secret(name).Serialize())
	}
	return f
}

// refusedVector is a refusal as other implementations can read it.
type refusedVector struct {
	Name  string `json:"name"`
	Raw   string `json:"raw"`
	Error string `json:"error"`
}

func refusedVectors(t *testing.T) []refusedVector {
	var all []refusedVector
	for _, c := range refusals(t) {
		if len(c.raw) < 1024 {
			all = append(all, refusedVector{c.name, hex.EncodeToString([]byte(c.raw)), string(c.want)})
		}
	}
	return all
}

// addressVector is a key with its address, or a text that is none.
type addressVector struct {
	Key     string `json:"key,omitempty"`
	Address string `json:"address"`
	Error   string `json:"error,omitempty"`
}

func addressVectors() []addressVector {
	var all []addressVector
	for _, name := range []string{"alice", "bob", "carol"} {
		all = append(all, addressVector{Key: keyOf(name).String(), Address: EncodeAddress(keyOf(name))})
	}
	for _, c := range addressRefusals() {
		all = append(all, addressVector{Address: c.raw, Error: string(c.want)})
	}
	return all
}

// fileVector is a torrent file and, where it holds the transaction, the magnet
// link to the same torrent.
type fileVector struct {
	File   string `json:"file"`
	Magnet string `json:"magnet,omitempty"`
}

func networkVectors(t *testing.T) map[string]fileVector {
	all := map[string]fileVector{}
	for name, f := range sampleFiles(t) {
		b, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		made := fileVector{File: hex.EncodeToString(b)}
		for _, tx := range []*Tx{f.Genesis, f.Tx} {
			if tx != nil && bytes.Contains(b, InfoBytes(tx.Raw())) {
				made.Magnet = tx.Magnet(f.Peers...).String()
			}
		}
		all[name] = made
	}
	return all
}

func TestGolden(t *testing.T) {
	golden(t, "transactions.json", goldenFile(t))
	golden(t, "refused.json", refusedVectors(t))
	golden(t, "addresses.json", addressVectors())
	golden(t, "files.json", networkVectors(t))
}

// golden compares a value with testdata, byte for byte.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(buf.Bytes(), want) {
		t.Errorf("the code does not make %s any more", path)
	}
}

// TestGoldenSpec: the examples of the specification are the vectors.
func TestGoldenSpec(t *testing.T) {
	spec, err := os.ReadFile(specFile)
	if err != nil {
		t.Fatal(err)
	}
	fence := regexp.MustCompile("(?s)```text vector=([a-z-]+)\n(.*?)\n```")
	examples := map[string]string{}
	for _, v := range goldenVectors(t) {
		examples[v.Name] = v.example()
	}
	updated := fence.ReplaceAllFunc(spec, func(b []byte) []byte {
		name := string(fence.FindSubmatch(b)[1])
		example, ok := examples[name]
		if !ok {
			t.Errorf("the specification has example %q, which is not a vector", name)
		}
		delete(examples, name)
		return []byte("```text vector=" + name + "\n" + example + "\n```")
	})
	for name := range examples {
		t.Errorf("vector %q is not in the specification", name)
	}
	if *update {
		if err := os.WriteFile(specFile, updated, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(updated, spec) {
		t.Error("an example of the specification is not its vector")
	}
}

// TestGolden_Read: what testdata holds is read as it says, by whatever reads
// testdata without this package's builders.
func TestGolden_Read(t *testing.T) {
	var f vectorFile
	readGolden(t, "transactions.json", &f)
	byID := map[ID]*Tx{}
	var genesis *Tx
	for _, v := range f.Transactions {
		tx, err := Decode(unhex(t, v.Raw))
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if genesis == nil {
			genesis = tx
		}
		byID[tx.ID()] = tx
		if err := tx.Verify(genesis, func(id ID) *Tx { return byID[id] }); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if tx.ID().String() != v.TxID || tx.Infohash().String() != v.Infohash {
			t.Errorf("%s: other identities", v.Name)
		}
	}
	var refused []refusedVector
	readGolden(t, "refused.json", &refused)
	for _, v := range refused {
		if _, err := Decode(unhex(t, v.Raw)); string(KindOf(err)) != v.Error {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Error)
		}
	}
}

func readGolden(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}
