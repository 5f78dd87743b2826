package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// speedTab is the rates of the last minutes, while the torrent was on the screen.
type speedTab struct {
	history *history
	of      string
}

func (s *speedTab) title() string                 { return "Speed" }
func (s *speedTab) list() *List                   { return nil }
func (s *speedTab) keys() []Key                   { return nil }
func (s *speedTab) press(Torrent, string) tea.Cmd { return nil }
func (s *speedTab) take(detailMsg) tea.Cmd        { return nil }
func (s *speedTab) load(Torrent) tea.Cmd          { return nil }

func (s *speedTab) render(t *Theme, w, h int) string {
	down, up := s.history.rates(s.of)
	if len(down) == 0 {
		return Empty(t, w, h, "No rates yet", "They are noted each second while the torrent is on the screen.")
	}
	high := max(1, (h-3)/2)
	lines := speedGraph(t, "down", down, w, high)
	if h >= 5 {
		lines = append(append(lines, ""), speedGraph(t, "up", up, w, high)...)
	}
	return strings.Join(lines, "\n")
}

// speedGraph is a heading and a graph below it.
func speedGraph(t *Theme, name string, values []int64, w, high int) []string {
	values = values[max(0, len(values)-(w-2)):]
	head := fmt.Sprintf(" %-4s  now %s, most %s, in %s", name, Rate(values[len(values)-1]), Rate(slices.Max(values)), etaText(int64(len(values))))
	lines := []string{t.Muted.Render(Cut(head, w))}
	for _, line := range Graph(values, w-2, high) {
		lines = append(lines, " "+t.Bar.Render(line))
	}
	return lines
}

// Graph draws the last w values as columns h lines high, the largest as high as
// there is room. It is Spark with more lines.
func Graph(values []int64, w, h int) []string {
	steps := []rune(" ▁▂▃▄▅▆▇█")
	eighths := len(steps) - 1
	values = values[max(0, len(values)-w):]
	top := int64(1)
	for _, v := range values {
		top = max(top, v)
	}
	lines := make([]string, h)
	for i := range lines {
		line := make([]rune, 0, w)
		below := (h - 1 - i) * eighths // what stands below this line
		for _, v := range values {
			high := int(float64(max(0, v)) / float64(top) * float64(h*eighths))
			if v > 0 {
				high = max(1, high) // something is not nothing
			}
			line = append(line, steps[min(eighths, max(0, high-below))])
		}
		lines[i] = strings.Repeat(" ", w-len(line)) + string(line)
	}
	return lines
}
