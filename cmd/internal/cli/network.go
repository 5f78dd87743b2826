package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

const (
	// defaultSupply and defaultBurn are those of a new network: 10^9 TTX, and
	// 0.001 TTX a byte in base units.
	defaultSupply = "1000000000"
	defaultBurn   = tx.TTX / 1000
	// supplyCoins is into how many outputs the supply is split, so that its
	// owner can make several payments before the first change is back.
	supplyCoins = 16
	// joinTimeout bounds the search for a genesis by magnet.
	joinTimeout = 2 * time.Minute
)

func (a *app) networkCommand() *cobra.Command {
	return group("network", "Make, join and show the folder's network",
		a.networkNewCommand(), a.networkJoinCommand(), a.networkShowCommand(), a.networkResetCommand())
}

type newNetwork struct {
	supply, out string
	burn        uint64
	voters      []string
}

func (a *app) networkNewCommand() *cobra.Command {
	var f newNetwork
	cmd := &cobra.Command{
		Use:   "new NAME --out F.torrent",
		Short: "Make a network whose supply belongs to this folder's wallet",
		Example: `  ttx network new lab --voter $(ttx wallet voter-key)=1 --out lab.torrent
  ttx network new play --supply 1000 --burn-per-byte 10 --out play.torrent`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return a.makeNetwork(args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.supply, "supply", defaultSupply, "TTX in existence, for ever")
	flags.Uint64Var(&f.burn, "burn-per-byte", defaultBurn, "least burn of a payment, in base units a byte")
	flags.StringArrayVar(&f.voters, "voter", nil, "KEY=STAKE of a voter (repeat for more); none: nothing is ever confirmed")
	flags.StringVar(&f.out, "out", "", "file to write the network's .torrent to")
	return cmd
}

func (a *app) makeNetwork(name string, f newNetwork) error {
	if f.out == "" {
		return &usageError{errors.New("say where to write the network file: --out F.torrent")}
	}
	dir, err := a.folder()
	if err != nil {
		return err
	}
	w, err := wallet.Open(string(dir))
	if err != nil {
		return err
	}
	genesis, err := f.genesis(name, w.Issued()[0])
	if err != nil {
		return err
	}
	b, err := (&tx.File{Genesis: genesis, Tx: genesis}).Encode()
	if err != nil {
		return fmt.Errorf("make the network file: %w", err)
	}
	if _, err := dir.Join(b); err != nil {
		return err
	}
	if err := os.WriteFile(f.out, b, 0o644); err != nil {
		return fmt.Errorf("write the network file: %w", err)
	}
	return print(a, node.DescribeNetwork(genesis), showNetwork)
}

func (f newNetwork) genesis(name string, owner tx.Key) (*tx.Tx, error) {
	supply, err := wallet.ParseAmount(f.supply)
	if err != nil {
		return nil, fmt.Errorf("--supply: %w", err)
	}
	voters, err := parseVoters(f.voters)
	if err != nil {
		return nil, err
	}
	g := &tx.Tx{
		Kind: tx.KindGenesis, Time: time.Now().UnixMilli(),
		Params: &tx.Params{Name: name, BurnPerByte: f.burn, Rules: 1, Voters: voters},
	}
	part := supply / supplyCoins
	for i := range uint64(supplyCoins) {
		amount := part
		if i == 0 {
			amount += supply % supplyCoins
		}
		if amount > 0 {
			g.Out = append(g.Out, tx.Output{Amount: amount, Lock: tx.KeyLock(owner)})
		}
	}
	if err := g.Seal(); err != nil {
		return nil, &usageError{fmt.Errorf("no such network can be: %w", err)}
	}
	return g, nil
}

func parseVoters(list []string) ([]tx.Voter, error) {
	var voters []tx.Voter
	for _, text := range list {
		key, stake, ok := strings.Cut(text, "=")
		raw, err := hex.DecodeString(key)
		n, stakeErr := strconv.ParseUint(stake, 10, 63)
		if !ok || err != nil || len(raw) != len(tx.Key{}) || stakeErr != nil || n == 0 {
			return nil, &usageError{fmt.Errorf("--voter %.100q: want KEY=STAKE, 64 hexadecimal digits (ttx wallet voter-key) and a number", text)}
		}
		voters = append(voters, tx.Voter{Key: tx.Key(raw), Stake: n})
	}
	slices.SortFunc(voters, func(a, b tx.Voter) int { return slices.Compare(a.Key[:], b.Key[:]) })
	return voters, nil
}

func (a *app) networkJoinCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "join F.torrent|MAGNET",
		Short: "Make this folder one of a network",
		Long: `Make this folder one of a network: by its network file, by the .torrent of any
of its transactions that ttx exported, or by the magnet link of its genesis,
which is fetched from the swarm.`,
		Example: "  ttx network join lab.torrent",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.joinNetwork(cmd.Context(), args[0]) },
	}
}

func (a *app) joinNetwork(ctx context.Context, source string) error {
	dir, err := a.folder()
	if err != nil {
		return err
	}
	lock, err := dir.Lock()
	if err != nil {
		return err
	}
	defer lock.Release() //nolint:errcheck // the process ends
	file, err := func() (*tx.File, error) {
		if !strings.HasPrefix(source, "magnet:") {
			return joinFile(dir, source)
		}
		ctx, cancel := context.WithTimeout(ctx, joinTimeout)
		defer cancel()
		b, err := node.GenesisByMagnet(ctx, source, a.logger())
		if err != nil {
			return nil, err
		}
		return dir.Join(b)
	}()
	if err != nil {
		return err
	}
	return print(a, node.DescribeNetwork(file.Genesis), showNetwork)
}

func (a *app) networkShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Show the folder's network",
		Example: "  ttx network show --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.folder()
			if err != nil {
				return err
			}
			file, err := dir.Network()
			if err != nil {
				return err
			}
			return print(a, node.DescribeNetwork(file.Genesis), showNetwork)
		},
	}
}

func showNetwork(w io.Writer, n api.Network) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintf(t, "name\t%s\ntxid\t%s\ninfohash\t%s\nrendezvous\t%s\n", n.Name, n.TxID, n.Infohash, n.Rendezvous)
	fmt.Fprintf(t, "supply\t%s TTX\nburn\t%s TTX a byte\nsince\t%s\n", n.Supply, api.Amount(n.BurnPerByte), moment(n.Time))
	if len(n.Voters) == 0 {
		fmt.Fprintf(t, "voters\tnone: payments stay pending and nothing is ever confirmed\n")
	}
	for _, v := range n.Voters {
		fmt.Fprintf(t, "voter\t%s stake %d of %d\n", v.Key, v.Stake, n.TotalStake)
	}
}

func (a *app) networkResetCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "reset",
		Short:   "Forget the ledger and its peers; keep wallet and network",
		Example: "  ttx network reset --yes",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.folder()
			if err != nil {
				return err
			}
			lock, err := dir.Lock()
			if err != nil {
				return err
			}
			defer lock.Release() //nolint:errcheck // the process ends
			if !yes {
				if err := a.confirm("Forget the ledger in " + string(dir) + "?"); err != nil {
					return err
				}
			}
			return dir.Reset()
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
