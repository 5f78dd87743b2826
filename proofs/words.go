package proofs

import (
	"fmt"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Words says what is proven, a sentence each, in order of importance. They
// hold ids and numbers and no text of strangers.
func (v Verdict) Words() []string {
	var w []string
	say := func(when bool, format string, args ...any) {
		if when {
			w = append(w, fmt.Sprintf(format, args...))
		}
	}
	v.finality(say)
	for _, c := range v.Conflicts {
		say(true, "%s", c.words(v.TxID))
	}
	say(v.ConflictCount > len(v.Conflicts), "There are %d conflicts in all.", v.ConflictCount)
	for _, f := range v.Forks {
		say(true, "Voter %s signed two witnesses with one number, %s and %s: his word counts for nothing here.", f.Voter, f.Witnesses[0], f.Witnesses[1])
	}
	v.validity(say)
	say(v.ClaimedT.Stake > v.ClaimedU.Stake, "Voters with %s of the stake claim, under their signature, to hold it.", v.ClaimedT)
	say(v.Witnessed.Stake > 0, "Voters with %s of the stake signed witnesses that stand on it; %s name it directly.", v.Witnessed, v.Named)
	return w
}

type sayer func(when bool, format string, args ...any)

func (v *Verdict) finality(say sayer) {
	say(v.By == ByGenesis, "It is the genesis of the network: nothing comes before it.")
	say(v.By == ByRule, "It is confirmed by the rule of finality, applied to %d transactions of the file whose ancestors are all in it. "+
		"No transaction elsewhere can undo that while voters with less than a third of the stake sign twice.", v.Rule.count())
	say(v.By == ByClaims, "It is confirmed in the state that voters with %s of the stake claim under their signature: two thirds or more.", v.ClaimedU)
	say(v.By != ByClaims && v.ClaimedU.Stake > 0, "Voters with %s of the stake claim, under their signature, a state in which it is confirmed.", v.ClaimedU)
	switch {
	case v.Rule == nil || v.By == ByGenesis || v.By == ByRule:
	case v.Rule.Status == "rejected":
		say(true, "By the rule of finality a rival of it is confirmed: it is dead.")
	case v.Rule.Status == "orphaned":
		say(true, "By the rule of finality something it spends from is dead, and so is it.")
	case v.Rule.Status == "disputed":
		say(true, "By the rule of finality it is confirmed and so is a rival: voters with a third of the stake or more sign twice.")
	default:
		say(v.Rule.Support.Stake > 0, "On the %d transactions of the file whose ancestors are all in it, votes of %s of the stake count for it.", v.Rule.Transactions, v.Rule.Support)
	}
}

func (v *Verdict) validity(say sayer) {
	say(v.Signed && v.Kind == "transfer", "Its signatures hold, and it spends no more than what it spends from holds.")
	say(v.Signed && v.Kind == "witness", "A voter of the network signed it.")
	say(v.Ancestry == ToGenesis && v.Kind == "transfer", "Everything it descends from by spending is in the file, down to the genesis, and was checked.")
	say(v.Ancestry == ToGenesis && v.Kind == "witness", "Everything it stands on is in the file, down to the genesis, and was checked.")
	say(v.Ancestry == ToClaims, "Every line of its ancestors ends at the genesis, or at a transaction that voters with two thirds of the stake or more claim to hold.")
}

func (r *Rule) count() int {
	if r == nil {
		return 0
	}
	return r.Transactions
}

func (c Clash) words(subject tx.ID) string {
	by := "it spends"
	if c.By != subject {
		by = "its ancestor " + c.By.String() + " spends"
	}
	s := fmt.Sprintf("Output %d of %s, which %s, is spent by", c.Index, c.Spent, by)
	for i, r := range c.Rivals {
		if i == maxRivalsNamed {
			s += fmt.Sprintf(" and %d more", len(c.Rivals)-i)
			break
		}
		if i > 0 {
			s += ","
		}
		s += " " + r.words()
	}
	if c.Settled {
		return s + " too; by the rule that is dead."
	}
	return s + " too: a conflict."
}

// maxRivalsNamed is how many rivals one sentence names.
const maxRivalsNamed = 4

func (r Rival) words() string {
	switch {
	case !r.credible():
		return r.TxID.String() + " (which is not checked: what it spends is not in the file)"
	case r.Claimed.Stake > 0:
		return fmt.Sprintf("%s (confirmed in the state that voters with %s of the stake claim)", r.TxID, r.Claimed)
	case r.Witnessed.Stake > 0:
		return fmt.Sprintf("%s (witnessed by %s of the stake)", r.TxID, r.Witnessed)
	}
	return r.TxID.String()
}

// Missing says what is not proven, a sentence each.
func (v Verdict) Missing() []string {
	var w []string
	say := func(when bool, format string, args ...any) {
		if when {
			w = append(w, fmt.Sprintf(format, args...))
		}
	}
	say(!v.Network.Asked, "That the network is yours: the file names its own, %s. Compare that txid with the one you know.", v.Network.TxID)
	say(!v.Signed, "Its signatures and sums: what it spends from is not in the file.")
	say(v.GapCount > 0, "Its ancestry: %d ancestors are neither in the file nor claimed by two thirds of the stake; the first is %s.", v.GapCount, firstOf(v.Gaps))
	say(v.Ancestry == ToClaims, "What lies below the ancestors that voters claim: that is their word.")
	v.openFinality(say)
	say(v.unchecked() > 0, "The signatures of %d other transactions of the file: what they spend from is not in it. They only lead from witnesses to others.", v.unchecked())
	say(v.By != ByGenesis && v.Newest > 0, "How things stand now: the newest word of a voter in the file is of %s UTC by his own clock.", time.UnixMilli(v.Newest).UTC().Format(time.DateTime))
	say(v.By != ByGenesis && v.Newest == 0, "How things stand now, or when it was made: no voter says anything in the file.")
	return w
}

func (v *Verdict) openFinality(say sayer) {
	switch v.By {
	case ByGenesis:
	case ByRule:
		say(true, "That what it pays is still unspent.")
	case ByClaims:
		say(true, "That those voters told the truth: a claimed state is signed, and checked by nobody. It holds while voters with less than a third of the stake lie.")
		say(true, "That what it pays is still unspent.")
	default:
		say(v.Witnessed.Total == 0, "That it is confirmed: the network has no voters, so nothing ever is.")
		say(v.Witnessed.Total > 0 && v.Level != Conflicted, "That it is confirmed, or ever will be: a rival that the file does not show may win.")
		say(v.Level == Conflicted && (v.Rule == nil || v.Rule.Status == "conflicted" || v.Rule.Status == "pending"), "Who wins: the file does not settle the conflict.")
		say(v.Rule == nil && v.Witnessed.Total > 0, "What the rule of finality says: not everything that the witnesses stand on is in the file.")
	}
}

// unchecked counts the unchecked transactions besides the subject.
func (v *Verdict) unchecked() int {
	n := v.Transactions - v.Checked
	if !v.Signed {
		n--
	}
	return n
}

func firstOf(ids []tx.ID) string {
	if len(ids) == 0 {
		return "unknown"
	}
	return ids[0].String()
}

// String returns the share in percent, rounded down to a tenth.
func (s Share) String() string {
	if s.Total == 0 {
		return "0 %"
	}
	// Stakes sum to less than 2^62: floats are exact enough for a tenth, but
	// must not round up to a threshold that is not reached.
	whole, rest := s.Stake/s.Total, s.Stake%s.Total
	tenths := uint64(float64(rest) / float64(s.Total) * 1000)
	return fmt.Sprintf("%d.%d %%", whole*100+min(tenths, 999)/10, min(tenths, 999)%10)
}
