package tx

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestError(t *testing.T) {
	err := fmt.Errorf("input 3: %w", &Error{Kind: ErrAddress, Detail: "of bob", Cause: io.EOF})
	if !errors.Is(err, ErrAddress) || errors.Is(err, ErrKey) || !errors.Is(err, io.EOF) {
		t.Error("errors.Is finds the kind and the cause, and no other")
	}
	if KindOf(err) != ErrAddress || KindOf(io.EOF) != "" || KindOf(nil) != "" {
		t.Error("KindOf")
	}
	if got, want := err.Error(), "input 3: tx: not an address: of bob: EOF"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := ErrKey.Error(); got != string(ErrKey) {
		t.Errorf("%q", got)
	}
}

func TestTotalStake(t *testing.T) {
	p := plainGenesis().Params
	if got := p.TotalStake(); got != 4 {
		t.Errorf("TotalStake = %d", got)
	}
	p.Voters = nil
	if got := p.TotalStake(); got != 0 {
		t.Errorf("TotalStake without voters = %d", got)
	}
}

func TestWitness_Accessors(t *testing.T) {
	sig, preimage := Signature{1}, [32]byte{2}
	list := ListWitness(SignatureWitness(sig), PreimageWitness(preimage), EmptyWitness(), Witness{})
	want := []struct {
		kind WitnessKind
		data string
	}{
		{WitnessSignature, string(sig[:])}, {WitnessPreimage, string(preimage[:])},
		{WitnessEmpty, ""}, {WitnessAbsent, ""},
	}
	for i, w := range list.Of() {
		if w.Kind() != want[i].kind || string(w.Bytes()) != want[i].data {
			t.Errorf("place %d: kind %d, %x", i, w.Kind(), w.Bytes())
		}
	}
	if list.Kind() != WitnessList || list.Bytes() != nil {
		t.Error("list")
	}
}
