package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// headerHeight is the lines above a view, footerHeight below it.
func (a *app) headerHeight() int { return 2 }

const footerHeight = 1

func (a *app) bodyHeight() int { return max(1, a.h-a.headerHeight()-footerHeight) }

// View implements tea.Model.
func (a *app) View() string { return guard(a.frame()) }

// frame is what is drawn.
func (a *app) frame() string {
	if a.w < MinWidth || a.h < MinHeight {
		return Fit(fmt.Sprintf("This window is %d by %d.\n%d by %d is the least\nthat ttx can draw in.\nCtrl-C quits.",
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
	return keyLine(t, a.ownKeys(), a.lastKeys(), a.w)
}

// keyLine shows the keys own as far as they have room beside last, which is always
// there. Why a key is off stands behind it where all have room.
func keyLine(t *Theme, own, last []Key, w int) string {
	own, last = loud(own), loud(last)
	room := w - 1 - keysWidth(last)
	if len(last) > 0 {
		room -= keyGap
	}
	n, left := fitting(own, room)
	var shown []string
	for _, k := range own[:n] {
		reason := ""
		if why := Width(k.Off) + len(" ()"); n == len(own) && k.Off != "" && why <= left {
			reason, left = " ("+k.Off+")", left-why
		}
		shown = append(shown, keyHint(t, k, reason))
	}
	if n < len(own) {
		shown = append(shown, "…")
	}
	for _, k := range last {
		shown = append(shown, keyHint(t, k, ""))
	}
	return Cut(" "+strings.Join(shown, strings.Repeat(" ", keyGap)), w)
}

// keyGap is the columns between two keys.
const keyGap = 2

// loud are the keys that the footer has.
func loud(keys []Key) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.Quiet })
}

// fitting is how many of the keys have room, with a mark where some have none, and
// what is left of it when all have.
func fitting(keys []Key, room int) (n, left int) {
	if all := keysWidth(keys); all <= room {
		return len(keys), room - all
	}
	for n = len(keys) - 1; n > 0 && keysWidth(keys[:n])+keyGap+Width("…") > room; n-- {
	}
	return max(0, n), 0
}

func keysWidth(keys []Key) (w int) {
	for i, k := range keys {
		if i > 0 {
			w += keyGap
		}
		w += Width(keyText(k, ""))
		if k.Off != "" {
			w += len("()") // as it is drawn without colours
		}
	}
	return w
}

func keyText(k Key, reason string) string { return keyName(k.Keys[0]) + " " + k.Help + reason }

// keyHint is a key and what it does; a key that is off is grey.
func keyHint(t *Theme, k Key, reason string) string {
	switch {
	case k.Off == "":
		return t.Key.Render(keyName(k.Keys[0])) + " " + t.Muted.Render(k.Help)
	case reason == "" && t.Off.Render("x") == "x":
		return "(" + keyText(k, "") + ")"
	}
	return t.Off.Render(keyText(k, reason))
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
