package cli

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// welcomedFile says that the person was welcomed: whoever wants neither wallet nor
// network is asked once.
const welcomedFile = "welcomed"

// askedWords is how many of the words are asked for again.
const askedWords = 2

// setup makes the wallet and joins the network of a first run. The words are in
// memory alone until they are encrypted.
type setup struct {
	*app
	dir config.Folder
}

// firstRun returns what leads through it, nil when the folder is in use: a wallet,
// a ledger or a network is there, or the person was asked.
func (a *app) firstRun() (*setup, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	if _, err := wallet.Open(string(dir)); !errors.Is(err, wallet.ErrNoWallet) {
		return nil, err
	}
	for _, name := range []string{filepath.Join(string(dir), welcomedFile), dir.Ledger(), dir.NetworkFile()} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return &setup{a, dir}, nil
}

// Words implements tui.SetupSource.
func (s *setup) Words() (words []string, ask []int) {
	words = strings.Fields(wallet.NewMnemonic().Reveal())
	ask = rand.Perm(len(words))[:askedWords]
	slices.Sort(ask)
	return words, ask
}

// CheckWords implements tui.SetupSource.
func (s *setup) CheckWords(text string) string {
	if n := len(strings.Fields(text)); n != 24 {
		return "24 words are needed"
	}
	if _, err := wallet.ParseMnemonic(text); err != nil {
		return "these are not the words of a wallet: one is misspelt or out of order"
	}
	return ""
}

// Create implements tui.SetupSource.
func (s *setup) Create(_ context.Context, words, passphrase string) error {
	m, err := wallet.ParseMnemonic(words)
	if err != nil {
		return err
	}
	if err := s.dir.Make(); err != nil {
		return err
	}
	_, err = wallet.Create(string(s.dir), m, passphrase, wallet.Options{})
	return err
}

// Join implements tui.SetupSource.
func (s *setup) Join(ctx context.Context, what string) (string, error) {
	quiet := *s.app
	quiet.Out = &bounded{}
	err := quiet.locked(func(dir config.Folder) error {
		return quiet.joinNetwork(ctx, dir, what, joinFlags{timeout: joinTimeout})
	})
	if err != nil {
		return "", withHint(err)
	}
	file, err := s.dir.Network()
	if err != nil {
		return "", err
	}
	return file.Genesis.Params.Name, nil
}

// Done implements tui.SetupSource.
func (s *setup) Done() error {
	if err := s.dir.Make(); err != nil {
		return err
	}
	return durable.Replace(filepath.Join(string(s.dir), welcomedFile), nil)
}
