package tx

import "testing"

func TestVerify_AcceptsValid(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	pay := n.add(n.payment())
	first := n.add(n.vote("voter a", 0, pay.Time, pay.ID()))
	second := n.vote("voter a", 1, first.Time+WitnessInterval, first.ID(), n.genesis.ID())
	for _, tx := range []*Tx{n.genesis, pay, first, second} {
		if err := n.verify(tx); err != nil {
			t.Errorf("kind %d: %v", tx.Kind, err)
		}
		again, err := Decode(tx.Raw())
		if err != nil || again.ID() != tx.ID() {
			t.Errorf("kind %d: decoding again: %v", tx.Kind, err)
		}
	}
}
