package cli

import (
	"slices"
	"strings"
	"testing"

	"rsc.io/qr"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/proofs"
)

// TestAnImportTellsOfAConflict: with what strangers wrote made harmless, and an
// exit code of its own.
func TestAnImportTellsOfAConflict(t *testing.T) {
	u := newUser(t)
	out, errs, code := u.run("proof", "import", "-")
	if code != exitConflict || !strings.Contains(errs, "is spent by "+idC) {
		t.Errorf("exit code %d: %s", code, errs)
	}
	golden(t, "proof-import.txt", out)
	if strings.ContainsAny(out+errs, "\x1b\u202e") {
		t.Errorf("the terminal is told %q %q", out, errs)
	}
	out, _, _ = u.run("proof", "import", "-", "--json")
	golden(t, "proof-import.json", out)
}

// TestWhatIsExportedIsRead: the command does not hand out what it cannot check.
func TestWhatIsExportedIsRead(t *testing.T) {
	u := newUser(t)
	u.fails(exitTorrent, string(proofs.ErrNotProof), "proof", "export", idA, "--out", t.TempDir()+"/x")
}

// TestQRText draws what the encoder says, module by module, with a light border.
func TestQRText(t *testing.T) {
	const link = "magnet:?xt=urn:btih:" + ihA + "&x.ttx=" + idA
	drawn, err := qrText(link, plainColumns)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(link, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	size := code.Size + 2*quietZone
	lines := strings.Split(strings.TrimSuffix(drawn, "\n"), "\n")
	if len(lines) != (size+1)/2 {
		t.Fatalf("%d lines for %d modules", len(lines), size)
	}
	for y := range size {
		row := []rune(lines[y/2])
		if len(row) != size {
			t.Fatalf("line %d has %d columns, not %d", y/2, len(row), size)
		}
		for x, r := range row {
			light := r == '█' || r == '▀' && y%2 == 0 || r == '▄' && y%2 == 1
			if light == code.Black(x-quietZone, y-quietZone) {
				t.Fatalf("module %d,%d is drawn wrong", x, y)
			}
		}
	}
	if _, err := qrText(link, size-1); err == nil {
		t.Error("a code wider than the terminal was drawn")
	}
	if _, err := qrText(strings.Repeat("x", 3000), 1000); err == nil {
		t.Error("3000 bytes became a code")
	}
}

// TestEqualOutputsAreOneLine: those that follow each other and go to one address;
// of locks without one it is not known whether they are equal.
func TestEqualOutputsAreOneLine(t *testing.T) {
	var outputs []provenOutput
	for range 16 {
		outputs = append(outputs, provenOutput{5, "ttx1a"})
	}
	outputs = append(outputs, provenOutput{5, "ttx1b"}, provenOutput{6, "ttx1b"}, provenOutput{6, ""}, provenOutput{6, ""})
	var got table
	paysText(&got, outputs)
	var lines []string
	for _, row := range got.rows {
		lines = append(lines, row[2])
	}
	const lock = "under a lock of several parts"
	if want := []string{"ttx1a  x16", "ttx1b", "ttx1b", lock, lock}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	for i := range 255 { // no two that follow each other are equal
		outputs = append(outputs, provenOutput{api.Amount(i), "ttx1c"})
	}
	got = table{}
	paysText(&got, outputs)
	if len(got.rows) != outputsShown+1 || got.rows[outputsShown][1] != "and 244 more outputs" {
		t.Errorf("%d rows, last %q", len(got.rows), got.rows[len(got.rows)-1])
	}
}

// TestShortfall: what is said of a proof that was taken in follows the ledger, and the proof only while the ledger lacks
// the transaction.
func TestShortfall(t *testing.T) {
	rival := []api.ProofConflict{{TxID: "aa", Rival: "bb"}}
	for name, c := range map[string]struct {
		done api.ImportedProof
		code int
		says string
	}{
		"confirmed":             {api.ImportedProof{Status: api.StatusConfirmed, Level: "valid"}, 0, ""},
		"confirmed, with rival": {api.ImportedProof{Status: api.StatusConfirmed, Level: "conflicted", Conflicts: rival}, 0, ""},
		"rejected":              {api.ImportedProof{Status: api.StatusRejected, Level: "conflicted", Conflicts: rival}, exitConflict, "it is dead"},
		"orphaned":              {api.ImportedProof{Status: api.StatusOrphaned, Level: "valid"}, exitConflict, "it is dead"},
		"conflicted":            {api.ImportedProof{Status: api.StatusConflicted, Level: "valid", Conflicts: rival}, exitConflict, "spent by bb"},
		"pending":               {api.ImportedProof{Status: api.StatusPending, Level: "valid"}, 0, ""},
		"gap":                   {api.ImportedProof{Status: api.StatusUnsolid, Level: "incomplete"}, exitGap, "ancestors"},
		"gap and conflict":      {api.ImportedProof{Status: api.StatusUnsolid, Level: "conflicted"}, exitConflict, "shows a conflict"},
		"link":                  {api.ImportedProof{Status: api.StatusUnavailable}, 0, ""},
	} {
		err := shortfall(c.done)
		if code := exitCode(err); code != c.code || c.code != 0 && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: exit code %d, %v", name, code, err)
		}
	}
}

// TestVerifyOfTheDead: it does not tell anybody to wait for what never comes.
func TestVerifyOfTheDead(t *testing.T) {
	u := newUser(t)
	u.fails(exitConflict, "it is dead", "proof", "verify", "../../../proofs/testdata/rejected.torrent")
	u.fails(exitConflict, "wait until one side is confirmed", "proof", "verify", "../../../proofs/testdata/conflict.torrent")
}
