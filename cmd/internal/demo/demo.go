// Package demo runs the main job on one machine: a private network of complete
// nodes that meet through BitTorrent, pay each other, survive a double spend,
// and take in a newcomer who has nothing but one transaction's .torrent file.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/journal"
)

// Options is what a demo is made from.
type Options struct {
	// Nodes is how many nodes there are before the late one, at least 2;
	// Payments how many payments they make together.
	Nodes, Payments int
	// Keep is the folder to leave everything in; empty means a temporary one
	// that is removed.
	Keep string
	// Version is the program's.
	Version string
	// Progress is told what happens, a line at a time.
	Progress func(format string, args ...any)
	// Logger receives the nodes' messages; nil discards.
	Logger *slog.Logger
	// Journal is the first node's, whose messages go there alone; nil for one of its own.
	Journal *journal.Journal
}

// Bounds of the options.
const (
	MinNodes, MaxNodes = 2, 32
	MaxPayments        = 100_000
)

// ErrDisagree means that the nodes did not end with one state and one winner.
var ErrDisagree = errors.New("the nodes do not agree")

// ErrOptions means that the demo cannot be made as asked.
var ErrOptions = errors.New("impossible demo")

// Result is what a demo ends with; its JSON names are fixed.
type Result struct {
	Nodes        int    `json:"nodes"`
	Transactions uint64 `json:"transactions"`
	Confirmed    uint64 `json:"confirmed"`
	// State is the state identifier of each node, the late one last, in
	// hexadecimal.
	State []string `json:"state"`
	Equal bool     `json:"equal"`

	DoubleSpend DoubleSpend `json:"double_spend"`
	LateNode    LateNode    `json:"late_node"`
	// Seconds is the whole time.
	Seconds float64 `json:"seconds"`

	// Reports are the nodes' last states, for people.
	Reports []Report `json:"-"`
}

// DoubleSpend is what became of it.
type DoubleSpend struct {
	// A and B are the two spends, Winner the confirmed one.
	A      string `json:"a"`
	B      string `json:"b"`
	Winner string `json:"winner"`
	// Agreed: every node confirmed the winner and rejected the other.
	Agreed bool `json:"agreed"`
}

// LateNode is how the newcomer came in.
type LateNode struct {
	// From is what its first transaction came by: "torrent".
	From    string  `json:"from"`
	Seconds float64 `json:"seconds"`
}

// Report is one node's line.
type Report struct {
	Name   string
	Status api.Status
	// Since is how long the node ran.
	Since time.Duration
	// A and B are the statuses of the two spends.
	A, B string
}

// Run makes the demo. The error is ErrDisagree when the nodes ended with
// different states; the result is complete even then.
func Run(ctx context.Context, opts Options) (Result, error) {
	if err := opts.check(); err != nil {
		return Result{}, err
	}
	began := time.Now()
	w, err := build(opts)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	r, err := w.story(ctx)
	r.Seconds = time.Since(began).Seconds()
	if err == nil && !(r.Equal && r.DoubleSpend.Agreed) {
		err = ErrDisagree
	}
	return r, err
}

func (o *Options) check() error {
	switch {
	case o.Nodes < MinNodes || o.Nodes > MaxNodes:
		return fmt.Errorf("%w: %d nodes, want %d to %d", ErrOptions, o.Nodes, MinNodes, MaxNodes)
	case o.Payments < 1 || o.Payments > MaxPayments:
		return fmt.Errorf("%w: %d payments, want 1 to %d", ErrOptions, o.Payments, MaxPayments)
	}
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	return nil
}

// story is the demo from start to end.
func (w *world) story(ctx context.Context) (Result, error) {
	r := Result{Nodes: len(w.members)}
	if err := w.startAll(ctx); err != nil {
		return r, fmt.Errorf("start the nodes: %w", err)
	}
	if err := w.payAll(ctx); err != nil {
		return r, fmt.Errorf("pay: %w", err)
	}
	double, err := w.doubleSpend(ctx)
	r.DoubleSpend = double
	if err != nil {
		return r, fmt.Errorf("double spend: %w", err)
	}
	if r.LateNode, err = w.lateNode(ctx); err != nil {
		return r, fmt.Errorf("late node: %w", err)
	}
	return w.judge(ctx, r)
}

// judge waits until all nodes hold one state and says what they hold.
func (w *world) judge(ctx context.Context, r Result) (Result, error) {
	err := w.await(ctx, w.agree)
	for _, m := range w.members {
		status, statusErr := m.node.Backend().Status(ctx)
		if statusErr != nil {
			return r, statusErr
		}
		report := Report{Name: m.name, Status: status, Since: time.Since(m.started)}
		report.A, report.B = m.status(ctx, r.DoubleSpend.A), m.status(ctx, r.DoubleSpend.B)
		r.Reports = append(r.Reports, report)
		r.State = append(r.State, status.State)
		r.Transactions, r.Confirmed = status.Transactions, status.Confirmed
	}
	r.Equal = err == nil && w.agree(ctx)
	r.DoubleSpend.Winner, r.DoubleSpend.Agreed = winner(r)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nil // the result says that they are not equal
	}
	return r, err
}

// winner returns the spend that every node confirmed while it rejected the
// other one.
func winner(r Result) (string, bool) {
	a, b := 0, 0
	for _, report := range r.Reports {
		switch {
		case report.A == api.StatusConfirmed && report.B == api.StatusRejected:
			a++
		case report.B == api.StatusConfirmed && report.A == api.StatusRejected:
			b++
		}
	}
	switch {
	case len(r.Reports) > 0 && a == len(r.Reports):
		return r.DoubleSpend.A, true
	case len(r.Reports) > 0 && b == len(r.Reports):
		return r.DoubleSpend.B, true
	}
	return "", false
}

// folder returns the folder to work in and what removes it.
func folder(keep string) (dir string, remove func(), err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "ttx-demo-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	if entries, err := os.ReadDir(keep); err == nil && len(entries) > 0 {
		return "", nil, fmt.Errorf("%w: %s is not empty; name a new folder", ErrOptions, keep)
	}
	dir, err = filepath.Abs(keep)
	if err != nil {
		return "", nil, err
	}
	return dir, func() {}, os.MkdirAll(dir, 0o700)
}
