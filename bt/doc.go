// Package bt is the torrent engine: BitTorrent as the rest of the program needs it, and nothing of
// what travels inside. It is the only package that imports the torrent library and its DHT.
//
// An [Engine] is one peer with one listening address. It does four things:
//
//   - [Engine.Join] meets other programs that speak the same extension (BEP 10) on a rendezvous: a swarm
//     under an infohash for which no metadata exists, so that nobody is ever complete there and connections
//     stay. Each connection on which the other side negotiated the extension is a [Conn].
//   - [Config.OnDemand] serves small torrents by infohash without a live torrent object: one is
//     made when a peer asks for it in its handshake, and dropped when nobody uses it any more. What strangers
//     can make us load is bounded.
//   - [Engine.FetchSmall] gets one small single-file torrent from any peer, plain clients included.
//   - [Engine.Add] downloads and seeds an ordinary torrent to and from a folder.
//
// # What the package guarantees
//
// Input from the network never kills the process: messages that the library is known to panic on are
// dropped before it sees them (firewall.go), metadata is fetched and checked here before the library parses
// it (metadata.go, guard.go), names that leave the folder are refused. Every queue, list and size has a bound.
//
// # Locks
//
// The library has one client-wide lock and calls back while holding it. The rule here: a callback
// touches only the engine's own leaf lock and hands everything else to another goroutine; no lock of
// ours is ever held during a call to the library.
package bt
