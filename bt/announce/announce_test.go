package announce

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTiers: the first tier's trackers are tried before the second's, one that works moves to the front of its
// tier, and the ones above a fallback are tried again.
func TestTiers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		s.answer("b2", peers(5, 10*time.Minute))
		a := s.open()
		defer closeIt(a)
		x := a.Add(options([]string{"a"}, []string{"b1", "b2", "b3"}, []string{"c"}))
		synctest.Wait()
		list := x.Trackers()
		if list[0].State != Failed || list[1].URL != "http://b2/announce" || list[1].State != Working || list[1].Tier != 1 {
			t.Errorf("trackers %+v", list)
		}
		if list[4].State != Waiting || !list[4].Next.IsZero() {
			t.Errorf("the last tier was not needed: %+v", list[4])
		}
		s.answer("a", peers(5, time.Minute))
		s.forget()
		time.Sleep(RetryFirst + time.Second)
		synctest.Wait()
		wantEvents(t, s, "a:started") // and not b2, whose time has not come
		if b := x.Trackers()[1]; b.State != Waiting {
			t.Errorf("the fallback is %+v", b)
		}
		s.forget()
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if got := slices.Compact(s.events()); !slices.Equal(got, []string{"a:"}) {
			t.Errorf("the fallback is still asked: %v", got)
		}
	})
}

// TestWorkingTrackerMovesToFront of its tier, wherever the shuffle had put it.
func TestWorkingTrackerMovesToFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 20 {
			s := &stage{}
			s.answer("b2", peers(5, 10*time.Minute))
			a := s.open()
			x := a.Add(options([]string{"b1", "b2", "b3"}))
			synctest.Wait()
			if first := x.Trackers()[0]; first.URL != "http://b2/announce" {
				t.Fatalf("the first is %+v", first)
			}
			closeIt(a)
		}
	})
}

func TestShuffleInsideTier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := make(map[string]bool)
		for range 200 {
			s := &stage{}
			a := s.open()
			a.Add(options([]string{"a1", "a2"}, []string{"b1", "b2"}))
			synctest.Wait()
			got := s.events()
			if len(got) != 4 || got[0][0] != 'a' || got[1][0] != 'a' || got[2][0] != 'b' {
				t.Fatalf("asked %v", got)
			}
			first[got[0]] = true
			closeIt(a)
		}
		if len(first) != 2 {
			t.Errorf("always the same first: %v", first)
		}
	})
}

func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, partial := &stage{}, new(atomic.Bool)
		s.answer("a", peers(5, time.Minute))
		a := s.open()
		opt := options([]string{"a"})
		opt.Stats = func() Stats { return Stats{Left: 5, Uploaded: 1, Downloaded: 2, Partial: partial.Load()} }
		x := a.Add(opt)
		synctest.Wait()
		x.Completed() // at once, though the interval has not passed
		synctest.Wait()
		partial.Store(true)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		x.Pause()
		synctest.Wait()
		wantEvents(t, s, "a:started", "a:completed", "a:paused", "a:stopped")
		if r := s.heard[0].req; r.NumWant != NumWant || r.Left != 5 || r.Uploaded != 1 || r.Downloaded != 2 {
			t.Errorf("started with %+v", r)
		}
		if r := s.heard[3].req; r.NumWant != 0 {
			t.Errorf("stopped with %+v", r)
		}
		s.forget()
		time.Sleep(time.Hour)
		partial.Store(false)
		wantEvents(t, s)
		x.Resume()
		synctest.Wait()
		closeIt(a)
		wantEvents(t, s, "a:started", "a:stopped")
	})
}

// TestPauseAndBack: a torrent that is back before the farewell was sent has never left.
func TestPauseAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{delay: time.Second}
		s.answer("a", peers(5, time.Hour))
		a := s.open()
		defer closeIt(a)
		x := a.Add(options([]string{"a"}))
		time.Sleep(500 * time.Millisecond)
		x.Pause() // during the first announce: the farewell waits for its end
		x.Resume()
		time.Sleep(10 * time.Second)
		if st := x.Trackers()[0]; st.State != Working {
			t.Errorf("the tracker is %+v", st)
		}
		for _, e := range s.events() {
			if e == "a:stopped" {
				t.Error("said farewell to a tracker that it stays with")
			}
		}
	})
}

func TestIntervals(t *testing.T) {
	for _, c := range []struct {
		name        string
		a           Answer
		err         error
		least, most time.Duration
		state       State
		manually    time.Duration // when Announce may ask again
		forEver     bool
	}{
		{name: "as asked", a: Answer{Interval: time.Hour}, least: time.Hour, most: 66 * time.Minute, state: Working, manually: MinInterval},
		{name: "none", least: DefaultInterval, most: 33 * time.Minute, state: Working, manually: MinInterval},
		{name: "negative", a: Answer{Interval: -time.Hour}, least: DefaultInterval, most: 33 * time.Minute, state: Working, manually: MinInterval},
		{name: "tiny", a: Answer{Interval: 1}, least: MinInterval, most: 33 * time.Second, state: Working, manually: MinInterval},
		{name: "huge", a: Answer{Interval: 1 << 62}, least: MaxInterval, most: MaxInterval + 36*time.Minute, state: Working, manually: MinInterval},
		{name: "min", a: Answer{Interval: time.Minute, MinInterval: time.Hour}, least: time.Hour, most: 66 * time.Minute, state: Working, manually: time.Hour},
		{name: "refused", err: &Failure{Reason: "no"}, least: RetryFirst, most: RetryFirst, state: Failed, manually: AgainAfter},
		{name: "refused for long", err: &Failure{Reason: "no", RetryIn: time.Hour}, least: time.Hour, most: time.Hour, state: Failed, manually: time.Hour},
		{name: "refused for ever", err: &Failure{Reason: "no", Never: true}, state: Disabled, forEver: true},
		{name: "unsupported", err: fmt.Errorf("%w: x", ErrUnsupported), state: Disabled, forEver: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stage{}
				s.answer("a", func(Request) (Answer, error) { return c.a, c.err })
				a := s.open()
				defer closeIt(a)
				x := a.Add(options([]string{"a"}))
				synctest.Wait()
				st := x.Trackers()[0]
				if st.State != c.state || st.Last.IsZero() || st.Next.IsZero() != c.forEver {
					t.Fatalf("state %+v", st)
				}
				if c.forEver {
					x.Announce()
					time.Sleep(1000 * time.Hour)
					wantEvents(t, s, "a:started")
					return
				}
				if wait := time.Until(st.Next); wait < c.least || wait > c.most {
					t.Errorf("again in %v, want %v to %v", wait, c.least, c.most)
				}
				s.forget()
				x.Announce()
				time.Sleep(c.manually - time.Millisecond)
				wantEvents(t, s)
				time.Sleep(2 * time.Millisecond)
				synctest.Wait()
				if n := len(s.events()); n != 1 {
					t.Errorf("asked %d times after Announce", n)
				}
			})
		})
	}
}

func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		a := s.open()
		defer closeIt(a)
		a.Add(options([]string{"a"}))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		last := time.Duration(0)
		for i, h := range s.heard[1:] {
			if want := min(RetryFirst<<i, RetryMost); h.at-last != want && i < 10 {
				t.Errorf("retry %d after %v, want %v", i+1, h.at-last, want)
			}
			last = h.at
		}
		if n := len(s.heard); n < 48 || n > 60 {
			t.Errorf("%d announces to a dead tracker in a day", n)
		}
	})
}

// TestLonely: a tracker that knows nobody does not keep a torrent without peers from asking the next; a private
// torrent stays with it (BEP 27).
func TestLonely(t *testing.T) {
	for _, private := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := &stage{}
			s.answer("a", peers(1, 20*time.Minute)) // ourselves
			s.answer("b", peers(9, 20*time.Minute))
			a := s.open()
			defer closeIt(a)
			opt := options([]string{"a"}, []string{"b"}, []string{"c"})
			opt.Stats = func() Stats { return Stats{Left: 1, Lonely: true} }
			opt.Paused = private
			x := a.Add(opt)
			if private {
				x.SetPrivate()
				x.Resume()
				synctest.Wait()
				wantEvents(t, s, "a:started")
				return
			}
			synctest.Wait()
			wantEvents(t, s, "a:started", "b:started")
			time.Sleep(23 * time.Minute)
			if n := len(s.events()); n != 4 {
				t.Errorf("%d announces", n)
			}
		})
	}
}

func TestAllOfMagnet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		s.answer("a", peers(5, time.Hour))
		s.answer("c", peers(5, time.Hour))
		a := s.open()
		defer closeIt(a)
		opt := options([]string{"a", "b", "c"})
		opt.All = true
		x := a.Add(opt)
		synctest.Wait()
		got := s.events()
		slices.Sort(got)
		if !slices.Equal(got, []string{"a:started", "b:started", "c:started"}) {
			t.Errorf("asked %v", got)
		}
		if list := x.Trackers(); len(list) != 3 || list[1].State != Failed {
			t.Errorf("trackers %+v", list)
		}
	})
}

func TestSetTrackers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		for _, h := range []string{"a", "b", "c"} {
			s.answer(h, peers(5, time.Hour))
		}
		a := s.open()
		defer closeIt(a)
		opt := options([]string{"a"}, []string{"b"})
		opt.All = true
		x := a.Add(opt)
		synctest.Wait()
		s.forget()
		x.SetTrackers([][]string{{"http://c/announce"}, {"http://b/announce"}, {"http://b/announce", "wss://d", "gopher://e", "udp://f"}})
		synctest.Wait()
		got := s.events()
		slices.Sort(got)
		if !slices.Equal(got, []string{"a:stopped", "c:started"}) {
			t.Errorf("asked %v", got)
		}
		list := x.Trackers()
		if len(list) != 5 || list[1].State != Working || list[1].Tier != 1 {
			t.Fatalf("trackers %+v", list)
		}
		for _, st := range list[2:] {
			if st.State != Disabled || st.Message == "" {
				t.Errorf("tracker %+v", st)
			}
		}
	})
}

func TestTrackersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		a := s.open()
		defer closeIt(a)
		var tier []string
		for i := range MaxTrackers + 1 {
			tier = append(tier, fmt.Sprint("t", i))
		}
		if n := len(a.Add(options(tier)).Trackers()); n != MaxTrackers {
			t.Errorf("%d trackers, want %d", n, MaxTrackers)
		}
	})
}
