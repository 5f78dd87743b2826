package tui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Keys implements View.
func (v *torrentsView) Keys() []Key {
	if v.detail != nil {
		return slices.Concat(v.detail.keys(), v.orderKeys(), v.detail.listKeys())
	}
	none := ""
	if _, ok := v.selected(); !ok {
		none = noTorrent
	}
	keys := append([]Key{{Keys: []string{"enter"}, Help: "details", Off: none}}, v.orderKeys()...)
	return append(append(keys, MarkKey()), ListKeys()...)
}

const noTorrent = "there is no torrent here"

// orderKeys are what can be done with torrents, the list's and the details' alike.
func (v *torrentsView) orderKeys() []Key {
	t, ok := v.selected()
	many := v.detail == nil && len(v.list.marks) > 0
	off := func(reason string) string {
		switch {
		case !ok:
			return noTorrent
		case many:
			return "" // each torrent answers for itself
		}
		return reason
	}
	return []Key{
		{Keys: []string{"a"}, Help: "add", Verb: "torrent add"},
		{Keys: []string{"p"}, Help: "pause", Verb: "torrent pause", Off: off(when(t.State == "paused" || t.State == "finished", "it is stopped already"))},
		{Keys: []string{"r"}, Help: "resume", Verb: "torrent resume", Off: off(when(!rests(t.State), "it is not stopped"))},
		{Keys: []string{"d", "delete"}, Help: "remove", Verb: "torrent remove", Off: off("")},
		{Keys: []string{"D"}, Help: "remove with its files", Off: off(""), Quiet: true},
		{Keys: []string{"t"}, Help: "labels", Verb: "torrent label", Off: off("")},
		{Keys: []string{"L"}, Help: "limits", Verb: "torrent limit", Off: off("")},
		{Keys: []string{"m"}, Help: "move", Verb: "torrent move", Off: off(when(t.State == "moving", "it is being moved")), Quiet: true},
		{Keys: []string{"c"}, Help: "check its files", Verb: "torrent recheck", Off: off(when(t.Files == 0, "no peer has told what is in it")), Quiet: true},
		{Keys: []string{"o"}, Help: "play", Verb: "torrent stream", Off: off(when(t.Files == 0, "no peer has told what is in it")), Quiet: true},
		{Keys: []string{"y"}, Help: "magnet link", Off: off(""), Quiet: true},
	}
}

func when(holds bool, reason string) string {
	if holds {
		return reason
	}
	return ""
}

// rests says whether a torrent waits for somebody to resume it.
func rests(state string) bool { return state == "paused" || state == "finished" || state == "error" }

// act takes a key that no list took.
func (v *torrentsView) act(msg tea.Msg) tea.Cmd {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	src, ids := v.d.Backend.Torrents, v.chosen()
	if key.String() == "a" {
		return v.addForm(nil)
	}
	if len(ids) == 0 {
		return nil
	}
	switch key.String() {
	case "p":
		return v.each(ids, "paused", src.Pause)
	case "r":
		return v.each(ids, "resumed", src.Resume)
	case "c":
		return v.each(ids, "being checked", src.Recheck)
	case "d", "delete":
		return v.askRemove(ids, false)
	case "D":
		return v.askRemove(ids, true)
	case "t":
		return v.labelForm(ids)
	case "L":
		return v.limitForm(ids)
	case "m":
		return v.moveForm(ids)
	case "o":
		return v.play(ids[0], -1)
	case "y":
		return v.showMagnet()
	}
	return nil
}

// askRemove asks before torrents go.
func (v *torrentsView) askRemove(ids []string, data bool) tea.Cmd {
	src := v.d.Backend.Torrents
	ask := Confirm{
		Title: "Remove " + v.nameOf(ids) + "?", Yes: "remove, keep the files", Danger: data,
		Body: []string{"Downloading and seeding end. The files stay where they are."},
		Do: v.each(ids, "removed", func(ctx context.Context, id string) error {
			return src.Remove(ctx, id, data)
		}),
	}
	if data {
		ask.Title = "Remove " + v.nameOf(ids) + " and delete the files?"
		ask.Yes = "delete them"
		ask.Body = []string{"What was downloaded is deleted from the disk. This cannot be taken back."}
	}
	var size int64
	for _, id := range ids {
		size += v.shown[id].Completed
	}
	if t, ok := v.selected(); ok && len(ids) == 1 && t.ID == ids[0] {
		size = t.Completed
		ask.Body = append(ask.Body, "", fmt.Sprintf("%s in %s", Plural(t.Files, "file"), CutMiddle(Clean(t.Dir), 60)))
	}
	if size > 0 {
		ask.Body = append(ask.Body, Size(size)+" of content is there.")
	}
	ask.Do = tea.Sequence(v.closeDetail(), ask.Do)
	return Show(ask)
}

// closeDetail leaves the details of a torrent that goes.
func (v *torrentsView) closeDetail() tea.Cmd {
	if v.detail == nil {
		return nil
	}
	d := v.detail
	return func() tea.Msg { return detailMsg{of: d.torrent.ID, close: true} }
}

func (v *torrentsView) labelForm(ids []string) tea.Cmd {
	src := v.d.Backend.Torrents
	form := &Form{
		Title: "Labels of " + v.nameOf(ids), Yes: "set",
		Fields: []Field{
			{Name: "add", Label: "Add", Hint: "spaces between"}, {Name: "remove", Label: "Take away", Hint: "spaces between"},
		},
	}
	if t, ok := v.selected(); ok && len(ids) == 1 && len(t.Labels) > 0 {
		form.Intro = []string{"It has: " + strings.Join(t.Labels, " ")}
	}
	form.Submit = func(values map[string]string) tea.Cmd {
		add, remove := strings.Fields(values["add"]), strings.Fields(values["remove"])
		return v.each(ids, "labelled", func(ctx context.Context, id string) error { return src.Label(ctx, id, add, remove) })
	}
	return Show(form)
}

func (v *torrentsView) limitForm(ids []string) tea.Cmd {
	src := v.d.Backend.Torrents
	t, _ := v.selected()
	rate := func(text string) string {
		if _, err := src.ParseRate(text); text != "" && err != nil {
			return "like 500 kB/s, 2 MiB/s or none"
		}
		return ""
	}
	conns := func(text string) string {
		if n, err := strconv.Atoi(text); text != "" && (err != nil || n < 0) {
			return "a count; 0 leaves it to the settings"
		}
		return ""
	}
	form := &Form{
		Title: "Limits of " + v.nameOf(ids), Yes: "set",
		Intro: []string{"Its own, besides those of all torrents. What is left empty stays as it is."},
		Fields: []Field{
			{Name: "down", Label: "Down", Hint: limitHint(t.LimitDown, len(ids)), Check: rate},
			{Name: "up", Label: "Up", Hint: limitHint(t.LimitUp, len(ids)), Check: rate},
			{Name: "conns", Label: "Connections", Hint: "as the settings say", Check: conns},
		},
	}
	form.Submit = func(values map[string]string) tea.Cmd {
		var l TorrentLimits
		if n, err := src.ParseRate(values["down"]); err == nil && values["down"] != "" {
			l.Down = &n
		}
		if n, err := src.ParseRate(values["up"]); err == nil && values["up"] != "" {
			l.Up = &n
		}
		if n, err := strconv.Atoi(values["conns"]); err == nil {
			l.Conns = &n
		}
		return v.each(ids, "limited", func(ctx context.Context, id string) error { return src.Limit(ctx, id, l) })
	}
	return Show(form)
}

// limitHint is what stands in an empty limit: what counts now.
func limitHint(n int64, torrents int) string {
	switch {
	case torrents > 1:
		return "as it is"
	case n == 0:
		return "none now"
	}
	return Rate(n) + " now"
}

// moveTimeout bounds a move: a slow disk takes that long for some terabytes.
const moveTimeout = 24 * time.Hour

func (v *torrentsView) moveForm(ids []string) tea.Cmd {
	src := v.d.Backend.Torrents
	t, _ := v.selected()
	form := &Form{
		Title: "Move the files of " + v.nameOf(ids), Yes: "move",
		Intro:  []string{"To a folder on another disk they are copied. Keep this window open until it is done."},
		Fields: []Field{{Name: "dir", Label: "Folder", Value: t.Dir, Check: checkFolder}},
	}
	form.Submit = func(values map[string]string) tea.Cmd {
		return v.eachWithin(moveTimeout, ids, "moved", func(ctx context.Context, id string) error { return src.Move(ctx, id, values["dir"]) })
	}
	return Show(form)
}

// play shows the address that a player reads a file at.
func (v *torrentsView) play(id string, file int) tea.Cmd {
	src := v.d.Backend.Torrents
	return v.d.Order(func(ctx context.Context) tea.Msg {
		address, err := src.Stream(ctx, id, file)
		if err != nil {
			return NotifyMsg{err.Error(), Bad}
		}
		return ShowMsg{&Sheet{Title: "Play while it comes", Lines: []string{
			address, "", "A media player on this machine opens it: mpv, or Open Network Stream in VLC.",
			"It works as long as the node runs.",
		}}}
	})
}

func (v *torrentsView) showMagnet() tea.Cmd {
	t, ok := v.selected()
	if !ok {
		return nil
	}
	return Show(&Sheet{Title: "Magnet link of " + v.nameOf([]string{t.ID}), Lines: Wrap(Clean(t.Magnet), 80)})
}
