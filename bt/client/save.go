package client

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// keepInterval is how old a record may be when the program is killed, the time to write it included: files that were
// written to later than that were written by somebody else.
const keepInterval = 6 * SaveEvery

// What the files of a torrent are called, behind its infohash.
const (
	torrentSuffix = ".torrent"
	magnetSuffix  = ".magnet"
	resumeSuffix  = ".resume"
)

func (c *Client) path(id ID, suffix string) string { return filepath.Join(c.dir, id.String()+suffix) }

// keep writes what names the torrent.
func (c *Client) keep(e *entry, raw []byte) error {
	suffix := magnetSuffix
	if e.facts.hasInfo {
		suffix = torrentSuffix
	}
	if err := durable.Replace(c.path(e.id, suffix), raw); err != nil {
		return fmt.Errorf("keep the torrent: %w", err)
	}
	return nil
}

// kept is what names the torrent, as it was kept.
func (c *Client) kept(e *entry) ([]byte, error) {
	c.mu.Lock()
	suffix, most := magnetSuffix, metainfo.MaxMagnetSize
	if e.facts.hasInfo {
		suffix, most = torrentSuffix, metainfo.MaxFileSize
	}
	c.mu.Unlock()
	return readBounded(c.path(e.id, suffix), most)
}

// save writes the record of a torrent.
func (c *Client) save(e *entry) error {
	e.saving.Lock() // else an older record could take the place of a newer one
	defer e.saving.Unlock()
	c.mu.Lock()
	removed, l := e.removed, e.live
	e.dirty, e.counted, e.aged, e.saved = false, false, false, time.Now()
	c.mu.Unlock()
	if removed {
		return nil
	}
	data := c.data(e, l)
	var peers []netip.AddrPort
	if l != nil {
		peers = l.KnownPeers()
	}
	c.mu.Lock()
	if len(peers) > 0 { // none at all is more likely our network's fault than that of those that were known
		e.rec.Peers = peers
	}
	rec := e.rec.encode(e.id, e.facts, data)
	c.mu.Unlock()
	if err := resume.Write(c.path(e.id, resumeSuffix), rec); err != nil {
		c.mu.Lock()
		e.dirty = true
		c.mu.Unlock()
		return fmt.Errorf("save torrent %s: %w", e.id, err)
	}
	c.mu.Lock()
	e.durable = rec.Pieces.Count()
	c.mu.Unlock()
	return nil
}

// data is what may be believed of a torrent's data at the next start: what the engine says, and as long as it says
// nothing, what was kept before.
func (c *Client) data(e *entry, l live) *resume.Record {
	if l != nil {
		k, err := l.Keep(keepInterval)
		if err == nil && k.HasInfo {
			return k
		}
		c.failed("what is there of a torrent was not made durable", err)
	}
	k, err := resume.Read(c.path(e.id, resumeSuffix))
	if err != nil {
		return nil // nothing is believed then
	}
	return k
}

// saveAll saves every torrent that changed.
func (c *Client) saveAll() error {
	var errs []error
	for _, e := range c.entries() {
		c.mu.Lock()
		changed := e.dirty || e.counted || e.aged
		c.mu.Unlock()
		if changed {
			errs = append(errs, c.save(e))
		}
	}
	return errors.Join(errs...)
}

// forget deletes what is kept of a torrent. The file that names it goes first: without it the rest is nothing.
func (c *Client) forget(id ID) error {
	for _, suffix := range []string{torrentSuffix, magnetSuffix, resumeSuffix} {
		if err := os.Remove(c.path(id, suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget the torrent: %w", err)
		}
	}
	return durable.SyncDir(c.dir)
}

// readBounded reads a file of at most so many bytes.
func readBounded(path string, most int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(raw) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return raw, err
}
