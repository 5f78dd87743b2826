package cli

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/network"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

type sendFlags struct {
	memo, wait  string
	dryRun, yes bool
	timeout     time.Duration
}

// waitTimeout is how long --wait waits unless told otherwise.
const waitTimeout = 2 * time.Minute

func (a *app) sendCommand() *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use:   "send ADDRESS AMOUNT",
		Short: "Pay somebody",
		Long: `Pay AMOUNT TTX to ADDRESS. The payment is built and signed here, after asking
for the passphrase, and handed to the running node.

` + exitHelp,
		Example: `  ttx send ttx1p… 12.5 --memo "for the coffee"
  ttx send ttx1p… 1 --wait confirmed --yes --json`,
		Args: usageArgs(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.send(cmd.Context(), args[0], args[1], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.memo, "memo", "", "text that everybody can read, for ever")
	flags.StringVar(&f.wait, "wait", "", "wait until it is pending or confirmed")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be sent, and sign nothing")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	flags.DurationVar(&f.timeout, "timeout", waitTimeout, "give --wait up after this time")
	return cmd
}

// sent is what `send` prints.
type sent struct {
	TxID   string `json:"txid"`
	Status string `json:"status"`
}

// preview is what `send --dry-run` prints.
type preview struct {
	Amount api.Amount `json:"amount"`
	Burn   api.Amount `json:"burn"`
	Change api.Amount `json:"change"`
	Size   int        `json:"size"`
	Inputs int        `json:"inputs"`
}

func (a *app) send(ctx context.Context, to, amount string, f sendFlags) error {
	request, w, err := a.request(to, amount, f)
	if err != nil {
		return err
	}
	client, err := a.node(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := canWait(ctx, client, f.wait); err != nil {
		return err
	}
	plan, err := pay.Prepare(ctx, client, request)
	if err != nil {
		return err
	}
	if f.dryRun {
		return print(a, previewOf(plan), showPreview)
	}
	if !f.yes {
		showPreview(a.err, previewOf(plan))
		if err := a.confirm("Send " + amount + " TTX to " + to + "?"); err != nil {
			return err
		}
	}
	keys, err := a.unlock(w)
	if err != nil {
		return err
	}
	defer keys.Close()
	raw, err := plan.Sign(keys)
	if err != nil {
		return err
	}
	return a.submit(ctx, client, raw, f)
}

// request reads the arguments; nothing is asked of anybody yet.
func (a *app) request(to, amount string, f sendFlags) (pay.Request, *wallet.Watch, error) {
	var r pay.Request
	key, err := tx.DecodeAddress(to)
	if err != nil {
		return r, nil, &usageError{fmt.Errorf("%.100q is not an address: %w", to, err)}
	}
	units, err := wallet.ParseAmount(amount)
	if err != nil {
		return r, nil, err
	}
	if units == 0 {
		return r, nil, &usageError{fmt.Errorf("an amount above zero is needed")}
	}
	switch f.wait {
	case "", api.StatusPending, api.StatusConfirmed:
	default:
		return r, nil, &usageError{fmt.Errorf("--wait %.20q: want pending or confirmed", f.wait)}
	}
	w, err := a.openWallet()
	if err != nil {
		return r, nil, err
	}
	r = pay.Request{To: key, Amount: units, Memo: f.memo, From: w.Keys(), Change: w.Issued()[0], Now: time.Now().UnixMilli()}
	return r, w, nil
}

// canWait refuses at once to wait for what cannot happen.
func canWait(ctx context.Context, b api.Backend, wait string) error {
	if wait != api.StatusConfirmed {
		return nil
	}
	n, err := b.Network(ctx)
	if err == nil && n.TotalStake == 0 {
		err = &api.Error{
			Message: "network " + n.Name + " has no voters: nothing is ever confirmed there; nothing was sent",
			Code:    api.NoVoters, Hint: "use --wait pending",
		}
	}
	return err
}

func previewOf(p *pay.Plan) preview {
	return preview{
		Amount: api.Amount(p.Amount), Burn: api.Amount(p.Burn), Change: api.Amount(p.Change),
		Size: p.Size, Inputs: p.Inputs,
	}
}

func showPreview(w io.Writer, p preview) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintf(t, "amount\t%s TTX\nburn\t%s TTX (%d bytes)\nchange\t%s TTX\ncoins spent\t%d\n", p.Amount, p.Burn, p.Size, p.Change, p.Inputs)
}

// submit hands a signed payment in and waits as asked.
func (a *app) submit(ctx context.Context, client *api.Client, raw []byte, f sendFlags) error {
	done, err := client.Submit(ctx, raw)
	if err != nil {
		return err
	}
	result := sent{done.TxID, done.Status}
	if f.wait != "" {
		ctx, cancel := context.WithTimeout(ctx, f.timeout)
		defer cancel()
		info, err := client.Wait(ctx, done.TxID, f.wait)
		if err != nil {
			a.say("the payment %s was sent", done.TxID)
			return err
		}
		result.Status = info.Status
	}
	if err := print(a, result, func(w io.Writer, v sent) { fmt.Fprintf(w, "%s %s\n", v.TxID, v.Status) }); err != nil {
		return err
	}
	if f.wait != "" && lost(result.Status) {
		return fmt.Errorf("%w: %s", errRejected, result.Status)
	}
	return nil
}

// lost reports whether a payment will never be confirmed, or may not be.
func lost(status string) bool {
	switch status {
	case api.StatusRejected, api.StatusOrphaned, api.StatusDisputed:
		return true
	}
	return false
}

// faucetAmount is what the devnet's faucet gives at a time.
const faucetAmount = "1000"

func (a *app) walletFaucetCommand() *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use:     "faucet [AMOUNT]",
		Short:   "Take worthless coins from the devnet's faucet",
		Example: "  ttx wallet faucet\n  ttx wallet faucet 5",
		Args:    usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount := faucetAmount
			if len(args) == 1 {
				amount = args[0]
			}
			return a.faucet(cmd.Context(), amount, f)
		},
	}
	cmd.Flags().StringVar(&f.wait, "wait", "", "wait until it is pending")
	cmd.Flags().DurationVar(&f.timeout, "timeout", waitTimeout, "give --wait up after this time")
	return cmd
}

// faucet pays the wallet from one of the faucet's coins, picked at random so
// that two who ask at once seldom take the same.
func (a *app) faucet(ctx context.Context, amount string, f sendFlags) error {
	w, err := a.openWallet()
	if err != nil {
		return err
	}
	request, _, err := a.request(addressesOf(w)[0], amount, f)
	if err != nil {
		return err
	}
	client, err := a.node(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := onDevnet(ctx, client); err != nil {
		return err
	}
	public := network.FaucetKey()
	faucet := tx.PublicKey(public)
	request.From, request.Change = []tx.Key{faucet}, faucet
	if err := client.Watch(ctx, []string{tx.EncodeAddress(faucet)}); err != nil {
		return err
	}
	coins, err := pay.Coins(ctx, client, request.From)
	if err != nil {
		return err
	}
	var free []wallet.Coin
	for _, c := range coins {
		if c.Spendable && c.Amount > request.Amount {
			free = append(free, c)
		}
	}
	if len(free) > 0 {
		free = []wallet.Coin{free[rand.IntN(len(free))]}
	}
	plan, err := pay.PrepareFrom(ctx, client, request, free)
	if err != nil {
		return err
	}
	raw, err := plan.SignWith(public)
	if err != nil {
		return err
	}
	return a.submit(ctx, client, raw, f)
}

func onDevnet(ctx context.Context, b api.Backend) error {
	devnet, err := network.Devnet()
	if err != nil {
		return err
	}
	n, err := b.Network(ctx)
	if err == nil && n.TxID != devnet.ID().String() {
		err = &usageError{fmt.Errorf("network %s has no faucet; only the built-in devnet has", n.Name)}
	}
	return err
}
