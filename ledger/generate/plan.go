package generate

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// maxCrowned is how many double spends a round has at most: each takes a
	// place in the refs of every voter's next witness.
	maxCrowned = 4
	// payerTries is how many wallets are asked for a coin before a round ends
	// early, as the first ones do.
	payerTries = 64
	// leastCoin is what a payment spends at least: some ten times its burn.
	leastCoin = 5_000_000
)

// plan is a transaction to be signed, with the keys in the order of its
// inputs, or the voter's.
type plan struct {
	tx   *tx.Tx
	keys []*btcec.PrivateKey
}

// transfers plans the payments of a round; a rival follows its winner.
func (g *Generator) transfers(rng *rand.Rand) []plan {
	r := &round{g: g, rng: rng, taken: make(map[tx.Outpoint]struct{})}
	for n := len(g.voters) * perVoter; len(r.plans) < n; {
		p, ok := r.payment()
		if !ok {
			break
		}
		r.plans = append(r.plans, p)
		if len(r.plans) < n && r.conflicts < maxCrowned && rng.IntN(conflictEvery) == 0 {
			r.conflicts++
			r.plans = append(r.plans, r.rival(p))
		}
	}
	return r.plans
}

// round plans one round.
type round struct {
	g         *Generator
	rng       *rand.Rand
	taken     map[tx.Outpoint]struct{}
	plans     []plan
	tip       int // of g.tips, the next that nothing references
	conflicts int
}

// payment plans a transfer from one wallet to another.
func (r *round) payment() (plan, bool) {
	for range payerTries {
		payer := r.wallet(r.g.rich)
		coins := r.choose(payer)
		var sum uint64
		for _, c := range coins {
			sum += c.out.Amount
		}
		if sum < leastCoin {
			continue
		}
		for _, c := range coins {
			r.taken[c.outpoint] = struct{}{}
		}
		return r.pay(payer, coins, sum), true
	}
	return plan{}, false
}

// wallet picks one at random, the folder's every so often. among may be nil
// for any.
func (r *round) wallet(among []int) int {
	switch n := r.rng.IntN(max(len(among), len(r.g.purses))); {
	case r.rng.IntN(ownShare) == 0:
		return 0
	case len(among) > 0:
		return among[n%len(among)]
	default:
		return n
	}
}

// choose picks what a payment of a wallet spends: one coin, or the three
// oldest when it has many.
func (r *round) choose(wallet int) []coin {
	g := r.g
	purse := slices.DeleteFunc(g.purses[wallet], func(c coin) bool {
		_, unspent := g.coins[c.outpoint]
		return !unspent
	})
	g.purses[wallet] = purse
	free := slices.DeleteFunc(slices.Clone(purse), func(c coin) bool {
		_, taken := r.taken[c.outpoint]
		return taken
	})
	switch {
	case len(free) == 0:
		return nil
	case len(free) > tidyAbove:
		return free[:3]
	default:
		return free[r.rng.IntN(len(free)):][:1]
	}
}

// pay plans a transfer of some of the coins' worth; the rest comes back.
func (r *round) pay(payer int, coins []coin, sum uint64) plan {
	g := r.g
	t := &tx.Tx{Kind: tx.KindTransfer, Time: start + int64(g.round)*roundTime + r.rng.Int64N(roundTime)}
	p := plan{tx: t}
	if r.rng.IntN(3) == 0 {
		t.Memo = fmt.Sprintf("invoice %d", r.rng.IntN(1_000_000))
	}
	hashes := make(map[tx.ID]tx.Infohash)
	for _, c := range coins {
		t.In = append(t.In, c.outpoint)
		hashes[c.outpoint.Tx] = c.parent
		p.keys = append(p.keys, g.keys.private[c.out.Lock.Key()])
	}
	for _, ref := range r.refs() {
		t.Refs = append(t.Refs, ref.ID())
		hashes[ref.ID()] = ref.Infohash()
	}
	for _, id := range t.Parents() {
		t.ParentHashes = append(t.ParentHashes, hashes[id])
	}
	amount := sum/100 + r.rng.Uint64N(sum/2)
	t.Out = []tx.Output{
		{Amount: amount, Lock: tx.KeyLock(g.keys.of(r.wallet(nil), g.round))},
		{Amount: sum - amount, Lock: tx.KeyLock(g.keys.of(payer, g.round))},
	}
	t.Out[1].Amount -= uint64(t.KeySpendSize()) * burnPerByte
	return p
}

// refs picks two to four parents: tips that nothing references yet, oldest
// first, then any of the last round.
func (r *round) refs() []*tx.Tx {
	g := r.g
	var refs []*tx.Tx
	for range 2 + r.rng.IntN(3) {
		ref := g.last[r.rng.IntN(len(g.last))]
		if r.tip < len(g.tips) && len(refs) < 2 {
			ref = g.tips[r.tip]
			r.tip++
		}
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// rival plans a second spend of the same coins, all back to the payer.
func (r *round) rival(p plan) plan {
	t := *p.tx
	t.Memo = "the same coin again"
	t.Out = slices.Clone(t.Out)
	t.Out[0].Lock = t.Out[1].Lock
	t.Out[1].Amount -= uint64(len(t.Memo)+8) * burnPerByte
	return plan{tx: &t, keys: p.keys}
}

// witnesses plans one witness of each voter, which settles the double spends
// of the last round and references some of its other transfers.
func (g *Generator) witnesses(rng *rand.Rand) []plan {
	plans := make([]plan, len(g.voters))
	for v, key := range g.voters {
		t := &tx.Tx{Kind: tx.KindWitness, Voter: g.genesis.Params.Voters[v].Key, Time: start + int64(g.round)*roundTime}
		parents := slices.Clone(g.crowned)
		if prev := g.latest[v]; prev != nil {
			t.Seq = prev.Seq + 1
			parents = slices.Insert(parents, 0, prev)
		}
		for len(parents) < min(tx.MaxRefs, len(g.last)) {
			if ref := g.last[rng.IntN(len(g.last))]; !slices.Contains(parents, ref) {
				parents = append(parents, ref)
			}
		}
		for _, p := range parents {
			t.Refs = append(t.Refs, p.ID())
			t.ParentHashes = append(t.ParentHashes, p.Infohash())
		}
		plans[v] = plan{t, []*btcec.PrivateKey{key}}
	}
	return plans
}

// signChunk is what one core signs in a go.
const signChunk = 4

// signAll signs and seals on every core.
func signAll(genesis tx.ID, plans []plan) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for part := range slices.Chunk(plans, signChunk) {
		g.Go(func() error {
			for _, p := range part {
				if err := p.sign(genesis); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (p plan) sign(genesis tx.ID) error {
	t := p.tx
	if t.Kind == tx.KindWitness {
		sig, err := fastSign(p.keys[0], t.VoteHash(genesis))
		if err != nil {
			return err
		}
		t.Sig = sig
		return t.Seal()
	}
	witnesses := make([]tx.Witness, len(t.In))
	for i := range witnesses {
		sig, err := fastSign(p.keys[i], t.InputHash(genesis, i, tx.SignatureWitness(tx.Signature{})))
		if err != nil {
			return err
		}
		witnesses[i] = tx.SignatureWitness(sig)
	}
	t.Witnesses = witnesses
	return t.Seal()
}

// fastSign is tx.Sign without the verification of what it made, which takes
// most of its time: the ledger verifies it anyway.
func fastSign(key *btcec.PrivateKey, msg [32]byte) (tx.Signature, error) {
	sig, err := schnorr.Sign(key, msg[:], schnorr.CustomNonce([32]byte{}), schnorr.FastSign())
	if err != nil {
		return tx.Signature{}, fmt.Errorf("sign: %w", err)
	}
	return tx.Signature(sig.Serialize()), nil
}
