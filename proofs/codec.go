package proofs

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// The keys of the dictionary `proof` and of a statement in it.
const (
	keyChain      = "c"
	keyStatements = "s"
	keyT          = "t"
	keyU          = "u"
	keyWitness    = "w"
)

// Decode reads a proof: a .torrent file with what ttx adds to it. The file of a
// network is the proof of its genesis. Decode checks the form and keeps b, which
// the caller must not change; what the proof says is judged by Verify. Errors
// are *Error with ErrNotProof, ErrMalformed or ErrTooLarge.
func Decode(b []byte) (*Proof, error) {
	if len(b) > MaxFile {
		return nil, refuse(ErrTooLarge, "the file has more than 8 MiB")
	}
	file, err := tx.DecodeFile(b)
	if err != nil {
		return nil, notFile(b, err)
	}
	p := &Proof{Subject: file.Tx, Genesis: file.Genesis, Peers: file.Peers, Trackers: file.Trackers}
	if p.Subject == nil {
		if !file.IsNetwork() {
			return nil, refuse(ErrNotProof, "a torrent of the network "+p.Genesis.ID().String()+" that carries no transaction")
		}
		p.Subject = p.Genesis
	}
	if err := p.decode(file.Proof); err != nil {
		return nil, err
	}
	return p, nil
}

// notFile tells files of other origin from broken ones of ours.
func notFile(b []byte, err error) error {
	switch {
	case errors.Is(err, tx.ErrNoNetwork):
		return refuse(ErrNotProof, "a torrent of another client: it has no `ttx` dictionary")
	case len(b) == 0 || b[0] != 'd':
		return refuse(ErrNotProof, "no torrent file")
	case !bytes.Contains(b, []byte("3:ttxd")):
		return refuse(ErrNotProof, "no torrent of ttx: it has no `ttx` dictionary")
	}
	return refuseBy(ErrMalformed, "", err)
}

// decode reads the dictionary `proof`. What was read has one encoding: bytes
// that differ from it are refused.
func (p *Proof) decode(b []byte) error {
	r := reader{b: b}
	if len(b) > 0 {
		r.dict(func(key string) {
			switch key {
			case keyChain:
				r.list(func() { p.Chain = append(p.Chain, r.transaction(len(p.Chain))) })
			case keyStatements:
				r.list(func() { p.Statements = append(p.Statements, r.statement(len(p.Statements))) })
			default:
				r.fail(ErrMalformed, "unknown key in `proof`", nil)
			}
		})
	}
	if r.err != nil {
		return r.err
	}
	if err := p.check(); err != nil {
		return err
	}
	if !bytes.Equal(p.body(), b) {
		return refuse(ErrMalformed, "`proof` is not in its canonical form")
	}
	return nil
}

func (r *reader) transaction(place int) *tx.Tx {
	if place >= MaxTransactions {
		r.fail(ErrTooLarge, "more than "+strconv.Itoa(MaxTransactions)+" transactions", nil)
		return nil
	}
	raw := r.string()
	if r.err != nil {
		return nil
	}
	t, err := tx.Decode(raw)
	if err != nil {
		r.fail(ErrMalformed, fmt.Sprintf("transaction %d", place), err)
	}
	return t
}

func (r *reader) statement(place int) (s Statement) {
	if place >= MaxStatements {
		r.fail(ErrTooLarge, "more than "+strconv.Itoa(MaxStatements)+" statements", nil)
		return s
	}
	r.dict(func(key string) {
		switch key {
		case keyT:
			r.list(func() { s.T = append(s.T, r.path(len(s.T))) })
		case keyU:
			r.list(func() { s.U = append(s.U, r.path(len(s.U))) })
		case keyWitness:
			s.Witness = r.int()
		default:
			r.fail(ErrMalformed, "unknown key in a statement", nil)
		}
	})
	return s
}

func (r *reader) path(place int) trie.Proof {
	if place >= MaxPaths {
		r.fail(ErrTooLarge, "more than "+strconv.Itoa(MaxPaths)+" paths in one statement", nil)
		return trie.Proof{}
	}
	path, err := trie.ParseProof(r.string())
	if r.err == nil && err != nil {
		r.fail(ErrMalformed, "path", err)
	}
	return path
}

// Encode returns the file. Errors are those of Decode, and of ledger/tx for
// peers and trackers.
func (p *Proof) Encode() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	file := tx.File{Genesis: p.Genesis, Tx: p.Subject, Peers: p.Peers, Trackers: p.Trackers, Proof: p.body()}
	if len(file.Proof) > MaxFile {
		return nil, refuse(ErrTooLarge, "the file has more than 8 MiB")
	}
	b, err := file.Encode()
	if err != nil {
		return nil, refuseBy(ErrMalformed, "", err)
	}
	return b, nil
}

// body returns the dictionary `proof`, nothing when it would be empty.
func (p *Proof) body() []byte {
	if len(p.Chain)+len(p.Statements) == 0 {
		return nil
	}
	b := []byte{'d'}
	if len(p.Chain) > 0 {
		b = append(appendString(b, keyChain), 'l')
		for _, t := range p.Chain {
			b = appendBytes(b, t.Raw())
		}
		b = append(b, 'e')
	}
	if len(p.Statements) > 0 {
		b = append(appendString(b, keyStatements), 'l')
		for i := range p.Statements {
			b = p.Statements[i].append(b)
		}
		b = append(b, 'e')
	}
	return append(b, 'e')
}

func (s *Statement) append(b []byte) []byte {
	b = append(b, 'd')
	b = appendPaths(b, keyT, s.T)
	b = appendPaths(b, keyU, s.U)
	b = append(appendString(b, keyWitness), 'i')
	b = strconv.AppendInt(b, int64(s.Witness), 10)
	return append(b, "ee"...)
}

func appendPaths(b []byte, key string, paths []trie.Proof) []byte {
	if len(paths) == 0 {
		return b
	}
	b = append(appendString(b, key), 'l')
	for _, path := range paths {
		b = appendBytes(b, path.Append(nil))
	}
	return append(b, 'e')
}

func appendBytes(b, s []byte) []byte {
	b = append(strconv.AppendInt(b, int64(len(s)), 10), ':')
	return append(b, s...)
}

func appendString(b []byte, s string) []byte { return appendBytes(b, []byte(s)) }

// sortPaths puts paths into the order of the format.
func sortPaths(paths []trie.Proof) {
	slices.SortFunc(paths, func(a, b trie.Proof) int { return a.Key.Compare(b.Key) })
}
