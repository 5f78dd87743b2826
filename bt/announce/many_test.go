package announce

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestManyIdleTorrents: a thousand torrents are announced at most MaxConcurrent at a time, and once an interval.
func TestManyIdleTorrents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const torrents, hours = 1000, 10
		s := &stage{delay: 100 * time.Millisecond}
		s.answer("a", peers(0, time.Hour))
		a := s.open()
		for range torrents {
			a.Add(options([]string{"a"}))
		}
		time.Sleep(hours * time.Hour)
		synctest.Wait()
		if s.most > MaxConcurrent {
			t.Errorf("%d requests at a time", s.most)
		}
		if n := len(s.heard); n < torrents*(hours-1) || n > torrents*hours {
			t.Errorf("%d announces in %d hours", n, hours)
		}
		if s.scrapes != 0 {
			t.Errorf("%d scrapes for what the announces told", s.scrapes)
		}
		spread := make(map[time.Duration]int)
		for _, h := range s.heard[torrents*(hours-2):] {
			spread[h.at.Truncate(time.Minute)]++
		}
		for at, n := range spread {
			if n > torrents/5 { // all of them, were they not spread; some 80 on average at the peak
				t.Errorf("%d announces in the minute after %v", n, at)
			}
		}
		closeIt(a) // 1,000 farewells in 32 at a time are within StopTimeout
		if n := countOf(s.events(), "a:stopped"); n != torrents {
			t.Errorf("%d farewells", n)
		}
	})
}

func countOf(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func TestScrapeForMissingNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		s.answer("a", func(Request) (Answer, error) {
			return Answer{Interval: 10 * time.Minute, Seeders: 8, Leechers: -1, Downloaded: -1}, nil
		})
		a := s.open()
		defer closeIt(a)
		x := a.Add(options([]string{"a"}))
		time.Sleep(3*time.Hour + 30*time.Minute)
		synctest.Wait()
		if s.scrapes < 3 || s.scrapes > 4 {
			t.Errorf("%d scrapes in three hours and a half", s.scrapes)
		}
		if st := x.Trackers()[0]; st.Leechers != 4 || st.Downloaded != 5 {
			t.Errorf("status %+v", st)
		}
	})
}

// TestCloseIsBounded: a tracker that never answers cannot hold up the end.
func TestCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		s.answer("a", peers(5, time.Hour))
		a := s.open()
		for range 100 {
			a.Add(options([]string{"a"}))
		}
		synctest.Wait()
		s.mu.Lock()
		s.delay = 1000 * time.Hour
		s.mu.Unlock()
		began := time.Now()
		closeIt(a)
		if took := time.Since(began); took > StopTimeout {
			t.Errorf("closing took %v", took)
		}
		if x := a.Add(options([]string{"a"})); x.Trackers()[0].State != Waiting {
			t.Error("a closed announcer asks")
		}
	})
}
