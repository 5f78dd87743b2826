package adversary_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/ext/ask"
	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/catchup"
	"github.com/torrenttx/ttx/ext/fetch"
	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/hold"
	"github.com/torrenttx/ttx/ext/links"
	"github.com/torrenttx/ttx/ext/prove"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/stack"
	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/tx"
)

var update = flag.Bool("update", false, "write docs/spec/limits.md anew")

const limitsFile = "../../docs/spec/limits.md"

// row is one line of the table: something that a stranger can send, or make us
// keep or do.
type row struct {
	what   string
	bound  string // from the constants
	consts string // their names, package.Name, separated by spaces
	beyond string
	test   string // path of the package and name, or empty
}

// part is one table.
type part struct {
	title string
	rows  []row
}

// count writes a number with thousands separators.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func counted(n int, unit string) string { return count(n) + " " + unit }

// size writes a number of bytes.
func size(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return count(n>>20) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return count(n>>10) + " KiB"
	}
	return count(n) + " bytes"
}

// rate writes a bucket.
func rate(perSecond float64, burst int, unit string) string {
	if perSecond < 1 {
		return fmt.Sprintf("%s, one every %.0f s", counted(burst, unit), 1/perSecond)
	}
	return fmt.Sprintf("%s, %s a second", counted(burst, unit), count(int(perSecond)))
}

// scored says what a fault costs.
func scored(f session.Fault) string {
	if f.Drops() {
		return fmt.Sprintf("`%s`, dropped, %d points", f, f.Weight())
	}
	return fmt.Sprintf("`%s`, %d points", f, f.Weight())
}

func messagesPart() part {
	malformed := scored(session.FaultMalformed)
	const bounds = "ext/adversary.TestListsAtAndPastEachBound"
	return part{"Messages", []row{
		{"a frame of any kind", size(wire.MaxFrame), "wire.MaxFrame", malformed, "ext/adversary.TestOversizedFrames"},
		{"keys of a frame, nesting", fmt.Sprintf("%d, %d levels", wire.MaxKeys, wire.MaxDepth), "wire.MaxKeys wire.MaxDepth", malformed, "ext/adversary.TestHelloAtAndPastItsBounds"},
		{"frames of a session", rate(session.FramesPerSecond, session.FrameBurst, "frames"), "session.FrameBurst session.FramesPerSecond", scored(session.FaultRate), "ext/session.TestFramesAreBounded"},
		{"`hello`", fmt.Sprintf("one, %s, agent of %d bytes", size(wire.MaxHello), wire.MaxUserAgent), "wire.MaxHello wire.MaxUserAgent", scored(session.FaultUnexpected), "ext/adversary.TestHelloAtAndPastItsBounds"},
		{"`state`", rate(session.StatesPerSecond, session.StateBurst, "messages"), "session.StateBurst session.StatesPerSecond", scored(session.FaultRate), "ext/session.TestStatesAreBounded"},
		{"pairs of an `inv`", count(wire.MaxInv), "wire.MaxInv", malformed, bounds},
		{"unknown ids in `inv`", rate(gossip.AnnouncedPerSecond, gossip.AnnouncedBurst, "ids"), "gossip.AnnouncedBurst gossip.AnnouncedPerSecond", scored(session.FaultRate), "ext/adversary.TestAMillionUnknownIDs"},
		{"an announced id that is then `notfound`", "none", "session.FaultUseless", scored(session.FaultUseless), "ext/adversary.TestAnnouncedAndNotFound"},
		{"ids of a `get` or `notfound`", count(wire.MaxIDs), "wire.MaxIDs", malformed, bounds},
		{"`get`", rate(gossip.GetsPerSecond, gossip.GetBurst, "answers"), "gossip.GetBurst gossip.GetsPerSecond", "waits, and with it the peer", "ext/adversary.TestRequestsForEverything"},
		{"ids in `get` that are not held", rate(gossip.MissesPerSecond, gossip.MissesBurst, "ids"), "gossip.MissesBurst gossip.MissesPerSecond", scored(session.FaultRate), "ext/adversary.TestRequestsForEverything"},
		{"transactions of a `tx` or `give`", fmt.Sprintf("%d of %s", wire.MaxTxs, size(wire.MaxTx)), "wire.MaxTxs wire.MaxTx", malformed, bounds},
		{"`tx`, `notfound`, `proof`, `hold`, `pong` unasked", "none", "session.FaultUnsolicited", scored(session.FaultUnsolicited), "ext/adversary.TestUnaskedBulk"},
		{"`tx` after which a range goes on", "at least " + size(wire.MinGoesOn), "wire.MinGoesOn", scored(session.FaultUseless), "ext/adversary.TestLyingState"},
		{"transactions that may be given", counted(catchup.MaxQuota, "wanted"), "catchup.MaxQuota", scored(session.FaultUnsolicited), "ext/adversary.TestUnaskedBulk"},
		{"regions of a `sync`", size(wire.MaxRegions) + fmt.Sprintf(", %d keys each", wire.MaxRegionKeys), "wire.MaxRegions wire.MaxRegionKeys", malformed, bounds},
		{"turns of a reconciliation", count(sync.MaxTurns), "sync.MaxTurns", "over", ""},
		{"turns of a session", rate(catchup.TurnsPerSecond, catchup.TurnBurst, "turns"), "catchup.TurnBurst catchup.TurnsPerSecond", "waits, and with it the peer", ""},
		{"reconciliations that a session starts", fmt.Sprintf("%d at once, for %v, %d a minute", catchup.MaxServed, catchup.ServedFor, catchup.MaxServedPerMinute), "catchup.MaxServed catchup.ServedFor catchup.MaxServedPerMinute", "the oldest goes; " + scored(session.FaultRate), ""},
		{"regions that cannot be", "none", "session.FaultSync", scored(session.FaultSync), "ext/adversary.TestLyingSync"},
		{"`proof`", size(wire.MaxProof), "wire.MaxProof", malformed, bounds},
		{"`proof?`", rate(prove.RequestsPerSecond, prove.RequestBurst, "answers"), "prove.RequestBurst prove.RequestsPerSecond", "waits, and with it the peer", "ext/adversary.TestProofRequestsForEverything"},
		{"a proof that does not verify", "none", "session.FaultProof", scored(session.FaultProof), "ext/adversary.TestFalseProofs"},
		{"ids of a `hold?`, hashes of a `hold`", count(wire.MaxHold), "wire.MaxHold", malformed, bounds},
		{"`hold?`", rate(hold.ChallengesPerSecond, hold.ChallengeBurst, "answers"), "hold.ChallengeBurst hold.ChallengesPerSecond", "waits, and with it the peer", "ext/adversary.TestChallengesForEverything"},
		{"a hash that does not show the bytes", "none", "session.FaultProof", scored(session.FaultProof), "ext/adversary.TestFalseHolders"},
		{"peers asked who holds a transaction", count(hold.MaxAsked) + ", one of each public address", "hold.MaxAsked", "not asked", "ext/hold.TestAtMostSoManyAreAsked"},
		{"our open questions to a peer, of proofs and of what it holds", count(ask.MaxOpen) + " each", "ask.MaxOpen", "the next waits", "ext/prove.TestTheSilentArePassedOver"},
		{"`rival`", rate(gossip.RivalsPerSecond, gossip.RivalBurst, "messages"), "gossip.RivalBurst gossip.RivalsPerSecond", scored(session.FaultRate), "ext/adversary.TestMessagesBeyondTheirRate"},
		{"addresses of a `peers`", fmt.Sprintf("%d of %s", wire.MaxPeers, size(wire.MaxAddress)), "wire.MaxPeers wire.MaxAddress", malformed, bounds},
		{"`peers`", rate(stack.PeersPerSecond, stack.PeersBurst, "messages"), "stack.PeersBurst stack.PeersPerSecond", scored(session.FaultRate), "ext/adversary.TestMessagesBeyondTheirRate"},
		{"`ping`", rate(links.PingsPerSecond, links.PingsPerSecond, "messages"), "links.PingsPerSecond", scored(session.FaultRate), "ext/adversary.TestMessagesBeyondTheirRate"},
	}}
}

func sessionsPart() part {
	return part{"Sessions", []row{
		{"sessions", fmt.Sprintf("%d, %d of one public address", session.MaxSessions, session.MaxPerAddress), "session.MaxSessions session.MaxPerAddress", "the newcomer is refused", "ext/adversary.TestAThousandConnections"},
		{"sessions of one pair of nodes", "1", "session.StandbyTimeout", "the first stays", "ext/adversary.TestTakeOverWithAStolenNonce"},
		{"the wait for a `hello`", session.HelloTimeout.String(), "session.HelloTimeout", "closed", ""},
		{"bytes not yet handled", size(session.InitialCredit), "session.InitialCredit", scored(session.FaultOverflow), ""},
		{"frames not yet handled", count(session.MaxBacklog), "session.MaxBacklog", scored(session.FaultFlood), "ext/adversary.TestRequestsForEverything"},
		{"bytes not yet sent", "2 of " + size(session.MaxQueued), "session.MaxQueued", "live messages are dropped, answers wait", "ext/adversary.TestSlowReading"},
		{"credit that a peer may give", size(session.MaxCredit), "session.MaxCredit", scored(session.FaultCredit), ""},
		{"no credit while there is something to send", session.StallTimeout.String(), "session.StallTimeout", scored(session.FaultStalled), "ext/adversary.TestSlowReading"},
		{"bytes sent that the peer does not read", size(bt.MaxPendingBytes), "bt.MaxPendingBytes", "sending waits a minute, then hangs up", "bt.TestPeerThatDoesNotRead"},
		{"bytes and messages received and not taken", size(bt.MaxQueuedBytes) + ", " + count(bt.MaxQueuedMessages), "bt.MaxQueuedBytes bt.MaxQueuedMessages", "closed", ""},
		{"unanswered requests to a peer", count(session.MaxRequests), "session.MaxRequests", "the next waits", ""},
		{"the wait for an answer", session.RequestTimeout.String(), "session.RequestTimeout", scored(session.FaultTimeout), "ext/adversary.TestSilenceAfterEachRequest"},
		{"an unknown message", "none", "session.FaultUnknown", scored(session.FaultUnknown), ""},
		{"score", fmt.Sprintf("%d points, one forgiven a minute", session.BanScore), "session.BanScore", "dropped and banned", "ext/session.TestScoreOutlivesTheSession"},
		{"scores kept of those who hung up", count(session.MaxScores), "session.MaxScores", "the lowest goes", "ext/session.TestScoresAreBounded"},
		{"bans", fmt.Sprintf("%s for %v, on disk", count(book.MaxBans), session.BanTime), "book.MaxBans session.BanTime", "the one that ends first goes", "cmd/internal/node.TestABanSurvivesARestart"},
		{"addresses in the book", count(book.MaxAddresses), "book.MaxAddresses", "what never answered goes", ""},
		{"places that alarm of other rules", "from " + count(catchup.RuleAlarmPeers), "catchup.RuleAlarmPeers", "fewer are not believed", "ext/adversary.TestAFalseRuleAlarm"},
	}}
}

func transactionsPart() part {
	return part{"Transactions", []row{
		{"a transaction", size(tx.MaxSize), "tx.MaxSize", "invalid", ""},
		{"an invalid transaction (form, signature, burn)", "none", "session.FaultInvalid", scored(session.FaultInvalid) + ", also when it comes to light later", "ext/adversary.TestInvalidTransactions"},
		{"transactions of a session that do not enter T", fmt.Sprintf("%s, %s a second", size(gossip.MaxUseless), size(gossip.UselessPerSecond)), "gossip.MaxUseless gossip.UselessPerSecond", scored(session.FaultRate), "ext/adversary.TestEndlessUnsolidChain"},
		{"transactions whose parents are missing", fmt.Sprintf("%s, %s of one source", count(ledger.MaxWaiting), count(ledger.MaxWaitingPerSource)), "ledger.MaxWaiting ledger.MaxWaitingPerSource", "the oldest of the greediest source goes", "ext/adversary.TestEndlessUnsolidChain"},
		{"transactions dated ahead", count(ledger.MaxHeld), "ledger.MaxHeld", "what is due last goes; forged votes are invalid at once", "ledger.TestAForgedVoteIsNotHeld"},
		{"refused ids that are remembered", count(ledger.MaxDropped), "ledger.MaxDropped", "the oldest is forgotten", ""},
		{"late refusals not yet scored", count(ledger.MaxRefusals), "ledger.MaxRefusals", "dropped: one is enough for a ban", "ledger.TestALateRefusalNamesItsSource"},
		{"earlier states kept for proofs", fmt.Sprintf("%d of the last %s changes; %d that a witness claims, of %s", ledger.MaxRecent, count(ledger.MaxRecentChanges), ledger.MaxPinned, count(ledger.MaxPinnedChanges)), "ledger.MaxRecent ledger.MaxRecentChanges ledger.MaxPinned ledger.MaxPinnedChanges", "the oldest is let go", "ledger.TestPastBoundsChanges"},
		{"transactions of one verification, and ahead of the disk", fmt.Sprintf("%s, %d times", count(ledger.MaxBatch), ledger.MaxQueuedBatches), "ledger.MaxBatch ledger.MaxQueuedBatches", "who offers waits", ""},
		{"unsupported rivals of an outpoint announced", count(gossip.MaxAnnouncedRivals), "gossip.MaxAnnouncedRivals", "reconciled only", "ext/adversary.TestAHundredRivals"},
		{"witnesses of a forked voter announced", "the pair", "gossip.MaxAnnouncedRivals", "reconciled only", "ext/adversary.TestAForkersWitnesses"},
		{"announced ids, and ranges, not yet asked for", fmt.Sprintf("%s and %s a session", count(gossip.MaxPull), count(gossip.MaxRanges)), "gossip.MaxPull gossip.MaxRanges", "left to reconciliation", "ext/adversary.TestAMillionUnknownIDs"},
		{"ids known to a peer", "2 times " + count(gossip.MaxKnown) + " a session", "gossip.MaxKnown", "the older half is forgotten", ""},
		{"ids being asked for", count(gossip.MaxClaims), "gossip.MaxClaims", "asked for twice", ""},
		{"a download", fmt.Sprintf("%d segments of %s, %d in the ledger's hands", catchup.Window, size(catchup.MaxSegment), catchup.OffersAhead), "catchup.Window catchup.MaxSegment catchup.OffersAhead", "the rest is reconciled", ""},
		{"what a reconciliation has brought", size(catchup.MaxHarvest), "catchup.MaxHarvest", "offered to the ledger", ""},
		{"answers of a reconciliation not yet given", count(sync.MaxTodo), "sync.MaxTodo", "left to the next", ""},
		{"missing transactions looked for as torrents", fmt.Sprintf("%s, %d at once", count(fetch.MaxTracked), fetch.MaxParallel), "fetch.MaxTracked fetch.MaxParallel", "the longest missing first", ""},
	}}
}

func torrentsPart() part {
	return part{"Torrents and connections", []row{
		{"connections of the rendezvous", fmt.Sprintf("%d, %d of one public address", bt.DefaultSwarmPeers, bt.MaxPerAddress), "bt.DefaultSwarmPeers bt.MaxPerAddress", "the newcomer is closed", "bt.TestAThousandConnections"},
		{"connections under a stolen peer id", "one an address", "bt.MaxPerAddress", "the first stays", "bt.TestStolenPeerID"},
		{"the BitTorrent handshakes", bt.HandshakeTimeout.String(), "bt.HandshakeTimeout", "closed", ""},
		{"the negotiation of the extension", bt.SessionDeadline.String(), "bt.SessionDeadline", "closed", ""},
		{"an extension message", size(bt.MaxPayload), "bt.MaxPayload", "closed", ""},
		{"torrents loaded for strangers", fmt.Sprintf("%d, %d of one network (/24, /48)", bt.DefaultMaxLoaded, bt.DefaultMaxPerSource), "bt.DefaultMaxLoaded bt.DefaultMaxPerSource", "the longest unused of that network goes, or the newcomer is refused", "bt.TestInfohashAfterInfohash"},
		{"idle loaded torrents", bt.DefaultIdle.String(), "bt.DefaultIdle", "dropped", ""},
		{"connections of a loaded or fetched torrent", count(bt.MaxSmallTorrentConns), "bt.MaxSmallTorrentConns", "refused", ""},
		{"connections of a downloaded torrent", count(bt.MaxDownloadConns), "bt.MaxDownloadConns", "refused", ""},
		{"infohashes looked up, from all peers", rate(bt.LookupsPerSecond, bt.LookupBurst, "lookups"), "bt.LookupBurst bt.LookupsPerSecond", "not found", ""},
		{"infohashes for encrypted handshakes", count(bt.MaxHotKeys), "bt.MaxHotKeys", "the oldest is forgotten", ""},
		{"fetches at once", count(bt.DefaultFetches), "bt.DefaultFetches", "the next waits", ""},
		{"info dictionary", size(bt.MaxInfoSize) + "; of a transaction " + size(bt.MaxSmallInfoSize), "bt.MaxInfoSize bt.MaxSmallInfoSize", "hung up on", ""},
		{"peers asked for metadata at once", count(bt.MaxMetadataPeers), "bt.MaxMetadataPeers", "the next waits", ""},
		{"metadata taken from us by a connection", fmt.Sprintf("%d times all of it", bt.MetadataRounds), "bt.MetadataRounds", "rejected", ""},
		{"metadata messages of a connection in hand", count(bt.MaxLinkChores), "bt.MaxLinkChores", "dropped", ""},
		{"files, content, path of a torrent", fmt.Sprintf("%s files, %d levels of %d bytes", count(bt.MaxTorrentFiles), bt.MaxPathDepth, bt.MaxNameLength), "bt.MaxTorrentFiles bt.MaxPathDepth bt.MaxNameLength", "refused", ""},
		{"addresses of a swarm (PEX, trackers, hints)", count(bt.MaxBookAddresses), "bt.MaxBookAddresses", "what failed most goes", ""},
		{"dials under way", fmt.Sprintf("%d, %s", bt.MaxHalfOpen, rate(bt.DialsPerSecond, bt.DialBurst, "dials")), "bt.MaxHalfOpen bt.DialBurst bt.DialsPerSecond", "the next waits", ""},
		{"hints of peers with the extension", count(bt.MaxHints), "bt.MaxHints", "dropped", ""},
		{"peers announced to our DHT node", fmt.Sprintf("%s infohashes, %d addresses each", count(bt.MaxStoredHashes), bt.MaxStoredPeers), "bt.MaxStoredHashes bt.MaxStoredPeers", "any other goes", ""},
	}}
}

func parts(t *testing.T) []part {
	return []part{messagesPart(), sessionsPart(), transactionsPart(), proofsPart(t), torrentsPart(), clientPart()}
}

const preamble = `# Limits

Everything a stranger can send to this node, make it keep, or make it do, with its bound. This page is made
from the constants by ` + "`go test ./ext/adversary -run TestLimitsPage -update`" + `; do not edit it. The faults and
their weights are in [wire.md](wire.md). A bucket "n, m a second" holds n and fills by m a second.

Not bounded by this node: TCP connections that have not finished their handshake (the operating system's
limit of open files, and the time-out below), and valid transactions that burn what they must.
`

func page(t *testing.T) string {
	var b strings.Builder
	b.WriteString(preamble)
	for _, p := range parts(t) {
		fmt.Fprintf(&b, "\n## %s\n\n| what | bound | constant | beyond it | test |\n|---|---|---|---|---|\n", p.title)
		for _, r := range p.rows {
			names := "`" + strings.ReplaceAll(r.consts, " ", "`, `") + "`"
			test := ""
			if r.test != "" {
				test = "`" + r.test + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.what, r.bound, names, r.beyond, test)
		}
	}
	return b.String()
}

// TestLimitsPage keeps docs/spec/limits.md and the code equal.
func TestLimitsPage(t *testing.T) {
	want := page(t)
	if *update {
		if err := os.WriteFile(limitsFile, []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(limitsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/spec/limits.md is not what the constants say; run: go test ./ext/adversary -run TestLimitsPage -update")
	}
}

// folders are where the packages of the constants lie.
func folders() map[string]string {
	m := map[string]string{"bt": "bt", "ledger": "ledger", "tx": "ledger/tx", "keeper": "ledger/keeper", "proofs": "proofs", "proofdir": "cmd/internal/proofdir", "node": "cmd/internal/node"}
	for _, p := range []string{"ask", "book", "catchup", "fetch", "gossip", "hold", "links", "prove", "session", "stack", "sync", "wire"} {
		m[p] = "ext/" + p
	}
	for _, p := range clientFolders() {
		m[p] = "bt/" + p
	}
	return m
}

// TestLimitsPageNamesWhatThereIs: its constants and its tests exist.
func TestLimitsPageNamesWhatThereIs(t *testing.T) {
	seen := make(map[string]map[string]bool)
	has := func(folder, name string) bool {
		if seen[folder] == nil {
			seen[folder] = declared(t, folder)
		}
		return seen[folder][name]
	}
	for _, p := range parts(t) {
		for _, r := range p.rows {
			for name := range strings.FieldsSeq(r.consts) {
				pkg, constant, _ := strings.Cut(name, ".")
				if !has(folders()[pkg], constant) {
					t.Errorf("%s: there is no %s", r.what, name)
				}
			}
			if at := strings.LastIndex(r.test, "."); at >= 0 && !has(r.test[:at], r.test[at+1:]) {
				t.Errorf("%s: there is no %s", r.what, r.test)
			}
		}
	}
}

// declared are the constants and functions of the package in a folder.
func declared(t *testing.T, folder string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	files, err := filepath.Glob(filepath.Join("../..", folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no package in %s: %v", folder, err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						for _, n := range v.Names {
							names[n.Name] = true
						}
					}
				}
			}
		}
	}
	return names
}
