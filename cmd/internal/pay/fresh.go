package pay

import (
	"context"
	"errors"
	"fmt"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
)

// ErrSpent says that a plan's coins went elsewhere since it was made. Handing it in
// would be a double spend of one's own.
var ErrSpent = errors.New("another payment took its coins meanwhile; nothing was paid")

// Fresh asks the node whether the coins of a plan are still there. Between the plan
// and its signature somebody reads it and types a passphrase: time enough for
// another program to pay from the same wallet.
func (p *Plan) Fresh(ctx context.Context, b api.Backend) error {
	var owners []tx.Key
	seen := make(map[tx.Key]bool)
	for _, out := range p.Spent {
		if key := out.Lock.Key(); !seen[key] {
			seen[key] = true
			owners = append(owners, key)
		}
	}
	free := make(map[tx.Outpoint]bool)
	for part := range chunks(owners) {
		coins, err := Coins(ctx, b, part)
		if err != nil {
			return err
		}
		for _, c := range coins {
			free[c.Outpoint] = !c.Leaving
		}
	}
	for _, in := range p.Tx.In {
		if !free[in] {
			return fmt.Errorf("coin %.12s:%d: %w", in.Tx.String(), in.Index, ErrSpent)
		}
	}
	return nil
}
