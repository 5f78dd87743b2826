package tui

import (
	"fmt"
	"strings"
	"time"
)

// The status words that the views know; see docs/spec/finality.md.
const (
	statusConfirmed  = "confirmed"
	statusPending    = "pending"
	statusConflicted = "conflicted"
)

// statusTone colours a status word.
func statusTone(status string) Tone {
	switch status {
	case statusConfirmed:
		return Good
	case statusPending, "unsolid", "":
		return Plain
	case statusConflicted, "unavailable":
		return Warn
	}
	return Bad
}

// rowTone colours a row: what is settled well, and votes, are quiet.
func rowTone(status string) Tone {
	if status == statusConfirmed || status == "" {
		return Quiet
	}
	return statusTone(status)
}

// statusText is a status with the share of the stake behind it, while it is counted.
func statusText(status string, s Share) string {
	if s.Total == 0 || status == statusConfirmed {
		return Clean(status)
	}
	return fmt.Sprintf("%s %d%%", Clean(status), s.Percent())
}

// shortID shows what people tell ids apart by.
func shortID(id string) string {
	const n = 12
	return Clean(id[:min(n, len(id))])
}

// timeText shows a time as people look for it: today the hour, before that the day.
func timeText(now, at time.Time) string {
	switch {
	case at.IsZero():
		return "-"
	case now.Sub(at) < 20*time.Hour && at.Sub(now) < 20*time.Hour:
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateOnly)
}

// lineOf puts a text on one line of w columns, cleaned.
func lineOf(text string, w int) string { return Cut(Clean(text), w) }

// beside joins two drawings: left w columns wide, a gap, right.
func beside(left string, w int, right []string) string {
	lines := strings.Split(left, "\n")
	for len(lines) < len(right) {
		lines = append(lines, "")
	}
	for i := range right {
		lines[i] = Pad(lines[i], w) + "  " + right[i]
	}
	return strings.Join(lines, "\n")
}
