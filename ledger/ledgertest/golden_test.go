package ledgertest_test

import (
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

func goldens(t *testing.T) []ledgertest.Golden {
	t.Helper()
	all, err := ledgertest.Goldens()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// implementation is what a golden DAG is held against.
type implementation interface {
	Status(tx.ID) dag.Status
	View() []tx.ID
	Forked() uint64
}

// Every golden DAG holds for the model and, in any order of arrival, for the
// incremental algorithm.
func TestGoldens(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.Name, func(t *testing.T) {
			check(t, g, ledgertest.NewModel(g.Voters, g.Entries))
			for seed := range uint64(50) {
				d := dag.New(g.Voters)
				for _, e := range g.Shuffled(rand.New(rand.NewPCG(seed, 3))) {
					if _, err := d.Add(e); err != nil {
						t.Fatal(err)
					}
				}
				check(t, g, d)
			}
		})
	}
}

func check(t *testing.T, g ledgertest.Golden, impl implementation) {
	t.Helper()
	for _, e := range g.Expect {
		if err := e.Check(impl.Status(e.ID)); err != nil {
			t.Error(err)
		}
	}
	if got := impl.View(); g.HasView && !slices.Equal(got, g.View) {
		t.Errorf("view %v, expected %v", names(got), names(g.View))
	}
	forked := uint64(0)
	for _, v := range g.Voters {
		if slices.Contains(g.Forked, v.Key) {
			forked += v.Stake
		}
	}
	if got := impl.Forked(); got != forked {
		t.Errorf("forked stake %d, expected %d", got, forked)
	}
}

func names(ids []tx.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = ledgertest.NameOf(id)
	}
	return out
}

func TestParseGoldenRefuses(t *testing.T) {
	for _, text := range []string{
		"voter A", "voter A x", "genesis", "transfer", "transfer t g:0", "transfer t in g", "transfer t in g:x",
		"witness w by A seq x", "expect t", "expect t pending x", "transform t",
	} {
		if _, err := ledgertest.ParseGolden("bad", text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// The specification shows every golden DAG, as it is.
func TestSpecificationShowsTheGoldens(t *testing.T) {
	page, err := os.ReadFile("../../docs/spec/finality.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	block := regexp.MustCompile("(?s)\n### ([0-9a-z-]+)\n\n```\n(.*?)```\n")
	for _, m := range block.FindAllStringSubmatch(string(page), -1) {
		shown[m[1]] = m[2]
	}
	for _, g := range goldens(t) {
		if shown[g.Name] != g.Text {
			t.Errorf("docs/spec/finality.md does not show %s as it is", g.Name)
		}
		delete(shown, g.Name)
	}
	if len(shown) > 0 {
		t.Errorf("docs/spec/finality.md shows DAGs that are not there: %v", shown)
	}
}

func TestDot(t *testing.T) {
	g := goldens(t)[1]
	m := ledgertest.NewModel(g.Voters, g.Entries)
	dot := g.Dot(ledgertest.NameOf, m.Status)
	for _, want := range []string{
		`"a" [shape=ellipse color=red label="a"]`, `"onB" [shape=ellipse color=black label="onB 33%"]`,
		`"onB" -> "b" [label="0"]`, `"B1" -> "A0" [style=dashed]`,
	} {
		if !strings.Contains(dot, want) {
			t.Errorf("no %s in\n%s", want, dot)
		}
	}
}
