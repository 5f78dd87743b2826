package dag_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// stream makes a busy network's transactions: transfers that spend each
// other's outputs, witnesses of every voter in turn.
type stream struct {
	voters []tx.Voter
	n      uint64
	own    []dag.Entry // each voter's last witness
	last   []tx.ID     // the last few transfers
}

// batch is how many transfers lie between two witnesses of one voter.
const batch = 4

func newStream(voters int) (*stream, *dag.DAG) {
	s := &stream{own: make([]dag.Entry, voters)}
	for range voters {
		s.voters = append(s.voters, tx.Voter{Key: tx.Key(s.id()), Stake: 1})
	}
	d := dag.New(s.voters)
	s.last = []tx.ID{s.id()}
	if _, err := d.Add(dag.Entry{ID: s.last[0], Kind: tx.KindGenesis}); err != nil {
		panic(err)
	}
	return s, d
}

func (s *stream) id() tx.ID {
	s.n++
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, s.n))
}

// transfer spends the second output of one of the last transfers.
func (s *stream) transfer() dag.Entry {
	newest := s.last[len(s.last)-1]
	e := dag.Entry{
		ID: s.id(), Kind: tx.KindTransfer, Refs: []tx.ID{newest, s.last[0]},
		In: []tx.Outpoint{{Tx: newest, Index: uint32(s.n)}},
	}
	if len(s.last) == batch {
		s.last = s.last[1:]
	}
	s.last = append(s.last, e.ID)
	return e
}

func (s *stream) witness(v int) dag.Entry {
	e := dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: s.voters[v].Key}
	if prev := s.own[v]; prev.Refs != nil {
		e.Seq, e.Refs = prev.Seq+1, []tx.ID{prev.ID}
	}
	e.Refs = append(e.Refs, s.last[len(s.last)-1])
	s.own[v] = e
	return e
}

func add(b *testing.B, d *dag.DAG, entries ...dag.Entry) {
	for _, e := range entries {
		if _, err := d.Add(e); err != nil {
			b.Fatal(err)
		}
	}
}

func perVoters(b *testing.B, run func(b *testing.B, voters int)) {
	for _, voters := range []int{4, 16, 64} {
		b.Run(fmt.Sprintf("voters=%d", voters), func(b *testing.B) { run(b, voters) })
	}
}

func BenchmarkAddTransfer(b *testing.B) {
	perVoters(b, func(b *testing.B, voters int) {
		s, d := newStream(voters)
		entries := make([]dag.Entry, b.N)
		for i := range entries {
			entries[i] = s.transfer()
		}
		b.ReportAllocs()
		b.ResetTimer()
		add(b, d, entries...)
	})
}

// BenchmarkAddWitness adds witnesses, each with four transfers in its past
// that its voter has not voted for.
func BenchmarkAddWitness(b *testing.B) {
	perVoters(b, func(b *testing.B, voters int) {
		s, d := newStream(voters)
		witnesses := make([]dag.Entry, b.N)
		for i := range witnesses {
			if i%voters == 0 {
				for range batch {
					add(b, d, s.transfer())
				}
			}
			witnesses[i] = s.witness(i % voters)
		}
		b.ReportAllocs()
		b.ResetTimer()
		add(b, d, witnesses...)
	})
}

// BenchmarkStatus asks for the status of the newest transfer, and whether it
// leads, among a thousand undecided ones and a hundred conflicts.
func BenchmarkStatus(b *testing.B) {
	s, d := newStream(4)
	for range 1000 {
		add(b, d, s.transfer())
	}
	for range 100 {
		e := s.transfer()
		rival := e
		rival.ID = s.id()
		add(b, d, e, rival)
	}
	newest := s.last[len(s.last)-1]
	for b.Loop() {
		d.Status(newest)
		d.Leads(newest)
	}
}

// BenchmarkView computes what leads anew after every Add.
func BenchmarkView(b *testing.B) {
	s, d := newStream(4)
	for range 100 {
		e := s.transfer()
		rival := e
		rival.ID = s.id()
		add(b, d, e, rival)
	}
	newest := s.last[len(s.last)-1]
	for b.Loop() {
		add(b, d, s.witness(0))
		d.Leads(newest)
	}
}

// BenchmarkMemory reports what a confirmed transaction keeps in memory.
func BenchmarkMemory(b *testing.B) {
	const transactions = 300_000
	perVoters(b, func(b *testing.B, voters int) {
		for b.Loop() {
			before := heap()
			s, d := newStream(voters)
			for i := 0; d.Len() < transactions; i++ {
				for range 2 * batch {
					add(b, d, s.transfer())
				}
				add(b, d, s.witness(i%voters))
			}
			b.ReportMetric(float64(heap()-before)/transactions, "B/tx")
			runtime.KeepAlive(d)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
