package metainfo

import (
	"strings"

	"github.com/torrenttx/ttx/bt/bencode"
)

// Torrent is a checked .torrent file, or what a magnet link says.
type Torrent struct {
	// Info is the info dictionary; nil for a magnet link.
	Info *Info
	// Layers are the hashes of the pieces of each v2 file of more than one piece, by its root (BEP 52). A hybrid may
	// lack some.
	Layers map[HashV2][]byte
	// Trackers are addresses in tiers: those of one tier are alternatives, the next is tried when none of them
	// answers (BEP 12).
	Trackers [][]string
	// WebSeeds are HTTP addresses of the content (BEP 19), HTTPSeeds of BEP 17's kind.
	WebSeeds, HTTPSeeds []string
	// Nodes are nodes of the DHT, host and port (BEP 5).
	Nodes []Node
	// Comment and CreatedBy are for people. Created is in seconds since 1970, zero if unknown.
	Comment, CreatedBy string
	Created            int64
}

// Node is an address of a DHT node.
type Node struct {
	Host string
	Port uint16
}

// Parse reads and checks a .torrent file. Bytes behind it are ignored.
func Parse(raw []byte) (*Torrent, error) {
	if len(raw) > MaxFileSize {
		return nil, tooLarge("a file of %d bytes, of at most %d", len(raw), MaxFileSize)
	}
	r, _, err := bencode.NewReader(raw)
	if err != nil {
		return nil, malformed("not a torrent file: %w", err)
	}
	var keys fileDict
	if _, err := r.Dict(func(key []byte) error { return keys.read(string(key), r) }); err != nil {
		return nil, broken("not a torrent file", err)
	}
	if keys.infoRaw == nil {
		return nil, malformed("no info dictionary")
	}
	if keys.t.Info, err = ParseInfo(keys.infoRaw); err != nil {
		return nil, err
	}
	keys.trackers()
	return &keys.t, keys.layersOf(keys.t.Info)
}

// fileDict is what a .torrent file says.
type fileDict struct {
	t        Torrent
	infoRaw  []byte
	announce string
	layers   []byte
}

// read reads what it knows. Only the info and the layers have to have the right type.
func (d *fileDict) read(key string, r *bencode.Reader) (err error) {
	switch key {
	case "info":
		if r.Kind() != bencode.Dict {
			return malformed("info: %w: %s, not a dictionary", bencode.ErrType, r.Kind())
		}
		d.infoRaw, err = r.Raw()
	case "piece layers":
		d.layers, err = r.Raw()
	case "announce":
		d.announce = address(r)
	case "announce-list":
		err = d.readTiers(r)
	case "url-list":
		d.t.WebSeeds, err = readURLs(r)
	case "httpseeds":
		d.t.HTTPSeeds, err = readURLs(r)
	case "nodes":
		err = d.readNodes(r)
	case "comment.utf-8", "comment":
		prefer(&d.t.Comment, key, r)
	case "created by.utf-8", "created by":
		prefer(&d.t.CreatedBy, key, r)
	case "creation date":
		if r.Kind() == bencode.Int {
			d.t.Created, err = r.Int()
			d.t.Created = max(d.t.Created, 0)
		}
	}
	return err
}

// prefer reads a text; the key that names an encoding wins over the one that does not.
func prefer(s *string, key string, r *bencode.Reader) {
	if v := text(r); *s == "" || strings.HasSuffix(key, ".utf-8") {
		*s = v
	}
}

// address reads a URL; what cannot be one is none.
func address(r *bencode.Reader) string {
	b, err := r.Bytes()
	if err != nil || len(b) > MaxURL {
		return ""
	}
	return strings.ToValidUTF8(strings.TrimSpace(string(b)), "\ufffd")
}

func readURLs(r *bencode.Reader) (list []string, err error) {
	switch r.Kind() {
	case bencode.String:
		if u := address(r); u != "" {
			list = []string{u}
		}
	case bencode.List:
		err = r.List(func() error {
			if u := address(r); u != "" && len(list) < MaxWebSeeds {
				list = append(list, u)
			}
			return nil
		})
	}
	return list, err
}

func (d *fileDict) readTiers(r *bencode.Reader) error {
	if r.Kind() != bencode.List {
		return nil
	}
	n := 0
	return r.List(func() error {
		if r.Kind() != bencode.List {
			return nil
		}
		var tier []string
		err := r.List(func() error {
			if u := address(r); u != "" && n < MaxTrackers {
				tier = append(tier, u)
				n++
			}
			return nil
		})
		if len(tier) > 0 {
			d.t.Trackers = append(d.t.Trackers, tier)
		}
		return err
	})
}

// trackers uses announce only without announce-list (BEP 12).
func (d *fileDict) trackers() {
	if len(d.t.Trackers) == 0 && d.announce != "" {
		d.t.Trackers = [][]string{{d.announce}}
	}
}

func (d *fileDict) readNodes(r *bencode.Reader) error {
	if r.Kind() != bencode.List {
		return nil
	}
	return r.List(func() error {
		if r.Kind() != bencode.List {
			return nil
		}
		var host string
		var port int64
		err := r.List(func() (err error) {
			switch r.Kind() {
			case bencode.String:
				host = address(r)
			case bencode.Int:
				port, err = r.Int()
			}
			return err
		})
		if host != "" && port > 0 && port < 1<<16 && len(d.t.Nodes) < MaxNodes {
			d.t.Nodes = append(d.t.Nodes, Node{host, uint16(port)})
		}
		return err
	})
}

// layersOf checks that each file that needs a layer has one, and that it leads to its root.
func (d *fileDict) layersOf(in *Info) error {
	if !in.V2 {
		return nil
	}
	all, err := readLayers(d.layers)
	if err != nil {
		return err
	}
	d.t.Layers = make(map[HashV2][]byte)
	for i := range in.Files {
		f := &in.Files[i]
		if f.Pad || f.Length <= in.PieceLength {
			continue
		}
		layer := all[f.Root]
		path := strings.Join(f.Path, "/")
		if layer == nil && in.V1 {
			continue // as clients save it that came by a magnet link; the v1 hashes do
		}
		if layer == nil {
			return malformed("no piece layer for file %.200q", path)
		}
		pieces := (f.Length + in.PieceLength - 1) / in.PieceLength
		if int64(len(layer)) != pieces*SizeV2 {
			return malformed("piece layer of file %.200q has %d bytes for %d pieces", path, len(layer), pieces)
		}
		if d.t.Layers[f.Root] != nil {
			continue // another file with the same content
		}
		if FileRoot(splitV2(layer), in.PieceLength) != f.Root {
			return malformed("piece layer of file %.200q does not lead to its root", path)
		}
		d.t.Layers[f.Root] = layer
	}
	return nil
}

// Whole says whether every file that needs a layer has one. One that came by a magnet link has none at first.
func (t *Torrent) Whole() bool {
	for i := range t.Info.Files {
		if f := &t.Info.Files[i]; t.Info.V2 && !f.Pad && f.Length > t.Info.PieceLength && t.Layers[f.Root] == nil {
			return false
		}
	}
	return true
}

func readLayers(raw []byte) (map[HashV2][]byte, error) {
	all := make(map[HashV2][]byte)
	if raw == nil {
		return all, nil
	}
	r, _, err := bencode.NewReader(raw)
	if err != nil || r.Kind() != bencode.Dict {
		return all, err // not a dictionary: as if there were none
	}
	_, err = r.Dict(func(key []byte) error {
		layer, err := r.Bytes()
		if err != nil || len(key) != SizeV2 || len(layer)%SizeV2 != 0 {
			return malformed("a piece layer that is none: key of %d bytes, value of %d", len(key), len(layer))
		}
		all[HashV2(key)] = layer
		return nil
	})
	if err != nil {
		return nil, broken("piece layers", err)
	}
	return all, nil
}

// splitV2 copies hashes that stand one after another.
func splitV2(b []byte) []HashV2 {
	list := make([]HashV2, len(b)/SizeV2)
	for i := range list {
		list[i] = HashV2(b[i*SizeV2:])
	}
	return list
}

// PieceRoot is the v2 hash that a piece of a file must have: from its layer, or the file's root when it has
// only one. It is false for a hybrid that has no layer for the file.
func (t *Torrent) PieceRoot(f *File, piece int) (HashV2, bool) {
	if f.Length <= t.Info.PieceLength {
		return f.Root, true
	}
	layer := t.Layers[f.Root]
	if layer == nil {
		return HashV2{}, false
	}
	return HashV2(layer[piece*SizeV2:]), true
}
