package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/journal"
)

var update = flag.Bool("update", false, "write the golden shapes anew")

// TestShapes keeps names and forms of the JSON: they are a contract.
func TestShapes(t *testing.T) {
	summary := TxSummary{
		TxID: "aa", Infohash: "bb", Kind: "transfer", Status: StatusConflicted, Share: Share{2, 3},
		Time: 1735689600000, Depth: 7, Size: 413, Burn: 41_300_000, Memo: "lunch",
	}
	for name, v := range map[string]any{
		"node": Node{Ready: true, Listen: "127.0.0.1:7478", API: "/d/api.sock", Network: "home", Address: "ttx1p", Ledger: true, Version: "devel", Voter: "cc"},
		"status": Status{
			Network: "home", Transactions: 9, Confirmed: 8, Depth: 7, ConfirmedDepth: 6, Weight: 1 << 60,
			TRoot: "11", URoot: "22", State: "33", Peers: 2, Waiting: 1, Voters: 3, Alarm: true, Online: true,
			Problems: []string{"the disk of /d is full"},
		},
		"peers": peersReply{[]Peer{{
			Address: "192.0.2.7:7478", Client: "ttx/devel", Outgoing: true, Transactions: 9, Depth: 7,
			ConfirmedDepth: 6, Weight: 5, TRoot: "11", InSync: true, Rules: 1, OtherRules: true, Received: 300, Sent: 200,
			Score: 10, Since: 1735689600000,
		}}},
		"tx": TxInfo{
			TxSummary: summary,
			Inputs:    []TxInput{{TxID: "dd", Index: 1, Amount: 250_000_000, Address: "ttx1p"}},
			Outputs:   []TxOutput{{Amount: 1, Address: "ttx1q", Lock: "k", SpentBy: []string{"ee"}}, {Amount: 2, Lock: "n"}},
			Refs:      []string{"dd"}, Rivals: []string{"ff"}, Magnet: "magnet:?", Extras: []string{"note"},
		},
		"witness": TxInfo{TxSummary: TxSummary{TxID: "aa", Kind: "witness"}, Inputs: []TxInput{}, Outputs: []TxOutput{}, Refs: []string{"dd"}, Rivals: []string{}, Voter: "cc", Seq: 4},
		"txs":     TxPage{Transactions: []TxSummary{summary}, Total: 9, Next: "cursor"},
		"around": Around{
			TxID: "aa", Leads: true, Parents: []Neighbour{{TxSummary: summary, Spends: true}},
			Children:     []Neighbour{{TxSummary: TxSummary{TxID: "ee", Infohash: "ff", Kind: "witness", Time: 4, Depth: 8, Size: 207}, Voter: "cc"}},
			MoreChildren: true, Rivals: []Neighbour{}, Votes: []Vote{{Voter: "cc", Stake: 2, For: []string{"aa"}, Forked: true}},
		},
		"search":    SearchPage{Transactions: []TxSummary{}, Next: "cursor", Scanned: 20_000, Depth: 7},
		"submitted": Submitted{TxID: "aa", Status: StatusPending},
		"coins": coinsReply{[]Coin{{
			TxID: "aa", Index: 1, Amount: 3, Address: "ttx1p", Infohash: "bb", Time: 4, Depth: 5,
			Status: StatusPending, SpentBy: "ee", Spendable: true,
		}}},
		"balance": Balance{Confirmed: 150_000_000, Pending: 1},
		"health": Health{
			Coins: []CoinHealth{
				{TxID: "aa", Index: 1, Amount: 250_000_000, History: 4096, More: true, HeldMin: 1, Weakest: "bb", Thin: true},
				{TxID: "cc", Amount: 1, History: 2, HeldMin: HeldUnknown},
			},
			Ancestors: 4096, Announced: 60, Budget: 120, Online: true, Enough: 3, CheckedAt: 1735689600000,
		},
		"history": History{[]Entry{{TxID: "aa", Time: 4, Status: StatusConfirmed, Received: 5, Sent: 6, Burn: 41_300_000, Share: Share{2, 3}, Memo: "lunch"}}, 5},
		"network": Network{
			Name: "home", TxID: "aa", Infohash: "bb", Rendezvous: "cc", Supply: 100_000_000_000_000_000,
			BurnPerByte: 100_000, Rules: 1, Time: 4, Voters: []Voter{{"dd", 2}}, TotalStake: 2,
		},
		"refs": Refs{Genesis: "aa", BurnPerByte: 100_000, Refs: []Parent{{"bb", "cc", 4}}},
		"imported": ImportedProof{
			TxID: "aa", Network: "home", Level: "incomplete", Proven: []string{"signatures are valid"}, Missing: []string{"freshness"},
			Status: StatusUnsolid, New: 3, Known: 1, Waiting: 2, Conflicts: []ProofConflict{{"dd", 1, "ff"}}, Sought: true, File: "aa.torrent",
		},
		"proofs": proofsReply{[]ProofEntry{
			{File: "aa.torrent", Size: 900, Time: 1735689600000, TxID: "aa", Level: "conflicted", Status: StatusConflicted, Rivals: []string{"ff"}},
			{File: "film.torrent", Size: 40, Time: 1735689600000, Error: "not a proof", Code: Malformed},
		}},
		"torrent":          sampleTorrent(),
		"torrents":         client.Page{Torrents: []client.Torrent{}, Total: 7, Followed: ptr(3)},
		"summary":          sampleSummary(),
		"torrent_files":    filesReply{[]client.File{{Index: 1, Path: "a/b", Length: 9, Completed: 4, Priority: client.PriorityHigh}}},
		"torrent_peers":    torrentPeersReply{[]client.Peer{samplePeer()}},
		"torrent_trackers": trackersReply{[]client.Tracker{{URL: "udp://t.example:1", Tier: 1, State: "working", Message: "hi", Last: ptr(int64(5)), Seeders: -1, Leechers: 2, Downloaded: 3, Peers: 4}}},
		"torrent_webseeds": webSeedsReply{[]client.WebSeed{{URL: "http://w.example/", State: "resting", Message: "404 Not Found", Downloaded: 4, Rate: 2}}},
		"torrent_pieces":   client.Pieces{Count: 16, Size: 16384, Done: 12, States: "12c1p3m"},
		"torrent_add": client.AddRequest{
			Magnet: "magnet:?", Dir: "/d", Labels: []string{"iso"}, Paused: true, Sequential: true, FirstLast: true,
			Priorities: map[int]client.Priority{1: client.PrioritySkip}, Limits: client.Limits{Up: 1}, Goals: client.Goals{Ratio: 2},
			Peers: []netip.AddrPort{samplePeer().Address},
		},
		"torrent_edit": client.EditRequest{
			Name: ptr("n"), Trackers: &[][]string{{"udp://t.example:1"}}, WebSeeds: &[]string{}, Sequential: ptr(true), FirstLast: ptr(true),
			SuperSeeding: ptr(true), Forced: ptr(true), Priorities: map[int]client.Priority{1: client.PriorityLow},
			Rename: map[int]string{0: "a/c"}, Queue: ptr(0), Goals: &client.Goals{Seconds: 60},
		},
		"torrent_limit":  client.LimitRequest{Up: ptr(int64(1024)), Down: ptr(int64(0)), MaxConns: ptr(20)},
		"torrent_label":  labelRequest{[]string{"a"}, []string{"b"}},
		"torrent_move":   moveRequest{"/d"},
		"torrent_stream": streamReply{"http://127.0.0.1:40000/stream/token/film.mkv"},
		"feeds":          feedsReply{[]client.FeedState{{Name: "n", URL: "https://f.example/rss", Title: "t", Last: ptr(int64(5)), Items: 3, Added: 2}}},
		"settings":       Settings{Path: "/d/settings.toml", Found: true, Settings: []Setting{sampleSetting()}},
		"log":            journal.Page{Lines: []journal.Line{{Seq: 7, Time: 1735689600000, Level: "warn", Text: "the disk of /d is full"}}, Total: 3, Newer: 1},
		"reloaded":       Reloaded{Applied: []string{"limit_up"}, Restart: []string{"listen"}},
		"torrent_event":  Event{Kind: EventTorrent, Torrent: &client.Event{Kind: client.EventState, ID: client.ID{1}, Name: "n", State: client.StateError, Error: "disk full"}},
		"event":          Event{Kind: EventPeer, Peer: &PeerEvent{Address: "192.0.2.7:7478", Client: "x", Up: true}},
		"error":          Error{Message: "no transaction", Code: NotFound, Hint: "wait"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, v) })
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAmountText(t *testing.T) {
	for units, text := range map[Amount]string{0: "0", 1: "0.00000001", 150_000_000: "1.5", 1<<63 - 1: "92233720368.54775807"} {
		b, err := json.Marshal(units)
		if err != nil || string(b) != `"`+text+`"` {
			t.Errorf("%d: %s %v", uint64(units), b, err)
		}
		var back Amount
		if err := json.Unmarshal(b, &back); err != nil || back != units {
			t.Errorf("%s: %d %v", b, uint64(back), err)
		}
	}
	for _, bad := range []string{`1`, `1.5`, `null`, `"-1"`, `"1e3"`, `" 1"`, `"0x1"`, `"92233720368.54775808"`} {
		var a Amount
		if err := json.Unmarshal([]byte(bad), &a); err == nil {
			t.Errorf("%s was read as %s", bad, a)
		}
	}
}

// TestSpecification: the examples of docs/spec/api.md are the golden shapes,
// every one of them, and it names every code.
func TestSpecification(t *testing.T) {
	spec, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "spec", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(shapes) == 0 {
		t.Fatalf("%v %v", shapes, err)
	}
	for _, name := range shapes {
		shape, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(spec, append([]byte("```json\n"), shape...)) {
			t.Errorf("%s does not stand in the specification", name)
		}
	}
	if got := bytes.Count(spec, []byte("```json\n")); got != len(shapes) {
		t.Errorf("%d examples, %d shapes", got, len(shapes))
	}
	for _, code := range []Code{BadRequest, NotFound, Unsolid, Held, Invalid, NoVoters, Internal, Offline, Timeout, Malformed, Ambiguous, Exists, NoSpace, Busy, NoInfo, TooMany, Without, Forged, OtherNetwork} {
		row := fmt.Sprintf("| `%s` | %d |", code, code.httpStatus())
		if !bytes.Contains(spec, []byte(row)) {
			t.Errorf("no row %s", row)
		}
	}
}
