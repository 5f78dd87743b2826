// Package dag decides what is settled: it keeps the graph of the set T and
// computes, transaction by transaction, what the stake's votes confirm and
// kill (docs/spec/finality.md).
//
// What is confirmed or dead is a least fixpoint of positive rules over T. It is
// therefore one function of the set, whatever order the set arrived in, and it
// only grows. The package computes it incrementally: each pair of a voter and a
// transaction is looked at once, and what every vote above can no longer change
// is closed, its bookkeeping freed. Once a third of the stake has forked that
// shortcut no longer holds, and everything is computed anew without it.
//
// A DAG is pure: no goroutine, clock, I/O or log. It trusts its caller that
// every Entry is solid (ledger/tx's Verify) and refuses only what would break
// its own structure. One owner calls Add; the other methods change nothing, and
// may run concurrently with each other, though not with Add.
package dag
