// Package config is the data folder of a node: where things lie in it, which
// network it belongs to, and the lock that keeps a second node out.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/ledger/network"
	"github.com/torrenttx/ttx/ledger/tx"
)

// dirVariable names the environment variable for the data folder.
const dirVariable = "TTX_DIR"

// Errors that callers tell apart with errors.Is.
var (
	// ErrLocked means that a node runs on the folder, or that a command has it
	// for very long.
	ErrLocked = errors.New("a node is running on this folder")
	// ErrJoined means that the folder holds the ledger of another network.
	ErrJoined = errors.New("this folder belongs to another network")
)

// Folder is a data folder. Nothing is made before it is needed.
type Folder string

// Choose returns the folder to use: the flag's, else TTX_DIR's, else ttx in the
// user's data folder (XDG_DATA_HOME).
func Choose(flag string) (Folder, error) {
	if flag == "" {
		flag = os.Getenv(dirVariable)
	}
	if flag == "" {
		data := os.Getenv("XDG_DATA_HOME")
		if data == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", fmt.Errorf("find the data folder (name one with --dir): %w", err)
			}
			data = filepath.Join(home, ".local", "share")
		}
		flag = filepath.Join(data, "ttx")
	}
	abs, err := filepath.Abs(flag)
	if err != nil {
		return "", fmt.Errorf("data folder %q: %w", flag, err)
	}
	return Folder(abs), nil
}

// Make creates the folder, for its owner alone.
func (f Folder) Make() error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

func (f Folder) path(name string) string { return filepath.Join(string(f), name) }

// Ledger is the folder of the store.
func (f Folder) Ledger() string { return f.path("ledger") }

// Peers is the address book.
func (f Folder) Peers() string { return f.path("peers.json") }

// Bans is the list of peers that are refused for a while.
func (f Folder) Bans() string { return f.path("bans.json") }

// DHT is where the DHT's routing table is kept.
func (f Folder) DHT() string { return f.path("dht.nodes") }

// Proofs is the folder of proofs, which the user may fill too.
func (f Folder) Proofs() string { return f.path("proofs") }

// ProofRecords is the file of what became of each proof.
func (f Folder) ProofRecords() string { return f.path("proofs.json") }

// Keeper is the file of who else holds the history of the wallet's coins.
func (f Folder) Keeper() string { return f.path("keeper.json") }

// NetworkFile is the .torrent by which the folder joined its network.
func (f Folder) NetworkFile() string { return f.path("network.torrent") }

// Network returns the file by which the folder joined its network. A folder
// that joined none is on the built-in devnet.
func (f Folder) Network() (*tx.File, error) {
	b, err := os.ReadFile(f.NetworkFile())
	if errors.Is(err, fs.ErrNotExist) {
		genesis, err := network.Devnet()
		if err != nil {
			return nil, err
		}
		return &tx.File{Genesis: genesis, Tx: genesis, Info: tx.InfoBytes(genesis.Raw())}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the network file: %w", err)
	}
	file, err := tx.DecodeFile(b)
	if err != nil {
		return nil, fmt.Errorf("network file %s: %w", f.NetworkFile(), err)
	}
	return file, nil
}

// Join makes the folder one of the network of a .torrent, ErrJoined when it
// holds the ledger of another one. Joining the same network again takes the
// newer file.
func (f Folder) Join(b []byte) (*tx.File, error) {
	file, err := tx.DecodeFile(b)
	if err != nil {
		return nil, fmt.Errorf("not a network file or a ttx .torrent: %w", err)
	}
	now, err := f.Network()
	if err != nil {
		return nil, err
	}
	if now.Genesis.ID() != file.Genesis.ID() && f.hasLedger() {
		return nil, fmt.Errorf("%w (%s)", ErrJoined, now.Genesis.Params.Name)
	}
	if err := f.Make(); err != nil {
		return nil, err
	}
	return file, durable.Replace(f.NetworkFile(), b)
}

// Unsettled reports whether the folder belongs to no network yet: it joined none,
// and holds no ledger.
func (f Folder) Unsettled() bool {
	_, err := os.Stat(f.NetworkFile())
	return errors.Is(err, fs.ErrNotExist) && !f.hasLedger()
}

func (f Folder) hasLedger() bool {
	_, err := os.Stat(f.Ledger())
	return err == nil
}

// Reset forgets the ledger and the peers; wallet, network and proofs stay. That
// proofs were taken in is forgotten too: the next ledger takes them in again.
func (f Folder) Reset() error {
	var errs []error
	for _, name := range []string{f.Ledger(), f.Peers(), f.Bans(), f.ProofRecords(), f.Keeper()} {
		errs = append(errs, os.RemoveAll(name))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("forget the ledger: %w", err)
	}
	return nil
}
