package cli

import (
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// peersJSON wraps the list, so that keys can be added.
type peersJSON struct {
	Peers []api.Peer `json:"peers"`
}

func (a *app) peersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "peers",
		Short: "List the nodes this node has a session with",
		Long: "List the nodes that the running node has a session with.\n\n" +
			"JSON: {peers: [{address, client, outgoing, transactions, depth, confirmed_depth, weight, t_root, in_sync,\n" +
			"rules, other_rules, received, sent, score, since}]}.\n\n" + exitCodeHelp,
		Example: "  ttx peers\n  ttx peers --json | jq '.peers[].address'",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.online(cmd.Context(), func(c *api.Client) error {
				peers, err := c.Peers(cmd.Context())
				if err != nil {
					return err
				}
				return a.print(peersJSON{peers}, func(t *table) { peersText(t, peers) })
			})
		},
	}
}

func peersText(t *table, peers []api.Peer) {
	t.row("ADDRESS", "DIRECTION", "TRANSACTIONS", "CONFIRMED DEPTH", "IN SYNC", "CLIENT")
	for _, p := range peers {
		direction, sync := "in", "no"
		if p.Outgoing {
			direction = "out"
		}
		switch {
		case p.OtherRules:
			sync = "other rules"
		case p.InSync:
			sync = "yes"
		}
		t.row(p.Address, direction, p.Transactions, p.ConfirmedDepth, sync, p.Client)
	}
}
