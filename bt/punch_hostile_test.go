package bt

import (
	"fmt"
	"testing"

	pp "github.com/anacrolix/torrent/peer_protocol"
)

// rendezvousWith asks for a rendezvous with 127.0.0.1:9 (BEP 55).
const rendezvousWith = "\x00\x00\x7f\x00\x00\x01\x00\x09\x00\x00\x00\x00"

// TestRendezvousOfAStranger: one who asks for a rendezvous and never said that it speaks of such gets no answer, which the
// library would panic at; one who did is told that nobody is there, a bounded number of times.
func TestRendezvousOfAStranger(t *testing.T) {
	dir := t.TempDir()
	e := openEngine(t, Config{})
	x := add(t, e, Source{File: share(t, dir, "album", someFiles()), Dir: dir})
	wait(t, x)
	until(t, "the info is told", func() bool { s := x.slot(); return s.live() && s.t.Info() != nil })
	for _, hello := range []string{"d1:mdee", "d1:md12:ut_holepunchi7eee"} {
		s := visit(t, e, x.Infohash())
		s.extended(1, rendezvousWith) // before it said anything
		s.extended(0, hello)
		for range 4 * punchBurst {
			s.extended(1, rendezvousWith)
		}
		s.extended(0, "d1:md11:ut_metadatai3eee")
		s.extended(3, "d8:msg_typei0e5:piecei0ee") // answered when all that was seen
		answers := 0
		for {
			m := s.next(pp.Extended)
			if m[0] == 3 {
				break
			}
			if m[0] == 7 {
				answers++
			}
		}
		if said := hello != "d1:mdee"; said && (answers == 0 || answers > 2*punchBurst) || !said && answers != 0 {
			t.Errorf("%s: %d answers", hello, answers)
		}
	}
}

// TestUnknownExtensionsAreForgotten: the library keeps each name that a stranger gives in a table of the process.
func TestUnknownExtensionsAreForgotten(t *testing.T) {
	m := pp.ExtendedHandshakeMessage{M: map[pp.ExtensionName]pp.ExtensionNumber{pp.ExtensionNamePex: 1, "ttx": 2}}
	for i := range 1000 {
		m.M[pp.ExtensionName(fmt.Sprint("x", i))] = pp.ExtensionNumber(i)
	}
	e := openEngine(t, Config{})
	known(&m, e.protocols())
	if len(m.M) != 2 {
		t.Errorf("%d names are left", len(m.M))
	}
}
