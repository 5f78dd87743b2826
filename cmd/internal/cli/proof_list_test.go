package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// TestProofListOfAFullFolder: the newest are shown, and of all it is told how many there are.
func TestProofListOfAFullFolder(t *testing.T) {
	var list []api.ProofEntry
	for i := range 10_000 {
		e := api.ProofEntry{File: fmt.Sprintf("%05d.torrent", i), Time: int64(i), TxID: "aa", Level: "valid", Status: api.StatusPending}
		switch {
		case i < 3:
			e.Rivals = []string{"bb"}
		case i < 8:
			e.Error, e.Code = "no proof", api.Malformed
		case i < 10:
			e.Error, e.Code = "not looked at yet", api.Busy
		}
		list = append(list, e)
	}
	for limit, want := range map[int]int{0: len(list), 1: 1, proofListLimit: proofListLimit, len(list) + 1: len(list)} {
		got := sumProofs(list, limit)
		if len(got.Proofs) != want || got.Total != len(list) || got.Conflicts != 3 || got.Refused != 5 || got.Proofs[0].File != "09999.torrent" {
			t.Errorf("limit %d: %d shown of %d, %d in conflict, %d refused", limit, len(got.Proofs), got.Total, got.Conflicts, got.Refused)
		}
	}
	var text table
	proofListText(&text, sumProofs(list, proofListLimit))
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if last := lines[len(lines)-1]; len(lines) != proofListLimit+3 || last != "100 of 10000 files (all: --limit 0), 3 in conflict, 5 refused" {
		t.Errorf("%d lines, the last %q", len(lines), last)
	}
	text = table{}
	proofListText(&text, sumProofs(nil, proofListLimit))
	if got := text.String(); !strings.Contains(got, "is empty") {
		t.Errorf("of nothing: %q", got)
	}
	newUser(t).fails(exitUsage, "not negative", "proof", "list", "--limit", "-1")
}
