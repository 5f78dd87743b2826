package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

type proofsView struct {
	d     Deps
	list  *List
	files map[string]ProofFile
	// unread: the node has not looked at one of them yet.
	unread bool
}

// The answers of the source.
type (
	proofsMsg struct {
		query Query
		files []ProofFile
		err   error
	}
	verdictMsg struct {
		verdict  Verdict
		imported bool
		err      error
	}
	exportedMsg struct {
		exported Exported
		err      error
	}
)

func newProofs(d Deps) View {
	if d.Backend.Proofs == nil {
		return newAbsent(d, "proofs", "Proofs", "this node keeps no proofs")
	}
	v := &proofsView{d: d}
	v.list = NewList(d, []Column{
		{Title: "Proves", Width: 11, Sort: "level"},
		{Title: "Here it is", Width: 11, Sort: "status"},
		{Title: "Time", Width: 10, From: Medium, Right: true, Sort: "time"},
		{Title: "Size", Width: 9, Right: true, From: Medium, Sort: "size"},
		{Title: "Transaction", Width: 12},
		{Title: "File", Width: 8, Flex: 1, Sort: "file"},
	}, v.fetch)
	v.list.EmptyTitle = "No proofs"
	v.list.EmptyNext = "p on a transaction in Wallet or Ledger exports one, i imports a file"
	return v
}

func (v *proofsView) ID() string      { return "proofs" }
func (v *proofsView) Title() string   { return "Proofs" }
func (v *proofsView) Init() tea.Cmd   { return nil }
func (v *proofsView) Capturing() bool { return v.list.Filtering() }

func (v *proofsView) Keys() []Key {
	off := ""
	if _, ok := v.list.Selected(); !ok {
		off = "no proof is chosen"
	}
	own := []Key{
		{Keys: []string{"enter"}, Help: "verdict", Off: off},
		{Keys: []string{"i"}, Help: "import", Verb: "proof import"},
		{Keys: []string{"t"}, Help: "transaction", Off: off},
	}
	return append(own, ListKeys()...)
}

func (v *proofsView) fetch(q Query) tea.Cmd {
	return v.d.Do(func(ctx context.Context) tea.Msg {
		files, err := v.d.Backend.Proofs.Proofs(ctx)
		return proofsMsg{q, files, err}
	})
}

func (v *proofsView) Update(msg tea.Msg) (View, tea.Cmd) {
	switch msg := msg.(type) {
	case ShownMsg:
		if msg.ID == v.ID() {
			return v, v.list.Reload()
		}
	case ChangedMsg:
		if msg.Changes.Ledger {
			return v, v.list.Reload()
		}
	case RefreshMsg:
		if v.unread {
			return v, v.list.Reload()
		}
	case proofsMsg:
		return v, v.take(msg)
	case verdictMsg:
		return v, v.judged(msg)
	case exportedMsg:
		if msg.err != nil {
			return v, Fail(msg.err)
		}
		return v, tea.Batch(Notify(Good, "written: "+msg.exported.Path+", "+Size(int64(msg.exported.Bytes))), v.list.Reload())
	case tea.KeyMsg, tea.MouseMsg:
		return v, v.input(msg)
	}
	return v, nil
}

func (v *proofsView) take(msg proofsMsg) tea.Cmd {
	if msg.err != nil {
		v.list.Fail()
		return Fail(msg.err)
	}
	v.files = make(map[string]ProofFile, len(msg.files))
	v.unread = slices.ContainsFunc(msg.files, func(f ProofFile) bool { return f.Level == levelUnread })
	rows := []Row{}
	for _, f := range orderProofs(msg.files, msg.query) {
		v.files[f.File] = f
		rows = append(rows, v.row(f))
	}
	return v.list.Set(Page(msg.query, rows))
}

func (v *proofsView) row(f ProofFile) Row {
	level, status := f.Level, f.Status
	switch {
	case f.Problem != "":
		level, status = "refused", f.Problem
	case len(f.Rivals) > 0 && (status == "unsolid" || status == "unavailable"): // the ledger has no word for it
		status = "in conflict"
	}
	tone := levelTone(f)
	if tone == Plain {
		tone = statusTone(f.Status)
	}
	return Row{Key: f.File, Tone: tone, Cells: []string{
		level, status, timeText(v.d.Now(), f.At), Size(f.Bytes), shortID(f.TxID), f.File,
	}}
}

func levelTone(f ProofFile) Tone {
	switch {
	case f.Problem != "" || f.Level == statusConflicted || len(f.Rivals) > 0:
		return Bad
	case f.Level == "incomplete":
		return Warn
	}
	return Plain
}

func (v *proofsView) input(msg tea.Msg) tea.Cmd {
	event, cmd := v.list.Update(msg)
	if event == Opened {
		return v.open()
	}
	key, ok := msg.(tea.KeyMsg)
	if !ok || event != Ignored {
		return cmd
	}
	switch key.String() {
	case "i":
		return v.importDialog()
	case "t":
		if row, ok := v.list.Selected(); ok && v.files[row.Key].TxID != "" {
			return Goto("ledger", v.files[row.Key].TxID)
		}
	}
	return cmd
}

// open shows what a file proves.
func (v *proofsView) open() tea.Cmd {
	row, ok := v.list.Selected()
	if !ok {
		return nil
	}
	if f := v.files[row.Key]; f.Problem != "" {
		return Show(&Sheet{Title: "Refused: " + f.File, Lines: Wrap(Clean(f.Problem), sheetWidth)})
	}
	return v.d.Order(func(ctx context.Context) tea.Msg {
		verdict, err := v.d.Backend.Proofs.Verdict(ctx, row.Key)
		return verdictMsg{verdict, false, err}
	})
}

func (v *proofsView) judged(msg verdictMsg) tea.Cmd {
	if msg.err != nil {
		return Fail(msg.err)
	}
	show := Show(&Sheet{Title: "Proof of " + shortID(msg.verdict.TxID), Lines: verdictLines(msg.verdict, sheetWidth)})
	if msg.imported {
		return tea.Batch(show, v.list.Reload())
	}
	return show
}

// sheetWidth is how wide text in a window of its own is laid out.
const sheetWidth = 72

// verdictLines says what is proven and what is not. Nothing is styled: the window
// cleans it.
func verdictLines(p Verdict, w int) []string {
	lines := []string{"verdict       " + orDash(p.Level)}
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, Pad(label, 13)+" "+Clean(text))
		}
	}
	add("here it is", p.Status)
	add("network", p.Network)
	add("transaction", p.TxID)
	add("file", p.File)
	for _, section := range []struct {
		title, mark string
		list        []string
	}{{"Spends the same coins", "! ", p.Rivals}, {"Proven", "+ ", p.Proven}, {"Not proven", "- ", p.Missing}} {
		if len(section.list) == 0 {
			continue
		}
		lines = append(lines, "", section.title)
		for _, text := range section.list {
			for i, part := range Wrap(Clean(text), w-2) {
				lines = append(lines, map[bool]string{true: section.mark, false: "  "}[i == 0]+part)
			}
		}
	}
	if p.News != "" {
		lines = append(append(lines, ""), Wrap(Clean(p.News), w)...)
	}
	return lines
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (v *proofsView) importDialog() tea.Cmd {
	return Show(&Form{
		Title: "Import a proof", Yes: "import",
		Intro:  []string{"It is verified first; then its transactions go to the ledger and what is missing is looked for."},
		Fields: []Field{{Name: "path", Label: "File", Hint: "path of a .torrent, or a magnet link", Check: needed("a path", func(string) string { return "" })}},
		Submit: func(values map[string]string) tea.Cmd {
			path := strings.TrimSpace(values["path"])
			return v.d.Order(func(ctx context.Context) tea.Msg {
				verdict, err := v.d.Backend.Proofs.Import(ctx, path)
				return verdictMsg{verdict, true, err}
			})
		},
	})
}

// proofsOff is why proofs cannot be exported; empty when they can.
func proofsOff(d Deps) string {
	if d.Backend.Proofs == nil {
		return "this node exports no proofs"
	}
	return ""
}

// exportDialog asks how and where to write the proof of a transaction.
func exportDialog(d Deps, id string) tea.Cmd {
	if id == "" || d.Backend.Proofs == nil {
		return nil
	}
	return Show(&Form{
		Title: "Export a proof of " + shortID(id), Yes: "export",
		Intro: []string{"A .torrent that shows, without a node, that and how this transaction stands. It goes to the folder of proofs."},
		Fields: []Field{
			{Name: "path", Label: "Copy to", Hint: "a path, if it is to be elsewhere too"},
			{Name: "chain", Label: "Ancestors", Value: chainRecent, Choices: []string{chainRecent, chainFull, chainNone}},
			{Name: "peers", Label: "Peers inside", Value: "yes", Choices: []string{"yes", "no"}},
		},
		Submit: func(values map[string]string) tea.Cmd {
			r := ProofExport{ID: id, Path: strings.TrimSpace(values["path"]), Chain: values["chain"], Peers: values["peers"] == "yes"}
			return d.Order(func(ctx context.Context) tea.Msg {
				done, err := d.Backend.Proofs.Export(ctx, r)
				return exportedMsg{done, err}
			})
		},
	})
}

// Back implements Closer.
func (v *proofsView) Back() (tea.Cmd, bool) { return v.list.Back() }

func (v *proofsView) Render(w, h int) string {
	v.list.At(0, 0)
	return v.list.Render(w, h)
}
