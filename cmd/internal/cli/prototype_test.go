package cli

import (
	"strings"
	"testing"
)

// TestPrototype_MemoRenderedAsHTML: a stranger's text is text. Nothing in it
// reaches the terminal as a command to it.
func TestPrototype_MemoRenderedAsHTML(t *testing.T) {
	hostile := "<script>alert(1)</script>\x1b[2J\x1b]0;owned\x07\r\nnew line\u202egnp"
	got := clean(hostile)
	if !strings.HasPrefix(got, "<script>") {
		t.Errorf("text was changed: %q", got)
	}
	if strings.ContainsAny(got, "\x1b\x07\r\n\u202e") {
		t.Errorf("control characters are left: %q", got)
	}
}
