package bt

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/torrenttx/ttx/bt/files"
	checked "github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// Source names a torrent and where to get it. Exactly one of File, Magnet and Infohash is set.
type Source struct {
	// File is the content of a .torrent file.
	File []byte
	// Magnet is a magnet link with a v1 infohash (urn:btih), one of v2 (urn:btmh) or both.
	Magnet string
	// Infohash is a v1 infohash, or the first bytes of one of v2.
	Infohash [20]byte
	// Dir is the folder below which the content is kept; short for a Layout. What is there already is checked and used.
	Dir string
	// Layout says where the content is kept, and how. Rename counts files as [Torrent.Files] does.
	Layout files.Layout
	// Whole says that the content was just hashed and nothing of it is missing, so that it is not hashed again.
	Whole bool
	// Kept is what [Torrent.Keep] returned in an earlier run: what files that changed since then have is hashed,
	// everything else is taken from there.
	Kept *resume.Record
	// Known are the pieces that are there, as the caller knows better than Kept would. Without all three everything is
	// hashed.
	Known *resume.Pieces
	// Peers are dialled besides those found otherwise.
	Peers []netip.AddrPort
	// KnownPeers are what [Torrent.KnownPeers] said in an earlier run. They are dialled as those are that a tracker names.
	KnownPeers []netip.AddrPort
	// Trackers, in tiers, and WebSeeds are used besides those of the file or magnet link.
	Trackers [][]string
	WebSeeds []string

	// Paused adds the torrent without any activity on the network; see [Torrent.Resume].
	Paused bool
	// Priorities says how much files are wanted, by their index in [Torrent.Files]. Files that it does not name are
	// [Normal]. Without it, what a magnet link selects (BEP 53) is wanted and the rest skipped.
	Priorities map[int]Priority
	// OnInfo is called with the info of a magnet link or infohash when it is known, once, before anything is written or
	// asked for. An error ends the torrent with it. It may take its time; nil does nothing.
	OnInfo func(info []byte) error
	// OnLayers is called with the content of a magnet link of v2 alone when the hashes of its pieces are known as well, in
	// the same way. It is not called when OnInfo has all there is: no file then has more than one piece.
	OnLayers func(content *checked.Torrent) error
	// Sequential and FirstLast are those of [Torrent.SetSequential] and [Torrent.SetFirstLast].
	Sequential, FirstLast bool
}

// Swarm is the infohash that [Torrent.Infohash] will say, before anything is added. Errors are those of [Engine.Add] that
// concern the source.
func (s Source) Swarm() ([20]byte, error) {
	o, err := s.resolve()
	return o.infohash, err
}

// origin is what a Source turns out to say.
type origin struct {
	infohash [20]byte
	info     []byte           // nil if only the hash is known
	content  *checked.Torrent // nil if only the hash is known
	name     string
	choice   [][2]int  // of a magnet link (BEP 53)
	v2       *[32]byte // the whole v2 infohash, if it is known and the info is not
	trackers [][]string
	webSeeds []string // its own, without those of the Source
	peers    []netip.AddrPort
}

// opens says whether all is known that it takes to open the files.
func (o *origin) opens() bool { return o.content != nil && !lacksLayers(o.content) }

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
	if err == nil {
		err = checkPriorities(s.Priorities, MaxTorrentFiles)
	}
	o.peers = append(o.peers, s.Peers...)
	o.trackers = append(slices.Clip(o.trackers), s.Trackers...)
	return o, err
}

func fromFile(raw []byte) (origin, error) {
	t, err := checked.Parse(raw)
	if err != nil {
		return origin{}, err
	}
	if err := readable(t.Info); err != nil {
		return origin{}, err
	}
	return origin{
		infohash: swarmOf(t.Info), info: t.Info.Raw, content: t, name: t.Info.Name,
		trackers: t.Trackers, webSeeds: t.WebSeeds,
	}, nil
}

func fromMagnet(uri string) (origin, error) {
	m, err := checked.ParseMagnet(uri)
	if err != nil {
		return origin{}, err
	}
	o := origin{
		v2: (*[32]byte)(m.V2), name: m.Name, peers: m.Peers[:min(len(m.Peers), MaxBookAddresses)], choice: m.Select,
		webSeeds: m.WebSeeds,
	}
	if m.V1 != nil {
		o.infohash = *m.V1
	} else {
		o.infohash = [20]byte(m.V2[:20])
	}
	if len(m.Trackers) > 0 {
		o.trackers = [][]string{m.Trackers}
	}
	return o, nil
}

// contentOf checks an info dictionary that came from a peer.
func contentOf(raw []byte) (*checked.Torrent, error) {
	info, err := checked.ParseInfo(raw)
	if err != nil {
		return nil, err
	}
	return &checked.Torrent{Info: info}, readable(info)
}

// readable says whether the library reads an info dictionary, of those that it is to read, as we do.
func readable(info *checked.Info) error {
	if !info.V1 {
		return nil
	}
	_, err := parseInfo(info.Raw)
	return err
}

// swarmOf is the infohash of the swarm: that of v1, or else the first bytes of that of v2 (BEP 52).
func swarmOf(info *checked.Info) [20]byte {
	if info.V1 {
		return info.InfohashV1()
	}
	v2 := info.InfohashV2()
	return [20]byte(v2[:20])
}
