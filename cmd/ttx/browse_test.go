package main_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// window is how many rows the interactive client asks for at once, in a window of
// 40 lines.
const window = 160

// browses is how often each question is asked.
const browses = 50

// BenchmarkBrowse asks a node what the interactive client asks while somebody goes
// through its ledger and its wallet, and while a payment is searched that is not
// there. It reports the median and the slowest of each, in milliseconds.
func BenchmarkBrowse(b *testing.B) {
	u := bigFolder(b)
	p := startProcess(b, u)
	c := dial(b, u)
	total := int(c.status().Transactions)
	history, err := c.History(b.Context(), api.HistoryQuery{Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	newest, err := c.Txs(b.Context(), api.TxQuery{Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for what, ask := range map[string]func(ctx context.Context, i int) error{
			"ledger-top":  c.page(0),
			"ledger-deep": func(ctx context.Context, i int) error { return c.page((i*7919*1013)%total)(ctx, i) },
			"ledger-end":  c.page(max(0, total-window)),
			"history-top": c.past(0),
			"history-end": c.past(max(0, history.Total-window)),
			"find-id":     c.find(newest.Transactions[0].TxID),
			"search-once": c.find("nobody wrote this memo"),
			"details": func(ctx context.Context, _ int) error {
				_, err := c.Around(ctx, newest.Transactions[0].TxID)
				return err
			},
			"conflicts":     c.search(api.SearchQuery{Status: api.StatusConflicted, Limit: window}),
			"payments-only": c.search(api.SearchQuery{Kind: api.KindTransfer, Limit: window}),
		} {
			c.measure(what, ask)
		}
		began, scanned := time.Now(), c.searchAll("nobody wrote this memo")
		b.ReportMetric(time.Since(began).Seconds(), "s/search-all")
		if scanned != total {
			b.Errorf("%d of %d were looked at", scanned, total)
		}
	}
	b.ReportMetric(float64(total), "tx")
	b.ReportMetric(float64(history.Total), "history")
	b.ReportMetric(0, "ns/op")
	p.stop(b)
}

func (c client) measure(what string, ask func(context.Context, int) error) {
	c.b.Helper()
	var took []time.Duration
	for i := range browses {
		began := time.Now()
		if err := ask(c.b.Context(), i); err != nil {
			c.b.Fatalf("%s: %v", what, err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	c.b.ReportMetric(took[browses/2].Seconds()*1000, what+"-p50-ms")
	c.b.ReportMetric(took[browses-1].Seconds()*1000, what+"-max-ms")
}

func (c client) page(skip int) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error {
		p, err := c.Txs(ctx, api.TxQuery{Skip: skip, Limit: window})
		if err == nil && len(p.Transactions) == 0 {
			err = fmt.Errorf("no transactions below %d of %d", skip, p.Total)
		}
		return err
	}
}

func (c client) past(skip int) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error {
		_, err := c.History(ctx, api.HistoryQuery{Skip: skip, Limit: window})
		return err
	}
}

func (c client) find(text string) func(context.Context, int) error {
	return c.search(api.SearchQuery{Text: text, Limit: window})
}

func (c client) search(q api.SearchQuery) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error {
		_, err := c.Search(ctx, q)
		return err
	}
}

// searchAll searches the whole ledger, answer by answer, and counts what was looked at.
func (c client) searchAll(text string) (scanned int) {
	c.b.Helper()
	q := api.SearchQuery{Text: text, Limit: window}
	for {
		p, err := c.Search(c.b.Context(), q)
		if err != nil {
			c.b.Fatal(err)
		}
		scanned += p.Scanned
		if p.Next == "" {
			return scanned
		}
		q.After = p.Next
	}
}
