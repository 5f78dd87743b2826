package tui

import (
	"strconv"
	"strings"
	"time"
)

// Empty draws what stands where there is nothing to show: what it is and what to do.
func Empty(t *Theme, w, h int, title, next string) string {
	lines := []string{t.Title.Render(Cut(Clean(title), w-2))}
	for _, line := range Wrap(Clean(next), min(w-2, 70)) {
		lines = append(lines, t.Muted.Render(line))
	}
	top := max(0, min(2, (h-len(lines))/2))
	return strings.Repeat("\n", top) + " " + strings.Join(lines, "\n ")
}

// Bar draws a share of 0 to 1 in w columns.
func Bar(t *Theme, share float64, w int) string {
	n := int(min(1, max(0, share)) * float64(w))
	return t.Bar.Render(strings.Repeat("█", n)) + t.BarOff.Render(strings.Repeat("░", max(0, w-n)))
}

// Spark draws the last w values as small columns, the largest as high as a line.
func Spark(values []int64, w int) string {
	steps := []rune("▁▂▃▄▅▆▇█")
	values = values[max(0, len(values)-w):]
	top := int64(1)
	for _, v := range values {
		top = max(top, v)
	}
	line := make([]rune, 0, w)
	for _, v := range values {
		line = append(line, steps[int(float64(max(0, v))/float64(top)*float64(len(steps)-1))])
	}
	return strings.Repeat(" ", w-len(line)) + string(line)
}

// Size shows bytes with at most four digits: 0 B, 16.0 KiB, 4.37 GiB.
func Size(n int64) string {
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

// Rate shows bytes a second; none is "-".
func Rate(n int64) string {
	if n <= 0 {
		return "-"
	}
	return Size(n) + "/s"
}

// Count shows a number with a comma at every third digit: 12,300.
func Count[N int | int64 | uint32 | uint64](n N) string {
	s, sign := strconv.FormatUint(uint64(n), 10), ""
	if n < 0 {
		s, sign = strings.TrimPrefix(strconv.FormatInt(int64(n), 10), "-"), "-"
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Plural writes a number and its noun: 1 peer, 5 peers. One is the noun for one.
func Plural[N int | int64 | uint32 | uint64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + one + "s"
}

// Ago shows how long ago something was, by its largest unit: 5s, 3m, 2h, 9d.
func Ago(d time.Duration) string {
	switch {
	case d < 0:
		return "now"
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}
