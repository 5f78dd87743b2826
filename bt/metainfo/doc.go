// Package metainfo reads, checks and writes what names a torrent: .torrent files, info dictionaries and magnet
// links. It is pure: no file, no network, no clock.
//
// # What is read
//
// A .torrent file (BEP 3) is one bencoded dictionary; [Parse] reads of it
//
//	info           the info dictionary; its SHA-1 is the v1 infohash, its SHA-256 the v2 infohash
//	announce, announce-list      trackers, in tiers (BEP 12)
//	url-list, httpseeds          web seeds (BEP 19, BEP 17)
//	piece layers   the hashes of the pieces of each v2 file (BEP 52)
//	nodes          DHT nodes (BEP 5)
//	comment, created by, creation date
//
// and [ParseInfo] of the info dictionary
//
//	name, name.utf-8             of the file or the folder
//	piece length                 bytes
//	length | files               v1: one file, or a list of {length, path, path.utf-8, attr, symlink path}
//	pieces                       v1: SHA-1 of each piece, one after another
//	meta version, file tree      v2 (BEP 52): names as nested dictionaries, {"": {length, pieces root, attr}}
//	private                      BEP 27
//	source                       what made the infohash differ from another tracker's
//
// A torrent with both the v1 and the v2 keys is a hybrid; the two must describe the same files at the same
// places, with padding files (BEP 47) where v2 aligns a file to a piece. Everything else is ignored. A key outside
// the info dictionary that has the wrong type is ignored too, since no hash covers it and no byte depends on it.
//
// # What is refused
//
// Errors are of kind [ErrMalformed], [ErrHostileName] or [ErrTooLarge]; their text is one line that names the
// fault. Whatever libtorrent 2 refuses is refused. What it repairs or ignores and this package refuses is listed in
// docs/spec/torrent.md with the reasons; a test compares the two over thousands of broken files.
//
// Names become paths on disk, so what leaves the folder, what a file system does not take or takes for something
// else, and what collides with another name is refused, never repaired: a repaired name is one that no other
// client has. Bounds are the constants of limits.go.
package metainfo
