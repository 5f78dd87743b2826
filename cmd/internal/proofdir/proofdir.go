// Package proofdir is the folder of proofs: .torrent files that people or their
// mail programs put there, and those that this program writes. It finds what is
// new or changed, and remembers what became of each file; what a proof says it
// does not know.
//
// Nothing in the folder is ever changed, renamed or deleted. A name is only used
// to open a file that the folder itself lists under it; a link, a folder or a
// device with a fitting name is passed over.
package proofdir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// MaxFiles is how many files are looked at, and remembered: 10,000 records of
	// some 500 bytes are 5 MB. Others are left alone.
	MaxFiles = 10_000
	// maxEntries bounds how much of a folder is read to find them; an entry is
	// some 100 bytes of memory, for a moment.
	maxEntries = 100_000
	// MaxFile bounds one file: a torrent file with a proof inside.
	MaxFile = tx.MaxFileSize
	// suffix ends the names of torrent files, in any case of letters.
	suffix = ".torrent"
)

// ErrFull means that the folder holds MaxFiles files, and takes no more.
var ErrFull = fmt.Errorf("the folder of proofs holds %d files", MaxFiles)

// Folder is one folder of proofs, and what is remembered of its files. Safe for
// concurrent use.
type Folder struct {
	dir, memory string

	mu       sync.Mutex
	records  map[string]Record   // by name
	spenders map[string][]string // txids by coin, one for each record
	changed  bool                // records differ from the file
	more     bool                // the folder holds more than is looked at
	touched  time.Time           // when the folder had last changed at the last call of Touched
}

// Open returns the folder dir, whose records are kept in the file memory. Neither
// needs to exist. Records that cannot be read are made anew: they are only a
// matter of time.
func Open(dir, memory string) *Folder {
	f := &Folder{dir: dir, memory: memory, records: make(map[string]Record), spenders: make(map[string][]string)}
	f.load()
	return f
}

// Dir is the folder's path.
func (f *Folder) Dir() string { return f.dir }

// File is a file of the folder as it is now.
type File struct {
	Name    string
	Size    int64
	Changed time.Time
}

// Touched reports whether files came or went since it was last called. That a
// file was written to it does not see.
func (f *Folder) Touched() bool {
	info, err := os.Stat(f.dir)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || info.ModTime().Equal(f.touched) {
		return false
	}
	f.touched = info.ModTime()
	return true
}

// Fresh returns the files that are new, or not as they were when they were
// recorded, by name. Records of files that are gone are dropped. A folder that
// does not exist is empty.
func (f *Folder) Fresh() ([]File, error) {
	files, more, err := list(f.dir)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.more = more
	f.prune(files)
	var fresh []File
	for _, file := range files {
		if r, ok := f.records[file.Name]; !ok || !r.is(file) {
			fresh = append(fresh, file)
		}
	}
	return fresh, nil
}

// More reports whether the last look found more files than are looked at.
func (f *Folder) More() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.more
}

// Read returns a file's bytes. One that is too large is a failure that wraps
// tx.ErrFile.
func (f *Folder) Read(name string) ([]byte, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return read(root, name)
}

// read opens without waiting, since a name may have become that of a pipe.
func read(root *os.Root, name string) ([]byte, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: no regular file", fs.ErrInvalid)
	}
	b, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err == nil && len(b) > MaxFile {
		err = fmt.Errorf("%w: larger than %d bytes", tx.ErrFile, MaxFile)
	}
	return b, err
}

// Put keeps a proof of a transaction under a name made of its id, and returns the
// name. What is there already stays: the same bytes are not written twice, and
// other bytes of the same transaction go beside them.
func (f *Folder) Put(id tx.ID, content []byte) (name string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of proofs: %w", err)
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return "", fmt.Errorf("open the folder of proofs: %w", err)
	}
	defer root.Close()
	sum := sha256.Sum256(content)
	for _, name := range []string{id.String() + suffix, id.String() + "-" + hex.EncodeToString(sum[:8]) + suffix} {
		there, err := read(root, name)
		if err == nil && bytes.Equal(there, content) {
			return name, nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			return name, f.write(root, name, content)
		}
	}
	return "", fmt.Errorf("keep the proof of %s: both of its names are taken", id)
}

// write makes a file whole or not at all: it grows under a name that nobody
// looks at, and gets its own by a link, which never replaces anything.
func (f *Folder) write(root *os.Root, name string, content []byte) error {
	if len(f.records) >= MaxFiles {
		return ErrFull
	}
	sum := sha256.Sum256(content)
	part := ".ttx-" + hex.EncodeToString(sum[:]) + ".part" // after a crash the same bytes are written to it
	file, err := root.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keep a proof: %w", err)
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = root.Link(part, name)
	}
	if err = errors.Join(err, root.Remove(part)); err != nil {
		return fmt.Errorf("keep a proof: %w", err)
	}
	return nil
}

// list reads the names of torrent files, and how they are.
func list(dir string) (files []File, more bool, err error) {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the folder of proofs: %w", err)
	}
	defer d.Close()
	for seen := 0; seen < maxEntries; {
		entries, err := d.ReadDir(1024)
		seen += len(entries)
		for _, e := range entries {
			file, ok := look(e)
			if ok && len(files) == MaxFiles {
				return sorted(files), true, nil
			}
			if ok {
				files = append(files, file)
			}
		}
		if errors.Is(err, io.EOF) {
			return sorted(files), false, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("read the folder of proofs: %w", err)
		}
	}
	return sorted(files), true, nil
}

func look(e fs.DirEntry) (File, bool) {
	if !e.Type().IsRegular() || !strings.EqualFold(filepath.Ext(e.Name()), suffix) {
		return File{}, false
	}
	info, err := e.Info()
	if err != nil { // gone meanwhile
		return File{}, false
	}
	return File{e.Name(), info.Size(), info.ModTime()}, true
}
