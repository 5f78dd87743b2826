// Package proofs is the receipt of a transaction: a .torrent file that any
// BitTorrent client can open, and that carries besides what a stranger needs to
// judge the transaction: the raw transaction, its ancestors, witnesses that
// stand on it, and what voters claim to hold, with paths under the roots they
// signed. docs/spec/proof.md is the format, with golden vectors.
//
//	p, err := proofs.Decode(file)
//	verdict, err := p.Verify(proofs.Options{Network: &mine})
//	if verdict.Level == proofs.Confirmed { ... }
//
// A Verdict says what was proven, in numbers and words, and what was not: it
// never says more than was checked. The network that a proof names is its own
// word; whoever does not pass Options.Network has to compare Verdict.Network
// with the one he means.
//
// The package is pure: no clock, no I/O, no goroutine. It opens no connection
// and resolves no name; peers and trackers in a proof are text. Behind it stand
// the standard library and btcsuite's secp256k1 and bech32 (with the two
// modules that those import), and no more: a test holds it to that, so that
// another program can import it for what it costs.
package proofs
