package wire

import (
	"bytes"
	"errors"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// The values of the vectors are letters, so that a person can read the frames.
func id(c byte) (v [32]byte)       { copy(v[:], bytes.Repeat([]byte{c}, 32)); return }
func depthKey(c byte) (v [36]byte) { copy(v[4:], bytes.Repeat([]byte{c}, 32)); v[3] = '1'; return }
func nonce(c byte) (v [16]byte)    { copy(v[:], bytes.Repeat([]byte{c}, 16)); return }
func infohash(c byte) (v [20]byte) { copy(v[:], bytes.Repeat([]byte{c}, 20)); return }
func signature(c byte) (v *[64]byte) {
	v = new([64]byte)
	copy(v[:], bytes.Repeat([]byte{c}, 64))
	return
}
func ptr[T any](v T) *T { return &v }
func transaction(memo string) []byte {
	return []byte("d1:m" + strconv.Itoa(len(memo)) + ":" + memo + "e")
}
func state() State {
	return State{Count: 3, Weight: 1_000_000, Depth: 2, Confirmed: 1, TRoot: id('T'), URoot: id('U')}
}

// A vector is a message, the credit it grants, and its name in testdata/vectors.txt.
type vector struct {
	name   string
	m      Message
	credit uint64
}

func vectors() []vector {
	return []vector{
		{"hello", &Hello{
			Version: 1, Rules: 1, Net: id('G'), State: state(), Features: FeaturePing, UserAgent: "ttx/0.1",
			Nonce: nonce('N'),
		}, 0},
		{"hello-other-version", &Hello{Version: 2}, 0},
		{"inv", &Inv{Items: []Item{{id('A'), infohash('a')}, {id('B'), infohash('b')}}}, 0},
		{"grant", &Inv{}, 262144},
		{"grant-huge", &Inv{}, math.MaxUint64},
		{"get-ids", &Get{IDs: [][32]byte{id('A'), id('B')}}, 0},
		{"get-range", &Get{From: depthKey('A'), To: depthKey('B')}, 0},
		{"tx", &Tx{Txs: [][]byte{transaction("one"), transaction("two")}}, 0},
		{"tx-goes-on", &Tx{Next: ptr(depthKey('A')), Txs: [][]byte{transaction("one")}}, 300},
		{"tx-empty", &Tx{}, 0},
		{"notfound", &NotFound{IDs: [][32]byte{id('A')}}, 0},
		{"sync", &Sync{SID: 7, Root: id('T'), Regions: []byte("\x01\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x03" + strings.Repeat("T", 32))}, 0},
		{"sync-gives", &Sync{SID: 7, Root: id('T'), Gives: 2}, 0},
		{"give", &Give{Txs: [][]byte{transaction("one"), transaction("two")}}, 0},
		{"news", &News{Tx: transaction("one")}, 0},
		{"state", ptr(state()), 0},
		{"state-big", &State{Weight: 1 << 63}, 0},
		{"proof-request-key", &ProofReq{Root: id('T'), Key: ptr(depthKey('A'))}, 0},
		{"proof-request-offset", &ProofReq{Root: id('T'), Off: ptr(uint64(5))}, 0},
		{"proof", &Proof{Root: id('T'), Data: []byte("proof")}, 0},
		{"proof-unknown-root", &Proof{Root: id('T')}, 0},
		{"hold-request", &HoldReq{Nonce: nonce('H'), IDs: [][32]byte{id('A'), id('B')}}, 0},
		{"hold", &Hold{Nonce: nonce('H'), Hashes: [][32]byte{id('h'), {}}}, 0},
		{"rival", &Rival{Txs: [][]byte{transaction("one"), transaction("two")}}, 0},
		{"peers", &Peers{Addrs: []string{"192.0.2.1:6881", "[2001:db8::1]:6881", "node.example:80"}}, 0},
		{"ping", &Ping{Nonce: nonce('P')}, 0},
		{"pong", &Pong{Nonce: nonce('P')}, 0},
		{"pong-signed", &Pong{Nonce: nonce('P'), Key: ptr(id('K')), Signature: signature('S')}, 0},
	}
}

// readVectors reads a testdata file of lines `name "frame"` (and, between them, the kind of error).
func readVectors(tb testing.TB, path string) (lines [][]string) {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		kind, quoted, _ := strings.Cut(rest, `"`)
		frame, err := strconv.Unquote(`"` + quoted)
		if err != nil {
			tb.Fatalf("%s: %s: %v", path, name, err)
		}
		lines = append(lines, []string{name, strings.TrimSpace(kind), frame})
	}
	return lines
}

func TestVectors(t *testing.T) {
	golden := make(map[string]string)
	for _, l := range readVectors(t, "testdata/vectors.txt") {
		golden[l[0]] = l[2]
	}
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			frame, err := EncodeGrant(v.m, v.credit)
			if err != nil {
				t.Fatal(err)
			}
			if string(frame) != golden[v.name] {
				if v.name != "hello-other-version" {
					t.Errorf("encoded %s\ngolden  %s", strconv.Quote(string(frame)), strconv.Quote(golden[v.name]))
				}
				frame = []byte(golden[v.name])
			}
			m, credit, err := DecodeGrant(frame)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(m, v.m) || credit != v.credit {
				t.Errorf("decoded %+v, credit %d; want %+v, %d", m, credit, v.m, v.credit)
			}
		})
		delete(golden, v.name)
	}
	for name := range golden {
		t.Errorf("vector %s belongs to no message", name)
	}
}

func TestRefused(t *testing.T) {
	for _, l := range readVectors(t, "testdata/refused.txt") {
		t.Run(l[0], func(t *testing.T) {
			m, err := Decode([]byte(l[2]))
			if want := ErrorKind(strings.ReplaceAll(l[1], "-", " ")); !errors.Is(err, want) {
				t.Errorf("got %v, %v; want %v", m, err, want)
			}
		})
	}
}

// TestSpecificationShowsTheVectors keeps docs/spec/wire.md and testdata equal.
func TestSpecificationShowsTheVectors(t *testing.T) {
	spec, err := os.ReadFile("../../docs/spec/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"vectors", "refused"} {
		want, err := os.ReadFile("testdata/" + file + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(spec), "```"+file+"\n")
		if shown, _, _ := strings.Cut(rest, "```"); shown != string(want) {
			t.Errorf("the block %q of docs/spec/wire.md is not testdata/%s.txt", file, file)
		}
	}
}
