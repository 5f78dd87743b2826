package trie_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/trie"
)

// A vector is a set of keys with its root, and proofs under it. The vectors
// were made by another implementation, of the specification alone.
type vector struct {
	Name   string `json:"name"`
	Leaves []struct {
		Key    hexBytes `json:"key"`
		Weight uint64   `json:"weight,string"`
	} `json:"leaves"`
	Root   hexBytes      `json:"root"`
	Count  uint64        `json:"count"`
	Weight uint64        `json:"weight,string"`
	Proofs []proofVector `json:"proofs"`
}

type proofVector struct {
	Off      *uint64  `json:"off,string"` // asked for by weight offset, if set
	Key      hexBytes `json:"key"`
	Included bool     `json:"included"`
	Weight   uint64   `json:"weight,string"`
	Rank     uint64   `json:"rank"`
	Offset   uint64   `json:"offset,string"`
	Refused  string   `json:"refused"`
	Proof    hexBytes `json:"proof"`
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func readVectors(t testing.TB, b []byte) []vector {
	t.Helper()
	var vectors []vector
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	return vectors
}

func vectorFile(t testing.TB) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	return readVectors(t, b)
}

func (v *vector) trie() trie.Trie {
	e := trie.Trie{}.Edit()
	for _, l := range v.Leaves {
		e.Insert(trie.Key(l.Key), l.Weight)
	}
	return e.Commit()
}

func TestVectors(t *testing.T) {
	for _, v := range vectorFile(t) {
		t.Run(v.Name, func(t *testing.T) {
			tr := v.trie()
			if tr.Root() != trie.Hash(v.Root) || tr.Count() != v.Count || tr.Weight() != v.Weight {
				t.Errorf("root %x count %d weight %d", tr.Root(), tr.Count(), tr.Weight())
			}
			for _, p := range v.Proofs {
				p.test(t, tr)
			}
		})
	}
}

func (v *proofVector) test(t *testing.T, tr trie.Trie) {
	t.Helper()
	made := tr.Prove(trie.Key(v.Key))
	if v.Off != nil {
		made, _ = tr.ProveWeight(*v.Off)
	}
	if !bytes.Equal(made.Append(nil), v.Proof) {
		t.Errorf("proof of %x is %x", v.Key, made.Append(nil))
	}
	read, err := trie.ParseProof(v.Proof)
	if err != nil || !reflect.DeepEqual(read, made) {
		t.Errorf("reads %+v, %v, made %+v", read, err, made)
	}
	f, err := v.verify(read, tr.Root())
	if v.Refused != "" {
		if !errors.Is(err, trie.ErrSaturated) {
			t.Errorf("saturated proof of %x: %v", v.Key, err)
		}
		return
	}
	want := trie.Finding{
		Included: v.Included, Key: trie.Key(v.Key), Weight: v.Weight, Rank: v.Rank, Offset: v.Offset,
		Count: tr.Count(), Total: tr.Weight(),
	}
	if err != nil || f != want {
		t.Errorf("found %+v, %v, want %+v", f, err, want)
	}
}

func (v *proofVector) verify(p trie.Proof, root trie.Hash) (trie.Finding, error) {
	if v.Off != nil {
		return p.VerifyWeight(root, *v.Off)
	}
	return p.Verify(root, trie.Key(v.Key))
}

// TestSpecExamples holds the specification to the vectors: each of its JSON
// blocks is a list of vectors as they stand in the file.
func TestSpecExamples(t *testing.T) {
	spec, err := os.ReadFile("../../docs/spec/trie.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]vector{}
	for _, v := range vectorFile(t) {
		known[v.Name] = v
	}
	blocks := strings.Split(string(spec), "```json\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("the specification has no examples")
	}
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		for _, v := range readVectors(t, []byte(b)) {
			if want, ok := known[v.Name]; !ok || !reflect.DeepEqual(v, want) {
				t.Errorf("example %q is not the vector", v.Name)
			}
		}
	}
}
