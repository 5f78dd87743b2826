package client

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Label takes labels off a torrent and puts others on it.
func (c *Client) Label(_ context.Context, id ID, add, remove []string) error {
	return c.each([]ID{id}, func(e *entry) error {
		c.mu.Lock()
		now := e.rec.Labels
		c.mu.Unlock()
		labels, err := checkLabels(now, add, remove)
		if err != nil {
			return err
		}
		return c.change(e, func(r *record) { r.Labels = labels })
	})
}

// checkLabels is the sorted set of labels after a change.
func checkLabels(now, add, remove []string) ([]string, error) {
	labels := slices.Clone(now)
	labels = slices.DeleteFunc(labels, func(l string) bool { return slices.Contains(remove, l) })
	for _, l := range add {
		if l == "" || len(l) > MaxLabel || !utf8.ValidString(l) || strings.ContainsFunc(l, isControl) || strings.ContainsRune(l, ',') {
			return nil, fmt.Errorf("%w: the label %.80q: it has 1 to %d bytes, no comma and no control character", ErrBadRequest, l, MaxLabel)
		}
		labels = append(labels, l)
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	if len(labels) > MaxLabels {
		return nil, fmt.Errorf("%w: %d labels, of at most %d", ErrTooMany, len(labels), MaxLabels)
	}
	return labels, nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// checkPriorities says whether all priorities are some, and of files that exist. Before the info is known every
// index will do.
func checkPriorities(list map[int]Priority, f facts) error {
	for file, p := range list {
		if file < 0 || f.hasInfo && file >= f.files {
			return fmt.Errorf("%w: file %d of a torrent with %d", ErrNotFound, file, f.files)
		}
		switch p {
		case PrioritySkip, PriorityLow, PriorityNormal, PriorityHigh:
		default:
			return fmt.Errorf("%w: priority %.20q is none of skip, low, normal, high", ErrBadRequest, p)
		}
	}
	return nil
}
