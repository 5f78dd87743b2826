package cli

import (
	"strings"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// TestHealthText: each state of the wallet and the node is said, with what to do, and nothing else.
func TestHealthText(t *testing.T) {
	unknown := api.CoinHealth{TxID: "aa", History: 1, HeldMin: api.HeldUnknown}
	thin := api.CoinHealth{TxID: "bb", History: 1, HeldMin: 0, Thin: true}
	good := api.CoinHealth{TxID: "cc", History: 1, HeldMin: 3}
	for name, c := range map[string]struct {
		health api.Health
		says   []string
		not    []string
	}{
		"no coins": {api.Health{Online: true, Budget: 120}, []string{"no coins"}, []string{"AMOUNT", "announce"}},
		"no node": {api.Health{Coins: []api.CoinHealth{unknown}, Ancestors: 1},
			[]string{"1 transaction;", "no node runs", "ttx node", "that takes a node"}, []string{"keeper_announces", "--check", "thin"}},
		"nobody asked": {api.Health{Coins: []api.CoinHealth{unknown}, Ancestors: 2, Online: true, Budget: 120},
			[]string{"2 transactions;", "not asked yet", "--check"}, []string{"no node", "keeper_announces", "thin"}},
		"a new coin": {api.Health{Coins: []api.CoinHealth{good, unknown}, Ancestors: 2, Online: true, Budget: 120, CheckedAt: 1},
			[]string{"1970-01-01", "not yet about coins with ?"}, []string{"thin"}},
		"good": {api.Health{Coins: []api.CoinHealth{good}, Ancestors: 1, Online: true, Budget: 120, CheckedAt: 1},
			[]string{"asked last"}, []string{"?", "thin", "What to do"}},
		"thin": {api.Health{Coins: []api.CoinHealth{good, thin}, Ancestors: 1, Online: true, Budget: 120, CheckedAt: 1, Enough: 3},
			[]string{"1 coin is thin", "fewer than 3", "ttx proof export bb --chain full", "ttx peers"}, []string{"export cc"}},
		"two thin": {api.Health{Coins: []api.CoinHealth{thin, thin}, Ancestors: 1, Online: true, Budget: 120, CheckedAt: 1},
			[]string{"2 coins are thin"}, nil},
		"small budget": {api.Health{Coins: []api.CoinHealth{good}, Ancestors: 61, Online: true, Budget: 120, CheckedAt: 1},
			[]string{"keeper_announces = 122"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got table
			healthText(&got, c.health)
			text := got.String()
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("%q is not in:\n%s", s, text)
				}
			}
			for _, s := range c.not {
				if strings.Contains(text, s) {
					t.Errorf("%q is in:\n%s", s, text)
				}
			}
		})
	}
}
