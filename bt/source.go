package bt

import (
	"fmt"
	"net/netip"

	"github.com/anacrolix/torrent/metainfo"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// Source names a torrent and where to get it. Exactly one of File, Magnet and Infohash is set.
type Source struct {
	// File is the content of a .torrent file.
	File []byte
	// Magnet is a magnet link with a v1 infohash (urn:btih).
	Magnet string
	// Infohash is a v1 infohash.
	Infohash [20]byte
	// Dir is the folder below which the content is kept. What is there already is checked and used.
	Dir string
	// Whole says that the content in Dir was just hashed and nothing of it is missing, so that it is not hashed
	// again. It needs File.
	Whole bool
	// Peers are dialled besides those found otherwise.
	Peers []netip.AddrPort
}

// origin is what a Source turns out to say.
type origin struct {
	infohash [20]byte
	info     []byte // nil if only the hash is known
	parsed   *metainfo.Info
	name     string
	trackers [][]string
	webSeeds []string
	peers    []netip.AddrPort
}

// resolve checks a source, which may come from anywhere.
func (s Source) resolve() (origin, error) {
	var o origin
	var err error
	switch {
	case s.File != nil:
		o, err = fromFile(s.File)
	case s.Magnet != "":
		o, err = fromMagnet(s.Magnet)
	case s.Infohash != [20]byte{}:
		o.infohash = s.Infohash
	default:
		err = fmt.Errorf("no torrent given: %w", ErrMalformed)
	}
	o.peers = append(o.peers, s.Peers...)
	return o, err
}

func fromFile(raw []byte) (origin, error) {
	t, err := checked.Parse(raw)
	if err != nil {
		return origin{}, err
	}
	info, err := parseInfo(t.Info.Raw)
	if err != nil {
		return origin{}, err
	}
	return origin{
		infohash: t.Info.InfohashV1(), info: t.Info.Raw, parsed: info, name: t.Info.Name,
		trackers: t.Trackers, webSeeds: t.WebSeeds,
	}, nil
}

func fromMagnet(uri string) (origin, error) {
	m, err := checked.ParseMagnet(uri)
	if err != nil {
		return origin{}, err
	}
	if m.V1 == nil {
		return origin{}, fmt.Errorf("magnet link: %w", ErrV2Only)
	}
	o := origin{infohash: *m.V1, name: m.Name, peers: m.Peers[:min(len(m.Peers), MaxBookAddresses)]}
	if len(m.Trackers) > 0 {
		o.trackers = [][]string{m.Trackers}
	}
	return o, nil
}
