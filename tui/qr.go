package tui

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"rsc.io/qr"
)

// The light modules around a code: what the standard asks for, and what readers
// still find where there is no room.
const (
	quietZone      = 4
	quietZoneLeast = 2
)

// qrCode draws a code with two modules in each character. With colours it is dark
// on light whatever the terminal looks like; without them what is drawn is the
// light part on a dark terminal, and the dark part on a light one.
type qrCode struct {
	code *qr.Code
}

// newQR encodes a text. A bech32 address is the same in capitals, which take a
// smaller code. Too long a text makes none.
func newQR(text string) qrCode {
	code, err := qr.Encode(strings.ToUpper(text), qr.L)
	if err != nil {
		return qrCode{}
	}
	return qrCode{code}
}

// size is what a code with a border of zone modules takes, in columns and lines.
func (q qrCode) size(zone int) (w, h int) {
	if q.code == nil {
		return 0, 0
	}
	n := q.code.Size + 2*zone
	return n, (n + 1) / 2
}

// fits returns the widest border with which the code fits.
func (q qrCode) fits(w, h int) (zone int, ok bool) {
	for zone := quietZone; zone >= quietZoneLeast; zone-- {
		if cw, ch := q.size(zone); cw > 0 && cw <= w && ch <= h {
			return zone, true
		}
	}
	return 0, false
}

// lines draws the code. invert exchanges dark and light where there are no colours.
func (q qrCode) lines(t *Theme, zone int, invert bool) []string {
	if q.code == nil {
		return nil
	}
	style := t.Text.Foreground(lipgloss.Color("16")).Background(lipgloss.Color("231"))
	plain := style.Render("x") == "x"
	drawn := func(x, y int) bool { return q.code.Black(x, y) }
	if plain && (t.Name != ThemeLight) != invert {
		drawn = func(x, y int) bool { return !q.code.Black(x, y) }
	}
	var out []string
	for y := -zone; y < q.code.Size+zone; y += 2 {
		var b strings.Builder
		for x := -zone; x < q.code.Size+zone; x++ {
			b.WriteString(halfBlock(drawn(x, y), y+1 < q.code.Size+zone && drawn(x, y+1)))
		}
		if plain {
			out = append(out, b.String())
			continue
		}
		out = append(out, style.Render(b.String()))
	}
	return out
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
