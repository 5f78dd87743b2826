package session

import "time"

// Bounds of one session. The first group costs memory, see the package document.
const (
	// InitialCredit is what each side may send before the first grant, in frame bytes, hello included.
	InitialCredit = 1 << 20

	// MaxBacklog bounds the frames that wait for their handlers: at least 256 bytes of credit each on
	// average, far above what a node in step has waiting. Small frames cost more memory than bytes.
	MaxBacklog = 4096

	// MaxQueued bounds the bytes that wait to be sent, for live messages and for bulk each: four large
	// frames. Beyond it Send waits and TrySend gives up.
	MaxQueued = 256 << 10

	// MaxRequests bounds the unanswered requests of a session, abandoned ones included.
	MaxRequests = 8

	// MaxSessions bounds the sessions of a service when Config says nothing.
	MaxSessions = 64

	// MaxPerAddress bounds the sessions with one public IPv4 address or IPv6 network of 64 bits, so that
	// nobody takes all seats from one place. Loopback and private addresses are not bounded.
	MaxPerAddress = 4
)

const (
	// grantStep is how much must have been handled before it is granted again: four grants a window.
	grantStep = InitialCredit / 4

	// creditReserve is credit that only grants may use, so that two sides that have both used up theirs
	// can always go on: some 120 grants of at most 34 bytes.
	creditReserve = 4 << 10

	// MaxCredit bounds the unused credit that a peer may give us. More is of no use: it is ten
	// seconds of 100 Mbit/s.
	MaxCredit = 128 << 20
)

// Times. None of them is a promise to the peer; docs/spec/wire.md lists them as what this node does.
const (
	HelloTimeout   = 10 * time.Second // from the connection to the peer's hello
	RequestTimeout = 30 * time.Second // from a request to its answer
	StallTimeout   = 60 * time.Second // without credit while there is something to send
	BanTime        = time.Hour

	// StandbyTimeout is how long a second connection waits for its twin to end, see registry.go.
	StandbyTimeout = 5 * time.Second
)
