package wallet

import (
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/torrenttx/ttx/ledger/tx"
)

// The paths of a wallet's keys: m/86'/7478'/0'/0/i for address i, and
// m/86'/7478'/0'/2/0 for the voter. 86 is BIP 86's purpose, whose key is used
// untweaked here; 7478 stands where SLIP 44 puts the coin.
const (
	purpose       = 86
	coinType      = 7478
	account       = 0
	chainReceive  = 0
	chainVoter    = 2
	voterKeyIndex = 0
)

// Keys are the private keys of an unlocked wallet. They may be used by many
// goroutines at once, until Close. Only plain derivation happens in it: what is
// handed out and what is watched is Watch's business.
type Keys struct {
	receive *hdkeychain.ExtendedKey
	voter   *btcec.PrivateKey
	// indexes tells the index of each key that PrivateFor knows.
	indexes map[tx.Key]uint32
}

// Derive returns the keys that follow from the words, knowing the first
// `known` addresses: PrivateFor finds these.
func Derive(words Mnemonic, known uint32) (*Keys, error) {
	seed := words.seed()
	defer clear(seed)
	k, err := deriveKeys(seed, known)
	if err != nil {
		return nil, fmt.Errorf("deriving keys: %w", err)
	}
	return k, nil
}

func deriveKeys(seed []byte, known uint32) (*Keys, error) {
	receive, err := deriveNode(seed, hardened(purpose), hardened(coinType), hardened(account), chainReceive)
	if err != nil {
		return nil, err
	}
	voter, err := deriveNode(seed, hardened(purpose), hardened(coinType), hardened(account), chainVoter, voterKeyIndex)
	if err != nil {
		receive.Zero()
		return nil, err
	}
	defer voter.Zero()
	private, err := voter.ECPrivKey()
	if err != nil {
		receive.Zero()
		return nil, err
	}
	k := &Keys{receive: receive, voter: private, indexes: make(map[tx.Key]uint32, known)}
	return k, k.know(known)
}

func hardened(i uint32) uint32 { return hdkeychain.HardenedKeyStart + i }

// deriveNode walks a BIP 32 path from the master key of a seed, and wipes the
// nodes on the way.
func deriveNode(seed []byte, path ...uint32) (*hdkeychain.ExtendedKey, error) {
	// The network only names versions of serialized keys, which are never made.
	node, err := hdkeychain.NewMaster(seed, &chaincfg.MainNetParams)
	if err != nil {
		return nil, err
	}
	for _, i := range path {
		child, err := node.Derive(i)
		node.Zero()
		if err != nil {
			return nil, err
		}
		node = child
	}
	return node, nil
}

// know makes PrivateFor find addresses 0 to n-1.
func (k *Keys) know(n uint32) error {
	for i := uint32(len(k.indexes)); i < n; i++ {
		key, err := k.Address(i)
		if err != nil {
			return err
		}
		k.indexes[key] = i
	}
	return nil
}

// Address returns the x-only public key of address i. One index in 2^127 has
// none, which is an error.
func (k *Keys) Address(i uint32) (tx.Key, error) {
	private, err := k.private(i)
	if err != nil {
		return tx.Key{}, err
	}
	defer private.Zero()
	return tx.PublicKey(private), nil
}

// addresses returns the keys that PrivateFor knows, by index.
func (k *Keys) addresses() []tx.Key {
	keys := make([]tx.Key, len(k.indexes))
	for key, i := range k.indexes {
		keys[i] = key
	}
	return keys
}

func (k *Keys) private(i uint32) (*btcec.PrivateKey, error) {
	node, err := k.receive.Derive(i)
	if err != nil {
		return nil, fmt.Errorf("deriving address %d: %w", i, err)
	}
	defer node.Zero()
	return node.ECPrivKey()
}

// PrivateFor returns the private key of one of the wallet's addresses. It fits
// tx.Signer. The caller may wipe the key after use.
func (k *Keys) PrivateFor(key tx.Key) (*btcec.PrivateKey, bool) {
	i, known := k.indexes[key]
	if !known {
		return nil, false
	}
	private, err := k.private(i)
	return private, err == nil
}

// VoterKey returns the x-only public key by which the owner stands in a voter
// table.
func (k *Keys) VoterKey() tx.Key { return tx.PublicKey(k.voter) }

// VoterPrivate returns a copy of the key that signs witness transactions.
func (k *Keys) VoterPrivate() *btcec.PrivateKey {
	private := *k.voter
	return &private
}

// Close wipes the keys. They must not be used afterwards.
func (k *Keys) Close() {
	k.receive.Zero()
	k.voter.Zero()
	clear(k.indexes)
}

// Format hides the keys from every verb of fmt.
func (k *Keys) Format(s fmt.State, _ rune) { redact(s) }
