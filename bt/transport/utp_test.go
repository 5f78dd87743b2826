package transport

import (
	"testing"
)

// TestUTPWhereTCPFails: the same port, over UDP.
func TestUTPWhereTCPFails(t *testing.T) {
	for _, mode := range []Encryption{EncryptNever, EncryptRequire} {
		by := openTest(t, Config{UTP: true, DialUTP: true, Encryption: mode})
		at := openTest(t, Config{UTP: true, Encryption: mode})
		tcp, utp := at.Listeners()[0], at.Listeners()[1]
		tcp.close()
		conns := serve(t, utp)
		c, err := greet(t, by, tcp.Addr().String(), someHash)
		if err != nil {
			t.Fatal(err)
		}
		other := (<-conns).(*Conn)
		if !c.(*Conn).UTP() || !other.UTP() {
			t.Error("not over uTP")
		}
		exchange(t, c, other)
		c.Close()
		other.Close()
	}
}
