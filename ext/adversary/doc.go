// Package adversary is a peer that misbehaves, for tests: it speaks BitTorrent
// and the extension by hand, over real sockets, and sends what it is told to. The
// tests of this package are the list of what a stranger may try against a node,
// one named case each, with an honest pair of nodes beside it.
package adversary
