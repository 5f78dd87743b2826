package files

import (
	"io"
	"time"
)

// Disk is what the storage needs of a file system: as little as possible, so that a power cut can be simulated behind
// it. All paths are slash-separated.
type Disk interface {
	// Open opens a regular file below base. It never leaves base, and follows no symbolic link, but for
	// reading alone where that is wished ([Layout].FollowLinks). The error is of kind
	// fs.ErrNotExist when there is none, unless flag is Create, which makes it and the folders above it, base too.
	Open(base, name string, flag Flag) (File, error)
	// Stat describes a regular file below base; anything else that is there is an [ErrNotRegular].
	Stat(base, name string) (Stat, error)
	// Rename moves a file, replacing what is there. The folders above the new name are made. The error is of kind
	// [ErrOtherDisk] when the bytes would have to be copied.
	Rename(base, name, newBase, newName string) error
	// Link makes a symbolic link, unless something of that name is there.
	Link(base, name, target string) error
	// Remove removes a file or an empty folder.
	Remove(base, name string) error
	// SyncDir makes durable which names there are in a folder below base; "." is base itself.
	SyncDir(base, name string) error
	// Free is how many bytes can be written below base, which may not exist yet.
	Free(base string) (int64, error)
}

// Flag says how a file is opened.
type Flag int

const (
	// Read opens for reading.
	Read Flag = iota
	// Write opens for both.
	Write
	// Create opens for both and makes what is missing.
	Create
)

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Truncate changes the length; what is new reads as zeros.
	Truncate(size int64) error
	// Allocate takes the room of the first size bytes, or fails with ENOSPC; it leaves what is there.
	Allocate(size int64) error
	// Sync makes the content durable, not the name.
	Sync() error
}

// Stat is what a file looks like from outside.
type Stat struct {
	Size      int64 // bytes
	Allocated int64 // bytes of disk that it takes
	ModTime   time.Time
	Inode     uint64 // 0 where there is none
}
