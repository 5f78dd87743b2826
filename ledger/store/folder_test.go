package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
)

// pageSize is what a memFolder writes to its disk at once.
const pageSize = 512

// memFolder is a folder in memory with a disk under it. What was not synced is
// lost in a power failure, page by page. A sync that fails leaves the pages
// clean, as Linux does: another sync does not write them again.
type memFolder struct {
	mu      sync.Mutex
	files   map[string]*memData
	durable map[string]*memData // by the names that were synced
	locked  bool
	// change is asked before each change; its error fails it halfway.
	change func(op string) error
}

type memData struct {
	content, disk []byte
	dirty         map[int]bool
}

func newMemFolder() *memFolder {
	return &memFolder{files: map[string]*memData{}, durable: map[string]*memData{}}
}

func (m *memFolder) fails(op string) error {
	if m.change == nil {
		return nil
	}
	return m.change(op)
}

func (m *memFolder) open(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data := m.files[name]
	if data == nil {
		return nil, fs.ErrNotExist
	}
	return &memFile{m, data}, nil
}

func (m *memFolder) create(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fails("create"); err != nil {
		return nil, err
	}
	data := &memData{dirty: map[int]bool{}}
	m.files[name] = data
	return &memFile{m, data}, nil
}

func (m *memFolder) rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fails("rename"); err != nil {
		return err
	}
	m.files[to] = m.files[from]
	delete(m.files, from)
	return nil
}

func (m *memFolder) names() ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.files)), nil
}

func (m *memFolder) sync() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fails("sync of the folder"); err != nil {
		return err
	}
	m.durable = maps.Clone(m.files)
	return nil
}

func (m *memFolder) lock() (io.Closer, error) {
	if m.locked {
		return nil, ErrLocked
	}
	m.locked = true
	return unlocker{m}, nil
}

type unlocker struct{ m *memFolder }

func (u unlocker) Close() error { u.m.locked = false; return nil }

// afterPowerLoss is the folder as it may be found when the power comes back:
// of what was not synced each page and each name is there or not.
func (m *memFolder) afterPowerLoss(r *rand.Rand) *memFolder {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := newMemFolder()
	names := m.durable
	if r.IntN(2) == 0 {
		names = m.files
	}
	for name, data := range names {
		b := slices.Clone(data.disk)
		for page := range data.dirty {
			if r.IntN(2) == 0 {
				b = putPage(b, data.content, page)
			}
		}
		if r.IntN(2) == 0 {
			b = resize(b, len(data.content))
		}
		after.files[name] = &memData{content: b, disk: slices.Clone(b), dirty: map[int]bool{}}
	}
	after.durable = maps.Clone(after.files)
	return after
}

func putPage(to, from []byte, page int) []byte {
	start, end := page*pageSize, min((page+1)*pageSize, len(from))
	if start >= end {
		return to
	}
	if len(to) < end {
		to = resize(to, end)
	}
	copy(to[start:end], from[start:end])
	return to
}

func resize(b []byte, n int) []byte {
	if n <= len(b) {
		return b[:n]
	}
	return append(b, make([]byte, n-len(b))...)
}

type memFile struct {
	folder *memFolder
	data   *memData
}

func (f *memFile) ReadAt(b []byte, offset int64) (int, error) {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	return bytes.NewReader(f.data.content).ReadAt(b, offset)
}

func (f *memFile) WriteAt(b []byte, offset int64) (int, error) {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	err := f.folder.fails("write")
	if err != nil {
		b = b[:len(b)/2]
	}
	end := int(offset) + len(b)
	if end > len(f.data.content) {
		f.data.content = resize(f.data.content, end)
	}
	copy(f.data.content[offset:], b)
	for page := int(offset) / pageSize; page*pageSize < end; page++ {
		f.data.dirty[page] = true
	}
	return len(b), err
}

func (f *memFile) Sync() error {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	err := f.folder.fails("sync")
	if err == nil {
		f.data.disk = resize(f.data.disk, len(f.data.content))
		for page := range f.data.dirty {
			f.data.disk = putPage(f.data.disk, f.data.content, page)
		}
	}
	clear(f.data.dirty)
	return err
}

func (f *memFile) Truncate(size int64) error {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	if err := f.folder.fails("truncate"); err != nil {
		return err
	}
	f.data.content = resize(f.data.content, int(size))
	return nil
}

func (f *memFile) Size() (int64, error) {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	return int64(len(f.data.content)), nil
}

func (f *memFile) Close() error { return nil }

var errFault = errors.New("a fault of the disk")

// failing fails the changes from the nth on, as many as count, and notes in hit
// that it did.
func failing(n, count int, err error, hit *bool) func(string) error {
	seen := 0
	return func(string) error {
		seen++
		if seen <= n || seen > n+count {
			return nil
		}
		*hit = true
		return err
	}
}
