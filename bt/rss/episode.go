package rss

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Episode is what a release's title says of its place in a series.
type Episode struct {
	// Show is the series as it is compared: lower case, single spaces, no punctuation.
	Show string
	// Season and the first and last episode, or the Whole season. A show that appears by date has only Date.
	Season, First, Last int
	Whole               bool
	Date                string // 2026-11-21
	// Repair counts PROPER, REPACK, RERIP and v2 onwards: a release that replaces an earlier one.
	Repair bool
}

// maxPack is the most episodes that a range is taken for; a longer one is a whole season.
const maxPack = 100

const (
	wordStart = `(?i)(?:^|[\s._\[(-])`
	wordEnd   = `(?:$|[\s._\])-])`
	numberEnd = `(?:v[0-9])?` + wordEnd
)

// forms are how releases number episodes, tried in this order. The show is what stands before.
var forms = []*regexp.Regexp{
	// S01E02, S01.E02, S01E02E03, S01E02-E04, S01E02-04
	regexp.MustCompile(wordStart + `s(?P<season>[0-9]{1,4})[\s._-]?e(?P<first>[0-9]{1,4})` +
		`(?:(?:-?e[0-9]{1,4})*?-?e(?P<last>[0-9]{1,4})|-(?P<last>[0-9]{1,3}))?` + numberEnd),
	// 1x02
	regexp.MustCompile(wordStart + `(?P<season>[0-9]{1,2})x(?P<first>[0-9]{2,3})` + numberEnd),
	// Season 1 Episode 2
	regexp.MustCompile(wordStart + `season[\s._]?(?P<season>[0-9]{1,4})[\s._,-]{0,3}episode[\s._]?(?P<first>[0-9]{1,4})` + numberEnd),
	// 2026.11.21, 2026-11-21
	regexp.MustCompile(wordStart + `(?P<date>(?:19|20)[0-9]{2}[\s._-][0-9]{2}[\s._-][0-9]{2})` + wordEnd),
	// S01, Season 1: all of it
	regexp.MustCompile(wordStart + `(?:s|season[\s._]?)(?P<season>[0-9]{1,4})` + wordEnd),
	// "Show - 05", as fan translators number
	regexp.MustCompile(`(?i)\s-\s(?P<first>[0-9]{1,4})` + numberEnd),
}

var (
	repaired = regexp.MustCompile(wordStart + `(?:proper|repack|rerip)[0-9]?` + wordEnd + `|[0-9]v[2-9]` + wordEnd)
	groupTag = regexp.MustCompile(`^\s*\[[^\]]*\]`)
)

// ParseEpisode reads the season and episode, or the date, from a release's title. It is false if there is none.
func ParseEpisode(title string) (Episode, bool) {
	for _, form := range forms {
		at := form.FindStringSubmatchIndex(title)
		if at == nil {
			continue
		}
		e, ok := episodeOf(form, title, at)
		if e.Show = showName(title[:at[0]]); !ok || e.Show == "" {
			continue
		}
		e.Repair = repaired.MatchString(title[at[0]:])
		return e, true
	}
	return Episode{}, false
}

func episodeOf(form *regexp.Regexp, title string, at []int) (e Episode, ok bool) {
	e.Whole = true
	for i, name := range form.SubexpNames() {
		if name == "" || at[2*i] < 0 {
			continue
		}
		value := title[at[2*i]:at[2*i+1]]
		n, _ := strconv.Atoi(value) // digits, at most four; or the date
		switch name {
		case "season":
			e.Season = n
		case "first":
			e.First, e.Last, e.Whole = n, n, false
		case "last":
			e.Last = n
		case "date":
			return dated(value)
		}
	}
	return e, e.Last >= e.First && e.Last-e.First < maxPack
}

func dated(value string) (Episode, bool) {
	date := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, value)
	_, err := time.Parse(time.DateOnly, date)
	return Episode{Date: date}, err == nil
}

// showName makes names of one show equal: without punctuation, case, and a group's tag in front.
func showName(s string) string {
	s = groupTag.ReplaceAllString(s, "")
	s = strings.ReplaceAll(s, "'", "")
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, " ")
}

// keys are the episodes by name, one for each of a pack.
func (e Episode) keys() []string {
	switch {
	case e.Date != "":
		return []string{e.Show + " " + e.Date}
	case e.Whole:
		return []string{fmt.Sprintf("%s s%02d", e.Show, e.Season)}
	}
	var keys []string
	for n := e.First; n <= e.Last; n++ {
		keys = append(keys, fmt.Sprintf("%s s%02de%02d", e.Show, e.Season, n))
	}
	return keys
}
