package client

import (
	"testing"

	"pgregory.net/rapid"
)

func candidates(t *rapid.T) []candidate {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) candidate {
		bit := func(name string) bool { return rapid.Bool().Draw(t, name) }
		return candidate{wants: bit("wants"), forced: bit("forced"), seed: bit("seed"), stalled: bit("stalled")}
	}), 0, 30).Draw(t, "queue")
}

// used counts those that run and take a place.
func used(queue []candidate, run []bool, seed, stalled bool) (n int) {
	for i, c := range queue {
		if run[i] && !c.forced && c.seed == seed && (stalled || !c.stalled) {
			n++
		}
	}
	return n
}

// TestChoose: no limit is exceeded, nobody waits who has room, and nobody runs who does not want to.
func TestChoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue := candidates(t)
		n := rapid.IntRange(0, 8)
		q := quota{n.Draw(t, "downloads"), n.Draw(t, "seeds"), n.Draw(t, "all")}
		run := choose(queue, q)
		downloads, seeds := used(queue, run, false, false), used(queue, run, true, false)
		all := used(queue, run, false, true) + used(queue, run, true, true)
		if over(downloads, q.downloads) || over(seeds, q.seeds) || over(all, q.all) {
			t.Fatalf("%d downloads, %d seeds, %d in all, of %+v", downloads, seeds, all, q)
		}
		for i, c := range queue {
			room := !full(all, q.all) && (c.stalled || !c.seed && !full(downloads, q.downloads) || c.seed && !full(seeds, q.seeds))
			if !c.wants && run[i] || c.wants && c.forced && !run[i] || c.wants && !run[i] && room {
				t.Fatalf("candidate %d: %+v runs %v with %d, %d, %d of %+v", i, c, run[i], downloads, seeds, all, q)
			}
		}
	})
}

func over(n, most int) bool { return most > 0 && n > most }

// TestFirstComeFirst: among equals, nobody waits behind whom one runs.
func TestFirstComeFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue := candidates(t)
		run := choose(queue, quota{2, 3, 4})
		waits := make(map[candidate]bool)
		for i, c := range queue {
			if waits[c] && run[i] {
				t.Fatalf("%d runs before another: %v", i, run)
			}
			waits[c] = waits[c] || c.wants && !run[i]
		}
	})
}

// TestChooseIsStable: to choose again with what was chosen changes nothing, and no more wishes never stop anybody.
func TestChooseIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue := candidates(t)
		q := quota{2, 2, 5}
		run := choose(queue, q)
		fewer := append([]candidate(nil), queue...)
		for i := range fewer {
			fewer[i].wants = run[i]
		}
		for i, again := range choose(fewer, q) {
			if again != run[i] {
				t.Fatalf("%d: %v, then %v", i, run[i], again)
			}
		}
	})
}

func TestGoals(t *testing.T) {
	s := Settings{RatioGoal: 2, TimeGoal: 3600e9}
	for _, c := range []struct {
		own     Goals
		ratio   float64
		seconds int64
		want    bool
	}{
		{Goals{}, 1.99, 3599, false},
		{Goals{}, 2, 0, true},
		{Goals{}, 0, 3600, true},
		{Goals{Ratio: 3}, 2.5, 0, false},
		{Goals{Ratio: 3}, 2.5, 3600, true},
		{Goals{Ratio: -1, Seconds: -1}, 100, 1 << 40, false},
		{Goals{Ratio: 0.5, Seconds: -1}, 0.5, 0, true},
	} {
		if got := s.goals(c.own).reached(c.ratio, c.seconds); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if (&Settings{}).goals(Goals{}).reached(1e9, 1<<60) {
		t.Error("without goals there is nothing to reach")
	}
}

// TestRerank: a torrent that is moved stands where it was moved to, also when all ranks are read again.
func TestRerank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		var queue []*entry
		for i := range n {
			e := newEntry(ID{byte(i)}, facts{})
			e.rec.Rank = int64(i) // no room between
			queue = append(queue, e)
		}
		for range rapid.IntRange(0, 40).Draw(t, "moves") {
			from := rapid.IntRange(0, n-1).Draw(t, "from")
			to := rapid.IntRange(0, n-1).Draw(t, "to")
			e := queue[from]
			queue = append(queue[:from:from], queue[from+1:]...)
			queue = append(queue[:to:to], append([]*entry{e}, queue[to:]...)...)
			rerank(queue, to)
			for i := 1; i < n; i++ {
				if queue[i-1].rec.Rank >= queue[i].rec.Rank {
					t.Fatalf("ranks %d and %d at %d", queue[i-1].rec.Rank, queue[i].rec.Rank, i)
				}
			}
		}
	})
}
