package tui

import "fmt"

// Sentence says how the node stands to the others, in a few words, and how good
// that is. What a person has to act on comes first.
func Sentence(o Overview) (string, Tone) {
	switch {
	case !o.Ledger:
		return Plural(o.Torrents, "torrent"), Plain
	case o.Alarm:
		return "a third of the stake has forked: stop paying", Bad
	case len(o.Problems) > 0:
		return Clean(o.Problems[0]), Bad
	case o.Peers > 0 && o.OtherRules == o.Peers:
		return others(o.OtherRules), Warn
	case o.Peers == 0:
		return "looking for peers", Warn
	case o.Ahead > 0 && o.Target > o.Transactions:
		return fmt.Sprintf("catching up: %s of %s", Count(o.Transactions), Count(o.Target)), Warn
	}
	text, tone := fmt.Sprintf("in step with %s of %s", Count(o.InStep), Plural(o.Peers, "peer")), Good
	if o.InStep == 0 {
		tone = Plain
	}
	if o.OtherRules > 0 {
		text, tone = text+", "+others(o.OtherRules), Warn
	}
	return text, tone
}

// others counts peers that decide differently.
func others(n int) string {
	if n == 1 {
		return "a peer runs other rules"
	}
	words := []string{2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
	if n < len(words) {
		return words[n] + " peers run other rules"
	}
	return Count(n) + " peers run other rules"
}
