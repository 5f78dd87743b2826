// Package tui is the interactive client: views over snapshots of a node, drawn on
// a terminal.
//
// It imports nothing of ours. What it shows comes through the sources of a
// [Backend], which each view declares in its own file, as plain values; what it
// does goes the same way. cmd/internal/screen adapts a node to them.
//
// A view's Render is a function of its snapshot and a size. Update does no I/O:
// whatever takes time is a tea.Cmd with a deadline ([Deps.Do]) whose message
// brings a new snapshot. Nothing is drawn that did not change, and nothing is
// asked for that is not on the screen.
//
// Names, memos and user agents come from strangers. Every such text goes through
// [Clean] before it is drawn; the app cuts every view to the room that it has.
package tui
