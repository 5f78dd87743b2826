package generate

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ledger/tx"
)

// keyring holds the keys of all wallets. Wallet 0, the folder's, has several,
// the others one that follows from the seed.
type keyring struct {
	own     []tx.Key
	public  []tx.Key // by wallet
	private map[tx.Key]*btcec.PrivateKey
	owners  map[tx.Key]int
}

func newKeyring(cfg Config) *keyring {
	k := &keyring{
		public:  make([]tx.Key, cfg.Wallets),
		private: make(map[tx.Key]*btcec.PrivateKey, cfg.Wallets),
		owners:  make(map[tx.Key]int, cfg.Wallets),
	}
	for _, key := range cfg.Own {
		k.add(0, key)
		k.own = append(k.own, k.public[0])
	}
	for w := 1; w < cfg.Wallets; w++ {
		k.add(w, walletKey(cfg.Seed, w))
	}
	return k
}

// walletKey is the key of one of the wallets that only the generator knows.
func walletKey(seed uint64, wallet int) *btcec.PrivateKey {
	b := []byte("ttx generated wallet")
	b = binary.BigEndian.AppendUint64(b, seed)
	h := sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(wallet)))
	key, _ := btcec.PrivKeyFromBytes(h[:])
	return key
}

func (k *keyring) add(wallet int, key *btcec.PrivateKey) {
	public := tx.PublicKey(key)
	k.public[wallet], k.private[public], k.owners[public] = public, key, wallet
}

// of returns a key to pay a wallet at; n chooses among the folder's.
func (k *keyring) of(wallet int, n uint64) tx.Key {
	if wallet == 0 {
		return k.own[n%uint64(len(k.own))]
	}
	return k.public[wallet]
}

func (k *keyring) owner(key tx.Key) (wallet int, ok bool) {
	wallet, ok = k.owners[key]
	return wallet, ok
}
