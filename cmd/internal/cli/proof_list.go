package cli

import (
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

type proofsJSON struct {
	Proofs []api.ProofEntry `json:"proofs"`
}

func (a *app) proofListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the folder of proofs",
		Long: "List the folder of proofs: what each file proves, what the ledger says of its transaction now, and what was\n" +
			"refused for which reason. Files are put there by ttx proof export and import, and by anybody else.\n\n" +
			"JSON: proofs [{file, size, time, txid, level, status, rivals; error and code of one that was refused}].\n\n" + exitCodeHelp,
		Example: "  ttx proof list\n  ttx proof list --json | jq -r '.proofs[] | select(.status == \"confirmed\") | .file'",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.read(cmd.Context(), func(b api.Backend) error {
				list, err := b.Proofs(cmd.Context())
				if err != nil {
					return err
				}
				return a.print(proofsJSON{list}, func(t *table) { proofListText(t, list) })
			})
		},
	}
}

func proofListText(t *table, list []api.ProofEntry) {
	for _, e := range list {
		if e.Error != "" {
			t.row(e.File, "-", "-", e.Error)
			continue
		}
		t.row(e.File, e.Level, e.Status, e.TxID)
		for _, rival := range e.Rivals {
			t.row("", "", "rival", rival)
		}
	}
}
