package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

func (a *app) proofShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE|MAGNET",
		Short: "Show what a proof carries, unverified",
		Long: "Show what a proof or the magnet link of one carries. Ids are computed from the bytes; nothing else is checked:\n" +
			"that is what ttx proof verify is for. Nothing is fetched.\n\n" +
			"JSON: {transaction (as of ttx proof verify; null for a link), network {name, txid} (null for a link), chain\n" +
			"[{txid, kind, size}], statements [{witness, voter, transactions, outputs}], peers, trackers, magnet}; for a link\n" +
			"txid is null when it does not say, and infohash is given.\n\n" + exitCodeHelp,
		Example: "  ttx proof show receipt.torrent\n  ttx proof show 'magnet:?xt=urn:btih:...&x.ttx=...'",
		Args:    exactly(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.showProof(args[0]) },
	}
}

// proofJSON is what show prints of a file, linkJSON of a link.
type proofJSON struct {
	Transaction provenTx         `json:"transaction"`
	Network     proofNetworkJSON `json:"network"`
	Chain       []chainJSON      `json:"chain"`
	Statements  []statementJSON  `json:"statements"`
	Peers       []string         `json:"peers"`
	Trackers    []string         `json:"trackers"`
	Magnet      string           `json:"magnet"`
}

type proofNetworkJSON struct {
	Name string `json:"name"`
	TxID tx.ID  `json:"txid"`
}

type chainJSON struct {
	TxID tx.ID  `json:"txid"`
	Kind string `json:"kind"`
	Size int    `json:"size"`
}

type statementJSON struct {
	Witness tx.ID  `json:"witness"`
	Voter   tx.Key `json:"voter"`
	// Transactions and Outputs count the paths under the two roots.
	Transactions int `json:"transactions"`
	Outputs      int `json:"outputs"`
}

type linkJSON struct {
	TxID     *tx.ID   `json:"txid"`
	Infohash string   `json:"infohash"`
	Peers    []string `json:"peers"`
	Magnet   string   `json:"magnet"`
}

func (a *app) showProof(what string) error {
	if isMagnet(what) {
		return a.showLink(what)
	}
	p, err := a.readProof(what)
	if err != nil {
		return err
	}
	out := describeProof(p)
	return a.print(out, func(t *table) { proofText(t, &out) })
}

func (a *app) showLink(link string) error {
	m, err := tx.ParseMagnet(link)
	if err != nil {
		return err
	}
	out := linkJSON{Infohash: m.Infohash.String(), Peers: append([]string{}, m.Peers...), Magnet: m.String()}
	if m.ID != (tx.ID{}) {
		out.TxID = &m.ID
	}
	return a.print(out, func(t *table) {
		if out.TxID != nil {
			t.row("txid", out.TxID)
		}
		t.row("infohash", out.Infohash)
		for _, peer := range out.Peers {
			t.row("peer", peer)
		}
	})
}

func describeProof(p *proofs.Proof) proofJSON {
	out := proofJSON{
		Transaction: describeProven(p.Subject),
		Network:     proofNetworkJSON{p.Genesis.Params.Name, p.Genesis.ID()},
		Chain:       []chainJSON{}, Statements: []statementJSON{},
		Peers: append([]string{}, p.Peers...), Trackers: append([]string{}, p.Trackers...),
		Magnet: p.Magnet(),
	}
	for _, t := range p.Chain {
		out.Chain = append(out.Chain, chainJSON{t.ID(), proofs.KindName(t.Kind), len(t.Raw())})
	}
	for _, s := range p.Statements {
		w := p.Chain[s.Witness]
		out.Statements = append(out.Statements, statementJSON{w.ID(), w.Voter, len(s.T), len(s.U)})
	}
	return out
}

func proofText(t *table, out *proofJSON) {
	t.row("network", fmt.Sprintf("%s (%s)", out.Network.TxID, out.Network.Name))
	out.Transaction.text(t)
	kinds := make(map[string]int)
	for _, c := range out.Chain {
		kinds[c.Kind]++
	}
	t.row("carries", fmt.Sprintf("transfers: %d, witnesses: %d, statements of voters: %d", kinds["transfer"], kinds["witness"], len(out.Statements)))
	for _, peer := range out.Peers {
		t.row("peer", peer)
	}
	for _, tracker := range out.Trackers {
		t.row("tracker", tracker)
	}
	t.row("magnet", out.Magnet)
	t.row("verified", "no; see: ttx proof verify")
}
