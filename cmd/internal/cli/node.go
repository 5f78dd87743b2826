package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// maxPeerFlags bounds the peers named by hand.
const maxPeerFlags = 256

type nodeFlags struct {
	network  string
	peers    []string
	voter    bool
	settings *settings.Flags
}

func (a *app) nodeCommand() *cobra.Command {
	var f nodeFlags
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Run a node on the data folder until it is interrupted",
		Long: "Run a node on the data folder until SIGINT or SIGTERM.\n\n" +
			"It prints when it is ready; with --json one object first: ready, listen, api, network, address.\n" +
			"A folder that joined no network is on the built-in devnet, whose coins are worthless.\n" +
			"The node only watches the wallet's addresses. With --voter it holds the voter key as well.\n\n" +
			"With --no-ledger it is a BitTorrent client alone: no ledger, network or wallet is opened or made, and peers see\n" +
			"a plain client. Either way it keeps the torrents of ttx torrent. With --tor say which of both is meant: --no-ledger,\n" +
			"or --ledger, whose extension tells every peer that this is ttx.\n\n" +
			"Settings come from settings.toml in the data folder too, see ttx settings; SIGHUP reads it again.\n\n" + exitCodeHelp,
		Example: "  ttx node\n  ttx node --no-ledger --limit-up 2MiB/s\n" +
			"  ttx node --network home.torrent --peer 192.0.2.7:7478\n" +
			"  ttx node --dir b --listen 127.0.0.1:0 --no-dht --json",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runNode(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.network, "network", "", "join this network first (.torrent file)")
	cmd.Flags().StringArrayVar(&f.peers, "peer", nil, "address of a node to dial, host:port (repeat for more)")
	cmd.Flags().BoolVar(&f.voter, "voter", false, "vote with the wallet's voter key")
	f.settings = settings.Declare(cmd.Flags())
	return cmd
}

func (a *app) runNode(ctx context.Context, f nodeFlags) error {
	opts, err := a.nodeOptions(ctx, f)
	if err != nil {
		return err
	}
	opts.Workers = tuneRuntime()
	n, err := node.Start(opts)
	if err != nil {
		return err
	}
	if err := a.announce(n.Info()); err != nil {
		return errors.Join(err, n.Close())
	}
	debug.FreeOSMemory() // the replay leaves as much garbage as it keeps
	a.reloadUntil(ctx, n)
	a.say("stopping")
	return n.Close()
}

// reloadUntil reads the settings again at each SIGHUP, until ctx ends.
func (a *app) reloadUntil(ctx context.Context, n *node.Node) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			r, err := n.Reload(ctx)
			if err != nil {
				report(a.Err, fmt.Errorf("reload: %w", err))
				continue
			}
			a.sayReloaded(r)
		}
	}
}

// heapGrowth is GOGC for a node: the heap may grow by half before it is
// collected. What a node keeps of its ledger, 380 MB of a million transactions,
// is what the garbage is measured by, and a node makes little of it.
const heapGrowth = 50

// tuneRuntime fits the Go runtime to a node, unless the environment says
// otherwise, and returns how many signatures to verify at once: one a core.
// The scheduler gets one thread more. It looks at the network only when a thread
// has nothing else to do, or every 10 ms; while a node verifies on every core,
// whoever asks it would wait for that.
func tuneRuntime() (workers int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	workers = runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(workers + 1)
	}
	return workers
}

func (a *app) nodeOptions(ctx context.Context, f nodeFlags) (opts node.Options, err error) {
	if opts.Dir, err = a.folder(); err != nil {
		return opts, err
	}
	opts.Reload = func() (*settings.Loaded, error) { return a.loadSettings(f.settings) }
	if opts.Settings, err = opts.Reload(); err != nil {
		return opts, err
	}
	opts.Version, opts.Level = version(), new(slog.LevelVar)
	opts.Logger = a.leveled(opts.Level, opts.Settings)
	if opts.NoLedger = !opts.Settings.Ledger; opts.NoLedger {
		return opts, f.checkNoLedger()
	}
	if err := checkTor(opts.Settings); err != nil {
		return opts, err
	}
	if opts.Peers, err = resolvePeers(ctx, f.peers); err != nil {
		return opts, err
	}
	if err := joinFile(opts.Dir, f.network); err != nil {
		return opts, err
	}
	if err := a.joinByProof(opts.Dir); err != nil {
		return opts, err
	}
	file, err := opts.Dir.Network()
	if err != nil {
		return opts, err
	}
	opts.UseFile(file)
	return opts, a.useWallet(&opts, f)
}

// checkNoLedger refuses flags that mean nothing without a ledger.
func (f nodeFlags) checkNoLedger() error {
	for flag, given := range map[string]bool{"--network": f.network != "", "--voter": f.voter, "--peer": len(f.peers) > 0} {
		if given {
			return usage(fmt.Errorf("%s belongs to the ledger, which --no-ledger leaves out", flag))
		}
	}
	return nil
}

// checkTor refuses a ledger that nobody asked for beside Tor: the handshake extension names this program to every peer,
// whom Tor mode does not tell.
func checkTor(l *settings.Loaded) error {
	if l.Tor == "" || l.From["ledger"] != settings.FromDefault {
		return nil
	}
	return usage(&hinted{
		errors.New("tor hides which program this is, and a node with a ledger tells it to every peer"),
		"leave the ledger out with --no-ledger, or have both with --ledger",
	})
}

// leveled is a logger of the settings' level, which a reload may change; -v logs everything.
func (a *app) leveled(level *slog.LevelVar, l *settings.Loaded) *slog.Logger {
	level.Set(node.LogLevel(l.LogLevel))
	if a.verbose {
		level.Set(slog.LevelDebug)
	}
	return slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: level}))
}

// logger writes warnings to stderr, and everything when asked to.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: level}))
}

// joinFile joins the folder to the network of a file; an empty name is none.
func joinFile(dir config.Folder, name string) error {
	if name == "" {
		return nil
	}
	b, err := readTorrent(name)
	if err != nil {
		return err
	}
	_, err = dir.Join(b)
	return err
}

// useWallet gives the node the wallet's addresses to watch, and its voter key
// with --voter. A node needs no wallet to watch.
func (a *app) useWallet(opts *node.Options, f nodeFlags) error {
	w, err := wallet.Open(string(opts.Dir))
	switch {
	case errors.Is(err, wallet.ErrNoWallet) && !f.voter:
		a.say("no wallet in %s; make one with: ttx wallet new", opts.Dir)
		return nil
	case err != nil:
		return err
	}
	if f.voter {
		if opts.Voter, err = a.voterKey(w, opts.Genesis); err != nil {
			return err
		}
	}
	opts.Watch = w.Keys()
	if issued := w.Issued(); len(issued) > 0 {
		opts.Address = tx.EncodeAddress(issued[0])
	}
	return nil
}

// voterKey unlocks the key to vote with, if the network knows it.
func (a *app) voterKey(w *wallet.Watch, genesis *tx.Tx) (*btcec.PrivateKey, error) {
	keys, err := a.unlock(w)
	if err != nil {
		return nil, err
	}
	defer keys.Close()
	for _, v := range genesis.Params.Voters {
		if v.Key == keys.VoterKey() {
			return keys.VoterPrivate(), nil
		}
	}
	return nil, usage(&hinted{
		fmt.Errorf("this wallet's voter key is not in the voter table of network %s", genesis.Params.Name),
		"run the node without --voter",
	})
}

// resolvePeers turns host:port into addresses.
func resolvePeers(ctx context.Context, names []string) ([]netip.AddrPort, error) {
	if len(names) > maxPeerFlags {
		return nil, usage(fmt.Errorf("more than %d peers", maxPeerFlags))
	}
	var all []netip.AddrPort
	for _, name := range names {
		found, err := resolvePeer(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func resolvePeer(ctx context.Context, name string) ([]netip.AddrPort, error) {
	if addr, err := netip.ParseAddrPort(name); err == nil {
		return []netip.AddrPort{addr}, nil
	}
	host, service, err := net.SplitHostPort(name)
	if err != nil {
		return nil, usage(fmt.Errorf("peer %q is not host:port", name))
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil {
		return nil, usage(fmt.Errorf("peer %q: %w", name, err))
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("peer %q: %w", name, err)
	}
	var addrs []netip.AddrPort
	for _, ip := range ips {
		addrs = append(addrs, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	return addrs, nil
}

func (a *app) announce(info api.Node) error {
	return a.print(info, func(t *table) {
		t.row("ready")
		t.row("listen", emptyAs(info.Listen, "nowhere"))
		t.row("api", info.API)
		if !info.Ledger {
			t.row("ledger", "none")
			return
		}
		t.row("network", info.Network)
		t.row("address", info.Address)
		t.row("voter", info.Voter)
	})
}

// readTorrent reads a .torrent file, bounded.
func readTorrent(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read the torrent file: %w", err)
	}
	if info.Size() > tx.MaxFileSize {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, tx.MaxFileSize)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the torrent file: %w", err)
	}
	return b, nil
}
