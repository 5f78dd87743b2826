package wallet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/torrenttx/ttx/ledger/tx"
)

// PoolSize is how many addresses are made in advance, whenever the wallet is
// unlocked: as many can be given out while it is locked. A wallet made from old
// words finds what was paid to its first PoolSize addresses at once.
const PoolSize = 100

// Options are those of a new wallet.
type Options struct {
	// WorkFactor is the binary logarithm of scrypt's N, 1 to 22; 0 stands for
	// DefaultWorkFactor. Each step doubles time and memory.
	WorkFactor int
}

// Watch is a wallet as it is without its passphrase: addresses to be watched
// and given out, and the voter key. It may be used by many goroutines at once.
// Two processes may have one wallet open; should both give out an address at
// the same moment, it can be the same one.
type Watch struct {
	dir string
	mu  struct {
		sync.Mutex
		state state
	}
}

// Create makes a wallet in dir, which is made if need be, and gives out its
// first address. Both files have mode 0600 and are durable when it returns.
// Errors are ErrExists, ErrMnemonic, ErrPassphrase (empty), or the system's;
// nothing is left behind.
func Create(dir string, words Mnemonic, passphrase string, opts Options) (*Watch, error) {
	w, err := create(dir, words, passphrase, opts)
	if err != nil {
		return nil, fmt.Errorf("creating wallet: %w", err)
	}
	return w, nil
}

func create(dir string, words Mnemonic, passphrase string, opts Options) (*Watch, error) {
	if words.words == "" {
		return nil, ErrMnemonic
	}
	factor := opts.WorkFactor
	if factor == 0 {
		factor = DefaultWorkFactor
	}
	if factor < 1 || factor > maxWorkFactor {
		return nil, fmt.Errorf("work factor %d is not between 1 and %d", factor, maxWorkFactor)
	}
	if err := checkAbsent(dir); err != nil {
		return nil, err
	}
	sealed, err := encrypt(words, passphrase, factor)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	// The words first: an address without them would lose what is paid to it.
	if err := createFile(filepath.Join(dir, seedFile), sealed); err != nil {
		return nil, err
	}
	w := &Watch{dir: dir}
	if err := w.fill(words); err != nil {
		return nil, errors.Join(err, os.Remove(filepath.Join(dir, seedFile)))
	}
	return w, nil
}

// checkAbsent spares the work of encryption where it would be in vain, and
// keeps a lone public file from being replaced.
func checkAbsent(dir string) error {
	for _, name := range []string{seedFile, publicFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%w: %s", ErrExists, filepath.Join(dir, name))
		}
	}
	return nil
}

// fill makes the public file of a new wallet.
func (w *Watch) fill(words Mnemonic) error {
	keys, err := Derive(words, 0)
	if err != nil {
		return err
	}
	defer keys.Close()
	return w.refill(keys)
}

// Open opens the wallet in dir. Errors are ErrNoWallet, ErrFormat, or the
// system's. When only the words are there, it has no addresses until Unlock.
func Open(dir string) (*Watch, error) {
	w := &Watch{dir: dir}
	if err := w.load(); err != nil {
		return nil, fmt.Errorf("opening wallet: %w", err)
	}
	return w, nil
}

// load reads the public file.
func (w *Watch) load() error {
	content, err := readFile(w.dir, publicFile)
	if errors.Is(err, ErrNoWallet) {
		_, err := os.Stat(filepath.Join(w.dir, seedFile))
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: %s", ErrNoWallet, w.dir)
		}
		return err
	}
	if err != nil {
		return err
	}
	stored, err := parsePublic(content)
	if err != nil {
		return fmt.Errorf("reading %s: %w", publicFile, err)
	}
	w.mu.state = stored
	return nil
}

// update changes the public file, durably when it returns. It starts from what
// is on disk, since another process may have given out addresses.
func (w *Watch) update(change func(*state) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.load(); err != nil {
		return err
	}
	next := w.mu.state
	if err := change(&next); err != nil {
		return err
	}
	if next.equal(w.mu.state) {
		return nil
	}
	content, err := next.encode()
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(w.dir, publicFile), content); err != nil {
		return err
	}
	w.mu.state = next
	return nil
}

func (s state) equal(other state) bool {
	return s.voter == other.voter && s.next == other.next && slices.Equal(s.keys, other.keys)
}

// snapshot returns the state, whose keys are never changed in place.
func (w *Watch) snapshot() state {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.state
}

// Keys returns the keys of all addresses to be watched: those given out, in
// order, then those made in advance. What is paid to the latter is found too.
func (w *Watch) Keys() []tx.Key { return slices.Clone(w.snapshot().keys) }

// Issued returns the keys of the addresses that were given out, the latest one
// last.
func (w *Watch) Issued() []tx.Key {
	s := w.snapshot()
	return slices.Clone(s.keys[:s.next])
}

// VoterKey returns the key by which the owner stands in a voter table.
func (w *Watch) VoterKey() tx.Key { return w.snapshot().voter }

// NewAddress gives out the next address; that it was is durable when
// NewAddress returns. It needs no passphrase until the pool is empty
// (ErrPoolEmpty).
func (w *Watch) NewAddress() (key tx.Key, err error) {
	err = w.update(func(s *state) error {
		if s.next == len(s.keys) {
			return ErrPoolEmpty
		}
		key = s.keys[s.next]
		s.next++
		return nil
	})
	if err != nil {
		return tx.Key{}, fmt.Errorf("giving out an address: %w", err)
	}
	return key, nil
}

// MarkUsed takes note that a key of the pool was seen in the ledger: it and
// those before it count as given out. So a wallet made from old words goes on
// where the old one ended. Other keys change nothing.
func (w *Watch) MarkUsed(key tx.Key) error {
	if slices.Index(w.snapshot().keys, key) < 0 {
		return nil
	}
	err := w.update(func(s *state) error {
		s.next = max(s.next, slices.Index(s.keys, key)+1)
		return nil
	})
	if err != nil {
		return fmt.Errorf("marking an address as used: %w", err)
	}
	return nil
}

// Reveal returns the words. Errors are those of Unlock.
func (w *Watch) Reveal(passphrase string) (Mnemonic, error) {
	sealed, err := readFile(w.dir, seedFile)
	if err != nil {
		return Mnemonic{}, fmt.Errorf("reading the wallet's words: %w", err)
	}
	words, err := decrypt(sealed, passphrase)
	if err != nil {
		return Mnemonic{}, fmt.Errorf("decrypting the wallet's words: %w", err)
	}
	return words, nil
}

// Unlock decrypts the words and derives the private keys of all addresses. It
// fills the pool up again, and makes the public file if it is missing. Errors
// are ErrPassphrase, ErrNoWallet, ErrFormat, ErrMismatch, or the system's.
func (w *Watch) Unlock(passphrase string) (*Keys, error) {
	words, err := w.Reveal(passphrase)
	if err != nil {
		return nil, err
	}
	keys, err := Derive(words, 0)
	if err != nil {
		return nil, err
	}
	if err := w.refill(keys); err != nil {
		keys.Close()
		return nil, fmt.Errorf("unlocking the wallet: %w", err)
	}
	return keys, nil
}

// refill compares the public file with the keys, and adds addresses until the
// pool is full.
func (w *Watch) refill(keys *Keys) error {
	return w.update(func(s *state) error {
		next := max(s.next, 1)
		if err := keys.know(uint32(max(len(s.keys), next+PoolSize))); err != nil {
			return err
		}
		derived := keys.addresses()
		if len(s.keys) > 0 && (s.voter != keys.VoterKey() || !slices.Equal(s.keys, derived[:len(s.keys)])) {
			return ErrMismatch
		}
		*s = state{voter: keys.VoterKey(), next: next, keys: derived}
		return nil
	})
}
