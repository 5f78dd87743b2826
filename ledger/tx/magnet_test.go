package tx

import (
	"encoding/base32"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestMagnet_RoundTrip(t *testing.T) {
	g := newNetwork(t, plainGenesis()).genesis
	for name, m := range map[string]Magnet{
		"network":          g.Magnet("127.0.0.1:7474", "[::1]:7474", "node.example.org:80"),
		"no peers":         g.Magnet(),
		"infohash alone":   {Infohash: g.Infohash()},
		"name to escape":   {Infohash: g.Infohash(), Name: "a b&c=d+é#%"},
		"infohash of zero": {},
	} {
		got, err := ParseMagnet(m.String())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: %s reads as %+v, %v", name, m, got, err)
		}
	}
}

func TestParseMagnet_Forms(t *testing.T) {
	g := newNetwork(t, plainGenesis()).genesis
	hash := g.Infohash()
	hex := hash.String()
	b32 := base32.StdEncoding.EncodeToString(hash[:])
	for name, link := range map[string]string{
		"plain":             "magnet:?xt=urn:btih:" + hex,
		"upper case":        "MAGNET:?xt=URN:BTIH:" + strings.ToUpper(hex),
		"base 32":           "magnet:?xt=urn:btih:" + b32,
		"base 32 lower":     "magnet:?xt=urn:btih:" + strings.ToLower(b32),
		"escaped colons":    "magnet:?xt=urn%3Abtih%3A" + hex,
		"hybrid":            "magnet:?xt=urn:btmh:1220" + strings.Repeat("ab", 32) + "&xt=urn:btih:" + hex,
		"twice the same":    "magnet:?xt=urn:btih:" + hex + "&xt=urn:btih:" + b32,
		"unknown parameter": "magnet:?tr=http%3A%2F%2Fa%2F&xt=urn:btih:" + hex + "&so=0",
	} {
		if m, err := ParseMagnet(link); err != nil || m.Infohash != hash {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func magnetRefusals() []refusal {
	hex := strings.Repeat("0f", 20)
	xt := "magnet:?xt=urn:btih:" + hex
	return []refusal{
		{"nothing", "", ErrMagnet},
		{"another scheme", "http://example.org/?xt=urn:btih:" + hex, ErrMagnet},
		{"no topic", "magnet:?dn=a", ErrMagnet},
		{"empty topic", "magnet:?xt=", ErrMagnet},
		{"v2 only", "magnet:?xt=urn:btmh:1220" + strings.Repeat("ab", 32), ErrMagnet},
		{"two infohashes", xt + "&xt=urn:btih:" + strings.Repeat("f0", 20), ErrMagnet},
		{"infohash of 39 digits", xt[:len(xt)-1], ErrMagnet},
		{"infohash not hexadecimal", "magnet:?xt=urn:btih:" + strings.Repeat("z", 40), ErrMagnet},
		{"infohash not base 32", "magnet:?xt=urn:btih:" + strings.Repeat("1", 32), ErrMagnet},
		{"bad escape", xt + "&dn=%zz", ErrMagnet},
		{"semicolon", xt + ";dn=a", ErrMagnet},
		{"name not UTF-8", xt + "&dn=%ff", ErrMagnet},
		{"long name", xt + "&dn=" + strings.Repeat("a", 256), ErrMagnet},
		{"txid of 20 bytes", xt + "&x.ttx=" + hex, ErrMagnet},
		{"txid of zero", xt + "&x.ttx=" + strings.Repeat("0", 64), ErrMagnet},
		{"two txids", xt + strings.Repeat("&x.ttx="+strings.Repeat("1", 64), 2), ErrMagnet},
		{"peer without port", xt + "&x.pe=example.org", ErrPeer},
		{"9 peers", xt + strings.Repeat("&x.pe=a:1", 9), ErrPeer},
		{"too long", xt + "&so=" + strings.Repeat("0", MaxMagnetSize), ErrMagnet},
	}
}

func TestParseMagnet_Refuses(t *testing.T) {
	for _, c := range magnetRefusals() {
		if _, err := ParseMagnet(c.raw); KindOf(err) != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestParseID(t *testing.T) {
	id := ID{0xab, 31: 0xcd}
	if got, err := ParseID(id.String()); err != nil || got != id {
		t.Errorf("%s: %v", id, err)
	}
	for _, bad := range []string{"", "ab", id.String() + "00", "../" + id.String()[3:], slices.Repeat([]string{"g"}, 1)[0]} {
		if _, err := ParseID(bad); KindOf(err) != ErrText {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
