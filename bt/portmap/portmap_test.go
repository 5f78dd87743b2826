package portmap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

func receive[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
	}
	panic("unreachable")
}

// fakePMP is a router that says what it is asked for. It maps port p to p+1000.
func fakePMP(t *testing.T, result uint16) (netip.AddrPort, <-chan string) {
	t.Helper()
	return fakePMPAt(t, "127.0.0.1:0", result)
}

func fakePMPAt(t *testing.T, at string, result uint16) (netip.AddrPort, <-chan string) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	asked := make(chan string, 32)
	go func() {
		b := make([]byte, 64)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			conn.WriteTo([]byte{0, 99, 0, 0, 1}, from) // of no operation
			out := []byte{0, b[1] | 0x80, byte(result >> 8), byte(result), 0, 0, 0, 9}
			if b[1] == 0 {
				conn.WriteTo(append(out, 203, 0, 113, 7), from)
				continue
			}
			port, wish := binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
			lease := binary.BigEndian.Uint32(b[8:n])
			asked <- fmt.Sprintf("op %d port %d wish %d lease %d", b[1], port, wish, lease)
			out = binary.BigEndian.AppendUint16(out, port)
			out = binary.BigEndian.AppendUint16(out, port+1000)
			conn.WriteTo(binary.BigEndian.AppendUint32(out, lease), from)
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort(), asked
}

// await waits until there is a mapping.
func await(t *testing.T, m *Mapper) (netip.AddrPort, string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		if a, via := m.External(); a.IsValid() {
			return a, via
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("no mapping")
		}
	}
}

func nowhere(t *testing.T) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestNATPMP(t *testing.T) {
	gateway, asked := fakePMP(t, 0)
	m := Open(Config{
		Port: 7000, UDP: true, Search: nowhere(t), Gateway: func() (netip.AddrPort, error) { return gateway, nil },
	})
	if a, via := await(t, m); a.String() != "203.0.113.7:8000" || via != "NAT-PMP" {
		t.Errorf("mapped to %v by %s", a, via)
	}
	m.Close()
	for _, want := range []string{
		"op 2 port 7000 wish 7000 lease 7200", "op 1 port 7000 wish 7000 lease 7200",
		"op 2 port 7000 wish 0 lease 0", "op 1 port 7000 wish 0 lease 0",
	} {
		if got := receive(t, want, asked); got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
	}
}

func TestNATPMPRefuses(t *testing.T) {
	gateway, _ := fakePMP(t, 2)
	_, _, err := natPMP{gateway}.add(t.Context(), tcp, 7000, lifetime)
	if err == nil || !strings.Contains(err.Error(), "switched it off") {
		t.Errorf("refused with %v", err)
	}
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, err = natPMP{silent.LocalAddr().(*net.UDPAddr).AddrPort()}.ask(t.Context(), []byte{0, 0}, 12)
	if err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("a silent router: %v", err)
	}
}

const description = `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device><deviceList><device>
<serviceList><service><serviceType>urn:schemas-upnp-org:service:Layer3:1</serviceType><controlURL>/no</controlURL></service>
<service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/ctl</controlURL></service>
</serviceList></device></deviceList></device></deviceList></device></root>`

// fakeIGD is a device that answers searches. It knows no leases.
func fakeIGD(t *testing.T, describe http.HandlerFunc, location func(string) string) (search netip.AddrPort, calls <-chan string) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return conn.LocalAddr().(*net.UDPAddr).AddrPort(), fakeIGDAt(t, conn, "127.0.0.1:0", describe, location)
}

// fakeIGDAt hears searches on a connection, which it closes, and listens for the rest at an address.
func fakeIGDAt(t *testing.T, conn net.PacketConn, at string, describe http.HandlerFunc, location func(string) string) (calls <-chan string) {
	t.Helper()
	said := make(chan string, 32)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /desc.xml", describe)
	mux.HandleFunc("POST /ctl", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, action, _ := strings.Cut(strings.Trim(r.Header.Get("SOAPAction"), `"`), "#")
		lease := element(body, "NewLeaseDuration")
		said <- strings.TrimSpace(strings.Join([]string{
			action, element(body, "NewProtocol"), element(body, "NewExternalPort"), element(body, "NewInternalClient"), lease,
		}, " "))
		switch {
		case action == "AddPortMapping" && lease != "0":
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "<e><errorCode>725</errorCode></e>")
		case action == "GetExternalIPAddress":
			io.WriteString(w, "<e><NewExternalIPAddress>203.0.113.9</NewExternalIPAddress></e>")
		}
	})
	srv := httptest.NewUnstartedServer(mux)
	srv.Listener.Close()
	var err error
	if srv.Listener, err = net.Listen("tcp4", at); err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(srv.Close)
	t.Cleanup(func() { conn.Close() })
	go func() {
		b := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			if strings.HasPrefix(string(b[:n]), "M-SEARCH") {
				fmt.Fprintf(writerTo{conn, from}, "HTTP/1.1 200 OK\r\nLOCATION: %s\r\n\r\n", location(srv.URL))
			}
		}
	}()
	return said
}

type writerTo struct {
	conn net.PacketConn
	to   net.Addr
}

func (w writerTo) Write(b []byte) (int, error) { return w.conn.WriteTo(b, w.to) }

func noGateway() (netip.AddrPort, error) { return netip.AddrPort{}, errNoGateway }

func TestUPnP(t *testing.T) {
	search, calls := fakeIGD(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, description) },
		func(url string) string { return url + "/desc.xml" })
	m := Open(Config{Port: 7000, UDP: true, Search: search, Gateway: noGateway})
	if a, via := await(t, m); a.String() != "203.0.113.9:7000" || via != "UPnP" {
		t.Errorf("mapped to %v by %s", a, via)
	}
	m.Close()
	for _, want := range []string{
		"AddPortMapping TCP 7000 127.0.0.1 7200", "AddPortMapping TCP 7000 127.0.0.1 0",
		"AddPortMapping UDP 7000 127.0.0.1 7200", "AddPortMapping UDP 7000 127.0.0.1 0", "GetExternalIPAddress",
		"DeletePortMapping TCP 7000", "DeletePortMapping UDP 7000",
	} {
		if got := strings.Join(strings.Fields(receive(t, want, calls)), " "); got != want {
			t.Errorf("called %q, want %q", got, want)
		}
	}
}

func TestHostileDevices(t *testing.T) {
	plain := func(url string) string { return url + "/desc.xml" }
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, s) }
	}
	for _, c := range []struct {
		name     string
		describe http.HandlerFunc
		location func(string) string
		says     string
	}{
		{"elsewhere", text(description), func(string) string { return "http://192.0.2.1/desc.xml" }, "describes itself elsewhere"},
		{"a file", text(description), func(string) string { return "file:///etc/passwd" }, "describes itself elsewhere"},
		{"control elsewhere", text(strings.Replace(description, "/ctl", "http://192.0.2.1/ctl", 1)), plain, "controlled elsewhere"},
		{"garbage", text("<<<"), plain, "without a service"},
		{"too long", text(strings.Repeat("<a>", maxDescription)), plain, "longer than"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/desc.xml", http.StatusFound) }, plain, "redirects"},
	} {
		search, _ := fakeIGD(t, c.describe, c.location)
		m := Open(Config{Port: 7000, Search: search, Gateway: func() (netip.AddrPort, error) { return netip.AddrPort{}, errors.New("none") }})
		_, _, err := m.openUPnP(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		m.Close()
	}
}

func TestGateway(t *testing.T) {
	for line, want := range map[string]string{
		"eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0": "192.168.1.1",
		"eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0": "",
		"Iface\tDestination\tGateway":                                  "",
		"eth0\t00000000\tzz\t0003\t0\t0\t100\t00000000":                "",
	} {
		got, ok := gatewayOf(line)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%q: %v, %v", line, got, ok)
		}
	}
}
