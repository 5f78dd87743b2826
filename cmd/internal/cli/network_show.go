package cli

import (
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/tx"
)

// networkJSON is what network commands print.
type networkJSON struct {
	api.Network
	Magnet string `json:"magnet"`
}

func (a *app) networkShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the network the folder belongs to",
		Long: "Show the network the folder belongs to. A folder that joined none is on the built-in devnet.\n\n" +
			"JSON: name, txid, infohash, rendezvous, supply, burn_per_byte, rules, time, voters [{key, stake}],\n" +
			"total_stake, magnet.\n\n" + exitCodeHelp,
		Example: "  ttx network show\n  ttx network show --json | jq -r .magnet",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.folder()
			if err != nil {
				return err
			}
			file, err := dir.Network()
			if err != nil {
				return err
			}
			return a.showNetwork(node.DescribeNetwork(file.Genesis), file.Genesis)
		},
	}
}

func (a *app) showNetwork(n api.Network, genesis *tx.Tx) error {
	out := networkJSON{n, genesis.Magnet().String()}
	return a.print(out, func(t *table) {
		t.row("name", n.Name)
		t.row("txid", n.TxID)
		t.row("infohash", n.Infohash)
		t.row("rendezvous", n.Rendezvous)
		t.row("made", timeText(n.Time))
		t.row("supply", ttx(n.Supply))
		t.row("burn", ttx(api.Amount(n.BurnPerByte))+" a byte")
		for _, v := range n.Voters {
			t.row("voter", v.Key, v.Stake)
		}
		if len(n.Voters) == 0 {
			t.row("voters", "none: nothing is ever confirmed here")
		}
		t.row("magnet", out.Magnet)
	})
}
