package ledger

import "time"

// What a stranger can make the ledger hold. Each is a count or a size of
// memory, never a time, so that a test can assert it.
const (
	// MaxWaiting is how many transactions with missing parents wait. At
	// tx.MaxSize each that is 64 MiB; at the usual 450 bytes, 2 MiB.
	MaxWaiting = 4096
	// MaxWaitingPerSource keeps one peer from filling the pool alone.
	MaxWaitingPerSource = 1024
	// MaxHeld is how many transactions dated ahead of the clock wait.
	MaxHeld = 1024
	// MaxDropped is how many refused ids are remembered, so that a refused
	// transaction costs its verification once.
	MaxDropped = 1 << 14
	// MaxBatch is how many transactions are verified before the applier gets
	// them: enough to occupy every core, few enough to keep a payment's
	// latency in milliseconds.
	MaxBatch = 1024
	// MaxQueuedBatches is how far verification may run ahead of the disk.
	MaxQueuedBatches = 4
	// parentCache is how many decoded transactions are kept for the
	// verification of their children. About 1.5 KB each.
	parentCache = 8192
	// MaxRefusals is how many late refusals wait to be read; 200 bytes each. The
	// first is enough to ban, so what comes beyond is dropped.
	MaxRefusals = 1024
	// EventQueue is how far a subscriber may fall behind before it is cut off.
	EventQueue = 1024
)

// How long the applier waits before it tries a failed write again: doubling
// from the first to the last.
const (
	retryFirst = 100 * time.Millisecond
	retryLast  = 5 * time.Second
)

// MaxAhead is how far a transaction's time may lie ahead of the local clock
// before it is held back (ledger.md, 1). Admission, never validity.
const MaxAhead = 2 * time.Minute

// UnavailableAfter is how long an ancestor may stay missing before what waits
// for it is called unavailable. It is then asked for with back-off.
const UnavailableAfter = 30 * time.Second
