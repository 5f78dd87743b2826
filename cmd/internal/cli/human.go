package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// humanSize shows bytes with at most four digits: 0 B, 16.0 KiB, 4.37 GiB.
func humanSize(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n)/1024, 0
	for v >= 999.5 && unit < 4 {
		v, unit = v/1024, unit+1
	}
	digits := 2
	switch {
	case v >= 99.95:
		digits = 0
	case v >= 9.995:
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + "KMGTP"[unit:unit+1] + "iB"
}

// humanRate shows bytes a second; none is "-".
func humanRate(n int64) string {
	if n == 0 {
		return "-"
	}
	return humanSize(n) + "/s"
}

// humanLimit shows a limit.
func humanLimit(n int64) string {
	if n == 0 {
		return "none"
	}
	return humanRate(n)
}

// humanTime shows seconds by their two largest units; unknown is "-".
func humanTime(seconds *int64) string {
	if seconds == nil {
		return "-"
	}
	n := *seconds
	switch {
	case n < 60:
		return fmt.Sprintf("%ds", n)
	case n < 3600:
		return fmt.Sprintf("%dm%02ds", n/60, n%60)
	case n < 24*3600:
		return fmt.Sprintf("%dh%02dm", n/3600, n/60%60)
	case n < 1000*24*3600:
		return fmt.Sprintf("%dd%02dh", n/24/3600, n/3600%24)
	}
	return ">1000d"
}

// percent rounds down, so that 100% is all of it.
func percent(progress float64) string { return fmt.Sprintf("%d%%", int(progress*100)) }

// ratioText is a ratio with two digits.
func ratioText(r float64) string { return strconv.FormatFloat(r, 'f', 2, 64) }

// moment shows Unix seconds in UTC; unknown is "-".
func moment(at *int64) string {
	if at == nil {
		return "-"
	}
	return time.Unix(*at, 0).UTC().Format(time.DateTime)
}

// columns is the width of the terminal that is written to; 0 when it is none.
func (a *app) columns() int {
	fd, ok := terminal(a.Out)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(fd)
	if err != nil {
		return 0
	}
	return width
}

// clip cuts a text to a width in columns, with a mark where it was cut.
func clip(s string, width int) string {
	if width <= 0 || cells(s) <= width {
		return s
	}
	kept, used := 0, 0
	for rest, state := s, -1; rest != ""; {
		var char string
		var w int
		char, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += w; used > width-1 {
			break
		}
		kept += len(char)
	}
	return strings.TrimRight(s[:kept], " ") + "…"
}

// cells is how many columns of a terminal a text takes: two for an ideograph, none for an accent that stands by itself.
func cells(s string) int { return uniseg.StringWidth(s) }
