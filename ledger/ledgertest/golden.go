package ledgertest

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

//go:embed testdata/*.dag
var testdata embed.FS

// Golden is one golden DAG: a set and what follows from it. Its text has one
// statement a line, parents before children, `#` beginning a comment:
//
//	voter V STAKE
//	genesis T
//	transfer T in T:OUTPUT ... ref T ...
//	witness T by V seq NUMBER ref T ...
//	expect T WORD [SUPPORT]
//	forked V ...
//	view [T ...]
//
// Names stand for transactions and keys: a txid is its name's bytes followed by
// zeros, so that txids are ordered as names are. SUPPORT is stake, and given
// for what is pending or conflicted. `forked` and `view` are complete; a file
// without them expects no forked voter, and any view.
type Golden struct {
	Name, Text string
	Universe
	Expect []Expectation
	Forked []tx.Key
	View   []tx.ID
	// HasView is false when any view will do.
	HasView bool
}

// Expectation is one `expect` line. Support is meaningful for what is pending
// or conflicted.
type Expectation struct {
	ID      tx.ID
	Word    dag.Word
	Support uint64
}

var errSyntax = errors.New("not a statement")

// Goldens returns all golden DAGs in order of name.
func Goldens() ([]Golden, error) {
	paths, err := fs.Glob(testdata, "testdata/*.dag")
	if err != nil {
		return nil, fmt.Errorf("list golden DAGs: %w", err)
	}
	var out []Golden
	for _, path := range paths {
		text, err := testdata.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read golden DAG: %w", err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "testdata/"), ".dag")
		g, err := ParseGolden(name, string(text))
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// ParseGolden reads the text of one golden DAG.
func ParseGolden(name, text string) (Golden, error) {
	g := Golden{Name: name, Text: text}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := g.statement(words); err != nil {
			return g, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	return g, nil
}

// NamedID is the txid, or the key, that a name stands for.
func NamedID(name string) (id tx.ID) {
	copy(id[:], name)
	return id
}

// NameOf turns NamedID round.
func NameOf(id tx.ID) string { return strings.TrimRight(string(id[:]), "\x00") }

func (g *Golden) statement(words []string) error {
	args := words[1:]
	switch {
	case words[0] == "voter" && len(args) == 2:
		stake, err := strconv.ParseUint(args[1], 10, 62)
		g.Voters = append(g.Voters, tx.Voter{Key: tx.Key(NamedID(args[0])), Stake: stake})
		return err
	case words[0] == "genesis" && len(args) == 1:
		g.Entries = append(g.Entries, dag.Entry{ID: NamedID(args[0]), Kind: tx.KindGenesis})
	case words[0] == "transfer" && len(args) > 0:
		return g.entry(dag.Entry{ID: NamedID(args[0]), Kind: tx.KindTransfer}, args[1:])
	case words[0] == "witness" && len(args) > 0:
		return g.entry(dag.Entry{ID: NamedID(args[0]), Kind: tx.KindWitness}, args[1:])
	case words[0] == "expect" && len(args) >= 2:
		return g.expectation(args)
	case words[0] == "forked":
		for _, v := range args {
			g.Forked = append(g.Forked, tx.Key(NamedID(v)))
		}
	case words[0] == "view":
		g.HasView = true
		for _, t := range args {
			g.View = append(g.View, NamedID(t))
		}
	default:
		return fmt.Errorf("%w: %q", errSyntax, strings.Join(words, " "))
	}
	return nil
}

// entry reads the clauses of a transaction: a keyword, then its arguments.
func (g *Golden) entry(e dag.Entry, words []string) error {
	clause := ""
	for _, w := range words {
		switch {
		case w == "in", w == "ref", w == "by", w == "seq":
			clause = w
		case clause == "ref":
			e.Refs = append(e.Refs, NamedID(w))
		case clause == "by":
			e.Voter = tx.Key(NamedID(w))
		case clause == "seq":
			seq, err := strconv.ParseUint(w, 10, 32)
			if err != nil {
				return err
			}
			e.Seq = seq
		case clause == "in":
			name, index, _ := strings.Cut(w, ":")
			i, err := strconv.ParseUint(index, 10, 32)
			if err != nil {
				return err
			}
			e.In = append(e.In, tx.Outpoint{Tx: NamedID(name), Index: uint32(i)})
		default:
			return fmt.Errorf("%w: %q", errSyntax, w)
		}
	}
	g.Entries = append(g.Entries, e)
	return nil
}

func (g *Golden) expectation(args []string) error {
	e := Expectation{ID: NamedID(args[0]), Word: dag.Word(args[1])}
	if len(args) > 2 {
		support, err := strconv.ParseUint(args[2], 10, 62)
		if err != nil {
			return err
		}
		e.Support = support
	}
	g.Expect = append(g.Expect, e)
	return nil
}

// Check compares a status with what is expected.
func (e Expectation) Check(s dag.Status) error {
	if s.Word != e.Word || s.Stake != e.Support {
		return fmt.Errorf("%s is %s with %d, expected %s with %d", NameOf(e.ID), s.Word, s.Stake, e.Word, e.Support)
	}
	return nil
}

// Dot renders a universe for graphviz, coloured by status: spending edges are
// solid, references dashed, witnesses boxes.
func (u Universe) Dot(name func(tx.ID) string, status func(tx.ID) dag.Status) string {
	var b strings.Builder
	b.WriteString("digraph {\n  rankdir=BT\n")
	for _, e := range u.Entries {
		s := status(e.ID)
		shape := map[tx.Kind]string{tx.KindGenesis: "doublecircle", tx.KindTransfer: "ellipse", tx.KindWitness: "box"}[e.Kind]
		label := name(e.ID)
		if s.Total > 0 {
			label += fmt.Sprintf(" %d%%", int(math.Round(100*float64(s.Stake)/float64(s.Total))))
		}
		fmt.Fprintf(&b, "  %q [shape=%s color=%s label=%q]\n", name(e.ID), shape, colour(s.Word), label)
		for _, in := range e.In {
			fmt.Fprintf(&b, "  %q -> %q [label=\"%d\"]\n", name(e.ID), name(in.Tx), in.Index)
		}
		for _, r := range e.Refs {
			fmt.Fprintf(&b, "  %q -> %q [style=dashed]\n", name(e.ID), name(r))
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func colour(w dag.Word) string {
	switch w {
	case dag.Confirmed:
		return "darkgreen"
	case dag.Rejected, dag.Orphaned:
		return "red"
	case dag.Conflicted:
		return "orange"
	case dag.Disputed:
		return "purple"
	}
	return "black"
}
