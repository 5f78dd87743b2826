package tx

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"
)

// Verify reports whether a sealed transaction is valid on the network of
// genesis, given its parents: everything that is a function of the transaction
// and its parents, and nothing else. It asks parent once for each distinct
// parent; parents are taken to be valid themselves. Rivals and the clock are
// not its business.
//
// A nil error means valid. ErrMissingParent and ErrUnsealed say that the
// question could not be answered; every other kind is a verdict for ever.
func (t *Tx) Verify(genesis *Tx, parent func(ID) *Tx) error {
	_, err := t.verify(genesis, parent, true)
	return err
}

// Part is what VerifyPart could check of a transaction.
type Part struct {
	// Absent are the distinct parents that were not at hand. `ih` and `t` were
	// not compared with theirs.
	Absent []ID
	// Signed is set when every signature was verified and, of a transfer, sums
	// and locks: that needs no parents but those it spends from.
	Signed bool
}

// VerifyPart is Verify for whoever does not hold every parent: it checks
// whatever those that are at hand allow, and says what it left out. An error is
// a verdict for ever, but for ErrUnsealed; no error and nothing absent means
// valid.
func (t *Tx) VerifyPart(genesis *Tx, parent func(ID) *Tx) (Part, error) {
	return t.verify(genesis, parent, false)
}

// verify is VerifyPart, or Verify if all parents are needed.
func (t *Tx) verify(genesis *Tx, parent func(ID) *Tx, all bool) (Part, error) {
	if t.raw == nil || genesis.raw == nil || genesis.Params == nil {
		return Part{}, refuse(ErrUnsealed, "transaction or genesis")
	}
	if t.Kind == KindGenesis {
		if t.id != genesis.id {
			return Part{}, refuse(ErrForeignGenesis, "")
		}
		return Part{Signed: true}, nil
	}
	v := verifier{tx: t, genesis: genesis}
	part := Part{Absent: v.gather(parent)}
	if all && len(part.Absent) > 0 {
		return part, refuse(ErrMissingParent, part.Absent[0].String())
	}
	if err := v.inherited(); err != nil {
		return part, err
	}
	if t.Kind == KindWitness {
		part.Signed = true
		return part, v.vote()
	}
	part.Signed = v.holdsSpent()
	if !part.Signed {
		return part, v.outputs()
	}
	return part, v.transfer()
}

// Burn returns the inputs less the outputs of a valid transfer, in base units;
// 0 for the other kinds, and when a parent is not at hand.
func (t *Tx) Burn(parent func(ID) *Tx) uint64 {
	if t.Kind != KindTransfer {
		return 0
	}
	var in, out sum
	for _, o := range t.In {
		p := parent(o.Tx)
		if p == nil || uint64(o.Index) >= uint64(len(p.Out)) {
			return 0
		}
		in.add(p.Out[o.Index].Amount)
	}
	for i := range t.Out {
		out.add(t.Out[i].Amount)
	}
	burn, ok := in.minus(out)
	if !ok || burn.hi != 0 {
		return 0
	}
	return burn.lo
}

// verifier holds one verification. A parent that is not at hand is nil.
type verifier struct {
	tx, genesis *Tx
	ids         []ID
	parents     []*Tx
	sigs        []sigCheck
}

// sigCheck is one signature to verify. Signatures come last: they cost a
// hundred times all the rest.
type sigCheck struct {
	sig Signature
	msg [32]byte
	key Key
}

// gather fetches the parents and returns those that are absent.
func (v *verifier) gather(parent func(ID) *Tx) (absent []ID) {
	v.ids = v.tx.Parents()
	v.parents = make([]*Tx, len(v.ids))
	for i, id := range v.ids {
		if v.parents[i] = parent(id); v.parents[i] == nil {
			absent = append(absent, id)
		}
	}
	return absent
}

// inherited checks what every kind owes its parents: their infohashes, and a
// time not before theirs.
func (v *verifier) inherited() error {
	for i, p := range v.parents {
		if p == nil {
			continue
		}
		if v.tx.ParentHashes[i] != p.infohash {
			return refuse(ErrParentHashes, "not the infohash of "+p.id.String())
		}
		if v.tx.Time < p.Time {
			return refuse(ErrTime, "earlier than its parent "+p.id.String())
		}
	}
	return nil
}

// parent returns one of the gathered parents, nil when it is absent.
func (v *verifier) parent(id ID) *Tx { return v.parents[slices.Index(v.ids, id)] }

// holdsSpent reports whether everything that is spent from is at hand.
func (v *verifier) holdsSpent() bool {
	return !slices.ContainsFunc(v.tx.In, func(o Outpoint) bool { return v.parent(o.Tx) == nil })
}

// outputs requires the spent outputs of the parents at hand to exist.
func (v *verifier) outputs() error {
	for i, o := range v.tx.In {
		if p := v.parent(o.Tx); p != nil && uint64(o.Index) >= uint64(len(p.Out)) {
			return refuse(ErrNoOutput, fmt.Sprintf("input %d", i))
		}
	}
	return nil
}

// vote checks a witness transaction: the voter, his own chain, his signature.
func (v *verifier) vote() error {
	t := v.tx
	if !v.genesis.Params.hasVoter(t.Voter) {
		return refuse(ErrVoter, t.Voter.String())
	}
	if err := v.chain(); err != nil {
		return err
	}
	if !t.Sig.Verify(newDigest(v.genesis.id, t.body()).whole(), t.Voter) {
		return refuse(ErrSignature, "of the voter")
	}
	return nil
}

// chain requires that the first reference is the voter's previous witness, a
// WitnessInterval older, or that there is none to reference, as far as the
// parents are at hand.
func (v *verifier) chain() error {
	t := v.tx
	if t.Seq == 0 {
		for _, p := range v.parents {
			if p != nil && p.Kind == KindWitness && p.Voter == t.Voter {
				return refuse(ErrChain, "number 0 references a witness of its own voter")
			}
		}
		return nil
	}
	previous := v.parents[0]
	if previous == nil {
		return nil
	}
	if previous.Kind != KindWitness || previous.Voter != t.Voter || previous.Seq != t.Seq-1 {
		return refuse(ErrChain, "the first reference is not the witness before")
	}
	if t.Time-previous.Time < WitnessInterval {
		return refuse(ErrTime, "less than 100 ms after the witness before")
	}
	return nil
}

func (p *Params) hasVoter(key Key) bool {
	_, found := slices.BinarySearchFunc(p.Voters, key, func(v Voter, key Key) int {
		return bytes.Compare(v.Key[:], key[:])
	})
	return found
}

// transfer checks sums, then locks, then signatures.
func (v *verifier) transfer() error {
	if err := v.sums(); err != nil {
		return err
	}
	digest := newDigest(v.genesis.id, v.tx.body())
	for i, in := range v.tx.In {
		w := v.tx.Witnesses[i]
		lock := &v.parent(in.Tx).Out[in.Index].Lock
		if err := v.open(lock, w, digest.input(i, w)); err != nil {
			err.Detail = fmt.Sprintf("input %d", i)
			return err
		}
	}
	for _, c := range v.sigs {
		if !c.sig.Verify(c.msg, c.key) {
			return refuse(ErrSignature, "of "+c.key.String())
		}
	}
	return nil
}

// sums requires supply >= inputs >= outputs + burn, in 128 bits.
func (v *verifier) sums() error {
	if err := v.outputs(); err != nil {
		return err
	}
	var in, out, supply sum
	for _, o := range v.tx.In {
		in.add(v.parent(o.Tx).Out[o.Index].Amount)
	}
	for i := range v.tx.Out {
		out.add(v.tx.Out[i].Amount)
	}
	for i := range v.genesis.Out {
		supply.add(v.genesis.Out[i].Amount)
	}
	if _, ok := supply.minus(in); !ok {
		return refuse(ErrSupply, "")
	}
	burn, ok := in.minus(out)
	if !ok {
		return refuse(ErrOverspent, "")
	}
	// At most 10^9 units a byte and 2^14 bytes do not overflow, and what the
	// inputs leave is below the supply, so burn.hi is 0.
	least := v.genesis.Params.BurnPerByte * uint64(len(v.tx.raw))
	if burn.lo < least {
		return refuse(ErrBurn, fmt.Sprintf("%d of at least %d base units", burn.lo, least))
	}
	return nil
}

// open matches a witness with its lock and collects the signatures to verify.
func (v *verifier) open(l *Lock, w Witness, msg [32]byte) *Error {
	switch {
	case l.kind == LockKey && w.kind == WitnessSignature:
		v.sigs = append(v.sigs, sigCheck{sig: Signature(w.data), msg: msg, key: l.data})
		return nil
	case l.kind == LockHash && w.kind == WitnessPreimage:
		if sha256.Sum256(w.data) != l.data {
			return refuse(ErrPreimage, "")
		}
		return nil
	case l.kind == LockAfter && w.kind == WitnessEmpty:
		if v.tx.Time < l.from {
			return refuse(ErrLocked, "")
		}
		return nil
	case l.kind == LockThreshold && w.kind == WitnessList:
		return v.openThreshold(l, w, msg)
	}
	return refuse(ErrWitness, "")
}

// openThreshold requires exactly n members: one more, and a third party could
// leave one out and so alter the txid.
func (v *verifier) openThreshold(l *Lock, w Witness, msg [32]byte) *Error {
	if len(w.of) != len(l.of) {
		return refuse(ErrWitness, "")
	}
	used := 0
	for i, member := range w.of {
		if member.kind == WitnessAbsent {
			continue
		}
		used++
		if err := v.open(&l.of[i], member, msg); err != nil {
			return err
		}
	}
	if used != l.need {
		return refuse(ErrWitness, "")
	}
	return nil
}

// sum is a 128-bit sum of amounts. 255 amounts below 2^64 cannot overflow it.
type sum struct{ hi, lo uint64 }

func (s *sum) add(n uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, n, 0)
	s.hi += carry
}

// minus returns s - o; ok is false when that is negative.
func (s sum) minus(o sum) (d sum, ok bool) {
	var borrow uint64
	d.lo, borrow = bits.Sub64(s.lo, o.lo, 0)
	d.hi, borrow = bits.Sub64(s.hi, o.hi, borrow)
	return d, borrow == 0
}
