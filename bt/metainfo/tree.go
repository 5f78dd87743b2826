package metainfo

import "crypto/sha256"

// The hash tree of a v2 file (BEP 52): its leaves are the SHA-256 of blocks of 16 KiB, the last block as long as
// it is; leaves that are missing to a power of two are zero bytes; a node is the SHA-256 of its two children.

// TreeRoot is the root over leaves, which are filled up with pad to width, a power of two not below their
// number. It overwrites leaves.
func TreeRoot(leaves []HashV2, width int, pad HashV2) HashV2 {
	if len(leaves) == 0 {
		leaves = []HashV2{pad} // nothing but padding
	}
	var pair [2 * SizeV2]byte
	for ; width > 1; width /= 2 {
		n := (len(leaves) + 1) / 2
		for i := range n {
			right := pad
			if 2*i+1 < len(leaves) {
				right = leaves[2*i+1]
			}
			copy(pair[:SizeV2], leaves[2*i][:])
			copy(pair[SizeV2:], right[:])
			leaves[i] = sha256.Sum256(pair[:])
		}
		leaves = leaves[:n]
		copy(pair[:SizeV2], pad[:])
		copy(pair[SizeV2:], pad[:])
		pad = sha256.Sum256(pair[:])
	}
	return leaves[0]
}

// PadHash is the root of a tree of so many blocks, a power of two, that are all missing.
func PadHash(blocks int) HashV2 { return TreeRoot(nil, blocks, HashV2{}) }

// Width is the least power of two that is not below n.
func Width(n int64) int {
	w := 1
	for int64(w) < n {
		w *= 2
	}
	return w
}

// PieceTree is the width of the tree over the blocks of one piece of a file: that of a whole piece, or of the
// file when it has only one.
func PieceTree(fileLength, pieceLength int64) int {
	return Width((min(fileLength, pieceLength) + BlockSize - 1) / BlockSize)
}

// FileRoot is the root of a file of which layer has the roots of its pieces. It overwrites layer.
func FileRoot(layer []HashV2, pieceLength int64) HashV2 {
	if len(layer) == 1 {
		return layer[0]
	}
	return TreeRoot(layer, Width(int64(len(layer))), PadHash(int(pieceLength/BlockSize)))
}
