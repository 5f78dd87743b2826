package tx

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// entries are the keys and bencoded values of a dictionary.
type entries map[string]string

// split takes a dictionary apart.
func split(t testing.TB, b []byte) entries {
	t.Helper()
	r := reader{b: b}
	m := entries{}
	r.eachKey(func(key string) {
		start := r.pos
		r.skip()
		m[key] = string(b[start:r.pos])
	})
	if r.end(); r.err != nil {
		t.Fatal(r.err)
	}
	return m
}

// join puts it together, in canonical order.
func (m entries) join() string {
	s := "d"
	for _, key := range slices.Sorted(maps.Keys(m)) {
		s += bstr(key) + m[key]
	}
	return s + "e"
}

func (m entries) with(changes entries) entries {
	m = maps.Clone(m)
	for key, value := range changes {
		if value == "" {
			delete(m, key)
		} else {
			m[key] = value
		}
	}
	return m
}

func bstr(s string) string { return string(appendString(nil, s)) }

func blist(elements ...string) string { return "l" + strings.Join(elements, "") + "e" }

// refusal is bytes that Decode must refuse, and why.
type refusal struct {
	name string
	raw  string
	want ErrorKind
}

// refusals are one and more for each rule of well-formedness.
func refusals(t testing.TB) []refusal {
	n := newNetwork(t, plainGenesis())
	pay := split(t, n.payment().Raw())
	gen := split(t, n.genesis.Raw())
	vote := split(t, n.vote("voter a", 0, genesisTime, n.genesis.ID()).Raw())
	var all []refusal
	add := func(base entries, want ErrorKind, name string, changes entries) {
		all = append(all, refusal{name, base.with(changes).join(), want})
	}
	all = append(all, syntaxRefusals(pay.join())...)
	keyRefusals(add, pay, gen, vote)
	transferRefusals(add, pay)
	witnessRefusals(add, pay, vote)
	genesisRefusals(add, gen)
	for _, l := range lockRefusals() {
		out := blist("d1:ai1e1:l" + l.raw + "e")
		add(pay, l.want, "lock: "+l.name, entries{"out": out})
	}
	return all
}

func syntaxRefusals(raw string) []refusal {
	cut := func(old, new string) string {
		if !strings.Contains(raw, old) {
			panic("the payment has no " + old)
		}
		return strings.Replace(raw, old, new, 1)
	}
	return []refusal{
		{"nothing", "", ErrEncoding},
		{"an integer", "i1e", ErrEncoding},
		{"a list", "le", ErrEncoding},
		{"a string", "4:spam", ErrEncoding},
		{"an empty dictionary", "de", ErrKind},
		{"cut short", raw[:len(raw)-1], ErrEncoding},
		{"cut within a string", raw[:40], ErrEncoding},
		{"bytes after the end", raw + "e", ErrEncoding},
		{"white space before", " " + raw, ErrEncoding},
		{"white space after", raw + "\n", ErrEncoding},
		{"integer with leading zero", cut("1:vi1e", "1:vi01e"), ErrEncoding},
		{"integer minus zero", cut("1:vi1e", "1:vi-0e"), ErrEncoding},
		{"integer plus one", cut("1:vi1e", "1:vi+1e"), ErrEncoding},
		{"integer without digits", cut("1:vi1e", "1:vie"), ErrEncoding},
		{"integer as a fraction", cut("1:vi1e", "1:vi1.0e"), ErrEncoding},
		{"integer never ends", "d1:ti" + strings.Repeat("1", 10), ErrEncoding},
		{"integer of 2^63", cut("1:vi1e", "1:vi9223372036854775808e"), ErrLimit},
		{"integer of 2^64 + 1", cut("1:vi1e", "1:vi18446744073709551617e"), ErrLimit},
		{"length with leading zero", cut("1:vi1e", "01:vi1e"), ErrEncoding},
		{"length below zero", cut("1:vi1e", "-1:vi1e"), ErrEncoding},
		{"length past the end", cut("1:vi1e", "99999:vi1e"), ErrEncoding},
		{"length past any memory", cut("1:vi1e", "9223372036854775807:vi1e"), ErrEncoding},
		{"key repeated", cut("1:vi1e", "1:vi1e1:vi1e"), ErrEncoding},
		{"keys out of order", cut("1:ti1700000001000e1:vi1e", "1:vi1e1:ti1700000001000e"), ErrEncoding},
		{"unknown key", cut("1:vi1e", "1:ui1e1:vi1e"), ErrUnknownKey},
		{"unknown key last", raw[:len(raw)-1] + "1:z0:e", ErrUnknownKey},
		{"integer as key", cut("1:vi1e", "i1ei1e1:vi1e"), ErrEncoding},
		{"too large", cut("1:vi1e", "1:vi1e1:w"+strings.Repeat("0", MaxSize)), ErrTooLarge},
	}
}

type addRefusal func(base entries, want ErrorKind, name string, changes entries)

func keyRefusals(add addRefusal, pay, gen, vote entries) {
	bases := map[string]entries{"transfer": pay, "genesis": gen, "witness": vote}
	for _, kind := range slices.Sorted(maps.Keys(bases)) {
		base := bases[kind]
		for _, key := range slices.Sorted(maps.Keys(base)) {
			want := ErrMissingKey
			switch {
			case key == "in" && kind == "transfer":
				want = ErrEncoding // `w` is then read as a witness transaction's
			case key == "p", key == "k":
				want = ErrKind
			}
			add(base, want, kind+" without "+key, entries{key: ""})
		}
	}
	add(pay, ErrKind, "transfer with p", entries{"p": gen["p"]})
	add(pay, ErrKind, "transfer with k", entries{"k": vote["k"]})
	add(vote, ErrKind, "witness with p", entries{"p": gen["p"]})
	add(pay, ErrUnknownKey, "transfer with s", entries{"s": "i0e"})
	add(pay, ErrUnknownKey, "transfer with r", entries{"r": bstr(strings.Repeat("r", 64))})
	add(vote, ErrUnknownKey, "witness with m", entries{"m": bstr("hello")})
	add(vote, ErrUnknownKey, "witness with out", entries{"out": pay["out"]})
	add(vote, ErrUnknownKey, "witness with x", entries{"x": blist("d1:d0:1:k1:ae")})
	add(gen, ErrUnknownKey, "genesis with x", entries{"x": blist("d1:d0:1:k1:ae")})
	add(gen, ErrUnknownKey, "genesis with ref", entries{"ref": pay["ref"]})
	add(gen, ErrUnknownKey, "genesis with ih", entries{"ih": pay["ih"]})
	add(gen, ErrUnknownKey, "genesis with w", entries{"w": bstr(strings.Repeat("w", 64))})
	add(pay, ErrVersion, "version 0", entries{"v": "i0e"})
	add(pay, ErrVersion, "version 2", entries{"v": "i2e"})
	add(pay, ErrEncoding, "version as string", entries{"v": "1:1"})
}

func transferRefusals(add addRefusal, pay entries) {
	key := appendLock(nil, KeyLock(keyOf("bob")))
	output := func(amount string) string { return "d1:a" + amount + "1:l" + string(key) + "e" }
	point := func(i int) string { return bstr(strings.Repeat("o", 35) + string(rune(i))) }
	sig := bstr(strings.Repeat("s", 64))
	points, outs, sigs, extras := "", "", "", ""
	for i := range 256 {
		if i <= MaxInputs {
			points, sigs = points+point(i), sigs+sig
		}
		if i <= MaxExtras {
			extras += "d1:d0:1:k1:ae"
		}
		outs += output("i1e")
	}
	twice := point(1) + point(2) + point(1)

	add(pay, ErrEncoding, "negative amount", entries{"out": blist(output("i-1e"))})
	add(pay, ErrEncoding, "amount as string", entries{"out": blist(output("3:100"))})
	add(pay, ErrLimit, "amount of zero", entries{"out": blist(output("i0e"))})
	add(pay, ErrLimit, "amount of 2^63", entries{"out": blist(output("i9223372036854775808e"))})
	add(pay, ErrUnknownKey, "output with unknown key", entries{"out": blist("d1:ai1e1:bi1e1:l" + string(key) + "e")})
	add(pay, ErrUnknownKey, "output with key after the lock", entries{"out": blist("d1:ai1e1:l" + string(key) + "1:mi1ee")})
	add(pay, ErrEncoding, "output without lock", entries{"out": blist("d1:ai1ee")})
	add(pay, ErrLimit, "no output", entries{"out": "le"})
	add(pay, ErrLimit, "256 outputs", entries{"out": blist(outs)})
	add(pay, ErrEncoding, "outputs as dictionary", entries{"out": "de"})
	add(pay, ErrLimit, "no input", entries{"in": "le", "w": "le"})
	add(pay, ErrLimit, "65 inputs", entries{"in": blist(points), "w": blist(sigs)})
	add(pay, ErrDuplicate, "an input twice", entries{"in": blist(twice), "w": blist(sig, sig, sig)})
	add(pay, ErrLimit, "input of 35 bytes", entries{"in": blist(bstr(strings.Repeat("o", 35)))})
	add(pay, ErrLimit, "input of 37 bytes", entries{"in": blist(bstr(strings.Repeat("o", 37)))})
	add(pay, ErrEncoding, "input as list", entries{"in": "lleee"})
	add(pay, ErrLimit, "no ref", entries{"ref": "0:"})
	add(pay, ErrLimit, "9 refs", entries{"ref": bstr(strings.Repeat("r", 9*32))})
	add(pay, ErrLimit, "ref of 31 bytes", entries{"ref": bstr(strings.Repeat("r", 31))})
	add(pay, ErrDuplicate, "a ref twice", entries{"ref": bstr(strings.Repeat("r", 64))})
	add(pay, ErrLimit, "no infohash", entries{"ih": "0:"})
	add(pay, ErrLimit, "infohash of 19 bytes", entries{"ih": bstr(strings.Repeat("h", 19))})
	add(pay, ErrParentHashes, "too many infohashes", entries{"ih": bstr(strings.Repeat("h", 40))})
	add(pay, ErrParentHashes, "too few infohashes", entries{"ref": bstr(strings.Repeat("r", 32))})
	add(pay, ErrLimit, "73 infohashes", entries{"ih": bstr(strings.Repeat("h", 73*20))})
	add(pay, ErrLimit, "empty memo", entries{"m": "0:"})
	add(pay, ErrLimit, "memo of 1025 bytes", entries{"m": bstr(strings.Repeat("m", 1025))})
	add(pay, ErrText, "memo not UTF-8", entries{"m": bstr("caf\xe9")})
	add(pay, ErrText, "memo with a surrogate", entries{"m": bstr("\xed\xa0\x80")})
	add(pay, ErrText, "memo with an overlong form", entries{"m": bstr("\xc0\x80")})
	add(pay, ErrEncoding, "negative time", entries{"t": "i-1e"})
	add(pay, ErrLimit, "no extra", entries{"x": "le"})
	add(pay, ErrLimit, "17 extras", entries{"x": blist(extras)})
	add(pay, ErrLimit, "extra of empty kind", entries{"x": blist("d1:d0:1:k0:e")})
	add(pay, ErrLimit, "extra kind of 17 characters", entries{"x": blist("d1:d0:1:k17:aaaaaaaaaaaaaaaaae")})
	add(pay, ErrText, "extra kind in upper case", entries{"x": blist("d1:d0:1:k1:Ae")})
	add(pay, ErrText, "extra kind with slash", entries{"x": blist("d1:d0:1:k4:../ae")})
	add(pay, ErrUnknownKey, "extra without data", entries{"x": blist("d1:k1:ae")})
	add(pay, ErrEncoding, "extra without kind", entries{"x": blist("d1:d0:e")})
}

func witnessRefusals(add addRefusal, pay, vote entries) {
	sig := bstr(strings.Repeat("s", 64))
	add(pay, ErrLimit, "more witnesses than inputs", entries{"w": blist(sig, sig)})
	add(pay, ErrLimit, "fewer witnesses than inputs", entries{"w": "le"})
	add(pay, ErrEncoding, "absent witness for an input", entries{"w": blist("i0e")})
	add(pay, ErrLimit, "witness of 63 bytes", entries{"w": blist(bstr(strings.Repeat("s", 63)))})
	add(pay, ErrLimit, "witness of 65 bytes", entries{"w": blist(bstr(strings.Repeat("s", 65)))})
	add(pay, ErrLimit, "witness list with the integer 1", entries{"w": blist(blist("i1e", sig))})
	add(pay, ErrEncoding, "witness list with minus zero", entries{"w": blist(blist("i-0e", sig))})
	add(pay, ErrLimit, "witness list of absent ones", entries{"w": blist(blist("i0e", "i0e"))})
	add(pay, ErrLimit, "witness list without places", entries{"w": blist("le")})
	add(pay, ErrLimit, "witness of 17 places", entries{"w": blist(blist(strings.Repeat("0:", 16)))})
	add(pay, ErrLimit, "witness of 5 levels", entries{"w": blist("llll" + sig + "eeee")})
	add(pay, ErrLimit, "witness of many levels", entries{"w": strings.Repeat("l", 7000) + strings.Repeat("e", 7000)})
	add(pay, ErrEncoding, "transfer with a witness's w", entries{"w": sig})
	add(vote, ErrEncoding, "witness with a transfer's w", entries{"w": blist(sig)})
	add(vote, ErrLimit, "vote signature of 63 bytes", entries{"w": bstr(strings.Repeat("s", 63))})
	add(vote, ErrLimit, "voter of 33 bytes", entries{"k": bstr(strings.Repeat("k", 33))})
	add(vote, ErrLimit, "claim of 32 bytes", entries{"r": bstr(strings.Repeat("r", 32))})
	add(vote, ErrLimit, "empty claim", entries{"r": "0:"})
	add(vote, ErrEncoding, "negative number", entries{"s": "i-1e"})
	add(vote, ErrLimit, "witness with 9 refs", entries{"ref": bstr(strings.Repeat("r", 9*32))})
}

func genesisRefusals(add addRefusal, gen entries) {
	params := func(name string, changes entries) func(ErrorKind) {
		return func(want ErrorKind) {
			p := entries{"burn": "i100000e", "name": "8:test-net", "rules": "i1e", "voters": "0:"}
			add(gen, want, "p: "+name, entries{"p": p.with(changes).join()})
		}
	}
	voter := func(name string, stake string) string { k := keyOf(name); return string(k[:]) + stake }
	const one, zero = "\x00\x00\x00\x00\x00\x00\x00\x01", "\x00\x00\x00\x00\x00\x00\x00\x00"
	a, b := voter("voter a", one), voter("voter b", one)
	if a > b {
		a, b = b, a
	}
	half := "\x20\x00\x00\x00\x00\x00\x00\x00"
	offCurve := strings.Repeat("\x00", 32) + one

	params("no burn", entries{"burn": ""})(ErrUnknownKey)
	params("no name", entries{"name": ""})(ErrUnknownKey)
	params("no rules", entries{"rules": ""})(ErrUnknownKey)
	params("no voters", entries{"voters": ""})(ErrEncoding)
	params("unknown key", entries{"zone": "i1e"})(ErrUnknownKey)
	params("burn above 10^9", entries{"burn": "i1000000001e"})(ErrLimit)
	params("empty name", entries{"name": "0:"})(ErrLimit)
	params("name of 33 characters", entries{"name": bstr(strings.Repeat("n", 33))})(ErrLimit)
	params("name in upper case", entries{"name": "4:Main"})(ErrText)
	params("name with a dot", entries{"name": "2:a."})(ErrText)
	params("rules 0", entries{"rules": "i0e"})(ErrLimit)
	params("rules 2", entries{"rules": "i2e"})(ErrLimit)
	params("voters of 39 bytes", entries{"voters": bstr(a[:39])})(ErrLimit)
	params("257 voters", entries{"voters": bstr(strings.Repeat(a, 257))})(ErrLimit)
	params("voters out of order", entries{"voters": bstr(b + a)})(ErrEncoding)
	params("a voter twice", entries{"voters": bstr(a + a)})(ErrEncoding)
	params("stake of zero", entries{"voters": bstr(a[:32] + zero)})(ErrLimit)
	params("stakes of 2^62", entries{"voters": bstr(a[:32] + half + b[:32] + half)})(ErrLimit)
	params("stakes that wrap around", entries{"voters": bstr(a + b[:32] + strings.Repeat("\xff", 8))})(ErrLimit)
	params("voter off the curve", entries{"voters": bstr(offCurve)})(ErrKey)

	lock := string(appendLock(nil, KeyLock(keyOf("alice"))))
	most := "d1:ai9223372036854775807e1:l" + lock + "e"
	add(gen, ErrLimit, "supply of 2^63", entries{"out": blist(most, "d1:ai1e1:l"+lock+"e")})
	add(gen, ErrLimit, "supply that wraps around", entries{"out": blist(most, most, most)})
	add(gen, ErrLimit, "genesis without outputs", entries{"out": "le"})
}

func TestDecode_Refuses(t *testing.T) {
	for _, c := range refusals(t) {
		t.Run(c.name, func(t *testing.T) {
			tx, err := Decode([]byte(c.raw))
			if !errors.Is(err, c.want) {
				t.Errorf("Decode: %v, want %v", err, c.want)
			}
			if tx != nil {
				t.Error("a refused transaction was returned")
			}
		})
	}
}

// TestDecode_Limits accepts what stands exactly at a limit.
func TestDecode_Limits(t *testing.T) {
	full := sized(MaxRefs)
	full.Memo = strings.Repeat("é", MaxMemo/2)
	full.Time = MaxInt
	full.Extras = slices.Repeat([]Extra{{Kind: "a-0123456789-xyz"}}, MaxExtras)
	full.Out[0].Amount = MaxInt
	wide := sized(1)
	for i := range MaxInputs - 1 {
		wide.In = append(wide.In, Outpoint{Tx: ID{3, byte(i)}, Index: 1<<32 - 1})
		wide.ParentHashes = append(wide.ParentHashes, Infohash{})
		wide.Witnesses = append(wide.Witnesses, SignatureWitness(Signature{}))
	}
	many := sized(1)
	many.Out = slices.Repeat(many.Out[:1], MaxOutputs)
	rich := plainGenesis()
	rich.Params.Voters = []Voter{{Key: keyOf("voter a"), Stake: MaxTotalStake}}
	rich.Params.BurnPerByte, rich.Params.Name = MaxBurnPerByte, strings.Repeat("n", MaxName)
	rich.Out = []Output{{Amount: MaxSupply, Lock: rich.Out[0].Lock}}
	open := plainGenesis()
	open.Params.Voters, open.Params.BurnPerByte, open.Time = nil, 0, 0
	for name, tx := range map[string]*Tx{
		"longest memo and extras": full, "64 inputs": wide, "255 outputs": many,
		"largest stake and supply": rich, "no voters, no burn": open,
		"largest number": sizedWitness(1, MaxInt),
	} {
		if err := tx.Seal(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSeal_RefusesForeignFields: what does not belong to the kind is not
// dropped silently.
func TestSeal_RefusesForeignFields(t *testing.T) {
	for name, c := range map[string]struct {
		tx   *Tx
		edit func(*Tx)
	}{
		"memo in a witness":       {sizedWitness(1, 0), func(t *Tx) { t.Memo = "hello" }},
		"output in a witness":     {sizedWitness(1, 0), func(t *Tx) { t.Out = plainGenesis().Out }},
		"input in a witness":      {sizedWitness(1, 0), func(t *Tx) { t.In = []Outpoint{{}} }},
		"extra in a genesis":      {plainGenesis(), func(t *Tx) { t.Extras = []Extra{{Kind: "a"}} }},
		"ref in a genesis":        {plainGenesis(), func(t *Tx) { t.Refs = manyIDs(1) }},
		"witnesses in a genesis":  {plainGenesis(), func(t *Tx) { t.Witnesses = []Witness{EmptyWitness()} }},
		"voter in a transfer":     {sized(1), func(t *Tx) { t.Voter = keyOf("bob") }},
		"number in a transfer":    {sized(1), func(t *Tx) { t.Seq = 1 }},
		"signature in a transfer": {sized(1), func(t *Tx) { t.Sig = Signature{1} }},
		"claim in a transfer":     {sized(1), func(t *Tx) { t.Claim = &Claim{} }},
		"params in a transfer":    {sized(1), func(t *Tx) { t.Params = plainGenesis().Params }},
		"kind unset":              {sized(1), func(t *Tx) { t.Kind = 0 }},
		"kind of another":         {plainGenesis(), func(t *Tx) { t.Kind = KindTransfer }},
		"lock nobody made":        {sized(1), func(t *Tx) { t.Out[0].Lock = Lock{} }},
		"negative time":           {sized(1), func(t *Tx) { t.Time = -1 }},
	} {
		if err := c.tx.Seal(); err != nil {
			t.Fatalf("%s: before: %v", name, err)
		}
		id := c.tx.ID()
		c.edit(c.tx)
		before := *c.tx
		if err := c.tx.Seal(); KindOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		if c.tx.ID() != id || !reflect.DeepEqual(*c.tx, before) {
			t.Errorf("%s: a failed Seal changed the transaction", name)
		}
	}
}

func TestDecodeKnown_SkipsOnlyTheCurve(t *testing.T) {
	for _, c := range refusals(t) {
		_, err := DecodeKnown([]byte(c.raw))
		if c.want == ErrKey {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
