package settings

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// day is a day in minutes.
const day = 24 * 60

// Span is a time of the week: from From until To, minutes since midnight of local
// time, on each of Days. A span whose end is not after its start ends on the day after.
// The zero value is never.
type Span struct {
	Days     [7]bool // by time.Weekday
	From, To int
}

// dayNames are by time.Weekday.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// ParseSpan reads "mon-fri 08:00-18:00", "sat,sun 10:00-02:00" or "daily 22:00-06:00".
func ParseSpan(text string) (Span, error) {
	bad := invalid("%.60q is no time of the week: write \"mon-fri 08:00-18:00\" or \"daily 22:00-06:00\"", text)
	days, hours, ok := strings.Cut(text, " ")
	from, to, dash := strings.Cut(hours, "-")
	var s Span
	if !ok || !dash || !s.setDays(days) {
		return s, bad
	}
	var err error
	if s.From, err = clock(from); err != nil {
		return s, bad
	}
	if s.To, err = clock(to); err != nil {
		return s, bad
	}
	if s.From == day {
		return s, bad
	}
	return s, nil
}

// Hours are the span's start and end as hh:mm, empty for never.
func (s Span) Hours() (from, to string) {
	if s == (Span{}) {
		return "", ""
	}
	return hhmm(s.From), hhmm(s.To)
}

// DayNames are the span's days: mon, tue and so on.
func (s Span) DayNames() []string {
	var names []string
	for i, on := range s.Days {
		if on {
			names = append(names, dayNames()[i])
		}
	}
	return names
}

func hhmm(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func (s *Span) setDays(text string) bool {
	if text == "daily" {
		text = "sun-sat"
	}
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(dayNames(), first), slices.Index(dayNames(), last)
		if from < 0 || to < 0 {
			return false
		}
		for d := from; ; d = (d + 1) % 7 {
			s.Days[d] = true
			if d == to {
				break
			}
		}
	}
	return true
}

// clock reads 08:00 as minutes; 24:00 is the end of the day.
func clock(text string) (int, error) {
	if text == "24:00" {
		return day, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, invalid("%.20q is no time of day", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// String writes a span so that ParseSpan reads it back; never is empty.
func (s Span) String() string {
	if s == (Span{}) {
		return ""
	}
	days := "daily"
	if names := s.DayNames(); len(names) < 7 {
		days = strings.Join(names, ",")
	}
	return days + " " + hhmm(s.From) + "-" + hhmm(s.To)
}
