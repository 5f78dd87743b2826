package dag_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

var id = ledgertest.NamedID

func out(name string, i uint32) tx.Outpoint { return tx.Outpoint{Tx: id(name), Index: i} }

func ids(names ...string) []tx.ID {
	var out []tx.ID
	for _, n := range names {
		out = append(out, id(n))
	}
	return out
}

func voters(stakes ...uint64) []tx.Voter {
	var out []tx.Voter
	for i, s := range stakes {
		out = append(out, tx.Voter{Key: tx.Key(id(string(rune('A' + i)))), Stake: s})
	}
	return out
}

// parse builds entries from the language of the golden DAGs.
func parse(t testing.TB, text string) ledgertest.Golden {
	t.Helper()
	g, err := ledgertest.ParseGolden(t.Name(), text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAddRefuses(t *testing.T) {
	base := parse(t, `
		voter A 1
		voter B 1
		genesis g
		transfer p in g:0 ref g
		witness A0 by A seq 0 ref p
		witness B0 by B seq 0 ref p`)
	transfer := func(in []tx.Outpoint, refs ...string) dag.Entry {
		return dag.Entry{ID: id("new"), Kind: tx.KindTransfer, In: in, Refs: ids(refs...)}
	}
	witness := func(voter string, seq uint64, refs ...string) dag.Entry {
		return dag.Entry{ID: id("new"), Kind: tx.KindWitness, Voter: tx.Key(id(voter)), Seq: seq, Refs: ids(refs...)}
	}
	in := []tx.Outpoint{out("g", 1)}
	many := make([]tx.Outpoint, tx.MaxInputs+1)
	for i := range many {
		many[i] = out("g", uint32(i))
	}
	for name, c := range map[string]struct {
		entry dag.Entry
		want  error
	}{
		"twice":                 {base.Entries[1], dag.ErrDuplicate},
		"second genesis":        {dag.Entry{ID: id("new"), Kind: tx.KindGenesis}, dag.ErrMalformed},
		"no kind":               {dag.Entry{ID: id("new"), Refs: ids("g")}, dag.ErrMalformed},
		"no inputs":             {transfer(nil, "g"), dag.ErrMalformed},
		"no refs":               {transfer(in), dag.ErrMalformed},
		"too many inputs":       {transfer(many, "g"), dag.ErrMalformed},
		"too many refs":         {transfer(in, "g", "g", "g", "g", "g", "g", "g", "g", "g"), dag.ErrMalformed},
		"input twice":           {transfer(append(in, in...), "g"), dag.ErrMalformed},
		"output of a witness":   {transfer([]tx.Outpoint{out("A0", 0)}, "g"), dag.ErrMalformed},
		"unknown input":         {transfer([]tx.Outpoint{out("x", 0)}, "g"), dag.ErrMissingParent},
		"unknown ref":           {transfer(in, "x"), dag.ErrMissingParent},
		"witness with inputs":   {dag.Entry{ID: id("new"), Kind: tx.KindWitness, In: in, Refs: ids("g")}, dag.ErrMalformed},
		"unknown voter":         {witness("C", 0, "g"), dag.ErrChain},
		"no previous":           {witness("A", 1, "g"), dag.ErrChain},
		"another's previous":    {witness("A", 1, "B0"), dag.ErrChain},
		"number skipped":        {witness("A", 2, "A0"), dag.ErrChain},
		"previous not first":    {witness("A", 1, "p", "A0"), dag.ErrChain},
		"number out of reach":   {witness("A", 1<<33, "A0"), dag.ErrChain},
		"witness without a ref": {witness("A", 0), dag.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			d := build(t, base.Voters, base.Entries)
			if _, err := d.Add(c.entry); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if d.Len() != len(base.Entries) {
				t.Error("something was added")
			}
			if _, err := d.Add(transfer(in, "g")); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
	if _, err := dag.New(nil).Add(transfer(in, "g")); !errors.Is(err, dag.ErrMissingParent) {
		t.Errorf("before the genesis: %v", err)
	}
}

func TestLookups(t *testing.T) {
	g := parse(t, `
		voter A 1
		voter B 2
		genesis g
		transfer p in g:0 g:1 ref g
		transfer q in p:1 ref g p
		transfer q2 in p:1 ref q
		witness A0 by A seq 0 ref q
		witness A1 by A seq 1 ref A0 q2`)
	g.Entries[5].Time = 77
	d := build(t, g.Voters, g.Entries)
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"Len", d.Len(), 6},
		{"MaxDepth", d.MaxDepth(), uint32(4)},
		{"Has", d.Has(id("q")) && !d.Has(id("x")), true},
		{"Parents", d.Parents(id("q")), ids("p", "g")},
		{"Parents of nothing", d.Parents(id("x")), []tx.ID(nil)},
		{"Children of the genesis", d.Children(id("g")), ids("q", "p")},
		{"Children of nothing", d.Children(id("x")), []tx.ID(nil)},
		{"Inputs", d.Inputs(id("p")), []tx.Outpoint{out("g", 0), out("g", 1)}},
		{"Inputs of a witness", d.Inputs(id("A0")), []tx.Outpoint(nil)},
		{"Spenders", d.Spenders(out("p", 1)), ids("q", "q2")},
		{"Spenders of a coin", d.Spenders(out("p", 0)), []tx.ID(nil)},
		{"Spenders of nothing", d.Spenders(out("x", 0)), []tx.ID(nil)},
		{"From", slices.Collect(d.From(4)), ids("A0", "A1")},
		{"From beyond", slices.Collect(d.From(9)), []tx.ID(nil)},
		{"Tips", slices.Collect(d.Tips()), ids("A1")},
		{"Ledger", d.Ledger(), ids("g")},
		{"Total", d.Total(), uint64(3)},
		{"Status of nothing", d.Status(id("x")), dag.Status{}},
		{"Leads of nothing", d.Leads(id("x")), false},
		{"Rivals", d.Status(id("q")).Rivals, ids("q2")},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if depth, ok := d.Depth(id("A0")); depth != 3 || !ok {
		t.Errorf("depth %d, %v", depth, ok)
	}
	if _, ok := d.Depth(id("x")); ok {
		t.Error("a depth of nothing")
	}
	if w, ok := d.LatestWitness(g.Voters[0].Key); !ok || w != (dag.Witness{ID: id("A1"), Seq: 1, Time: 77}) {
		t.Errorf("latest witness %+v, %v", w, ok)
	}
	if _, ok := d.LatestWitness(g.Voters[1].Key); ok {
		t.Error("a witness of B")
	}
	if target, ok := d.LiveVote(g.Voters[0].Key, out("p", 1)); !ok || target != id("q") {
		t.Errorf("A's live vote is %v, %v", target, ok)
	}
	if !d.Supports(g.Voters[0].Key, id("q")) || d.Supports(g.Voters[0].Key, id("q2")) {
		t.Error("A supports q, not q2")
	}
}

func TestFork(t *testing.T) {
	g := parse(t, `
		voter A 1
		voter B 3
		genesis g
		witness A0 by A seq 0 ref g
		witness A1 by A seq 1 ref A0
		witness A1x by A seq 1 ref A0 g
		witness A1y by A seq 1 ref A0 A1
		witness A2 by A seq 2 ref A1x`)
	d := dag.New(g.Voters)
	var forked []tx.Key
	for _, e := range g.Entries {
		delta, err := d.Add(e)
		if err != nil {
			t.Fatal(err)
		}
		forked = append(forked, delta.Forked...)
	}
	key := g.Voters[0].Key
	if !slices.Equal(forked, []tx.Key{key}) || d.Forked() != 1 || d.Alarm() {
		t.Errorf("forked %v, stake %d, alarm %v", forked, d.Forked(), d.Alarm())
	}
	if a, b, ok := d.Fork(key); !ok || a != id("A1") || b != id("A1x") {
		t.Errorf("pair %s %s %v", a, b, ok)
	}
	if _, _, ok := d.Fork(g.Voters[1].Key); ok {
		t.Error("B has not forked")
	}
	if _, _, ok := d.Fork(tx.Key{9}); ok {
		t.Error("a stranger cannot fork")
	}
	if w, _ := d.LatestWitness(key); w.ID != id("A2") {
		t.Errorf("latest is %+v", w)
	}
	if _, ok := d.NewDraft(key); ok {
		t.Error("a draft of the forked")
	}
}

// Delta.Conflicted names those that gain their first live rival, and no others.
func TestDeltaConflicted(t *testing.T) {
	g := parse(t, `
		voter A 1
		genesis g
		transfer a in g:0 g:1 ref g
		transfer b in g:0 ref g
		transfer c in g:0 g:1 ref g
		transfer d in g:2 ref g
		transfer e in g:2 g:3 ref g
		transfer f in g:3 ref g
		witness A0 by A seq 0 ref a
		transfer h in g:0 ref g`)
	want := [][]tx.ID{
		nil, nil, ids("a", "b"), ids("c"), nil, ids("d", "e"), ids("f"), nil, nil,
	}
	d := dag.New(g.Voters)
	for i, e := range g.Entries {
		delta, err := d.Add(e)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(delta.Conflicted, want[i]) {
			t.Errorf("%s: %v, want %v", ledgertest.NameOf(e.ID), delta.Conflicted, want[i])
		}
	}
}

// Equal sequences of Add give equal Deltas, field by field.
func TestDeltasAreDeterministic(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, u ledgertest.Universe) {
		a, b := dag.New(u.Voters), dag.New(u.Voters)
		for _, e := range u.Shuffled(r) {
			x, errX := a.Add(e)
			y, errY := b.Add(e)
			if errX != nil || errY != nil || !reflect.DeepEqual(x, y) {
				t.Errorf("%+v and %+v, %v %v", x, y, errX, errY)
			}
		}
	})
}

func TestRefsForTransfer(t *testing.T) {
	d := dag.New(nil)
	first := func(int) int { return 0 }
	if got := d.RefsForTransfer(first, 3); len(got) != 0 {
		t.Errorf("empty DAG: %v", got)
	}
	add := func(name string, refs ...string) {
		e := dag.Entry{ID: id(name), Kind: tx.KindTransfer, In: []tx.Outpoint{out("g", uint32(d.Len()))}, Refs: ids(refs...)}
		if name == "g" {
			e = dag.Entry{ID: id("g"), Kind: tx.KindGenesis}
		}
		if _, err := d.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	check := func(most int, want []tx.ID, exclude ...tx.ID) {
		t.Helper()
		if got := d.RefsForTransfer(first, most, exclude...); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	add("g")
	check(3, ids("g"))
	for _, name := range []string{"a", "b", "c", "d"} {
		add(name, "g")
	}
	check(1, ids("a"))
	check(3, ids("a", "b", "d"))
	check(9, ids("a", "b", "d", "c"))
	check(2, ids("b", "c"), id("a"))
	check(2, ids("d"), ids("a", "b", "c", "d")...)
	add("e", "a", "c")
	check(9, ids("b", "d", "e"))
}

// However long the list of former tips, the tips are those without children.
func TestTips(t *testing.T) {
	d := dag.New(nil)
	r := rand.New(rand.NewPCG(1, 4))
	var all []tx.ID
	for i := range 3000 {
		e := dag.Entry{ID: tx.ID{byte(i), byte(i >> 8), 1}, Kind: tx.KindGenesis}
		if i > 0 {
			e.Kind, e.In = tx.KindTransfer, []tx.Outpoint{{Tx: all[0], Index: uint32(i)}}
			e.Refs = d.RefsForTransfer(r.IntN, 1+r.IntN(3))
		}
		if _, err := d.Add(e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e.ID)
	}
	var want []tx.ID
	for _, id := range all {
		if len(d.Children(id)) == 0 {
			want = append(want, id)
		}
	}
	if got := slices.Collect(d.Tips()); !slices.Equal(got, want) || len(got) > 100 {
		t.Errorf("%d tips, want %d", len(got), len(want))
	}
}

// Readers share a DAG between two Adds.
func TestConcurrentReaders(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 5))
	u := ledgertest.Generate(r, ledgertest.Shape{Voters: 4, MaxStake: 1, Steps: 100, Witnesses: 30, Conflicts: 50, MaxInputs: 2, Sight: 80})
	d := build(t, u.Voters, u.Entries)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for _, e := range u.Entries {
				d.Status(e.ID)
				d.Leads(e.ID)
			}
			d.View()
			if w, ok := d.NewDraft(u.Voters[0].Key); ok {
				for _, id := range w.Frontier(func(tx.ID) bool { return true }) {
					w.Try(id)
				}
			}
		})
	}
	readers.Wait()
}

// A chain as long as recursion could not follow is confirmed, killed and
// closed from its root.
func TestLongChains(t *testing.T) {
	const length = 200_000
	d := dag.New(voters(2, 1))
	add := func(e dag.Entry) dag.Delta {
		delta, err := d.Add(e)
		if err != nil {
			t.Fatal(err)
		}
		return delta
	}
	name := func(n int) tx.ID { return tx.ID{1, byte(n), byte(n >> 8), byte(n >> 16)} }
	genesis := id("g")
	add(dag.Entry{ID: genesis, Kind: tx.KindGenesis})
	for i := range length {
		e := dag.Entry{ID: name(i), Kind: tx.KindTransfer, In: []tx.Outpoint{{Tx: genesis}}, Refs: []tx.ID{genesis}}
		if i > 0 {
			e.In[0].Tx = name(i - 1)
		}
		add(e)
	}
	rival := dag.Entry{ID: id("rival"), Kind: tx.KindTransfer, In: []tx.Outpoint{{Tx: genesis}}, Refs: []tx.ID{genesis}}
	add(rival)
	if got := d.Status(name(length - 1)).Word; got != dag.Conflicted {
		t.Errorf("the end of the chain is %s", got)
	}
	delta := add(dag.Entry{ID: id("A0"), Kind: tx.KindWitness, Voter: d.Voters()[0].Key, Refs: []tx.ID{name(length - 1)}})
	if len(delta.Confirmed) != length || !slices.Equal(delta.Dead, []tx.ID{rival.ID}) {
		t.Errorf("%d confirmed, %d dead", len(delta.Confirmed), len(delta.Dead))
	}
	if n := len(slices.Collect(d.Undecided())); n != 0 {
		t.Errorf("%d are not closed", n)
	}
}
