package node

import (
	"log/slog"
	"net/netip"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/journal"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Options is what a node is made from.
type Options struct {
	// Dir is the data folder. The node holds its lock while it runs.
	Dir config.Folder
	// Genesis names the network.
	Genesis *tx.Tx
	// NoLedger runs a BitTorrent client alone: nothing of the ledger is opened, made,
	// joined or told to anybody. Genesis, Peers, Hints, First, Voter, Watch and Address
	// have no meaning then.
	NoLedger bool
	// Settings are the user's. Without them Listen and DHT count, and defaults.
	Settings *settings.Loaded
	// Reload reads them again.
	Reload func() (*settings.Loaded, error)
	// Level is the logger's, so that a reload can change it; may be nil.
	Level *slog.LevelVar
	// Listen is the BitTorrent address, host:port; port 0 picks one.
	Listen string
	// Peers are dialled on the rendezvous.
	Peers []netip.AddrPort
	// Hints are addresses that came with a .torrent: torrents are looked for
	// there, and who speaks the extension is then met on the rendezvous.
	Hints []netip.AddrPort
	// First is a transaction to fetch as a torrent; nil for none.
	First *Torrent
	// Voter signs witnesses; nil makes a node that only watches.
	Voter *btcec.PrivateKey
	// Watch are the wallet's keys, Address its first address.
	Watch   []tx.Key
	Address string
	// DHT joins the mainline DHT.
	DHT bool
	// Version is the program's.
	Version string
	// Workers is how many signatures are verified at once; 0 means one a core.
	Workers int
	// Logger may be nil.
	Logger *slog.Logger
	// Journal keeps what the node says for the local interface; nil makes one.
	Journal *journal.Journal

	// neverBan says which addresses are never banned; nil for loopback. Tests,
	// whose strangers all come from there, set it.
	neverBan func(netip.Addr) bool
}

// Torrent names a transaction both ways.
type Torrent struct {
	ID       tx.ID
	Infohash tx.Infohash
}

// UseFile takes from a folder's network file what a node is made from: the
// genesis, addresses where its torrent is seeded, and, when it is the .torrent
// of another transaction than the genesis, that transaction.
func (o *Options) UseFile(file *tx.File) {
	o.Genesis = file.Genesis
	o.Hints = append(o.Hints, addresses(file.Peers)...)
	if id, ok := file.TxID(); ok {
		o.First = &Torrent{ID: id, Infohash: file.Infohash()}
	}
}

// addresses are those of a file's peers that name no host to look up: whoever
// wrote the file would learn who reads it.
func addresses(peers []string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, text := range peers {
		if addr, err := netip.ParseAddrPort(text); err == nil {
			out = append(out, addr)
		}
	}
	return out
}

// settings are the user's, or what Listen and DHT say.
func (o *Options) settings() *settings.Loaded {
	if o.Settings != nil {
		return o.Settings
	}
	l := &settings.Loaded{Settings: settings.Default()}
	l.Listen, l.DHT = o.Listen, o.DHT
	l.PortMapping, l.LSD = false, false // nodes of tests and of the demo are among themselves
	return l
}
