package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// proofListLimit is how many files are listed for people who did not say how many.
const proofListLimit = 100

// proofsJSON is the folder of proofs: the newest files, and how many there are in all.
type proofsJSON struct {
	Proofs    []api.ProofEntry `json:"proofs"`
	Total     int              `json:"total"`
	Conflicts int              `json:"conflicts"`
	Refused   int              `json:"refused"`
}

func (a *app) proofListCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the folder of proofs",
		Long: "List the folder of proofs, what was looked at last first: what each file proves, what the ledger says of its\n" +
			"transaction now, which others spend the same coins, and what was refused for which reason. Files are put there by\n" +
			"ttx proof export and import, and by anybody else.\n\n" +
			"JSON: {proofs [{file, size, time, txid, level, status, rivals; error and code of one that was refused}], total,\n" +
			"conflicts, refused}; the numbers are of all files.\n\n" + exitCodeHelp,
		Example: "  ttx proof list --limit 20\n  ttx proof list --json | jq -r '.proofs[] | select(.status == \"confirmed\") | .file'",
		Args:    exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 0 {
				return usage(errors.New("a limit is not negative; 0 lists all"))
			}
			if a.json && !c.Flags().Changed("limit") {
				limit = 0
			}
			return a.read(c.Context(), func(b api.Backend) error {
				list, err := b.Proofs(c.Context())
				if err != nil {
					return err
				}
				found := sumProofs(list, limit)
				return a.print(found, func(t *table) { proofListText(t, found) })
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", proofListLimit, "at most this many, 0 for all; with --json all unless given")
	return cmd
}

// sumProofs counts the entries and keeps the newest, at most limit unless that is 0.
func sumProofs(list []api.ProofEntry, limit int) proofsJSON {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b api.ProofEntry) int { return cmp.Compare(b.Time, a.Time) })
	sum := proofsJSON{Proofs: list, Total: len(list)}
	for _, e := range list {
		switch {
		case len(e.Rivals) > 0:
			sum.Conflicts++
		case e.Error != "" && e.Code != api.Busy:
			sum.Refused++
		}
	}
	if limit > 0 {
		sum.Proofs = list[:min(limit, len(list))]
	}
	return sum
}

func proofListText(t *table, found proofsJSON) {
	if found.Total == 0 {
		t.row("the folder of proofs is empty; ttx proof export and ttx proof import put files there")
		return
	}
	t.row("FILE", "PROVES", "HERE IT IS", "TRANSACTION")
	for _, e := range found.Proofs {
		if e.Error != "" {
			t.row(e.File, "-", "-", e.Error)
			continue
		}
		t.row(e.File, e.Level, e.Status, e.TxID)
		for _, rival := range e.Rivals {
			t.row("", "", "conflict", rival+" spends the same")
		}
	}
	t.row()
	of := several(found.Total, "file")
	if len(found.Proofs) < found.Total {
		of = fmt.Sprintf("%d of %s (all: --limit 0)", len(found.Proofs), of)
	}
	t.row(fmt.Sprintf("%s, %d in conflict, %d refused", of, found.Conflicts, found.Refused))
}
