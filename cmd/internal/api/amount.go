package api

import (
	"encoding/json"
	"fmt"

	"github.com/torrenttx/ttx/ledger/wallet"
)

// Amount is a number of base units. As text, and in JSON as a string, it is
// decimal TTX without superfluous zeros: 1.5, 0.00000001, 20. It is a string
// in JSON because a binary float cannot hold it.
type Amount uint64

// String returns decimal TTX.
func (a Amount) String() string { return wallet.FormatAmount(uint64(a)) }

// MarshalJSON writes the amount as a string.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Amount) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("amount %.40s: %w", b, err)
	}
	units, err := wallet.ParseAmount(text)
	if err == nil {
		*a = Amount(units)
	}
	return err
}
