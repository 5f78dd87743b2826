package settings

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxList bounds the entries of a list: 1,000 feeds asked once an hour are one every 4 s.
	maxList = 1000
	// maxText bounds one text: a path or an address.
	maxText = 4096
	// maxCount bounds a number of connections or torrents.
	maxCount = 1_000_000
)

// value is where one key's value goes, how it is read and how it is written.
type value interface {
	// parse reads a flag's or a variable's text.
	parse(text string) error
	// decode reads what stands in the file.
	decode(v any) error
	// text writes what parse reads back.
	text() string
	// toml writes what decode reads back.
	toml() string
	// get is the value as it is, secrets included; put takes what get gave.
	get() any
	put(any)
}

// scalar is a value that is one text in all three places. number says that the
// file may hold it without quotes.
type scalar struct {
	read   func(string) error
	write  func() string
	number bool
}

func (s scalar) parse(text string) error {
	if len(text) > maxText {
		return invalid("a text of more than %d bytes", maxText)
	}
	return s.read(text)
}

func (s scalar) text() string { return s.write() }
func (s scalar) get() any     { return s.write() }
func (s scalar) put(v any)    { _ = s.read(v.(string)) } // it was written by get

func (s scalar) toml() string {
	if s.number {
		return s.write()
	}
	return strconv.Quote(s.write())
}

func (s scalar) decode(v any) error {
	switch v := v.(type) {
	case string:
		if _, err := strconv.ParseFloat(v, 64); err == nil || !s.number {
			return s.parse(v)
		}
		return invalid("a number is wanted, not %.40q", v)
	case int64:
		return s.parse(strconv.FormatInt(v, 10))
	case float64:
		return s.parse(strconv.FormatFloat(v, 'f', -1, 64))
	}
	return wrongType("a text", v)
}

func wrongType(want string, v any) error {
	return invalid("%s is wanted, not %s", want, typeName(v))
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a text in quotes"
	case bool:
		return "true or false"
	case int64, float64:
		return "a number"
	case []any:
		return "a list"
	case map[string]any, []map[string]any:
		return "a table"
	}
	return "a date"
}

// text is any text.
func text(p *string) value {
	return scalar{read: func(s string) error { *p = s; return nil }, write: func() string { return *p }}
}

// choice is one of some words.
func choice(p *string, words ...string) value {
	return scalar{read: func(s string) error {
		if !slices.Contains(words, s) {
			return invalid("%.40q is none of %s", s, strings.Join(words, ", "))
		}
		*p = s
		return nil
	}, write: func() string { return *p }}
}

// hostPort is an address with a port; empty is none.
func hostPort(p *string) value {
	return scalar{read: func(s string) error {
		if err := checkHostPort(s); s != "" && err != nil {
			return err
		}
		*p = s
		return nil
	}, write: func() string { return *p }}
}

func checkTracker(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "udp"}, u.Scheme) {
		return invalid("%.80q is no tracker: http://HOST/announce, https://HOST/announce or udp://HOST:PORT", s)
	}
	return nil
}

func checkHostPort(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return invalid("%.80q is not HOST:PORT", s)
	}
	return nil
}

func size(p *int64) value {
	return scalar{read: func(s string) (err error) { *p, err = ParseSize(s); return err }, write: func() string { return sizeText(*p) }}
}

func rate(p *int64) value {
	return scalar{read: func(s string) (err error) { *p, err = ParseRate(s); return err }, write: func() string {
		if *p == 0 {
			return "none"
		}
		return sizeText(*p) + "/s"
	}}
}

func duration(p *time.Duration) value {
	return scalar{read: func(s string) (err error) { *p, err = ParseTime(s); return err }, write: func() string { return timeText(*p) }}
}

// count is a number of things; 0 stands for no limit, or the engine's.
func count(p *int) value {
	return scalar{number: true, read: func(s string) error {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil || n > maxCount {
			return invalid("%.40q is not a whole number from 0 to %d", s, maxCount)
		}
		*p = int(n)
		return nil
	}, write: func() string { return strconv.Itoa(*p) }}
}

// ratio is a positive decimal number; 0 is none.
func ratio(p *float64) value {
	return scalar{number: true, read: func(s string) error {
		n, err := parseDecimal(s)
		if err != nil || n > maxCount {
			return invalid("%.40q is not a decimal number from 0 to %d, like 1.5", s, maxCount)
		}
		*p = n
		return nil
	}, write: func() string { return strconv.FormatFloat(*p, 'f', -1, 64) }}
}

// boolean is true or false.
type boolean struct{ p *bool }

func (b boolean) parse(s string) error {
	switch s {
	case "true", "yes", "on", "1":
		*b.p = true
	case "false", "no", "off", "0":
		*b.p = false
	default:
		return invalid("%.40q is neither true nor false", s)
	}
	return nil
}

func (b boolean) decode(v any) error {
	on, ok := v.(bool)
	if !ok {
		return wrongType("true or false, without quotes,", v)
	}
	*b.p = on
	return nil
}

func (b boolean) text() string { return strconv.FormatBool(*b.p) }
func (b boolean) toml() string { return b.text() }
func (b boolean) get() any     { return *b.p }
func (b boolean) put(v any)    { *b.p = v.(bool) }

// list is several texts. As a flag it is repeated; in a variable its entries are
// separated by commas, or it is a list of TOML and JSON: ["a", "b,c"].
type list struct {
	p     *[]string
	check func(string) error // nil takes any text
}

func (l list) parse(s string) error {
	if !strings.HasPrefix(s, "[") {
		if s == "" {
			return l.set(nil)
		}
		return l.set(strings.Split(s, ","))
	}
	var entries []string
	if err := json.Unmarshal([]byte(s), &entries); err != nil {
		return invalid("%.60q is no list like [\"a\", \"b\"]", s)
	}
	return l.set(entries)
}

func (l list) decode(v any) error {
	if one, ok := v.(string); ok {
		return l.set([]string{one})
	}
	many, ok := v.([]any)
	if !ok {
		return wrongType("a list of texts", v)
	}
	entries := make([]string, len(many))
	for i, e := range many {
		if entries[i], ok = e.(string); !ok {
			return wrongType(fmt.Sprintf("entry %d: a text", i+1), e)
		}
	}
	return l.set(entries)
}

func (l list) set(entries []string) error {
	if len(entries) > maxList {
		return invalid("%d entries, of at most %d", len(entries), maxList)
	}
	for i, e := range entries {
		if len(e) > maxText || e == "" {
			return invalid("entry %d is empty or longer than %d bytes", i+1, maxText)
		}
		if l.check != nil {
			if err := l.check(e); err != nil {
				return err
			}
		}
	}
	*l.p = entries
	if len(entries) == 0 {
		*l.p = nil
	}
	return nil
}

func (l list) text() string {
	if !slices.ContainsFunc(*l.p, func(s string) bool { return strings.ContainsAny(s, ",[") }) {
		return strings.Join(*l.p, ",")
	}
	return l.toml()
}

func (l list) get() any  { return *l.p }
func (l list) put(v any) { *l.p = v.([]string) }

func (l list) toml() string {
	quoted := make([]string, len(*l.p))
	for i, e := range *l.p {
		quoted[i] = strconv.Quote(e)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// span is a time of the week; empty is never.
func span(p *Span) value {
	return scalar{read: func(s string) (err error) {
		if *p = (Span{}); s != "" {
			*p, err = ParseSpan(s)
		}
		return err
	}, write: func() string { return p.String() }}
}

// proxy is the address of a proxy. A password is taken from the file alone, and never shown.
type proxy struct{ p *string }

func (v proxy) parse(s string) error {
	u, err := url.Parse(s)
	if s != "" && err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			return invalid("a password must not stand in a flag or a variable, where others can read it: use proxy_password_file")
		}
	}
	return v.set(s)
}

func (v proxy) decode(x any) error {
	s, ok := x.(string)
	if !ok {
		return wrongType("a text", x)
	}
	return v.set(s)
}

// set names no part of an address that it refuses: it may be the password.
func (v proxy) set(s string) error {
	u, err := url.Parse(s)
	if s == "" {
		*v.p = ""
		return nil
	}
	if err != nil || (u.Scheme != "socks5" && u.Scheme != "http") || checkHostPort(u.Host) != nil || (u.Path != "" && u.Path != "/") {
		return invalid("not an address like socks5://HOST:PORT or http://USER@HOST:PORT")
	}
	*v.p = s
	return nil
}

func (v proxy) text() string {
	u, err := url.Parse(*v.p)
	if err != nil {
		return ""
	}
	return u.Redacted()
}

func (v proxy) toml() string { return strconv.Quote(v.text()) }
func (v proxy) get() any     { return *v.p }
func (v proxy) put(x any)    { *v.p = x.(string) }
