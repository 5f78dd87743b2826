// Package sim runs a whole network in one process. The nodes are the production
// code: ledger, sessions, gossip, reconciliation, signed pings, voters and real
// signatures. Only the network between them is simulated ([Network.Connect],
// [Network.Cut]), and the clock, which is that of a testing/synctest bubble:
// everything here has to be called inside of one.
//
// A run follows from its [Config] and from what the scenario does: the same seed
// gives the same [Trace.Hash]. Goroutines of a node run in any order and on any
// core, and that must not show. So every cause has an instant of its own: frames
// arrive one at a time, nanoseconds apart, and what a node sends in one instant
// is taken up only after everything in it has come to rest, in an order that is
// the frames' own. A package of the node whose result depends on the scheduler,
// on a map's order or on a global source of random numbers breaks the test of
// determinism.
//
// Each direction of a link has a latency of its own, drawn between Config.Least
// and Config.Most, and each frame a little more or less of it; their order they
// keep, as in TCP. A cut holds back frames; they go on when it is healed.
package sim
