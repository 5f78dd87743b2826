package tui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTurnedWindows: a source that has the newest first gives the windows of the other order, while it grows, too.
func TestTurnedWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		believed, total := rapid.IntRange(0, 60).Draw(t, "believed"), rapid.IntRange(0, 60).Draw(t, "total")
		asked := Query{Offset: rapid.IntRange(0, 70).Draw(t, "offset"), Limit: rapid.IntRange(1, 20).Draw(t, "limit")}
		all := make([]Row, total) // the newest first
		for i := range all {
			all[i].Key = fmt.Sprint(total - 1 - i)
		}
		w := Page(asked.turned(believed), slices.Clone(all)).turned()
		for i, row := range w.Rows {
			if want := fmt.Sprint(w.Query.Offset + i); row.Key != want {
				t.Fatalf("row %d is %s", w.Query.Offset+i, row.Key)
			}
		}
		last := min(asked.Offset+asked.Limit, total) - 1
		if believed == total && asked.Offset < total &&
			(w.Query.Offset > asked.Offset || w.Query.Offset+len(w.Rows) <= last) {
			t.Fatalf("rows %d to %d were asked for; there are %d from %d on", asked.Offset, last, len(w.Rows), w.Query.Offset)
		}
	})
}

// TestOldestFirst: each list of what came in time can be turned around, at any length.
func TestOldestFirst(t *testing.T) {
	m := purse()
	m.count = 1_000_000
	m.txs = func(i int) Tx {
		return Tx{TxID: fmt.Sprintf("%064d", i), Depth: uint32(1_000_000 - i), Kind: "transfer"}
	}
	for i := range 1000 {
		m.history = append(m.history, HistoryEntry{TxID: fmt.Sprintf("%064d", i), Memo: fmt.Sprintf("old %d.", i), At: clock().Add(-time.Hour)})
	}
	d := driver{t, drawn(t, m.backend(), "ledger", 120, 30)}
	d.sees("Depth↓", "> 1,000,000 transfer", "1 of 1,000,000")
	d.press("S")
	d.sees("Depth↑", ">         1 transfer", "1 of 1,000,000")
	d.press("G")
	d.sees("> 1,000,000 transfer", "1,000,000 of 1,000,000")
	m.count++
	txs := m.txs
	m.txs = func(i int) Tx {
		x := txs(i)
		x.Depth++
		x.TxID = fmt.Sprintf("%064d", i-1+2_000_000)
		return x
	}
	d.press("g", "s")
	d.sees("Depth↓", "> 1,000,001 transfer", "1 of 1,000,001")

	d = driver{t, drawn(t, m.backend(), "wallet", 120, 30)}
	d.sees("Time↓")
	d.press("s")
	d.sees("Time↑", "old 999.")
	d.press("G", "k")
	d.lacks("old 999.")
}

// TestLogTurnedAround follows at the end, as tail does.
func TestLogTurnedAround(t *testing.T) {
	f := lab()
	say := func(from, to int) {
		for i := from; i <= to; i++ {
			f.lines = append(f.lines, LogLine{Seq: uint64(i + 3), At: clock(), Level: Info, Text: fmt.Sprint("message ", i, ".")})
		}
	}
	say(0, 99)
	d := driver{t, drawn(t, f.backend(), "log", 80, 24)}
	d.press("S")
	d.sees("Time↑", "> 12:00:00 info  listening at", "1 of 102")
	say(100, 101)
	d.send(RefreshMsg{clock()})
	d.sees("> 12:00:00 info  listening at", "1 of 102", "2 newer lines since; G follows")
	d.press("G")
	d.press("G") // what came meanwhile
	d.sees("> 12:00:00 info  message 101.", "104 of 104")
	say(102, 102)
	d.send(RefreshMsg{clock()})
	d.sees("> 12:00:00 info  message 102.", "105 of 105")
	d.press("k")
	say(103, 103)
	d.send(RefreshMsg{clock()})
	d.sees("> 12:00:00 info  message 101.", "104 of 105")
}
