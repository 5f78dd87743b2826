package node

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// kin are the relatives of one transaction, as the DAG names them at one moment.
type kin struct {
	parents, children, rivals []tx.ID
	more                      bool // children beyond those
	leading                   map[tx.ID]bool
	votes                     []api.Vote
}

// Around implements api.Backend.
func (b *backend) Around(_ context.Context, text string) (api.Around, error) {
	id, err := b.parseID(text)
	if err != nil {
		return api.Around{}, err
	}
	if !b.ledger.Has(id) {
		return api.Around{}, unknown(text)
	}
	var k kin
	b.ledger.Read(func(d *dag.DAG) { k = kinOf(d, id) })
	return b.describeKin(id, k)
}

func kinOf(d *dag.DAG, id tx.ID) kin {
	k := kin{parents: d.Parents(id), rivals: d.Status(id).Rivals, leading: map[tx.ID]bool{}}
	for child := range d.ChildrenOf(id) {
		if len(k.children) == api.MaxNeighbours {
			k.more = true
			break
		}
		k.children = append(k.children, child)
	}
	sides := append([]tx.ID{id}, k.rivals...)
	for _, side := range sides {
		k.leading[side] = d.Leads(side)
	}
	for _, v := range d.Voters() {
		k.votes = append(k.votes, voteOf(d, v, sides))
	}
	return k
}

// voteOf is what one voter says of the sides.
func voteOf(d *dag.DAG, v tx.Voter, sides []tx.ID) api.Vote {
	vote := api.Vote{Voter: hex.EncodeToString(v.Key[:]), Stake: v.Stake, For: []string{}}
	_, _, vote.Forked = d.Fork(v.Key)
	for _, side := range sides {
		if d.Supports(v.Key, side) {
			vote.For = append(vote.For, side.String())
		}
	}
	return vote
}

func (b *backend) describeKin(id tx.ID, k kin) (api.Around, error) {
	a := api.Around{TxID: id.String(), Leads: k.leading[id], MoreChildren: k.more, Votes: k.votes}
	if a.Votes == nil {
		a.Votes = []api.Vote{}
	}
	subject, err := b.ledger.Tx(id)
	if err != nil {
		return a, err
	}
	spends := func(child *tx.Tx, parent tx.ID) bool {
		return slices.ContainsFunc(child.In, func(in tx.Outpoint) bool { return in.Tx == parent })
	}
	a.Parents, err = b.neighbours(k.parents, func(n *api.Neighbour, other *tx.Tx) { n.Spends = spends(subject, other.ID()) })
	if err != nil {
		return a, err
	}
	a.Children, err = b.neighbours(k.children, func(n *api.Neighbour, other *tx.Tx) { n.Spends = spends(other, id) })
	if err != nil {
		return a, err
	}
	a.Rivals, err = b.neighbours(k.rivals, func(n *api.Neighbour, other *tx.Tx) { n.Leads = k.leading[other.ID()] })
	return a, err
}

// neighbours describes transactions of T; relate adds what they are to the subject.
func (b *backend) neighbours(ids []tx.ID, relate func(*api.Neighbour, *tx.Tx)) ([]api.Neighbour, error) {
	list := []api.Neighbour{}
	for _, id := range ids {
		summary, err := b.summary(id)
		if err != nil {
			return nil, err
		}
		t, err := b.ledger.Tx(id)
		if err != nil {
			return nil, err
		}
		n := api.Neighbour{TxSummary: summary}
		if t.Kind == tx.KindWitness {
			n.Voter = hex.EncodeToString(t.Voter[:])
		}
		relate(&n, t)
		list = append(list, n)
	}
	return list, nil
}
