package tui

import (
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// BenchmarkFrame is one key press and the drawing after it, in a large window over
// a log of 5,000 lines.
func BenchmarkFrame(b *testing.B) {
	f := lab()
	for i := range 5000 {
		f.lines = append(f.lines, LogLine{Seq: uint64(i), At: clock(), Level: Info, Text: fmt.Sprint("message ", i, " with some text behind it")})
	}
	a := newApp(b.Context(), options(f.backend()))
	a.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
	a.Update(connectedMsg{backend: f.backend()})
	settle(a, a.goTo(a.index("log")))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.Update(keyMsg([]string{"j", "k"}[i/40%2]))
		if len(a.View()) == 0 {
			b.Fatal("nothing was drawn")
		}
	}
}
