// Package resume is what a client keeps of a torrent from one run to the next: which pieces are on disk and how its
// files looked when that was true, and everything the user or the swarm said about it.
//
// # What may be believed
//
// A record is written whole or not at all ([Write]), and a piece stands in it only after its bytes were made durable.
// What happens to the files afterwards is seen by comparing them with what they were ([Judge]): a piece of a file that
// somebody else wrote, replaced or cut is hashed again. Nothing here opens a torrent's files: what they look like comes in
// as a value.
package resume
