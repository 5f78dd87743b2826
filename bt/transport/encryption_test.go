package transport

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var someHash = [20]byte{1, 2, 3}

// greeting is a handshake on an infohash.
func greeting(infohash [20]byte) []byte {
	return slices.Concat([]byte(protocolHeader), make([]byte, 8), infohash[:], []byte("-XX0000-............"))
}

// openTest opens a transport on loopback that knows one infohash.
func openTest(t testing.TB, cfg Config) *Transport {
	t.Helper()
	cfg.Host, cfg.Logger = "127.0.0.1", slog.New(slog.DiscardHandler)
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 10
	}
	if cfg.Keys == nil {
		cfg.Keys = func(yield func([]byte) bool) { yield(someHash[:]) }
	}
	tr, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	tr.Start()
	return tr
}

// serve answers one handshake after the other, as the library does, and hands out the connections.
func serve(t testing.TB, l *Listener) <-chan net.Conn {
	t.Helper()
	conns := make(chan net.Conn, 10)
	go func() {
		defer close(conns)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			head := make([]byte, handshakeLength)
			if _, err := io.ReadFull(c, head); err != nil {
				c.Close()
				continue
			}
			if _, err := c.Write(head); err != nil {
				c.Close()
				continue
			}
			conns <- c
		}
	}()
	return conns
}

// greet dials and shakes hands as the library does: in four writes.
func greet(t testing.TB, by *Transport, addr string, infohash [20]byte) (net.Conn, error) {
	t.Helper()
	c, err := by.Dialer().Dial(t.Context(), addr)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	hello := greeting(infohash)
	go func() {
		for _, part := range [][]byte{hello[:20], hello[20:28], hello[28:48], hello[48:]} {
			if _, err := c.Write(part); err != nil {
				return
			}
		}
	}()
	answer := make([]byte, handshakeLength)
	if _, err := io.ReadFull(c, answer); err != nil {
		c.Close()
		return nil, err
	}
	if !bytes.Equal(answer, hello) {
		t.Errorf("the answer is %q", answer)
	}
	return c, nil
}

// TestEncryptionModes: who meets whom, and in which form.
func TestEncryptionModes(t *testing.T) {
	type pair struct{ dials, listens Encryption }
	const none, plain, encrypted = 0, 1, 2
	for p, want := range map[pair]int{
		{EncryptAllow, EncryptAllow}: plain, {EncryptAllow, EncryptPrefer}: plain,
		{EncryptAllow, EncryptRequire}: encrypted, {EncryptAllow, EncryptNever}: plain,
		{EncryptPrefer, EncryptAllow}: encrypted, {EncryptPrefer, EncryptPrefer}: encrypted,
		{EncryptPrefer, EncryptRequire}: encrypted, {EncryptPrefer, EncryptNever}: plain,
		{EncryptRequire, EncryptAllow}: encrypted, {EncryptRequire, EncryptPrefer}: encrypted,
		{EncryptRequire, EncryptRequire}: encrypted, {EncryptRequire, EncryptNever}: none,
		{EncryptNever, EncryptAllow}: plain, {EncryptNever, EncryptPrefer}: plain,
		{EncryptNever, EncryptRequire}: none, {EncryptNever, EncryptNever}: plain,
	} {
		t.Run(p.dials.String()+" to "+p.listens.String(), func(t *testing.T) {
			by, to := openTest(t, Config{Encryption: p.dials}), openTest(t, Config{Encryption: p.listens})
			conns := serve(t, to.Listeners()[0])
			c, err := greet(t, by, to.Listeners()[0].Addr().String(), someHash)
			if want == none {
				if err == nil {
					t.Fatal("they met")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			other := (<-conns).(*Conn)
			defer other.Close()
			if got := c.(*Conn).Encrypted(); got != (want == encrypted) || other.Encrypted() != got {
				t.Errorf("encrypted: %v and %v", got, other.Encrypted())
			}
			exchange(t, c, other)
		})
	}
}

// exchange sends something each way.
func exchange(t *testing.T, a, b net.Conn) {
	t.Helper()
	for _, dir := range [][2]net.Conn{{a, b}, {b, a}} {
		sent := bytes.Repeat([]byte("something "), 10_000)
		go func() { _, _ = dir[0].Write(sent) }()
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(dir[1], got); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("what was sent did not arrive: %v", err)
		}
	}
}

// TestUnknownKey: an encrypted handshake on an infohash that is not among the keys is dialled again in plain where
// that is allowed.
func TestUnknownKey(t *testing.T) {
	for _, c := range []struct {
		mode Encryption
		met  bool
	}{{EncryptPrefer, true}, {EncryptRequire, false}} {
		by, to := openTest(t, Config{Encryption: c.mode}), openTest(t, Config{})
		conns := serve(t, to.Listeners()[0])
		conn, err := greet(t, by, to.Listeners()[0].Addr().String(), [20]byte{9})
		if (err == nil) != c.met {
			t.Errorf("%v: %v", c.mode, err)
		}
		if err == nil {
			conn.Close()
			(<-conns).Close()
		}
	}
}

func TestParseEncryption(t *testing.T) {
	for e := EncryptAllow; e <= EncryptNever; e++ {
		if got, err := ParseEncryption(e.String()); got != e || err != nil {
			t.Errorf("%v: %v, %v", e, got, err)
		}
	}
	if _, err := ParseEncryption("sometimes"); err == nil {
		t.Error("no error")
	}
}

// TestCloseWhileEstablishing: neither a read nor a write outlives the connection.
func TestCloseWhileEstablishing(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	by := openTest(t, Config{})
	c, err := by.Dialer().Dial(t.Context(), silent.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ends := make(chan error, 2)
	go func() {
		_, err := c.Write(greeting(someHash))
		ends <- err
	}()
	go func() {
		_, err := c.Read(make([]byte, 1))
		ends <- err
	}()
	c.Close()
	for range 2 {
		if err := <-ends; err == nil {
			t.Error("no error")
		}
	}
	if n := by.Conns(); n != 0 {
		t.Errorf("%d connections are counted", n)
	}
	if _, err := by.Dialer().Dial(t.Context(), "peer.example:1"); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("a host name was dialled: %v", err)
	}
}
