package tx

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// Sign returns the BIP 340 signature of the 32-byte message, with 32 zero
// bytes of auxiliary randomness: the same key and message give the same
// signature in every implementation.
func Sign(key *btcec.PrivateKey, msg [32]byte) (Signature, error) {
	// Without the option btcec takes its nonce from RFC 6979: a valid
	// signature, but another one than BIP 340's.
	sig, err := schnorr.Sign(key, msg[:], schnorr.CustomNonce([32]byte{}))
	if err != nil {
		return Signature{}, &Error{Kind: ErrSignature, Detail: "signing", Cause: err}
	}
	return Signature(sig.Serialize()), nil
}

// PublicKey returns the x-only public key of a private key.
func PublicKey(key *btcec.PrivateKey) Key {
	return Key(schnorr.SerializePubKey(key.PubKey()))
}

// Verify reports whether the signature is that of msg under key (BIP 340).
func (s Signature) Verify(msg [32]byte, key Key) bool {
	var r, x, y btcec.FieldVal
	var scalar btcec.ModNScalar
	// btcec's parser reduces an s above the group order where BIP 340 refuses
	// it, so the signature is taken apart here.
	if r.SetBytes((*[32]byte)(s[:32])) != 0 || scalar.SetBytes((*[32]byte)(s[32:])) != 0 {
		return false
	}
	if x.SetBytes((*[32]byte)(&key)) != 0 {
		return false
	}
	// The verifier takes the x coordinate alone and lifts it itself; lifting
	// it here too would cost another square root.
	return schnorr.NewSignature(&r, &scalar).Verify(msg[:], btcec.NewPublicKey(&x, &y))
}

// String returns the signature as 128 lower-case hexadecimal digits.
func (s Signature) String() string { return hex.EncodeToString(s[:]) }

// TaggedHash is BIP 340's tagged hash of msg.
func TaggedHash(tag string, msg []byte) [32]byte {
	return sha256.Sum256(append(tagPrefix(tag, len(msg)), msg...))
}

// tagPrefix returns what a tagged hash puts before its message, with room for
// a message of size bytes.
func tagPrefix(tag string, size int) []byte {
	h := sha256.Sum256([]byte(tag))
	b := make([]byte, 0, 2*len(h)+size)
	return append(append(b, h[:]...), h[:]...)
}
