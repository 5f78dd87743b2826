// Package generate makes ledgers of any size that look like used ones: many
// wallets that pay each other and keep the change, voters that confirm nearly
// all of it, and now and then a double spend whose loser stays behind.
//
// Time goes in rounds. What one round makes stands only on what earlier ones
// made, as on a network whose nodes are a little behind each other; so a round
// is signed on every core at once. The same Config gives the same bytes, and a
// ledger that was generated before goes on as if it had never stopped.
//
// Everything is signed and fit for verification like any other transaction:
// Fill offers it to a ledger as a stranger would.
package generate

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// start is the time of the genesis, long past, so that nothing is held back.
	start = 1_700_000_000_000
	// roundTime is the length of a round in milliseconds: the pause that
	// finality.md, 6.7, asks of each of 16 voters.
	roundTime = 256
	// perVoter is how many transfers a round has for each witness.
	perVoter = 9
	// supply is what the genesis makes, in base units.
	supply = 1_000_000_000 * tx.TTX
	// burnPerByte makes a payment cost some 0.005 TTX.
	burnPerByte = 1000
	// defaultWallets is how many there are, the folder's own being the first.
	defaultWallets = 20_000
	// ownShare: one of so many payments is made by the folder's wallet, and
	// one goes to it.
	ownShare = 100
	// tidyAbove is how many coins a wallet has before it spends three at once;
	// 20,000 wallets end at about 300,000 coins.
	tidyAbove = 15
	// conflictEvery: one of so many payments is a double spend.
	conflictEvery = 200
	// loserAge is after how many rounds the loser of a double spend is
	// referenced: the voters have decided by then.
	loserAge = 4
	// genesisCoins is how many wallets begin with money.
	genesisCoins = 128
)

// Config says which ledger to make.
type Config struct {
	Seed uint64
	// Own are the keys of the folder's wallet, at least one.
	Own []*btcec.PrivateKey
	// Voters stand in the genesis, each with a stake of one; at least one.
	Voters []*btcec.PrivateKey
	// Wallets is how many pay each other, the folder's included; 0 means
	// 20,000.
	Wallets int
}

// Generator makes a ledger, round by round. It is not safe for concurrent use.
type Generator struct {
	genesis *tx.Tx
	seed    uint64
	keys    *keyring
	voters  []*btcec.PrivateKey

	round  uint64
	coins  map[tx.Outpoint]struct{} // unspent
	purses [][]coin                 // by wallet, in order of arrival; may hold spent ones
	rich   []int                    // wallets that ever had a coin, in order of arrival
	latest []*tx.Tx                 // each voter's last witness
	last   []*tx.Tx                 // transfers of the last round
	tips   []*tx.Tx                 // transfers that nothing references yet
	losers []*tx.Tx                 // not referenced yet, oldest first
	// crowned are winners of the double spends of the last round.
	crowned []*tx.Tx
}

type coin struct {
	outpoint tx.Outpoint
	out      tx.Output
	parent   tx.Infohash
}

// New begins a ledger with its genesis.
func New(cfg Config) (*Generator, error) {
	if cfg.Wallets == 0 {
		cfg.Wallets = defaultWallets
	}
	if cfg.Wallets < 2 || len(cfg.Own) == 0 || len(cfg.Voters) == 0 || len(cfg.Voters) > tx.MaxVoters {
		return nil, errors.New("generate: a ledger needs two wallets and 1 to 256 voters")
	}
	g := &Generator{
		seed:   cfg.Seed,
		keys:   newKeyring(cfg),
		voters: slices.Clone(cfg.Voters),
		coins:  make(map[tx.Outpoint]struct{}),
		purses: make([][]coin, cfg.Wallets),
		latest: make([]*tx.Tx, len(cfg.Voters)),
	}
	slices.SortFunc(g.voters, func(a, b *btcec.PrivateKey) int {
		x, y := tx.PublicKey(a), tx.PublicKey(b)
		return bytes.Compare(x[:], y[:])
	})
	if err := g.begin(); err != nil {
		return nil, fmt.Errorf("generate: %w", err)
	}
	return g, nil
}

// begin makes the genesis.
func (g *Generator) begin() error {
	params := &tx.Params{Name: "generated", BurnPerByte: burnPerByte, Rules: tx.Rules}
	for _, v := range g.voters {
		params.Voters = append(params.Voters, tx.Voter{Key: tx.PublicKey(v), Stake: 1})
	}
	g.genesis = &tx.Tx{Kind: tx.KindGenesis, Time: start, Params: params}
	for i := range genesisCoins {
		lock := tx.KeyLock(g.keys.of(i%len(g.purses), uint64(i)))
		g.genesis.Out = append(g.genesis.Out, tx.Output{Amount: supply / genesisCoins, Lock: lock})
	}
	if err := g.genesis.Seal(); err != nil {
		return err
	}
	g.receive(g.genesis)
	g.last, g.tips = []*tx.Tx{g.genesis}, []*tx.Tx{g.genesis}
	return nil
}

// Genesis returns the network's genesis.
func (g *Generator) Genesis() *tx.Tx { return g.genesis }

// Round makes the next round: transfers, then a witness of each voter.
func (g *Generator) Round() ([]*tx.Tx, error) {
	txs, err := g.next()
	if err == nil {
		g.take(txs)
	}
	return txs, err
}

// next makes the next round and does not take it up.
func (g *Generator) next() ([]*tx.Tx, error) {
	g.round++
	rng := rand.New(rand.NewPCG(g.seed, g.round))
	plans := g.transfers(rng)
	plans = append(plans, g.witnesses(rng)...)
	if err := signAll(g.genesis.ID(), plans); err != nil {
		return nil, fmt.Errorf("generate round %d: %w", g.round, err)
	}
	txs := make([]*tx.Tx, len(plans))
	for i, p := range plans {
		txs[i] = p.tx
	}
	return txs, nil
}

// roundOf is the round that made a transaction, 0 for the genesis.
func roundOf(t *tx.Tx) uint64 { return uint64(t.Time-start) / roundTime }

// take moves the state to the end of a round.
func (g *Generator) take(txs []*tx.Tx) {
	transfers, votes := txs[:len(txs)-len(g.voters)], txs[len(txs)-len(g.voters):]
	copy(g.latest, votes)
	g.drop(transfers)
	g.last, g.crowned = nil, nil
	for _, t := range transfers {
		if !g.spend(t) { // a rival follows its winner
			g.crowned = append(g.crowned, g.last[len(g.last)-1])
			g.losers = append(g.losers, t)
			continue
		}
		g.receive(t)
		g.last = append(g.last, t)
	}
	g.tips = append(g.tips, g.last...)
	for len(g.losers) > 0 && roundOf(g.losers[0])+loserAge < g.round {
		g.tips, g.losers = append(g.tips, g.losers[0]), g.losers[1:]
	}
}

// drop takes what transfers reference out of the tips.
func (g *Generator) drop(transfers []*tx.Tx) {
	seen := make(map[tx.ID]struct{})
	for _, t := range transfers {
		for _, r := range t.Refs {
			seen[r] = struct{}{}
		}
	}
	g.tips = slices.DeleteFunc(g.tips, func(t *tx.Tx) bool {
		_, gone := seen[t.ID()]
		return gone
	})
}

// spend takes the coins that t spends out of their purses; false when one is
// spent already, which makes t a loser.
func (g *Generator) spend(t *tx.Tx) bool {
	for _, in := range t.In {
		if _, ok := g.coins[in]; !ok {
			return false
		}
	}
	for _, in := range t.In {
		delete(g.coins, in)
	}
	return true
}

// receive puts the outputs of t into purses.
func (g *Generator) receive(t *tx.Tx) {
	for i, out := range t.Out {
		w, ok := g.keys.owner(out.Lock.Key())
		if !ok {
			continue
		}
		op := tx.Outpoint{Tx: t.ID(), Index: uint32(i)}
		g.coins[op] = struct{}{}
		if g.purses[w] == nil {
			g.rich = append(g.rich, w)
		}
		g.purses[w] = append(g.purses[w], coin{op, out, t.Infohash()})
	}
}
