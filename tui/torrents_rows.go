package tui

import (
	"strconv"
	"strings"
	"time"
)

// torrentColumns are the list's. The first ones stay where there is little room.
func torrentColumns() []Column {
	return []Column{
		{Title: "Name", Width: 12, Flex: 1, Sort: "name"},
		{Title: "Size", Width: 8, Right: true, From: Medium, Sort: "size"},
		{Title: "Progress", Width: torrentBar, From: Medium},
		{Title: "Done", Width: 5, Right: true, Sort: "progress"},
		{Title: "State", Width: 11, Sort: "state"},
		{Title: "Down/s", Width: 8, Right: true, Sort: "down"},
		{Title: "Up/s", Width: 8, Right: true, From: Medium, Sort: "up"},
		{Title: "ETA", Width: 6, Right: true, From: Medium, Sort: "eta"},
		{Title: "Ratio", Width: 6, Right: true, From: Wide, Sort: "ratio"},
		{Title: "Peers", Width: 7, Right: true, From: Wide, Sort: "peers"},
		{Title: "Label", Width: 14, From: Wide, Sort: "label"},
	}
}

// torrentBar is the width of the progress bar in a row.
const torrentBar = 8

func torrentRow(t *Torrent) Row {
	return Row{Key: t.ID, Tone: torrentTone(t.State), Cells: []string{
		torrentName(t), sizeCell(t.Size), barText(t.Progress, torrentBar), percentText(t.Progress), t.State,
		rateCell(t.Down), rateCell(t.Up), etaText(t.ETA), ratioText(t.Ratio), peersText(t), strings.Join(t.Labels, " "),
	}}
}

// torrentName is a name, behind what is wrong: the end of a cell may be cut.
func torrentName(t *Torrent) string {
	name := t.Name
	if name == "" {
		name = t.ID
	}
	if t.Error != "" {
		return "[" + t.Error + "] " + name
	}
	return name
}

func torrentTone(state string) Tone {
	switch state {
	case "error":
		return Bad
	case "seeding":
		return Good
	case "checking", "moving", "metadata":
		return Warn
	case "paused", "finished", "queued":
		return Quiet
	}
	return Plain
}

// barText is a progress bar without styles, which a cell can hold.
func barText(share float64, w int) string {
	n := int(min(1, max(0, share)) * float64(w))
	return strings.Repeat("█", n) + strings.Repeat("░", w-n)
}

// percentText rounds down, so that 100% is all of it.
func percentText(share float64) string { return strconv.Itoa(int(min(1, max(0, share))*100)) + "%" }

// sizeCell is a size; none is known before the info is.
func sizeCell(n int64) string {
	if n <= 0 {
		return "-"
	}
	return Size(n)
}

// rateCell is a rate below a heading that says the unit.
func rateCell(n int64) string { return sizeCell(n) }

func ratioText(r float64) string { return strconv.FormatFloat(r, 'f', 2, 64) }

// peersText is connections to those who have all of it, of all connections.
func peersText(t *Torrent) string { return strconv.Itoa(t.Seeds) + "/" + strconv.Itoa(t.Peers) }

// etaText shows seconds by their two largest units; unknown is "-".
func etaText(n int64) string {
	two := func(a int64, x string, b int64, y string) string {
		text := strconv.FormatInt(b, 10)
		return strconv.FormatInt(a, 10) + x + strings.Repeat("0", max(0, 2-len(text))) + text + y
	}
	switch {
	case n < 0:
		return "-"
	case n < 60:
		return strconv.FormatInt(n, 10) + "s"
	case n < 3600:
		return two(n/60, "m", n%60, "s")
	case n < 24*3600:
		return two(n/3600, "h", n/60%60, "m")
	case n < 1000*24*3600:
		return two(n/24/3600, "d", n/3600%24, "h")
	}
	return ">1000d"
}

// moment shows a time by the clock of whoever reads it; none is "-".
func moment(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(time.DateTime)
}

// countOrNone shows what a tracker said; -1 is nothing.
func countOrNone(n int) string {
	if n < 0 {
		return "-"
	}
	return strconv.Itoa(n)
}
