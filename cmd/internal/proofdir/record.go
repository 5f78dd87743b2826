package proofdir

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/torrenttx/ttx/bt/durable"
)

// maxMemory bounds the file of records: MaxFiles of them, of which a hostile one
// has 64 coins of 80 bytes in it, 8 trackers of 1 KiB, a name of 255 bytes and an error.
const maxMemory = MaxFiles * (64*80 + 8*1024 + 2*255 + 2048)

// maxError bounds the text of a record's error.
const maxError = 512

// Record is what became of a file.
type Record struct {
	// Name, Size and Changed are those of the file when it was read. A name need
	// not be UTF-8, so it is kept as bytes.
	Name    []byte    `json:"name"`
	Size    int64     `json:"size"`
	Changed time.Time `json:"changed"`
	// At is when that was.
	At time.Time `json:"at"`
	// TxID and Level are what the file proves; empty when it was refused.
	TxID  string `json:"txid,omitempty"`
	Level string `json:"level,omitempty"`
	// Infohash, Peers and Trackers are where the transaction's torrent is found.
	Infohash string   `json:"infohash,omitempty"`
	Peers    []string `json:"peers,omitempty"`
	Trackers []string `json:"trackers,omitempty"`
	// Spends are the coins that the transaction spends, while the ledger lacks it.
	Spends []string `json:"spends,omitempty"`
	// Error and Code say why it was refused.
	Error string `json:"error,omitempty"`
	Code  string `json:"code,omitempty"`
}

// is reports whether the file is still what was recorded.
func (r Record) is(f File) bool {
	return r.Size == f.Size && r.Changed.Equal(f.Changed)
}

// Record notes what became of a file.
func (f *Folder) Record(file File, r Record) {
	r.Name, r.Size, r.Changed = []byte(file.Name), file.Size, file.Changed
	r.Error = r.Error[:min(len(r.Error), maxError)]
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.records[file.Name]; !known && len(f.records) >= MaxFiles {
		return
	}
	f.forget(file.Name)
	f.keep(r)
	f.changed = true
}

// Records returns what is recorded, by name.
func (f *Folder) Records() []Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.SortedFunc(maps.Values(f.records), func(a, b Record) int { return slices.Compare(a.Name, b.Name) })
}

// keep enters a record, forget takes one out.
func (f *Folder) keep(r Record) {
	f.records[string(r.Name)] = r
	for _, coin := range r.Spends {
		f.spenders[coin] = append(f.spenders[coin], r.TxID)
	}
}

func (f *Folder) forget(name string) {
	r := f.records[name]
	delete(f.records, name)
	for _, coin := range r.Spends {
		if i := slices.Index(f.spenders[coin], r.TxID); i >= 0 {
			f.spenders[coin] = slices.Delete(f.spenders[coin], i, i+1)
		}
		if len(f.spenders[coin]) == 0 {
			delete(f.spenders, coin)
		}
	}
}

// Spenders returns the transactions that spend a coin according to the records,
// one for each record.
func (f *Folder) Spenders(coin string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.spenders[coin])
}

// Len is how many records there are.
func (f *Folder) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.records)
}

// Look returns one file as it is now.
func (f *Folder) Look(name string) (File, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return File{}, err
	}
	defer root.Close()
	info, err := root.Lstat(name)
	if err != nil {
		return File{}, err
	}
	return File{name, info.Size(), info.ModTime()}, nil
}

// Save writes the records, if they changed.
func (f *Folder) Save() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.changed {
		return nil
	}
	b, err := json.Marshal(slices.Collect(maps.Values(f.records)))
	if err != nil {
		return fmt.Errorf("encode the records of proofs: %w", err)
	}
	if err := durable.Replace(f.memory, b); err != nil {
		return fmt.Errorf("save the records of proofs: %w", err)
	}
	f.changed = false
	return nil
}

// prune drops the records of files that are not there any more.
func (f *Folder) prune(files []File) {
	there := make(map[string]bool, len(files))
	for _, file := range files {
		there[file.Name] = true
	}
	for name := range f.records {
		if !there[name] {
			f.forget(name)
			f.changed = true
		}
	}
}

// load reads the records; what cannot be read is not there.
func (f *Folder) load() {
	file, err := os.Open(f.memory)
	if err != nil {
		return
	}
	defer file.Close()
	var list []Record
	if json.NewDecoder(io.LimitReader(file, maxMemory)).Decode(&list) != nil {
		return
	}
	for _, r := range list[:min(len(list), MaxFiles)] {
		f.forget(string(r.Name))
		f.keep(r)
	}
}

func sorted(files []File) []File {
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files
}
