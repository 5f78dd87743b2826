package proofs

import (
	"encoding/binary"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// outpointOf reads the key of an output under u_root.
func outpointOf(k trie.Key) tx.Outpoint {
	return tx.Outpoint{Tx: tx.ID(k[:32]), Index: binary.BigEndian.Uint32(k[32:])}
}

// keyOf is the key of an output under u_root.
func keyOf(o tx.Outpoint) trie.Key { return o.Bytes() }
