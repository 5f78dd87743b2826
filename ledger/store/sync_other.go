//go:build !linux

package store

// Sync brings the content to the disk.
func (f osFile) Sync() error { return f.File.Sync() }
