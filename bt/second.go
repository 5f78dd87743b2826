package bt

import checked "github.com/torrenttx/ttx/bt/metainfo"

// takeSecond lets those peers in who know a hybrid by its v2 infohash alone, as the library does when it is shown the
// info. One that was added by that one is not known by its v1 infohash: the library would change its name.
func (t *Torrent) takeSecond(s *slot, in *checked.Info) {
	if !in.V1 || !in.V2 || t.infohash != in.InfohashV1() {
		return
	}
	v2 := in.InfohashV2()
	second := [20]byte(v2[:20])
	t.e.sockets.Alias(t.infohash, second)
	s.second.Store(&second)
}
