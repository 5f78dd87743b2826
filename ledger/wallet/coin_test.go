package wallet

import (
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
)

func TestBalance(t *testing.T) {
	key := tx.KeyLock(tx.Key{1})
	tests := map[string]struct {
		coins []Coin
		want  Balances
	}{
		"nothing":   {nil, Balances{}},
		"confirmed": {[]Coin{{Amount: 5, Lock: key, Status: Confirmed, Spendable: true}}, Balances{Confirmed: 5, Spendable: 5}},
		"leaving":   {[]Coin{{Amount: 5, Lock: key, Status: Confirmed, Leaving: true}}, Balances{Leaving: 5}},
		"incoming":  {[]Coin{{Amount: 5, Lock: key, Status: Pending}}, Balances{Pending: 5}},
		"own change": {[]Coin{
			{Amount: 9, Lock: key, Status: Confirmed, Leaving: true},
			{Amount: 5, Lock: key, Status: Pending, Spendable: true},
		}, Balances{Leaving: 9, Pending: 5, Spendable: 5}},
		"chain of own change": {[]Coin{
			{Amount: 9, Lock: key, Status: Confirmed, Leaving: true},
			{Amount: 5, Lock: key, Status: Pending, Leaving: true},
			{Amount: 3, Lock: key, Status: Pending, Spendable: true},
		}, Balances{Leaving: 9, Pending: 3, Spendable: 3}},
		"conflicted": {[]Coin{{Amount: 5, Lock: key, Status: Conflicted}}, Balances{Conflicted: 5}},
		"both rivals": {[]Coin{
			{Amount: 5, Lock: key, Status: Conflicted},
			{Amount: 4, Lock: key, Status: Conflicted, Leaving: true},
		}, Balances{Conflicted: 5}},
		"a verdict that cannot be": {[]Coin{
			{Amount: 5, Lock: key, Status: Conflicted, Spendable: true},
			{Amount: 5, Lock: key, Status: Confirmed, Leaving: true, Spendable: true},
			{Amount: 5, Lock: key, Spendable: true},
		}, Balances{Leaving: 5, Conflicted: 5}},
		"not a plain key": {[]Coin{
			{Amount: 5, Lock: tx.ThresholdLock(1, key), Status: Confirmed, Spendable: true},
		}, Balances{Confirmed: 5}},
		"saturates": {[]Coin{
			{Amount: 1 << 63, Lock: key, Status: Conflicted},
			{Amount: 1 << 63, Lock: key, Status: Conflicted},
		}, Balances{Conflicted: ^uint64(0)}},
	}
	for name, tt := range tests {
		if got := Balance(tt.coins); got != tt.want {
			t.Errorf("%s: %+v, expected %+v", name, got, tt.want)
		}
	}
}

func TestOfRecord(t *testing.T) {
	if got := (Balances{Confirmed: 3, Leaving: 4, Pending: 100, Conflicted: 100, Spendable: 100}).OfRecord(); got != 7 {
		t.Errorf("OfRecord is %d", got)
	}
}
