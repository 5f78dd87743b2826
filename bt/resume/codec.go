package resume

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"

	"github.com/torrenttx/ttx/bt/bencode"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// version is that of the encoding. A record of a later one is not read.
const version = 1

// statSize is the bytes of one FileStat: size, time and inode of 8 each, and one of flags.
const statSize = 25

// Encode writes a record as a bencoded dictionary. What exceeds a bound is left out or cut.
func (r *Record) Encode() []byte {
	d := map[string][]byte{
		"version":     bencode.IntValue(version),
		"v1":          bencode.StringValue(r.InfohashV1[:]),
		"v2":          bencode.StringValue(r.InfohashV2[:]),
		"rename":      encodeRename(r.Rename),
		"renaming":    encodeRename(r.Renaming),
		"pieces":      bencode.StringValue(r.Pieces.Bitfield()),
		"piece count": bencode.IntValue(int64(r.Pieces.Len())),
		"files":       bencode.StringValue(encodeStats(r.Files)),
		"parts":       bencode.StringValue(encodeStats([]FileStat{r.Parts})),
		"priorities":  encodePriorities(r.Priorities),
		"peers":       encodePeers(r.Peers),
	}
	tiers := make([][]byte, 0, len(r.Trackers))
	for _, tier := range firstOf(r.Trackers, metainfo.MaxTrackers) {
		tiers = append(tiers, bencode.StringList(short(tier, metainfo.MaxTrackers, metainfo.MaxURL)))
	}
	d["trackers"] = bencode.AppendList(nil, tiers...)
	d["web seeds"] = bencode.StringList(short(r.WebSeeds, metainfo.MaxWebSeeds, metainfo.MaxURL))
	d["labels"] = bencode.StringList(short(r.Labels, MaxLabels, MaxText))
	for key, p := range r.texts() {
		d[key] = bencode.StringValue((*p)[:min(len(*p), MaxText)])
	}
	for key, p := range r.numbers() {
		d[key] = bencode.IntValue(*p)
	}
	for key, p := range r.flags() {
		if *p {
			d[key] = bencode.IntValue(1)
		}
	}
	d["preallocate"] = bencode.IntValue(int64(r.Preallocate))
	return bencode.AppendDict(nil, d)
}

// texts, numbers and flags are the simple fields by their keys.
func (r *Record) texts() map[string]*string {
	return map[string]*string{"name": &r.Name, "dir": &r.Dir, "incomplete": &r.Incomplete, "moving to": &r.MovingTo}
}

func (r *Record) numbers() map[string]*int64 {
	return map[string]*int64{
		"saved": &r.Saved, "interval": &r.Interval, "up limit": &r.UpLimit, "down limit": &r.DownLimit,
		"ratio goal": &r.RatioGoal, "time goal": &r.TimeGoal, "downloaded": &r.Downloaded, "uploaded": &r.Uploaded,
		"seeding": &r.Seeding, "added": &r.Added, "completed": &r.Completed, "queue": &r.Queue, "max conns": &r.MaxConns,
	}
}

func (r *Record) flags() map[string]*bool {
	return map[string]*bool{
		"has info": &r.HasInfo, "paused": &r.Paused, "sequential": &r.Sequential, "first last": &r.FirstLast,
		"super seeding": &r.SuperSeeding, "forced": &r.Forced, "finished": &r.Finished, "goals off": &r.GoalsOff,
		"reported": &r.Reported, "retracked": &r.Retracked,
	}
}

// firstOf is at most n elements.
func firstOf[T any](list []T, n int) []T { return list[:min(len(list), n)] }

// short is at most n strings, those that are not longer than size.
func short(list []string, n, size int) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return len(s) > size })
	return firstOf(list, n)
}

func encodeStats(stats []FileStat) []byte {
	b := make([]byte, 0, len(stats)*statSize)
	for _, f := range stats {
		b = binary.BigEndian.AppendUint64(b, uint64(f.Size))
		b = binary.BigEndian.AppendUint64(b, uint64(f.ModTime))
		b = binary.BigEndian.AppendUint64(b, f.Inode)
		if f.Writing {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

// encodeRename is a list of number, path, number, path.
func encodeRename(names map[int]string) []byte {
	var list [][]byte
	for _, i := range slices.Sorted(maps.Keys(names)) {
		list = append(list, bencode.IntValue(int64(i)), bencode.StringValue(names[i]))
	}
	return bencode.AppendList(nil, list...)
}

// encodePriorities is a list of number, priority.
func encodePriorities(prio map[int]int) []byte {
	var list [][]byte
	for _, i := range slices.Sorted(maps.Keys(prio)) {
		list = append(list, bencode.IntValue(int64(i)), bencode.IntValue(int64(prio[i])))
	}
	return bencode.AppendList(nil, list...)
}

// encodePeers is a list of 6 or 18 bytes each, as in BEP 23 and BEP 7.
func encodePeers(peers []netip.AddrPort) []byte {
	var list [][]byte
	for _, a := range firstOf(peers, MaxPeers) {
		if !a.IsValid() {
			continue
		}
		list = append(list, bencode.StringValue(binary.BigEndian.AppendUint16(a.Addr().Unmap().WithZone("").AsSlice(), a.Port())))
	}
	return bencode.AppendList(nil, list...)
}

// Decode reads a record. What it does not know is ignored, so that an older program reads what a newer one of the same
// version wrote. The error is of kind [ErrDamaged].
func Decode(raw []byte) (*Record, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, of at most %d", ErrDamaged, len(raw), MaxSize)
	}
	reader, n, err := bencode.NewReader(raw)
	if err == nil && n != len(raw) {
		err = fmt.Errorf("%d bytes behind the end", len(raw)-n)
	}
	var d decoder
	if err == nil {
		_, err = reader.Dict(func(key []byte) error { return d.field(string(key), reader) })
	}
	if err == nil {
		err = d.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return &d.r, nil
}

type decoder struct {
	r        Record
	version  int64
	count    int64
	bitfield []byte
}

// field reads the value of one key.
func (d *decoder) field(key string, r *bencode.Reader) (err error) {
	if p, ok := d.r.texts()[key]; ok {
		*p, err = text(r, MaxText)
		return err
	}
	if p, ok := d.r.numbers()[key]; ok {
		*p, err = r.Int()
		return err
	}
	if p, ok := d.r.flags()[key]; ok {
		v, err := r.Int()
		*p = v != 0
		return err
	}
	return d.special(key, r)
}

func (d *decoder) special(key string, r *bencode.Reader) (err error) {
	switch key {
	case "version":
		d.version, err = r.Int()
	case "v1":
		err = hash(r, d.r.InfohashV1[:])
	case "v2":
		err = hash(r, d.r.InfohashV2[:])
	case "piece count":
		d.count, err = r.Int()
	case "pieces":
		d.bitfield, err = r.Bytes()
	case "files":
		d.r.Files, err = decodeStats(r)
	case "parts":
		var parts []FileStat
		if parts, err = decodeStats(r); err == nil && len(parts) == 1 {
			d.r.Parts = parts[0]
		}
	case "rename":
		err = renames(r, &d.r.Rename)
	case "renaming":
		err = renames(r, &d.r.Renaming)
	case "priorities":
		err = d.priorities(r)
	case "peers":
		err = d.peers(r)
	case "preallocate":
		d.r.Preallocate, err = small(r)
	case "trackers":
		err = r.List(func() error {
			tier, err := texts(r, metainfo.MaxTrackers, metainfo.MaxURL)
			if len(d.r.Trackers) == metainfo.MaxTrackers {
				return fmt.Errorf("more than %d tiers", metainfo.MaxTrackers)
			}
			d.r.Trackers = append(d.r.Trackers, tier)
			return err
		})
	case "web seeds":
		d.r.WebSeeds, err = texts(r, metainfo.MaxWebSeeds, metainfo.MaxURL)
	case "labels":
		d.r.Labels, err = texts(r, MaxLabels, MaxText)
	}
	return err
}

// finish checks what must fit together.
func (d *decoder) finish() (err error) {
	switch {
	case d.version != version:
		return fmt.Errorf("version %d, not %d", d.version, version)
	case d.count < 0 || d.count > metainfo.MaxPieces:
		return fmt.Errorf("%d pieces", d.count)
	case len(d.r.Files) > metainfo.MaxFiles:
		return fmt.Errorf("%d files", len(d.r.Files))
	case d.r.Dir == "":
		return fmt.Errorf("no folder")
	}
	d.r.Pieces, err = ParsePieces(d.bitfield, int(d.count))
	return err
}

func text(r *bencode.Reader, most int) (string, error) {
	b, err := r.Bytes()
	if err == nil && len(b) > most {
		err = fmt.Errorf("a text of %d bytes, of at most %d", len(b), most)
	}
	return string(b), err
}

func texts(r *bencode.Reader, most, size int) (list []string, err error) {
	err = r.List(func() error {
		s, err := text(r, size)
		if len(list) == most {
			return fmt.Errorf("more than %d texts", most)
		}
		list = append(list, s)
		return err
	})
	return list, err
}

func hash(r *bencode.Reader, dst []byte) error {
	b, err := r.Bytes()
	if err == nil && len(b) != len(dst) {
		err = fmt.Errorf("a hash of %d bytes, not %d", len(b), len(dst))
	}
	copy(dst, b)
	return err
}

// small reads a number that fits an int everywhere.
func small(r *bencode.Reader) (int, error) {
	v, err := r.Int()
	if err == nil && (v < math.MinInt32 || v > math.MaxInt32) {
		err = fmt.Errorf("the number %d", v)
	}
	return int(v), err
}

func decodeStats(r *bencode.Reader) ([]FileStat, error) {
	b, err := r.Bytes()
	if err != nil {
		return nil, err
	}
	if len(b)%statSize != 0 || len(b) > metainfo.MaxFiles*statSize {
		return nil, fmt.Errorf("%d bytes of files", len(b))
	}
	var stats []FileStat
	for ; len(b) > 0; b = b[statSize:] {
		if b[24] > 1 {
			return nil, fmt.Errorf("a file with flags %d", b[24])
		}
		stats = append(stats, FileStat{
			Size: int64(binary.BigEndian.Uint64(b)), ModTime: int64(binary.BigEndian.Uint64(b[8:])),
			Inode: binary.BigEndian.Uint64(b[16:]), Writing: b[24] == 1,
		})
	}
	return stats, nil
}

// numbered reads a list of number, value; read reads the value.
func numbered(r *bencode.Reader, read func(i int) error) error {
	n := 0
	return r.List(func() error {
		i, err := small(r)
		if err != nil {
			return err
		}
		if n++; n > metainfo.MaxFiles || i < 0 || i >= metainfo.MaxFiles {
			return fmt.Errorf("file %d", i)
		}
		return read(i)
	})
}

func renames(r *bencode.Reader, names *map[int]string) error {
	return numbered(r, func(i int) error {
		name, err := text(r, MaxText)
		if *names == nil {
			*names = make(map[int]string)
		}
		(*names)[i] = name
		return err
	})
}

func (d *decoder) priorities(r *bencode.Reader) error {
	return numbered(r, func(i int) error {
		prio, err := small(r)
		if d.r.Priorities == nil {
			d.r.Priorities = make(map[int]int)
		}
		d.r.Priorities[i] = prio
		return err
	})
}

func (d *decoder) peers(r *bencode.Reader) error {
	return r.List(func() error {
		b, err := r.Bytes()
		if err != nil {
			return err
		}
		ip, ok := netip.AddrFromSlice(bytes.Clone(b[:max(0, len(b)-2)]))
		if !ok || len(d.r.Peers) == MaxPeers {
			return fmt.Errorf("a peer of %d bytes behind %d others", len(b), len(d.r.Peers))
		}
		d.r.Peers = append(d.r.Peers, netip.AddrPortFrom(ip.Unmap(), binary.BigEndian.Uint16(b[len(b)-2:])))
		return nil
	})
}
