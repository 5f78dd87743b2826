package tui

import (
	"context"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// piecesTab is the map of a torrent's pieces.
type piecesTab struct {
	d       Deps
	runs    []PieceRun
	err     error
	loaded  bool
	waiting bool
}

func newPiecesTab(d Deps) detailTab { return &piecesTab{d: d} }

func (p *piecesTab) title() string                 { return "Pieces" }
func (p *piecesTab) list() *List                   { return nil }
func (p *piecesTab) keys() []Key                   { return nil }
func (p *piecesTab) press(Torrent, string) tea.Cmd { return nil }

func (p *piecesTab) load(t Torrent) tea.Cmd {
	if p.waiting {
		return nil
	}
	p.waiting = true
	src := p.d.Backend.Torrents
	return p.d.Do(func(ctx context.Context) tea.Msg {
		runs, err := src.Pieces(ctx, t.ID)
		return detailMsg{of: t.ID, tab: piecesAt, data: runs, err: err}
	})
}

func (p *piecesTab) take(msg detailMsg) tea.Cmd {
	p.waiting, p.loaded, p.err = false, true, msg.err
	p.runs, _ = msg.data.([]PieceRun)
	return nil
}

func (p *piecesTab) render(t *Theme, w, h int) string {
	switch {
	case !p.loaded:
		return Empty(t, w, h, "One moment", "")
	case p.err != nil:
		return Empty(t, w, h, "Nothing is known", Clean(p.err.Error()))
	}
	total, done := 0, 0
	for _, r := range p.runs {
		total += r.Count
		if r.Kind == 'c' {
			done += r.Count
		}
	}
	if total == 0 {
		return Empty(t, w, h, "No pieces yet", "A magnet link does not say what is in it: a peer has to tell first.")
	}
	columns := max(1, w-2)
	cells := pieceCells(p.runs, total, min(total, columns*max(1, h-2)))
	each := (total + len(cells) - 1) / len(cells)
	legend := fmt.Sprintf(" %s of %s there", Count(done), Plural(total, "piece"))
	if each > 1 {
		legend += fmt.Sprintf("; about %d in a cell", each)
	}
	lines := []string{t.Muted.Render(Cut(legend+"   █ there  ▓ nearly  ▒ half  ░ some  ? checked  · missing", w))}
	for len(cells) > 0 {
		n := min(columns, len(cells))
		lines = append(lines, " "+t.Accent.UnsetBold().Render(string(cells[:n])))
		cells = cells[n:]
	}
	return strings.Join(lines, "\n")
}

// pieceCells draws total pieces in n cells, n at most total. A cell is full only
// when all of its pieces are there.
func pieceCells(runs []PieceRun, total, n int) []rune {
	done, partial, checked := make([]int, n), make([]bool, n), make([]bool, n)
	at := 0
	for _, r := range runs {
		for from := at; from < at+r.Count; {
			cell := from * n / total
			next := min(at+r.Count, ceilDiv((cell+1)*total, n))
			switch r.Kind {
			case 'c':
				done[cell] += next - from
			case 'p':
				partial[cell] = true
			case 'h':
				checked[cell] = true
			}
			from = next
		}
		at += r.Count
	}
	cells := make([]rune, n)
	for i := range cells {
		size := ceilDiv((i+1)*total, n) - ceilDiv(i*total, n)
		cells[i] = pieceCell(done[i], size, partial[i], checked[i])
	}
	return cells
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func pieceCell(done, size int, partial, checked bool) rune {
	switch {
	case done == size:
		return '█'
	case checked:
		return '?'
	case 4*done >= 3*size:
		return '▓'
	case 4*done >= size:
		return '▒'
	case done > 0 || partial:
		return '░'
	}
	return '·'
}
