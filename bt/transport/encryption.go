package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/anacrolix/torrent/mse"
)

// Encryption says which connections are encrypted (message stream encryption, MSE).
type Encryption int

const (
	// EncryptAllow accepts both forms and dials plain, then encrypted if the peer hangs up on that.
	EncryptAllow Encryption = iota
	// EncryptPrefer accepts both forms and dials encrypted, then plain.
	EncryptPrefer
	// EncryptRequire neither accepts nor dials plain, and wants the content encrypted, not the header alone.
	EncryptRequire
	// EncryptNever neither accepts nor dials encrypted.
	EncryptNever
)

// String is the mode's name in settings.
func (e Encryption) String() string {
	return [...]string{"allow", "prefer", "require", "never"}[e]
}

// ParseEncryption reads a mode's name: allow, prefer, require or never.
func ParseEncryption(name string) (Encryption, error) {
	for e := EncryptAllow; e <= EncryptNever; e++ {
		if e.String() == name {
			return e, nil
		}
	}
	return 0, fmt.Errorf("encryption %q: it is one of allow, prefer, require, never", name)
}

// forms are the forms to dial in, in order; true is encrypted.
func (e Encryption) forms() []bool {
	return [...][]bool{{false, true}, {true, false}, {true}, {false}}[e]
}

func (e Encryption) accepts(encrypted bool) bool {
	if encrypted {
		return e != EncryptNever
	}
	return e != EncryptRequire
}

// offers is what a dialler proposes for the content once the header is encrypted.
func (e Encryption) offers() mse.CryptoMethod {
	if e == EncryptAllow {
		return mse.AllSupportedCrypto // the peer insists on encryption, and may be content with the header
	}
	return mse.CryptoMethodRC4
}

// choose picks among what a dialler proposes.
func (e Encryption) choose(offered mse.CryptoMethod) mse.CryptoMethod {
	if e == EncryptAllow && offered&mse.CryptoMethodPlaintext != 0 {
		return mse.CryptoMethodPlaintext // cheaper, and what the dialler accepts
	}
	if e == EncryptPrefer && offered&mse.CryptoMethodRC4 == 0 {
		return mse.CryptoMethodPlaintext
	}
	return mse.CryptoMethodRC4
}

// Errors of setting a connection up; compare with errors.Is.
var (
	errPlain     = errors.New("the peer does not encrypt, which is required")
	errEncrypted = errors.New("the peer encrypts, which is switched off")
)

// protocolHeader is how a plain handshake begins (BEP 3).
const protocolHeader = "\x13BitTorrent protocol"

// receive sets up an incoming stream: plain if it begins like that, else encrypted with one of the keys.
func (e Encryption) receive(raw net.Conn, keys mse.SecretKeyIter) (stream, error) {
	head := make([]byte, len(protocolHeader))
	if _, err := io.ReadFull(raw, head); err != nil {
		return stream{}, fmt.Errorf("reading a handshake: %w", err)
	}
	plain := string(head) == protocolHeader
	if !e.accepts(!plain) {
		if plain {
			return stream{}, errPlain
		}
		return stream{}, errEncrypted
	}
	begin := struct {
		io.Reader
		io.Writer
	}{io.MultiReader(bytes.NewReader(head), raw), raw}
	if plain {
		return stream{Reader: begin.Reader, Writer: raw}, nil
	}
	rw, method, err := mse.ReceiveHandshake(context.Background(), begin, keys, e.choose)
	if err != nil {
		return stream{}, fmt.Errorf("encrypted handshake: %w", err)
	}
	return stream{rw, rw, true, method}, nil
}

// initiate sends the handshake in one form and returns when the peer has answered in it.
func (e Encryption) initiate(raw net.Conn, handshake []byte, encrypted bool) (stream, error) {
	if encrypted {
		rw, method, err := mse.InitiateHandshake(raw, handshake[infohashAt:infohashEnd], handshake, e.offers())
		if err != nil {
			return stream{}, fmt.Errorf("encrypted handshake: %w", err)
		}
		return stream{rw, rw, true, method}, nil
	}
	if _, err := raw.Write(handshake); err != nil {
		return stream{}, fmt.Errorf("sending the handshake: %w", err)
	}
	answer := make([]byte, handshakeLength)
	n, err := raw.Read(answer)
	if n == 0 {
		return stream{}, fmt.Errorf("reading the handshake: %w", err)
	}
	return stream{Reader: io.MultiReader(bytes.NewReader(answer[:n]), raw), Writer: raw}, nil
}

// stream is a connection whose handshake can be read and written in plain.
type stream struct {
	io.Reader
	io.Writer
	encrypted bool // the header at least
	method    mse.CryptoMethod
}
