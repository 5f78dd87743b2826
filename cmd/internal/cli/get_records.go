package cli

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/bt/resume"
)

// recordInterval is how old a record may be when the program is killed, the time to write it included: what was
// written to the files later was written by somebody else.
const recordInterval = 6 * client.SaveEvery

// records are what downloads leave beside their files, so that whoever goes on with them need not hash what was durable.
type records struct {
	dir  string
	log  *slog.Logger
	list []*record
	stop chan struct{}
	done sync.WaitGroup
}

// record is that of one torrent.
type record struct {
	t         *bt.Torrent
	name      string
	completed int64 // bytes when it was written
	saved     time.Time
}

func (a *app) newRecords(dir string) *records {
	return &records{dir: dir, log: a.logger(), stop: make(chan struct{})}
}

// add gives a torrent to the engine, with what an earlier run left of it.
func (r *records) add(engine *bt.Engine, src bt.Source) (*bt.Torrent, error) {
	swarm, err := src.Swarm()
	if err != nil {
		return nil, err
	}
	one := &record{name: filepath.Join(r.dir, recordName(swarm))}
	one.tidy()
	switch src.Kept, err = readRecord(one.name, r.dir, swarm); {
	case err == nil:
		// What is written from now on is ours only if there soon is a record that says so.
	case errors.Is(err, fs.ErrNotExist):
		one.saved = time.Now()
	default:
		r.log.Warn("what is there is hashed", "record", one.name, "error", err)
	}
	foreign := errors.Is(err, errForeign) // and not to be written over
	if one.t, err = engine.Add(src); err == nil && !foreign {
		r.list = append(r.list, one)
	}
	return one.t, err
}

func recordName(swarm [20]byte) string { return "." + hex.EncodeToString(swarm[:]) + ".resume" }

// tidy removes what is left of records that were being written when the program was killed.
func (one *record) tidy() {
	dir, base := filepath.Split(one.name)
	entries, _ := os.ReadDir(dir) // there may be none yet
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+base+".") && strings.HasSuffix(e.Name(), ".new") {
			_ = os.Remove(filepath.Join(dir, e.Name())) // it is only in the way
		}
	}
}

// errForeign is a record that we did not write here: in the folder of a download, a torrent may have a file of its name.
var errForeign = errors.New("the resume record is not one of this folder")

// readRecord reads what an earlier run left in dir. No torrent's file has the mode, and no stranger knows the folder
// and what the files in it look like.
func readRecord(name, dir string, swarm [20]byte) (*resume.Record, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode() != 0o600 {
		return nil, errForeign
	}
	rec, err := resume.Read(name)
	if err == nil && (rec.InfohashV1 != swarm || rec.Dir != dir) {
		return nil, errForeign
	}
	return rec, err
}

// start keeps the records up to date until close.
func (r *records) start() {
	r.done.Go(func() {
		tick := time.NewTicker(terminalPace)
		defer tick.Stop()
		for {
			select {
			case <-r.stop:
				return
			case now := <-tick.C:
				for _, one := range r.list {
					if now.Sub(one.saved) >= client.SaveEvery {
						r.save(one, now)
					}
				}
			}
		}
	})
}

// save writes a record if there is more to say than in the last.
func (r *records) save(one *record, now time.Time) {
	completed := one.t.Progress().Completed
	if completed == one.completed {
		return
	}
	rec, err := one.t.Keep(recordInterval)
	if err != nil || !rec.HasInfo {
		return // the torrent says itself what is wrong
	}
	if err := resume.Write(one.name, rec); err != nil {
		r.log.Warn("what is there of a torrent was not kept", "error", err)
	}
	one.completed, one.saved = completed, now
}

// close leaves a record of what is not complete, and none of the rest.
func (r *records) close() {
	close(r.stop)
	r.done.Wait()
	for _, one := range r.list {
		select {
		case <-one.t.Done():
			if err := os.Remove(one.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				r.log.Warn("a resume record that is not needed any more", "error", err)
			}
		default:
			r.save(one, time.Now())
		}
	}
}
