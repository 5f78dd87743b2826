package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// waitTimeout is how long --wait waits unless told otherwise.
const waitTimeout = time.Minute

// followUp is what happens with a payment after it is planned.
type followUp struct {
	wait    string
	timeout time.Duration
	dryRun  bool
	yes     bool
}

func (f *followUp) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.wait, "wait", "", "wait until it is pending or confirmed")
	cmd.Flags().DurationVar(&f.timeout, "timeout", waitTimeout, "how long to wait")
}

func (f *followUp) check() error {
	if f.wait != "" && f.wait != api.StatusPending && f.wait != api.StatusConfirmed {
		return usage(fmt.Errorf("cannot wait for %q; one of pending, confirmed", f.wait))
	}
	return nil
}

func (a *app) sendCommand() *cobra.Command {
	var memo string
	var after followUp
	cmd := &cobra.Command{
		Use:   "send ADDRESS AMOUNT",
		Short: "Pay AMOUNT TTX to ADDRESS",
		Long: "Pay AMOUNT TTX to ADDRESS. The node says what there is to spend; this process decrypts the wallet, signs,\n" +
			"and hands the signed transaction to the node. On a terminal it shows what will happen and asks.\n\n" +
			"On a network without voters --wait confirmed fails at once (17). A payment that loses against a rival, or\n" +
			"is in conflict, ends with 14.\n\n" +
			"JSON: {txid, status}; with --dry-run {dry_run, amount, burn, change, inputs, size}.\n\n" + exitCodeHelp,
		Example: "  ttx send ttx1p... 12.5 --memo lunch\n" +
			"  ttx send ttx1p... 1 --yes --wait confirmed --json\n" +
			"  ttx send ttx1p... 1 --dry-run",
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := parsePayment(args[0], args[1], memo)
			if err != nil {
				return err
			}
			return a.send(cmd.Context(), r, after)
		},
	}
	cmd.Flags().StringVar(&memo, "memo", "", "a note that everybody can read, up to 1024 bytes")
	cmd.Flags().BoolVar(&after.dryRun, "dry-run", false, "show what would be paid, and stop")
	cmd.Flags().BoolVar(&after.yes, "yes", false, "do not ask")
	after.declare(cmd)
	return cmd
}

func parsePayment(address, amount, memo string) (r pay.Request, err error) {
	if r.To, err = tx.DecodeAddress(address); err != nil {
		return r, usage(fmt.Errorf("%.100q is not an address: %w", address, err))
	}
	if r.Amount, err = wallet.ParseAmount(amount); err != nil {
		return r, err
	}
	if r.Amount == 0 {
		return r, usage(errors.New("nothing to pay: the amount is zero"))
	}
	r.Memo = memo
	return r, nil
}

func (a *app) send(ctx context.Context, r pay.Request, after followUp) error {
	if err := after.check(); err != nil {
		return err
	}
	w, err := a.wallet()
	if err != nil {
		return err
	}
	return a.online(ctx, func(client *api.Client) error { return a.pay(ctx, client, w, r, after) })
}

func (a *app) pay(ctx context.Context, client *api.Client, w *wallet.Watch, r pay.Request, after followUp) error {
	if err := canConfirm(ctx, client, after.wait); err != nil {
		return err
	}
	plan, err := planPayment(ctx, client, w, r)
	if err != nil {
		return err
	}
	a.explain(r, plan)
	if after.dryRun {
		return a.printDryRun(plan)
	}
	if err := a.confirm("Pay?", after.yes); err != nil {
		return err
	}
	raw, err := a.sign(w, plan)
	if err != nil {
		return err
	}
	if err := plan.Fresh(ctx, client); err != nil {
		return err
	}
	return a.submit(ctx, client, raw, after)
}

// canConfirm refuses to pay and then wait for what can never happen.
func canConfirm(ctx context.Context, b api.Backend, wait string) error {
	if wait != api.StatusConfirmed {
		return nil
	}
	n, err := b.Network(ctx)
	if err == nil && n.TotalStake == 0 {
		err = &api.Error{
			Message: "network " + n.Name + " has no voters, so nothing is ever confirmed there; nothing was paid",
			Code:    api.NoVoters, Hint: "use --wait pending",
		}
	}
	return err
}

func planPayment(ctx context.Context, b api.Backend, w *wallet.Watch, r pay.Request) (*pay.Plan, error) {
	r.Now = time.Now().UnixMilli()
	plan, err := pay.PrepareWallet(ctx, b, w, r)
	return plan, poolHint(err)
}

// sign decrypts the wallet for just as long as it takes.
func (a *app) sign(w *wallet.Watch, plan *pay.Plan) ([]byte, error) {
	keys, err := a.unlock(w)
	if err != nil {
		return nil, err
	}
	defer keys.Close()
	return plan.Sign(keys)
}

func (a *app) explain(r pay.Request, plan *pay.Plan) {
	a.say("pay     %s TTX to %s", wallet.FormatAmount(plan.Amount), tx.EncodeAddress(r.To))
	a.say("burn    %s TTX (%d bytes, %d inputs)", wallet.FormatAmount(plan.Burn), plan.Size, plan.Inputs)
	a.say("change  %s TTX", wallet.FormatAmount(plan.Change))
}

type dryRunJSON struct {
	DryRun bool       `json:"dry_run"`
	Amount api.Amount `json:"amount"`
	Burn   api.Amount `json:"burn"`
	Change api.Amount `json:"change"`
	Inputs int        `json:"inputs"`
	Size   int        `json:"size"`
}

func (a *app) printDryRun(plan *pay.Plan) error {
	out := dryRunJSON{true, api.Amount(plan.Amount), api.Amount(plan.Burn), api.Amount(plan.Change), plan.Inputs, plan.Size}
	return a.print(out, func(*table) { a.say("dry run: nothing was paid") })
}

// submit hands in a signed transaction, waits if asked to, and prints what
// became of it.
func (a *app) submit(ctx context.Context, client *api.Client, raw []byte, after followUp) error {
	done, err := client.Submit(ctx, raw)
	if err != nil {
		return err
	}
	if after.wait != "" {
		if done.Status, err = await(ctx, client, done, after); err != nil {
			return errors.Join(a.printSubmitted(done), err)
		}
	}
	return errors.Join(a.printSubmitted(done), lost(done))
}

// await returns the status once the wait is over; after a time-out the last
// one known.
func await(ctx context.Context, client *api.Client, done api.Submitted, after followUp) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, after.timeout)
	defer cancel()
	info, err := client.Wait(ctx, done.TxID, after.wait)
	if errors.Is(err, api.Timeout) {
		return done.Status, &hinted{
			fmt.Errorf("%w: not %s after %s; it was handed in all the same", errTimeout, after.wait, after.timeout),
			"look again with: ttx tx show " + done.TxID,
		}
	}
	if err != nil {
		return done.Status, err
	}
	return info.Status, nil
}

// lost tells a payment that will not, or may not, arrive.
func lost(done api.Submitted) error {
	switch done.Status {
	case api.StatusRejected, api.StatusOrphaned, api.StatusDisputed, api.StatusConflicted:
		return &hinted{
			&marked{fmt.Errorf("the payment is %s", done.Status), errRejected},
			"see its rivals with: ttx tx show " + done.TxID,
		}
	}
	return nil
}

func (a *app) printSubmitted(done api.Submitted) error {
	return a.print(done, func(t *table) { t.row(done.TxID, done.Status) })
}
