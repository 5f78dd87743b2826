package node

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// effect is all that settings make of a node.
type effect struct {
	Engine  bt.Config
	Client  client.Settings
	Ledger  bool
	Logging string
	Keeper  int
	Proofs  []string
}

func effectOf(t *testing.T, texts map[string]string) effect {
	t.Helper()
	l, err := settings.Load(settings.Source{Flags: texts})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := EngineConfig(l, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return effect{cfg, clientSettings(&l.Settings, "data"), l.Ledger, LogLevel(l.LogLevel).String(), l.KeeperAnnounces, l.ProofTrackers}
}

// away are values of the keys that differ from the defaults, with what else they need.
func away(t *testing.T) map[string]map[string]string {
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := func(value string) map[string]string { return map[string]string{"": value} }
	return map[string]map[string]string{
		"listen": one("127.0.0.1:1"), "bind": one("lo"), "dht": one("false"), "bootstrap": one("127.0.0.1:1"), "pex": one("false"),
		"lsd": one("false"), "utp": one("false"), "utp_dial": one("true"), "port_mapping": one("false"), "trackers": one("false"), "webtorrent": one("true"),
		"encryption": one("require"), "proxy": one("socks5://me@127.0.0.1:1"), "tor": one("127.0.0.1:9050"),
		"proxy_password_file": {"": file("password", "secret\n"), "proxy": "socks5://me@127.0.0.1:1"},
		"blocklist":           one(file("list", "192.0.2.0/24\n")),
		"limit_up":            one("1 kB"), "limit_down": one("1 kB"), "alt_limit_up": one("1 kB"), "alt_limit_down": one("1 kB"),
		"alt_schedule": one("mon 08:00-09:00"), "max_conns": one("9"), "max_conns_torrent": one("9"), "upload_slots": one("9"),
		"max_active_downloads": one("9"), "max_active_seeds": one("9"), "max_active": one("9"), "ratio": one("1.5"), "seed_time": one("2h"),
		"download_dir": one("/here"), "incomplete_dir": one("/there"), "preallocate": one("full"), "on_complete": one("true"),
		"start_paused": one("true"), "sequential": one("true"), "first_last": one("true"),
		"ledger": one("false"), "keeper_announces": one("7"), "proof_trackers": one("udp://t.example:1"), "log_level": one("debug"), "watch": one("/watched"), "feed": one("http://127.0.0.1:1/feed"),
	}
}

// TestEverySettingHasAnEffect: a key that nobody reads would be a promise that is not kept.
func TestEverySettingHasAnEffect(t *testing.T) {
	values := away(t)
	for _, k := range settings.Keys() {
		value, ok := values[k.Name]
		if !ok {
			t.Errorf("%s: the test has no value that differs from its default", k.Name)
			continue
		}
		with, without := make(map[string]string), make(map[string]string)
		for name, text := range value {
			if name == "" {
				with[k.Name] = text
				continue
			}
			with[name], without[name] = text, text
		}
		if reflect.DeepEqual(effectOf(t, with), effectOf(t, without)) {
			t.Errorf("%s = %q changes nothing", k.Name, value[""])
		}
	}
}

// TestFeedsWithoutNames: each has one of its own, without the key in its address, and the client takes them.
func TestFeedsWithoutNames(t *testing.T) {
	c := effectOf(t, map[string]string{"feed": "http://127.0.0.1/a?key=1,http://127.0.0.1/a?key=2,http://127.0.0.1/b", "download_dir": "/here"}).Client
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"http://127.0.0.1/a?…", "http://127.0.0.1/a?… (2)", "http://127.0.0.1/b"} {
		if got := c.Feeds[i].Name; got != want {
			t.Errorf("feed %d is called %q, want %q", i, got, want)
		}
	}
}

// tableEffect is what the tables of a settings file make of the client.
func tableEffect(t *testing.T, content string) client.Settings {
	t.Helper()
	path := filepath.Join(t.TempDir(), settings.FileName)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := settings.Load(settings.Source{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return clientSettings(&l.Settings, "data")
}

// TestEveryKeyOfATableHasAnEffect: the same for [[watch]] and [[feed]].
func TestEveryKeyOfATableHasAnEffect(t *testing.T) {
	for table, c := range map[string]struct {
		base   string
		fields map[string]string
	}{
		"watch": {"dir = \"/a\"\n", map[string]string{"download_dir": `"/b"`, "labels": `["x"]`, "paused": "true", "delete": "true"}},
		"feed": {"url = \"http://127.0.0.1:1/\"\n", map[string]string{
			"name": `"n"`, "every": `"2h"`, "categories": `["x"]`, "episodes": "true", "include": `["x"]`, "exclude": `["x"]`, "min_size": "5", "max_size": "5",
			"download_dir": `"/b"`, "labels": `["x"]`, "paused": "true",
		}},
	} {
		head := "[[" + table + "]]\n" + c.base
		without := tableEffect(t, head)
		if len(without.WatchDirs)+len(without.Feeds) != 1 {
			t.Errorf("[[%s]] was not read", table)
		}
		for _, name := range settings.TableKeys(table)[1:] { // the first is that of every table
			value, ok := c.fields[name]
			if !ok {
				t.Errorf("[[%s]] %s: the test has no value for it", table, name)
				continue
			}
			if reflect.DeepEqual(without, tableEffect(t, head+name+" = "+value+"\n")) {
				t.Errorf("[[%s]] %s = %s changes nothing", table, name, value)
			}
		}
	}
}

// TestReloadReachesWhatRuns: what a running node takes goes to its torrents as a whole, or is named in [control.apply].
func TestReloadReachesWhatRuns(t *testing.T) {
	byName := []string{"blocklist", "max_conns", "upload_slots", "keeper_announces", "log_level"}
	without, values := effectOf(t, nil).Client, away(t)
	for _, k := range settings.Keys() {
		if !k.Reload || slices.Contains(byName, k.Name) {
			continue
		}
		if reflect.DeepEqual(without, effectOf(t, map[string]string{k.Name: values[k.Name][""]}).Client) {
			t.Errorf("%s is said to be taken by a running node, and nothing in it takes it", k.Name)
		}
	}
}

// TestEveryChoiceOfTheClientHasAKey: what the client can do is of no use if nobody can ask for it.
func TestEveryChoiceOfTheClientHasAKey(t *testing.T) {
	all := make(map[string]string)
	for name, value := range away(t) {
		if k := name; k != "tor" && k != "proxy" && k != "proxy_password_file" && k != "utp" { // which others contradict
			all[k] = value[""]
		}
	}
	c := effectOf(t, all).Client
	c.AltNow = true // a switch of the moment, not a setting
	feed := "[[feed]]\nname = \"n\"\nurl = \"http://127.0.0.1:1/\"\nevery = \"2h\"\ninclude = [\"x\"]\nexclude = [\"x\"]\nmin_size = 5\n" +
		"max_size = 6\ncategories = [\"x\"]\nepisodes = true\ndownload_dir = \"/b\"\nlabels = [\"x\"]\npaused = true\n"
	watch := "[[watch]]\ndir = \"/a\"\ndownload_dir = \"/b\"\nlabels = [\"x\"]\npaused = true\ndelete = true\n"
	for what, v := range map[string]any{"client": c, "feed": tableEffect(t, feed).Feeds[0], "watch": tableEffect(t, watch).WatchDirs[0]} {
		for f, value := range reflect.ValueOf(v).Fields() {
			if value.IsZero() {
				t.Errorf("%s: no key sets %s", what, f.Name)
			}
		}
	}
}
