// Package ledger is what one node knows of one network: the set T of solid
// transactions, what waits outside it, the state identifiers and the statuses.
//
// Two goroutines do the work. The intake decodes, orders and verifies on every
// core; the applier is the one owner of the DAG, the tries and the store, and
// applies in depth order. Add returns once what it accepted is on disk.
//
// The package knows no peer, no socket and no torrent. What it lacks it says
// through Wants; who brings it is the caller's business. Time comes in through
// Config.Now and decides admission only, never validity (finality.md, 8).
package ledger
