package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

func (a *app) proofVerifyCommand() *cobra.Command {
	var network string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Say what a proof proves, and what not",
		Long: "Say what a proof proves, and what not: without a node, a network or a data folder, from the file alone.\n\n" +
			"A proof names its own network, which anybody can make one of: give the network that you mean with --network,\n" +
			"or compare its txid. Exit code 0 means confirmed, 28 valid but not proven confirmed, 29 that a conflict is\n" +
			"known, 30 that its ancestry has a gap, 31 that something in it is forged or invalid, 32 another network.\n\n" +
			"JSON: {transaction {txid, infohash, kind, time, size, memo, inputs, outputs [{amount, address}]}, verdict {level,\n" +
			"by, txid, kind, network {name, txid, asked}, signed, ancestry, gaps, gap_count, witnessed {stake, total}, named,\n" +
			"claimed_t, claimed_u, rule {status, support, transactions}, conflicts [{spent, index, by, rivals, settled}],\n" +
			"conflict_count, forks, transactions, checked, newest}, proven [sentence], missing [sentence]}. level is confirmed,\n" +
			"claimed, witnessed, valid, incomplete or conflicted.\n\n" + exitCodeHelp,
		Example: "  ttx proof verify receipt.torrent --network home.torrent\n  ttx proof verify receipt.torrent --json | jq -r .verdict.level\n" +
			"  ttx proof verify - < receipt.torrent",
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.verifyProof(args[0], network) },
	}
	cmd.Flags().StringVar(&network, "network", "", "the network it must be of: its txid, or a .torrent of it")
	return cmd
}

// verdictJSON is what verify prints.
type verdictJSON struct {
	Transaction provenTx       `json:"transaction"`
	Verdict     proofs.Verdict `json:"verdict"`
	Proven      []string       `json:"proven"`
	Missing     []string       `json:"missing"`
}

func (a *app) verifyProof(name, network string) error {
	opts, err := proofOptions(network)
	if err != nil {
		return err
	}
	p, err := a.readProof(name)
	if err != nil {
		return err
	}
	v, err := p.Verify(opts)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	out := verdictJSON{describeProven(p.Subject), v, append([]string{}, v.Words()...), append([]string{}, v.Missing()...)}
	if err := a.print(out, func(t *table) { verdictText(t, &out) }); err != nil {
		return err
	}
	return provenTo(v)
}

// proofOptions reads the network that is asked for.
func proofOptions(network string) (proofs.Options, error) {
	if network == "" {
		return proofs.Options{}, nil
	}
	if id, ok := isTxID(network); ok {
		return proofs.Options{Network: &id}, nil
	}
	b, err := readTorrent(network)
	if err != nil {
		return proofs.Options{}, err
	}
	file, err := tx.DecodeFile(b)
	if err != nil {
		return proofs.Options{}, usage(fmt.Errorf("--network %s: %w", network, err))
	}
	id := file.Genesis.ID()
	return proofs.Options{Network: &id}, nil
}

func verdictText(t *table, out *verdictJSON) {
	t.row("level", string(out.Verdict.Level))
	t.row("network", fmt.Sprintf("%s (%s)", out.Verdict.Network.TxID, out.Verdict.Network.Name))
	out.Transaction.text(t)
	for _, s := range out.Proven {
		t.row("proven", s)
	}
	for _, s := range out.Missing {
		t.row("not proven", s)
	}
}

// provenTo is nil for what is confirmed, else an error with the exit code of
// the level.
func provenTo(v proofs.Verdict) error {
	switch v.Level {
	case proofs.Confirmed:
		return nil
	case proofs.Conflicted:
		if v.Rule != nil && (v.Rule.Status == api.StatusRejected || v.Rule.Status == api.StatusOrphaned) {
			return errDead("it is dead: a rival of it, or of an ancestor, is confirmed")
		}
		return errProofConflict
	case proofs.Incomplete:
		return errProofGap
	}
	return fmt.Errorf("%w: it is %s", errUnproven, v.Level)
}

// errDead is the conflict that a transaction has lost.
func errDead(what string) error {
	return &hinted{&marked{errors.New(what), errProofConflict}, "do not rely on it: it is never confirmed; ask for another payment"}
}
