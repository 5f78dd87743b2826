package wire

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/zeebo/bencode"
)

// FuzzMessage is the one harness for all messages: what decodes, encodes to the same bytes and decodes
// to the same again; and an independent bencode library reads the same dictionary.
func FuzzMessage(f *testing.F) {
	for _, file := range []string{"testdata/vectors.txt", "testdata/refused.txt"} {
		for _, l := range readVectors(f, file) {
			f.Add([]byte(l[2]))
		}
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, credit, err := DecodeGrant(frame)
		if err != nil {
			var e *Error
			if m != nil || !errors.As(err, &e) {
				t.Fatalf("message %v, error %v", m, err)
			}
			return
		}
		again, err := EncodeGrant(m, credit)
		if err != nil {
			t.Fatalf("decoded but not encoded: %v", err)
		}
		if _, lenient := m.(*Hello); !lenient && !bytes.Equal(again, frame) {
			t.Fatalf("two spellings:\n%q\n%q", frame, again)
		}
		m2, credit2, err := DecodeGrant(again)
		if err != nil || credit2 != credit || !reflect.DeepEqual(m, m2) {
			t.Fatalf("%+v became %+v, %v", m, m2, err)
		}
		compareDictionary(t, frame)
	})
}

// compareDictionary checks the dictionary of an accepted frame against zeebo/bencode, whose encoder is
// canonical though its decoder is not.
func compareDictionary(t *testing.T, frame []byte) {
	t.Helper()
	s := &scanner{b: frame}
	dict, err := s.value(MaxDepth)
	if err != nil {
		t.Fatal(err)
	}
	var generic map[string]any
	if err := bencode.DecodeBytes(dict, &generic); err != nil {
		t.Fatalf("zeebo/bencode refuses %q: %v", dict, err)
	}
	again, err := bencode.EncodeBytes(generic)
	if err != nil || !bytes.Equal(again, dict) {
		t.Fatalf("zeebo/bencode writes %q as %q, %v", dict, again, err)
	}
}
