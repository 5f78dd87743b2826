package client

import (
	"fmt"
	"strings"
	"time"
)

// Schedule says when the alternative limits are in force: on the given days from From until To in local time. To
// at or before From means the next day's To: {mon, 22:00, 06:00} ends on Tuesday. The zero value is never.
type Schedule struct {
	// Days are mon, tue, wed, thu, fri, sat, sun; none means every day. A day is the one on which it begins.
	Days []string `json:"days,omitempty"`
	// From and To are hh:mm. Both empty means never.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

const dayNames = "sun mon tue wed thu fri sat " // as time.Weekday counts

// window is a checked Schedule: minutes of the day.
type window struct {
	days     [7]bool
	from, to int
	ever     bool
}

func (s Schedule) check() error {
	_, err := s.window()
	return err
}

func (s Schedule) window() (window, error) {
	var w window
	if s.From == "" && s.To == "" {
		return w, nil
	}
	var err error
	if w.from, err = minutes(s.From); err != nil {
		return w, err
	}
	if w.to, err = minutes(s.To); err != nil {
		return w, err
	}
	for i := range w.days {
		w.days[i] = len(s.Days) == 0
	}
	for _, name := range s.Days {
		i := strings.Index(dayNames, strings.ToLower(name)+" ")
		if i < 0 || len(name) != 3 {
			return w, fmt.Errorf("day %q is none of mon, tue, wed, thu, fri, sat, sun", name)
		}
		w.days[i/4] = true
	}
	w.ever = true
	return w, nil
}

// minutes reads hh:mm, 00:00 to 24:00.
func minutes(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("time %q is not hh:mm", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// span is the window that begins on the day of t: moments, so that a change of the clock makes it longer or
// shorter. A time that the clock skips or shows twice is one of the two that it may be.
func (w window) span(t time.Time) (begin, end time.Time) {
	y, m, d := t.Date()
	begin = time.Date(y, m, d, 0, w.from, 0, 0, t.Location())
	if w.to <= w.from {
		d++
	}
	return begin, time.Date(y, m, d, 0, w.to, 0, 0, t.Location())
}

// limits are those in force at a moment, whether they are the alternative ones, and when that may change: the zero
// time when it never does.
func (s *Settings) limits(t time.Time) (l Limits, alt bool, until time.Time) {
	active, until := s.Schedule.Active(t)
	if active || s.AltNow {
		return s.AltLimits, true, until
	}
	return s.Limits, false, until
}

// Active says whether the schedule covers t, in the time zone of t, and the moment at which that may change: the
// zero time when it never does. Equal From and To cover the whole day.
func (s Schedule) Active(t time.Time) (active bool, until time.Time) {
	w, err := s.window()
	if err != nil || !w.ever {
		return false, time.Time{}
	}
	y, m, d := t.Date()
	// A window that covers t began today or yesterday; the next one begins within a week. Days are counted at noon,
	// which no clock change moves to another day.
	for i := -1; i <= 7; i++ {
		day := time.Date(y, m, d+i, 12, 0, 0, 0, t.Location())
		if !w.days[day.Weekday()] {
			continue
		}
		begin, end := w.span(day)
		switch {
		case !begin.After(t) && t.Before(end):
			return true, end
		case begin.After(t):
			return false, begin
		}
	}
	return false, time.Time{}
}
