package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/ledger/wallet"
)

func (a *app) walletRestoreCommand() *cobra.Command {
	var wordsFile string
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "Make the wallet anew from its 24 words",
		Long: "Make the wallet anew from its 24 words, read from --words-file, from stdin, or from the terminal without\n" +
			"echo. The words are never an argument.\n\n" +
			"JSON: {address}.\n\n" + exitCodeHelp,
		Example: "  ttx wallet restore\n  ttx wallet restore --words-file words.txt --passphrase-file pass.txt",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			words, err := a.words(wordsFile)
			if err != nil {
				return err
			}
			w, err := a.createWallet(words)
			if err != nil {
				return err
			}
			return a.created(cmd.Context(), w)
		},
	}
	cmd.Flags().StringVar(&wordsFile, "words-file", "", "read the words from this file")
	return cmd
}

// words reads the mnemonic.
func (a *app) words(name string) (wallet.Mnemonic, error) {
	text, err := a.wordsText(name)
	if err != nil {
		return wallet.Mnemonic{}, err
	}
	return wallet.ParseMnemonic(text)
}

func (a *app) wordsText(name string) (string, error) {
	r := a.In
	if name != "" {
		f, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("read the words: %w", err)
		}
		defer f.Close()
		r = f
	} else if _, ok := terminal(a.In); ok {
		return a.ask("The 24 words: ")
	}
	b, err := io.ReadAll(io.LimitReader(r, maxSecret))
	if err != nil {
		return "", fmt.Errorf("read the words: %w", err)
	}
	return string(b), nil
}
