package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/store"
)

func (a *app) ledgerCheckCommand() *cobra.Command {
	var opts ledger.CheckOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Verify the ledger of the data folder",
		Long: "Verify the ledger of a data folder on which no node runs: that each record of the log is what was written,\n" +
			"is the transaction it is stored as and follows its parents, that none is missing at the end, and that the\n" +
			"roots that follow are the stored ones. The signatures were verified when the transactions came; --full\n" +
			"verifies them again.\n\n" +
			"A damaged log ends with 21 and names the first record that is not sound. It is never changed. What follows\n" +
			"from the log (the mark behind its end, the stored roots; the indexes are made anew at each start) ends with\n" +
			"22 when it is damaged, and --repair makes it anew.\n\n" +
			"JSON: sound, records, bytes, signatures (verified), t_root, u_root, repaired (mark, roots); when the log is\n" +
			"damaged sound is false, with position (of the record, if known) and problem.\n\n" + exitCodeHelp,
		Example: "  ttx ledger check\n  ttx ledger check --full --json\n  ttx ledger check --repair",
		Args:    exactly(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.checkLedger(cmd.Context(), opts) },
	}
	cmd.Flags().BoolVar(&opts.Full, "full", false, "verify all signatures too")
	cmd.Flags().BoolVar(&opts.Repair, "repair", false, "make anew what follows from the log")
	return cmd
}

// checkedJSON is the result of a check.
type checkedJSON struct {
	Sound      bool     `json:"sound"`
	Records    uint64   `json:"records"`
	Bytes      int64    `json:"bytes"`
	Signatures bool     `json:"signatures"`
	TRoot      string   `json:"t_root,omitempty"`
	URoot      string   `json:"u_root,omitempty"`
	Repaired   []string `json:"repaired"`
	Position   *uint64  `json:"position,omitempty"`
	Problem    string   `json:"problem,omitempty"`
}

func (a *app) checkLedger(ctx context.Context, opts ledger.CheckOptions) error {
	dir, err := a.folder()
	if err != nil {
		return err
	}
	found, err := node.CheckLedger(ctx, dir, opts, a.logger())
	if errors.Is(err, fs.ErrNotExist) {
		return &hinted{errors.New("no ledger in " + string(dir)), "a node makes it: ttx node"}
	}
	out := describeCheck(found, opts, err)
	if err != nil && out.Problem == "" {
		return err
	}
	return errors.Join(a.print(out, func(t *table) { checkedText(t, out) }), err)
}

// describeCheck says what was found. An error that is no finding leaves
// Problem empty.
func describeCheck(found node.Checked, opts ledger.CheckOptions, err error) checkedJSON {
	out := checkedJSON{Sound: err == nil, Records: found.Records, Bytes: found.Bytes, Repaired: []string{}}
	if found.NewMark {
		out.Repaired = append(out.Repaired, "mark")
	}
	if s := found.Snapshot; s != nil {
		t, u := s.T.Root(), s.U.Root()
		out.TRoot, out.URoot, out.Signatures = hex.EncodeToString(t[:]), hex.EncodeToString(u[:]), opts.Full
		if found.NewRoots {
			out.Repaired = append(out.Repaired, "roots")
		}
	}
	for _, kind := range []error{store.ErrCorrupt, store.ErrMark, ledger.ErrDiverged} {
		if errors.Is(err, kind) {
			out.Problem = err.Error()
		}
	}
	var bad *store.CorruptError
	if errors.As(err, &bad) {
		out.Position = &bad.Position
	}
	return out
}

func checkedText(t *table, out checkedJSON) {
	if !out.Sound {
		return // stderr says it
	}
	t.row("records", out.Records)
	t.row("bytes", out.Bytes)
	t.row("t_root", out.TRoot)
	t.row("u_root", out.URoot)
	if out.Signatures {
		t.row("signatures", "all valid")
	}
	for _, what := range out.Repaired {
		t.row("made anew", what)
	}
	t.row("the ledger is sound")
}
