package rss

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rule says which items of a feed are wanted, and what to do with them. The zero Rule wants all.
type Rule struct {
	// Name tells rules apart in what is remembered; unique among a user's rules.
	Name string `json:"name" toml:"name"`
	// Include are regular expressions (RE2) on the title, of which one must match if there are any; no letter's case
	// counts unless an expression begins with (?-i). Exclude are those of which none may.
	Include []string `json:"include,omitempty" toml:"include"`
	Exclude []string `json:"exclude,omitempty" toml:"exclude"`
	// Categories are those of which the item must have one if there are any; compared whole, without regard to case.
	Categories []string `json:"categories,omitempty" toml:"categories"`
	// MinSize and MaxSize in bytes; zero is none. An item that does not say its size passes.
	MinSize int64 `json:"min_size,omitempty" toml:"min_size"`
	MaxSize int64 `json:"max_size,omitempty" toml:"max_size"`
	// Episodes wants items that name an episode (ParseEpisode), each episode once; a repaired release ("PROPER",
	// "REPACK") of one that was taken is wanted once more.
	Episodes bool `json:"episodes,omitempty" toml:"episodes"`
	// What the torrents get: labels, a folder other than the usual, and no start.
	Labels []string `json:"labels,omitempty" toml:"labels"`
	Dir    string   `json:"dir,omitempty" toml:"dir"`
	Paused bool     `json:"paused,omitempty" toml:"paused"`
}

// Filter is a Rule that can be used. It may be used from any goroutine.
type Filter struct {
	Rule             Rule
	include, exclude []*regexp.Regexp
}

// Compile checks a rule. Its errors are of the kind ErrRule.
func Compile(r Rule) (*Filter, error) {
	f := &Filter{Rule: r}
	var err error
	if f.include, err = patterns(r.Include); err != nil {
		return nil, fmt.Errorf("%w %.60q: include: %w", ErrRule, r.Name, err)
	}
	if f.exclude, err = patterns(r.Exclude); err != nil {
		return nil, fmt.Errorf("%w %.60q: exclude: %w", ErrRule, r.Name, err)
	}
	switch {
	case len(r.Name) > MaxText:
		return nil, fmt.Errorf("%w %.60q: a name of more than %d bytes", ErrRule, r.Name, MaxText)
	case r.MinSize < 0 || r.MaxSize < 0:
		return nil, fmt.Errorf("%w %.60q: a negative size", ErrRule, r.Name)
	case r.MaxSize > 0 && r.MaxSize < r.MinSize:
		return nil, fmt.Errorf("%w %.60q: no size is at least %d and at most %d", ErrRule, r.Name, r.MinSize, r.MaxSize)
	}
	return f, nil
}

func patterns(list []string) ([]*regexp.Regexp, error) {
	if len(list) > MaxPatterns {
		return nil, fmt.Errorf("%d expressions, of at most %d", len(list), MaxPatterns)
	}
	var compiled []*regexp.Regexp
	for _, s := range list {
		if len(s) > MaxPattern {
			return nil, fmt.Errorf("an expression of %d bytes, of at most %d", len(s), MaxPattern)
		}
		re, err := regexp.Compile("(?i)" + s)
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, re)
	}
	return compiled, nil
}

// Match reports whether an item is of the kind that the rule describes, whatever was taken before.
func (f *Filter) Match(it Item) bool {
	if len(f.include) > 0 && !matches(f.include, it.Title) || matches(f.exclude, it.Title) {
		return false
	}
	if len(f.Rule.Categories) > 0 && !slices.ContainsFunc(f.Rule.Categories, it.in) {
		return false
	}
	if it.Size > 0 && (it.Size < f.Rule.MinSize || f.Rule.MaxSize > 0 && it.Size > f.Rule.MaxSize) {
		return false
	}
	if f.Rule.Episodes {
		_, ok := ParseEpisode(it.Title)
		return ok
	}
	return true
}

func matches(list []*regexp.Regexp, s string) bool {
	return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(s) })
}

func (it Item) in(category string) bool {
	return slices.ContainsFunc(it.Categories, func(c string) bool { return strings.EqualFold(c, category) })
}

// Wants reports whether an item matches and is not remembered, nor, with Episodes, what it brings: of a pack no
// episode may have been taken, nor repaired if it is a repair.
func (f *Filter) Wants(it Item, h *History) bool {
	if !f.Match(it) {
		return false
	}
	taken, repaired := f.episodeKeys(it)
	if len(repaired) > 0 {
		taken = repaired
	}
	return !slices.ContainsFunc(append(itemKeys(it), taken...), h.Has)
}

// Keys are what to remember when an item was taken under this rule.
func (f *Filter) Keys(it Item) []string {
	taken, repaired := f.episodeKeys(it)
	return slices.Concat(itemKeys(it), taken, repaired)
}

// itemKeys are the item's own, whatever rule takes it, and its torrent's, whatever feed brings it.
func itemKeys(it Item) []string {
	keys := []string{"item " + it.ID}
	if it.Infohash != "" {
		keys = append(keys, "torrent "+it.Infohash)
	}
	return keys
}

// episodeKeys are those of the episodes, and for a repair those of the repairs.
func (f *Filter) episodeKeys(it Item) (taken, repaired []string) {
	if !f.Rule.Episodes {
		return nil, nil
	}
	e, ok := ParseEpisode(it.Title)
	if !ok {
		return nil, nil
	}
	for _, k := range e.keys() {
		taken = append(taken, shorten("episode "+f.Rule.Name+" "+k))
		if e.Repair {
			repaired = append(repaired, shorten("repair "+f.Rule.Name+" "+k))
		}
	}
	return taken, repaired
}

// History remembers keys, the last MaxHistory of them. The zero History is empty. It is not for several goroutines.
type History struct {
	order []string // oldest first
	known map[string]bool
}

// Restore is a history of the keys that Keys gave.
func Restore(keys []string) *History {
	h := new(History)
	h.Remember(keys...)
	return h
}

// Has reports whether a key is remembered.
func (h *History) Has(key string) bool { return h.known[key] }

// Remember remembers keys; those known already do not get younger.
func (h *History) Remember(keys ...string) {
	if h.known == nil {
		h.known = make(map[string]bool)
	}
	for _, k := range keys {
		if h.known[k] {
			continue
		}
		h.known[k] = true
		h.order = append(h.order, k)
	}
	if over := len(h.order) - MaxHistory; over > 0 {
		for _, k := range h.order[:over] {
			delete(h.known, k)
		}
		h.order = slices.Clone(h.order[over:])
	}
}

// Keys are all that is remembered, the oldest first.
func (h *History) Keys() []string { return slices.Clone(h.order) }
