package session

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// faults lists every kind.
func faults() []Fault {
	return []Fault{
		FaultMalformed, FaultUnexpected, FaultOverflow, FaultCredit, FaultFlood, FaultInvalid, FaultProof,
		FaultStalled, FaultSync, FaultSilent, FaultTimeout, FaultUnsolicited, FaultRate, FaultUseless, FaultUnknown,
	}
}

// TestSpecificationShowsTheWeights keeps the table of docs/spec/wire.md and the code equal.
func TestSpecificationShowsTheWeights(t *testing.T) {
	spec, err := os.ReadFile("../../docs/spec/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[Fault]string)
	for line := range strings.Lines(string(spec)) {
		cells := strings.Split(line, "|")
		if len(cells) == 6 {
			rows[Fault(strings.TrimSpace(cells[1]))] = strings.TrimSpace(cells[2]) + " " + strings.TrimSpace(cells[3])
		}
	}
	for _, f := range faults() {
		want := strconv.Itoa(f.Weight()) + " no"
		if f.Drops() {
			want = strconv.Itoa(f.Weight()) + " yes"
		}
		if rows[f] != want {
			t.Errorf("%s: the specification says %q, the code %q", f, rows[f], want)
		}
	}
}
