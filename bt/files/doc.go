// Package files is the storage of ordinary torrents: where the bytes of a torrent lie on disk, and when they may be
// relied on.
//
// # What it guarantees
//
//   - Nothing is written outside the folders of the [Layout]: no name leads upwards, and a symbolic link that somebody
//     put there is not followed.
//   - A piece is in what [Store.Sync] returns only if its bytes would survive a power cut at that moment.
//   - However many files a torrent has, a [Pool] keeps a bounded number of them open.
//   - Files can be moved and renamed while they are read and written; after a crash in the middle all bytes are found.
//   - Padding (BEP 47) is never written. A file that is not wanted is not made: what its neighbours' pieces need of
//     it lies in one file beside them, with the name of the infohash.
//
// # What it does not know
//
// It hashes nothing, knows no peers, and takes the word of its caller for which pieces are whole.
package files
