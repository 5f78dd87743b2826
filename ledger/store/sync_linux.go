package store

import "golang.org/x/sys/unix"

// Sync brings the content to the disk, and of what the system knows about the
// file only what it takes to read it again: not the time of change, which alone
// would cost a write of the file system's journal.
func (f osFile) Sync() error { return unix.Fdatasync(int(f.Fd())) }
