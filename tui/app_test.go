package tui

import (
	"context"
	"errors"
	"testing"
)

func lab() *fake {
	return &fake{
		overview: Overview{Network: "lab", Ledger: true, Transactions: 215, Peers: 5, InStep: 5, Voters: 3},
		lines: []LogLine{
			{Seq: 1, At: clock(), Level: Info, Text: "listening at 127.0.0.1:7478"},
			{Seq: 2, At: clock(), Level: Warning, Text: "the disk is nearly full"},
		},
		settings: Settings{Path: "settings.toml", List: []Setting{
			{Key: "dht", Value: "true", From: "default", Default: "true", Live: false},
			{Key: "limit_up", Value: "2.00 MiB/s", From: "file", Default: "none", Live: true},
		}},
		commands: []Command{{Path: "tx show", Args: "TXID", Help: "Show a transaction"}},
	}
}

func TestStartShowsTheStateAndTheViews(t *testing.T) {
	m := start(t, lab().backend(), 100, 24)
	see(t, m, "ttx · lab", "in step with 5 of 5 peers", "1 Torrents", "7 Settings")
	quit(t, m)
}

func TestTabAndDigitsLeadThroughTheViews(t *testing.T) {
	m := start(t, lab().backend(), 100, 24)
	see(t, m, "in step")
	press(m, "6")
	see(t, m, "the disk is nearly full", "listening at")
	press(m, "tab")
	see(t, m, "limit_up")
	quit(t, m)
}

func TestFilterNarrowsAListAndEscapeWidensIt(t *testing.T) {
	m := start(t, lab().backend(), 100, 24)
	see(t, m, "in step")
	press(m, "6", "/", "d", "i", "s", "k", "enter")
	see(t, m, "/disk", "1 of 1")
	press(m, "esc")
	see(t, m, "listening at")
	quit(t, m)
}

func TestPaletteRunsAVerbOfTheCommandLine(t *testing.T) {
	m := start(t, lab().backend(), 100, 24)
	see(t, m, "in step")
	press(m, ":", "t", "x", "tab", "enter")
	see(t, m, `ran ["tx" "show"]`)
	press(m, "esc")
	quit(t, m)
}

func TestHelpListsTheKeys(t *testing.T) {
	m := start(t, lab().backend(), 100, 60)
	see(t, m, "in step")
	press(m, "6", "?")
	see(t, m, "Keys and commands", "whole message", "read the file again", "Everywhere")
	press(m, "esc")
	quit(t, m)
}

func TestNoNodeSaysWhy(t *testing.T) {
	o := options(Backend{})
	o.Connect = func(context.Context) (Backend, error) { return Backend{}, errors.New("no node runs on /data") }
	a := newApp(t.Context(), o)
	a.Update(a.Init()())
	if got := a.View(); !contains(got, "No node", "no node runs on /data") {
		t.Errorf("drawn:\n%s", got)
	}
}
