package cli

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/generate"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

const (
	generateSize   = 100_000
	generateVoters = 16
	// votersFile holds the words of the other voters' wallets.
	votersFile = "voters.txt"
	// progressEvery is the pause between two lines of progress.
	progressEvery = 5 * time.Second
)

type generateFlags struct {
	size   uint64
	seed   uint64
	voters int
}

func (a *app) ledgerGenerateCommand() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:    "generate",
		Hidden: true,
		Short:  "Fill the data folder with a made-up ledger, to measure with",
		Long: "Fill an empty data folder with a ledger of many wallets, of which the folder's is one, on a network of its\n" +
			"own, signed and verified like any other. The same seed makes the same ledger; with a larger number a folder\n" +
			"that was generated goes on. Its keys follow from the seed: they protect nothing.\n\n" +
			"The folder's wallet is the first voter's; the words of the other voters stand in " + votersFile + " there.\n\n" +
			"JSON: as ttx status.\n\n" + exitCodeHelp,
		Example: "  ttx ledger generate --dir big --transactions 1000000 --passphrase-file pass.txt",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.voters < 1 || f.voters > tx.MaxVoters {
				return usage(fmt.Errorf("%d voters; a network has 1 to %d", f.voters, tx.MaxVoters))
			}
			return a.generate(cmd.Context(), f)
		},
	}
	cmd.Flags().Uint64Var(&f.size, "transactions", generateSize, "how many transactions at least")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "what everything follows from")
	cmd.Flags().IntVar(&f.voters, "voters", generateVoters, "how many voters, of equal stake")
	return cmd
}

func (a *app) generate(ctx context.Context, f generateFlags) error {
	words := make([]wallet.Mnemonic, f.voters)
	for i := range words {
		words[i] = generatedWords(f.seed, i)
	}
	g, err := newGenerator(f.seed, words)
	if err != nil {
		return err
	}
	dir, err := a.folder()
	if err != nil {
		return err
	}
	if err := a.prepare(dir, g.Genesis(), words); err != nil {
		return err
	}
	if err := a.locked(func(config.Folder) error { return a.fill(ctx, dir, g, f.size) }); err != nil {
		return err
	}
	return a.status(ctx)
}

// generatedWords are those of voter i of a generated ledger.
func generatedWords(seed uint64, i int) wallet.Mnemonic {
	b := binary.BigEndian.AppendUint64([]byte("ttx generated voter"), seed)
	return wallet.MnemonicFrom(sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(i))))
}

// newGenerator gives the first wallet the addresses that a new folder watches.
func newGenerator(seed uint64, words []wallet.Mnemonic) (*generate.Generator, error) {
	cfg := generate.Config{Seed: seed}
	for i, w := range words {
		known := uint32(0)
		if i == 0 {
			known = wallet.PoolSize
		}
		keys, err := wallet.Derive(w, known)
		if err != nil {
			return nil, err
		}
		cfg.Voters = append(cfg.Voters, keys.VoterPrivate())
		for n := range known {
			key, err := ownKey(keys, n)
			if err != nil {
				return nil, err
			}
			cfg.Own = append(cfg.Own, key)
		}
	}
	return generate.New(cfg)
}

func ownKey(keys *wallet.Keys, n uint32) (*btcec.PrivateKey, error) {
	public, err := keys.Address(n)
	if err != nil {
		return nil, err
	}
	key, ok := keys.PrivateFor(public)
	if !ok {
		return nil, fmt.Errorf("the wallet does not know its address %d", n)
	}
	return key, nil
}

// prepare gives the folder its wallet and network, unless it has them.
func (a *app) prepare(dir config.Folder, genesis *tx.Tx, words []wallet.Mnemonic) error {
	file, err := (&tx.File{Genesis: genesis, Tx: genesis}).Encode()
	if err != nil {
		return err
	}
	if _, err := dir.Join(file); err != nil {
		return err
	}
	if _, err := wallet.Open(string(dir)); !errors.Is(err, wallet.ErrNoWallet) {
		return err
	}
	if _, err := a.createWallet(words[0]); err != nil {
		return err
	}
	var text strings.Builder
	for _, w := range words[1:] {
		fmt.Fprintln(&text, w.Reveal())
	}
	if err := os.WriteFile(filepath.Join(string(dir), votersFile), []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write the voters' words: %w", err)
	}
	return nil
}

// fill generates, and says now and then how far it is.
func (a *app) fill(ctx context.Context, dir config.Folder, g *generate.Generator, n uint64) error {
	l, err := node.OpenLedger(dir, g.Genesis(), nil, a.logger())
	if err != nil {
		return err
	}
	began, from, told := time.Now(), l.Snapshot().Transactions(), time.Now()
	err = generate.Fill(ctx, l, g, n, func(done uint64) {
		if time.Since(told) >= progressEvery && done > from {
			told = time.Now()
			rate := float64(done-from) / time.Since(began).Seconds()
			a.say("%d of %d transactions, %.0f a second", done, n, rate)
		}
	})
	return errors.Join(err, l.Close())
}
