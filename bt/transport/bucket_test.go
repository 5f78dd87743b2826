package transport

import (
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestBucketNeverLetsMoreThrough: whatever the rates and charges, what those who kept to delay passed is at most
// the rate times the time, the burst, and a quantum for each connection.
func TestBucketNeverLetsMoreThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Unix(1_000_000, 0)
		b, now := newBucket(), start
		rate := rapid.Int64Range(1, 1<<30).Draw(t, "rate")
		conns := rapid.IntRange(1, 20).Draw(t, "connections")
		b.setRate(rate, now)
		tickets := make([]int64, conns)
		passed := int64(0)
		for range 100 {
			i := rapid.IntRange(0, conns-1).Draw(t, "turn")
			if wait, _ := b.delay(tickets[i], now); wait > 0 {
				now = now.Add(min(wait, time.Duration(rapid.Int64Range(1, int64(wait)*2).Draw(t, "sleep"))))
				continue
			}
			n := rapid.IntRange(1, quantumOf(rate)).Draw(t, "bytes")
			tickets[i] = b.charge(n, now)
			passed += int64(n)
		}
		most := float64(rate)*now.Sub(start).Seconds() + float64(burstOf(rate)) + float64(conns*quantumOf(rate))
		if float64(passed) > most+1 {
			t.Fatalf("%d bytes passed in %v; at most %.0f may", passed, now.Sub(start), most)
		}
	})
}

// TestBucketUsesItsRate: connections that always have something to send get the whole rate, and share it evenly.
func TestBucketUsesItsRate(t *testing.T) {
	for _, rate := range []int64{1 << 10, 100 << 10, 10 << 20, 1 << 30} {
		synctest.Test(t, func(t *testing.T) {
			const conns, seconds = 5, 100
			b := newBucket()
			b.setRate(rate, time.Now())
			done := make(chan struct{})
			got := make(chan int64, conns)
			for range conns {
				go func() {
					var ticket, sum int64
					for b.wait(ticket, done) {
						ticket = b.charge(quantumOf(rate), time.Now())
						sum += int64(quantumOf(rate))
					}
					got <- sum
				}()
			}
			<-time.After(seconds * time.Second)
			close(done)
			total := int64(0)
			for range conns {
				n := <-got
				total += n
				if want := rate * seconds / conns; n < want*9/10 || n > want*12/10+4*minBurst {
					t.Errorf("rate %d: one got %d; its share is %d", rate, n, want)
				}
			}
			if want := rate * seconds; total < want || total > want+burstOf(rate)+int64(conns*quantumOf(rate)) {
				t.Errorf("rate %d: %d in all; want %d", rate, total, want)
			}
		})
	}
}

// TestRateChangesForWhoWaits: a raised or removed limit holds at once.
func TestRateChangesForWhoWaits(t *testing.T) {
	for _, rate := range []int64{0, 1 << 20} {
		synctest.Test(t, func(t *testing.T) {
			b := newBucket()
			b.setRate(1, time.Now())
			ticket := b.charge(1<<20, time.Now()) // twelve days
			begin := time.Now()
			go func() {
				<-time.After(time.Second)
				b.setRate(rate, time.Now())
			}()
			if !b.wait(ticket, nil) || time.Since(begin) > 3*time.Second {
				t.Errorf("rate %d: waited %v", rate, time.Since(begin))
			}
			b.setRate(0, time.Now())
			b.setRate(1, time.Now())
			if left, _ := b.delay(b.charge(1, time.Now()), time.Now()); left > 0 {
				t.Errorf("what was passed without a limit is owed: %v", left)
			}
		})
	}
}

func TestMeter(t *testing.T) {
	var m meter
	at := func(ms int) time.Time { return time.Unix(1_000_000, 0).Add(time.Duration(ms) * time.Millisecond) }
	for ms := 0; ms < 20_000; ms += 10 {
		m.add(1000, at(ms))
	}
	if got := m.rate(at(19_999)); got < 99_000 || got > 101_000 {
		t.Errorf("rate %d; want 100,000", got)
	}
	if got := m.rate(at(21_500)); got < 60_000 || got > 70_000 { // three seconds of 4.5
		t.Errorf("a while later: %d", got)
	}
	if got := m.rate(at(26_000)); got != 0 {
		t.Errorf("after the end: %d", got)
	}
}

// TestLimitedConnection sends through limited connections: every byte is accounted for, in all buckets.
func TestLimitedConnection(t *testing.T) {
	const rate = 64 << 20 // high, as this one is in real time
	by, to := openTest(t, Config{Limits: Limits{Up: rate}}), openTest(t, Config{Limits: Limits{Down: rate}})
	to.Group(someHash).SetLimits(Limits{Down: rate})
	conns := serve(t, to.Listeners()[0])
	c, err := greet(t, by, to.Listeners()[0].Addr().String(), someHash)
	if err != nil {
		t.Fatal(err)
	}
	other := <-conns
	const size = 8 << 20
	var writer sync.WaitGroup
	writer.Go(func() {
		_, _ = c.Write(make([]byte, size))
		c.(*Conn).raw().(*net.TCPConn).CloseWrite()
	})
	n, err := io.Copy(io.Discard, other)
	writer.Wait()
	if n != size || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	for name, b := range map[string]*bucket{
		"sender, all": by.All().up.bucket, "receiver, all": to.All().down.bucket,
		"receiver, torrent": to.Group(someHash).down.bucket,
	} {
		if got := b.charged; got < size || got > size+handshakeLength {
			t.Errorf("%s: %d bytes are accounted for of %d", name, got, size)
		}
	}
	c.Close()
	other.Close()
}
