package main_test

import (
	"context"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fetched is how many torrents BenchmarkTorrents fetches.
const fetched = 20

// BenchmarkTorrents fetches transactions as torrents, of which none is live,
// from a node with libtorrent: metadata and content by infohash alone, one
// after the other. It is to take the same time whatever number of torrents
// stands behind the node. Of the second that each takes, nearly all is
// libtorrent's, which dials once a second. On Debian: apt-get install python3-libtorrent.
func BenchmarkTorrents(b *testing.B) {
	u := bigFolder(b)
	var took []time.Duration
	var behindIt uint64
	for b.Loop() {
		b.StopTimer()
		p := startProcess(b, u)
		c := dial(b, u)
		behindIt = c.status().Transactions
		hashes := c.infohashes(fetched)
		b.StartTimer()
		took = append(took, fetch(b, p.info.Listen, hashes)...)
		b.StopTimer()
		p.stop(b)
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric(float64(behindIt), "torrents")
	b.ReportMetric(0, "ns/op")
}

// infohashes are those of some transactions, new and old.
func (c client) infohashes(n int) (list []string) {
	c.b.Helper()
	ids := c.sample()
	for i := range n {
		x, err := c.Tx(context.Background(), ids[i*len(ids)/n])
		if err != nil {
			c.b.Fatal(err)
		}
		if !slices.Contains(list, x.Infohash) {
			list = append(list, x.Infohash)
		}
	}
	return list
}

func fetch(b *testing.B, peer string, hashes []string) (took []time.Duration) {
	b.Helper()
	cmd := exec.Command("/usr/bin/python3", "testdata/fetch.py", b.TempDir(), peer)
	cmd.Stdin = strings.NewReader(strings.Join(hashes, "\n"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		s, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Duration(s*float64(time.Second)))
	}
	if len(took) != len(hashes) {
		b.Fatalf("%d of %d were fetched", len(took), len(hashes))
	}
	return took
}
