// Package journal keeps the newest messages of a node in memory, for whoever looks
// at it later: the interactive client, in the same process or attached.
package journal

import (
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	// maxLines is how many messages of a level are kept, the newest; maxText how long
	// one gets, in bytes: four levels of 2,000 lines are at most 9 MB, of ordinary
	// length 1 MB. Each level has room of its own, so that the news of a busy ledger
	// push no warning out.
	maxLines = 2000
	maxText  = 1024
	// MaxPage bounds the lines of one answer.
	MaxPage = 1000
)

// Line is one message.
type Line struct {
	// Seq numbers the messages of a journal from 1 on.
	Seq   uint64 `json:"seq"`
	Time  int64  `json:"time"`  // milliseconds since 1970
	Level string `json:"level"` // debug, info, warn, error
	Text  string `json:"text"`
}

// Query asks for a page.
type Query struct {
	// Level is the least that counts; empty is debug.
	Level string
	// Text is a part of the message, in any case.
	Text string
	// After and Before are sequence numbers between which the page lies; a Before of
	// 0 is the end.
	After, Before uint64
	// Skip leaves out the newest of those; Limit bounds the answer, at most MaxPage,
	// which 0 means too.
	Skip, Limit int
}

// Page is the newest lines that a query leaves, the newest last.
type Page struct {
	Lines []Line `json:"lines"`
	// Total counts those between After and Before, Newer those from Before on.
	Total int `json:"total"`
	Newer int `json:"newer"`
}

// Journal keeps messages. The zero value is ready. Safe for concurrent use.
type Journal struct {
	mu     sync.Mutex
	levels [4]ring
	seq    uint64
}

// Add keeps a message.
func (j *Journal) Add(at time.Time, level slog.Level, text string) {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	rank := rankOf(level)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	j.levels[rank].add(Line{Seq: j.seq, Time: at.UnixMilli(), Level: Levels()[rank], Text: text})
}

// Write implements io.Writer for what is no logger of ours: a message a line.
func (j *Journal) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if line = strings.TrimSpace(line); line != "" {
			j.Add(time.Now(), slog.LevelWarn, line)
		}
	}
	return len(p), nil
}

// Levels are the words of the levels, the least first.
func Levels() [4]string { return [...]string{"debug", "info", "warn", "error"} }

func rankOf(l slog.Level) int {
	switch {
	case l >= slog.LevelError:
		return 3
	case l >= slog.LevelWarn:
		return 2
	case l >= slog.LevelInfo:
		return 1
	}
	return 0
}

// Rank orders the words of levels; false for another word.
func Rank(word string) (int, bool) {
	for i, w := range Levels() {
		if w == word {
			return i, true
		}
	}
	return 0, word == ""
}

// ring holds the newest maxLines.
type ring struct {
	lines []Line
	next  int // where the next one goes, when it is full
}

func (r *ring) add(l Line) {
	if len(r.lines) < maxLines {
		r.lines = append(r.lines, l)
		return
	}
	r.lines[r.next] = l
	r.next = (r.next + 1) % maxLines
}

// newest returns the line that i newer ones follow; false when there is none.
func (r *ring) newest(i int) (Line, bool) {
	n := len(r.lines)
	if i >= n {
		return Line{}, false
	}
	return r.lines[(r.next+n-1-i)%n], true
}
