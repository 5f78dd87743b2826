package ledgertest

import (
	"bytes"
	"slices"
	"sort"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Model is the finality rule read aloud: every definition of docs/spec/finality.md
// is one method or one loop here, over sets as plain as they come, repeated
// until nothing changes. Nothing is incremental and nothing is clever.
type Model struct {
	Entries []dag.Entry
	Voters  []tx.Voter

	at        map[tx.ID]int
	spenders  map[tx.Outpoint][]int
	outpoints []tx.Outpoint
	says      []map[tx.Outpoint]int // by witness
	chain     [][]int               // by witness: those before it on its own chain
	depth     []int

	forked          []bool
	votes           map[vote]bool
	supports        []map[int]bool // by transaction, voters
	confirmed, dead []bool
}

type vote struct {
	voter  int
	out    tx.Outpoint
	target int
}

// NewModel computes everything for one set. Entries stand after their parents.
func NewModel(voters []tx.Voter, entries []dag.Entry) *Model {
	m := &Model{
		Entries: entries, Voters: voters,
		at: map[tx.ID]int{}, spenders: map[tx.Outpoint][]int{}, votes: map[vote]bool{},
		says: make([]map[tx.Outpoint]int, len(entries)), chain: make([][]int, len(entries)),
		depth:     make([]int, len(entries)),
		supports:  make([]map[int]bool, len(entries)),
		confirmed: make([]bool, len(entries)), dead: make([]bool, len(entries)),
	}
	for i, e := range entries {
		m.at[e.ID] = i
		m.supports[i] = map[int]bool{}
		for _, o := range e.In {
			if m.spenders[o] == nil {
				m.outpoints = append(m.outpoints, o)
			}
			m.spenders[o] = append(m.spenders[o], i)
		}
	}
	m.findForks()
	m.hearWitnesses()
	for m.step() {
	}
	return m
}

func (m *Model) findForks() {
	m.forked = make([]bool, len(m.Voters))
	type number struct {
		voter int
		seq   uint64
	}
	seen := map[number]bool{}
	for _, e := range m.Entries {
		if e.Kind != tx.KindWitness {
			continue
		}
		n := number{m.voter(e), e.Seq}
		if seen[n] {
			m.forked[n.voter] = true
		}
		seen[n] = true
	}
}

func (m *Model) voter(e dag.Entry) int {
	return slices.IndexFunc(m.Voters, func(v tx.Voter) bool { return v.Key == e.Voter })
}

// hearWitnesses evaluates says(W, o) for all witnesses and outpoints, and depth
// on the way.
func (m *Model) hearWitnesses() {
	past := make([]map[int]bool, len(m.Entries))
	for i, e := range m.Entries {
		past[i] = map[int]bool{}
		for _, p := range m.parents(e) {
			past[i][p] = true
			m.depth[i] = max(m.depth[i], m.depth[p]+1)
			for q := range past[p] {
				past[i][q] = true
			}
		}
		if e.Kind != tx.KindWitness {
			continue
		}
		m.says[i] = map[tx.Outpoint]int{}
		for _, o := range m.outpoints {
			if t, ok := m.hear(e, past[i], o); ok {
				m.says[i][o] = t
			}
		}
		if e.Seq > 0 {
			prev := m.at[e.Refs[0]]
			m.chain[i] = append(slices.Clone(m.chain[prev]), prev)
		}
	}
}

func (m *Model) parents(e dag.Entry) []int {
	var out []int
	for _, in := range e.In {
		out = append(out, m.at[in.Tx])
	}
	for _, r := range e.Refs {
		out = append(out, m.at[r])
	}
	return out
}

// hear: C = spenders of o in the past, D = those referenced directly.
func (m *Model) hear(w dag.Entry, past map[int]bool, o tx.Outpoint) (int, bool) {
	var c, direct []int
	for _, s := range m.spenders[o] {
		if past[s] {
			c = append(c, s)
			if slices.Contains(w.Refs, m.Entries[s].ID) {
				direct = append(direct, s)
			}
		}
	}
	switch {
	case len(direct) == 1:
		return direct[0], true
	case len(c) == 1:
		return c[0], true
	}
	return 0, false
}

// step applies every rule of section 3 once, and reports whether that derived
// anything.
func (m *Model) step() bool {
	changed := false
	for w, e := range m.Entries {
		for o, t := range m.says[w] {
			v := vote{m.voter(e), o, t}
			if !m.votes[v] && m.unlocked(w, o, t) {
				m.votes[v] = true
				changed = true
			}
		}
	}
	for t, e := range m.Entries {
		switch e.Kind {
		case tx.KindTransfer:
			changed = m.stepTransfer(t, e) || changed
		case tx.KindGenesis:
			changed = changed || !m.confirmed[t]
			m.confirmed[t] = true
		}
	}
	return changed
}

// unlocked: whatever the witnesses before w on its own chain say on o is dead
// or t.
func (m *Model) unlocked(w int, o tx.Outpoint, t int) bool {
	for _, before := range m.chain[w] {
		if said, ok := m.says[before][o]; ok && said != t && !m.dead[said] {
			return false
		}
	}
	return true
}

func (m *Model) stepTransfer(t int, e dag.Entry) bool {
	changed := false
	for v := range m.Voters {
		if !m.supports[t][v] && m.backs(v, t, e) {
			m.supports[t][v] = true
			changed = true
		}
	}
	if !m.confirmed[t] && m.wins(t, e) {
		m.confirmed[t] = true
		changed = true
	}
	if !m.dead[t] && m.loses(t, e) {
		m.dead[t] = true
		changed = true
	}
	return changed
}

func (m *Model) backs(v, t int, e dag.Entry) bool {
	if m.forked[v] {
		return true
	}
	for _, o := range e.In {
		if !m.votes[vote{v, o, t}] {
			return false
		}
	}
	return true
}

func (m *Model) wins(t int, e dag.Entry) bool {
	for _, in := range e.In {
		if !m.confirmed[m.at[in.Tx]] {
			return false
		}
	}
	return m.Total() > 0 && 3*m.stake(t) >= 2*m.Total()
}

func (m *Model) loses(t int, e dag.Entry) bool {
	for _, in := range e.In {
		if m.dead[m.at[in.Tx]] {
			return true
		}
	}
	return m.beaten(t)
}

func (m *Model) beaten(t int) bool {
	return slices.ContainsFunc(m.rivals(t), func(r int) bool { return m.confirmed[r] })
}

func (m *Model) rivals(t int) []int {
	found := map[int]bool{}
	for _, o := range m.Entries[t].In {
		for _, s := range m.spenders[o] {
			if s != t {
				found[s] = true
			}
		}
	}
	var out []int
	for r := range found {
		out = append(out, r)
	}
	sort.Ints(out)
	return out
}

// stake is that of the supporters of t.
func (m *Model) stake(t int) uint64 {
	var sum uint64
	for v := range m.supports[t] {
		sum += m.Voters[v].Stake
	}
	return sum
}

// Total is the stake of the table.
func (m *Model) Total() uint64 {
	var sum uint64
	for _, v := range m.Voters {
		sum += v.Stake
	}
	return sum
}

// Forked is the stake of the forked.
func (m *Model) Forked() uint64 {
	var sum uint64
	for v, forked := range m.forked {
		if forked {
			sum += m.Voters[v].Stake
		}
	}
	return sum
}

// Says is section 2: what a witness says, by outpoint.
func (m *Model) Says(id tx.ID) map[tx.Outpoint]tx.ID {
	out := map[tx.Outpoint]tx.ID{}
	for o, t := range m.says[m.at[id]] {
		out[o] = m.Entries[t].ID
	}
	return out
}

// LiveVote returns the spender of o that a vote of a voter's counts for and that
// is not dead.
func (m *Model) LiveVote(voter tx.Key, o tx.Outpoint) (tx.ID, bool) {
	for v := range m.votes {
		if m.Voters[v.voter].Key == voter && v.out == o && !m.dead[v.target] {
			return m.Entries[v.target].ID, true
		}
	}
	return tx.ID{}, false
}

// Supports reports whether a voter's votes count for a transaction on all of
// its inputs, forked or not.
func (m *Model) Supports(voter tx.Key, id tx.ID) bool {
	e := m.Entries[m.at[id]]
	for _, o := range e.In {
		if !m.votes[vote{m.voter(dag.Entry{Voter: voter}), o, m.at[id]}] {
			return false
		}
	}
	return len(e.In) > 0
}

func (m *Model) live(t int) bool {
	return m.Entries[t].Kind == tx.KindTransfer && !m.confirmed[t] && !m.dead[t]
}

// Status is section 4.
func (m *Model) Status(id tx.ID) dag.Status {
	t := m.at[id]
	s := dag.Status{Word: m.word(t)}
	if m.live(t) {
		s.Stake, s.Total = m.stake(t), m.Total()
	}
	for _, r := range m.rivals(t) {
		s.Rivals = append(s.Rivals, m.Entries[r].ID)
	}
	return s
}

func (m *Model) word(t int) dag.Word {
	switch {
	case m.confirmed[t] && m.dead[t]:
		return dag.Disputed
	case m.confirmed[t]:
		return dag.Confirmed
	case m.beaten(t):
		return dag.Rejected
	case m.dead[t]:
		return dag.Orphaned
	case m.conflicted(t):
		return dag.Conflicted
	}
	return dag.Pending
}

func (m *Model) conflicted(t int) bool {
	if !m.live(t) {
		return false
	}
	for _, r := range m.rivals(t) {
		if !m.dead[r] {
			return true
		}
	}
	for _, in := range m.Entries[t].In {
		if m.conflicted(m.at[in.Tx]) {
			return true
		}
	}
	return false
}

func (m *Model) rank(t int) uint64 {
	r := m.stake(t)
	for _, in := range m.Entries[t].In {
		if p := m.at[in.Tx]; m.live(p) {
			r = min(r, m.rank(p))
		}
	}
	return r
}

// View is section 5.
func (m *Model) View() []tx.ID {
	var live []int
	rank, depth := map[int]uint64{}, m.depth
	for t := range m.Entries {
		if m.live(t) {
			live = append(live, t)
			rank[t] = m.rank(t)
		}
	}
	sort.Slice(live, func(i, j int) bool {
		a, b := live[i], live[j]
		if rank[a] != rank[b] {
			return rank[a] > rank[b]
		}
		if depth[a] != depth[b] {
			return depth[a] < depth[b]
		}
		return bytes.Compare(m.Entries[a].ID[:], m.Entries[b].ID[:]) < 0
	})
	taken, spent := map[int]bool{}, map[tx.Outpoint]bool{}
	var out []tx.ID
	for _, t := range live {
		if m.takes(t, taken, spent) {
			taken[t] = true
			out = append(out, m.Entries[t].ID)
			for _, o := range m.Entries[t].In {
				spent[o] = true
			}
		}
	}
	return out
}

func (m *Model) takes(t int, taken map[int]bool, spent map[tx.Outpoint]bool) bool {
	for _, o := range m.Entries[t].In {
		p := m.at[o.Tx]
		if spent[o] || !taken[p] && (!m.confirmed[p] || m.dead[p]) {
			return false
		}
	}
	return true
}
