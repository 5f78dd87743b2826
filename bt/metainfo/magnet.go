package metainfo

import (
	"encoding/base32"
	"encoding/hex"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Magnet is what a magnet link says (BEP 9, 52, 53). At least one infohash is there.
type Magnet struct {
	// V1 and V2 are the infohashes; nil if the link has none of the kind.
	V1 *HashV1
	V2 *HashV2
	// Name is what the link calls the content; nothing vouches for it.
	Name string
	// Trackers and WebSeeds are addresses.
	Trackers, WebSeeds []string
	// Peers are addresses to connect to (x.pe).
	Peers []netip.AddrPort
	// Select are the files to download, ranges of indexes with both ends; none means all (BEP 53).
	Select [][2]int
	// Length is the size of the content in bytes that the link claims; zero if it does not.
	Length int64
}

// ParseMagnet reads a magnet link.
func ParseMagnet(link string) (*Magnet, error) {
	if len(link) > MaxMagnetSize {
		return nil, tooLarge("a magnet link of %d bytes, of at most %d", len(link), MaxMagnetSize)
	}
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return nil, malformed("magnet link: %w", err)
	}
	if !strings.EqualFold(u.Scheme, "magnet") {
		return nil, malformed("no magnet link")
	}
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, malformed("magnet link: %w", err)
	}
	m := &Magnet{Name: strings.ToValidUTF8(params.Get("dn"), "\ufffd")}
	if err := m.topics(params); err != nil {
		return nil, err
	}
	m.Trackers = urls(values(params, "tr"), MaxTrackers)
	m.WebSeeds = urls(values(params, "ws"), MaxWebSeeds)
	for _, p := range values(params, "x.pe") {
		if a, err := netip.ParseAddrPort(p); err == nil && len(m.Peers) < MaxPeers {
			m.Peers = append(m.Peers, a)
		}
	}
	if n, err := strconv.ParseInt(params.Get("xl"), 10, 64); err == nil && n > 0 && n <= MaxLength {
		m.Length = n
	}
	m.Select, err = selection(params.Get("so"))
	return m, err
}

// values are those of a key, also of the numbered form (tr.1, tr.2).
func values(params url.Values, key string) []string {
	list := params[key]
	for i := 0; ; i++ {
		more, ok := params[key+"."+strconv.Itoa(i)]
		if !ok && i > 0 {
			return list
		}
		list = append(list, more...)
	}
}

func urls(list []string, most int) []string {
	var out []string
	for _, u := range list {
		if u = strings.TrimSpace(u); u != "" && len(u) <= MaxURL && len(out) < most {
			out = append(out, strings.ToValidUTF8(u, "\ufffd"))
		}
	}
	return out
}

func (m *Magnet) topics(params url.Values) error {
	for _, xt := range values(params, "xt") {
		lower := strings.ToLower(xt)
		switch {
		case strings.HasPrefix(lower, "urn:btih:"):
			h, err := parseV1(xt[len("urn:btih:"):])
			if err != nil {
				return err
			}
			if m.V1 != nil && *m.V1 != h {
				return malformed("magnet link: two v1 infohashes")
			}
			m.V1 = &h
		case strings.HasPrefix(lower, "urn:btmh:"):
			h, err := parseV2(lower[len("urn:btmh:"):])
			if err != nil {
				return err
			}
			if m.V2 != nil && *m.V2 != h {
				return malformed("magnet link: two v2 infohashes")
			}
			m.V2 = &h
		}
	}
	if m.V1 == nil && m.V2 == nil {
		return malformed("magnet link without an infohash")
	}
	return nil
}

// parseV1 reads 40 hexadecimal digits or 32 of base32.
func parseV1(s string) (h HashV1, err error) {
	var b []byte
	if len(s) == base32.StdEncoding.EncodedLen(SizeV1) {
		b, err = base32.StdEncoding.DecodeString(strings.ToUpper(s))
	} else {
		b, err = hex.DecodeString(s)
	}
	if err != nil || len(b) != SizeV1 {
		return h, malformed("magnet link: %.60q is no v1 infohash", s)
	}
	if HashV1(b) == (HashV1{}) {
		return h, malformed("magnet link: the v1 infohash is zero")
	}
	return HashV1(b), nil
}

// multihash is how a v2 infohash begins: the numbers of SHA-256 and of its length.
const multihash = "1220"

func parseV2(s string) (h HashV2, err error) {
	digits, ok := strings.CutPrefix(s, multihash)
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) != SizeV2 {
		return h, malformed("magnet link: %.80q is no v2 infohash", s)
	}
	if HashV2(b) == (HashV2{}) {
		return h, malformed("magnet link: the v2 infohash is zero")
	}
	return HashV2(b), nil
}

// selection reads "0,2,4-6" (BEP 53).
func selection(so string) ([][2]int, error) {
	if so == "" {
		return nil, nil
	}
	var list [][2]int
	for part := range strings.SplitSeq(so, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil || a < 0 || b < a || b >= MaxFiles || len(list) == MaxFiles {
			return nil, malformed("magnet link: %.40q selects no files", part)
		}
		list = append(list, [2]int{a, b})
	}
	return list, nil
}

// String is the magnet link.
func (m *Magnet) String() string {
	link := "magnet:?"
	var parts []string
	if m.V1 != nil {
		parts = append(parts, "xt=urn:btih:"+hex.EncodeToString(m.V1[:]))
	}
	if m.V2 != nil {
		parts = append(parts, "xt=urn:btmh:"+multihash+hex.EncodeToString(m.V2[:]))
	}
	if m.Name != "" {
		parts = append(parts, "dn="+url.QueryEscape(m.Name))
	}
	for _, u := range m.Trackers {
		parts = append(parts, "tr="+url.QueryEscape(u))
	}
	for _, u := range m.WebSeeds {
		parts = append(parts, "ws="+url.QueryEscape(u))
	}
	for _, p := range m.Peers {
		parts = append(parts, "x.pe="+p.String())
	}
	return link + strings.Join(parts, "&")
}

// Magnet is the link that names the torrent.
func (t *Torrent) Magnet() *Magnet {
	m := &Magnet{Name: t.Info.Name, WebSeeds: t.WebSeeds}
	if t.Info.V1 {
		h := t.Info.InfohashV1()
		m.V1 = &h
	}
	if t.Info.V2 {
		h := t.Info.InfohashV2()
		m.V2 = &h
	}
	for _, tier := range t.Trackers {
		m.Trackers = append(m.Trackers, tier...)
	}
	return m
}
