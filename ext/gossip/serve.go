package gossip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// maxData is the room for transactions in a tx frame: the frame less its
// dictionary (type, next, credit: at most 90 bytes).
const maxData = wire.MaxFrame - 128

// serve answers get.
func (g *Gossip) serve(ctx context.Context, s *session.Session, m wire.Message) error {
	get, ok := m.(*wire.Get)
	if !ok {
		return nil
	}
	if missing := len(g.ledger.Unknown(idsOf(get))); missing > 0 && !g.puller(s).misses.spend(missing, time.Now()) {
		return fmt.Errorf("%w: asked for %d transactions that nobody announced", session.FaultRate, missing)
	}
	answer, err := g.answer(get)
	if err != nil {
		return fmt.Errorf("answer get: %w", err)
	}
	return s.Send(ctx, answer)
}

func idsOf(get *wire.Get) []tx.ID {
	ids := make([]tx.ID, len(get.IDs))
	for i, id := range get.IDs {
		ids[i] = id
	}
	return ids
}

func (g *Gossip) answer(get *wire.Get) (wire.Message, error) {
	if get.IDs == nil {
		return g.rangeFrom(get.From, get.To)
	}
	var out frame
	for _, id := range get.IDs {
		if !g.ledger.Has(id) {
			continue // a stranger's guess costs no look at the disk
		}
		raw, err := g.ledger.Raw(id)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !out.add(raw) {
			break
		}
	}
	if len(out.txs) == 0 {
		return &wire.NotFound{IDs: get.IDs}, nil
	}
	return &wire.Tx{Txs: out.txs}, nil
}

// Pack returns the raw bytes of the first of ids, which are in T: as many as
// fit in a frame, one at least.
func (g *Gossip) Pack(ids []tx.ID) ([][]byte, error) {
	var out frame
	for _, id := range ids {
		raw, err := g.ledger.Raw(id)
		if err != nil {
			return nil, err
		}
		if !out.add(raw) {
			break
		}
	}
	return out.txs, nil
}

// rangeFrom answers with the transactions of (from, to] in depth order, as
// many as fit in a frame.
func (g *Gossip) rangeFrom(from, to trie.Key) (wire.Message, error) {
	var (
		out  frame
		err  error
		last trie.Key
		more bool
	)
	g.ledger.Snapshot().T.Ascend(from, func(k trie.Key, _ uint64) bool {
		if k == from {
			return true
		}
		if bytes.Compare(k[:], to[:]) > 0 {
			return false
		}
		var raw []byte
		if raw, err = g.ledger.Raw(k.ID()); err != nil {
			return false
		}
		if more = !out.add(raw); more {
			return false
		}
		last = k
		return true
	})
	if err != nil {
		return nil, err
	}
	answer := &wire.Tx{Txs: out.txs}
	if more {
		next := [36]byte(last)
		answer.Next = &next
	}
	return answer, nil
}

// frame collects what fits in one tx message; one transaction always does.
type frame struct {
	txs  [][]byte
	size int
}

func (f *frame) add(raw []byte) bool {
	if len(f.txs) == wire.MaxTxs || f.size+len(raw) > maxData {
		return false
	}
	f.txs = append(f.txs, raw)
	f.size += len(raw)
	return true
}
