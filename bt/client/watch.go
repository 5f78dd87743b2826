package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/metainfo"
)

const (
	// rescanEvery is how often watch folders are looked at without being told of a change: network file systems tell
	// nothing.
	rescanEvery = time.Minute
	// settle is how long a file that cannot be read as a torrent may stay as it is before it counts as invalid, and
	// not as one that is still being written.
	settle = 10 * time.Second
	// maxScan is how many files of one folder are looked at in one go; the others wait for the next.
	maxScan = 10_000
)

// What becomes of a file in a watch folder, behind its name.
const (
	addedSuffix   = ".added"
	invalidSuffix = ".invalid"
)

// watcher adds what turns up in the watch folders. One goroutine has it.
type watcher struct {
	c       *Client
	notes   notes
	doubts  map[string]doubt // files that could not be read, by path
	failing map[string]string
}

// doubt is how a file looked when it could not be read.
type doubt struct {
	size    int64
	changed time.Time
	since   time.Time
}

// watchLoop looks at the watch folders at the start, when the system tells of a change, when the settings change,
// and from time to time.
func (c *Client) watchLoop() {
	w := &watcher{c: c, doubts: make(map[string]doubt), failing: make(map[string]string)}
	wake := make(chan struct{}, 1)
	w.notes = newNotes(wake, c.log)
	defer w.notes.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.resettled:
		case <-wake:
		case <-timer.C:
		}
		timer.Reset(w.scanAll(c.Settings().WatchDirs))
	}
}

// scanAll looks at every folder and returns when to look again.
func (w *watcher) scanAll(dirs []WatchDir) time.Duration {
	w.notes.watch(dirs)
	for _, d := range dirs {
		err := w.scan(d)
		text := ""
		if err != nil && !errors.Is(err, context.Canceled) {
			text = err.Error()
			if w.failing[d.Dir] != text {
				w.c.log.Warn("a watch folder cannot be read", "folder", d.Dir, "error", err)
			}
		}
		w.failing[d.Dir] = text
	}
	w.tellProblems(dirs)
	for path := range w.doubts {
		if !slices.ContainsFunc(dirs, func(d WatchDir) bool { return d.Dir == filepath.Dir(path) }) {
			delete(w.doubts, path)
		}
	}
	switch {
	case len(dirs) == 0:
		return 24 * time.Hour // new settings wake us
	case len(w.doubts) > 0:
		return settle
	}
	return rescanEvery
}

// tellProblems leaves what is wrong with the folders where Summary finds it.
func (w *watcher) tellProblems(dirs []WatchDir) {
	var problems []string
	for _, d := range dirs {
		if text := w.failing[d.Dir]; text != "" {
			problems = append(problems, "watch folder: "+text)
		}
	}
	w.c.mu.Lock()
	w.c.mu.watchProblems = problems
	w.c.mu.Unlock()
}

// scan adds what is in a folder.
func (w *watcher) scan(d WatchDir) error {
	f, err := os.Open(d.Dir)
	if err != nil {
		return err
	}
	defer f.Close()
	var names []string
	for len(names) < maxScan {
		list, err := f.ReadDir(256)
		for _, item := range list {
			if item.Type().IsRegular() && watched(item.Name()) {
				names = append(names, item.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if err := w.c.ctx.Err(); err != nil {
			return err
		}
		w.take(d, filepath.Join(d.Dir, name))
	}
	return nil
}

// watched says whether a name is that of a file to add.
func watched(name string) bool {
	suffix := strings.ToLower(filepath.Ext(name))
	return suffix == torrentSuffix || suffix == magnetSuffix
}

// take adds one file and does with it what the settings say.
func (w *watcher) take(d WatchDir, path string) {
	err := w.add(d, path)
	log := w.c.log.With("file", path)
	switch {
	case err == nil || errors.Is(err, ErrExists):
		delete(w.doubts, path)
		log.Info("added from a watch folder", "new", err == nil)
		if d.Delete {
			err = os.Remove(path)
		} else {
			err = os.Rename(path, path+addedSuffix)
		}
		w.c.failed("a file of a watch folder stays, and will be tried again", err)
	case !isInvalid(err):
		// Not the file's fault, or it is gone: another look will tell.
		log.Debug("not added from a watch folder", "error", err)
	case w.stillChanging(path):
		log.Debug("a file of a watch folder cannot be read yet", "error", err)
	default:
		delete(w.doubts, path)
		log.Warn("a file of a watch folder is no torrent", "error", err, "renamed to", filepath.Base(path)+invalidSuffix)
		w.c.failed("rename it", os.Rename(path, path+invalidSuffix))
	}
}

// isInvalid says whether an error is the file's fault.
func isInvalid(err error) bool {
	for _, kind := range []error{bt.ErrMalformed, bt.ErrHostileName, bt.ErrTooLarge, bt.ErrV2Only} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// stillChanging says whether a file that cannot be read may be half written. It is until it stayed as it is for a
// while.
func (w *watcher) stillChanging(path string) bool {
	st, err := os.Lstat(path)
	if err != nil {
		delete(w.doubts, path)
		return true // gone
	}
	now := time.Now()
	before, known := w.doubts[path]
	if known && before.size == st.Size() && before.changed.Equal(st.ModTime()) {
		return now.Sub(before.since) < settle
	}
	w.doubts[path] = doubt{st.Size(), st.ModTime(), now}
	return true
}

// add adds the torrent of a file.
func (w *watcher) add(d WatchDir, path string) error {
	raw, err := readBounded(path, metainfo.MaxFileSize)
	if err != nil {
		return err
	}
	req := AddRequest{Dir: d.DownloadDir, Labels: d.Labels, Paused: d.Paused}
	if strings.EqualFold(filepath.Ext(path), torrentSuffix) {
		req.File = raw
		_, err := w.c.Add(w.c.ctx, req)
		return err
	}
	req.Magnet = strings.TrimSpace(string(raw))
	if strings.ContainsAny(req.Magnet, "\r\n") || req.Magnet == "" {
		return fmt.Errorf("%w: a .magnet file has one link in one line", bt.ErrMalformed)
	}
	_, err = w.c.Add(w.c.ctx, req)
	return err
}
