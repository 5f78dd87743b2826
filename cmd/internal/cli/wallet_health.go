package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
)

// healthTimeout bounds how long others are asked: 4,096 transactions at the rate at
// which a peer answers take half a minute.
const healthTimeout = 2 * time.Minute

func (a *app) walletHealthCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Show how well others keep the history of the wallet's coins",
		Long: "Show, for each coin of the wallet, how many transactions it descends from and how many others showed that they\n" +
			"hold each of them: whoever is paid with the coin has to follow it back. A running node keeps them, announces\n" +
			"them within the setting keeper_announces, and asks up to eight peers every ten minutes; --check asks now.\n" +
			"Fewer than three others make a history thin; what to do about it is said below the list. A high count is no\n" +
			"promise: a peer shows that it can get at the bytes, not that it will keep them.\n\n" +
			"JSON: {coins: [{txid, index, amount, history, more, held_min, weakest, thin}], ancestors, announced, budget,\n" +
			"enough, checked_at}; held_min is -1 for what nobody was asked about, checked_at 0 for never.\n\n" + exitCodeHelp,
		Example: "  ttx wallet health\n  ttx wallet health --check --json | jq '.coins[] | select(.thin)'",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.wallet()
			if err != nil {
				return err
			}
			return a.read(cmd.Context(), func(b api.Backend) error {
				if err := pay.Register(cmd.Context(), b, w.Keys()); err != nil {
					return err
				}
				h, err := health(cmd.Context(), b, check)
				if err != nil {
					return err
				}
				return a.print(h, func(t *table) { healthText(t, h) })
			})
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "ask peers now what they hold; it takes seconds and a running node")
	return cmd
}

func health(ctx context.Context, b api.Backend, check bool) (api.Health, error) {
	if !check {
		return b.Health(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	return b.CheckHealth(ctx)
}

func healthText(t *table, h api.Health) {
	t.row("AMOUNT", "HISTORY", "HELD BY", "COIN")
	for _, c := range h.Coins {
		t.row(c.Amount, historyCount(c), heldBy(c), c.TxID+":"+strconv.FormatUint(uint64(c.Index), 10))
	}
	t.row()
	checked := "never"
	if h.CheckedAt > 0 {
		checked = timeText(h.CheckedAt)
	}
	t.row(fmt.Sprintf("%d transactions are kept for them, %d announced in the last half hour (at most %d an hour); others asked: %s",
		h.Ancestors, h.Announced, h.Budget, checked))
	for _, line := range healthAdvice(h) {
		t.row(line)
	}
}

func historyCount(c api.CoinHealth) string {
	if c.More {
		return fmt.Sprintf("over %d", c.History)
	}
	return strconv.Itoa(c.History)
}

func heldBy(c api.CoinHealth) string {
	switch {
	case c.HeldMin == api.HeldUnknown:
		return "?"
	case c.Thin:
		return fmt.Sprintf("%d (thin)", c.HeldMin)
	}
	return strconv.Itoa(c.HeldMin)
}

// healthAdvice says what to do about thin histories.
func healthAdvice(h api.Health) []string {
	var lines []string
	thin, unknown := 0, 0
	weakest := ""
	for _, c := range h.Coins {
		if c.HeldMin == api.HeldUnknown {
			unknown++
		}
		if c.Thin {
			if thin++; weakest == "" {
				weakest = c.TxID
			}
		}
	}
	if unknown > 0 {
		lines = append(lines, fmt.Sprintf("coins whose history nobody was asked about yet: %d. With a running node: ttx wallet health --check", unknown))
	}
	if thin > 0 {
		lines = append(lines,
			fmt.Sprintf("coins whose history fewer than %d others hold: %d. Until more do, do not lose this folder:", h.Enough, thin),
			"  keep the node running and connected (ttx peers); peers that keep the ledger take it from here;",
			"  put a copy elsewhere: ttx proof export "+weakest+" --chain full --out FILE")
	}
	if perHalf := h.Budget / 2; perHalf < h.Ancestors {
		lines = append(lines, fmt.Sprintf("to announce all of it each half hour: keeper_announces = %d in the settings", 2*h.Ancestors))
	}
	return lines
}
