package settings

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxSize bounds a size or rate: 1 PiB, beyond every disk and line there is, and
	// small enough for sums of thousands of them in 64 bits.
	maxSize = 1 << 50
	// maxTime bounds a duration: ten years.
	maxTime = 10 * 365 * 24 * time.Hour
)

// unit is a name and what one of it is.
type unit struct {
	name string
	is   float64
}

// sizeUnits are the units of sizes, the ones to write first.
func sizeUnits() []unit {
	return []unit{
		{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
		{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	}
}

// ParseSize reads a number of bytes with a unit: 4096, 500 kB, 1.5 MiB. One space may
// stand before the unit. "none" is 0.
func ParseSize(text string) (int64, error) {
	if text == "none" {
		return 0, nil
	}
	number, name := splitUnit(text)
	at := slices.IndexFunc(sizeUnits(), func(u unit) bool { return u.name == name })
	if name == "" {
		at = 0
	}
	if number == "" || at < 0 {
		return 0, invalid("%.40q is no size: write a number and B, KiB, MiB, GiB, kB, MB or GB, like \"5 MiB\"", text)
	}
	n, err := parseDecimal(number)
	if err != nil {
		return 0, err
	}
	bytes := math.Round(n * sizeUnits()[at].is)
	if bytes > maxSize {
		return 0, invalid("%.40q is more than %d bytes", text, int64(maxSize))
	}
	return int64(bytes), nil
}

// ParseRate reads bytes a second: a size, with or without /s.
func ParseRate(text string) (int64, error) { return ParseSize(strings.TrimSuffix(text, "/s")) }

// splitUnit cuts a text after its number. One space is dropped.
func splitUnit(text string) (number, name string) {
	end := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		return text, ""
	}
	name = strings.TrimPrefix(text[end:], " ")
	if name == "" {
		return "", ""
	}
	return text[:end], name
}

// parseDecimal reads digits with at most one point between them: no sign, exponent or infinity.
func parseDecimal(text string) (float64, error) {
	whole, part, point := strings.Cut(text, ".")
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !digits(whole) || (point && !digits(part)) {
		return 0, invalid("%.40q is not a decimal number", text)
	}
	return n, nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// timeUnits are the units of times, the longest first.
func timeUnits() []unit {
	return []unit{
		{"w", float64(7 * 24 * time.Hour)}, {"d", float64(24 * time.Hour)}, {"h", float64(time.Hour)},
		{"m", float64(time.Minute)}, {"s", float64(time.Second)}, {"ms", float64(time.Millisecond)},
	}
}

// ParseTime reads a time: 90s, 10m, 1h30m, 2d, 1w. Units go from the longest to the
// shortest. "none" and "0" are 0.
func ParseTime(text string) (time.Duration, error) {
	if text == "none" || text == "0" {
		return 0, nil
	}
	var sum float64
	units, rest := timeUnits(), text
	for rest != "" {
		number, tail := splitUnit(rest)
		end := strings.IndexAny(tail, "0123456789.")
		if end < 0 {
			end = len(tail)
		}
		at := slices.IndexFunc(units, func(u unit) bool { return u.name == tail[:end] })
		n, err := parseDecimal(number)
		if at < 0 || err != nil || strings.Contains(rest, " ") {
			return 0, invalid("%.40q is no time: write numbers with w, d, h, m or s, like \"90m\" or \"1h30m\"", text)
		}
		sum += n * units[at].is
		units, rest = units[at+1:], tail[end:]
	}
	if text == "" || sum > float64(maxTime) {
		return 0, invalid("%.40q is no time of at most ten years", text)
	}
	return time.Duration(sum), nil
}

// sizeText writes a size so that ParseSize reads it back exactly, in the unit that makes the shortest number.
func sizeText(n int64) string {
	if n == 0 {
		return "none"
	}
	best, name := n, "B"
	for _, u := range sizeUnits() {
		if is := int64(u.is); n%is == 0 && n/is < best {
			best, name = n/is, u.name
		}
	}
	return strconv.FormatInt(best, 10) + " " + name
}

// timeText writes a time so that ParseTime reads it back exactly.
func timeText(d time.Duration) string {
	if d == 0 {
		return "none"
	}
	var b strings.Builder
	for _, u := range timeUnits()[1:] { // weeks read badly
		is := time.Duration(u.is)
		if n := d / is; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + u.name)
			d %= is
		}
	}
	return b.String()
}

// ParseRatio reads a positive decimal number.
func ParseRatio(text string) (float64, error) {
	n, err := parseDecimal(text)
	if err == nil && n > maxCount {
		err = invalid("%.40q is more than %d", text, maxCount)
	}
	return n, err
}
