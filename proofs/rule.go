package proofs

import (
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// maxRuleWork bounds the work of the rule: inputs of transfers times voters
// that have a witness. 10,000 payments under 100 voters are half of it. What is
// looked up for each may take 255 steps in a file made for that: 2 s.
const maxRuleWork = 1 << 21

// ruling is the rule of finality, applied to what is whole in the file.
type ruling struct {
	*dag.DAG
	count int
}

// applyRule brings into a DAG every transaction whose ancestors are all there.
// What is confirmed in it is confirmed in every larger set, for settled facts
// only grow (docs/spec/finality.md).
func (j *judge) applyRule() error {
	if !j.whole[j.subject] || j.ruleWork() > maxRuleWork {
		return nil
	}
	r := &ruling{DAG: dag.New(j.voters)}
	for x, t := range j.txs {
		if !j.whole[x] {
			continue
		}
		if _, err := r.Add(dag.EntryOf(t)); err != nil {
			return refuseBy(ErrInvalid, "", err)
		}
		r.count++
	}
	j.rule = r
	return nil
}

func (j *judge) ruleWork() int {
	inputs, voices := 0, make(map[tx.Key]bool)
	for x, t := range j.txs {
		switch {
		case !j.whole[x]:
		case t.Kind == tx.KindWitness:
			voices[t.Voter] = true
		default:
			inputs += len(t.In)
		}
	}
	return inputs * len(voices)
}

// confirms reports whether the rule has a transaction confirmed for good.
func (j *judge) confirms(id tx.ID) bool {
	return j.rule != nil && !j.alarm() && !j.rule.Alarm() && j.rule.Status(id).Word == dag.Confirmed
}

// word is the rule's status of the subject, empty if it was not applied.
func (j *judge) word() dag.Word {
	if j.rule == nil {
		return ""
	}
	return j.rule.Status(j.proof.Subject.ID()).Word
}
