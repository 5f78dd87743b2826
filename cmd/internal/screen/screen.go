// Package screen gives the interactive client what it shows: it adapts a node's
// local interface to the sources that package tui declares, one file a view. A
// node in this process and one that was there before are asked the same way.
package screen

import (
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/tui"
)

// Config is what the adapters work with.
type Config struct {
	// Client reaches the node.
	Client *api.Client
	// Node is how the node described itself.
	Node api.Node
	// Dir is its data folder: the wallet is there.
	Dir config.Folder
	// Trial is for a wallet that is there to be tried; nil for one whose passphrase
	// is a secret.
	Trial *tui.Trial
	// Ends says that the node ends with the program.
	Ends bool
	// Check says what a node would find wrong with settings; it may be nil.
	Check func(*settings.Loaded) error
	// Commands are the verbs of the command line; it may be nil.
	Commands tui.CommandSource
}

// Backend makes the sources.
func Backend(cfg Config) tui.Backend {
	b := tui.Backend{
		Overview: newOverview(cfg),
		Torrents: newTorrents(cfg),
		Wallet:   newWallet(cfg),
		Ledger:   newLedger(cfg),
		Peers:    newPeers(cfg),
		Proofs:   newProofs(cfg),
		Log:      logSource{cfg.Client},
		Settings: newSettings(cfg),
		Commands: cfg.Commands,
	}
	if cfg.Ends {
		b.Leaving = leaving{cfg}
	}
	return b
}
