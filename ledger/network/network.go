// Package network holds what is known of networks before a node runs: where the
// nodes of one meet, and the built-in devnet.
package network

import (
	"crypto/sha256"
	_ "embed"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Rendezvous is the infohash of the swarm where a network's nodes meet: the
// first 20 bytes of SHA-256("ttx rendezvous v1" || 0 || genesis txid). Nobody
// knows a SHA-1 preimage of it, so it never has metadata.
func Rendezvous(genesis tx.ID) (infohash [20]byte) {
	sum := sha256.Sum256(append([]byte("ttx rendezvous v1\x00"), genesis[:]...))
	copy(infohash[:], sum[:])
	return infohash
}

// The devnet: coins without worth, for everyone to try with. It has no voters,
// so nothing on it is ever confirmed.
const (
	// DevnetName is its name.
	DevnetName = "devnet"
	// DevnetSupply is 10^9 TTX in base units, in FaucetOutputs equal parts.
	DevnetSupply  = 1_000_000_000 * tx.TTX
	FaucetOutputs = 200
	// devnetBurn is 0.001 TTX a byte.
	devnetBurn = tx.TTX / 1000
	// devnetTime is 2025-01-01T00:00:00Z.
	devnetTime = 1_735_689_600_000
	// faucetSeed hashes to the faucet's private key, which is public on purpose.
	faucetSeed = "ttx devnet faucet"
)

//go:embed devnet.torrent
var devnetFile string

// Devnet returns the genesis of the built-in network.
func Devnet() (*tx.Tx, error) {
	file, err := tx.DecodeFile([]byte(devnetFile))
	if err != nil {
		return nil, fmt.Errorf("read the built-in network: %w", err)
	}
	return file.Genesis, nil
}

// FaucetKey is the key of the devnet's coins. Everybody has it.
func FaucetKey() *btcec.PrivateKey {
	seed := sha256.Sum256([]byte(faucetSeed))
	key, _ := btcec.PrivKeyFromBytes(seed[:])
	return key
}

// makeDevnet computes the genesis that the embedded file holds.
func makeDevnet() (*tx.Tx, error) {
	lock := tx.KeyLock(tx.PublicKey(FaucetKey()))
	genesis := &tx.Tx{
		Kind:   tx.KindGenesis,
		Time:   devnetTime,
		Memo:   "worthless coins to try ttx with",
		Params: &tx.Params{Name: DevnetName, BurnPerByte: devnetBurn, Rules: 1},
	}
	for range FaucetOutputs {
		genesis.Out = append(genesis.Out, tx.Output{Amount: DevnetSupply / FaucetOutputs, Lock: lock})
	}
	return genesis, genesis.Seal()
}
