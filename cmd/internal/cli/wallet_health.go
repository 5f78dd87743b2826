package cli

import (
	"context"
	"fmt"
	"slices"
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
			"online, enough, checked_at}; held_min is -1 for what nobody was asked about, checked_at 0 for never.\n\n" + exitCodeHelp,
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
	if len(h.Coins) == 0 {
		t.row("the wallet has no coins, so there is no history to keep")
		return
	}
	t.row("AMOUNT", "HISTORY", "HELD BY", "COIN")
	for _, c := range h.Coins {
		t.row(c.Amount, historyCount(c), heldBy(c), c.TxID+":"+strconv.FormatUint(uint64(c.Index), 10))
	}
	t.row()
	for _, line := range slices.Concat(keptText(h), thinAdvice(h), budgetAdvice(h)) {
		t.row(line)
	}
}

// keptText says what is done for the histories, and when others were asked.
func keptText(h api.Health) []string {
	of := "these coins descend from " + several(h.Ancestors, "transaction")
	if slices.ContainsFunc(h.Coins, func(c api.CoinHealth) bool { return c.More }) {
		of = fmt.Sprintf("these coins descend from more than %d transactions", h.Ancestors)
	}
	asked := "others were asked last at " + timeText(h.CheckedAt)
	if slices.ContainsFunc(h.Coins, func(c api.CoinHealth) bool { return c.HeldMin == api.HeldUnknown }) {
		asked += ", not yet about coins with ?"
	}
	switch {
	case h.Online && h.CheckedAt == 0:
		asked = "others were not asked yet; to ask now: ttx wallet health --check"
	case h.CheckedAt == 0:
		asked = "others were not asked: that takes a node"
	}
	if !h.Online {
		return []string{of + "; no node runs, so nobody gets them from here; start it: ttx node", asked}
	}
	return []string{fmt.Sprintf("%s; this node serves them, and announced %d in the last half hour (at most %d an hour)",
		of, h.Announced, h.Budget), asked}
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

// thinAdvice says what to do about thin histories.
func thinAdvice(h api.Health) []string {
	thin, first := 0, ""
	for _, c := range h.Coins {
		if c.Thin {
			if thin++; first == "" {
				first = c.TxID
			}
		}
	}
	if thin == 0 {
		return nil
	}
	return []string{
		fmt.Sprintf("%s thin: fewer than %d others hold some of its history, without which", severalAre(thin, "coin"), h.Enough),
		"nobody whom you pay with it can check it. What to do:",
		"  do not lose this folder, and keep the node running: peers take the history from it",
		"  meet more peers that keep the ledger: ttx peers shows who is there, ttx node --peer HOST:PORT names one",
		"  keep a copy elsewhere: ttx proof export " + first + " --chain full --out FILE",
	}
}

// budgetAdvice says so when announcements lapse before their turn comes again.
func budgetAdvice(h api.Health) []string {
	if !h.Online || h.Budget/2 >= h.Ancestors {
		return nil
	}
	return []string{fmt.Sprintf("to announce all of it each half hour: keeper_announces = %d in the settings", 2*h.Ancestors)}
}

// several writes a number of things.
func several(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func severalAre(n int, thing string) string {
	if n == 1 {
		return "1 " + thing + " is"
	}
	return fmt.Sprintf("%d %ss are", n, thing)
}
