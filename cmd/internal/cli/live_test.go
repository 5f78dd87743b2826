package cli

import (
	"maps"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/tui"
)

// TestListFits: in any width the lines fit, what matters is there, and strangers' text is harmless.
func TestListFits(t *testing.T) {
	eta := int64(90)
	list := []client.Torrent{
		{ID: client.ID{0xab}, Name: "debian-13.0.0-amd64-netinst.iso", State: client.StateDownloading, Size: 700 << 20, Progress: 0.5, DownRate: 3 << 20, ETA: &eta, Peers: 5, Seeds: 2},
		{ID: client.ID{0xcd}, Name: hostile + strings.Repeat("long ", 60), State: client.StateError, Error: "no room\nleft"},
		{ID: client.ID{0xef}},
		{ID: client.ID{0x12}, Name: strings.Repeat("映画e\u0301", 20), State: client.StatePaused, Error: "満杯"},
	}
	for width := range 140 {
		text := listText(list, width)
		for line := range strings.Lines(text) {
			if n := tui.Width(strings.TrimSuffix(line, "\n")); width > 0 && n > width {
				t.Errorf("a line of %d in a width of %d: %q", n, width, line)
			}
		}
		if strings.ContainsAny(text, "\x1b\u202e") || strings.Count(text, "\n") != 5 {
			t.Errorf("width %d: %q", width, text)
		}
		if width >= 40 && (!strings.Contains(text, "ab000000   50%") || !strings.Contains(text, "debian")) {
			t.Errorf("width %d: %s", width, text)
		}
	}
	golden(t, "list.txt", listText(list, 120)+"\n"+listText(list, 60)+"\n"+listText(nil, 0))
}

func TestPieceMap(t *testing.T) {
	states, err := runs("3c1p2m1h2c", 9)
	if err != nil || string(states) != "cccpmmhcc" {
		t.Fatalf("%q %v", states, err)
	}
	if got := pieceMap(states, 4); got != "███+\n··?█\n█\n" {
		t.Errorf("%q", got)
	}
	many, err := runs("500c1000m36c", 1536)
	if err != nil {
		t.Fatal(err)
	}
	full, none := strings.Repeat("█", 10)+"\n", strings.Repeat("·", 10)+"\n"
	want := strings.Repeat(full, 5) + strings.Repeat(none, 10) + "████\n" // ten pieces a cell
	if got := pieceMap(many, 10); got != want {
		t.Errorf("%s", got)
	}
	for states, want := range map[string]rune{"cmmm": '░', "cm": '▒', "cccm": '▓', "pm": '+', "ch": '?', "m": '·', "cc": '█'} {
		if got := cell([]byte(states)); got != want {
			t.Errorf("%s is drawn as %c", states, got)
		}
	}
	for _, bad := range []string{"c", "0c", "-1c", "10c", "3", "99999999999999999999c"} {
		if _, err := runs(bad, 9); err == nil {
			t.Errorf("%q was drawn", bad)
		}
	}
}

func TestChoice(t *testing.T) {
	paths := []string{"a/film.mkv", "a/film.srt", "a/extra/x.mkv", "a/readme.txt"}
	const skip, low, normal, high = client.PrioritySkip, client.PriorityLow, client.PriorityNormal, client.PriorityHigh
	for _, c := range []struct {
		choice choice
		want   map[int]client.Priority
	}{
		{choice{}, nil},
		{choice{only: []string{"*.mkv"}}, map[int]client.Priority{0: normal, 1: skip, 2: normal, 3: skip}},
		{choice{only: []string{"a/*.mkv"}}, map[int]client.Priority{0: normal, 1: skip, 2: skip, 3: skip}},
		{choice{skip: []string{"1-2"}, high: []string{"0"}}, map[int]client.Priority{0: high, 1: skip, 2: skip}},
		{choice{skip: []string{"0,3"}, low: []string{"*.srt"}}, map[int]client.Priority{0: skip, 1: low, 3: skip}},
	} {
		got, err := c.choice.priorities(paths)
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%+v: %v %v", c.choice, got, err)
		}
	}
	for _, bad := range []string{"4", "0-4", "*.avi", "[", "3-1", ""} {
		if got, err := (&choice{skip: []string{bad}}).priorities(paths); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
	r, err := (&choice{only: []string{"0,2-3", "7"}}).unseen(client.AddRequest{Magnet: "magnet:?x"})
	if err != nil || r.Magnet != "magnet:?x&so=0,2-3,7" || r.Priorities != nil {
		t.Errorf("%+v %v", r, err)
	}
	r, err = (&choice{skip: []string{"2"}, high: []string{"0"}}).unseen(client.AddRequest{Magnet: "magnet:?x"})
	if err != nil || !maps.Equal(r.Priorities, map[int]client.Priority{0: high, 2: skip}) {
		t.Errorf("%+v %v", r, err)
	}
}
