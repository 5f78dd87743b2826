package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/network"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	testWords      = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"
	testPassphrase = "correct horse"
)

// user is a folder with a wallet on which a fake node runs.
type user struct {
	t     *testing.T
	dir   string
	watch *wallet.Watch
	node  *fakeNode
}

func newUser(t *testing.T) *user {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ttx") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	words, err := wallet.ParseMnemonic(testWords)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wallet.Create(dir, words, testPassphrase, wallet.Options{WorkFactor: 1})
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(secret, []byte(testPassphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(passphraseVariable, secret)
	u := &user{t: t, dir: dir, watch: w, node: &fakeNode{
		network: api.Network{Name: "home", TxID: idB, BurnPerByte: 1000, TotalStake: 3},
		status:  api.StatusPending,
		txs:     map[string]api.TxInfo{idA: sampleTx()},
	}}
	u.node.coins = []api.Coin{{
		TxID: idA, Index: 1, Amount: 10 * tx.TTX, Address: u.address(), Infohash: ihA, Time: 7,
		Status: api.StatusConfirmed, Spendable: true,
	}}
	startNode(t, dir, u.node)
	return u
}

func sampleTx() api.TxInfo {
	return api.TxInfo{
		TxSummary: api.TxSummary{
			TxID: idA, Infohash: ihA, Kind: "transfer", Status: api.StatusConflicted, Share: api.Share{Stake: 1, Total: 3},
			Time: 1735689600000, Depth: 7, Size: 413, Burn: 41_300_000, Memo: hostile,
		},
		Inputs:  []api.TxInput{{TxID: idB, Index: 1, Amount: 250_000_000, Address: "ttx1p"}},
		Outputs: []api.TxOutput{{Amount: 1, Address: "ttx1q", Lock: "k", SpentBy: []string{idC}}, {Amount: 2, Lock: "n"}},
		Refs:    []string{idB}, Rivals: []string{idC}, Magnet: "magnet:?xt=urn:btih:" + ihA,
	}
}

func (u *user) address() string { return tx.EncodeAddress(u.watch.Issued()[0]) }

// run types a command.
func (u *user) run(args ...string) (stdout, stderr string, code int) {
	u.t.Helper()
	var out, errs bytes.Buffer
	code = Main(context.Background(), append([]string{"--dir", u.dir}, args...),
		IO{In: strings.NewReader(""), Out: &out, Err: &errs})
	return out.String(), errs.String(), code
}

// must is run for what has to succeed.
func (u *user) must(args ...string) string {
	u.t.Helper()
	out, errs, code := u.run(args...)
	if code != exitOK {
		u.t.Fatalf("ttx %v: exit code %d: %s", args, code, errs)
	}
	return out
}

// fails requires an exit code and a text in the message.
func (u *user) fails(code int, text string, args ...string) {
	u.t.Helper()
	out, errs, got := u.run(args...)
	if got != code || !strings.Contains(errs, text) {
		u.t.Errorf("ttx %v: exit code %d, want %d with %q; stdout %q, stderr %q", args, got, code, text, out, errs)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// TestOutput keeps what commands that read print, for people and with --json.
func TestOutput(t *testing.T) {
	u := newUser(t)
	for name, args := range map[string][]string{
		"status":         {"status"},
		"peers":          {"peers"},
		"tx-show":        {"tx", "show", strings.ToUpper(idA)},
		"tx-list":        {"tx", "list"},
		"wallet-address": {"wallet", "address"},
		"voter-key":      {"wallet", "voter-key"},
		"balance":        {"wallet", "balance"},
		"history":        {"wallet", "history"},
		"health":         {"wallet", "health"},
		"proof-list":     {"proof", "list"},
		"health-checked": {"wallet", "health", "--check"},
		"network-devnet": {"network", "show"},
		"dry-run":        {"send", u.address(), "2.5", "--dry-run"},
		"send":           {"send", u.address(), "2.5", "--yes"},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", u.must(args...))
			golden(t, name+".json", u.must(append(args, "--json")...))
		})
	}
}

// TestNodeShape keeps the object that `ttx node --json` prints first.
func TestNodeShape(t *testing.T) {
	var out bytes.Buffer
	a := &app{IO: IO{Out: &out}, json: true}
	if err := a.announce(api.Node{Ready: true, Listen: "127.0.0.1:7478", API: "/d/api.sock", Network: "home", Address: "ttx1p"}); err != nil {
		t.Fatal(err)
	}
	golden(t, "node.json", out.String())
}

// TestStrangersTextIsHarmless: no escape sequence, line break or change of the
// writing direction reaches the terminal.
func TestStrangersTextIsHarmless(t *testing.T) {
	u := newUser(t)
	for _, args := range [][]string{{"peers"}, {"tx", "show", idA}, {"tx", "list"}, {"wallet", "history"}} {
		out := u.must(args...)
		if strings.ContainsAny(out, "\x1b\u202e") || strings.Contains(out, "b\nc") {
			t.Errorf("ttx %v printed %q", args, out)
		}
	}
	_, errs, _ := u.run("tx", "show", hostile)
	if strings.ContainsAny(errs, "\x1b\u202e") {
		t.Errorf("the error says %q", errs)
	}
}

func TestTorrentOfATransactionIsExported(t *testing.T) {
	u := newUser(t)
	path := filepath.Join(u.dir, "a.torrent")
	u.must("tx", "show", idA, "--torrent", path)
	if b, err := os.ReadFile(path); err != nil || string(b) != "the torrent" {
		t.Errorf("%q %v", b, err)
	}
	u.fails(exitFailure, "exists", "tx", "show", idA, "--torrent", path)
}

func TestUnknownTransaction(t *testing.T) {
	u := newUser(t)
	u.fails(exitNotFound, "hint: it may not have arrived yet", "tx", "show", idB)
}

// TestHelp: every command has an example, and its help ends with what it exits
// with and no command takes a secret as an argument.
func TestHelp(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Hidden {
			return
		}
		path := cmd.CommandPath()
		if cmd.Example == "" || !strings.Contains(cmd.Example, path) {
			t.Errorf("%s: the help has no example of it", path)
		}
		if !strings.Contains(cmd.Long, exitCodeHelp) {
			t.Errorf("%s: the help does not tell the exit codes", path)
		}
		if cmd.Short == "" || cmd.RunE == nil {
			t.Errorf("%s: no short description or nothing to run", path)
		}
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(newRoot(&app{}))
}

// TestExitCodesAreDocumented: each code of the table stands in the help.
func TestExitCodesAreDocumented(t *testing.T) {
	for _, k := range kinds() {
		if !strings.Contains(exitCodeHelp, "\n  "+padded(k.code)) {
			t.Errorf("exit code %d (%v) is not documented", k.code, k.err)
		}
	}
}

func padded(code int) string {
	if code < 10 {
		return string(rune('0'+code)) + "   "
	}
	return string([]rune{rune('0' + code/10), rune('0' + code%10)}) + "  "
}

func TestDevnetOfTheFaucet(t *testing.T) {
	devnet, err := network.Devnet()
	if err != nil {
		t.Fatal(err)
	}
	u := newUser(t)
	u.fails(exitFailure, "has no faucet", "wallet", "faucet")
	u.node.network = api.Network{Name: "devnet", TxID: devnet.ID().String(), BurnPerByte: devnet.Params.BurnPerByte}
	u.node.txs[devnet.ID().String()] = faucetGenesis(devnet, idA)
	faucet := tx.PublicKey(network.FaucetKey())
	change := api.TxOutput{Amount: 1234 * tx.TTX, Address: tx.EncodeAddress(faucet), Lock: "k"}
	u.node.txs[idA] = api.TxInfo{
		TxSummary: api.TxSummary{TxID: idA, Infohash: ihA, Time: 1_800_000_000_000},
		Outputs:   []api.TxOutput{{Amount: 1, Address: u.address(), Lock: "k"}, change},
	}
	golden(t, "faucet.json", u.must("wallet", "faucet", "--amount", "50", "--json"))
	paid := u.node.lastSubmitted(t)
	if paid.In[0] != (tx.Outpoint{Tx: parseID(t, idA), Index: 1}) || paid.Time < 1_800_000_000_000 {
		t.Errorf("spends %v at %d, want the faucet's change", paid.In, paid.Time)
	}
	if paid.Out[0].Amount != 50*tx.TTX || paid.Out[0].Lock.Key() != u.watch.Issued()[0] || paid.Out[1].Lock.Key() != faucet {
		t.Errorf("pays %+v", paid.Out)
	}
	spent := tx.Output{Amount: uint64(change.Amount), Lock: tx.KeyLock(faucet)}
	checkSignature(t, paid, devnet.ID(), spent)
	u.fails(exitNoVoters, "no voters", "wallet", "faucet", "--wait", "confirmed")
	u.fails(exitFunds, "insufficient", "wallet", "faucet", "--amount", "2000")
	u.node.txs[devnet.ID().String()] = faucetGenesis(devnet, idA, idB)
	u.fails(exitFailure, "try again", "wallet", "faucet")
}

// faucetGenesis is the devnet's genesis with every coin spent.
func faucetGenesis(devnet *tx.Tx, spenders ...string) api.TxInfo {
	info := api.TxInfo{TxSummary: api.TxSummary{TxID: devnet.ID().String(), Infohash: devnet.Infohash().String()}}
	for _, out := range devnet.Out {
		info.Outputs = append(info.Outputs, api.TxOutput{Amount: api.Amount(out.Amount), Lock: "k", SpentBy: spenders})
	}
	return info
}

func parseID(t *testing.T, text string) tx.ID {
	t.Helper()
	id, err := tx.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// checkSignature verifies the only input.
func checkSignature(t *testing.T, paid *tx.Tx, genesis tx.ID, spent tx.Output) {
	t.Helper()
	witness := paid.Witnesses[0]
	var sig tx.Signature
	copy(sig[:], witness.Bytes())
	if !sig.Verify(paid.InputHash(genesis, 0, witness), spent.Lock.Key()) {
		t.Error("the signature is not valid")
	}
}
