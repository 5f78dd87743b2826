package tui

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// maxDropped bounds the torrents of one paste: more than anybody selects by hand.
const maxDropped = 100

// dropped reads what was pasted or dropped: one torrent a line, or several paths
// with spaces between, quoted or escaped as terminals do it. Text that names no
// torrent is left out.
func dropped(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if kind(line) != notTorrent && !quoted(line) {
			all = append(all, asPath(line))
			continue
		}
		for _, word := range unquote(line) {
			if kind(word) != notTorrent {
				all = append(all, asPath(word))
			}
		}
	}
	return all[:min(len(all), maxDropped)]
}

// quoted says that a line has more than one path, or one that is written for a shell.
func quoted(line string) bool {
	return kind(line) == aPath && (strings.ContainsAny(line, "'\"\\") || strings.Contains(strings.ToLower(line), ".torrent "))
}

// unquote splits a line into words as a shell does.
func unquote(line string) []string {
	var words []string
	var b strings.Builder
	quote, some := rune(0), false
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, some = r, true
		case r == '\\' && quote != '\'' && i+1 < len(runes):
			i++
			b.WriteRune(runes[i])
			some = true
		case quote == 0 && (r == ' ' || r == '\t'):
			if some || b.Len() > 0 {
				words = append(words, b.String())
			}
			b.Reset()
			some = false
		default:
			b.WriteRune(r)
		}
	}
	if some || b.Len() > 0 {
		words = append(words, b.String())
	}
	return words
}

// asPath makes a path of a file:// address.
func asPath(text string) string {
	if u, err := url.Parse(text); err == nil && u.Scheme == "file" && u.Path != "" {
		return u.Path
	}
	return text
}

// source is what a text names.
type source int

const (
	notTorrent source = iota
	aMagnet
	anInfohash
	anAddress
	aPath
)

func (s source) String() string {
	return [...]string{"no torrent", "magnet link", "infohash", "address", ".torrent file"}[s]
}

// kind tells what names a torrent, by its form alone.
func kind(text string) source {
	lower := strings.ToLower(text)
	u, err := url.Parse(text)
	switch {
	case strings.HasPrefix(lower, "magnet:?"):
		return aMagnet
	case len(text) == 40 && strings.Trim(lower, "0123456789abcdef") == "":
		return anInfohash
	case err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https"):
		return anAddress
	case err == nil && u.Scheme == "file" && u.Path != "", strings.HasSuffix(lower, ".torrent"):
		return aPath
	}
	return notTorrent
}

// addForm asks how to add torrents; text is one that is known already.
func (v *torrentsView) addForm(what []string) tea.Cmd {
	text := ""
	if len(what) == 1 {
		text = what[0]
	}
	form := &Form{
		Title: "Add a torrent",
		Intro: []string{"A magnet link, an infohash, an http address or the path of a .torrent file."},
		Yes:   "add",
		Fields: []Field{
			{Name: "what", Label: "Torrent", Hint: "paste it here", Value: text, Check: checkSource},
			{Name: "dir", Label: "Folder", Hint: "the settings' download folder", Check: checkFolder},
			{Name: "labels", Label: "Labels", Hint: "none; spaces between"},
			{Name: "start", Label: "Begin", Value: beginNow, Choices: []string{beginNow, beginPaused}},
		},
	}
	if len(what) > 1 {
		form.Title = "Add " + Plural(len(what), "torrent")
		form.Intro = sourceLines(what)
		form.Fields = form.Fields[1:]
	}
	if len(what) > 0 {
		form.Begin = len(form.Fields) - 1 // all is said: Enter adds
	}
	form.Submit = func(values map[string]string) tea.Cmd {
		if one := strings.TrimSpace(values["what"]); one != "" {
			what = []string{one}
		}
		return v.add(what, AddTorrent{
			Dir: values["dir"], Labels: strings.Fields(values["labels"]), Paused: values["start"] == beginPaused,
		})
	}
	return Show(form)
}

const (
	beginNow    = "now"
	beginPaused = "paused, to choose files first"
)

// sourceLines names the first few of many torrents.
func sourceLines(what []string) []string {
	const most = 5
	var lines []string
	for _, one := range what[:min(most, len(what))] {
		lines = append(lines, CutMiddle(Clean(one), 70))
	}
	if len(what) > most {
		lines = append(lines, fmt.Sprintf("and %d more", len(what)-most))
	}
	return lines
}

func checkSource(text string) string {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "nothing to add yet"
	case kind(text) == notTorrent && filepath.Ext(text) != "":
		return "not a .torrent file; ttx create makes one of any file or folder"
	case kind(text) == notTorrent:
		return "neither a magnet link, an infohash, an address nor a .torrent file"
	}
	return ""
}

func checkFolder(text string) string {
	if text != "" && !filepath.IsAbs(text) && !strings.HasPrefix(text, "~/") {
		return "a folder begins with /"
	}
	return ""
}

// add adds torrents one after the other and tells what became of them.
func (v *torrentsView) add(what []string, how AddTorrent) tea.Cmd {
	src := v.d.Backend.Torrents
	return v.d.Order(func(ctx context.Context) tea.Msg {
		var done torrentDoneMsg
		for _, one := range what {
			how.What = one
			id, name, err := src.Add(ctx, how)
			if err != nil {
				done.errs = append(done.errs, fmt.Errorf("%s: %w", CutMiddle(one, 40), err))
				continue
			}
			done.ok++
			done.said, done.show = name+" is added", id
		}
		if done.ok > 1 {
			done.said = Plural(done.ok, "torrent") + " added"
		}
		return done
	})
}
