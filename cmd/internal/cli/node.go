package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// defaultListen is every interface at a port of our own.
const defaultListen = ":7478"

type nodeFlags struct {
	network, listen string
	peers           []string
	voter, noDHT    bool
}

func (a *app) nodeCommand() *cobra.Command {
	var f nodeFlags
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Run a node until it is interrupted",
		Long: `Run a node: a BitTorrent peer that keeps the ledger of the folder's network.
It watches the wallet's addresses and holds no key, except the voting key with
--voter. It stops cleanly on SIGINT and SIGTERM.

` + exitHelp,
		Example: `  ttx node
  ttx node --network F.torrent --listen 127.0.0.1:7478 --no-dht --json
  ttx node --voter --passphrase-file secret`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runNode(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.network, "network", "", "join the network of this .torrent first")
	flags.StringVar(&f.listen, "listen", defaultListen, "BitTorrent address, host:port; port 0 picks a free one")
	flags.StringArrayVar(&f.peers, "peer", nil, "address of a node to connect to (repeat for more)")
	flags.BoolVar(&f.voter, "voter", false, "vote with the wallet's voter key (asks for the passphrase)")
	flags.BoolVar(&f.noDHT, "no-dht", false, "do not use the DHT")
	return cmd
}

func (a *app) runNode(ctx context.Context, f nodeFlags) error {
	opts, err := a.nodeOptions(f)
	if err != nil {
		return err
	}
	n, err := node.Start(opts)
	if err != nil {
		return err
	}
	if err := a.announce(n.Info()); err != nil {
		return errors.Join(err, n.Close())
	}
	<-ctx.Done()
	a.say("stopping")
	return n.Close()
}

// nodeOptions reads folder, network and wallet.
func (a *app) nodeOptions(f nodeFlags) (node.Options, error) {
	dir, err := a.folder()
	if err != nil {
		return node.Options{}, err
	}
	opts := node.Options{Dir: dir, Listen: f.listen, DHT: !f.noDHT, Version: version(), Logger: a.logger()}
	if f.network != "" {
		if _, err := joinFile(dir, f.network); err != nil {
			return opts, err
		}
	}
	file, err := dir.Network()
	if err != nil {
		return opts, err
	}
	opts.UseFile(file)
	if opts.Peers, err = parsePeers(f.peers); err != nil {
		return opts, err
	}
	return opts, a.useWallet(&opts, f.voter)
}

// useWallet watches the folder's wallet, if there is one; voting needs one.
func (a *app) useWallet(opts *node.Options, vote bool) error {
	w, err := wallet.Open(string(opts.Dir))
	if errors.Is(err, wallet.ErrNoWallet) && !vote {
		return nil
	}
	if err != nil {
		return err
	}
	opts.Watch = w.Keys()
	if issued := w.Issued(); len(issued) > 0 {
		opts.Address = tx.EncodeAddress(issued[0])
	}
	if !vote {
		return nil
	}
	keys, err := a.unlock(w)
	if err != nil {
		return err
	}
	defer keys.Close()
	opts.Voter = keys.VoterPrivate()
	return nil
}

func (a *app) unlock(w *wallet.Watch) (*wallet.Keys, error) {
	passphrase, err := a.passphrase(false)
	if err != nil {
		return nil, err
	}
	return w.Unlock(passphrase)
}

func parsePeers(list []string) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, text := range list {
		addr, err := netip.ParseAddrPort(text)
		if err != nil {
			return nil, &usageError{fmt.Errorf("--peer %q: want an IP address and a port, such as 192.0.2.1:7478", text)}
		}
		out = append(out, addr)
	}
	return out, nil
}

// joinFile makes the folder one of the network of a .torrent file.
func joinFile(dir config.Folder, path string) (*tx.File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the network file: %w", err)
	}
	return dir.Join(b)
}

// announce says that the node is ready.
func (a *app) announce(info api.Node) error {
	if a.json {
		return json.NewEncoder(a.out).Encode(info)
	}
	_, err := fmt.Fprintf(a.out, "ready: network %s, listening at %s\n", info.Network, info.Listen)
	if info.Address != "" {
		fmt.Fprintf(a.out, "address: %s\n", info.Address)
	}
	if info.Voter != "" {
		fmt.Fprintf(a.out, "voting as: %s\n", info.Voter)
	}
	return err
}
