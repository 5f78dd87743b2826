package tui

import (
	"io"
	"math"
	"strconv"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// The least contrasts that WCAG 2.1 asks for: of text, and of what does not work
// now but has to be found.
const (
	leastText = 4.5
	leastOff  = 3.0
)

// Every text of a theme can be read on what it stands on.
func TestThemesCanBeRead(t *testing.T) {
	for name, ground := range map[string]string{ThemeDark: "16", ThemeLight: "231"} {
		p := palettes()[name]
		for _, c := range []struct {
			what, text, on string
			least          float64
		}{
			{"muted", p.muted, ground, leastText}, {"off", p.off, ground, leastOff}, {"accent", p.accent, ground, leastText},
			{"good", p.good, ground, leastText}, {"warn", p.warn, ground, leastText}, {"bad", p.bad, ground, leastText},
			{"the header", p.headText, p.head, leastText}, {"good in the header", p.good, p.head, leastText},
			{"warn in the header", p.warn, p.head, leastText}, {"bad in the header", p.bad, p.head, leastText},
			{"the cursor's row", p.cursorText, p.cursor, leastText},
		} {
			if got := contrast(t, c.text, c.on); got < c.least {
				t.Errorf("%s: %s is %s on %s: %.1f, want %.1f", name, c.what, c.text, c.on, got, c.least)
			}
		}
	}
}

// contrast is that of WCAG 2.1 between two of the 240 colours that are the same in
// every terminal.
func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.Atoi(colour)
	if err != nil || n < 16 || n > 255 {
		t.Fatalf("colour %q is another one in every terminal", colour)
	}
	rgb := [3]int{8 + 10*(n-232), 8 + 10*(n-232), 8 + 10*(n-232)}
	if n < 232 {
		for i, d := range []int{36, 6, 1} {
			if step := (n - 16) / d % 6; step > 0 {
				rgb[i] = 55 + 40*step
			} else {
				rgb[i] = 0
			}
		}
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(rgb[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

// The theme of high contrast chooses no colour, and what is chosen still stands out.
func TestContrastHasNoColours(t *testing.T) {
	theme := makeTheme(ThemeContrast, lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.TrueColor)))
	for what, style := range map[string]lipgloss.Style{
		"muted": theme.Muted, "off": theme.Off, "good": theme.Good, "bar": theme.Bar,
	} {
		if got := style.Render("x"); got != "x" {
			t.Errorf("%s: %q", what, got)
		}
	}
	for what, style := range map[string]lipgloss.Style{"the cursor": theme.Cursor, "the header": theme.Head, "the view's name": theme.TabOn} {
		if !style.GetReverse() {
			t.Errorf("%s is drawn as everything else", what)
		}
	}
}

// Whatever is chosen is remembered by its name, and automatic as such: dark and
// light are what it finds at each start.
func TestThemeIsKept(t *testing.T) {
	var kept []string
	o := options(lab().backend())
	o.KeepTheme = func(name string) error { kept = append(kept, name); return nil }
	a := newApp(t.Context(), o)
	for _, line := range []string{"theme light", "theme auto", "theme pink"} {
		runAll(a.execute(line, nil))
	}
	if len(kept) != 2 || kept[0] != ThemeLight || kept[1] != ThemeAuto || a.d.Theme.Name != ThemeLight {
		t.Errorf("kept %q, shown %s", kept, a.d.Theme.Name)
	}
}

// runAll runs a command and those that it stands for.
func runAll(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if batch, ok := cmd().(tea.BatchMsg); ok {
		for _, one := range batch {
			runAll(one)
		}
	}
}
