package proofs_test

import (
	"fmt"
	"os"

	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// Another program verifies a receipt: from the file alone, against the network
// that it knows.
func Example() {
	file, err := os.ReadFile("testdata/whole.torrent")
	if err != nil {
		fmt.Println(err)
		return
	}
	mine, err := tx.ParseID("1b6774df6cbb0541d0a87923f2ad9412d2ce8aa2e1eeb2a447feaf82b4090750")
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := proofs.Decode(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	verdict, err := receipt.Verify(proofs.Options{Network: &mine})
	if err != nil {
		fmt.Println(err)
		return
	}
	to, _ := receipt.Subject.Out[0].Lock.Address()
	fmt.Println(receipt.Subject.Out[0].Amount, "base units to", to)
	fmt.Println(verdict.Level, "by", verdict.By)
	for _, s := range verdict.Missing() {
		fmt.Println("not proven:", s)
	}
	// Output:
	// 24999999993790 base units to ttx1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqw90358
	// confirmed by rule
	// not proven: That what it pays is still unspent.
	// not proven: How things stand now: the newest word of a voter in the file is of 2000-01-01 00:00:00 UTC by his own clock.
}
