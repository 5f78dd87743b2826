package portmap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Bounds of what a device may answer.
const (
	maxDescription = 256 << 10 // bytes; they have some 10 kB
	maxHeader      = 16 << 10
	maxDevices     = 8 // answers to one search
	searchWithin   = 2 * time.Second
	answerWithin   = 5 * time.Second
)

// igd is the service of an Internet Gateway Device that maps ports.
type igd struct {
	m       *Mapper
	control string // URL
	service string // its type
	local   netip.Addr
}

// openUPnP looks for a device.
func (m *Mapper) openUPnP(ctx context.Context) (way, string, error) {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp4", ":0")
	if err != nil {
		return nil, "", fmt.Errorf("UPnP: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	const kind = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"
	search := "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: " + kind + "\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\n\r\n"
	if _, err := conn.WriteTo([]byte(search), net.UDPAddrFromAddrPort(m.cfg.Search)); err != nil {
		return nil, "", fmt.Errorf("UPnP: %w", err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(searchWithin)); err != nil {
		return nil, "", err
	}
	errs := []error{errors.New("UPnP: no router answers")}
	b := make([]byte, 4096)
	for range maxDevices {
		n, from, err := conn.ReadFrom(b)
		if err != nil {
			break
		}
		d, err := m.describe(ctx, b[:n], from.(*net.UDPAddr).AddrPort().Addr().Unmap())
		if err == nil {
			return d, "UPnP", nil
		}
		errs = append(errs, fmt.Errorf("UPnP: %w", err))
	}
	return nil, "", errors.Join(errs...)
}

// describe makes a device of an answer to a search. Its description must be where the answer came from: else
// anybody on the network could have us ask any host.
func (m *Mapper) describe(ctx context.Context, answer []byte, from netip.Addr) (*igd, error) {
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	where, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || where.Scheme != "http" || where.Hostname() != from.String() {
		return nil, fmt.Errorf("%v describes itself elsewhere", from)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return nil, err
	}
	body, err := m.fetch(req)
	if err != nil {
		return nil, err
	}
	service, control, err := findService(body)
	if err != nil {
		return nil, err
	}
	u, err := where.Parse(control)
	if err != nil || u.Scheme != "http" || u.Hostname() != from.String() {
		return nil, fmt.Errorf("%v is controlled elsewhere", from)
	}
	local, err := localFor(ctx, where.Host)
	return &igd{m: m, control: u.String(), service: service, local: local}, err
}

// localFor is our address as a device sees it.
func localFor(ctx context.Context, host string) (netip.Addr, error) {
	if !strings.Contains(host, ":") {
		host += ":80"
	}
	conn, err := new(net.Dialer).DialContext(ctx, "udp4", host) // sends nothing
	if err != nil {
		return netip.Addr{}, err
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

func (m *Mapper) fetch(req *http.Request) ([]byte, error) {
	resp, err := m.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDescription+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxDescription:
		return nil, fmt.Errorf("a device's answer is longer than %d bytes", maxDescription)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the device refuses: %s%s", resp.Status, soapError(body))
	}
	return body, nil
}

// findService finds a service that maps ports, at whatever depth.
func findService(description []byte) (kind, control string, err error) {
	d := xml.NewDecoder(bytes.NewReader(description))
	for {
		t, err := d.Token()
		if err != nil {
			return "", "", errors.New("a device without a service that maps ports")
		}
		start, ok := t.(xml.StartElement)
		if !ok || start.Name.Local != "service" {
			continue
		}
		var s struct {
			Type    string `xml:"serviceType"`
			Control string `xml:"controlURL"`
		}
		if err := d.DecodeElement(&s, &start); err != nil {
			return "", "", err
		}
		s.Type = strings.TrimSpace(s.Type)
		if strings.Contains(s.Type, ":WANIPConnection:") || strings.Contains(s.Type, ":WANPPPConnection:") {
			return s.Type, strings.TrimSpace(s.Control), nil
		}
	}
}

// onlyForever is the error of a device that knows no leases.
const onlyForever = "725"

func (d *igd) add(ctx context.Context, p protocol, port uint16, lease time.Duration) (uint16, time.Duration, error) {
	if lease == 0 {
		_, err := d.call(ctx, "DeletePortMapping", fmt.Sprintf(
			"<NewRemoteHost></NewRemoteHost><NewExternalPort>%d</NewExternalPort><NewProtocol>%s</NewProtocol>", port, p.upnp))
		return 0, 0, err
	}
	err := d.addFor(ctx, p, port, lease)
	if err != nil && strings.Contains(err.Error(), onlyForever) {
		err = d.addFor(ctx, p, port, 0)
	}
	return port, lease, err
}

func (d *igd) addFor(ctx context.Context, p protocol, port uint16, lease time.Duration) error {
	_, err := d.call(ctx, "AddPortMapping", fmt.Sprintf("<NewRemoteHost></NewRemoteHost><NewExternalPort>%d</NewExternalPort>"+
		"<NewProtocol>%s</NewProtocol><NewInternalPort>%d</NewInternalPort><NewInternalClient>%v</NewInternalClient>"+
		"<NewEnabled>1</NewEnabled><NewPortMappingDescription>ttx</NewPortMappingDescription>"+
		"<NewLeaseDuration>%d</NewLeaseDuration>", port, p.upnp, port, d.local, int(lease/time.Second)))
	return err
}

func (d *igd) address(ctx context.Context) (netip.Addr, error) {
	body, err := d.call(ctx, "GetExternalIPAddress", "")
	if err != nil {
		return netip.Addr{}, err
	}
	return netip.ParseAddr(element(body, "NewExternalIPAddress"))
}

// call makes a SOAP call.
func (d *igd) call(ctx context.Context, action, arguments string) ([]byte, error) {
	var kind bytes.Buffer
	if err := xml.EscapeText(&kind, []byte(d.service)); err != nil {
		return nil, err
	}
	body := `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
		`s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:` + action + ` xmlns:u="` + kind.String() + `">` +
		arguments + `</u:` + action + `></s:Body></s:Envelope>`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.control, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
	req.Header.Set("SOAPAction", `"`+strings.Map(printable, d.service)+"#"+action+`"`)
	return d.m.fetch(req)
}

func printable(r rune) rune {
	if r < ' ' || r > '~' || r == '"' {
		return -1
	}
	return r
}

// element is the text of the first element of a name.
func element(body []byte, name string) string {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		if start, ok := t.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if d.DecodeElement(&text, &start) != nil {
				return ""
			}
			return strings.TrimSpace(text)
		}
	}
}

func soapError(body []byte) string {
	code := element(body, "errorCode")
	if code == "" || len(code) > 8 {
		return ""
	}
	return ", UPnP error " + code
}
