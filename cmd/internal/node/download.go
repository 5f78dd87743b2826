package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"

	"github.com/torrenttx/ttx/bt"
)

// DownloadOptions is what a plain download is made from.
type DownloadOptions struct {
	// Source is a magnet link, an infohash of 40 hexadecimal digits, or the
	// path of a .torrent file.
	Source string
	// Dir is where the content goes.
	Dir     string
	Listen  string
	Peers   []netip.AddrPort
	DHT     bool
	Version string
	Logger  *slog.Logger
}

// Downloading is a download under way.
type Downloading struct {
	*bt.Torrent
	engine *bt.Engine
}

// Download starts a plain download, without ledger or wallet.
func Download(o DownloadOptions) (*Downloading, error) {
	source, err := o.source()
	if err != nil {
		return nil, err
	}
	engine, err := bt.Open(bt.Config{Listen: o.Listen, Version: userAgent(o.Version), DHT: o.DHT, Logger: o.Logger})
	if err != nil {
		return nil, fmt.Errorf("start the torrent engine: %w", err)
	}
	t, err := engine.Add(source)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%.200s: %w", o.Source, err), closeEngine(engine))
	}
	return &Downloading{t, engine}, nil
}

func (o DownloadOptions) source() (bt.Source, error) {
	s := bt.Source{Dir: o.Dir, Peers: o.Peers}
	hash, err := hex.DecodeString(o.Source)
	switch {
	case strings.HasPrefix(o.Source, "magnet:"):
		s.Magnet = o.Source
		return s, nil
	case err == nil && len(hash) == len(s.Infohash):
		s.Infohash = [20]byte(hash)
		return s, nil
	}
	info, err := os.Stat(o.Source)
	if err != nil {
		return s, fmt.Errorf("%.200q is no magnet link, no infohash and no file: %w", o.Source, err)
	}
	if info.Size() > bt.MaxTorrentFileSize {
		return s, fmt.Errorf("%.200s: %w", o.Source, bt.ErrTooLarge)
	}
	s.File, err = os.ReadFile(o.Source)
	return s, err
}

// Close ends the download; what is on disk stays.
func (d *Downloading) Close() error { return closeEngine(d.engine) }

func closeEngine(e *bt.Engine) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return e.Close(ctx)
}
