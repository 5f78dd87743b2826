package proofs

import (
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// MaxFile bounds a proof in bytes, as it does every torrent file.
	MaxFile = tx.MaxFileSize

	// MaxTransactions bounds the chain: of transfers of the usual 413 bytes so
	// many take 6.8 MB, which leaves room for statements within MaxFile.
	MaxTransactions = 16384

	// MaxStatements bounds the statements: four for each of 256 voters.
	MaxStatements = 4 * tx.MaxVoters

	// MaxPaths bounds the paths of one kind in one statement. A path is about
	// a kilobyte at a million transactions, so MaxFile comes first.
	MaxPaths = 256

	// MaxSignatures bounds what Verify has to verify, at some 110 us each: 2 s.
	// It is one for each transaction; a transaction can hold some 200.
	MaxSignatures = MaxTransactions

	// MaxRivals bounds the transactions of one proof that spend one output.
	// Two show a conflict; judging it takes time for each.
	MaxRivals = 64
)

// Proof is a transaction with what makes it credible. One that came from
// Decode follows the format; whether it is true is what Verify says.
type Proof struct {
	// Subject is the transaction that is proven. It may be the genesis.
	Subject *tx.Tx
	// Genesis is that of the network, as the proof has it.
	Genesis *tx.Tx
	// Chain are other transactions, parents before children, without Subject
	// and Genesis: ancestors, rivals, and witnesses with what leads from them
	// to the subject.
	Chain []*tx.Tx
	// Statements are in ascending order of Witness.
	Statements []Statement
	// Peers are at most tx.MaxPeers addresses of nodes, Trackers at most
	// tx.MaxTrackers: text, never used here.
	Peers, Trackers []string
}

// Statement is what one witness's claim `r` can be shown to say: paths of
// inclusion under its two roots.
type Statement struct {
	// Witness is the place in Chain of a witness that has `r`.
	Witness int
	// T are paths to depth keys under t_root, of transactions of the proof:
	// the voter held them in T. In ascending order of key.
	T []trie.Proof
	// U are paths to outputs under u_root, of transactions of the proof: for
	// the voter they were confirmed, and these outputs not spent. In ascending
	// order of key.
	U []trie.Proof
}

// Magnet returns the magnet link of the subject's torrent, with its peers. It
// carries no chain and no statement.
func (p *Proof) Magnet() string { return p.Subject.Magnet(p.Peers...).String() }
