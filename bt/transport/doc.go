// Package transport owns the sockets of the torrent engine: it listens, dials, and hands the library
// connections that carry the plain peer protocol (BEP 3), whatever is on the wire.
//
// A [Conn] does the encryption (MSE, both directions and every policy), keeps to the rate limits of the
// engine and of its torrent, and counts. It knows its torrent from the 68-byte handshake that passes through it. uTP
// (BEP 29) and the DHT share one UDP socket a family, told apart by their first byte.
//
// The package knows no torrent but by infohash, no piece, and nothing of what the library does with a
// connection. A connection without a limit costs two atomic additions a read or write.
package transport
