package node

import (
	"slices"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// publish turns what the ledger says into events of the local interface, until
// the node ends. Readers that fall behind are cut off by the hub; the ledger is
// never slowed.
func (n *Node) publish() {
	for sub := n.events; n.ctx.Err() == nil; sub = n.ledger.Subscribe() {
		n.forward(sub)
		sub.Close()
	}
}

func (n *Node) forward(sub *ledger.Subscription) {
	for {
		select {
		case <-n.ctx.Done():
			return
		case event, ok := <-sub.C:
			if !ok {
				return
			}
			n.tell(event)
		}
	}
}

func (n *Node) tell(event ledger.Event) {
	for _, it := range event.Accepted {
		n.engine.Heat(it.Infohash)
	}
	for _, it := range event.Accepted {
		if first := n.opts.First; first != nil && it.ID == first.ID {
			n.first.Store(it.Source)
		}
		n.emit(api.Event{Kind: api.EventTx, Tx: n.txEvent(it.ID, kindName(it.Kind))})
	}
	for _, ids := range [][]tx.ID{event.Confirmed, event.Dead, event.Disputed, event.Conflicted} {
		for _, id := range ids {
			n.emit(api.Event{Kind: api.EventStatus, Tx: n.txEvent(id, "")})
		}
	}
	if status, err := n.Status(n.ctx); err == nil {
		n.emit(api.Event{Kind: api.EventState, State: &status})
	}
}

// heatAtStart is for how many of the newest transactions a node that was
// restarted accepts an encrypted handshake from the start. Others accept it
// once they have been asked for in plain, which some clients never do.
const heatAtStart = 16384

// heat makes the newest transactions known to the engine.
func (n *Node) heat() {
	var newest []tx.ID
	n.ledger.Descend(trie.TopKey(), func(_ uint32, id tx.ID) bool {
		newest = append(newest, id)
		return len(newest) < heatAtStart
	})
	for _, id := range slices.Backward(newest) {
		t, err := n.ledger.Tx(id)
		if err != nil || n.ctx.Err() != nil {
			return
		}
		n.engine.Heat(t.Infohash())
	}
}

func (n *Node) txEvent(id tx.ID, kind string) *api.TxEvent {
	e := &api.TxEvent{TxID: id.String(), Kind: kind}
	if status, err := n.ledger.Status(id); err == nil && kind != "witness" {
		e.Status = string(status.Word)
	}
	return e
}
