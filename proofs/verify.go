package proofs

import (
	"errors"
	"fmt"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Verify judges what the proof carries. It uses nothing else, and takes time in
// proportion to the file: each signature is verified once, each path followed
// once. A refusal, which is an *Error, means that something in the file is not
// true; all else, a conflict or a gap too, is a Verdict.
func (p *Proof) Verify(opts Options) (Verdict, error) {
	if err := p.check(); err != nil {
		return Verdict{}, err
	}
	if opts.Network != nil && *opts.Network != p.Genesis.ID() {
		return Verdict{}, refuse(ErrNetwork, fmt.Sprintf("it names %s, not %s", p.Genesis.ID(), opts.Network))
	}
	j := newJudge(p)
	if err := j.judge(); err != nil {
		return Verdict{}, err
	}
	v := j.verdict()
	v.Network.Asked = opts.Network != nil
	return v, nil
}

// judge is one verification.
type judge struct {
	*graph
	proof  *Proof
	voters []tx.Voter
	byKey  map[tx.Key]int
	total  uint64

	signed  []bool // signatures, sums and locks were checked
	spends  map[tx.Outpoint][]int
	forks   []Fork
	forked  electorate
	stands  []electorate // whose witnesses stand on it
	named   electorate   // whose witnesses reference the subject
	holds   []electorate // whose claims include it, under either root
	settles []electorate // whose u_root includes an output of it
	rule    *ruling
}

func newJudge(p *Proof) *judge {
	g := newGraph(p)
	j := &judge{
		graph: g, proof: p, voters: p.Genesis.Params.Voters, total: p.Genesis.Params.TotalStake(),
		byKey:   make(map[tx.Key]int, len(p.Genesis.Params.Voters)),
		signed:  make([]bool, len(g.txs)),
		spends:  make(map[tx.Outpoint][]int),
		stands:  make([]electorate, len(g.txs)),
		holds:   make([]electorate, len(g.txs)),
		settles: make([]electorate, len(g.txs)),
	}
	for i, v := range j.voters {
		j.byKey[v.Key] = i
	}
	return j
}

func (j *judge) judge() error {
	if err := j.checkSignatures(); err != nil {
		return err
	}
	for x, t := range j.txs {
		for _, in := range t.In {
			j.spends[in] = append(j.spends[in], x)
		}
	}
	j.findForks()
	j.walk()
	if err := j.applyRule(); err != nil {
		return err
	}
	return j.readStatements()
}

// checkSignatures checks each transaction as far as its parents are there.
func (j *judge) checkSignatures() error {
	for x, t := range j.txs {
		part, err := t.VerifyPart(j.proof.Genesis, j.find)
		if err != nil {
			return refuseBy(kindOf(err), "transaction "+t.ID().String(), err)
		}
		j.signed[x] = part.Signed
	}
	return nil
}

// kindOf tells forgeries from other broken rules.
func kindOf(err error) ErrorKind {
	for _, forgery := range []tx.ErrorKind{tx.ErrSignature, tx.ErrPreimage, tx.ErrVoter} {
		if errors.Is(err, forgery) {
			return ErrForged
		}
	}
	return ErrInvalid
}

// findForks finds the voters with two witnesses of one number.
func (j *judge) findForks() {
	type number struct {
		voter int
		seq   uint64
	}
	first := make(map[number]tx.ID)
	for _, t := range j.txs {
		if t.Kind != tx.KindWitness {
			continue
		}
		v := j.byKey[t.Voter]
		other, twice := first[number{v, t.Seq}]
		if !twice {
			first[number{v, t.Seq}] = t.ID()
		} else if !j.forked.has(v) {
			j.forked.put(v)
			j.forks = append(j.forks, Fork{Voter: t.Voter, Stake: j.voters[v].Stake, Witnesses: [2]tx.ID{other, t.ID()}})
		}
	}
}

// walk finds for each transaction the voters whose witnesses stand on it,
// children before parents: every edge once.
func (j *judge) walk() {
	for x := len(j.txs) - 1; x >= 0; x-- {
		from := j.stands[x]
		if t := j.txs[x]; t.Kind == tx.KindWitness {
			v := j.byKey[t.Voter]
			from.put(v)
			for _, ref := range t.Refs {
				if ref == j.proof.Subject.ID() {
					j.named.put(v)
				}
			}
		}
		for _, p := range j.parents[x] {
			j.stands[p].join(&from)
		}
	}
}

// share sums the stake of voters, without those that signed twice: nothing can
// be built on their word.
func (j *judge) share(e electorate) Share {
	e.remove(&j.forked)
	s := Share{Total: j.total}
	for i, v := range j.voters {
		if e.has(i) {
			s.Stake += v.Stake
		}
	}
	return s
}

// alarm reports whether a third of the stake has signed twice: then nothing is
// final.
func (j *judge) alarm() bool {
	s := Share{Total: j.total}
	for _, f := range j.forks {
		s.Stake += f.Stake
	}
	return s.Third()
}
