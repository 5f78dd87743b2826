package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

func (a *app) proofCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "proof",
		Short: "Receipts: torrent files that prove transactions",
		Long: "Receipts: torrent files that prove transactions. A proof is the .torrent of a transaction, which any client can\n" +
			"open, with what a stranger needs to believe it.\n\n" + exitCodeHelp,
		Example: "  ttx proof export 1f0c... --out receipt.torrent\n  ttx proof import receipt.torrent\n  ttx proof verify receipt.torrent\n  ttx proof show receipt.torrent",
	}, a.proofExportCommand(), a.proofImportCommand(), a.proofListCommand(), a.proofVerifyCommand(), a.proofShowCommand())
}

// readProof reads and decodes a proof file; - is standard input.
func (a *app) readProof(name string) (*proofs.Proof, error) {
	from := a.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read the proof: %w", err)
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, proofs.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the proof: %w", err)
	}
	p, err := proofs.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// provenTx is what the bytes of a proven transaction say.
type provenTx struct {
	TxID     tx.ID          `json:"txid"`
	Infohash string         `json:"infohash"`
	Kind     string         `json:"kind"`
	Time     int64          `json:"time"`
	Size     int            `json:"size"`
	Memo     string         `json:"memo"`
	Inputs   []string       `json:"inputs"`
	Outputs  []provenOutput `json:"outputs"`
	Voter    string         `json:"voter,omitempty"`
	Seq      uint64         `json:"seq,omitempty"`
}

type provenOutput struct {
	Amount api.Amount `json:"amount"`
	// Address is empty when the lock is not that of one key.
	Address string `json:"address"`
}

func describeProven(t *tx.Tx) provenTx {
	out := provenTx{
		TxID: t.ID(), Infohash: t.Infohash().String(), Kind: proofs.KindName(t.Kind), Time: t.Time, Size: len(t.Raw()),
		Memo: t.Memo, Inputs: []string{}, Outputs: []provenOutput{},
	}
	for _, in := range t.In {
		out.Inputs = append(out.Inputs, fmt.Sprintf("%s:%d", in.Tx, in.Index))
	}
	for _, o := range t.Out {
		address, _ := o.Lock.Address()
		out.Outputs = append(out.Outputs, provenOutput{api.Amount(o.Amount), address})
	}
	if t.Kind == tx.KindWitness {
		out.Voter, out.Seq = t.Voter.String(), t.Seq
	}
	return out
}

// outputsShown is how many lines of outputs a table has: a genesis can pay 255.
const outputsShown = 16

// text adds the rows of the transaction. Its time and memo are its author's
// word.
func (p *provenTx) text(t *table) {
	t.row("txid", p.TxID)
	t.row("infohash", p.Infohash)
	t.row("kind", p.Kind)
	t.row("time", timeText(p.Time))
	if p.Memo != "" {
		t.row("memo", p.Memo)
	}
	if p.Voter != "" {
		t.row("voter", p.Voter, p.Seq)
	}
	paysText(t, p.Outputs)
}

// paysText adds the rows of the outputs, of equal ones in a row one: a genesis
// splits its supply into many.
func paysText(t *table, outputs []provenOutput) {
	for shown := 0; len(outputs) > 0; shown++ {
		if shown == outputsShown {
			t.row("pays", fmt.Sprintf("and %d more outputs", len(outputs)))
			return
		}
		first, equal := outputs[0], 1
		for first.Address != "" && equal < len(outputs) && outputs[equal] == first { // other locks may differ
			equal++
		}
		to := emptyAs(first.Address, "under a lock of several parts")
		if equal > 1 {
			to += fmt.Sprintf("  x%d", equal)
		}
		t.row("pays", ttx(first.Amount), to)
		outputs = outputs[equal:]
	}
}

// isTxID tells a txid from the name of a file.
func isTxID(s string) (tx.ID, bool) {
	id, err := tx.ParseID(strings.ToLower(s))
	return id, err == nil
}
