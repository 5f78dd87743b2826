package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// guard is the last thing between a drawing and the terminal: what is neither
// visible nor a style of ours does not get through, should a view ever forget to
// clean a text. Tests look at drawings before it.
func guard(frame string) string {
	var b strings.Builder
	kept := 0 // the beginning of frame that is in b already
	for i := 0; i < len(frame); {
		n := passes(frame[i:])
		if n > 0 {
			i += n
			continue
		}
		if b.Len() == 0 {
			b.Grow(len(frame))
		}
		b.WriteString(frame[kept:i])
		b.WriteRune(replacement)
		_, n = utf8.DecodeRuneInString(frame[i:])
		i += n
		kept = i
	}
	if kept == 0 {
		return frame
	}
	return b.String() + frame[kept:]
}

// passes returns the length of the character or style that a text begins with, 0
// for what may not pass.
func passes(s string) int {
	switch c := s[0]; {
	case c >= ' ' && c <= '~', c == '\n':
		return 1
	case c == '\x1b':
		return style(s)
	case c < utf8.RuneSelf:
		return 0
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
		return 0
	}
	return n
}

// style returns the length of the sequence for colours and weights that a text
// begins with: ESC [ digits and semicolons m; 0 when it is another one.
func style(s string) int {
	if len(s) < 2 || s[1] != '[' {
		return 0
	}
	n := 2 + strings.IndexFunc(s[2:], func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
	if n < 2 || s[n] != 'm' {
		return 0
	}
	return n + 1
}
