package tx

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"

	"github.com/zeebo/bencode"
)

// FuzzDecode: what Decode accepts re-encodes to the same bytes, both from our
// fields and by zeebo/bencode, and zeebo reads the same values.
func FuzzDecode(f *testing.F) {
	for _, v := range goldenVectors(f) {
		f.Add(v.tx.Raw())
	}
	for _, c := range refusals(f) {
		if len(c.raw) < 2048 {
			f.Add([]byte(c.raw))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := Decode(bytes.Clone(raw))
		if err != nil {
			if KindOf(err) == "" || tx != nil {
				t.Fatalf("error without a kind, or with a value: %v", err)
			}
			return
		}
		if !bytes.Equal(tx.encode(nil, whole), raw) {
			t.Fatal("the fields encode to other bytes")
		}
		if !bytes.Equal(tx.body(), tx.encode(nil, body)) {
			t.Fatal("the bytes without `w` differ from the fields without it")
		}
		again := *tx
		if err := again.Seal(); err != nil || !reflect.DeepEqual(&again, tx) {
			t.Fatalf("sealing again: %v", err)
		}
		compareZeebo(t, tx)
	})
}

// compareZeebo decodes with the general library and compares.
func compareZeebo(t *testing.T, tx *Tx) {
	t.Helper()
	var generic map[string]any
	if err := bencode.DecodeBytes(tx.Raw(), &generic); err != nil {
		t.Fatalf("zeebo refuses: %v", err)
	}
	encoded, err := bencode.EncodeBytes(generic)
	if err != nil || !bytes.Equal(encoded, tx.Raw()) {
		t.Fatalf("zeebo encodes other bytes: %v", err)
	}
	var z zeeboTx
	if err := bencode.DecodeBytes(tx.Raw(), &z); err != nil {
		t.Fatalf("zeebo refuses: %v", err)
	}
	if !z.same(tx) {
		t.Fatalf("zeebo reads %+v\nwe read    %+v", z, tx)
	}
}

// zeeboTx is a transaction as a general library reads it.
type zeeboTx struct {
	T   int64            `bencode:"t"`
	M   string           `bencode:"m"`
	In  []string         `bencode:"in"`
	IH  string           `bencode:"ih"`
	Ref string           `bencode:"ref"`
	K   string           `bencode:"k"`
	S   uint64           `bencode:"s"`
	R   string           `bencode:"r"`
	X   []map[string]any `bencode:"x"`
	Out []struct {
		A uint64             `bencode:"a"`
		L bencode.RawMessage `bencode:"l"`
	} `bencode:"out"`
	P struct {
		Burn   uint64 `bencode:"burn"`
		Name   string `bencode:"name"`
		Voters string `bencode:"voters"`
	} `bencode:"p"`
}

func (z zeeboTx) same(tx *Tx) bool {
	same := z.T == tx.Time && z.M == tx.Memo && len(z.In) == len(tx.In) && len(z.Out) == len(tx.Out) &&
		z.S == tx.Seq && len(z.X) == len(tx.Extras) && z.IH == joined(tx.ParentHashes) && z.Ref == joined(tx.Refs)
	for i := range tx.In {
		b := tx.In[i].Bytes()
		same = same && z.In[i] == string(b[:])
	}
	for i := range tx.Out {
		same = same && z.Out[i].A == tx.Out[i].Amount && bytes.Equal(z.Out[i].L, tx.Out[i].Lock.Encode())
	}
	for i, x := range tx.Extras {
		same = same && z.X[i]["k"] == x.Kind && z.X[i]["d"] == string(x.Data)
	}
	if tx.Kind == KindWitness {
		same = same && z.K == string(tx.Voter[:])
	}
	if tx.Claim != nil {
		same = same && z.R == string(tx.Claim.TRoot[:])+string(tx.Claim.URoot[:])
	}
	if p := tx.Params; p != nil {
		same = same && z.P.Burn == p.BurnPerByte && z.P.Name == p.Name && z.P.Voters == votersOf(p)
	}
	return same
}

func joined[T ~[20]byte | ~[32]byte](all []T) string {
	var b []byte
	for _, x := range all {
		switch x := any(x).(type) {
		case Infohash:
			b = append(b, x[:]...)
		case ID:
			b = append(b, x[:]...)
		}
	}
	return string(b)
}

func votersOf(p *Params) string {
	var b []byte
	for _, v := range p.Voters {
		b = binary.BigEndian.AppendUint64(append(b, v.Key[:]...), v.Stake)
	}
	return string(b)
}

// FuzzDecodeLock: accepted locks re-encode to the same bytes and are bound.
func FuzzDecodeLock(f *testing.F) {
	for _, c := range lockRefusals() {
		f.Add([]byte(c.raw))
	}
	f.Add(swapLock().Encode())
	f.Add(nest(4).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := DecodeLock(b)
		if err != nil {
			return
		}
		if !bytes.Equal(l.Encode(), b) {
			t.Fatal("encodes to other bytes")
		}
		if len(b) > MaxLockSize {
			t.Fatal("larger than a lock may be")
		}
		for _, signed := range openings(l) {
			if !signed {
				t.Fatal("can be opened without a signature")
			}
		}
	})
}

// FuzzParseInfo: what is accepted is the one info dictionary of its fields.
func FuzzParseInfo(f *testing.F) {
	f.Add(InfoBytes([]byte("x")))
	f.Add(InfoBytes(make([]byte, MaxSize)))
	f.Add([]byte("d6:lengthi1e4:name4:.ttxe"))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := ParseInfo(b)
		if err == nil && !bytes.Equal(info.append(nil), b) {
			t.Fatal("two info dictionaries of one transaction")
		}
	})
}

// FuzzDecodeFile: what is accepted encodes to a file that decodes to the same.
func FuzzDecodeFile(f *testing.F) {
	for _, c := range fileRefusals(f) {
		f.Add([]byte(c.raw))
	}
	for _, file := range goldenFiles(f) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := DecodeFile(b)
		if err != nil {
			if KindOf(err) == "" {
				t.Fatalf("error without a kind: %v", err)
			}
			return
		}
		encoded, err := file.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeFile(encoded)
		if err != nil || !reflect.DeepEqual(again, file) {
			t.Fatalf("another file after a round trip: %v", err)
		}
	})
}

// FuzzParseMagnet: what is accepted prints to a link that reads the same.
func FuzzParseMagnet(f *testing.F) {
	for _, c := range magnetRefusals() {
		f.Add(c.raw)
	}
	f.Add(newNetwork(f, plainGenesis()).genesis.Magnet("127.0.0.1:7474", "[::1]:1").String())
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMagnet(s)
		if err != nil {
			if KindOf(err) == "" {
				t.Fatalf("error without a kind: %v", err)
			}
			return
		}
		again, err := ParseMagnet(m.String())
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%q reads as %+v (%v), want %+v", m, again, err, m)
		}
	})
}

// FuzzDecodeAddress: an accepted address is its key's address, but for case.
func FuzzDecodeAddress(f *testing.F) {
	f.Add(EncodeAddress(keyOf("alice")))
	for _, c := range addressRefusals() {
		f.Add(c.raw)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := DecodeAddress(s)
		if err == nil && !bytes.EqualFold([]byte(EncodeAddress(key)), []byte(s)) {
			t.Fatalf("%s has the key of %s", s, EncodeAddress(key))
		}
	})
}
