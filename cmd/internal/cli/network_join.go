package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/tx"
)

// joinTimeout is how long a genesis is looked for.
const joinTimeout = time.Minute

type joinFlags struct {
	peers   []string
	noDHT   bool
	timeout time.Duration
}

func (a *app) networkJoinCommand() *cobra.Command {
	var f joinFlags
	cmd := &cobra.Command{
		Use:   "join F.torrent|MAGNET",
		Short: "Join the folder to a network",
		Long: "Join the folder to a network: by its network file, by any .torrent that ttx exported on it, or by the\n" +
			"magnet link of its genesis, which is then fetched from peers and checked.\n\n" +
			"JSON: as ttx network show.\n\n" + exitCodeHelp,
		Example: "  ttx network join home.torrent\n  ttx network join 'magnet:?xt=urn:btih:...&x.ttx=...&x.pe=192.0.2.7:7478'",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.locked(func(dir config.Folder) error { return a.joinNetwork(cmd.Context(), dir, args[0], f) })
		},
	}
	cmd.Flags().StringArrayVar(&f.peers, "peer", nil, "with a magnet link: a peer that has it, host:port (repeat for more)")
	cmd.Flags().BoolVar(&f.noDHT, "no-dht", false, "with a magnet link: stay out of the mainline DHT")
	cmd.Flags().DurationVar(&f.timeout, "timeout", joinTimeout, "with a magnet link: how long to look for it")
	return cmd
}

func (a *app) joinNetwork(ctx context.Context, dir config.Folder, what string, f joinFlags) error {
	read := readTorrent
	if isMagnet(what) {
		read = func(link string) ([]byte, error) { return a.fetchNetwork(ctx, link, f) }
	}
	b, err := read(what)
	if err != nil {
		return err
	}
	file, err := dir.Join(b)
	if err != nil {
		return err
	}
	return a.showNetwork(node.DescribeNetwork(file.Genesis), file.Genesis)
}

func isMagnet(s string) bool {
	const prefix = "magnet:"
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// fetchNetwork gets the genesis that a magnet link names, and makes a network
// file of it.
func (a *app) fetchNetwork(ctx context.Context, link string, f joinFlags) ([]byte, error) {
	magnet, err := tx.ParseMagnet(link)
	if err != nil {
		return nil, usage(err)
	}
	peers, err := resolvePeers(ctx, append(magnet.Peers, f.peers...))
	if err != nil {
		return nil, err
	}
	a.say("fetching %s", magnet.Infohash)
	genesis, err := fetchGenesis(ctx, magnet, peers, f)
	if err != nil {
		return nil, err
	}
	return (&tx.File{Genesis: genesis, Tx: genesis, Peers: magnet.Peers}).Encode()
}

func fetchGenesis(ctx context.Context, magnet tx.Magnet, peers []netip.AddrPort, f joinFlags) (t *tx.Tx, err error) {
	engine, err := bt.Open(bt.Config{Listen: ":0", DHT: !f.noDHT, Version: "ttx/" + version()})
	if err != nil {
		return nil, fmt.Errorf("start the torrent engine: %w", err)
	}
	defer func() { err = errors.Join(err, closeEngine(engine)) }()
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	info, data, err := engine.FetchSmall(ctx, magnet.Infohash, peers, tx.MaxSize)
	if err != nil {
		return nil, &hinted{fmt.Errorf("fetch %s: %w", magnet.Infohash, err), "name a node of the network with --peer"}
	}
	return checkGenesis(magnet, info, data)
}

// checkGenesis accepts the genesis that the link means. The infohash alone is
// SHA-1; the txid, when the link has it, tells two torrents of one apart.
func checkGenesis(magnet tx.Magnet, info, data []byte) (*tx.Tx, error) {
	t, err := tx.DecodeTorrent(info, data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("what the link names is no transaction: %w", err)
	case magnet.ID != (tx.ID{}) && t.ID() != magnet.ID:
		return nil, errors.New("what was fetched is not the transaction that the link names")
	case t.Kind != tx.KindGenesis:
		return nil, &hinted{errors.New("the link names a transaction that is not a genesis"), "join by its .torrent file, which holds the genesis"}
	}
	return t, nil
}

// closeTimeout bounds the wait for connections to end.
const closeTimeout = 5 * time.Second

func closeEngine(e *bt.Engine) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return e.Close(ctx)
}
