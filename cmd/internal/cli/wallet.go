package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

func (a *app) walletCommand() *cobra.Command {
	return group("wallet", "Make, restore and read the folder's wallet",
		a.walletNewCommand(), a.walletRestoreCommand(), a.walletShowCommand(), a.walletAddressCommand(),
		a.walletBalanceCommand(), a.walletHistoryCommand(), a.walletVoterKeyCommand(), a.walletFaucetCommand())
}

// address is what `wallet address`, `new` and `restore` print.
type address struct {
	Address string `json:"address"`
}

func showAddress(w io.Writer, v address) { fmt.Fprintln(w, v.Address) }

func (a *app) walletNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new",
		Short: "Make a wallet; its words are shown once, on stderr",
		Long: `Make a wallet. Its 24 words are shown once, on stderr: write them down on
paper. Whoever has them has the money, and without them a lost passphrase cannot
be helped. On disk they are only encrypted.`,
		Example: "  ttx wallet new\n  TTX_PASSPHRASE_FILE=secret ttx wallet new 2>words",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			words := wallet.NewMnemonic()
			w, err := a.createWallet(words)
			if err != nil {
				return err
			}
			a.say("Write these words down; they are shown this once:\n\n%s\n", words.Reveal())
			return print(a, address{tx.EncodeAddress(w.Issued()[0])}, showAddress)
		},
	}
}

func (a *app) createWallet(words wallet.Mnemonic) (*wallet.Watch, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	passphrase, err := a.passphrase(true)
	if err != nil {
		return nil, err
	}
	if err := dir.Make(); err != nil {
		return nil, err
	}
	return wallet.Create(string(dir), words, passphrase, wallet.Options{})
}

func (a *app) walletRestoreCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "restore",
		Short:   "Make a wallet from its words, read from stdin or a file",
		Example: "  ttx wallet restore --words-file words\n  ttx wallet restore <words",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			words, err := a.readWords(file)
			if err != nil {
				return err
			}
			w, err := a.createWallet(words)
			if err != nil {
				return err
			}
			return print(a, address{tx.EncodeAddress(w.Issued()[0])}, showAddress)
		},
	}
	cmd.Flags().StringVar(&file, "words-file", "", "file with the 24 words")
	return cmd
}

// readWords reads the words from a file, the terminal without echo, or stdin.
func (a *app) readWords(file string) (wallet.Mnemonic, error) {
	in := a.in
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return wallet.Mnemonic{}, fmt.Errorf("read the words: %w", err)
		}
		defer f.Close()
		in = f
	} else if _, ok := a.terminal(); ok {
		text, err := a.ask("The 24 words: ")
		if err != nil {
			return wallet.Mnemonic{}, err
		}
		return wallet.ParseMnemonic(text)
	}
	b, err := io.ReadAll(io.LimitReader(in, maxSecret))
	if err != nil {
		return wallet.Mnemonic{}, fmt.Errorf("read the words: %w", err)
	}
	return wallet.ParseMnemonic(string(b))
}

// openWallet opens the folder's wallet, locked.
func (a *app) openWallet() (*wallet.Watch, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	return wallet.Open(string(dir))
}

// addressesOf are the addresses that were given out.
func addressesOf(w *wallet.Watch) []string {
	list := []string{}
	for _, key := range w.Issued() {
		list = append(list, tx.EncodeAddress(key))
	}
	return list
}

// walletInfo is what `wallet show` prints.
type walletInfo struct {
	Addresses []string `json:"addresses"`
	VoterKey  string   `json:"voter_key"`
}

func (a *app) walletShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Show addresses and voter key",
		Example: "  ttx wallet show",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			w, err := a.openWallet()
			if err != nil {
				return err
			}
			return print(a, walletInfo{addressesOf(w), voterKey(w)}, func(out io.Writer, v walletInfo) {
				for _, x := range v.Addresses {
					fmt.Fprintf(out, "address    %s\n", x)
				}
				fmt.Fprintf(out, "voter key  %s\n", v.VoterKey)
			})
		},
	}
}

func voterKey(w *wallet.Watch) string {
	key := w.VoterKey()
	return hex.EncodeToString(key[:])
}

func (a *app) walletAddressCommand() *cobra.Command {
	var fresh bool
	cmd := &cobra.Command{
		Use:     "address",
		Short:   "Print the address to be paid at",
		Example: "  ttx wallet address\n  ttx wallet address --new",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.openWallet()
			if err != nil {
				return err
			}
			key := w.Issued()[0]
			if fresh {
				if key, err = w.NewAddress(); err != nil {
					return err
				}
				a.watchAtNode(cmd.Context(), key)
			}
			return print(a, address{tx.EncodeAddress(key)}, showAddress)
		},
	}
	cmd.Flags().BoolVar(&fresh, "new", false, "one that was not given out yet")
	return cmd
}

// watchAtNode tells a running node of a new address. Without one, the next
// start reads it from the wallet; the node watches ahead anyway.
func (a *app) watchAtNode(ctx context.Context, key tx.Key) {
	client, err := a.node(ctx)
	if err != nil {
		return
	}
	defer client.Close()
	if err := client.Watch(ctx, []string{tx.EncodeAddress(key)}); err != nil {
		a.say("the running node does not watch it before its next start: %v", err)
	}
}

func (a *app) walletVoterKeyCommand() *cobra.Command {
	type reply struct {
		VoterKey string `json:"voter_key"`
	}
	return &cobra.Command{
		Use:     "voter-key",
		Short:   "Print the key by which this wallet stands in a voter table",
		Example: "  ttx network new lab --voter $(ttx wallet voter-key)=1 --out lab.torrent",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			w, err := a.openWallet()
			if err != nil {
				return err
			}
			return print(a, reply{voterKey(w)}, func(out io.Writer, v reply) { fmt.Fprintln(out, v.VoterKey) })
		},
	}
}

func (a *app) walletBalanceCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "balance",
		Short:   "Show what the wallet owns: confirmed, pending, conflicted",
		Example: "  ttx wallet balance --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.openWallet()
			if err != nil {
				return err
			}
			return read(cmd, a, func(ctx context.Context, b api.Backend) (api.Balance, error) {
				return b.Balance(ctx, addressesOf(w))
			}, showBalance)
		},
	}
}

func showBalance(w io.Writer, b api.Balance) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintf(t, "confirmed\t%s TTX\npending\t%s TTX\nconflicted\t%s TTX\n", b.Confirmed, b.Pending, b.Conflicted)
}

func (a *app) walletHistoryCommand() *cobra.Command {
	var q api.HistoryQuery
	cmd := &cobra.Command{
		Use:     "history",
		Short:   "List the wallet's transactions, the newest first",
		Example: "  ttx wallet history --limit 20",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := a.openWallet(); err != nil {
				return err
			}
			return read(cmd, a, func(ctx context.Context, b api.Backend) (api.History, error) { return b.History(ctx, q) }, showHistory)
		},
	}
	cmd.Flags().IntVar(&q.Limit, "limit", api.DefaultPage, "at most so many")
	cmd.Flags().IntVar(&q.Skip, "skip", 0, "leave out so many of the newest")
	return cmd
}

func showHistory(w io.Writer, h api.History) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintln(t, "TIME\tSTATUS\tRECEIVED\tSENT\tTXID\tMEMO")
	for _, e := range h.Entries {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", moment(e.Time), e.Status, e.Received, e.Sent, e.TxID, clean(e.Memo))
	}
}
