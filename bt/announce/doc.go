// Package announce tells trackers that we share torrents, and asks them for peers: BEP 3 over HTTP with the
// extensions 7 (IPv6), 21 (partial seeds), 23 (compact peers), 24 (external address), 31 (when to retry) and
// 48 (scrape); BEP 15 over UDP with 41 (the URL's path); tiers as in BEP 12.
//
// An [Announcer] keeps the time of all torrents with one goroutine and at most [MaxConcurrent] requests under
// way. A [Torrent] is what it knows of one of them; [Torrent.Trackers] shows how each tracker does.
//
// # What trackers cannot do to us
//
// The length of an answer, before and after decompression, its time, its redirects, the peers it names and
// the pause it wishes for have bounds (limits.go). An answer that is none costs the tracker a failure, with a
// message that says what was wrong; passkeys in URLs are in no message and no log.
//
// # What it does not know
//
// How to speak to WebSocket trackers (WebTorrent), which is left to Config.WebSocket, and what becomes of a peer's address.
package announce
