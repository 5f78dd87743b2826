package client

import (
	"errors"
	"io"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"
)

// notes wakes the watcher when something in a watch folder was written and closed, or moved there.
type notes struct {
	file *os.File // nil when the system has no inotify left
	fd   int      // of file, which asking it for would make block
	log  *slog.Logger
	ids  map[string]int // watch descriptors by folder
	done chan struct{}
}

func newNotes(wake chan<- struct{}, log *slog.Logger) notes {
	n := notes{log: log, ids: make(map[string]int), done: make(chan struct{})}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		log.Warn("watch folders are looked at once a minute only", "error", err)
		close(n.done)
		return n
	}
	n.file, n.fd = os.NewFile(uintptr(fd), "inotify"), fd
	go func() {
		defer close(n.done)
		// What happened does not matter: the folders are looked at as a whole.
		events := make([]byte, 64<<10)
		for {
			if _, err := n.file.Read(events); err != nil {
				if !errors.Is(err, os.ErrClosed) && !errors.Is(err, io.EOF) {
					log.Warn("watch folders are looked at once a minute only", "error", err)
				}
				return
			}
			select {
			case wake <- struct{}{}:
			default:
			}
		}
	}()
	return n
}

// watch makes the folders those of dirs. A folder that does not exist yet is tried again with the next look.
func (n *notes) watch(dirs []WatchDir) {
	if n.file == nil {
		return
	}
	want := make(map[string]bool)
	for _, d := range dirs {
		want[d.Dir] = true
		// A folder that was deleted and made again is another one: adding it again is how to find out.
		id, err := unix.InotifyAddWatch(n.fd, d.Dir, unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO|unix.IN_ONLYDIR)
		if err == nil {
			n.ids[d.Dir] = id
		}
	}
	for dir, id := range n.ids {
		if !want[dir] {
			_, _ = unix.InotifyRmWatch(n.fd, uint32(id)) // gone with its folder, maybe
			delete(n.ids, dir)
		}
	}
}

func (n *notes) close() {
	if n.file != nil {
		n.file.Close()
	}
	<-n.done
}
