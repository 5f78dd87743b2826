// Package pipeline keeps the requests of a peer connection flowing. The library asks for more blocks only when the
// last one that it asked for has come, so that a connection stands still for a round trip, and both ends with it,
// after each batch of at most 963 blocks.
//
// [Wrap] goes between the library and a connection that carries the plain protocol (BEP 3). It counts the requests
// that are unanswered, and when a batch is nearly eaten up it slips the library a message that the peer did not send:
// Suggest Piece (BEP 6), which means nothing to the library but that it is to look what to ask for. The peer sees
// other requests and nothing else. It knows no torrent and no piece, and keeps off connections without BEP 6, on which
// Suggest Piece is an error.
package pipeline
