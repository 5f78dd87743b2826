package ledger

import "sync"

// crew is the goroutines that verify, which is nearly all of the work.
type crew struct{ jobs chan func() }

// newCrew starts n of them; start is the first that each calls, nil for nothing.
func newCrew(wg *sync.WaitGroup, n int, start func()) crew {
	c := crew{make(chan func())}
	for range n {
		wg.Go(func() {
			if start != nil {
				start()
			}
			for job := range c.jobs {
				job()
			}
		})
	}
	return c
}

// each calls fn for 0 to n-1 in parts of chunk, and returns when all are done.
func (c crew) each(n, chunk int, fn func(i int)) {
	var all sync.WaitGroup
	for lo := 0; lo < n; lo += chunk {
		all.Add(1)
		c.jobs <- func() {
			defer all.Done()
			for i := lo; i < min(lo+chunk, n); i++ {
				fn(i)
			}
		}
	}
	all.Wait()
}

// dismiss ends them; nobody may call each any more.
func (c crew) dismiss() { close(c.jobs) }
