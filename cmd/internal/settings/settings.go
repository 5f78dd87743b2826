// Package settings is what a user can choose: one table of keys, each of them a
// line of settings.toml, a flag and an environment variable.
//
// A flag goes before the environment, the environment before the file, the file
// before the default. Values are texts with units ("5 MiB", "90m", "1.5") that are
// read strictly: what is not understood is refused, with the file, line and key.
// The package opens files and nothing else; what a setting does is decided by
// those who are given a [Settings].
package settings

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// ErrInvalid is the kind of every setting that is refused: unknown, malformed or
// out of bounds.
var ErrInvalid = errors.New("invalid setting")

// Settings are all values. Rates are bytes a second, sizes bytes; 0 stands for no
// limit and for the engine's own default of a count.
type Settings struct {
	Listen      string
	Bind        string
	DHT         bool
	Bootstrap   []string
	PEX         bool
	LSD         bool
	UTP         bool
	UTPDial     bool
	PortMapping bool
	Trackers    bool
	WebTorrent  bool

	Encryption        string // allow, prefer, require, never
	Proxy             string // may hold a password: see ProxyURL and Key.Text
	ProxyPasswordFile string
	Tor               string
	Blocklists        []string

	LimitUp, LimitDown       int64
	AltLimitUp, AltLimitDown int64
	AltSchedule              Span
	MaxConns                 int
	MaxConnsTorrent          int
	UploadSlots              int

	MaxActiveDownloads, MaxActiveSeeds, MaxActive int
	RatioGoal                                     float64
	TimeGoal                                      time.Duration

	DownloadDir, IncompleteDir string
	Preallocate                string // none, sparse, full
	OnComplete                 []string
	Watch                      []Watch
	Feeds                      []Feed
	StartPaused                bool
	Sequential                 bool
	FirstLast                  bool

	Ledger          bool
	KeeperAnnounces int // an hour
	ProofTrackers   []string
	LogLevel        string // debug, info, warn, error
}

// Watch is a folder whose .torrent files are added.
type Watch struct {
	Dir         string   // the folder that is watched
	DownloadDir string   // "" for that of the settings
	Labels      []string // given to what is added
	Paused      bool
	Delete      bool // remove what was added; else it is renamed
}

// Feed is an RSS or Atom feed whose entries are added when they pass the filters.
type Feed struct {
	Name        string
	URL         string
	Interval    time.Duration // 0 for the client's own
	Include     []string      // regular expressions: one of them must match the title; none means all
	Exclude     []string      // regular expressions: none of them may match
	MinSize     int64         // bytes; 0 for none
	MaxSize     int64
	Categories  []string // the entry must have one of them, if there are any
	Episodes    bool     // each episode of a series once, and its repair
	DownloadDir string
	Labels      []string
	Paused      bool
}

// Default is what counts where nobody chose.
func Default() Settings {
	var s Settings
	for _, k := range Keys() {
		if k.Default == "" {
			continue
		}
		if err := k.value(&s).parse(k.Default); err != nil {
			panic(fmt.Sprintf("settings: default of %s: %v", k.Name, err)) // the table is wrong; a test reads it
		}
	}
	return s
}

// ProxyURL is the proxy's address with its password, which stands in a file of its
// own or in the settings file. Never show it.
func (s *Settings) ProxyURL() (string, error) {
	if s.ProxyPasswordFile == "" || s.Proxy == "" {
		return s.Proxy, nil
	}
	secret, err := readSecret(s.ProxyPasswordFile)
	if err != nil {
		return "", fmt.Errorf("proxy_password_file: %w", err)
	}
	u, err := url.Parse(s.Proxy)
	if err != nil {
		return "", invalid("proxy: not an address")
	}
	if u.User == nil {
		return "", invalid("proxy: a password needs a user: socks5://USER@HOST:PORT")
	}
	u.User = url.UserPassword(u.User.Username(), secret)
	return u.String(), nil
}

// check refuses settings that contradict each other.
func (s *Settings) check() error {
	switch {
	case s.Tor != "" && s.Proxy != "":
		return invalid("tor and proxy are both set: everything goes through one of them")
	case s.Encryption == "never" && s.Tor != "":
		return invalid("tor with encryption = \"never\" would send content in plain through a stranger's exit")
	case s.WebTorrent && (s.Tor != "" || s.Proxy != ""):
		return invalid("webtorrent with a proxy or tor: WebRTC is UDP, which would go around it")
	case s.UTPDial && !s.UTP:
		return invalid("utp_dial without utp: uTP is dialled from the socket that utp opens")
	case s.ProxyPasswordFile != "" && s.Proxy == "":
		return invalid("proxy_password_file without a proxy")
	}
	_, err := s.ProxyURL()
	return err
}

func invalid(format string, args ...any) error {
	return &invalidError{fmt.Errorf(format, args...)}
}

// invalidError is of kind ErrInvalid, which its text does not repeat.
type invalidError struct{ error }

func (e *invalidError) Is(target error) bool { return target == ErrInvalid }
func (e *invalidError) Unwrap() error        { return e.error }
