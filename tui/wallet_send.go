package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// The steps of a payment.
type (
	plannedMsg struct {
		plan Plan
		why  string // what became of the plan before; empty for the first one
		err  error
	}
	paidMsg struct {
		plan Plan
		paid Paid
		err  error
	}
	decidedMsg struct {
		txid, status string
		err          error
	}
	addressMsg struct {
		address string
		locked  bool // it was tried with a passphrase
		err     error
	}
)

// send opens the form of a payment. What it burns and what comes back stand there
// while it is typed.
func (v *walletView) send() tea.Cmd {
	src := v.d.Backend.Wallet
	intro, payee := v.trialPayment()
	first := 0
	if payee != "" {
		first = 1
	}
	return Show(&Form{
		Title: "Send TTX", Intro: intro, Yes: "see what is signed", Begin: first,
		Fields: []Field{
			{Name: "address", Label: "To", Hint: "ttx1p…", Value: payee, Check: needed("an address", src.CheckAddress)},
			{Name: "amount", Label: "Amount", Hint: "in TTX, such as 12.5", Check: needed("an amount", src.CheckAmount)},
			{Name: "memo", Label: "Memo", Hint: "everybody can read it", Check: src.CheckMemo},
		},
		Preview: func(values map[string]string) tea.Cmd {
			return v.d.Do(func(ctx context.Context) tea.Msg {
				plan, err := src.Plan(ctx, paymentOf(values))
				if err != nil {
					return PreviewMsg{Values: values, Problem: err.Error()}
				}
				return PreviewMsg{Values: values, Lines: append([]string{""}, planLines(plan)...)}
			})
		},
		Submit: func(values map[string]string) tea.Cmd { return v.plan(paymentOf(values), "") },
	})
}

// plan chooses the coins of a payment and asks whether to make it. why says what
// became of the plan before.
func (v *walletView) plan(p Payment, why string) tea.Cmd {
	return v.d.Do(func(ctx context.Context) tea.Msg {
		plan, err := v.d.Backend.Wallet.Plan(ctx, p)
		return plannedMsg{plan, why, err}
	})
}

// trialPayment says whose coins these are, and whom they may be paid to, when the
// wallet is there to be tried.
func (v *walletView) trialPayment() (intro []string, payee string) {
	t := v.wallet.Trial
	if t == nil {
		return nil, ""
	}
	return []string{"These coins are worth nothing: try it. The address is another node's of this demo; " +
		"the wallet's passphrase is " + t.Passphrase + "."}, t.Payee
}

// passphraseField asks for the passphrase; one that is no secret stands there.
func (v *walletView) passphraseField(hint string) Field {
	if t := v.wallet.Trial; t != nil {
		hint = "here it is " + t.Passphrase
	}
	return Field{Name: "passphrase", Label: "Passphrase", Hint: hint, Secret: true, Check: someSecret}
}

// needed checks that something was typed, then what.
func needed(what string, check func(string) string) func(string) string {
	return func(value string) string {
		if strings.TrimSpace(value) == "" {
			return "type " + what
		}
		return check(value)
	}
}

func paymentOf(values map[string]string) Payment {
	return Payment{
		Address: strings.TrimSpace(values["address"]), Amount: strings.TrimSpace(values["amount"]), Memo: values["memo"],
	}
}

func planLines(p Plan) []string {
	return []string{
		fmt.Sprintf("burns %s TTX for %s, %s", p.Burn, Plural(p.Bytes, "byte"), Plural(p.Inputs, "input")),
		fmt.Sprintf("change %s TTX comes back", p.Change),
	}
}

// confirmPayment shows everything that will be signed, and asks for the passphrase:
// only that moves money. why says why it is asked for again; empty the first time.
func (v *walletView) confirmPayment(p Plan, why string) tea.Cmd {
	intro := []string{"pay " + p.Amount + " TTX to", p.Address}
	if p.Memo != "" {
		intro = append(intro, "memo, public: "+p.Memo)
	}
	intro = append(append(intro, planLines(p)...), "It cannot be taken back.")
	if why != "" {
		intro = append(intro, why)
	}
	return Show(&Form{
		Title: "Pay " + p.Amount + " TTX?", Intro: intro, Yes: "sign and send",
		Fields: []Field{v.passphraseField("of the wallet; Esc cancels")},
		Submit: func(values map[string]string) tea.Cmd {
			sign := v.d.Order(func(ctx context.Context) tea.Msg {
				paid, err := p.Pay(ctx, values["passphrase"])
				return paidMsg{p, paid, err}
			})
			return tea.Sequence(Notify(Quiet, "unlocking the wallet takes a second"), sign)
		},
	})
}

func someSecret(value string) string {
	if value == "" {
		return "type the wallet's passphrase"
	}
	return ""
}

// followPayment goes on with a payment, and with a new address.
func (v *walletView) followPayment(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case plannedMsg:
		if msg.err != nil {
			return Fail(msg.err)
		}
		return v.confirmPayment(msg.plan, msg.why)
	case paidMsg:
		return v.paid(msg)
	case decidedMsg:
		return tea.Batch(decided(msg), v.reload())
	case addressMsg:
		return v.addressed(msg)
	}
	return nil
}

func (v *walletView) paid(msg paidMsg) tea.Cmd {
	switch {
	case errors.Is(msg.err, ErrPassphrase):
		return v.confirmPayment(msg.plan, "That was not the passphrase; nothing was sent.")
	case errors.Is(msg.err, ErrCoinsGone):
		return v.plan(msg.plan.Payment, "Another payment took its coins meanwhile; nothing was sent. This is planned anew.")
	case msg.err != nil:
		return Fail(msg.err)
	}
	id := msg.paid.TxID
	wait := v.d.Order(func(ctx context.Context) tea.Msg {
		status, err := v.d.Backend.Wallet.Wait(ctx, id)
		return decidedMsg{id, status, err}
	})
	return tea.Sequence(Notify(Plain, "handed in: "+shortID(id)+" is "+msg.paid.Status), tea.Batch(wait, v.reload()))
}

// decided says what became of a payment that was waited for.
func decided(msg decidedMsg) tea.Cmd {
	id := shortID(msg.txid)
	switch {
	case errors.Is(msg.err, context.Canceled):
		return nil
	case msg.err != nil:
		return Notify(Warn, "payment "+id+" is not decided yet; it was handed in all the same")
	case msg.status == statusConfirmed:
		return Notify(Good, "payment "+id+" is confirmed")
	case msg.status == statusPending:
		return Notify(Plain, "payment "+id+" is pending; nobody votes on this network")
	}
	return Notify(Bad, "payment "+id+" is "+msg.status+": see its rivals in Ledger")
}

// newAddress gives out an address, with the passphrase when that is needed.
func (v *walletView) newAddress(passphrase string) tea.Cmd {
	return v.d.Order(func(ctx context.Context) tea.Msg {
		address, err := v.d.Backend.Wallet.NewAddress(ctx, passphrase)
		return addressMsg{address, passphrase != "", err}
	})
}

func (v *walletView) addressed(msg addressMsg) tea.Cmd {
	switch {
	case errors.Is(msg.err, ErrLocked), errors.Is(msg.err, ErrPassphrase):
		return v.unlockForAddress(msg.locked)
	case msg.err != nil:
		return Fail(msg.err)
	}
	v.receive = true
	return tea.Batch(Notify(Good, "a new address; the ones before go on working"), v.reload())
}

func (v *walletView) unlockForAddress(wrong bool) tea.Cmd {
	intro := []string{"All addresses that were made in advance are given out; more are made from the words."}
	if wrong {
		intro = append(intro, "That was not the passphrase.")
	}
	return Show(&Form{
		Title: "A new address", Intro: intro, Yes: "unlock",
		Fields: []Field{v.passphraseField("of the wallet")},
		Submit: func(values map[string]string) tea.Cmd { return v.newAddress(values["passphrase"]) },
	})
}
