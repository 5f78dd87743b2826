package blocklist

import (
	"net/netip"
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	one, err := Parse(strings.NewReader("10.0.0.0/25\n2001:db8::/32\n"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := Parse(strings.NewReader("x:10.0.0.128-10.0.0.255\ny:192.0.2.7-192.0.2.7\n"))
	if err != nil {
		t.Fatal(err)
	}
	all := Join(one, nil, two)
	for addr, want := range map[string]bool{"10.0.0.1": true, "10.0.0.200": true, "10.0.1.0": false, "192.0.2.7": true, "2001:db8::1": true, "::1": false} {
		if all.Contains(netip.MustParseAddr(addr)) != want {
			t.Errorf("%s: %v", addr, !want)
		}
	}
	if all.Len() != 3 || one.Len() != 2 {
		t.Errorf("%d ranges, of %d before", all.Len(), one.Len())
	}
	if Join().Len() != 0 {
		t.Error("nothing joined is something")
	}
}
