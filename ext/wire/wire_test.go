package wire

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTruncated cuts every vector at every length: never a panic, never the whole message.
func TestTruncated(t *testing.T) {
	for _, v := range readVectors(t, "testdata/vectors.txt") {
		frame := []byte(v[2])
		whole, _, err := DecodeGrant(frame)
		if err != nil {
			t.Fatal(err)
		}
		for n := range frame {
			m, _, err := DecodeGrant(frame[:n])
			if err == nil && reflect.DeepEqual(m, whole) {
				t.Errorf("%s: the first %d of %d bytes are enough", v[0], n, len(frame))
			}
		}
	}
}

// TestFlipped changes every byte of every vector in turn: never a panic, and what still decodes has one
// spelling.
func TestFlipped(t *testing.T) {
	for _, v := range readVectors(t, "testdata/vectors.txt") {
		for i := range v[2] {
			for _, bit := range []byte{1, 4, 0x10, 0x80} {
				frame := []byte(v[2])
				frame[i] ^= bit
				m, credit, err := DecodeGrant(frame)
				if err != nil {
					continue
				}
				again, err := EncodeGrant(m, credit)
				if _, lenient := m.(*Hello); !lenient && (err != nil || !bytes.Equal(again, frame)) {
					t.Errorf("%s: %q encodes as %q, %v", v[0], frame, again, err)
				}
			}
		}
	}
}

// TestBounds holds every list to its constant, from both sides.
func TestBounds(t *testing.T) {
	ids := func(n int) [][32]byte { return make([][32]byte, n) }
	txs := func(n, size int) [][]byte {
		// 21 = len("d1:m" + "99999:" + "e") is not constant: pad the memo until the size fits.
		memo := strings.Repeat("x", size)
		for len(transaction(memo)) > size {
			memo = memo[1:]
		}
		list := make([][]byte, n)
		for i := range list {
			list[i] = transaction(memo)
		}
		return list
	}
	addrs := func(n, size int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = strings.Repeat("a", size-len(":65535")) + ":65535"
		}
		return list
	}
	tests := []struct {
		name     string
		fits     Message
		tooLarge Message
		kind     ErrorKind
	}{
		{"inv", &Inv{Items: make([]Item, MaxInv)}, &Inv{Items: make([]Item, MaxInv+1)}, ErrBound},
		{"get", &Get{IDs: ids(MaxIDs)}, &Get{IDs: ids(MaxIDs + 1)}, ErrBound},
		{"notfound", &NotFound{IDs: ids(MaxIDs)}, &NotFound{IDs: ids(MaxIDs + 1)}, ErrBound},
		{"tx count", &Tx{Txs: txs(MaxTxs, 180)}, &Tx{Txs: txs(MaxTxs+1, 180)}, ErrBound},
		{"tx size", &Tx{Txs: txs(1, MaxTx)}, &Tx{Txs: txs(1, MaxTx+1)}, ErrBound},
		{"tx frame", &Tx{Txs: txs(3, MaxTx)}, &Tx{Txs: txs(4, MaxTx)}, ErrTooLarge},
		{"give count", &Give{Txs: txs(MaxTxs, 180)}, &Give{Txs: txs(MaxTxs+1, 180)}, ErrBound},
		{"give size", &Give{Txs: txs(1, MaxTx)}, &Give{Txs: txs(1, MaxTx+1)}, ErrBound},
		{"news", &News{Tx: txs(1, MaxNews)[0]}, &News{Tx: txs(1, MaxNews+1)[0]}, ErrBound},
		{"rival", &Rival{Txs: txs(2, MaxTx)}, &Rival{Txs: txs(2, MaxTx+1)}, ErrBound},
		{"sync", &Sync{Regions: make([]byte, MaxRegions)}, &Sync{Regions: make([]byte, MaxRegions+1)}, ErrBound},
		{"hold?", &HoldReq{IDs: make([][32]byte, MaxHold)}, &HoldReq{IDs: make([][32]byte, MaxHold+1)}, ErrBound},
		{"hold", &Hold{Hashes: make([][32]byte, MaxHold)}, &Hold{Hashes: make([][32]byte, MaxHold+1)}, ErrBound},
		{"proof", &Proof{Data: make([]byte, MaxProof)}, &Proof{Data: make([]byte, MaxProof+1)}, ErrBound},
		{"peers", &Peers{Addrs: addrs(MaxPeers, MaxAddress)}, &Peers{Addrs: addrs(MaxPeers+1, 10)}, ErrBound},
		{"address", &Peers{Addrs: addrs(1, MaxAddress)}, &Peers{Addrs: addrs(1, MaxAddress+1)}, ErrValue},
		{"agent", &Hello{Version: Version, UserAgent: strings.Repeat("x", MaxUserAgent)},
			&Hello{Version: Version, UserAgent: strings.Repeat("x", MaxUserAgent+1)}, ErrBound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame, err := EncodeGrant(tt.fits, math.MaxUint64)
			if err != nil {
				t.Fatalf("what fits: %v", err)
			}
			if m, err := Decode(frame); err != nil || !reflect.DeepEqual(m, tt.fits) {
				t.Errorf("what fits came back as something else, %v", err)
			}
			if _, err := Encode(tt.tooLarge); !errors.Is(err, tt.kind) {
				t.Errorf("encoding what does not fit: %v", err)
			}
			if _, err := Decode(encodeUnchecked(tt.tooLarge)); err == nil {
				t.Error("what does not fit was decoded")
			}
		})
	}
}

// encodeUnchecked writes what a peer without bounds would.
func encodeUnchecked(m Message) []byte {
	e := &encoder{}
	m.encode(e)
	e.text("type", m.Type())
	return e.appendFrame(nil)
}

func TestFrameBounds(t *testing.T) {
	if _, err := Decode(make([]byte, MaxFrame+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a frame above MaxFrame: %v", err)
	}
	long := []byte("d3:pad990:" + strings.Repeat("x", 990) + "4:type5:hello1:vi2ee")
	if _, err := Decode(long); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a hello above MaxHello: %v", err)
	}
	var keys strings.Builder
	for i := range MaxKeys + 1 {
		keys.WriteString("2:" + string([]byte{'a' + byte(i/10), '0' + byte(i%10)}) + "i1e")
	}
	if _, err := Decode([]byte("d" + keys.String() + "4:type5:helloe")); !errors.Is(err, ErrBound) {
		t.Errorf("more than MaxKeys keys: %v", err)
	}
}

// TestHelloIsLenient: keys of later versions are ignored in a hello, and only there.
func TestHelloIsLenient(t *testing.T) {
	var vector string
	for _, l := range readVectors(t, "testdata/vectors.txt") {
		if l[0] == "hello" {
			vector = l[2]
		}
	}
	later := strings.Replace(vector, "e1:ni3e", "e5:laterli1ei2ee1:ni3e", 1)
	want, _ := Decode([]byte(vector))
	got, err := Decode([]byte(later))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestErrorsNameNothingLong(t *testing.T) {
	name := strings.Repeat("\n", 1000)
	_, err := Decode(append([]byte("d4:type1000:"+name), 'e'))
	if !errors.Is(err, ErrUnknownType) || len(err.Error()) > 100 || strings.Contains(err.Error(), "\n") {
		t.Errorf("error text of %d bytes", len(err.Error()))
	}
	_, err = Decode([]byte("d1000:" + name + "i1e4:type3:inve"))
	if !errors.Is(err, ErrUnknownKey) || len(err.Error()) > 100 || strings.Contains(err.Error(), "\n") {
		t.Errorf("error text %q", err)
	}
}

func TestAnsweredBy(t *testing.T) {
	byIDs := &Get{IDs: [][32]byte{id('A'), id('B')}}
	byRange := &Get{From: depthKey('A'), To: depthKey('C')}
	one, two := transaction("one"), transaction("two")
	tests := []struct {
		name string
		req  Request
		m    Message
		want bool
	}{
		{"ids: all", byIDs, &Tx{Txs: [][]byte{one, two}}, true},
		{"ids: some", byIDs, &Tx{Txs: [][]byte{two}}, true},
		{"ids: none is a notfound", byIDs, &Tx{}, false},
		{"ids: more than asked", byIDs, &Tx{Txs: [][]byte{one, two, one}}, false},
		{"ids: a range goes on", byIDs, &Tx{Txs: [][]byte{one}, Next: ptr(depthKey('A'))}, false},
		{"ids: not found", byIDs, &NotFound{IDs: byIDs.IDs}, true},
		{"ids: some not found", byIDs, &NotFound{IDs: byIDs.IDs[:1]}, false},
		{"ids: others not found", byIDs, &NotFound{IDs: [][32]byte{id('A'), id('C')}}, false},
		{"range: whole", byRange, &Tx{Txs: [][]byte{one, two}}, true},
		{"range: nothing there", byRange, &Tx{}, true},
		{"range: goes on", byRange, &Tx{Txs: [][]byte{one}, Next: ptr(depthKey('B'))}, true},
		{"range: no progress", byRange, &Tx{Txs: [][]byte{one}, Next: ptr(depthKey('A'))}, false},
		{"range: past the end", byRange, &Tx{Txs: [][]byte{one}, Next: ptr(depthKey('D'))}, false},
		{"range: notfound", byRange, &NotFound{IDs: byIDs.IDs}, false},
		{"sync", &Sync{SID: 1}, &Sync{SID: 1, Root: id('T')}, true},
		{"other sync", &Sync{SID: 1}, &Sync{SID: 2}, false},
		{"sync: state", &Sync{SID: 1}, &State{}, false},
		{"proof", &ProofReq{Root: id('T')}, &Proof{Root: id('T')}, true},
		{"hold", &HoldReq{Nonce: nonce('H')}, &Hold{Nonce: nonce('H')}, true},
		{"other hold", &HoldReq{Nonce: nonce('H')}, &Hold{Nonce: nonce('I')}, false},
		{"other proof", &ProofReq{Root: id('T')}, &Proof{Root: id('U')}, false},
		{"pong", &Ping{Nonce: nonce('P')}, &Pong{Nonce: nonce('P')}, true},
		{"other pong", &Ping{Nonce: nonce('P')}, &Pong{}, false},
	}
	for _, tt := range tests {
		if got := tt.req.AnsweredBy(tt.m); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestEveryMessage keeps newMessage, IsAnswer and the vectors together.
func TestEveryMessage(t *testing.T) {
	answers := map[string]bool{"tx": true, "notfound": true, "proof": true, "hold": true, "pong": true}
	for _, v := range vectors() {
		name := v.m.Type()
		if m := newMessage(name); m == nil || reflect.TypeOf(m) != reflect.TypeOf(v.m) {
			t.Errorf("%s makes a %T", name, m)
		}
		if IsAnswer(v.m) != answers[name] {
			t.Errorf("%s: answer %v", name, IsAnswer(v.m))
		}
	}
}

// TestRoundTrip encodes and decodes messages of random content.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		credit := rapid.Uint64().Draw(t, "credit")
		frame, err := EncodeGrant(m, credit)
		if err != nil {
			t.Fatal(err)
		}
		got, c, err := DecodeGrant(frame)
		if err != nil || c != credit || !reflect.DeepEqual(got, m) {
			t.Fatalf("%+v came back as %+v, %v", m, got, err)
		}
	})
}

func drawArray[T any](t *rapid.T, v *T) T {
	switch p := any(v).(type) {
	case *[16]byte:
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "16"))
	case *[20]byte:
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "20"))
	case *[32]byte:
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "32"))
	case *[36]byte:
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 36, 36).Draw(t, "36"))
	case *[64]byte:
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "64"))
	}
	return *v
}

func drawID(t *rapid.T) [32]byte { return drawArray(t, new([32]byte)) }

func drawState(t *rapid.T) State {
	return State{
		Count: rapid.Uint64().Draw(t, "n"), Weight: rapid.Uint64().Draw(t, "w"),
		Depth: rapid.Uint32().Draw(t, "d"), Confirmed: rapid.Uint32().Draw(t, "dc"),
		TRoot: drawID(t), URoot: drawID(t),
	}
}

func drawTxs(t *rapid.T, from, to int) [][]byte {
	memos := rapid.SliceOfN(rapid.StringN(0, 50, 200), from, to).Draw(t, "memos")
	var list [][]byte
	for _, memo := range memos {
		list = append(list, transaction(memo))
	}
	return list
}

// drawMessage makes a message that is within all bounds.
func drawMessage(t *rapid.T) Message {
	switch rapid.SampledFrom([]string{"hello", "inv", "get", "range", "tx", "notfound", "sync", "state",
		"key", "off", "proof", "give", "news", "hold?", "hold", "rival", "peers", "ping", "pong"}).Draw(t, "message") {
	case "hello":
		return &Hello{
			Version: Version, Rules: rapid.Uint32().Draw(t, "rules"), Net: drawID(t), State: drawState(t),
			Features: rapid.Uint64().Draw(t, "f"), Nonce: drawArray(t, new([16]byte)),
			UserAgent: rapid.StringMatching(`[ -~]{0,64}`).Draw(t, "ua"),
		}
	case "inv":
		v := &Inv{}
		for range rapid.IntRange(0, 20).Draw(t, "pairs") {
			v.Items = append(v.Items, Item{drawID(t), drawArray(t, new([20]byte))})
		}
		return v
	case "get":
		return &Get{IDs: drawIDs(t)}
	case "range":
		from := drawArray(t, new([36]byte))
		from[0] &= 0x7f
		to := from
		to[0] |= 0x80
		return &Get{From: from, To: to}
	case "tx":
		m := &Tx{Txs: drawTxs(t, 0, 40)}
		if len(m.Txs) > 0 && rapid.Bool().Draw(t, "goes on") {
			m.Next = ptr(drawArray(t, new([36]byte)))
		}
		return m
	case "notfound":
		return &NotFound{IDs: drawIDs(t)}
	case "sync":
		return &Sync{
			SID: rapid.Uint64().Draw(t, "sid"), Root: drawID(t), Gives: rapid.Uint64().Draw(t, "g"), Regions: drawData(t),
		}
	case "give":
		return &Give{Txs: drawTxs(t, 1, 40)}
	case "news":
		return &News{Tx: drawTxs(t, 1, 1)[0]}
	case "state":
		return ptr(drawState(t))
	case "key":
		return &ProofReq{Root: drawID(t), Key: ptr(drawArray(t, new([36]byte)))}
	case "off":
		return &ProofReq{Root: drawID(t), Off: ptr(rapid.Uint64().Draw(t, "off"))}
	case "proof":
		return &Proof{Root: drawID(t), Data: drawData(t)}
	case "hold?":
		return &HoldReq{Nonce: drawArray(t, new([16]byte)), IDs: drawIDs(t)}
	case "hold":
		return &Hold{Nonce: drawArray(t, new([16]byte)), Hashes: drawIDs(t)}
	case "rival":
		return &Rival{Txs: drawTxs(t, 2, 2)}
	case "peers":
		address := rapid.StringMatching(`([a-z0-9.-]{1,40}|\[[0-9a-f:]{2,39}\]):[1-9][0-9]{0,3}`)
		return &Peers{Addrs: append([]string(nil), rapid.SliceOfN(address, 0, 10).Draw(t, "p")...)}
	case "ping":
		return &Ping{Nonce: drawArray(t, new([16]byte))}
	default:
		m := &Pong{Nonce: drawArray(t, new([16]byte))}
		if rapid.Bool().Draw(t, "voter") {
			m.Key, m.Signature = ptr(drawID(t)), ptr(drawArray(t, new([64]byte)))
		}
		return m
	}
}

func drawIDs(t *rapid.T) (ids [][32]byte) {
	for range rapid.IntRange(1, 20).Draw(t, "ids") {
		ids = append(ids, drawID(t))
	}
	return ids
}

func drawData(t *rapid.T) []byte {
	b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
	if len(b) == 0 {
		return nil
	}
	return b
}

// fullTx is a frame as large as they get of transactions of the usual size.
func fullTx() *Tx {
	m := &Tx{}
	for range 140 {
		m.Txs = append(m.Txs, transaction(strings.Repeat("x", 413)))
	}
	return m
}

func BenchmarkDecode(b *testing.B) {
	for _, m := range []Message{&Inv{Items: make([]Item, 8)}, &Inv{Items: make([]Item, MaxInv)}, fullTx()} {
		frame, err := Encode(m)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(m.Type(), func(b *testing.B) {
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, m := range []Message{&Inv{Items: make([]Item, 8)}, &Inv{Items: make([]Item, MaxInv)}, fullTx()} {
		b.Run(m.Type(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Encode(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
