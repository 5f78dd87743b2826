package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

const (
	// sizeEnv names a folder that `ttx ledger generate` filled. It is used
	// where it is, and stays as it is. Without it one of smallSize is made.
	sizeEnv   = "TTX_BENCH_FOLDER"
	smallSize = 20_000
	// behind is how many transactions a node lacks that catches up while it is
	// asked.
	behind = 20_000
	// catchUp is when a node that does not catch up is given up.
	catchUp = 5 * time.Minute
	// settleTime is how long the memory of an idle node has to stay the same.
	settleTime = 10 * time.Second
)

// bigFolder is a user whose folder holds a generated ledger.
func bigFolder(b *testing.B) *user {
	b.Helper()
	u := newUser(b, build(b))
	if dir := os.Getenv(sizeEnv); dir != "" {
		u.dir = dir
		return u
	}
	u.generate(smallSize)
	return u
}

func (u *user) generate(n uint64) {
	u.t.Helper()
	cmd := exec.Command(u.bin, "--dir", u.dir, "ledger", "generate", "--passphrase-file", u.secret, "--transactions", fmt.Sprint(n))
	if out, err := cmd.CombinedOutput(); err != nil {
		u.t.Fatalf("generate: %v\n%s", err, out)
	}
}

// process is a node in a process of its own.
type process struct {
	cmd   *exec.Cmd
	errs  bytes.Buffer
	ready time.Duration // after its start
	info  api.Node
}

func startProcess(b *testing.B, u *user, args ...string) *process {
	b.Helper()
	args = append([]string{"--dir", u.dir, "node", "--listen", "127.0.0.1:0", "--no-dht", "--json"}, args...)
	p := &process{cmd: exec.Command(u.bin, args...)}
	p.cmd.Stderr = &p.errs
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if b.Failed() {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
			b.Logf("the node on %s said: %.4000s", u.dir, p.errs.String())
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	p.ready = time.Since(began)
	if err != nil || json.Unmarshal(line, &p.info) != nil || !p.info.Ready {
		b.Fatalf("%q, %v, %s", line, p.cmd.Wait(), p.errs.String())
	}
	return p
}

func (p *process) stop(b *testing.B) {
	b.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		b.Fatalf("%v %s", err, p.errs.String())
	}
}

// resident is the memory of the process in bytes, now and at its highest.
func (p *process) resident(b *testing.B) (now, peak uint64) {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kb, _ := strconv.ParseUint(fields[1], 10, 64)
		switch fields[0] {
		case "VmRSS:":
			now = kb << 10
		case "VmHWM:":
			peak = kb << 10
		}
	}
	return now, peak
}

// settled is the memory of an idle process once it has stopped to change.
func (p *process) settled(b *testing.B) uint64 {
	b.Helper()
	const close = 1 << 20
	last, _ := p.resident(b)
	since := time.Now()
	for tick := time.Tick(time.Second); time.Since(since) < settleTime; <-tick {
		if now, _ := p.resident(b); max(now, last)-min(now, last) > close {
			last, since = now, time.Now()
		}
	}
	return last
}

// BenchmarkRestart starts a node on a folder: to the line that says that it is
// ready, its network joined. Then it idles until its memory has settled.
func BenchmarkRestart(b *testing.B) {
	u := bigFolder(b)
	var ready time.Duration
	var idle, peak uint64
	var status api.Status
	for b.Loop() {
		p := startProcess(b, u)
		ready += p.ready
		b.StopTimer()
		status = dial(b, u).status()
		idle = p.settled(b)
		_, peak = p.resident(b)
		p.stop(b)
		b.StartTimer()
	}
	b.ReportMetric(ready.Seconds()/float64(b.N), "s/start")
	b.ReportMetric(float64(idle)/1e6, "MB-idle")
	b.ReportMetric(float64(peak)/1e6, "MB-peak")
	b.ReportMetric(float64(status.Transactions), "tx")
	b.ReportMetric(0, "ns/op")
}

// client asks a node over its socket.
type client struct {
	b *testing.B
	*api.Client
}

func dial(b *testing.B, u *user) client {
	b.Helper()
	c, err := api.Dial(context.Background(), u.dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return client{b, c}
}

func (c client) status() api.Status {
	c.b.Helper()
	s, err := c.Status(context.Background())
	if err != nil {
		c.b.Fatal(err)
	}
	return s
}

// BenchmarkQueries asks a node over its local interface while it catches up
// with another process at full speed: 20,000 transactions on top of what the
// folder holds. Every question is asked by one client after the other, as often
// as answers come. p99 is the slowest of a hundred, in milliseconds.
func BenchmarkQueries(b *testing.B) {
	late := bigFolder(b)
	ahead := *late
	ahead.dir = filepath.Join(b.TempDir(), "ahead")
	copyFolder(b, late.dir, ahead.dir)
	ahead.generate(count(b, &ahead) + behind)
	for b.Loop() {
		b.StopTimer()
		spare := *late
		spare.dir = filepath.Join(b.TempDir(), "late") // it grows
		copyFolder(b, late.dir, spare.dir)
		source := startProcess(b, &ahead)
		node := startProcess(b, &spare, "--peer", source.info.Listen)
		b.StartTimer()
		goal := dial(b, &ahead).status().Transactions
		report(b, dial(b, &spare).askUntil(goal))
		b.StopTimer()
		node.stop(b)
		source.stop(b)
		b.StartTimer()
	}
	b.ReportMetric(0, "ns/op")
}

func copyFolder(b *testing.B, from, to string) {
	b.Helper()
	if out, err := exec.Command("cp", "-r", from, to).CombinedOutput(); err != nil {
		b.Fatalf("%v %s", err, out)
	}
}

// count is how many transactions a folder holds on which no node runs.
func count(b *testing.B, u *user) uint64 {
	b.Helper()
	out, err := exec.Command(u.bin, "--dir", u.dir, "status", "--json").Output()
	var s api.Status
	if err != nil || json.Unmarshal(out, &s) != nil {
		b.Fatalf("%v %s", err, out)
	}
	return s.Transactions
}

// answers is how long answers took, by question.
type answers struct {
	took map[string][]time.Duration
	rate float64 // transactions a second meanwhile
}

// askUntil asks until the node has goal transactions.
func (c client) askUntil(goal uint64) answers {
	c.b.Helper()
	ids := c.sample()
	a := answers{took: make(map[string][]time.Duration)}
	began, first, ctx := time.Now(), c.status().Transactions, context.Background()
	for have := first; have < goal; {
		if time.Since(began) > catchUp {
			c.b.Fatalf("%d transactions after %v, not %d; %d answers", have, catchUp, goal, len(a.took["status"]))
		}
		for what, ask := range map[string]func() error{
			"status":  func() error { s, err := c.Status(ctx); have = s.Transactions; return err },
			"tx":      func() error { _, err := c.Tx(ctx, ids[rand.IntN(len(ids))]); return err },
			"balance": func() error { _, err := c.Balance(ctx, nil); return err },
			"history": func() error { _, err := c.History(ctx, api.HistoryQuery{}); return err },
		} {
			asked := time.Now()
			if err := ask(); err != nil {
				c.b.Fatalf("%s: %v", what, err)
			}
			a.took[what] = append(a.took[what], time.Since(asked))
		}
	}
	a.rate = float64(goal-first) / time.Since(began).Seconds()
	return a
}

// sample is some transactions of the ledger, new and old.
func (c client) sample() (ids []string) {
	c.b.Helper()
	ctx := context.Background()
	history, err := c.History(ctx, api.HistoryQuery{Limit: api.MaxPage})
	if err != nil {
		c.b.Fatal(err)
	}
	for _, e := range history.Entries {
		ids = append(ids, e.TxID)
	}
	newest, err := c.Txs(ctx, api.TxQuery{Limit: api.MaxPage})
	if err != nil {
		c.b.Fatal(err)
	}
	for _, t := range newest.Transactions {
		ids = append(ids, t.TxID)
	}
	return ids
}

func report(b *testing.B, a answers) {
	for what, took := range a.took {
		slices.Sort(took)
		b.ReportMetric(took[len(took)*99/100].Seconds()*1000, what+"-p99-ms")
		b.ReportMetric(took[len(took)/2].Seconds()*1000, what+"-p50-ms")
	}
	b.ReportMetric(float64(len(a.took["status"])), "asked")
	b.ReportMetric(a.rate, "tx/s")
}
