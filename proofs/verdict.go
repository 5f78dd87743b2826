package proofs

import "github.com/torrenttx/ttx/ledger/tx"

// Level is a verdict in one word.
type Level string

// The levels. Each but the last two says more than those after it.
const (
	// Confirmed: by the rule of finality, applied to a set that the file holds
	// whole; or because voters with two thirds of the stake claim a state in
	// which an output of it stands confirmed. Verdict.By says which.
	Confirmed Level = "confirmed"
	// Claimed: voters with two thirds of the stake claim to hold it.
	Claimed Level = "claimed"
	// Witnessed: valid, and some voter signed a witness that stands on it.
	Witnessed Level = "witnessed"
	// Valid: signatures and ancestry are, and no voter says anything.
	Valid Level = "valid"
	// Incomplete: its ancestry is not all there.
	Incomplete Level = "incomplete"
	// Conflicted: the file shows a rival of it, or of what it spends from, and
	// does not settle who wins; or settles it for the rival.
	Conflicted Level = "conflicted"
)

// By says what makes a transaction confirmed.
type By string

// What makes a transaction confirmed.
const (
	ByGenesis By = "genesis"
	ByRule    By = "rule"
	ByClaims  By = "claims"
)

// Ancestry says how far down what the transaction spends was followed.
type Ancestry string

// How ancestries end.
const (
	// ToGenesis: every ancestor by spending is in the file and was checked.
	ToGenesis Ancestry = "genesis"
	// ToClaims: each line of ancestors ends at the genesis, or at a transaction
	// that voters with two thirds of the stake claim to hold.
	ToClaims Ancestry = "claims"
	// ToGap: there are ancestors that nothing is known of. Verdict.Gaps names
	// them.
	ToGap Ancestry = "gap"
)

// Options says what a proof is judged against.
type Options struct {
	// Network, if not nil, is the genesis that the proof must name: else it is
	// refused with ErrNetwork.
	Network *tx.ID
}

// Network is the network that a proof names.
type Network struct {
	Name string `json:"name"`
	TxID tx.ID  `json:"txid"`
	// Asked is set when it is the one in Options. If not, nobody but the
	// reader can know that it is his.
	Asked bool `json:"asked"`
}

// Share is a part of the stake.
type Share struct {
	Stake uint64 `json:"stake"`
	Total uint64 `json:"total"`
}

// TwoThirds reports whether the share is at least two thirds, of more than none.
func (s Share) TwoThirds() bool { return s.Total > 0 && 3*s.Stake >= 2*s.Total }

// Third reports whether the share is at least a third, of more than none.
func (s Share) Third() bool { return s.Total > 0 && 3*s.Stake >= s.Total }

// Rule is what the rule of finality says on the transactions of the file whose
// ancestors are all in it, by `in` and `ref`.
type Rule struct {
	// Status is a status word of the ledger (docs/spec/finality.md).
	Status string `json:"status"`
	// Support is the stake of voters whose votes count for it; meaningful while
	// Status is pending or conflicted.
	Support Share `json:"support"`
	// Transactions is how many were judged, the genesis included.
	Transactions int `json:"transactions"`
}

// Rival is a transaction that spends what another spends too.
type Rival struct {
	TxID tx.ID `json:"txid"`
	// Checked: what it spends is in the file, and its signatures hold.
	Checked bool `json:"checked"`
	// Witnessed is the stake of voters whose witnesses stand on it, Claimed of
	// those for whose claimed state it is confirmed.
	Witnessed Share `json:"witnessed"`
	Claimed   Share `json:"claimed"`
}

// Clash is an output that more than one transaction of the proof spends: one is
// the subject or an ancestor of it.
type Clash struct {
	// Spent and Index name the output.
	Spent tx.ID  `json:"spent"`
	Index uint32 `json:"index"`
	// By is the subject, or the ancestor of it, that spends the output.
	By tx.ID `json:"by"`
	// Rivals spend it too. At least one.
	Rivals []Rival `json:"rivals"`
	// Settled: the rule confirms By, so that the rivals are dead.
	Settled bool `json:"settled"`
}

// Fork is a voter that signed two witnesses with one number.
type Fork struct {
	Voter     tx.Key   `json:"voter"`
	Stake     uint64   `json:"stake"`
	Witnesses [2]tx.ID `json:"witnesses"`
}

// Verdict is what a proof proves.
type Verdict struct {
	Level   Level   `json:"level"`
	TxID    tx.ID   `json:"txid"`
	Kind    string  `json:"kind"` // genesis, transfer or witness
	Network Network `json:"network"`

	// By says what makes it confirmed; empty when it is not.
	By By `json:"by,omitempty"`
	// Signed: every signature and lock of the subject was checked.
	Signed   bool     `json:"signed"`
	Ancestry Ancestry `json:"ancestry"`
	// Gaps are ancestors that are neither in the file nor vouched for by
	// claims, at most MaxGaps of them; GapCount counts all.
	Gaps     []tx.ID `json:"gaps"`
	GapCount int     `json:"gap_count"`

	// Witnessed is the stake of voters with a signed witness that stands on the
	// subject, directly or by transactions of the file; Named of those that
	// reference it directly.
	Witnessed Share `json:"witnessed"`
	Named     Share `json:"named"`
	// ClaimedT is the stake of voters who claim to hold the subject, ClaimedU
	// of those among them who claim a state in which an output of it is
	// confirmed. A voter counts once. Here and above, voters in Forks count for
	// nothing.
	ClaimedT Share `json:"claimed_t"`
	ClaimedU Share `json:"claimed_u"`

	// Rule is nil when the subject's ancestors, by `ref` too, are not all in
	// the file.
	Rule *Rule `json:"rule"`
	// Conflicts are at most MaxConflicts, open ones first; ConflictCount counts
	// all.
	Conflicts     []Clash `json:"conflicts"`
	ConflictCount int     `json:"conflict_count"`
	Forks         []Fork  `json:"forks"`

	// Transactions counts those in the file, the genesis included; Checked
	// those whose signatures were verified.
	Transactions int `json:"transactions"`
	Checked      int `json:"checked"`
	// Newest is the latest time that a voter wrote into a witness of the file,
	// in milliseconds since 1970; 0 without one.
	Newest int64 `json:"newest"`
}

// What a verdict lists at most; the rest is counted.
const (
	MaxGaps      = 16
	MaxConflicts = 16
)
