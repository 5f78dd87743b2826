package api

// Node says where a running node is and what it serves. `ttx node --json`
// prints it once, first.
type Node struct {
	Ready bool `json:"ready"`
	// Listen is the BitTorrent address, host:port.
	Listen string `json:"listen"`
	// API is the path of the unix socket.
	API string `json:"api"`
	// Network is the network's name.
	Network string `json:"network"`
	// Address is the folder's first wallet address; empty without a wallet.
	Address string `json:"address"`
	// Ledger says whether the node keeps a ledger; without one network, address and
	// voter are empty.
	Ledger bool `json:"ledger"`
	// Version is the program's version.
	Version string `json:"version,omitempty"`
	// Voter is the key the node votes with, hexadecimal; empty when it only watches.
	Voter string `json:"voter,omitempty"`
}

// Status is the state of the ledger that a node holds.
type Status struct {
	Network string `json:"network"`
	// Transactions is n, all of T; Confirmed counts the confirmed ones, the
	// genesis included.
	Transactions uint64 `json:"transactions"`
	Confirmed    uint64 `json:"confirmed"`
	// Depth is the largest depth in T, ConfirmedDepth among the confirmed.
	Depth          uint32 `json:"depth"`
	ConfirmedDepth uint32 `json:"confirmed_depth"`
	// Weight is the burn of all of T, in base units.
	Weight uint64 `json:"weight"`
	// TRoot, URoot and State are 64 hexadecimal digits each.
	TRoot string `json:"t_root"`
	URoot string `json:"u_root"`
	State string `json:"state"`
	// Peers counts sessions with nodes of the network.
	Peers int `json:"peers"`
	// Waiting counts transactions outside T whose parents are missing.
	Waiting int `json:"waiting"`
	// Voters is the number of voters; without any, nothing is ever confirmed.
	Voters int `json:"voters"`
	// Alarm is set when a third of the stake has forked: stop paying.
	Alarm bool `json:"alarm,omitempty"`
	// Problems are what a person has to put right, with what to do: a full
	// disk, a voter that must not vote.
	Problems []string `json:"problems,omitempty"`
	// Online is false when a folder was read that no node runs on.
	Online bool `json:"online"`
}

// Peer is one node of the network that this one has a session with.
type Peer struct {
	// Address is where the peer listens, host:port.
	Address string `json:"address"`
	// Client is what the peer calls itself. It comes from a stranger.
	Client         string `json:"client"`
	Outgoing       bool   `json:"outgoing"`
	Transactions   uint64 `json:"transactions"`
	Depth          uint32 `json:"depth"`
	ConfirmedDepth uint32 `json:"confirmed_depth"`
	// Weight is claimed, in base units.
	Weight uint64 `json:"weight"`
	TRoot  string `json:"t_root"`
	// InSync says that the peer's t_root is ours.
	InSync bool `json:"in_sync"`
	// Rules is the rule set that the peer says it applies.
	Rules uint32 `json:"rules"`
	// OtherRules says that it decides by other rules than we do: it names another
	// rule set, or comes from the transactions that we hold to another state.
	OtherRules bool `json:"other_rules"`
	// Received and Sent are the bytes of the session's messages.
	Received int64 `json:"received"`
	Sent     int64 `json:"sent"`
	// Score is what the peer did wrong; at 100 it is banned, a minute forgives 1.
	Score int `json:"score"`
	// Since is when the session began, milliseconds since 1970.
	Since int64 `json:"since"`
}

// The status words of a transaction (finality.md, section 4, and the two of
// transactions that wait outside T).
const (
	StatusUnsolid     = "unsolid"
	StatusUnavailable = "unavailable"
	StatusPending     = "pending"
	StatusConflicted  = "conflicted"
	StatusConfirmed   = "confirmed"
	StatusRejected    = "rejected"
	StatusOrphaned    = "orphaned"
	StatusDisputed    = "disputed"
)

// Statuses lists the status words in the order documents list them.
func Statuses() []string {
	return []string{StatusUnsolid, StatusUnavailable, StatusPending, StatusConflicted,
		StatusConfirmed, StatusRejected, StatusOrphaned, StatusDisputed}
}

// The kinds of transaction.
const (
	KindGenesis  = "genesis"
	KindTransfer = "transfer"
	KindWitness  = "witness"
)

// Share is the stake that supports a transaction, of the whole table's.
type Share struct {
	Stake uint64 `json:"stake"`
	Total uint64 `json:"total"`
}

// TxSummary is a transaction in a list.
type TxSummary struct {
	TxID     string `json:"txid"`
	Infohash string `json:"infohash"`
	// Kind is genesis, transfer or witness.
	Kind string `json:"kind"`
	// Status is a status word; empty for a witness, which has none.
	Status string `json:"status"`
	Share  Share  `json:"share"`
	// Time is the transaction's own t, milliseconds since 1970.
	Time  int64  `json:"time"`
	Depth uint32 `json:"depth"`
	// Size is in bytes.
	Size int    `json:"size"`
	Burn Amount `json:"burn"`
	// Memo comes from a stranger.
	Memo string `json:"memo,omitempty"`
}

// TxInfo is everything a node knows of one transaction.
type TxInfo struct {
	TxSummary
	Inputs  []TxInput  `json:"inputs"`
	Outputs []TxOutput `json:"outputs"`
	Refs    []string   `json:"refs"`
	// Rivals are the transactions that spend one of its inputs too.
	Rivals []string `json:"rivals"`
	Magnet string   `json:"magnet"`
	// Extras are the kinds of its data entries.
	Extras []string `json:"extras,omitempty"`
	// Voter and Seq are a witness's.
	Voter string `json:"voter,omitempty"`
	Seq   uint64 `json:"seq,omitempty"`
}

// TxInput is an output that a transaction spends.
type TxInput struct {
	TxID   string `json:"txid"`
	Index  uint32 `json:"index"`
	Amount Amount `json:"amount"`
	// Address is empty unless the lock is a plain key.
	Address string `json:"address,omitempty"`
}

// TxOutput is an output that a transaction makes.
type TxOutput struct {
	Amount Amount `json:"amount"`
	// Address is empty unless the lock is a plain key.
	Address string `json:"address,omitempty"`
	// Lock names the lock's kind: k, h, after or n.
	Lock string `json:"lock"`
	// SpentBy are the transactions that spend it; more than one is a double spend.
	SpentBy []string `json:"spent_by,omitempty"`
}

// TxQuery narrows a list of transactions. The newest by depth come first.
type TxQuery struct {
	// Status keeps one status word; empty keeps all, witnesses included.
	Status string
	// Limit is at most MaxPage; 0 means DefaultPage.
	Limit int
	// After is the Next of the page before; empty starts at the top.
	After string
	// Skip leaves out the newest ones, at no cost; without Status and After only.
	Skip int
}

// TxPage is one page of a list.
type TxPage struct {
	Transactions []TxSummary `json:"transactions"`
	// Total counts all transactions of T, whatever the query narrows.
	Total uint64 `json:"total"`
	// Next is empty on the last page.
	Next string `json:"next,omitempty"`
}

// Submitted is what became of a transaction that was handed in.
type Submitted struct {
	TxID   string `json:"txid"`
	Status string `json:"status"`
}

// Coin is an unspent output of a watched address, as much as it takes to spend it.
type Coin struct {
	TxID   string `json:"txid"`
	Index  uint32 `json:"index"`
	Amount Amount `json:"amount"`
	// Address is the plain key that locks it.
	Address string `json:"address"`
	// Infohash, Time and Depth are those of the transaction TxID.
	Infohash string `json:"infohash"`
	Time     int64  `json:"time"`
	Depth    uint32 `json:"depth"`
	// Status is the status of the transaction TxID.
	Status string `json:"status"`
	// SpentBy is an undecided transaction that spends it.
	SpentBy string `json:"spent_by,omitempty"`
	// Spendable says that a wallet may spend it now (finality.md, section 4).
	Spendable bool `json:"spendable"`
}

// Balance sums coins: Confirmed is of record, Pending on its way, Conflicted
// hangs on a double spend and cannot be spent.
type Balance struct {
	Confirmed  Amount `json:"confirmed"`
	Pending    Amount `json:"pending"`
	Conflicted Amount `json:"conflicted"`
}

// Entry is one transaction of the watched addresses.
type Entry struct {
	TxID   string `json:"txid"`
	Time   int64  `json:"time"`
	Status string `json:"status"`
	// Received is what it paid to watched addresses, Sent what it took from them.
	Received Amount `json:"received"`
	Sent     Amount `json:"sent"`
	// Burn is its weight, Share what supports it while it is undecided.
	Burn  Amount `json:"burn"`
	Share Share  `json:"share"`
	Memo  string `json:"memo,omitempty"`
}

// HistoryQuery pages a history, newest first.
type HistoryQuery struct {
	// Skip leaves out the newest ones.
	Skip int
	// Limit is at most MaxPage; 0 means DefaultPage.
	Limit int
}

// History is a page of a history, the newest first.
type History struct {
	Entries []Entry `json:"entries"`
	// Total counts all entries of the history.
	Total int `json:"total"`
}

// Network describes the network a folder belongs to.
type Network struct {
	Name string `json:"name"`
	// TxID and Infohash are the genesis's, Rendezvous the infohash where its
	// nodes meet; hexadecimal.
	TxID       string `json:"txid"`
	Infohash   string `json:"infohash"`
	Rendezvous string `json:"rendezvous"`
	Supply     Amount `json:"supply"`
	// BurnPerByte is in base units.
	BurnPerByte uint64  `json:"burn_per_byte"`
	Rules       uint32  `json:"rules"`
	Time        int64   `json:"time"`
	Voters      []Voter `json:"voters"`
	TotalStake  uint64  `json:"total_stake"`
}

// Voter is one row of a network's voter table.
type Voter struct {
	// Key is 64 hexadecimal digits.
	Key   string `json:"key"`
	Stake uint64 `json:"stake"`
}

// Parent is a transaction that a new one can reference.
type Parent struct {
	TxID     string `json:"txid"`
	Infohash string `json:"infohash"`
	Time     int64  `json:"time"`
}

// Refs is what a new transfer needs beside coins.
type Refs struct {
	// Genesis is the txid that signatures bind to.
	Genesis string `json:"genesis"`
	// BurnPerByte is in base units.
	BurnPerByte uint64 `json:"burn_per_byte"`
	// Refs are the transactions to reference, in order.
	Refs []Parent `json:"refs"`
}
