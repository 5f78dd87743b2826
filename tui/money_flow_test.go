package tui

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/teatest"
)

// at starts the program on a view.
func at(t *testing.T, m *money, digit string, seen ...string) *teatest.TestModel {
	t.Helper()
	p := start(t, m.backend(), 100, 30)
	see(t, p, "in step")
	press(p, digit)
	see(t, p, seen...)
	return p
}

func (m *money) payments() []Payment {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.paid)
}

func TestSend(t *testing.T) {
	m := purse()
	p := at(t, m, "2", "12.5 TTX", "History")
	press(p, "n")
	see(t, p, "Send TTX")
	write(p, "ttx1nonsense")
	see(t, p, "not an address")
	press(p, "ctrl+u")
	write(p, otherAddress)
	press(p, "tab")
	write(p, "all")
	see(t, p, "not an amount")
	press(p, "ctrl+u")
	write(p, "99")
	see(t, p, "not enough: 99 TTX")
	press(p, "tab", "enter") // what cannot be paid goes nowhere
	press(p, "shift+tab", "ctrl+u")
	write(p, "5")
	see(t, p, "burns 0.354 TTX for 350 bytes", "change 7.1 TTX")
	press(p, "tab")
	write(p, "tea")
	see(t, p, "353 bytes")
	press(p, "enter")
	see(t, p, "Pay 5 TTX?", otherAddress, "memo, public: tea", "cannot be taken back", "Passphrase")
	press(p, "enter") // without a passphrase nothing moves
	see(t, p, "type the wallet's passphrase")
	write(p, "wrong")
	press(p, "enter")
	see(t, p, "nothing was sent")
	if got := m.payments(); len(got) != 0 {
		t.Errorf("paid with a wrong passphrase: %v", got)
	}
	write(p, passphrase)
	press(p, "enter")
	see(t, p, "payment abababababab is confirmed")
	quit(t, p)
	if got := m.payments(); !slices.Equal(got, []Payment{{otherAddress, "5", "tea"}}) {
		t.Errorf("paid %v", got)
	}
}

// TestSendIsPlannedAnewWhenItsCoinsAreGone shows the new plan before it signs that.
func TestSendIsPlannedAnewWhenItsCoinsAreGone(t *testing.T) {
	m := purse()
	m.gone = 1
	p := at(t, m, "2", "History")
	press(p, "n")
	see(t, p, "Send TTX")
	write(p, otherAddress)
	press(p, "tab")
	write(p, "5")
	see(t, p, "change 7.1 TTX")
	press(p, "enter", "enter")
	see(t, p, "Pay 5 TTX?")
	write(p, passphrase)
	press(p, "enter")
	see(t, p, "took its coins", "planned anew")
	if got := m.payments(); len(got) != 0 {
		t.Errorf("paid with coins that are gone: %v", got)
	}
	write(p, passphrase)
	press(p, "enter")
	see(t, p, "is confirmed")
	quit(t, p)
	if got := m.payments(); len(got) != 1 {
		t.Errorf("paid %v", got)
	}
}

// TestTryAPayment: whoever looks at a demo is told whom to pay and with what.
func TestTryAPayment(t *testing.T) {
	m := purse()
	m.trial = &Trial{Passphrase: passphrase, Payee: otherAddress}
	p := at(t, m, "2", "12.5 TTX", "History")
	press(p, "n")
	see(t, p, "worth nothing: try it", "passphrase is "+passphrase, otherAddress)
	write(p, "5")
	see(t, p, "burns 0.354 TTX")
	press(p, "tab", "enter")
	see(t, p, "Pay 5 TTX?", "here it is "+passphrase)
	write(p, passphrase)
	press(p, "enter")
	see(t, p, "is confirmed")
	quit(t, p)
	if got := m.payments(); !slices.Equal(got, []Payment{{otherAddress, "5", ""}}) {
		t.Errorf("paid %v", got)
	}
}

func TestSendIsCancelled(t *testing.T) {
	m := purse()
	p := at(t, m, "2", "History")
	press(p, "n")
	see(t, p, "Send TTX")
	write(p, otherAddress)
	press(p, "tab")
	write(p, "5")
	see(t, p, "change 7.1 TTX")
	press(p, "enter")
	press(p, "enter")
	see(t, p, "Pay 5 TTX?")
	write(p, passphrase)
	press(p, "esc", "6")
	see(t, p, "the disk is nearly full") // the keys are the program's again
	quit(t, p)
	if got := m.payments(); len(got) != 0 {
		t.Errorf("paid %v", got)
	}
}

// TestThePassphraseIsNeverDrawn looks at everything that reached the terminal.
func TestThePassphraseIsNeverDrawn(t *testing.T) {
	m := purse()
	plan, err := m.Plan(t.Context(), Payment{otherAddress, "5", ""})
	if err != nil {
		t.Fatal(err)
	}
	v := shown(t, newWallet, deps(m.backend(), PlainTheme())).(*walletView)
	a := newApp(t.Context(), options(m.backend()))
	a.Update(a.Init()())
	a.Update(v.confirmPayment(plan, "")())
	for _, r := range passphrase {
		a.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		if got := a.View(); strings.Contains(got, "corr") || !strings.Contains(got, "•") {
			t.Fatalf("drawn:\n%s", got)
		}
	}
}

func TestNoWallet(t *testing.T) {
	m := purse()
	m.none = "Make one with: ttx wallet new"
	p := at(t, m, "2", "No wallet", "ttx wallet new")
	press(p, "n") // off, with the reason
	quit(t, p)
}

func TestANewAddressAsksForThePassphraseWhenNoneIsLeft(t *testing.T) {
	m := purse()
	m.pool = true
	p := at(t, m, "2", "History")
	press(p, "A")
	see(t, p, "A new address", "Passphrase")
	write(p, "wrong")
	press(p, "enter")
	see(t, p, "was not the passphrase")
	write(p, passphrase)
	press(p, "enter")
	see(t, p, "Be paid at this address")
	quit(t, p)
}

func TestHistoryLeadsToTheTransaction(t *testing.T) {
	p := at(t, purse(), "2", "History", "rent")
	press(p, "enter")
	see(t, p, "Transaction b2b2", "a rival leads")
	quit(t, p)
}

func TestSearchAndConflict(t *testing.T) {
	p := at(t, purse(), "3", "genesis")
	press(p, "/")
	write(p, "first side")
	press(p, "enter")
	see(t, p, "1 found", "that is all")
	press(p, "enter")
	see(t, p, "conflicted, it leads", "Conflict: these spend the same coins", "leads a1a1a1a1a1a1", "rival", "has not said", "FORKED")
	press(p, "enter")
	see(t, p, "conflicted, a rival leads")
	press(p, "esc")
	see(t, p, "it leads")
	press(p, "esc", "esc")
	see(t, p, "orphaned")
	quit(t, p)
}

func TestUnknownTransaction(t *testing.T) {
	p := at(t, purse(), "3", "genesis")
	press(p, ":")
	write(p, "show "+id("77"))
	press(p, "enter")
	see(t, p, "Not shown: 7777", "this ledger")
	press(p, "esc")
	see(t, p, "genesis")
	quit(t, p)
}

func TestExportProof(t *testing.T) {
	m := purse()
	p := at(t, m, "3", "genesis")
	press(p, "j", "j", "p")
	see(t, p, "Export a proof of a1a1a1a1a1a1", "folder of proofs", "recent")
	write(p, "rent.torrent")
	press(p, "tab", "right", "tab", "right")
	see(t, p, "full", "no")
	press(p, "enter")
	see(t, p, "written: proofs/rent.torrent, 2.00 KiB")
	quit(t, p)
	if want := (ProofExport{ID: id("a1"), Path: "rent.torrent", Chain: chainFull}); !slices.Equal(m.exported, []ProofExport{want}) {
		t.Errorf("exported %+v, want %+v", m.exported, want)
	}
}

func TestImportProof(t *testing.T) {
	m := purse()
	p := at(t, m, "5", "witnessed", "refused")
	press(p, "i")
	see(t, p, "Import a proof")
	write(p, "film.mkv")
	press(p, "enter")
	see(t, p, "film.mkv is no proof")
	press(p, "i")
	see(t, p, "Import a proof")
	write(p, "/mnt/stick/rent.torrent")
	press(p, "enter")
	see(t, p, "verdict       witnessed", "+ The signatures", "- Whether a rival", "3 transactions are new here")
	press(p, "esc")
	press(p, "j", "j", "enter")
	see(t, p, "Refused:", "the info is of another client")
	press(p, "esc")
	quit(t, p)
	if !slices.Equal(m.imported, []string{"/mnt/stick/rent.torrent"}) {
		t.Errorf("imported %q", m.imported)
	}
}
