package bt

import (
	"crypto/sha1"
	"fmt"
	"net/netip"
	"strings"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
)

// maxMagnet is the longest magnet link accepted in bytes, maxTrackers and maxWebSeeds what is used of one source.
const (
	maxMagnet   = 64 << 10
	maxTrackers = 64
	maxWebSeeds = 32
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

// torrentFile is what is read of a .torrent file (BEP 3, 12, 19). Everything else is ignored.
type torrentFile struct {
	Info         bencode.Bytes    `bencode:"info"`
	Announce     string           `bencode:"announce,omitempty"`
	AnnounceList [][]string       `bencode:"announce-list,omitempty,ignore_unmarshal_type_error"`
	URLList      metainfo.UrlList `bencode:"url-list,omitempty,ignore_unmarshal_type_error"`
}

func fromFile(raw []byte) (origin, error) {
	if len(raw) > MaxTorrentFileSize {
		return origin{}, fmt.Errorf("torrent file of %d bytes: %w", len(raw), ErrTooLarge)
	}
	n, err := bencodeLen(raw)
	if err != nil {
		return origin{}, fmt.Errorf("torrent file: %w: %w", ErrMalformed, err)
	}
	var f torrentFile
	if err := unmarshal(raw[:n], &f); err != nil {
		return origin{}, fmt.Errorf("torrent file: %w: %w", ErrMalformed, err)
	}
	info, err := parseInfo(f.Info)
	if err != nil {
		return origin{}, err
	}
	o := origin{infohash: sha1.Sum(f.Info), info: f.Info, parsed: info, name: info.BestName()}
	if f.Announce != "" {
		o.trackers = append(o.trackers, []string{f.Announce})
	}
	o.trackers = append(o.trackers, f.AnnounceList...)
	o.trackers = o.trackers[:min(len(o.trackers), maxTrackers)]
	o.webSeeds = f.URLList[:min(len(f.URLList), maxWebSeeds)]
	return o, nil
}

func fromMagnet(uri string) (origin, error) {
	if len(uri) > maxMagnet {
		return origin{}, fmt.Errorf("magnet link of %d bytes: %w", len(uri), ErrTooLarge)
	}
	m, err := metainfo.ParseMagnetV2Uri(strings.TrimSpace(uri))
	if err != nil {
		return origin{}, fmt.Errorf("magnet link: %w: %w", ErrMalformed, err)
	}
	if !m.InfoHash.Ok || m.InfoHash.Value.IsZero() {
		if m.V2InfoHash.Ok {
			return origin{}, fmt.Errorf("magnet link: %w", ErrV2Only)
		}
		return origin{}, fmt.Errorf("magnet link without infohash: %w", ErrMalformed)
	}
	o := origin{infohash: m.InfoHash.Value, name: m.DisplayName}
	if trackers := m.Trackers[:min(len(m.Trackers), maxTrackers)]; len(trackers) > 0 {
		o.trackers = [][]string{trackers}
	}
	for _, p := range m.Params["x.pe"] {
		if a, err := netip.ParseAddrPort(p); err == nil && len(o.peers) < MaxBookAddresses {
			o.peers = append(o.peers, a)
		}
	}
	return o, nil
}
