package tui

import "strings"

// help is a page made of the key tables: the view's, the app's, then those of the
// other views.
func (a *app) help() *Sheet {
	t := a.d.Theme
	s := &Sheet{Title: "Keys and commands", Styled: true}
	section := func(title string, keys []Key) {
		if len(keys) == 0 {
			return
		}
		s.Lines = append(s.Lines, t.Title.Render(title))
		for _, k := range keys {
			s.Lines = append(s.Lines, helpLine(t, k))
		}
		s.Lines = append(s.Lines, "")
	}
	section(a.current().Title(), a.current().Keys())
	section("Everywhere", appKeys())
	for i, v := range a.views {
		if i != a.at {
			section(v.Title(), v.Keys())
		}
	}
	return s
}

const (
	helpKeys = 14 // columns of the keys
	helpText = 26 // of what they do
)

func helpLine(t *Theme, k Key) string {
	line := "  " + t.Key.Render(Pad(k.Label(), helpKeys)) + " " + Pad(k.Help, helpText)
	switch {
	case k.Off != "":
		line += " " + t.Off.Render("not now: "+k.Off)
	case k.Verb != "":
		line += " " + t.Muted.Render(":"+k.Verb)
	}
	return strings.TrimRight(line, " ")
}
