package tui

import "context"

// Backend is everything that the client shows and does. A source that is nil is
// not there: its view says so.
type Backend struct {
	Overview OverviewSource
	Torrents TorrentSource
	Wallet   WalletSource
	Ledger   LedgerSource
	Peers    PeerSource
	Proofs   ProofSource
	Log      LogSource
	Settings SettingsSource
	// Commands are the verbs of the command line.
	Commands CommandSource
	// Leaving is for a node that ends with the program; nil when it goes on.
	Leaving LeavingSource
}

// LeavingSource knows what a node has under way.
type LeavingSource interface {
	// Leaving says what would stop, a sentence each: torrents that are not complete,
	// payments that are not decided. None: nothing.
	Leaving(ctx context.Context) ([]string, error)
}

// OverviewSource is what the header shows, and what changes.
type OverviewSource interface {
	Overview(ctx context.Context) (Overview, error)
	// Changes waits until something changed and returns what did, at most a few
	// times a second however much happens. It returns an error when the node is
	// gone or ctx ends.
	Changes(ctx context.Context) (Changes, error)
}

// Changes names what is different since the time before.
type Changes struct {
	Ledger, Peers, Torrents bool
}

// Overview is the node at a glance.
type Overview struct {
	// Version is the program's, Listen host:port or empty, Network the name.
	Version, Listen, Network string
	// Ledger is false for a BitTorrent client alone: nothing below counts then.
	Ledger bool
	// Transactions is what we hold, Target the most that a peer ahead of us claims.
	Transactions, Target uint64
	// Peers is how many nodes of the network we are connected with. Each is in step
	// with us, behind, ahead, or decides by other rules.
	Peers, InStep, Behind, Ahead, OtherRules int
	// Waiting counts transactions whose parents are missing; Voters is 0 on a
	// network that never confirms.
	Waiting, Voters int
	// Alarm says that a third of the stake has forked.
	Alarm bool
	// Problems are what a person has to put right.
	Problems []string
	// Torrents counts them; Down and Up are bytes a second.
	Torrents int
	Down, Up int64
}

// CommandSource is the command line's verbs inside this program.
type CommandSource interface {
	// Commands lists them.
	Commands() []Command
	// Complete returns what may follow a line that is being typed.
	Complete(ctx context.Context, words []string) []string
	// Run runs one without a terminal and returns what it printed.
	Run(ctx context.Context, words []string) (string, error)
}

// Command is one verb of the command line.
type Command struct {
	// Path is its words without the program's name: "tx show".
	Path string
	// Args stand behind it: "TXID". Help is one line.
	Args, Help string
}
