package proofs

import (
	"slices"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// verdict puts together what the steps found.
func (j *judge) verdict() Verdict {
	x, t := j.subject, j.proof.Subject
	v := Verdict{
		TxID: t.ID(), Kind: KindName(t.Kind), Signed: j.signed[x],
		Network:   Network{Name: j.proof.Genesis.Params.Name, TxID: j.proof.Genesis.ID()},
		Witnessed: j.share(j.stands[x]), Named: j.share(j.named),
		ClaimedT: j.share(j.holds[x]), ClaimedU: j.share(j.settles[x]),
		Conflicts: j.clashes(), Forks: append([]Fork{}, j.forks...),
		Transactions: len(j.txs),
	}
	j.follow(&v)
	for i, t := range j.txs {
		if j.signed[i] {
			v.Checked++
		}
		if t.Kind == tx.KindWitness {
			v.Newest = max(v.Newest, t.Time)
		}
	}
	if j.rule != nil {
		s := j.rule.Status(t.ID())
		v.Rule = &Rule{Status: string(s.Word), Support: Share{s.Stake, s.Total}, Transactions: j.rule.count}
	}
	v.Level, v.By = j.level(&v)
	v.limitConflicts()
	return v
}

// KindName returns what a verdict calls a kind of transaction.
func KindName(k tx.Kind) string {
	switch k {
	case tx.KindGenesis:
		return "genesis"
	case tx.KindTransfer:
		return "transfer"
	default:
		return "witness"
	}
}

// vouched: voters with two thirds of the stake claim to hold it.
func (j *judge) vouched(x int) bool { return !j.alarm() && j.share(j.holds[x]).TwoThirds() }

// follow goes down what backs the subject until the genesis, a claim of two
// thirds, or a gap.
func (j *judge) follow(v *Verdict) {
	v.Ancestry, v.Gaps = ToGenesis, []tx.ID{}
	seen := map[tx.ID]bool{j.proof.Subject.ID(): true}
	for stack := []int{j.subject}; len(stack) > 0; {
		x := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if x != 0 && j.vouched(x) {
			if v.Ancestry == ToGenesis {
				v.Ancestry = ToClaims
			}
			continue
		}
		for _, id := range backing(j.txs[x]) {
			if seen[id] {
				continue
			}
			seen[id] = true
			if p, ok := j.at[id]; ok {
				stack = append(stack, p)
				continue
			}
			v.Ancestry = ToGap
			if v.GapCount++; len(v.Gaps) < MaxGaps {
				v.Gaps = append(v.Gaps, id)
			}
		}
	}
}

// clashes are the outputs spent by the subject or an ancestor of it, and by
// another one; each once.
func (j *judge) clashes() []Clash {
	all, seen := []Clash{}, make(map[tx.Outpoint]bool)
	for _, x := range j.lineage() {
		for _, in := range j.txs[x].In {
			if len(j.spends[in]) < 2 || seen[in] {
				continue
			}
			seen[in] = true
			c := Clash{Spent: in.Tx, Index: in.Index, By: j.txs[x].ID(), Settled: j.confirms(j.txs[x].ID())}
			for _, y := range j.spends[in] {
				if y != x {
					c.Rivals = append(c.Rivals, j.rival(y))
				}
			}
			all = append(all, c)
		}
	}
	return all
}

func (j *judge) rival(x int) Rival {
	return Rival{
		TxID: j.txs[x].ID(), Checked: j.signed[x],
		Witnessed: j.share(j.stands[x]), Claimed: j.share(j.settles[x]),
	}
}

// level weighs the findings, the strongest first.
func (j *judge) level(v *Verdict) (Level, By) {
	switch {
	case v.TxID == v.Network.TxID:
		return Confirmed, ByGenesis
	case j.confirms(v.TxID):
		return Confirmed, ByRule
	case j.lost(), v.unsettled(func(r Rival) bool { return r.Claimed.Stake > 0 }):
		return Conflicted, ""
	case v.ClaimedU.TwoThirds() && !j.alarm():
		return Confirmed, ByClaims
	case v.unsettled(Rival.credible), j.word() == dag.Conflicted:
		return Conflicted, ""
	case v.Ancestry == ToGap:
		return Incomplete, ""
	case j.vouched(j.subject):
		return Claimed, ""
	case v.Witnessed.Stake > 0:
		return Witnessed, ""
	}
	return Valid, ""
}

// lost: by the rule a rival of it, or of an ancestor, has won.
func (j *judge) lost() bool {
	switch j.word() {
	case dag.Rejected, dag.Orphaned, dag.Disputed:
		return true
	}
	return false
}

// limitConflicts keeps MaxConflicts of them, open ones first.
func (v *Verdict) limitConflicts() {
	v.ConflictCount = len(v.Conflicts)
	slices.SortStableFunc(v.Conflicts, func(a, b Clash) int { return a.weight() - b.weight() })
	v.Conflicts = v.Conflicts[:min(len(v.Conflicts), MaxConflicts)]
}

func (c Clash) weight() int {
	switch {
	case c.Settled:
		return 2
	case !slices.ContainsFunc(c.Rivals, Rival.credible):
		return 1
	}
	return 0
}

// unsettled reports whether an undecided conflict has a rival of some sort.
func (v *Verdict) unsettled(sort func(Rival) bool) bool {
	for _, c := range v.Conflicts {
		for _, r := range c.Rivals {
			if !c.Settled && sort(r) {
				return true
			}
		}
	}
	return false
}

// credible: a rival counts when it is known to be valid, or a voter stands on
// it. Anybody can write one down whose inputs are not in the file.
func (r Rival) credible() bool { return r.Checked || r.Witnessed.Stake+r.Claimed.Stake > 0 }
