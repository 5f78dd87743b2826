package tui

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"rsc.io/qr"
)

// TestMoneyDrawings keeps what is drawn at the three sizes, strangers' texts among it.
func TestMoneyDrawings(t *testing.T) {
	d := deps(purse().backend(), PlainTheme())
	for name, v := range map[string]View{
		"wallet":         shown(t, newWallet, d),
		"wallet-coins":   shown(t, newWallet, d, "c"),
		"wallet-address": shown(t, newWallet, d, "a"),
		"ledger":         shown(t, newLedger, d),
		"ledger-search":  shown(t, newLedger, d, "/", "s", "i", "d", "e", "enter"),
		"ledger-tx":      shown(t, newLedger, d, "j", "j", "enter"),
		"ledger-vote":    shown(t, newLedger, d, "j", "enter"),
		"proofs":         shown(t, newProofs, d),
	} {
		for _, size := range sizes() {
			golden(t, "money_"+name, v.Render(size[0], size[1]), size[0], size[1])
		}
	}
}

// TestATransactionAtGandG has its first and last neighbour under the cursor, also
// before anything was drawn.
func TestATransactionAtGandG(t *testing.T) {
	m := purse()
	p := &txPage{d: deps(m.backend(), PlainTheme()), id: id("ab")}
	p.press("G")
	p.press("enter")
	p.take(txMsg{details: TxDetails{
		Tx: Tx{TxID: id("ab")}, Parents: []Neighbour{{Tx: Tx{TxID: id("01")}}}, Children: []Neighbour{{Tx: Tx{TxID: id("02")}}, {Tx: Tx{TxID: id("03")}}},
	}})
	p.render(80, 20)
	for key, want := range map[string]string{"G": id("03"), "g": id("01")} {
		if p.press(key); p.target() != want {
			t.Errorf("%s is at %s, want %s", key, p.target(), want)
		}
	}
}

// TestEverySizeIsDrawnWithinIt: no view leaves its place, however small or odd.
func TestEverySizeIsDrawnWithinIt(t *testing.T) {
	d := deps(purse().backend(), PlainTheme())
	for _, v := range []View{
		shown(t, newWallet, d), shown(t, newWallet, d, "a"), shown(t, newWallet, d, "c"), shown(t, newLedger, d),
		shown(t, newLedger, d, "j", "j", "enter"), shown(t, newProofs, d),
	} {
		for w := MinWidth; w < 170; w += 7 {
			for h := MinHeight - 4; h < 60; h += 5 {
				checkDrawing(t, v.ID(), v.Render(w, h), w, h)
			}
		}
	}
}

// TestQRIsReadable reads the modules back from what is drawn, on both kinds of
// terminal and in colours.
func TestQRIsReadable(t *testing.T) {
	want, err := qr.Encode(strings.ToUpper(moneyAddress), qr.L)
	if err != nil {
		t.Fatal(err)
	}
	plain := lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.Ascii))
	colours := lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.ANSI256))
	colours.SetColorProfile(termenv.ANSI256) // the option alone counts for terminals only
	for name, c := range map[string]struct {
		theme  *Theme
		invert bool
		ink    bool // what is drawn is the dark part
	}{
		"dark, without colours":           {makeTheme(ThemeDark, plain), false, false},
		"light, without colours":          {makeTheme(ThemeLight, plain), false, true},
		"dark, inverted":                  {makeTheme(ThemeDark, plain), true, true},
		"dark, with colours":              {makeTheme(ThemeDark, colours), false, true},
		"with colours inverting does not": {makeTheme(ThemeLight, colours), true, true},
	} {
		lines := newQR(moneyAddress).lines(c.theme, quietZone, c.invert)
		for y := range want.Size {
			for x := range want.Size {
				if got := module(lines, x+quietZone, y+quietZone) == c.ink; got != want.Black(x, y) {
					t.Fatalf("%s: module %d,%d is dark: %v, want %v", name, x, y, got, want.Black(x, y))
				}
			}
		}
		if module(lines, 0, 0) == c.ink || module(lines, want.Size+2*quietZone-1, quietZone) == c.ink {
			t.Errorf("%s: the border is dark", name)
		}
	}
}

// module reports whether a module is drawn.
func module(lines []string, x, y int) bool {
	plain := []rune(ansi.Strip(lines[y/2]))
	return strings.ContainsRune(map[int]string{0: "█▀", 1: "█▄"}[y%2], plain[x])
}

// TestSearchStopsAndGoesOn: a search through a million takes its steps, says where
// it stopped, and goes on when asked.
func TestSearchStopsAndGoesOn(t *testing.T) {
	m := million()
	m.count = (searchSteps + 2) * searchStretch
	v := shown(t, newLedger, deps(m.backend(), PlainTheme()), "/", "n", "o", "n", "e", "enter")
	got := v.Render(100, 24)
	if want := fmt.Sprintf("%s of %s looked at: stopped at depth", Count(searchSteps*searchStretch), Count(m.count)); !contains(got, want, "m searches on") {
		t.Fatalf("drawn\n%s\nwant %s", got, want)
	}
	_, cmd := v.Update(keyMsg("m"))
	drive(t, v, cmd)
	if got := v.Render(100, 24); !contains(got, Count(m.count)+" of "+Count(m.count)+" looked at: that is all") {
		t.Errorf("to its end:\n%s", got)
	}
}

func TestSearchKeepsWhatAListHolds(t *testing.T) {
	m := million()
	v := shown(t, newLedger, deps(m.backend(), PlainTheme()), "/", "p", "a", "y", "enter")
	if got := v.Render(100, 24); !contains(got, "500 found", "m shows the next", "1 of 500+") {
		t.Errorf("many:\n%s", got)
	}
	_, cmd := v.Update(keyMsg("m"))
	drive(t, v, cmd)
	if got := v.Render(100, 24); !contains(got, "payment 499,", "500 found") && !contains(got, "1,000 of") {
		t.Errorf("the next:\n%s", got)
	}
}

func TestEscapeEndsSearchThenStatus(t *testing.T) {
	v := shown(t, newLedger, deps(purse().backend(), PlainTheme()), "f", "f", "/", "s", "i", "d", "e", "enter")
	if got := v.Render(100, 24); !contains(got, "1 found") {
		t.Errorf("both:\n%s", got)
	}
	for _, want := range []string{"3 found", "genesis"} {
		cmd, ok := v.(Closer).Back()
		drive(t, v, cmd)
		if got := v.Render(100, 24); !ok || !contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	if _, ok := v.(Closer).Back(); ok {
		t.Error("there is something left to leave")
	}
}

// TestTrail goes from neighbour to neighbour and back.
func TestTrail(t *testing.T) {
	v := shown(t, newLedger, deps(purse().backend(), PlainTheme()), "j", "j", "enter", "enter")
	if got := v.Render(80, 24); !contains(got, "Transaction b2b2", "conflicted, a rival leads", "leads a1a1") {
		t.Errorf("the rival:\n%s", got)
	}
	for _, want := range []string{"Transaction a1a1", "Depth"} {
		cmd, ok := v.(Closer).Back()
		drive(t, v, cmd)
		if got := v.Render(80, 24); !ok || !contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

// TestTopFollows: at the top a list shows what comes; below, it stays where one reads.
func TestTopFollows(t *testing.T) {
	m := million()
	v := shown(t, newLedger, deps(m.backend(), PlainTheme()))
	more := func() {
		old := m.txs
		m.txs, m.count = func(i int) Tx {
			if i == 0 {
				return Tx{TxID: id("fe"), Kind: "transfer", Status: statusPending, Depth: 2_000_000, Memo: "just now"}
			}
			return old(i - 1)
		}, m.count+1
		_, cmd := v.Update(ChangedMsg{Changes{Ledger: true}})
		drive(t, v, cmd)
	}
	more()
	if got := v.Render(100, 24); !contains(got, "> 2,000,000") {
		t.Errorf("at the top:\n%s", got)
	}
	_, cmd := v.Update(keyMsg("j"))
	drive(t, v, cmd)
	before, _ := v.(*ledgerView).list.Selected()
	more()
	if after, _ := v.(*ledgerView).list.Selected(); after.Key != before.Key {
		t.Errorf("the cursor went from %s to %s", before.Key, after.Key)
	}
}

func TestProofsAreFilteredAndOrdered(t *testing.T) {
	files := purse().proofs
	names := func(q Query) (names []string) {
		for _, f := range orderProofs(files, q) {
			names = append(names, f.File)
		}
		return names
	}
	if got := names(Query{}); got[0] != "a1a1.torrent" || got[1] != "rent.torrent" || len(got) != 3 {
		t.Errorf("the newest first: %q", got)
	}
	if got := names(Query{Sort: "size", Desc: true}); got[0] != "rent.torrent" {
		t.Errorf("the largest first: %q", got)
	}
	if got := names(Query{Filter: "WITNESSED"}); !slices.Equal(got, []string{"a1a1.torrent"}) {
		t.Errorf("filtered: %q", got)
	}
}

// million is a ledger of a million payments.
func million() *money {
	m := purse()
	m.count = 1_000_000
	m.txs = func(i int) Tx {
		return Tx{
			TxID: fmt.Sprintf("%064x", i), Kind: "transfer", Status: statusConfirmed, At: clock().Add(-time.Duration(i) * time.Second),
			Depth: uint32(1_000_000 - i), Weight: "0.354", Memo: "payment " + Count(i),
		}
	}
	return m
}

// BenchmarkMoneyFrame draws the views of money once, at 140x40.
func BenchmarkMoneyFrame(b *testing.B) {
	dm, dp := deps(million().backend(), PlainTheme()), deps(purse().backend(), PlainTheme())
	for name, v := range map[string]View{
		"wallet": shown(b, newWallet, dp), "ledger": shown(b, newLedger, dm), "tx": shown(b, newLedger, dp, "j", "j", "enter"),
		"proofs": shown(b, newProofs, dp),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Render(140, 40)
			}
		})
	}
}

// BenchmarkMoneyPaging goes through a million transactions a page at a time, answers of
// the source and frames among it; an operation is one page.
func BenchmarkMoneyPaging(b *testing.B) {
	v := shown(b, newLedger, deps(million().backend(), PlainTheme()))
	v.Render(140, 40)
	at := "pgdown"
	for b.Loop() {
		_, cmd := v.Update(keyMsg(at))
		drive(b, v, cmd)
		v.Render(140, 40)
		if l := v.(*ledgerView).list; l.Cursor() == l.Total()-1 {
			at = "pgup"
		}
	}
}

// TestAConflictIsInWords: a row says it without colours, also of what the ledger lacks.
func TestAConflictIsInWords(t *testing.T) {
	v := &proofsView{d: deps(Backend{}, PlainTheme())}
	for status, want := range map[string]string{
		"unsolid": "in conflict", "unavailable": "in conflict", statusConflicted: statusConflicted, statusConfirmed: statusConfirmed, "rejected": "rejected",
	} {
		if row := v.row(ProofFile{File: "x", Level: "valid", Status: status, Rivals: []string{"bb"}}); row.Cells[1] != want || row.Tone != Bad {
			t.Errorf("%s: %q, tone %v", status, row.Cells[1], row.Tone)
		}
	}
	if row := v.row(ProofFile{File: "x", Level: "valid", Status: "unsolid"}); row.Cells[1] != "unsolid" {
		t.Errorf("without a rival: %q", row.Cells[1])
	}
	lines := verdictLines(Verdict{Level: "valid", Rivals: []string{"bb"}, Proven: []string{"much"}}, sheetWidth)
	if slices.Index(lines, "! bb") > slices.Index(lines, "+ much") || !slices.Contains(lines, "! bb") {
		t.Errorf("what matters most is not first: %q", lines)
	}
}
