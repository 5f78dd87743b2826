package node

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/blocklist"
	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

// EngineConfig is what the settings say of a torrent engine.
//
// With a proxy or Tor what would go around it is left out, unless somebody chose it: then the engine refuses to start
// and says why. Lines of block lists that are none are logged.
func EngineConfig(l *settings.Loaded, log *slog.Logger) (bt.Config, error) {
	s := &l.Settings
	proxy, err := s.ProxyURL()
	if err != nil {
		return bt.Config{}, err
	}
	blocked, err := readBlocklists(s.Blocklists, log)
	if err != nil {
		return bt.Config{}, err
	}
	cfg := bt.Config{
		Listen: s.Listen, Bind: s.Bind,
		DHT: s.DHT, Bootstrap: s.Bootstrap, DisableUTP: !s.UTP, DialUTP: s.UTPDial, DisableTrackers: !s.Trackers,
		LSD: s.LSD, DisablePEX: !s.PEX, PortMapping: s.PortMapping, WebTorrent: s.WebTorrent,
		Encryption: encryption(s.Encryption), Proxy: proxy, Tor: s.Tor, BlockList: blocked,
		Limits: bt.Limits{Up: s.LimitUp, Down: s.LimitDown}, MaxConns: s.MaxConns, UploadSlots: s.UploadSlots,
	}
	if s.Tor != "" || proxy != "" {
		hide(&cfg, l)
	}
	return cfg, nil
}

// hide leaves out what nobody chose and a proxy does not carry.
func hide(cfg *bt.Config, l *settings.Loaded) {
	nobody := func(key string) bool { return l.From[key] == settings.FromDefault }
	if nobody("listen") {
		cfg.Listen = ""
	}
	if nobody("dht") {
		cfg.DHT = false
	}
	if nobody("lsd") {
		cfg.LSD = false
	}
	if nobody("port_mapping") {
		cfg.PortMapping = false
	}
}

func encryption(word string) bt.Encryption {
	switch word {
	case "prefer":
		return bt.EncryptPrefer
	case "require":
		return bt.EncryptRequire
	case "never":
		return bt.EncryptNever
	}
	return bt.EncryptAllow
}

// readBlocklists reads the files as one list; nil when there are none.
func readBlocklists(names []string, log *slog.Logger) (*blocklist.List, error) {
	var lists []*blocklist.List
	for _, name := range names {
		l, err := readBlocklist(name)
		if err != nil {
			return nil, err
		}
		warnMalformed(log, name, l)
		lists = append(lists, l)
	}
	if lists == nil {
		return nil, nil
	}
	return blocklist.Join(lists...), nil
}

// maxNamed is how many malformed lines of a block list are named in a message.
const maxNamed = 3

// warnMalformed says how many lines of a list were skipped, and which are the first.
func warnMalformed(log *slog.Logger, name string, l *blocklist.List) {
	first, count := l.Malformed()
	if count == 0 {
		return
	}
	var lines []string
	for _, e := range first[:min(len(first), maxNamed)] {
		lines = append(lines, e.Error())
	}
	log.Warn("lines of a block list block nothing: they are malformed", "file", name, "lines", count, "first", strings.Join(lines, "; "))
}

func readBlocklist(name string) (*blocklist.List, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the block list: %w", err)
	}
	defer f.Close()
	l, err := blocklist.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return l, nil
}

// CheckSettings says what is wrong with what the settings say of torrents, of the kind settings.ErrInvalid. dir is the
// data folder.
func CheckSettings(l *settings.Loaded, dir string) error {
	c := clientSettings(&l.Settings, dir)
	if err := c.Check(); err != nil {
		return fmt.Errorf("%s: %w: %w", l.Path, settings.ErrInvalid, err)
	}
	return nil
}

// clientSettings is what the settings say of the torrents. dir is the data folder.
func clientSettings(s *settings.Settings, dir string) client.Settings {
	from, to := s.AltSchedule.Hours()
	c := client.Settings{
		DownloadDir: s.DownloadDir, IncompleteDir: s.IncompleteDir, Preallocate: s.Preallocate,
		StartPaused: s.StartPaused, Sequential: s.Sequential, FirstLast: s.FirstLast, OnComplete: s.OnComplete,
		Limits:             client.Limits{Up: s.LimitUp, Down: s.LimitDown},
		AltLimits:          client.Limits{Up: s.AltLimitUp, Down: s.AltLimitDown},
		Schedule:           client.Schedule{Days: s.AltSchedule.DayNames(), From: from, To: to},
		MaxConnsPerTorrent: s.MaxConnsTorrent,
		MaxActiveDownloads: s.MaxActiveDownloads, MaxActiveSeeds: s.MaxActiveSeeds, MaxActive: s.MaxActive,
		RatioGoal: s.RatioGoal, TimeGoal: s.TimeGoal,
	}
	if c.DownloadDir == "" {
		c.DownloadDir = filepath.Join(dir, "downloads")
	}
	for _, w := range s.Watch {
		c.WatchDirs = append(c.WatchDirs, client.WatchDir{
			Dir: w.Dir, DownloadDir: w.DownloadDir, Labels: slices.Clone(w.Labels), Paused: w.Paused, Delete: w.Delete,
		})
	}
	names := feedNames(s.Feeds)
	for i, f := range s.Feeds {
		c.Feeds = append(c.Feeds, client.Feed{
			Name: names[i], URL: f.URL, Every: f.Interval, Include: f.Include, Exclude: f.Exclude,
			MinSize: f.MinSize, MaxSize: f.MaxSize, Categories: f.Categories, Episodes: f.Episodes, Dir: f.DownloadDir, Labels: f.Labels, Paused: f.Paused,
		})
	}
	return c
}

// feedNames are what feeds are called: those without a name by their address, without what is secret in it, and by a
// number where that is taken.
func feedNames(feeds []settings.Feed) []string {
	names, taken := make([]string, len(feeds)), make(map[string]bool)
	for i, f := range feeds {
		names[i], taken[f.Name] = f.Name, true
	}
	for i := range feeds {
		if names[i] != "" {
			continue
		}
		names[i] = feeds[i].Address()
		for n := 2; taken[names[i]]; n++ {
			names[i] = fmt.Sprintf("%s (%d)", feeds[i].Address(), n)
		}
		taken[names[i]] = true
	}
	return names
}

// errNoSettings is a node that was started without settings, as the demo's are.
var errNoSettings = errors.New("this node was started without settings")
