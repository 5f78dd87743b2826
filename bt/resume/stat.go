package resume

// FileStat is what a file looked like.
type FileStat struct {
	// Size is in bytes, -1 of a file that was not there.
	Size int64
	// ModTime is in nanoseconds since 1970.
	ModTime int64
	// Inode tells a file from one that took its place; 0 where there is none.
	Inode uint64
	// Writing means that the torrent was not done with it.
	Writing bool
}
