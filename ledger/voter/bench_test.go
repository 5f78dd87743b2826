package voter_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/voter"
)

// BenchmarkPlan chooses the refs of one witness among what a busy second left
// behind: a thousand payments in a dozen tips, and some conflicts.
func BenchmarkPlan(b *testing.B) {
	for _, conflicts := range []int{0, 10, 100} {
		b.Run(fmt.Sprintf("conflicts=%d", conflicts), func(b *testing.B) {
			d, key := busySecond(b, conflicts)
			now := time.UnixMilli(0)
			for b.Loop() {
				p := voter.New(voter.Config{Key: key})
				if plan := p.Plan(d, now, 1); plan.Silence != voter.Spoken {
					b.Fatal(plan.Silence)
				}
			}
		})
	}
}

func busySecond(b *testing.B, conflicts int) (*dag.DAG, tx.Key) {
	n := uint64(0)
	id := func() tx.ID {
		n++
		return sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	}
	key := tx.Key(id())
	d := dag.New([]tx.Voter{{Key: key, Stake: 1}})
	add := func(e dag.Entry) {
		if _, err := d.Add(e); err != nil {
			b.Fatal(err)
		}
	}
	genesis := id()
	add(dag.Entry{ID: genesis, Kind: tx.KindGenesis})
	recent := []tx.ID{genesis}
	for i := range 1000 {
		e := dag.Entry{ID: id(), Kind: tx.KindTransfer, In: []tx.Outpoint{coin(genesis, i)}}
		e.Refs = []tx.ID{recent[0], recent[len(recent)-1]}
		add(e)
		if recent = append(recent, e.ID); len(recent) > 12 {
			recent = recent[1:]
		}
		if i < conflicts {
			e.ID = id()
			add(e)
		}
	}
	return d, key
}
