package trie_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/ledger/trie"
)

func isRefusal(err error) bool {
	return errors.Is(err, trie.ErrMalformed) || errors.Is(err, trie.ErrMismatch) || errors.Is(err, trie.ErrSaturated)
}

// smallWeights keeps sums away from the ceiling.
func smallWeights(set map[trie.Key]uint64) map[trie.Key]uint64 {
	for k, w := range set {
		set[k] = w % 1000
	}
	return set
}

func TestProve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := smallWeights(drawSet(t))
		tr, ref := fromSet(set), newReference(set)
		k := drawKey().Draw(t, "key")
		want := trie.Finding{Key: k, Count: tr.Count(), Total: tr.Weight()}
		if at := slices.IndexFunc(ref, func(p pair) bool { return p.key == k }); at >= 0 {
			want.Included, want.Weight = true, ref[at].weight
			want.Rank, want.Offset = uint64(at), ref[:at].weight()
		}
		p, err := trie.ParseProof(tr.Prove(k).Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if f, err := p.Verify(tr.Root(), k); err != nil || f != want {
			t.Fatalf("found %+v, %v, want %+v", f, err, want)
		}
	})
}

func TestProveWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := smallWeights(drawSet(t))
		tr, ref := fromSet(set), newReference(set)
		off := rapid.Uint64Range(0, tr.Weight()+2).Draw(t, "off")
		p, ok := tr.ProveWeight(off)
		if ok != (off < tr.Weight()) {
			t.Fatalf("offset %d of %d: %v", off, tr.Weight(), ok)
		}
		if !ok {
			return
		}
		f, err := p.VerifyWeight(tr.Root(), off)
		if err != nil {
			t.Fatal(err)
		}
		if before := ref[:f.Rank].weight(); before > off || off-before >= ref[f.Rank].weight || f.Key != ref[f.Rank].key {
			t.Fatalf("offset %d found %+v", off, f)
		}
		other := rapid.Uint64Range(0, tr.Weight()).Draw(t, "other")
		_, err = p.VerifyWeight(tr.Root(), other)
		if covered := other >= f.Offset && other-f.Offset < f.Weight; covered != (err == nil) || err != nil && !isRefusal(err) {
			t.Fatalf("offset %d by the proof for %d: %v", other, off, err)
		}
	})
}

// TestEveryFlippedBitIsRefused changes each bit of proofs of every form. A
// changed proof may not parse, and must never be accepted.
func TestEveryFlippedBitIsRefused(t *testing.T) {
	tr := build(100)
	keys := []trie.Key{key(0), key(57), key(99), key(100), key(1 << 20), trie.DepthKey(5, [32]byte{})}
	for _, k := range keys {
		good := tr.Prove(k).Append(nil)
		for i := range 8 * len(good) {
			bad := bytes.Clone(good)
			bad[i/8] ^= 0x80 >> (i % 8)
			if err := refusal(bad, tr.Root(), k); !isRefusal(err) {
				t.Fatalf("bit %d of the proof of %x flipped: %v", i, k[:6], err)
			}
		}
		for n := range good {
			if err := refusal(good[:n], tr.Root(), k); !isRefusal(err) {
				t.Fatalf("first %d bytes of the proof of %x: %v", n, k[:6], err)
			}
		}
	}
}

func refusal(proof []byte, root trie.Hash, k trie.Key) error {
	p, err := trie.ParseProof(proof)
	if err == nil {
		_, err = p.Verify(root, k)
	}
	return err
}

// TestForgedProofs changes one field at a time of proofs that never were bytes.
func TestForgedProofs(t *testing.T) {
	tr := build(100)
	in, out := key(57), key(1000)
	forgeries := []struct {
		name  string
		k     trie.Key
		kind  error
		forge func(*trie.Proof)
	}{
		{"weight", in, trie.ErrMismatch, func(p *trie.Proof) { p.Weight++ }},
		{"key", in, trie.ErrMismatch, func(p *trie.Proof) { p.Key[35]++ }},
		{"another bit", in, trie.ErrMismatch, func(p *trie.Proof) { p.Steps[len(p.Steps)-1].Bit++ }},
		{"bits equal", in, trie.ErrMalformed, func(p *trie.Proof) { p.Steps[1].Bit = p.Steps[0].Bit }},
		{"bit beyond the key", in, trie.ErrMalformed, func(p *trie.Proof) { p.Steps[len(p.Steps)-1].Bit = trie.KeyBits }},
		{"count", in, trie.ErrMismatch, func(p *trie.Proof) { p.Steps[0].Count++ }},
		{"no count", in, trie.ErrMalformed, func(p *trie.Proof) { p.Steps[0].Count = 0 }},
		{"count overflow", in, trie.ErrSaturated, func(p *trie.Proof) { p.Steps[0].Count = math.MaxUint64 }},
		{"sibling's weight", in, trie.ErrMismatch, func(p *trie.Proof) { p.Steps[0].Weight-- }},
		{"weight overflow", in, trie.ErrSaturated, func(p *trie.Proof) { p.Steps[0].Weight = math.MaxUint64 }},
		{"weight at the ceiling", in, trie.ErrSaturated, func(p *trie.Proof) { p.Weight = math.MaxUint64 }},
		{"hash", in, trie.ErrMismatch, func(p *trie.Proof) { p.Steps[2].Hash[0] ^= 1 }},
		{"step lost", in, trie.ErrMismatch, func(p *trie.Proof) { p.Steps = p.Steps[1:] }},
		{"no steps", in, trie.ErrMismatch, func(p *trie.Proof) { p.Steps = nil }},
		{"empty", in, trie.ErrMismatch, func(p *trie.Proof) { *p = trie.Proof{Empty: true} }},
		{"empty with content", in, trie.ErrMalformed, func(p *trie.Proof) { p.Empty = true }},
		{"excluded with a weight", out, trie.ErrMalformed, func(p *trie.Proof) { p.Weight = 1 }},
		{"preimage lost", out, trie.ErrMismatch, func(p *trie.Proof) { p.Other = nil }},
		{"preimage empty", out, trie.ErrMalformed, func(p *trie.Proof) { p.Other = []byte{} }},
		{"preimage cut", out, trie.ErrMalformed, func(p *trie.Proof) { p.Other = p.Other[1:] }},
		{"a present key's exclusion", in, trie.ErrMismatch, func(p *trie.Proof) { *p = tr.Prove(out); p.Key = in }},
		{"its own leaf excludes it", in, trie.ErrMismatch, func(p *trie.Proof) {
			p.Other = ownLeaf(p.Key, p.Weight)
			p.Weight = 0
		}},
	}
	for _, f := range forgeries {
		p := tr.Prove(f.k)
		f.forge(&p)
		if _, err := p.Verify(tr.Root(), f.k); !errors.Is(err, f.kind) {
			t.Errorf("%s: %v, want %v", f.name, err, f.kind)
		}
	}
}

// ownLeaf is the preimage of the hash of a leaf.
func ownLeaf(k trie.Key, w uint64) []byte {
	b := append([]byte{0}, k[:]...)
	for i := 56; i >= 0; i -= 8 {
		b = append(b, byte(w>>i))
	}
	return b
}

// TestExclusionByAStrangeNode offers, for a key that is present, another node
// of the same trie as the one that disagrees with it.
func TestExclusionByAStrangeNode(t *testing.T) {
	tr := build(100)
	in := key(57)
	for i := range 200 {
		p := tr.Prove(key(i))
		p.Key, p.Weight = in, 0
		if p.Other == nil {
			p.Other = ownLeaf(key(i), uint64(i))
		}
		if _, err := p.Verify(tr.Root(), in); !isRefusal(err) {
			t.Fatalf("the proof for key %d excludes key 57: %v", i, err)
		}
	}
}

// TestExclusionFromTheWrongSide verifies against roots that no trie has: a leaf,
// or a branch, hangs on the side where its keys do not belong.
func TestExclusionFromTheWrongSide(t *testing.T) {
	low, high := trie.Key{1}, trie.Key{0x81}
	branch := append([]byte{1, 0, 9, 1}, make([]byte, 35+8+8+2*32)...)
	branch[3+36+7] = 2
	left := trie.Hash{7}
	for _, other := range [][]byte{ownLeaf(low, 0), branch} {
		count := byte(2)
		if len(other) == len(branch) {
			count = 3
		}
		right := sha256.Sum256(other)
		node := append([]byte{1, 0, 0}, make([]byte, 36+16)...)
		node[3+36+7] = count
		node = append(append(node, left[:]...), right[:]...)
		p := trie.Proof{Key: high, Steps: []trie.Step{{Bit: 0, Count: 1, Hash: left}}, Other: other}
		if _, err := p.Verify(sha256.Sum256(node), high); !errors.Is(err, trie.ErrMismatch) {
			t.Errorf("%d bytes of preimage: %v", len(other), err)
		}
	}
}

func TestParseProofRefusesLength(t *testing.T) {
	good := build(100).Prove(key(57)).Append(nil)
	for _, b := range [][]byte{
		{0}, good[:43], good[:45], append(bytes.Clone(good), 0),
		make([]byte, trie.MaxProofSize+1), make([]byte, trie.MaxProofSize+50),
	} {
		if _, err := trie.ParseProof(b); !errors.Is(err, trie.ErrMalformed) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}

// TestLongestProof takes the key whose every bit is a branch.
func TestLongestProof(t *testing.T) {
	e := trie.Trie{}.Edit()
	e.Insert(trie.Key{}, 1)
	for i := range trie.KeyBits {
		var k trie.Key
		k[i/8] = 0x80 >> (i % 8)
		e.Insert(k, 1)
	}
	tr := e.Commit()
	p := tr.Prove(trie.Key{})
	if len(p.Steps) != trie.KeyBits {
		t.Fatalf("%d steps", len(p.Steps))
	}
	b := p.Append(nil)
	if len(b) > trie.MaxProofSize {
		t.Fatalf("%d bytes", len(b))
	}
	read, err := trie.ParseProof(b)
	if err != nil || !reflect.DeepEqual(read, p) {
		t.Fatalf("reads %v", err)
	}
	if f, err := read.Verify(tr.Root(), trie.Key{}); err != nil || f.Count != trie.KeyBits+1 {
		t.Fatalf("found %+v, %v", f, err)
	}
}

func FuzzParseProof(f *testing.F) {
	tr := build(100)
	f.Add([]byte{})
	for _, i := range []int{0, 57, 100, 1 << 20} {
		f.Add(tr.Prove(key(i)).Append(nil))
	}
	root := tr.Root()
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := trie.ParseProof(b)
		if err != nil {
			if !errors.Is(err, trie.ErrMalformed) {
				t.Fatalf("error without a kind: %v", err)
			}
			return
		}
		if again := p.Append(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x reads as %+v, which encodes to %x", b, p, again)
		}
		found, err := p.Verify(root, p.Key)
		if err == nil && found.Included != tr.Has(p.Key) {
			t.Fatalf("%x proves %+v", b, found)
		}
	})
}
