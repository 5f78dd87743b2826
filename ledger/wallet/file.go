package wallet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/torrenttx/ttx/ledger/tx"
)

// A wallet is two files in a directory. seedFile is the words, encrypted with
// the passphrase by age, so that the age program alone can recover them:
//
//	age -d wallet.age
//
// publicFile is what may be read without the passphrase. It can be made again
// from the words.
const (
	seedFile   = "wallet.age"
	publicFile = "wallet.json"
)

// publicVersion is the version of publicFile.
const publicVersion = 1

// maxFileSize bounds what is read of a wallet's file. The public file has 68
// bytes an address.
const maxFileSize = 64 << 20

// DefaultWorkFactor is age's own default: scrypt with N = 2^18, about a second.
const DefaultWorkFactor = 18

// maxWorkFactor bounds the work that a changed seed file can ask for: about 15
// seconds.
const maxWorkFactor = 22

// public is the content of publicFile. Its numbers are as they stand there;
// parsePublic checks them.
type public struct {
	Version int `json:"version"`
	// Voter is the voter key in hex.
	Voter string `json:"voter"`
	// Next is how many of the addresses have been given out.
	Next int `json:"next"`
	// Addresses are those of index 0 and up.
	Addresses []string `json:"addresses"`
}

// state is a checked publicFile.
type state struct {
	voter tx.Key
	next  int
	keys  []tx.Key
}

func (s state) encode() ([]byte, error) {
	p := public{Version: publicVersion, Voter: hex.EncodeToString(s.voter[:]), Next: s.next}
	for _, key := range s.keys {
		p.Addresses = append(p.Addresses, tx.EncodeAddress(key))
	}
	return json.MarshalIndent(p, "", "\t")
}

func parsePublic(content []byte) (state, error) {
	var p public
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return state{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return state{}, fmt.Errorf("%w: something follows its end", ErrFormat)
	}
	if p.Version != publicVersion {
		return state{}, fmt.Errorf("%w: version %d", ErrFormat, p.Version)
	}
	if p.Next < 1 || p.Next > len(p.Addresses) {
		return state{}, fmt.Errorf("%w: %d addresses, %d of them given out", ErrFormat, len(p.Addresses), p.Next)
	}
	s := state{next: p.Next, keys: make([]tx.Key, len(p.Addresses))}
	voter, err := hex.DecodeString(p.Voter)
	if err != nil || len(voter) != len(s.voter) {
		return state{}, fmt.Errorf("%w: bad voter key", ErrFormat)
	}
	copy(s.voter[:], voter)
	for i, address := range p.Addresses {
		if s.keys[i], err = tx.DecodeAddress(address); err != nil {
			return state{}, fmt.Errorf("%w: address %d: %w", ErrFormat, i, err)
		}
	}
	return s, nil
}

// encrypt seals the words with the passphrase.
func encrypt(words Mnemonic, passphrase string, workFactor int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("%w: it is empty", ErrPassphrase)
	}
	recipient.SetWorkFactor(workFactor)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, words.words+"\n"); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// decrypt is the opposite of encrypt.
func decrypt(sealed []byte, passphrase string) (Mnemonic, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return Mnemonic{}, fmt.Errorf("%w: it is empty", ErrPassphrase)
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return Mnemonic{}, ErrPassphrase
	}
	if err != nil {
		// Not age's error: it quotes the file, which may be words in clear.
		return Mnemonic{}, fmt.Errorf("%w: %s is not a file that age encrypted with a passphrase", ErrFormat, seedFile)
	}
	words, err := io.ReadAll(r)
	defer clear(words)
	if err != nil {
		return Mnemonic{}, fmt.Errorf("%w: %s is damaged", ErrFormat, seedFile)
	}
	m, err := ParseMnemonic(string(words))
	if err != nil {
		return Mnemonic{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return m, nil
}

// readFile reads a file of the wallet; ErrNoWallet when it is not there.
func readFile(dir, name string) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNoWallet, err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(content) > maxFileSize:
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrFormat, name, maxFileSize)
	}
	return content, nil
}
