package node

import (
	"bufio"
	"context"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ext/fetch"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// TestLedgerFromAPlainSeederAlone: the .torrent of one transaction names it and
// the address of a libtorrent that never heard of ttx. Nobody else is there, and
// the whole ledger comes.
func TestLedgerFromAPlainSeederAlone(t *testing.T) {
	const count, width = 100, 4
	n := ledgertest.NewNetwork(width, 0)
	all := n.Chains(count-1, width, rand.New(rand.NewPCG(1, 2)))
	var heads []tx.Outpoint
	for _, head := range all[len(all)-width:] {
		heads = append(heads, ledgertest.Coin(head))
	}
	last := n.Spend("descends from all the others", heads)
	all = append(all, last)
	want := rootOf(t, ledgertest.Raws(append([]*tx.Tx{n.Genesis}, all...)...))

	opts := Options{Dir: config.Folder(t.TempDir())}
	opts.UseFile(mailed(t, n.Genesis, last, seed(t, n.Genesis, all)))
	if opts.First == nil || *opts.First != (Torrent{last.ID(), last.Infohash()}) || len(opts.Hints) != 1 {
		t.Fatalf("the .torrent says %+v, hints %v", opts.First, opts.Hints)
	}
	node := start(t, opts)
	await(t, node, "the ledger is whole", func() bool { return node.ledger.Snapshot().T.Root() == want })
	if got := node.ledger.Snapshot().Transactions(); got != count+1 {
		t.Errorf("%d transactions, want %d and the genesis", got, count)
	}
	if peers, err := node.Backend().Peers(testContext(t)); err != nil || len(peers) > 0 {
		t.Errorf("%d peers that speak ttx, %v", len(peers), err)
	}
	for _, x := range all {
		if h, err := node.ledger.FindInfohash(x.Infohash()); err != nil || h != x.ID() {
			t.Errorf("%s is not found by its infohash: %v", x.ID(), err)
		}
	}
	await(t, node, "the first one's source is known", func() bool { return node.FirstFrom() != "" })
	if from := node.FirstFrom(); from != fetch.Source {
		t.Errorf("the first transaction came from %q", from)
	}
}

// mailed is the .torrent that somebody sends: no transaction inside but the
// genesis.
func mailed(t *testing.T, genesis, x *tx.Tx, seeder netip.AddrPort) *tx.File {
	t.Helper()
	file := &tx.File{Genesis: genesis, Info: tx.InfoBytes(x.Raw()), Peers: []string{seeder.String()}}
	b, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if file, err = tx.DecodeFile(b); err != nil {
		t.Fatal(err)
	}
	return file
}

// seed lets a libtorrent process seed transactions from their .torrent files.
func seed(t *testing.T, genesis *tx.Tx, all []*tx.Tx) netip.AddrPort {
	t.Helper()
	const host, python = "127.0.0.1", "/usr/bin/python3" // the Python that has Debian's modules
	if out, err := exec.CommandContext(testContext(t), python, "-c", "import libtorrent").CombinedOutput(); err != nil {
		t.Fatalf("libtorrent's Python binding is missing; on Debian: apt-get install python3-libtorrent\n%v %s", err, out)
	}
	dir := t.TempDir()
	for _, x := range all {
		share(t, dir, genesis, x)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, python, "testdata/seeder.py", dir, host)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	var problems strings.Builder
	cmd.Stderr = &problems
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
		t.Fatal(err, err1, err2)
	}
	t.Cleanup(func() {
		defer cancel()
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the seeder ended with %v\n%s", err, problems.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the seeder said no port: %v", err)
	}
	return netip.MustParseAddrPort(host + ":" + strings.TrimSpace(line))
}

// share writes a transaction's .torrent and, under the name that it gives, the
// data.
func share(t *testing.T, dir string, genesis, x *tx.Tx) {
	t.Helper()
	file := &tx.File{Genesis: genesis, Tx: x}
	torrent, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	info, err := tx.ParseInfo(tx.InfoBytes(x.Raw()))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, hex.EncodeToString(info.Hash[:])+".ttx")
	for path, b := range map[string][]byte{name: x.Raw(), name + ".torrent": torrent} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
