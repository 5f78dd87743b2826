package tx

import "testing"

func BenchmarkDecode(b *testing.B) {
	raw := newNetwork(b, plainGenesis()).payment().Raw()
	b.Run("payment", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeKnown(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse-only", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parse(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	tx := newNetwork(b, plainGenesis()).payment()
	buf := make([]byte, 0, MaxSize)
	b.ReportAllocs()
	for b.Loop() {
		buf = tx.encode(buf[:0], whole)
	}
}

func BenchmarkIdentify(b *testing.B) {
	raw := newNetwork(b, plainGenesis()).payment().Raw()
	b.ReportAllocs()
	for b.Loop() {
		Identify(raw)
	}
}

func BenchmarkVerify(b *testing.B) {
	n := newNetwork(b, plainGenesis())
	pay := n.payment()
	vote := n.vote("voter a", 0, genesisTime, n.genesis.ID())
	for _, c := range []struct {
		name string
		tx   *Tx
	}{{"payment", pay}, {"witness", vote}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := n.verify(c.tx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	n := newNetwork(b, plainGenesis())
	pay := n.payment()
	spent, signer := n.spent(pay), signerOf("alice")
	b.ReportAllocs()
	for b.Loop() {
		if err := pay.SignInputs(n.genesis.ID(), spent, signer); err != nil {
			b.Fatal(err)
		}
	}
}
