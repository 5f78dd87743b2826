package cli

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/term"

	"github.com/torrenttx/ttx/tui"
)

// humanLimit shows a limit.
func humanLimit(n int64) string {
	if n == 0 {
		return "none"
	}
	return tui.Rate(n)
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

// clip cuts a text to a width in columns, with a mark where it was cut; 0 is no width.
func clip(s string, width int) string {
	if width <= 0 {
		return s
	}
	return tui.Cut(s, width)
}
