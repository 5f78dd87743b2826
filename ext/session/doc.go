// Package session keeps one conversation per pair of nodes, over the messages of ext/wire.
//
// A [Service] knows the network that this node serves, the message families that are plugged into it and
// the sessions that are open. [Service.Serve] runs one session on a connection, from hello to the end,
// and returns why it ended. It starts no goroutine that outlives it.
//
// What is guaranteed, for any behaviour of the peer:
//
//   - Bounded memory. A session holds at most about 3 MiB for its peer: frames not yet handled
//     (InitialCredit, and MaxBacklog times some 250 bytes), frames not yet sent (2 * MaxQueued) and
//     answers not yet read (MaxRequests * wire.MaxFrame). The peer's state costs nothing more until a family keeps some.
//   - Bounded time. A hello, an answer and credit are awaited for HelloTimeout, RequestTimeout and
//     StallTimeout.
//   - Back-pressure. Both sides send only what the other has granted, counted in frame bytes. A frame's
//     credit goes back when it has been handled, so a slow handler slows its peer and nobody else.
//   - Fair turns. Bulk answers and live messages share the way out by bytes; neither starves the other.
//   - One session per pair. Of two connections between the same two nodes one stays, the same on both
//     sides.
//   - Faults are counted by kind with the weights of [Fault]; at BanScore the peer is dropped and its
//     address is refused for BanTime.
//
// What it refuses to know: transactions, tries, disks, and the torrent library. Families bring the
// first three ([Family]); the last hides behind [Conn].
//
// Handlers. Each family has its own lane in each session: one goroutine that handles the family's
// messages in the order in which they came. A handler may block, and may wait for an answer with
// [Session.Request], with one rule: a family that answers requests must not wait for answers in its
// handlers, or two such peers wait for each other.
package session
