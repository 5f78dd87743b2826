// Package piecehash hashes the pieces of a torrent while their blocks are written. The library otherwise reads
// every piece back when its last block has come: the data has left the processor's caches by then, so that hashing
// takes twice as long, besides the reading.
//
// [Wrap] puts it around a storage of the library's. It knows nothing of files: what came out of order is read back
// from the storage, and so is everything of a piece that failed once, which the library then hashes itself since it
// finds the peers that sent wrong blocks that way.
package piecehash
