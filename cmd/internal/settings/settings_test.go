package settings_test

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/cmd/internal/settings"
)

var update = flag.Bool("update", false, "write docs/settings.md anew")

// load reads a file with this content.
func load(t *testing.T, content string, env map[string]string, flags ...string) (*settings.Loaded, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	given := settings.Declare(set)
	if err := set.Parse(flags); err != nil {
		return nil, err
	}
	return settings.Load(settings.Source{Path: path, Getenv: func(k string) string { return env[k] }, Flags: given.Texts()})
}

func TestPrecedence(t *testing.T) {
	for _, c := range []struct {
		file, env, flag string
		want            int64
		from            settings.From
	}{
		{"", "", "", 0, settings.FromDefault},
		{"limit_up = \"1 kB/s\"", "", "", 1000, settings.FromFile},
		{"limit_up = 1024", "2 kB", "", 2000, settings.FromEnvironment},
		{"limit_up = \"1 kB\"", "2 kB", "--limit-up=3KiB/s", 3072, settings.FromFlag},
		{"limit_up = \"1 kB\"", "", "--limit-up=none", 0, settings.FromFlag},
	} {
		var flags []string
		if c.flag != "" {
			flags = append(flags, c.flag)
		}
		l, err := load(t, c.file, map[string]string{"TTX_LIMIT_UP": c.env}, flags...)
		if err != nil || l.LimitUp != c.want || l.From["limit_up"] != c.from {
			t.Errorf("%+v: %v, %+v", c, err, l)
		}
	}
}

func TestEveryKindInEveryPlace(t *testing.T) {
	file := `
dht = false
bootstrap = ["a:1", "b:2"]
encryption = "require"
proxy = "socks5://me:secret@127.0.0.1:1080"
limit_down = "1.5 MiB"
alt_schedule = "mon-fri 08:00-18:00"
max_conns = 12
ratio = 1.5
seed_time = "1d12h"
on_complete = ["notify", "done, %N"]
[[watch]]
dir = "/w"
labels = ["a"]
delete = true
[[feed]]
url = "https://feeds.example/rss?passkey=hidden"
include = ["^Debian"]
min_size = "1 MiB"
every = "30m"
`
	env := map[string]string{
		"TTX_DHT": "false", "TTX_BOOTSTRAP": "a:1,b:2", "TTX_ENCRYPTION": "require", "TTX_LIMIT_DOWN": "1.5 MiB",
		"TTX_ALT_SCHEDULE": "mon-fri 08:00-18:00", "TTX_MAX_CONNS": "12", "TTX_RATIO": "1.5", "TTX_SEED_TIME": "36h",
		"TTX_ON_COMPLETE": `["notify", "done, %N"]`, "TTX_WATCH": "/w", "TTX_FEED": "https://feeds.example/rss?passkey=hidden",
	}
	flags := []string{
		"--no-dht", "--bootstrap", "a:1", "--bootstrap", "b:2", "--encryption", "require", "--limit-down", "1.5MiB",
		"--alt-schedule", "mon-fri 08:00-18:00", "--max-conns", "12", "--ratio", "1.5", "--seed-time", "36h",
		"--on-complete", "notify", "--on-complete", "done, %N", "--watch", "/w", "--feed", "https://feeds.example/rss?passkey=hidden",
	}
	fromFile, err := load(t, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	fromEnv, err := load(t, "", env)
	if err != nil {
		t.Fatal(err)
	}
	fromFlags, err := load(t, "", nil, flags...)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range settings.Keys() {
		want := k.Text(&fromFile.Settings)
		if strings.Contains(want, "hidden") || strings.Contains(want, "secret") {
			t.Errorf("%s shows %s", k.Name, want)
		}
		if k.Name == "proxy" { // its password is of the file alone
			continue
		}
		if e, f := k.Text(&fromEnv.Settings), k.Text(&fromFlags.Settings); e != want || f != want {
			t.Errorf("%s: file %q, environment %q, flags %q", k.Name, want, e, f)
		}
	}
	s := fromFile
	if s.DHT || s.LimitDown != 3<<19 || s.RatioGoal != 1.5 || s.TimeGoal != 36*time.Hour || s.MaxConns != 12 || len(s.OnComplete) != 2 {
		t.Errorf("%+v", s)
	}
	if len(s.Watch) != 1 || !s.Watch[0].Delete || len(s.Feeds) != 1 || s.Feeds[0].MinSize != 1<<20 || s.Feeds[0].Interval != 30*time.Minute {
		t.Errorf("%+v %+v", s.Watch, s.Feeds)
	}
}

// TestRefusals: whatever is wrong is named with its place.
func TestRefusals(t *testing.T) {
	for file, want := range map[string]string{
		"limt_up = 1":                                "settings.toml:1: unknown key \"limt_up\"; did you mean \"limit_up\"?",
		"\nfrobnicate = 1":                           "settings.toml:2: unknown key \"frobnicate\"; ttx settings init --stdout lists them",
		"dht = true\nlimit_up = \"5 apples\"":        "settings.toml:2: limit_up: \"5 apples\" is no size",
		"limit_up = -1":                              "settings.toml:1: limit_up: \"-1\"",
		"limit_up = \"2 PiB\"":                       "no size",
		"limit_up = \"2000 TiB\"":                    "more than",
		"dht = \"yes\"":                              "settings.toml:1: dht: true or false, without quotes, is wanted, not a text in quotes",
		"max_conns = 1.5":                            "max_conns: \"1.5\" is not a whole number",
		"max_conns = \"many\"":                       "max_conns: a number is wanted",
		"max_conns = 1000001":                        "max_conns",
		"ratio = inf":                                "ratio",
		"ratio = nan":                                "ratio",
		"seed_time = 10":                             "seed_time: \"10\" is no time",
		"listen = \"here\"":                          "listen: \"here\" is not HOST:PORT",
		"listen = \":65536\"":                        "listen",
		"encryption = \"strong\"":                    "encryption: \"strong\" is none of allow, prefer, require, never",
		"alt_schedule = \"work\"":                    "alt_schedule",
		"alt_schedule = \"mon 25:00-26:00\"":         "alt_schedule",
		"download_dir = 3":                           "",
		"bootstrap = [1]":                            "bootstrap: entry 1: a text is wanted, not a number",
		"download_dir = [\"a\"]":                     "download_dir: a text is wanted, not a list",
		"proxy = \"ftp://h:1\"":                      "proxy: not an address like",
		"dht = true\ndht = false":                    "settings.toml:2",
		"x = [":                                      "settings.toml:1",
		"tor = \"a:1\"\nproxy = \"socks5://h:1\"":    "both set",
		"proxy_password_file = \"x\"":                "without a proxy",
		"utp = false\nutp_dial = true":               "utp_dial without utp",
		"[[watch]]\ndir=\"/a\"\n[[watch]]\ndri=\"\"": "settings.toml:3: watch: table 2:",
		"[[feed]]\nurl = \"ftp://h\"":                "settings.toml:1: feed: table 1: url is not an address",
		"[[feed]]\nurl=\"http://h\"\ninclude=\"(\"":  "no regular expression",
		"watch = 3":                                  "watch: a table",
		"[limit_up]\nx = 1":                          "limit_up: a text is wanted, not a table",
	} {
		_, err := load(t, file, nil)
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", file, err)
			}
			continue
		}
		if !errors.Is(err, settings.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
	if _, err := load(t, "", map[string]string{"TTX_LIMIT_UP": "fast"}); !errors.Is(err, settings.ErrInvalid) || !strings.HasPrefix(err.Error(), "TTX_LIMIT_UP: ") {
		t.Errorf("variable: %v", err)
	}
	if _, err := load(t, "", nil, "--limit-up", "fast"); err == nil || !strings.Contains(err.Error(), "--limit-up") {
		t.Errorf("flag: %v", err)
	}
	if _, err := settings.Load(settings.Source{Path: "/nowhere/settings.toml", Required: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is named must be there: %v", err)
	}
	if _, err := load(t, strings.Repeat("#", 1<<20+1), nil); !errors.Is(err, settings.ErrInvalid) {
		t.Errorf("a file of more than 1 MiB: %v", err)
	}
}

// TestPasswordStaysInFiles: a flag or variable with one is refused without repeating it.
func TestPasswordStaysInFiles(t *testing.T) {
	const address = "socks5://me:hunter2@127.0.0.1:1080"
	for _, err := range []error{
		second(load(t, "", nil, "--proxy", address)),
		second(load(t, "", map[string]string{"TTX_PROXY": address})),
		second(load(t, "proxy = \"socks5://me:hunter2@nowhere\"", nil)),
	} {
		if err == nil || strings.Contains(strings.TrimPrefix(err.Error(), `invalid argument "`+address+`"`), "hunter2") {
			t.Errorf("%v", err)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := load(t, "", map[string]string{"TTX_PROXY_PASSWORD_FILE": secret}, "--proxy", "socks5://me@127.0.0.1:1080")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.ProxyURL(); err != nil || got != address {
		t.Errorf("%s %v", got, err)
	}
}

func second[A any](_ A, err error) error { return err }

func TestPaths(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	path := filepath.Join(t.TempDir(), "s.toml")
	file := "download_dir = \"d\"\nincomplete_dir = \"~/i\"\nblocklist = [\"/b\", \"c\"]\n[[watch]]\ndir = \"~\""
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := settings.Load(settings.Source{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	if l.DownloadDir != dir+"/d" || l.IncompleteDir != "/home/me/i" || l.Blocklists[1] != dir+"/c" || l.Watch[0].Dir != "/home/me" {
		t.Errorf("%+v", l)
	}
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	l, err = settings.Load(settings.Source{Path: path, Flags: map[string]string{"download_dir": "x"}})
	if err != nil || l.DownloadDir != filepath.Join(here, "x") {
		t.Errorf("%v %s", err, l.DownloadDir)
	}
}

func TestOnlySomeKeysCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.toml")
	write := func(s string) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("listen = \":1\"\nlimit_up = 5")
	env := func(k string) string { return map[string]string{"TTX_LISTEN": ":2"}[k] }
	l, err := settings.Load(settings.Source{Path: path, Getenv: env, Only: []string{"limit_up"}})
	if err != nil || l.Listen != settings.Default().Listen || l.LimitUp != 5 || l.From["listen"] != settings.FromDefault {
		t.Errorf("%v %+v", err, l)
	}
	write("listen = 7\nlimt_up = 5")
	if _, err := settings.Load(settings.Source{Path: path, Only: []string{"limit_up"}}); !errors.Is(err, settings.ErrInvalid) {
		t.Error("a fault in a key that does not count is no fault")
	}
}

// TestTextsAreReadBack: what is shown of any value means the same when it is read.
func TestTextsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<50).Draw(t, "size")
		s := settings.Default()
		s.LimitUp, s.TimeGoal = n, time.Duration(rapid.Int64Range(0, 1e8).Draw(t, "ms"))*time.Millisecond
		s.AltSchedule = settings.Span{Days: [7]bool{rapid.Bool().Draw(t, "sun"), true, false, true}, From: 61, To: rapid.IntRange(0, 1440).Draw(t, "to")}
		for _, k := range settings.Keys() {
			flags := map[string]string{k.Name: k.Text(&s)}
			l, err := settings.Load(settings.Source{Flags: flags})
			if err != nil {
				t.Fatalf("%s %q: %v", k.Name, flags[k.Name], err)
			}
			if got := k.Text(&l.Settings); got != flags[k.Name] {
				t.Fatalf("%s: %q became %q", k.Name, flags[k.Name], got)
			}
		}
	})
	if got, err := settings.ParseSize("0.1 MiB"); err != nil || got != 104858 {
		t.Errorf("%d %v", got, err)
	}
}

func TestChanged(t *testing.T) {
	a, b := settings.Default(), settings.Default()
	b.LimitUp, b.Listen, b.Proxy = 5, ":1", "socks5://a:b@h:1"
	a.Proxy = "socks5://a:c@h:1" // the same but for the password
	taken, restart := settings.Changed(&a, &b)
	if strings.Join(taken, " ") != "limit_up" || strings.Join(restart, " ") != "listen proxy" {
		t.Errorf("%v %v", taken, restart)
	}
}

// TestReload: what needs a restart stays, and is named each time.
func TestReload(t *testing.T) {
	running, err := load(t, "listen = \":1\"\nproxy = \"socks5://a:b@h:1\"\nlimit_up = 5", nil)
	if err != nil {
		t.Fatal(err)
	}
	now, err := load(t, "listen = \":2\"\nlimit_up = 6\ndht = false\nbootstrap = [\"a:1\"]\n[[watch]]\ndir = \"/w\"", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		merged, taken, restart := running.Reload(now)
		if merged.Listen != ":1" || merged.Proxy != "socks5://a:b@h:1" || merged.LimitUp != 6 || !merged.DHT || merged.Bootstrap != nil || len(merged.Watch) != 1 {
			t.Errorf("%+v", merged)
		}
		if strings.Join(restart, " ") != "listen dht bootstrap proxy" || (running.LimitUp == 5) != (len(taken) == 2) {
			t.Errorf("%v %v", taken, restart)
		}
		running = merged
	}
}

// TestTemplate: the commented file changes nothing; without its comments it says the defaults.
func TestTemplate(t *testing.T) {
	if _, err := load(t, settings.Template(), nil); err != nil {
		t.Fatal(err)
	}
	var bare strings.Builder
	for line := range strings.Lines(settings.Template()) {
		if strings.HasPrefix(line, "#[[") { // an example has no address
			break
		}
		if !strings.HasPrefix(line, "# ") && !strings.HasPrefix(line, "##") {
			line = strings.TrimPrefix(line, "#")
		}
		bare.WriteString(line)
	}
	l, err := load(t, bare.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	def := settings.Default()
	if a, b := settings.Changed(&def, &l.Settings); len(a)+len(b) > 0 {
		t.Errorf("the file with its comments taken away changes %v %v", a, b)
	}
	for _, k := range settings.Keys() {
		if !strings.Contains(settings.Template(), "\n#"+k.Name+" = ") && k.Name != "watch" && k.Name != "feed" {
			t.Errorf("%s is not in it", k.Name)
		}
	}
}

// TestTable: no name twice, and a sentence for each.
func TestTable(t *testing.T) {
	seen := map[string]bool{"TTX_CONFIG": true, "TTX_DIR": true, "TTX_PASSPHRASE_FILE": true}
	for _, k := range settings.Keys() {
		if seen[k.Name] || seen[k.Variable()] || k.Doc == "" || !strings.HasSuffix(k.Doc, ".") || k.Section == "" {
			t.Errorf("%+v", k)
		}
		seen[k.Name], seen[k.Variable()] = true, true
	}
}

func TestPage(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "settings.md")
	want := settings.Page()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/settings.md is not what the table says (%v); run: go test ./cmd/internal/settings -run TestPage -update", err)
	}
}
