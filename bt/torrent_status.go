package bt

import (
	"net/netip"
	"path"
	"time"

	"github.com/anacrolix/torrent"
)

// Info describes the content of a torrent.
type Info struct {
	Name        string
	Length      int64 // bytes in all
	PieceLength int64 // bytes
	Pieces      int
	Private     bool // BEP 27
	Files       []File
}

// File is one file of a torrent. Padding (BEP 47) is not listed.
type File struct {
	Path   string // slash-separated, below Source.Dir
	Length int64  // bytes
}

// FileStatus is a file with what is there of it.
type FileStatus struct {
	File
	Completed int64 // bytes, blocks of unfinished pieces among them
	Priority  Priority
}

// Progress is a snapshot of a torrent.
type Progress struct {
	Completed, Length       int64 // bytes of content that are there, unfinished pieces among them; in all
	WantedCompleted, Wanted int64 // the same of files that are not skipped
	Downloaded              int64 // bytes of content received since Add
	Uploaded                int64 // bytes of content sent since Add
	DownRate, UpRate        int64 // bytes of content a second, over the last seconds
	Wasted                  int64 // bytes of content that came twice or unasked
	Corrupt                 int64 // bytes of pieces that failed the hash check
	Peers                   int   // connections
	Seeds                   int   // those of them that have everything
	WebSeeds                int   // web seeds in use (BEP 19)
	Known                   int   // addresses known, connected or not; those that only the library knows may be missing
}

// PeerInfo is one connection of a torrent.
type PeerInfo struct {
	Addr      netip.AddrPort
	Client    string
	Outgoing  bool
	UTP       bool
	Encrypted bool    // at least its header (MSE)
	Source    string  // how we learned of it: incoming, tracker, dht, pex, lsd, holepunch, kept, given
	Completed float64 // what it has of the torrent, 0 to 1
	Rate      float64 // bytes a second received while it sent
	Down, Up  int64   // bytes of content a second, over the last seconds
	Received  int64   // bytes of content
	Sent      int64   // bytes of content
}

// InfoBytes is the info dictionary as it is hashed; nil until it is known. Do not change it.
func (t *Torrent) InfoBytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.content == nil {
		return nil
	}
	return t.mu.content.Info.Raw
}

// Info describes the content; false until it is known.
func (t *Torrent) Info() (Info, bool) {
	t.mu.Lock()
	c := t.mu.content
	t.mu.Unlock()
	if c == nil {
		return Info{}, false
	}
	in := c.Info
	info := Info{
		Name: in.Name, Length: in.Size(), PieceLength: in.PieceLength, Pieces: in.Pieces(), Private: in.Private,
	}
	for i := range in.Files {
		if f := &in.Files[i]; !f.Pad {
			info.Files = append(info.Files, File{Path: path.Join(in.Location(f)...), Length: f.Length})
		}
	}
	return info, true
}

// Files is the files with what is there of each and how much it is wanted; nil until the info is known.
func (t *Torrent) Files() []FileStatus {
	info, ok := t.Info()
	if !ok {
		return nil
	}
	t.pieces.mu.Lock()
	defer t.pieces.mu.Unlock()
	files := make([]FileStatus, len(info.Files))
	for f := range files {
		files[f] = FileStatus{File: info.Files[f], Completed: t.pieces.ofFile(f), Priority: t.pieces.prio[f]}
	}
	return files
}

// Pieces is the state of each piece; nil until the info is known.
func (t *Torrent) Pieces() []PieceState { return t.pieces.states() }

// Progress is how far the torrent is.
func (t *Torrent) Progress() Progress {
	p := Progress{Known: t.book.count()}
	t.pieces.progress(&p)
	s := t.slot()
	var now counts
	if s.live() {
		stats := s.t.Stats()
		now = countsIn(&stats)
		p.Peers, p.Known, p.Seeds = stats.ActivePeers, max(p.Known, stats.TotalPeers), stats.ConnectedSeeders
		p.WebSeeds = t.seeds.count()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.s == s {
		now = now.plus(t.mu.past)
	} else {
		now = t.mu.past // a round ended meanwhile
	}
	p.Downloaded, p.Uploaded, p.Wasted = now.down, now.up, now.wasted
	p.DownRate, p.UpRate = t.mu.meter.look(time.Now(), now.down, now.up)
	return p
}

// progress fills in what pieces knows.
func (p *pieces) progress(out *Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out.Corrupt = p.corrupt
	if p.info == nil {
		return
	}
	out.Length, out.Wanted = p.size, p.wanted
	out.Completed, out.WantedCompleted = p.completed()
}

// counts are bytes of content.
type counts struct{ down, up, wasted int64 }

func (c counts) plus(d counts) counts {
	return counts{c.down + d.down, c.up + d.up, c.wasted + d.wasted}
}

func countsOf(t *torrent.Torrent) counts {
	stats := t.Stats()
	return countsIn(&stats)
}

func countsIn(stats *torrent.TorrentStats) counts {
	useful := stats.BytesReadUsefulData.Int64()
	return counts{useful, stats.BytesWrittenData.Int64(), stats.BytesReadData.Int64() - useful}
}

// Peers is the connections at this moment.
func (t *Torrent) Peers() []PeerInfo {
	links := t.e.linksOf(t.slot())
	n := t.pieces.number()
	peers := make([]PeerInfo, 0, len(links))
	now := time.Now()
	for _, lk := range links {
		client, _ := lk.pc.PeerClientName.Load().(string)
		stats := lk.pc.Stats()
		p := PeerInfo{
			Addr: lk.remote, Client: client, Outgoing: !lk.incoming, UTP: lk.utp(), Encrypted: lk.encrypted(), Source: sourceName(lk.pc.Discovery),
			Rate: stats.DownloadRate, Received: stats.BytesReadUsefulData.Int64(), Sent: stats.BytesWrittenData.Int64(),
		}
		if n > 0 {
			p.Completed = min(1, float64(stats.RemotePieceCount)/float64(n))
		}
		p.Down, p.Up = t.e.rates(lk, now, p.Received, p.Sent)
		peers = append(peers, p)
	}
	return peers
}

// sourceName is how the library came to know of a peer, in plain words.
func sourceName(s torrent.PeerSource) string {
	switch s {
	case torrent.PeerSourceIncoming:
		return "incoming"
	case torrent.PeerSourceTracker:
		return "tracker"
	case torrent.PeerSourceDhtGetPeers, torrent.PeerSourceDhtAnnouncePeer:
		return "dht"
	case torrent.PeerSourcePex:
		return "pex"
	case peerSourceLSD:
		return "lsd"
	case peerSourceKept:
		return "kept"
	case torrent.PeerSourceUtHolepunch:
		return "holepunch"
	}
	return "given"
}
