package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Verb is one command of the palette.
type Verb struct {
	// Name is its words: "torrent pause". Args stand behind it: "MAGNET". Help is
	// one line.
	Name, Args, Help string
	// Off is why it does not work now.
	Off string
	// Run does it with the words that followed.
	Run func(args []string) tea.Cmd
}

// paletteLine is a command that is being typed.
type paletteLine struct {
	in     input
	verbs  []Verb
	source CommandSource
	ctx    Deps
	hints  []string // what may follow
	at     int      // which of them Tab has put there, -1 for none
	stem   string   // what was typed before Tab
}

func newPalette(a *app) *paletteLine {
	p := &paletteLine{in: newInput(":"), verbs: a.verbs(), source: a.d.Backend.Commands, ctx: a.d, at: -1}
	p.in.focus()
	p.suggest()
	return p
}

// verbs are all that the palette knows: those of the app, of the views' keys, of
// the views themselves, and of the command line. The first of a name counts.
func (a *app) verbs() []Verb {
	var all []Verb
	add := func(v Verb) {
		if !slices.ContainsFunc(all, func(o Verb) bool { return o.Name == v.Name }) {
			all = append(all, v)
		}
	}
	order := append([]View{a.current()}, a.views...)
	for _, v := range order {
		for _, k := range v.Keys() {
			if k.Verb != "" {
				add(Verb{Name: k.Verb, Help: k.Help, Off: k.Off, Run: func([]string) tea.Cmd { return a.press(v.ID(), k) }})
			}
		}
		if own, ok := v.(Verber); ok {
			for _, verb := range own.Verbs() {
				add(verb)
			}
		}
	}
	for i, v := range a.views {
		add(Verb{Name: v.ID(), Help: "go to " + v.Title(), Run: func([]string) tea.Cmd { return a.goTo(i) }})
	}
	add(Verb{Name: "help", Help: "keys and commands", Run: func([]string) tea.Cmd { return a.show(a.help()) }})
	add(Verb{Name: "quit", Help: "leave", Run: func([]string) tea.Cmd { return a.leave() }})
	if a.d.Backend.Commands != nil {
		for _, c := range a.d.Backend.Commands.Commands() {
			add(Verb{Name: c.Path, Args: c.Args, Help: c.Help, Run: func(args []string) tea.Cmd {
				return a.run(append(strings.Fields(c.Path), args...))
			}})
		}
	}
	return all
}

// completedMsg is what may follow a line, from the command line's own completion.
type completedMsg struct {
	line  string
	words []string
}

// take shows completions, unless something else was typed meanwhile.
func (p *paletteLine) take(msg completedMsg) {
	if msg.line != p.in.value() || p.at >= 0 {
		return
	}
	for _, w := range msg.words {
		if !slices.Contains(p.hints, w) {
			p.hints = append(p.hints, w)
		}
	}
}

// suggest finds what the line may become.
func (p *paletteLine) suggest() {
	line := p.in.value()
	p.hints, p.at, p.stem = nil, -1, line
	for _, v := range p.verbs {
		if strings.HasPrefix(v.Name, line) {
			p.hints = append(p.hints, v.Name)
		}
	}
	slices.SortStableFunc(p.hints, func(a, b string) int {
		return strings.Count(a, " ") - strings.Count(b, " ")
	})
}

// complete asks the command line what may follow.
func (p *paletteLine) complete() tea.Cmd {
	line := p.in.value()
	if p.source == nil || !strings.Contains(line, " ") {
		return nil
	}
	words := splitWords(line)
	if strings.HasSuffix(line, " ") {
		words = append(words, "")
	}
	stem := line[:strings.LastIndex(line, " ")+1]
	return p.ctx.Do(func(ctx context.Context) tea.Msg {
		var full []string
		for _, w := range p.source.Complete(ctx, words) {
			full = append(full, stem+w)
		}
		return completedMsg{line, full}
	})
}

func (a *app) palettePress(msg tea.KeyMsg) tea.Cmd {
	p := a.palette
	switch msg.String() {
	case "tab", "down":
		p.step(1)
		return nil
	case "shift+tab", "up":
		p.step(-1)
		return nil
	}
	if msg.String() == "backspace" && p.in.value() == "" {
		a.palette = nil
		return nil
	}
	switch p.in.press(msg) {
	case inputGone:
		a.palette = nil
		return nil
	case inputDone:
		a.palette = nil
		return a.execute(p.in.value(), p.verbs)
	}
	p.suggest()
	return p.complete()
}

// step puts the next suggestion into the line.
func (p *paletteLine) step(by int) {
	if len(p.hints) == 0 {
		return
	}
	p.at = (p.at + by + len(p.hints)) % len(p.hints)
	if p.at < 0 {
		p.at += len(p.hints)
	}
	p.in.set(p.hints[p.at])
}

// execute runs a line: the longest verb that it begins with, and the rest as words.
func (a *app) execute(line string, verbs []Verb) tea.Cmd {
	words := splitWords(line)
	if len(words) == 0 {
		return nil
	}
	if words[0] == "theme" && len(words) == 2 {
		return a.setTheme(words[1])
	}
	for n := len(words); n > 0; n-- {
		name := strings.Join(words[:n], " ")
		i := slices.IndexFunc(verbs, func(v Verb) bool { return v.Name == name })
		if i < 0 {
			continue
		}
		if verbs[i].Off != "" {
			return Notify(Warn, verbs[i].Off)
		}
		if len(words) > n && a.isCommand(name) {
			return a.run(words) // a key's verb takes no words; the command line's does
		}
		return verbs[i].Run(words[n:])
	}
	return Notify(Warn, "no command "+line+"; Tab shows them")
}

func (a *app) isCommand(name string) bool {
	return a.d.Backend.Commands != nil &&
		slices.ContainsFunc(a.d.Backend.Commands.Commands(), func(c Command) bool { return c.Path == name })
}

// runMsg is what a command printed.
type runMsg struct {
	title, text string
	err         error
}

// run runs a verb of the command line in the background.
func (a *app) run(words []string) tea.Cmd {
	return tea.Sequence(Notify(Quiet, strings.Join(words, " ")+" …"), a.d.Order(func(ctx context.Context) tea.Msg {
		text, err := a.d.Backend.Commands.Run(ctx, words)
		return runMsg{strings.Join(words, " "), text, err}
	}))
}

func (a *app) ran(msg runMsg) tea.Cmd {
	a.notice = NotifyMsg{}
	text := strings.TrimRight(msg.text, "\n")
	if msg.err != nil && text == "" {
		return Fail(msg.err)
	}
	if msg.err != nil {
		text += "\n\n" + msg.err.Error()
	}
	if text == "" {
		return Notify(Good, msg.title+": done")
	}
	return a.show(&Sheet{Title: msg.title, Lines: strings.Split(text, "\n"), Wide: true})
}

// render shows the line and what may follow it.
func (p *paletteLine) render(t *Theme, w int) string {
	line := p.in.render(t, w, "")
	room := w - Width(line) - 3
	var hints []string
	for i, h := range p.hints {
		if i == p.at {
			continue
		}
		if room -= Width(h) + 2; room < 0 {
			break
		}
		hints = append(hints, Clean(h))
	}
	if v := p.exact(); v != nil && len(hints) == 0 {
		hints = append(hints, strings.TrimSpace(v.Args+"  "+v.Help))
	}
	return Cut(line+"  "+t.Muted.Render(strings.Join(hints, "  ")), w)
}

func (p *paletteLine) exact() *Verb {
	line := strings.TrimSpace(p.in.value())
	for i, v := range p.verbs {
		if v.Name == line {
			return &p.verbs[i]
		}
	}
	return nil
}

// splitWords cuts a line into words; quotes keep spaces.
func splitWords(line string) []string {
	var words []string
	var word strings.Builder
	quote, inWord := rune(0), false
	for _, r := range line {
		switch {
		case quote == 0 && (r == '\'' || r == '"'):
			quote, inWord = r, true
		case r == quote:
			quote = 0
		case quote == 0 && r == ' ':
			if inWord {
				words, inWord = append(words, word.String()), false
				word.Reset()
			}
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}
