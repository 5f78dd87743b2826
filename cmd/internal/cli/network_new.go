package cli

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

const (
	defaultSupply = "1000000000"
	// defaultBurn is 0.001 TTX a byte, in base units.
	defaultBurn = 100_000
	// defaultOutputs is into how many coins the supply is cut, so that several
	// payments can be made before the first change is back.
	defaultOutputs = 16
)

type networkFlags struct {
	supply  string
	burn    uint64
	voters  []string
	outputs int
	out     string
}

func (a *app) networkNewCommand() *cobra.Command {
	var f networkFlags
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Make a network whose supply belongs to this folder's wallet",
		Long: "Make a network, give its supply to this folder's wallet, and join the folder to it.\n\n" +
			"The network file is all that others need to join. NAME has 1 to 32 of a-z, 0-9 and -. Voters stand in the\n" +
			"genesis with their stake; without any, nothing on the network is ever confirmed.\n\n" +
			"JSON: as ttx network show.\n\n" + exitCodeHelp,
		Example: "  ttx network new home --voter $(ttx wallet voter-key)=1 --out home.torrent",
		Args:    exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if f.out == "" {
				f.out = args[0] + ".torrent"
			}
			return a.locked(func(dir config.Folder) error { return a.newNetwork(dir, args[0], f) })
		},
	}
	cmd.Flags().StringVar(&f.supply, "supply", defaultSupply, "supply in TTX")
	cmd.Flags().Uint64Var(&f.burn, "burn-per-byte", defaultBurn, "what a transfer burns a byte, in base units (10^-8 TTX)")
	cmd.Flags().StringArrayVar(&f.voters, "voter", nil, "KEY=STAKE: a voter key in hexadecimal and its stake (repeat for more)")
	cmd.Flags().IntVar(&f.outputs, "outputs", defaultOutputs, "into how many coins the supply is cut")
	cmd.Flags().StringVar(&f.out, "out", "", "where to write the network file (default NAME.torrent)")
	return cmd
}

func (a *app) newNetwork(dir config.Folder, name string, f networkFlags) error {
	w, err := wallet.Open(string(dir))
	if err != nil {
		return err
	}
	owner, err := last(w)
	if err != nil {
		return err
	}
	genesis, err := f.genesis(name, tx.KeyLock(owner), time.Now().UnixMilli())
	if err != nil {
		return err
	}
	file, err := (&tx.File{Genesis: genesis, Tx: genesis}).Encode()
	if err != nil {
		return err
	}
	if err := createFile(f.out, file); err != nil {
		return fmt.Errorf("write the network file: %w", err)
	}
	if _, err := dir.Join(file); err != nil {
		return errors.Join(err, os.Remove(f.out))
	}
	a.say("%s written; others join with: ttx network join %s", f.out, f.out)
	return a.showNetwork(node.DescribeNetwork(genesis), genesis)
}

// genesis makes the network's first transaction.
func (f networkFlags) genesis(name string, owner tx.Lock, now int64) (*tx.Tx, error) {
	supply, err := wallet.ParseAmount(f.supply)
	if err != nil {
		return nil, err
	}
	voters, err := parseVoters(f.voters)
	if err != nil {
		return nil, err
	}
	out, err := f.cut(supply, owner)
	if err != nil {
		return nil, err
	}
	genesis := &tx.Tx{
		Kind: tx.KindGenesis, Time: now, Out: out,
		Params: &tx.Params{Name: name, BurnPerByte: f.burn, Rules: tx.Rules, Voters: voters},
	}
	if err := genesis.Seal(); err != nil {
		return nil, usage(fmt.Errorf("this cannot be a network: %w", err))
	}
	return genesis, nil
}

// cut divides the supply into coins of equal worth; the first takes the rest.
func (f networkFlags) cut(supply uint64, owner tx.Lock) ([]tx.Output, error) {
	if f.outputs < 1 || f.outputs > tx.MaxOutputs || uint64(f.outputs) > supply {
		return nil, usage(fmt.Errorf("the supply cannot be cut into %d coins; at most %d", f.outputs, min(tx.MaxOutputs, supply)))
	}
	n := uint64(f.outputs)
	out := make([]tx.Output, n)
	for i := range out {
		out[i] = tx.Output{Amount: supply / n, Lock: owner}
	}
	out[0].Amount += supply % n
	return out, nil
}

// parseVoters reads KEY=STAKE and puts the table in its order.
func parseVoters(texts []string) ([]tx.Voter, error) {
	var voters []tx.Voter
	for _, text := range texts {
		v, err := parseVoter(text)
		if err != nil {
			return nil, usage(err)
		}
		voters = append(voters, v)
	}
	slices.SortFunc(voters, func(a, b tx.Voter) int {
		return cmp.Or(bytes.Compare(a.Key[:], b.Key[:]), cmp.Compare(a.Stake, b.Stake))
	})
	for i := 1; i < len(voters); i++ {
		if voters[i].Key == voters[i-1].Key {
			return nil, usage(fmt.Errorf("voter %s is named twice", voters[i].Key))
		}
	}
	return voters, nil
}

func parseVoter(text string) (v tx.Voter, err error) {
	key, stake, ok := strings.Cut(text, "=")
	raw, hexErr := hex.DecodeString(key)
	if !ok || hexErr != nil || len(raw) != len(v.Key) {
		return v, fmt.Errorf("voter %q is not KEY=STAKE with a key of %d hexadecimal digits", text, 2*len(v.Key))
	}
	copy(v.Key[:], raw)
	if v.Stake, err = strconv.ParseUint(stake, 10, 62); err != nil || v.Stake == 0 {
		return v, fmt.Errorf("stake %q of voter %s is not a whole number above zero", stake, key)
	}
	return v, nil
}
