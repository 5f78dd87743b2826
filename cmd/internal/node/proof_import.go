package node

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// proofSource is under what name the ledger hears of what proofs carry.
const proofSource = "proof"

// ImportProof implements api.Backend.
func (b *backend) ImportProof(ctx context.Context, content []byte) (api.ImportedProof, error) {
	if link := bytes.TrimSpace(content); bytes.HasPrefix(bytes.ToLower(link[:min(len(link), 8)]), []byte("magnet:?")) {
		return b.importMagnet(ctx, string(link))
	}
	done, record, err := b.takeProof(ctx, content)
	if err != nil {
		return done, proofRefusal(err)
	}
	id, err := tx.ParseID(done.TxID)
	if err != nil {
		return done, err
	}
	if done.File, err = b.proofs.Put(id, content); err != nil {
		return done, err
	}
	if file, err := b.proofs.Look(done.File); err == nil {
		b.proofs.Record(file, record)
	}
	return done, b.proofs.Save()
}

// takeProof gives the ledger what a proof carries, once the proof holds, and has
// the rest sought. The file is not kept here.
func (b *backend) takeProof(ctx context.Context, content []byte) (api.ImportedProof, proofdir.Record, error) {
	p, err := proofs.Decode(content)
	if err != nil {
		return api.ImportedProof{}, proofdir.Record{}, err
	}
	network := b.ledger.Genesis().ID()
	verdict, err := p.Verify(proofs.Options{Network: &network})
	if err != nil {
		return api.ImportedProof{}, proofdir.Record{}, err
	}
	done := api.ImportedProof{
		TxID: p.Subject.ID().String(), Network: p.Genesis.Params.Name, Level: string(verdict.Level),
		Proven: append([]string{}, verdict.Words()...), Missing: append([]string{}, verdict.Missing()...),
	}
	if err := b.addProof(ctx, p, &done); err != nil {
		return done, proofdir.Record{}, err
	}
	id := p.Subject.ID()
	done.Status, done.Conflicts = b.wordOf(id), b.conflictsOf(p.Subject)
	done.Sought = b.seek(ctx, wanted{id: id, infohash: p.Subject.Infohash(), peers: p.Peers, trackers: p.Trackers})
	return done, recordOf(p, done), nil
}

// recordOf is what is remembered of a proof: while the ledger lacks the
// transaction, also what it spends, so that a rival in another proof is seen.
func recordOf(p *proofs.Proof, done api.ImportedProof) proofdir.Record {
	r := proofdir.Record{
		At: time.Now(), TxID: done.TxID, Infohash: p.Subject.Infohash().String(), Level: done.Level,
		Peers: p.Peers, Trackers: p.Trackers,
	}
	if outside(done.Status) {
		for _, coin := range p.Subject.In {
			r.Spends = append(r.Spends, coinText(coin))
		}
	}
	return r
}

// coinText names a coin in the records.
func coinText(o tx.Outpoint) string {
	b := o.Bytes()
	return hex.EncodeToString(b[:])
}

func parseCoin(text string) (o tx.Outpoint, ok bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(o.Tx)+4 {
		return o, false
	}
	return tx.Outpoint{Tx: tx.ID(b[:len(o.Tx)]), Index: binary.BigEndian.Uint32(b[len(o.Tx):])}, true
}

// outside reports whether a status is that of a transaction outside T.
func outside(word string) bool {
	return word == api.StatusUnsolid || word == api.StatusUnavailable
}

// addProof gives the ledger all transactions of a proof and counts them.
func (b *backend) addProof(ctx context.Context, p *proofs.Proof, done *api.ImportedProof) error {
	var raws [][]byte
	for _, t := range inOrder(p) {
		raws = append(raws, bytes.Clone(t.Raw()))
	}
	outcomes, err := b.ledger.Add(ctx, proofSource, raws...)
	if errors.Is(err, ledger.ErrStore) {
		return &api.Error{Message: b.diskProblem(err) + "; the proof was not taken", Code: api.Disk, Hint: b.diskAdvice(err)}
	}
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		switch o.Verdict {
		case ledger.Accepted:
			done.New++
		case ledger.Known:
			done.Known++
		case ledger.Waiting, ledger.Evicted, ledger.Held:
			done.Waiting++
		case ledger.Failed:
			return &api.Error{Message: b.diskProblem(o.Err) + "; not all of the proof was taken", Code: api.Disk, Hint: b.diskAdvice(o.Err)}
		case ledger.Invalid:
			return &api.Error{Message: fmt.Sprintf("transaction %s of the proof is refused: %v", o.ID, o.Err), Code: api.Forged}
		}
	}
	return nil
}

// inOrder are the transactions of a proof, parents before children, without the
// genesis, which every ledger has.
func inOrder(p *proofs.Proof) []*tx.Tx {
	if p.Subject.ID() == p.Genesis.ID() {
		return p.Chain
	}
	after := 0
	for i, t := range p.Chain {
		if isParent(p.Subject, t.ID()) {
			after = i + 1
		}
	}
	return slices.Insert(slices.Clone(p.Chain), after, p.Subject)
}

func isParent(child *tx.Tx, id tx.ID) bool {
	return slices.Contains(child.Refs, id) || slices.ContainsFunc(child.In, func(o tx.Outpoint) bool { return o.Tx == id })
}

// wordOf is the ledger's word on a transaction; what it never heard of is unsolid.
func (b *backend) wordOf(id tx.ID) string {
	status, err := b.ledger.Status(id)
	if err != nil {
		return api.StatusUnsolid
	}
	return string(status.Word)
}

// conflictsOf are the coins of a transaction that another one spends: in the
// ledger, or according to a proof whose ancestors are missing.
func (b *backend) conflictsOf(t *tx.Tx) []api.ProofConflict {
	list := []api.ProofConflict{}
	for _, coin := range t.In {
		for _, rival := range b.spenders(coin, t.ID().String()) {
			list = append(list, api.ProofConflict{TxID: coin.Tx.String(), Index: coin.Index, Rival: rival})
		}
	}
	return list
}

// spenders are the transactions but one that spend a coin.
func (b *backend) spenders(coin tx.Outpoint, but string) []string {
	ids := b.proofs.Spenders(coinText(coin))
	b.ledger.Read(func(d *dag.DAG) {
		for _, id := range d.Spenders(coin) {
			ids = append(ids, id.String())
		}
	})
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == but })
}

// importMagnet has the transaction of a magnet link sought. The link proves
// nothing.
func (b *backend) importMagnet(ctx context.Context, link string) (api.ImportedProof, error) {
	m, err := tx.ParseMagnet(link)
	if err != nil {
		return api.ImportedProof{}, &api.Error{Message: err.Error(), Code: api.Malformed}
	}
	if m.ID == (tx.ID{}) {
		return api.ImportedProof{}, &api.Error{Message: "the magnet link names no transaction of ttx", Code: api.Malformed,
			Hint: "a link that ttx made has x.ttx in it; what a torrent contains is fetched with: ttx get"}
	}
	if b.seeker == nil && !b.ledger.Has(m.ID) {
		return api.ImportedProof{}, offline("a magnet link carries no proof, so its transaction has to be fetched")
	}
	sought := b.seek(ctx, wanted{id: m.ID, infohash: m.Infohash, peers: m.Peers})
	return api.ImportedProof{
		TxID: m.ID.String(), Network: b.ledger.Genesis().Params.Name, Proven: []string{}, Missing: []string{},
		Status: b.wordOf(m.ID), Conflicts: []api.ProofConflict{}, Sought: sought,
	}, nil
}

// proofRefusal gives a refusal of a proof its code.
func proofRefusal(err error) error {
	code, hint := api.Code(""), ""
	switch proofs.KindOf(err) {
	case proofs.ErrNotProof, proofs.ErrMalformed, proofs.ErrTooLarge:
		code = api.Malformed
	case proofs.ErrForged, proofs.ErrInvalid, proofs.ErrStatement:
		code, hint = api.Forged, "do not trust whoever sent it; see what is wrong with: ttx proof verify FILE"
	case proofs.ErrNetwork:
		code, hint = api.OtherNetwork, "give that network a folder of its own: ttx --dir DIR proof import FILE"
	default:
		return err
	}
	return &api.Error{Message: err.Error(), Code: code, Hint: hint}
}
