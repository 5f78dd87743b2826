package tui

import (
	"context"
	"time"
)

// ProofSource is what the view Proofs shows and does.
type ProofSource interface {
	Proofs(ctx context.Context) ([]ProofFile, error)
	// Verdict says what the file of that name proves.
	Verdict(ctx context.Context, file string) (Verdict, error)
	// Export keeps the proof of a transaction in the folder of proofs, and writes it
	// to a path too, if there is one, where nothing may be yet.
	Export(ctx context.Context, r ProofExport) (Exported, error)
	// Import takes the proof at a path, or a magnet link.
	Import(ctx context.Context, path string) (Verdict, error)
}

// ProofFile is one file of the folder of proofs.
type ProofFile struct {
	// File is its name, which may come from a stranger.
	File string
	TxID string
	// Level is how much the file alone proves; Status what this ledger says now.
	Level, Status string
	Bytes         int64
	At            time.Time
	// Rivals spend a coin that the transaction spends.
	Rivals []string
	// Problem is why the file was refused; empty when it was not.
	Problem string
}

// levelUnread is the Level of a file that the node has not looked at yet.
const levelUnread = "unread"

// Verdict is what a proof says.
type Verdict struct {
	TxID, Network, Level, Status, File string
	// Proven and Missing are sentences.
	Proven, Missing []string
	// Rivals spend the same coins.
	Rivals []string
	// News is what became of an import, in a sentence.
	News string
}

// The words for how much of the ancestors a proof carries.
const (
	chainRecent = "recent"
	chainFull   = "full"
	chainNone   = "none"
)

// ProofExport says what proof to write, and where.
type ProofExport struct {
	ID, Path, Chain string
	// Peers puts addresses of nodes into it.
	Peers bool
}

// Exported is a proof that was written.
type Exported struct {
	Path  string
	Bytes int
}
