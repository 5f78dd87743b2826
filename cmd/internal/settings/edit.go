package settings

import (
	"fmt"
	"strings"
)

// Edit returns a settings file in which one key has another value, written as a
// flag takes it. Everything else stays as it is, comments too. A key that is not
// there comes below its comment in a file of ttx settings init, else in front of
// the first table. An error, of kind [ErrInvalid], means that the value is refused
// or that the file is not one that can be edited so.
func Edit(raw []byte, name, text string) ([]byte, error) {
	k, ok := find(name)
	switch {
	case !ok:
		return nil, unknown(name, names(Keys()))
	case k.Kind == kindTables:
		return nil, invalid("%s are tables: edit them in the file", name)
	}
	s := Default()
	if err := k.value(&s).parse(text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	edited := []byte(place(string(raw), name, name+" = "+k.value(&s).toml()))
	l := &Loaded{Settings: Default(), From: map[string]From{}}
	if err := l.readRaw(edited, Source{Path: FileName}); err != nil {
		return nil, err
	}
	if got := k.Text(&l.Settings); got != k.Text(&s) {
		return nil, invalid("%s stands in the file over several lines: edit it there", name)
	}
	return edited, nil
}

func find(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// place puts a line where its key stands, below its comment, or before the tables.
func place(file, name, line string) string {
	lines := strings.SplitAfter(file, "\n")
	at, replaced := -1, false
	end := len(lines)
	for i, l := range lines {
		trimmed := strings.TrimSpace(l)
		if strings.HasPrefix(trimmed, "[") {
			end = i
			break
		}
		key, _, assigned := strings.Cut(trimmed, "=")
		switch key = strings.TrimSpace(key); {
		case assigned && key == name:
			at, replaced = i, true
		case assigned && key == "#"+name && at < 0:
			at = i + 1
		}
	}
	if at < 0 {
		at = end
	}
	rest := lines[at:]
	if replaced {
		line += remark(strings.TrimRight(rest[0], "\r\n"))
		rest = rest[1:]
	}
	before := strings.Join(lines[:at], "")
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += "\n"
	}
	return before + line + "\n" + strings.Join(rest, "")
}

// remark is the comment behind a value, with the space in front of it. A # between
// quotes is none.
func remark(line string) string {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote == '"' && c == '\\':
			i++
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && c == '#':
			return line[len(strings.TrimRight(line[:i], " \t")):]
		}
	}
	return ""
}
