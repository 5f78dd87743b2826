package sync

import (
	"bytes"

	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// An intake reads one turn of the peer.
type intake struct {
	s    *Session
	step Step
	jobs []job
	// joinable is set while the last thing found to be lacking is a range.
	joinable bool
}

// read takes regions, which are ascending and disjoint. Those of one answer
// stand next to each other, since questions are disjoint.
func (in *intake) read(regions []wire.Region) error {
	for len(regions) > 0 {
		about, asked := in.s.asked.around(&regions[0])
		n := 1
		if asked {
			for n < len(regions) && about.region.Contains(&regions[n]) {
				n++
			}
			if err := in.answer(about, regions[:n]); err != nil {
				return err
			}
		} else if err := in.told(&regions[0]); err != nil {
			return err
		}
		regions = regions[n:]
	}
	return nil
}

// told takes a region that answers no question: it has to be about keys that
// are lacking here.
func (in *intake) told(r *wire.Region) error {
	if in.s.mine.Sub(int(r.Bits), r.Prefix).Count() > 0 {
		return &Error{Kind: ErrUnasked}
	}
	if r.Kind == wire.RegionRoot {
		in.needRange(r)
		return nil
	}
	in.need(r.Keys)
	return nil
}

// answer takes all that the peer has in the region of a question.
func (in *intake) answer(about question, regions []wire.Region) error {
	if len(regions) > about.fanOut {
		return &Error{Kind: ErrFanOut}
	}
	in.s.asked.remove(about)
	var claimed, covered uint64
	for i := range regions {
		r := &regions[i]
		if r.Count > about.limit-claimed {
			return &Error{Kind: ErrCount, Detail: "the parts exceed the whole"}
		}
		claimed += r.Count
		sub := in.s.mine.Sub(int(r.Bits), r.Prefix)
		covered += sub.Count()
		if err := in.part(r, sub); err != nil {
			return err
		}
	}
	whole := &about.region
	if in.s.mine.Sub(int(whole.Bits), whole.Prefix).Count() > covered {
		in.jobs = append(in.jobs, job{kind: jobTell, region: *whole, except: spansOf(regions)})
	}
	return nil
}

// part takes one region of an answer; sub is what is here of it.
func (in *intake) part(r *wire.Region, sub trie.Trie) error {
	switch {
	case r.Kind != wire.RegionRoot:
		in.listed(r, sub)
	case sub.Count() == 0:
		in.needRange(r)
	case sub.Root() != r.Root:
		in.jobs = append(in.jobs, job{kind: jobAnswer, region: *r})
	case sub.Count() != r.Count:
		return &Error{Kind: ErrCount, Detail: "one root with two counts"}
	}
	return nil
}

// listed takes a list or want of all that the peer has in a region.
func (in *intake) listed(r *wire.Region, sub trie.Trie) {
	missing := make([][trie.KeySize]byte, 0, len(r.Keys))
	for _, k := range r.Keys {
		if !sub.Has(k) {
			missing = append(missing, k)
		}
	}
	in.need(missing)
	lacking := sub.Count() - uint64(len(r.Keys)-len(missing))
	switch {
	case lacking == 0:
	case r.Kind == wire.RegionWant && lacking <= MaxSend && len(in.step.Send)+int(lacking) <= MaxSendTurn:
		in.send(r, sub)
	default:
		in.jobs = append(in.jobs, job{kind: jobTell, region: *r, except: spansOfKeys(r.Keys)})
	}
}

// send notes the keys of sub that are not listed in r.
func (in *intake) send(r *wire.Region, sub trie.Trie) {
	listed := r.Keys
	sub.Ascend(r.Prefix, func(k trie.Key, _ uint64) bool {
		for len(listed) > 0 && bytes.Compare(listed[0][:], k[:]) < 0 {
			listed = listed[1:]
		}
		if len(listed) == 0 || listed[0] != k {
			in.step.Send = append(in.step.Send, k)
		}
		return true
	})
}

func (in *intake) need(keys [][trie.KeySize]byte) {
	for _, k := range keys {
		in.step.Need = append(in.step.Need, k)
		in.joinable = false
	}
}

// needRange notes that everything in a region is lacking. Neighbours become one
// range if nothing that is here lies between them.
func (in *intake) needRange(r *wire.Region) {
	g := rangeOf(r)
	if in.joinable {
		last := &in.step.Ranges[len(in.step.Ranges)-1]
		if in.s.lacksAll(last.Upto, g.Upto) {
			last.Upto = g.Upto
			if last.Count += g.Count; last.Count < g.Count {
				last.Count = ^uint64(0)
			}
			return
		}
	}
	in.step.Ranges = append(in.step.Ranges, g)
	in.joinable = true
}

// lacksAll reports whether no key from from to upto is here.
func (s *Session) lacksAll(from, upto trie.Key) bool {
	none := true
	s.mine.Ascend(from, func(k trie.Key, _ uint64) bool {
		none = bytes.Compare(k[:], upto[:]) > 0
		return false
	})
	return none
}
