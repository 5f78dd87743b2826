package tui

import tea "github.com/charmbracelet/bubbletea"

// absent stands where a view's source is missing, and says why.
type absent struct {
	theme          *Theme
	id, title, why string
}

// newAbsent is a view that only says why it is not there.
func newAbsent(d Deps, id, title, why string) View {
	return &absent{d.Theme, id, title, why}
}

func (v *absent) ID() string                     { return v.id }
func (v *absent) Title() string                  { return v.title }
func (v *absent) Init() tea.Cmd                  { return nil }
func (v *absent) Update(tea.Msg) (View, tea.Cmd) { return v, nil }
func (v *absent) Keys() []Key                    { return nil }
func (v *absent) Capturing() bool                { return false }
func (v *absent) Render(w, h int) string         { return Empty(v.theme, w, h, v.title+" is not here", v.why) }
