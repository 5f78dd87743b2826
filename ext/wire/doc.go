// Package wire is the codec of what two ttx nodes say to each other: one frame, one message.
//
// A frame is one strict, canonical bencoded dictionary whose key `type` is the message's name, and
// whatever follows the dictionary's closing `e` is raw data. A frame has at most [MaxFrame] bytes. It
// travels as the payload of one BEP 10 extended message; this package knows nothing of connections, of
// the ledger, or of time.
//
// What is guaranteed. [Decode] never panics and never allocates more than a constant multiple of the
// frame. Everything that it accepts, [Encode] turns back into the same bytes (but for keys of a hello
// that this version does not know), so a frame has one spelling. Every list is bounded by a constant of
// limits.go, checked on both ways: what cannot be decoded cannot be encoded either. Decoded messages
// alias the frame they came from; the caller gives up the frame.
//
// What is refused. Unknown keys, except in a hello: hello is the one message that is sent before the
// peer's feature bits are known, so a later version has to be able to add to it. Every other extension
// comes as a further message type with its own bit in Hello.Features, and is never sent to a peer that
// lacks the bit: a key that nobody announced is a mistake or a probe.
//
// The content of the raw data (transactions, regions, proofs) is opaque here but for its length and,
// for transactions, the bencode boundaries between them.
//
// The normative text is docs/spec/wire.md; its examples are this package's golden vectors.
package wire
