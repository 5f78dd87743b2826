//go:build !linux

package files

import (
	"io/fs"
	"math"
	"os"
)

// allocate makes a hole: there is no portable way to take room.
func allocate(f *os.File, size int64) error { return grow(f, size) }

// free is unknown; a full disk is then met while writing.
func free(dir string) (int64, error) {
	if _, err := os.Stat(dir); err != nil {
		return 0, err
	}
	return math.MaxInt64, nil
}

// details are none: a replaced file is known by its size and time alone.
func details(st fs.FileInfo) (inode uint64, allocated int64) { return 0, st.Size() }

// syncFolder does its best: not every system can.
func syncFolder(dir *os.File) error {
	_ = dir.Sync()
	return nil
}
