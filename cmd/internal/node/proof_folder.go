package node

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// lookEvery is the pause between two looks at whether the folder of proofs
	// changed, which is one call of the system.
	lookEvery = 2 * time.Second
	// rereadEvery is how often every file in it is looked at: one that was written
	// to does not change the folder.
	rereadEvery = time.Minute
	// settleTime is how long a file that is no proof may have been as it is before
	// that counts: it may be half written.
	settleTime = 10 * time.Second
	// saveProofsEvery is after how many files what was done is saved.
	saveProofsEvery = 256
)

// watchProofs imports what lies in the folder of proofs, at the start and when it
// changes, until the node ends.
func (n *Node) watchProofs() {
	n.resumeProofs()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var reread time.Time
	for doubts := false; ; {
		if now := time.Now(); doubts || n.proofs.Touched() || now.After(reread) {
			doubts, reread = n.scanProofs(n.ctx), now.Add(rereadEvery)
		}
		select {
		case <-n.ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// resumeProofs seeks again what earlier runs took in, and announces what its
// proofs name trackers for.
func (n *Node) resumeProofs() {
	for _, r := range n.proofs.Records() {
		id, err := tx.ParseID(r.TxID)
		infohash, decodeErr := hex.DecodeString(r.Infohash)
		if err != nil || decodeErr != nil || len(infohash) != len(tx.Infohash{}) {
			continue
		}
		if !n.ledger.Has(id) || len(r.Trackers) > 0 {
			n.seek(n.ctx, wanted{id: id, infohash: tx.Infohash(infohash), peers: r.Peers, trackers: r.Trackers})
		}
	}
}

// scanProofs imports the files that are new. It reports whether one of them may
// still be half written.
func (n *Node) scanProofs(ctx context.Context) (doubts bool) {
	files, err := n.proofs.Fresh()
	if err != nil {
		n.log.Warn("the folder of proofs cannot be read", "err", err)
		return false
	}
	for i, file := range files {
		if ctx.Err() != nil {
			return false
		}
		if !n.takeFile(ctx, file) {
			doubts = true
		}
		if (i+1)%saveProofsEvery == 0 {
			n.saveProofs()
		}
	}
	n.saveProofs()
	return doubts
}

func (n *Node) saveProofs() {
	if err := n.proofs.Save(); err != nil {
		n.log.Warn("what was done with the proofs is not saved", "err", err)
	}
}

// takeFile imports one file and records it. It reports false when another look
// is needed.
func (n *Node) takeFile(ctx context.Context, file proofdir.File) bool {
	content, err := n.proofs.Read(file.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	var done api.ImportedProof
	var record proofdir.Record
	if err == nil {
		done, record, err = n.takeProof(ctx, content)
	}
	if err == nil {
		n.log.Info("proof imported", "file", file.Name, "txid", done.TxID, "level", done.Level, "new", done.New)
		for _, c := range done.Conflicts {
			n.log.Warn("a proof is in conflict", "file", file.Name, "txid", done.TxID, "rival", c.Rival)
		}
		n.proofs.Record(file, record)
		return true
	}
	return n.refuseFile(file, err)
}

// refuseFile records why a file is no proof for this node, unless that may pass.
func (n *Node) refuseFile(file proofdir.File, err error) bool {
	var refusal *api.Error
	switch {
	case errors.Is(err, tx.ErrFile):
		refusal = &api.Error{Message: err.Error(), Code: api.Malformed}
	case !errors.As(proofRefusal(err), &refusal) || refusal.Code == api.Disk:
		n.log.Warn("a proof was not imported, and will be tried again", "file", file.Name, "err", err)
		return false
	}
	if refusal.Code == api.Malformed && time.Since(file.Changed) < settleTime {
		return false
	}
	n.log.Warn("a file of the folder of proofs was refused", "file", file.Name, "err", err)
	n.proofs.Record(file, proofdir.Record{At: time.Now(), Error: refusal.Message, Code: string(refusal.Code)})
	return true
}

// Proofs implements api.Backend.
func (b *backend) Proofs(context.Context) ([]api.ProofEntry, error) {
	fresh, err := b.proofs.Fresh()
	if err != nil {
		return nil, err
	}
	list := []api.ProofEntry{}
	for _, r := range b.proofs.Records() {
		entry := api.ProofEntry{
			File: string(r.Name), Size: r.Size, Time: r.At.UnixMilli(), TxID: r.TxID, Level: r.Level,
			Error: r.Error, Code: api.Code(r.Code),
		}
		if id, err := tx.ParseID(r.TxID); err == nil {
			entry.Status, entry.Rivals = b.wordOf(id), b.rivalsOf(id, r)
		}
		list = append(list, entry)
	}
	for _, file := range fresh {
		list = append(list, api.ProofEntry{File: file.Name, Size: file.Size, Error: "not looked at yet", Code: api.Busy})
	}
	return list, nil
}

// rivalsOf are the transactions that spend what the one of a record spends.
func (b *backend) rivalsOf(id tx.ID, r proofdir.Record) (rivals []string) {
	if t, err := b.ledger.Tx(id); err == nil {
		for _, c := range b.conflictsOf(t) {
			rivals = append(rivals, c.Rival)
		}
		return rivals
	}
	for _, text := range r.Spends {
		if coin, ok := parseCoin(text); ok {
			rivals = append(rivals, b.spenders(coin, r.TxID)...)
		}
	}
	return rivals
}
