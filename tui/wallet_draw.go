package tui

import (
	"fmt"
	"strings"
)

func (v *walletView) Render(w, h int) string {
	switch {
	case !v.loaded:
		return Empty(v.d.Theme, w, h, "One moment", "")
	case v.wallet.None != "":
		return Empty(v.d.Theme, w, h, "No wallet", v.wallet.None)
	case v.receive:
		return v.renderReceive(w, h)
	}
	side := v.sidePanel(w, h)
	left := w
	if side != nil {
		left = w - Width(side[0]) - 2
	}
	head := v.head(left)
	v.list().At(0, len(head))
	note := v.footNote(left)
	body := v.list().Render(left, max(2, h-len(head)-len(note)))
	if len(note) > 0 {
		body = Fit(body, left, h-len(head)-len(note))
	}
	all := strings.Join(append(append(head, strings.Split(body, "\n")...), note...), "\n")
	if side != nil {
		return beside(all, left, side)
	}
	return all
}

// footNote says what the list leaves out.
func (v *walletView) footNote(w int) []string {
	if v.note == "" || v.spends {
		return nil
	}
	return []string{v.d.Theme.Muted.Render(Cut("  "+Clean(v.note), w))}
}

// head is the balance and the address above the list.
func (v *walletView) head(w int) []string {
	t := v.d.Theme
	sums := t.Title.Render(v.wallet.Confirmed+" TTX") + " confirmed"
	if !v.wallet.Confirms {
		sums = t.Title.Render(v.wallet.Confirmed+" TTX") + " of record"
	}
	pending := v.wallet.Pending + " pending"
	doubtful := v.wallet.Conflicted + " conflicted"
	if v.wallet.Doubtful {
		doubtful = t.Warn.Render(doubtful + " (a double spend: not to be relied on)")
	} else {
		doubtful = t.Muted.Render(doubtful)
	}
	var lines []string
	if ClassOf(w) == Narrow {
		lines = []string{Cut(sums, w), Cut(pending+"  "+doubtful, w)}
	} else {
		lines = []string{Cut(sums+"   "+pending+"   "+doubtful, w)}
	}
	if !v.wallet.Confirms {
		lines = append(lines, t.Muted.Render(Cut("nobody votes on this network: what is pending stays so, and can be spent", w)))
	}
	lines = append(lines, t.Muted.Render("address ")+CutMiddle(v.wallet.Address, w-8))
	title := map[bool]string{false: "History", true: "Coins"}[v.spends]
	return append(lines, "", t.Title.Render(title))
}

// sidePanel is the code beside the list, where there is room for it.
func (v *walletView) sidePanel(w, h int) []string {
	if ClassOf(w) != Wide {
		return nil
	}
	zone, ok := v.qr.fits(w-80, h-1)
	if !ok {
		return nil
	}
	lines := v.qr.lines(v.d.Theme, zone, v.invert)
	return append(lines, v.d.Theme.Muted.Render(Pad("pay to this address", Width(lines[0]))))
}

// renderReceive is the address with its code, as large as it can be.
func (v *walletView) renderReceive(w, h int) string {
	t := v.d.Theme
	title := t.Title.Render("Be paid at this address") + t.Muted.Render(fmt.Sprintf("   %d given out", v.wallet.Issued))
	lines := []string{Cut(title, w)}
	address := Wrap(v.wallet.Address, w)
	zone, ok := v.qr.fits(w, h-1-len(address))
	if ok {
		lines = append(lines, v.qr.lines(t, zone, v.invert)...)
	}
	lines = append(lines, address...)
	if !ok {
		_, need := v.qr.size(quietZoneLeast)
		lines = append(lines, "", t.Muted.Render(Cut(fmt.Sprintf("The QR code takes a window of %d lines more.", need+1+len(address)-h), w)))
	}
	return strings.Join(lines, "\n")
}
