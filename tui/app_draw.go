package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// headerHeight is the lines above a view, footerHeight below it.
func (a *app) headerHeight() int { return 2 }

const footerHeight = 1

func (a *app) bodyHeight() int { return max(1, a.h-a.headerHeight()-footerHeight) }

// View implements tea.Model.
func (a *app) View() string {
	if a.w < MinWidth || a.h < MinHeight {
		return Fit(fmt.Sprintf("This window is %d by %d.\n%d by %d is the least\nthat ttx can draw in.\nq quits.",
			a.w, a.h, MinWidth, MinHeight), a.w, a.h)
	}
	return a.header() + "\n" + Fit(a.body(), a.w, a.bodyHeight()) + "\n" + a.footer()
}

func (a *app) body() string {
	w, h := a.w, a.bodyHeight()
	switch {
	case len(a.over) > 0:
		return a.dialog(w, h)
	case !a.ready && a.gone != "":
		return Empty(a.d.Theme, w, h, "No node", Clean(a.gone))
	case !a.ready:
		return Empty(a.d.Theme, w, h, "Starting", a.opts.Starting)
	}
	return a.current().Render(w, h)
}

// lowBody is the height below which dialogs have no frame.
const lowBody = 14

// maxDialog is how wide a dialog gets: a line of text that the eye can follow.
const maxDialog = 88

// dialog draws the topmost one in the middle.
func (a *app) dialog(w, h int) string {
	t := a.d.Theme
	frameW, frameH := t.Box.GetFrameSize()
	top := a.over[len(a.over)-1]
	if h < lowBody { // no room for a frame
		return Fit(top.render(t, w-2, h), w, h)
	}
	inner := min(w, maxDialog) - frameW
	if s, ok := top.(*sheet); ok && s.Wide {
		inner = w - frameW
	}
	text := fitUp(top.render(t, inner, h-frameH), inner, h-frameH)
	return lipgloss.Place(w, h, lipgloss.Center, lipgloss.Center, t.Box.Width(inner+t.Box.GetHorizontalPadding()).Render(text))
}

// fitUp cuts a drawing to at most h lines of w columns.
func fitUp(s string, w, h int) string {
	return Fit(s, w, min(h, strings.Count(s, "\n")+1))
}

// minLeft is the least that the left side of the header keeps; the sentence of the
// right side is more important.
const minLeft = 8

// header is who we are, how the node is, and the views.
func (a *app) header() string {
	t := a.d.Theme
	left := " ttx"
	if o := a.overview; a.ready {
		for _, part := range []string{o.Network, a.opts.Name} {
			if part != "" {
				left += " · " + Clean(part)
			}
		}
	}
	state, tone := a.state()
	state = Cut(state, a.w-minLeft-3)
	left = Cut(left, a.w-Width(state)-3)
	gap := strings.Repeat(" ", max(1, a.w-Width(left)-Width(state)-1))
	mark := t.Head.Inherit(t.Tone(tone))
	if tone != Plain {
		mark = t.Tone(tone).Background(t.Head.GetBackground()).Reverse(t.Head.GetReverse())
	}
	return t.Head.Render(left+gap) + mark.Render(state) + t.Head.Render(" ") + "\n" + a.tabs()
}

// state is the sentence of the header, with the speeds where they have room.
func (a *app) state() (string, Tone) {
	switch {
	case a.gone != "" && a.ready:
		return "the node does not answer", Bad
	case !a.ready:
		return "", Plain
	}
	text, tone := Sentence(a.overview)
	if ClassOf(a.w) == Wide && a.overview.Down+a.overview.Up > 0 {
		text += "   ↓ " + Rate(a.overview.Down) + "  ↑ " + Rate(a.overview.Up)
	}
	return text, tone
}

// tab is one view's name in the header and where it stands.
type tab struct {
	text     string
	from, to int
}

func (a *app) tabLine() []tab {
	var line []tab
	x := 1
	for i, v := range a.views {
		text := fmt.Sprintf("%d %s", i+1, v.Title())
		if ClassOf(a.w) == Narrow && i != a.at {
			text = fmt.Sprint(i + 1)
		}
		line = append(line, tab{text, x, x + Width(text)})
		x += Width(text) + 2
	}
	return line
}

func (a *app) tabs() string {
	var b strings.Builder
	b.WriteString(" ")
	for i, one := range a.tabLine() {
		if i == a.at {
			b.WriteString(a.d.Theme.TabOn.Render(one.text))
		} else {
			b.WriteString(a.d.Theme.Tab.Render(one.text))
		}
		if i == a.at && a.d.Theme.TabOn.Render("x") == "x" {
			b.WriteString("* ") // no colours, no underline: a mark
		} else {
			b.WriteString("  ")
		}
	}
	return Cut(b.String(), a.w)
}

// footer is the notice, or the palette, or the keys that count here.
func (a *app) footer() string {
	t := a.d.Theme
	if a.palette != nil {
		return a.palette.render(t, a.w)
	}
	if a.notice.Text != "" {
		return Cut(" "+t.Tone(a.notice.Tone).Render(Cut(Clean(a.notice.Text), a.w-2)), a.w)
	}
	return keyLine(t, a.allKeys(), a.w)
}

// keyLine shows as many keys as have room. The app's come last and keep theirs.
func keyLine(t *Theme, keys []Key, w int) string {
	var shown []string
	used := 1
	for _, k := range keys {
		if k.Quiet {
			continue
		}
		text, width := keyHint(t, k, ClassOf(w) == Wide)
		if used+width > w-len(" ?…") {
			shown = append(shown, t.Key.Render("?")+"…")
			break
		}
		used += width + 2
		shown = append(shown, text)
	}
	return " " + strings.Join(shown, "  ")
}

// keyHint is a key and what it does; a key that is off is grey, with the reason
// where there is room.
func keyHint(t *Theme, k Key, reasons bool) (text string, width int) {
	name := keyName(k.Keys[0])
	width = Width(name) + 1 + Width(k.Help)
	if k.Off == "" {
		return t.Key.Render(name) + " " + t.Muted.Render(k.Help), width
	}
	text = name + " " + k.Help
	if reasons && Width(k.Off) <= 30 {
		text += " (" + k.Off + ")"
	} else if t.Off.Render("x") == "x" {
		text = "(" + text + ")"
	}
	return t.Off.Render(text), Width(text)
}

func (a *app) clickHeader(x, y int) tea.Cmd {
	if y != 1 {
		return nil
	}
	for i, one := range a.tabLine() {
		if x >= one.from && x < one.to {
			return a.goTo(i)
		}
	}
	return nil
}
