// Package content hashes what lies on disk: [Create] makes a torrent of a file or folder, [Check] says which
// pieces of a torrent are there. Both read and hash on all cores at once.
//
// # How it works
//
// The unit is the piece. Workers take the next few pieces in turn, read them in blocks of [BufferSize] and hash
// each block while it is warm: the memory is a buffer a worker and the hashes, whatever the size of the content,
// and the disk sees reads that move forwards. For v1 a piece is hashed with SHA-1, padding (BEP 47) as zero bytes
// that nobody reads; for v2 with the tree of SHA-256 over blocks of 16 KiB (BEP 52); for a hybrid with both in
// one reading.
//
// The same content under the same name gives the same torrent, byte for byte: files are sorted by their paths,
// name by name as bytes, and nothing of the clock, the file system's order or the user goes in. For one layout the
// infohashes are those of libtorrent 2.
//
// Nothing is left out silently: what cannot be in a torrent (sockets, devices, links unless followed, names that
// other systems refuse) is an error that names it, and folders without files, which no torrent can hold, are
// listed.
package content
