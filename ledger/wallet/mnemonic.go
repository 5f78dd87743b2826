package wallet

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/tyler-smith/go-bip39"
)

// WordCount is how many words a wallet has, for 256 bits of entropy.
const WordCount = 24

const entropySize = 32

// Mnemonic is a wallet's words, of BIP 39's English list. Whoever has them has
// the money. The zero value is no mnemonic.
type Mnemonic struct {
	words string
}

// NewMnemonic draws words at random.
func NewMnemonic() Mnemonic {
	var entropy [entropySize]byte
	defer clear(entropy[:])
	_, _ = rand.Read(entropy[:]) // never fails
	return MnemonicFrom(entropy)
}

// MnemonicFrom returns the words for given entropy. Only what drew the entropy
// at random makes a wallet that is safe: it is here for ledgers that are made
// for tests.
func MnemonicFrom(entropy [entropySize]byte) Mnemonic {
	words, err := bip39.NewMnemonic(entropy[:])
	if err != nil {
		panic("wallet: 32 bytes are legal entropy: " + err.Error())
	}
	return Mnemonic{words}
}

// ParseMnemonic reads words as a person types them: any case, any white space.
// What it refuses is an ErrMnemonic, which tells the place of an unknown word
// and not the word.
func ParseMnemonic(s string) (Mnemonic, error) {
	list := strings.Fields(strings.ToLower(s))
	if len(list) != WordCount {
		return Mnemonic{}, fmt.Errorf("%w: there are %d", ErrMnemonic, len(list))
	}
	for i, word := range list {
		if _, known := bip39.GetWordIndex(word); !known {
			return Mnemonic{}, fmt.Errorf("%w: word %d is not in the list", ErrMnemonic, i+1)
		}
	}
	words := strings.Join(list, " ")
	entropy, err := bip39.EntropyFromMnemonic(words)
	if err != nil {
		return Mnemonic{}, fmt.Errorf("%w: the checksum does not match, a word is wrong or out of order", ErrMnemonic)
	}
	clear(entropy)
	return Mnemonic{words}, nil
}

// Reveal returns the words, single-spaced, to be shown to the owner.
func (m Mnemonic) Reveal() string { return m.words }

// Format hides the words from every verb of fmt.
func (m Mnemonic) Format(s fmt.State, _ rune) { redact(s) }

// seed is BIP 39's seed with the empty passphrase.
func (m Mnemonic) seed() []byte { return bip39.NewSeed(m.words, "") }

func redact(s fmt.State) { _, _ = s.Write([]byte("[redacted]")) }
