package tx

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"
)

// Signer returns the private key of a public one, if it is at hand.
type Signer func(Key) (*btcec.PrivateKey, bool)

// Secrets are what opens locks. A nil function holds nothing.
type Secrets struct {
	Key      Signer
	Preimage func(hash [32]byte) ([32]byte, bool)
}

// SignInputs signs every input with the keys of signer and seals the
// transaction. spent are the outputs that In names, in its order. Among the
// ways to open a lock it takes the one with the shortest witness. Fails with
// ErrUnsatisfiable when the keys do not open an input, or as Seal.
func (t *Tx) SignInputs(genesis ID, spent []Output, signer Signer) error {
	return t.SignWith(genesis, spent, Secrets{Key: signer})
}

// SignWith is SignInputs for locks that also ask for preimages.
func (t *Tx) SignWith(genesis ID, spent []Output, secrets Secrets) error {
	plans, err := t.plan(spent, secrets)
	if err != nil {
		return err
	}
	digest := newDigest(genesis, t.encode(nil, body))
	for i, plan := range plans {
		plans[i], err = sign(spent[i].Lock, plan, digest.input(i, plan), secrets.Key)
		if err != nil {
			return fmt.Errorf("signing input %d: %w", i, err)
		}
	}
	t.Witnesses = plans
	return t.Seal()
}

// SignWitness signs a witness transaction with its voter's key and seals it.
func (t *Tx) SignWitness(genesis ID, key *btcec.PrivateKey) error {
	if t.Kind != KindWitness || PublicKey(key) != t.Voter {
		return refuse(ErrVoter, "the key is not that of the witness's voter")
	}
	sig, err := Sign(key, t.VoteHash(genesis))
	if err != nil {
		return err
	}
	t.Sig = sig
	return t.Seal()
}

// SignedSize returns the exact size the transaction will have once SignWith
// signed it: signatures have one length, so nothing need be signed. Missing
// ParentHashes are counted as if present. The amounts of the outputs must be
// the final ones: their digits count. A size above MaxSize is returned as is.
func (t *Tx) SignedSize(spent []Output, secrets Secrets) (int, error) {
	plans, err := t.plan(spent, secrets)
	if err != nil {
		return 0, err
	}
	return t.sizeWith(plans), nil
}

// KeySpendSize is SignedSize when every input spends a {k} lock; no keys are
// needed.
func (t *Tx) KeySpendSize() int {
	plans := make([]Witness, len(t.In))
	for i := range plans {
		plans[i] = SignatureWitness(Signature{})
	}
	return t.sizeWith(plans)
}

func (t *Tx) sizeWith(plans []Witness) int {
	draft := *t
	draft.Witnesses = plans
	draft.ParentHashes = make([]Infohash, len(t.Parents()))
	return len(draft.encode(nil, whole))
}

// plan returns for each input the shortest satisfaction of its lock, with
// preimages in place and signatures zero.
func (t *Tx) plan(spent []Output, secrets Secrets) ([]Witness, error) {
	if len(spent) != len(t.In) {
		return nil, refuse(ErrNoOutput, "as many spent outputs as inputs are needed")
	}
	plans := make([]Witness, len(spent))
	for i, out := range spent {
		w, ok := satisfy(out.Lock, t.Time, secrets)
		if !ok {
			return nil, refuse(ErrUnsatisfiable, fmt.Sprintf("input %d", i))
		}
		plans[i] = w
	}
	return plans, nil
}

// satisfy returns the shortest witness of the lock that the secrets can make;
// among equals, the one whose members stand first.
func satisfy(l Lock, now int64, s Secrets) (Witness, bool) {
	switch l.kind {
	case LockKey:
		if s.Key == nil {
			return Witness{}, false
		}
		_, ok := s.Key(l.data)
		return SignatureWitness(Signature{}), ok
	case LockHash:
		if s.Preimage == nil {
			return Witness{}, false
		}
		preimage, ok := s.Preimage(l.data)
		return PreimageWitness(preimage), ok && sha256.Sum256(preimage[:]) == l.data
	case LockAfter:
		return EmptyWitness(), now >= l.from
	case LockThreshold:
		return satisfyThreshold(l, now, s)
	}
	return Witness{}, false
}

func satisfyThreshold(l Lock, now int64, s Secrets) (Witness, bool) {
	members := make([]Witness, len(l.of))
	var usable []int
	for i, member := range l.of {
		if w, ok := satisfy(member, now, s); ok {
			members[i] = w
			usable = append(usable, i)
		}
	}
	if l.need < 1 || len(usable) < l.need {
		return Witness{}, false
	}
	slices.SortStableFunc(usable, func(a, b int) int {
		return witnessSize(members[a]) - witnessSize(members[b])
	})
	of := make([]Witness, len(l.of))
	for _, i := range usable[:l.need] {
		of[i] = members[i]
	}
	return ListWitness(of...), true
}

func witnessSize(w Witness) int { return len(appendWitness(nil, w, false)) }

// sign returns the plan with its signatures made.
func sign(l Lock, plan Witness, msg [32]byte, signer Signer) (Witness, error) {
	switch plan.kind {
	case WitnessSignature:
		key, ok := signer(l.data)
		if !ok || PublicKey(key) != l.data {
			return Witness{}, refuse(ErrUnsatisfiable, "the signer's key is another one")
		}
		sig, err := Sign(key, msg)
		return SignatureWitness(sig), err
	case WitnessList:
		of := make([]Witness, len(plan.of))
		for i := range of {
			var err error
			if of[i], err = sign(l.of[i], plan.of[i], msg, signer); err != nil {
				return Witness{}, err
			}
		}
		return ListWitness(of...), nil
	}
	return plan, nil
}
