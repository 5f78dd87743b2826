package tui

import (
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"plain\nlines, 日本 é":               "plain\nlines, 日本 é",
		"\x1b[1;38;5;81mours\x1b[0m\x1b[m": "\x1b[1;38;5;81mours\x1b[0m\x1b[m",
		"\x1b[2J":                          "\ufffd[2J",
		"\x1b]0;x\a\x1b":                   "\ufffd]0;x\ufffd\ufffd",
		"\x1b[":                            "\ufffd[",
		"\x1b[12":                          "\ufffd[12",
		"a\x1b[?25lb":                      "a\ufffd[?25lb",
		"\r\t\x7f\u009b\u202e":             "\ufffd\ufffd\ufffd\ufffd\ufffd",
		"x\xffy\xc0":                       "x\ufffdy\ufffd",
	} {
		if got := guard(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := guard(poison); strings.ContainsAny(strings.ReplaceAll(got, "\x1b[9m", ""), "\x1b\a\r\u202e\u009b") {
		t.Errorf("%q", got)
	}
}

func BenchmarkGuard(b *testing.B) {
	frame := strings.Repeat(strings.Repeat("\x1b[38;5;81mname\x1b[0m 日本 ", 10)+"\n", 60)
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		guard(frame)
	}
}
