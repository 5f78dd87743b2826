package api

import "context"

const (
	// DefaultPage and MaxPage bound one page of a list.
	DefaultPage = 100
	MaxPage     = 1000
	// MaxAddresses bounds the addresses of one request.
	MaxAddresses = 1000
)

// Backend is what the interface serves: the node, or a ledger opened without
// one. Client is a Backend too. Identities are hexadecimal, errors carry a Code.
// Safe for concurrent use.
type Backend interface {
	// Node says where the node is. Offline: code Offline.
	Node(ctx context.Context) (Node, error)
	Status(ctx context.Context) (Status, error)
	Peers(ctx context.Context) ([]Peer, error)
	Network(ctx context.Context) (Network, error)
	// NetworkFile returns the network's .torrent, with this node's peers in it.
	NetworkFile(ctx context.Context) ([]byte, error)

	// Tx returns one transaction, by txid or infohash. Unknown: NotFound.
	Tx(ctx context.Context, id string) (TxInfo, error)
	Txs(ctx context.Context, q TxQuery) (TxPage, error)
	// Around returns what stands beside a transaction in the DAG. Unknown: NotFound.
	Around(ctx context.Context, id string) (Around, error)
	// Search looks for transactions for a bounded while; its answer says how far it came.
	Search(ctx context.Context, q SearchQuery) (SearchPage, error)
	// Raw returns a transaction's canonical bytes.
	Raw(ctx context.Context, id string) ([]byte, error)
	// Torrent returns a transaction's .torrent, with the raw bytes inside.
	Torrent(ctx context.Context, id string) ([]byte, error)
	// Submit hands in a signed transaction. It returns once it is on disk; one
	// that is in T already is no error. Failures: Invalid, Unsolid, Held, Offline.
	Submit(ctx context.Context, raw []byte) (Submitted, error)

	// Coins lists what the addresses own; none means all watched ones.
	Coins(ctx context.Context, addresses []string) ([]Coin, error)
	// Balance sums what the addresses own; none means all watched ones.
	Balance(ctx context.Context, addresses []string) (Balance, error)
	History(ctx context.Context, q HistoryQuery) (History, error)
	// Refs picks what a new transfer should reference.
	Refs(ctx context.Context) (Refs, error)
	// Health says how well others keep the history of the watched coins, as far as
	// they were asked; CheckHealth asks them now, which takes seconds. Without a node
	// or a peer to ask: code Offline.
	Health(ctx context.Context) (Health, error)
	CheckHealth(ctx context.Context) (Health, error)
	// ExportProof makes a .torrent that proves a transaction. Unknown: NotFound.
	ExportProof(ctx context.Context, r ProofRequest) ([]byte, error)
	// ImportProof takes a proof's bytes, or a magnet link to a transaction: what it
	// carries goes to the ledger, what is missing is sought in the swarm, and the
	// file is kept. Failures: Malformed, Forged, OtherNetwork.
	ImportProof(ctx context.Context, b []byte) (ImportedProof, error)
	// Proofs lists the folder of proofs, by name.
	Proofs(ctx context.Context) ([]ProofEntry, error)
	// Watch adds addresses to those the node keeps coins and history of.
	Watch(ctx context.Context, addresses []string) error
}
