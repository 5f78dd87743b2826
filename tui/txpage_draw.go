package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// txFacts is the columns of the facts beside the graph, txGraph what that needs to
// say what became of a neighbour. Where both have no room the facts stand below it.
const (
	txFacts = 58
	txGraph = 60
)

func (p *txPage) render(w, h int) string {
	t := p.d.Theme
	switch {
	case p.problem != "" && !p.loaded:
		return Empty(t, w, h, "Not shown: "+lineOf(p.id, max(8, w-14)), Clean(p.problem))
	case !p.loaded:
		return Empty(t, w, h, "One moment", "")
	}
	head := p.head(w)
	p.height, p.y0 = max(1, h-len(head)), len(head)
	var facts []string
	left := w
	if w >= txGraph+2+txFacts {
		left = w - txFacts - 2
		for _, line := range append(p.facts(txFacts), p.votes(txFacts)...) {
			facts = append(facts, Cut(line, txFacts))
		}
	}
	p.lines = append(p.conflict(left), p.graph(left)...)
	if facts == nil {
		p.lines = append(p.lines, plainLines(append(p.votes(left), p.facts(left)...))...)
	}
	p.scroll(len(facts))
	body := Fit(p.body(left), left, p.height)
	if facts != nil {
		facts = facts[min(p.top, max(0, len(facts)-p.height)):]
		body = beside(body, left, facts[:min(len(facts), p.height)])
	}
	return strings.Join(head, "\n") + "\n" + body
}

func plainLines(texts []string) (lines []txLine) {
	for _, text := range texts {
		lines = append(lines, txLine{text: text})
	}
	return lines
}

// scroll keeps the page within what there is, and the cursor on it when it moved.
func (p *txPage) scroll(beside int) {
	all := p.targets()
	if p.at = max(0, min(p.at, len(all)-1)); p.follow && p.at < len(all) {
		p.top = min(p.top, max(0, all[p.at]-1))
		p.top = max(p.top, all[p.at]-p.height+1)
	}
	p.follow = false
	p.top = max(0, min(p.top, max(len(p.lines), beside)-p.height))
}

func (p *txPage) body(w int) string {
	chosen := -1
	if all := p.targets(); p.at < len(all) {
		chosen = all[p.at]
	}
	var out []string
	for i := min(p.top, len(p.lines)); i < min(p.top+p.height, len(p.lines)); i++ {
		if i == chosen {
			out = append(out, p.d.Theme.Cursor.Render(Pad("> "+p.lines[i].text, w)))
			continue
		}
		out = append(out, Cut("  "+p.lines[i].text, w))
	}
	return strings.Join(out, "\n")
}

// head says what it is, how it stands and what it says.
func (p *txPage) head(w int) []string {
	t, d := p.d.Theme, &p.details
	title := map[string]string{"genesis": "Genesis", kindWitness: "Vote"}[d.Kind]
	if title == "" {
		title = "Transaction"
	}
	lines := []string{t.Title.Render(title) + " " + CutMiddle(Clean(d.TxID), w-len(title)-1)}
	if d.Outside {
		return append(lines, t.Warn.Render(Cut(Clean(d.Status)+": it waits for transactions that it stands on", w)), "")
	}
	lines = append(lines, p.standing(w))
	if d.Memo != "" {
		lines = append(lines, t.Muted.Render("memo ")+lineOf(d.Memo, w-5))
	}
	return append(lines, "")
}

// standing is the status with the stake behind it.
func (p *txPage) standing(w int) string {
	t, d := p.d.Theme, &p.details
	if d.Kind == kindWitness {
		return Cut(fmt.Sprintf("number %s of voter %s", Count(d.Seq), shortID(d.Voter)), w)
	}
	text := t.Tone(statusTone(d.Status)).Render(Clean(d.Status))
	if len(d.Rivals) > 0 && d.Status == statusConflicted {
		text += ", " + leadsText(d.Leads)
	}
	if d.Share.Total > 0 && d.Status != statusConfirmed {
		text += "  " + Bar(t, d.Share.Part(), 12) + fmt.Sprintf(" %d%% of the stake, two thirds confirm", d.Share.Percent())
	}
	return Cut(text, w)
}

func leadsText(leads bool) string {
	if leads {
		return "it leads"
	}
	return "a rival leads"
}

// conflict shows all sides of what can be confirmed only once.
func (p *txPage) conflict(w int) []txLine {
	t, d := p.d.Theme, &p.details
	if len(d.Rivals) == 0 {
		return nil
	}
	lines := []txLine{{text: d.conflictTitle(t)}}
	lines = append(lines, txLine{text: sideText(t, d.Tx, d.Leads, "this one", w)})
	for _, r := range d.Rivals {
		lines = append(lines, txLine{text: sideText(t, r.Tx, r.Leads, "rival", w), key: r.TxID})
	}
	if silent := d.silent(); silent > 0 {
		lines = append(lines, txLine{text: t.Muted.Render(fmt.Sprintf("%d%% of the stake has not said", int(100*silent)))})
	}
	return append(lines, txLine{})
}

func (d *TxDetails) conflictTitle(t *Theme) string {
	decided := d.Status == statusConfirmed || slices.ContainsFunc(d.Rivals, func(r Neighbour) bool { return r.Status == statusConfirmed })
	if decided {
		return t.Title.Render("Conflict, decided: these spend the same coins")
	}
	return t.Warn.Render("Conflict: these spend the same coins, one can be confirmed")
}

// silent is the part of the stake that supports no side, while sides are counted.
func (d *TxDetails) silent() (part float64) {
	if d.Share.Total == 0 {
		return 0
	}
	for _, v := range d.Votes {
		if len(v.For) == 0 {
			part += v.Part
		}
	}
	return part
}

func sideText(t *Theme, x Tx, leads bool, who string, w int) string {
	mark := "      "
	if leads {
		mark = "leads "
	}
	text := t.Accent.Render(mark) + Pad(shortID(x.TxID), 12) + " " + Pad(who, 8) + " "
	if x.Share.Total > 0 {
		text += Bar(t, x.Share.Part(), 10) + fmt.Sprintf(" %3d%% ", x.Share.Percent())
	}
	return Cut(text+statusOfSide(x)+" "+Clean(x.Memo), w-2)
}

// statusOfSide is a side's status where that says more than that it has rivals.
func statusOfSide(x Tx) string {
	if x.Status == statusConflicted {
		return ""
	}
	return Clean(x.Status)
}

// graph draws the transaction between its parents and its children.
func (p *txPage) graph(w int) []txLine {
	t, d := p.d.Theme, &p.details
	var lines []txLine
	title := fmt.Sprintf("%s above, %s below", Plural(len(d.Parents), "parent"), p.childCount())
	lines = append(lines, txLine{text: t.Title.Render("Around it") + t.Muted.Render("  "+title)})
	for i, n := range d.Parents {
		corner := "─┤ "
		if i == 0 {
			corner = "─╮ "
		}
		lines = append(lines, txLine{text: p.neighbour(n, corner, parentWord(n), w), key: n.TxID})
	}
	lines = append(lines, txLine{text: "  ◆ " + Pad(shortID(d.TxID), 12) + " " + t.Title.Render("this one")})
	for i, n := range d.Children {
		corner := "─┤ "
		if i == len(d.Children)-1 && !d.MoreChildren {
			corner = "─╯ "
		}
		lines = append(lines, txLine{text: p.neighbour(n, corner, childWord(n), w), key: n.TxID})
	}
	if d.MoreChildren {
		lines = append(lines, txLine{text: t.Muted.Render(" ⋮  older children are not listed")})
	}
	return append(lines, txLine{})
}

func (p *txPage) childCount() string {
	n := Plural(len(p.details.Children), "child")
	n = strings.Replace(n, "childs", "children", 1)
	if p.details.MoreChildren {
		return "more than " + n
	}
	return n
}

func (p *txPage) neighbour(n Neighbour, corner, word string, w int) string {
	knot := "○"
	switch {
	case n.Kind == kindWitness:
		knot = "◇"
	case n.Spends:
		knot = "●"
	}
	text := knot + corner + Pad(shortID(n.TxID), 12) + " " + Pad(word, 7) + " "
	if n.Kind == kindWitness {
		return Cut(text+"voter "+shortID(n.Voter), w-2)
	}
	if ClassOf(w) != Narrow {
		text += Pad("depth "+Count(n.Depth), 12) + " "
	}
	return Cut(text+Pad(statusText(n.Status, n.Share), 14)+" "+Clean(n.Memo), w-2)
}

// parentWord says what the transaction does with a parent.
func parentWord(n Neighbour) string {
	if n.Spends {
		return "spends"
	}
	return "refers"
}

// childWord says what a child does with the transaction.
func childWord(n Neighbour) string {
	switch {
	case n.Kind == kindWitness:
		return "votes"
	case n.Spends:
		return "spent"
	}
	return "refers"
}

// votes is how each voter stands.
func (p *txPage) votes(w int) []string {
	t, d := p.d.Theme, &p.details
	if len(d.Votes) == 0 || d.Kind == kindWitness {
		return nil
	}
	lines := []string{t.Title.Render("Votes")}
	if d.Share.Total == 0 {
		lines[0] += t.Muted.Render("  decided: nobody is counted any more")
		return append(lines, "")
	}
	for _, v := range d.Votes {
		lines = append(lines, Cut(fmt.Sprintf("  %s %3d%%  %s", shortID(v.Voter), int(100*v.Part), d.voteText(v)), w))
	}
	return append(lines, "")
}

func (d *TxDetails) voteText(v Vote) string {
	var says []string
	for _, id := range v.For {
		if id == d.TxID {
			says = append(says, "for this one")
		} else {
			says = append(says, "for "+shortID(id))
		}
	}
	if len(says) == 0 {
		says = []string{"silent"}
	}
	if v.Forked {
		says = append(says, "FORKED (two votes of one number)")
	}
	return strings.Join(says, ", ")
}

// facts are what the transaction itself says.
func (p *txPage) facts(w int) []string {
	t, d := p.d.Theme, &p.details
	if d.Outside {
		return nil
	}
	row := func(label, value string) string { return t.Muted.Render(Pad(label, 9)) + CutMiddle(Clean(value), w-9) }
	lines := []string{
		t.Title.Render("Facts"),
		row("kind", d.Kind), row("time", d.At.Format(time.DateTime)), row("depth", Count(d.Depth)),
		row("size", Plural(d.Bytes, "byte")), row("weight", d.Weight+" TTX burned"),
		row("txid", d.TxID), row("infohash", d.Infohash),
	}
	if len(d.Extras) > 0 {
		lines = append(lines, row("data", strings.Join(d.Extras, ", ")))
	}
	if d.Kind == kindWitness {
		lines = append(lines, row("voter", d.Voter))
	}
	lines = append(lines, "")
	lines = append(lines, coinLines(t, "Spends", d.Inputs, w)...)
	return append(lines, coinLines(t, "Pays", d.Outputs, w)...)
}

func coinLines(t *Theme, title string, coins []TxCoin, w int) []string {
	if len(coins) == 0 {
		return nil
	}
	lines := []string{t.Title.Render(title)}
	for _, c := range coins {
		from := c.Address
		if from == "" {
			from = "a lock that is no address"
		}
		line := PadLeft(Clean(c.Amount), 14) + "  " + CutMiddle(Clean(from), max(8, w-26))
		switch len(c.SpentBy) {
		case 0:
		case 1:
			line += t.Muted.Render("  spent")
		default:
			line += t.Warn.Render("  spent twice")
		}
		lines = append(lines, line)
	}
	return append(slices.Clip(lines), "")
}
