package sync

import (
	"encoding/binary"
	"testing"
)

// TestTodoIsBounded: what exceeds the bound is left out from the smallest keys
// on. No peer of the other tests comes near it.
func TestTodoIsBounded(t *testing.T) {
	var s Session
	const over = 100
	for batch := range 2 {
		jobs := make([]job, (MaxTodo+over)/2)
		for i := range jobs {
			binary.BigEndian.PutUint32(jobs[i].region.Prefix[:], uint32(2*i+batch))
		}
		s.enqueue(jobs)
	}
	if len(s.todo) != MaxTodo || !s.Partial() {
		t.Fatalf("%d jobs, partial: %v", len(s.todo), s.Partial())
	}
	for i, j := range s.todo {
		if got := binary.BigEndian.Uint32(j.region.Prefix[:]); got != uint32(over+i) {
			t.Fatalf("job %d is of region %d", i, got)
		}
	}
}
