package wallet

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/torrenttx/ttx/ledger/tx"
)

// decimals is the number of digits after the point in one TTX: log10(tx.TTX).
const decimals = 8

// maxAmountText is the longest amount: 11 digits, a point, 8 digits.
const maxAmountText = 11 + 1 + decimals

// ParseAmount turns a decimal number of TTX into base units, of which one TTX
// has 10^8. It takes digits, with at most eight more after a point, and nothing
// else: no sign, exponent, space, separator or superfluous zero in front. What
// it refuses is an ErrAmount.
func ParseAmount(s string) (uint64, error) {
	if len(s) > maxAmountText {
		return 0, fmt.Errorf("%w: more than %d characters", ErrAmount, maxAmountText)
	}
	whole, fraction, point := strings.Cut(s, ".")
	switch {
	case !isDigits(whole), point && !isDigits(fraction):
		return 0, fmt.Errorf("%w: %q is not a decimal number", ErrAmount, s)
	case len(whole) > 1 && whole[0] == '0':
		return 0, fmt.Errorf("%w: %q starts with a superfluous zero", ErrAmount, s)
	case len(fraction) > decimals:
		return 0, fmt.Errorf("%w: %q has more than %d digits after the point", ErrAmount, s, decimals)
	}
	// At most 11 and 8 digits: the number cannot exceed 20 digits, and
	// ParseUint tells when it exceeds 64 bits.
	units, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 64)
	if err != nil || units > tx.MaxInt {
		return 0, fmt.Errorf("%w: %s TTX is more than any supply", ErrAmount, s)
	}
	return units, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// FormatAmount writes base units as a decimal number of TTX, without
// superfluous zeros. ParseAmount reads it back.
func FormatAmount(units uint64) string {
	whole := strconv.FormatUint(units/tx.TTX, 10)
	fraction := units % tx.TTX
	if fraction == 0 {
		return whole
	}
	return whole + "." + strings.TrimRight(fmt.Sprintf("%0*d", decimals, fraction), "0")
}
