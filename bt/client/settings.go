package client

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/rss"
)

// Settings are what a user may change while the client runs. The zero value has no limits and no folder of its own:
// every torrent then needs AddRequest.Dir.
type Settings struct {
	// DownloadDir is where the data of torrents goes that name no folder.
	DownloadDir string
	// IncompleteDir holds data until everything wanted is there; empty for none.
	IncompleteDir string
	// Preallocate is none, sparse or full; empty is sparse.
	Preallocate string
	// StartPaused, Sequential and FirstLast are how torrents are added.
	StartPaused, Sequential, FirstLast bool
	// OnComplete is a command and its arguments, run without a shell when a torrent is complete and where it
	// belongs; see oncomplete.go for what is put in for %N and the like. Empty for none.
	OnComplete []string

	// Limits are those of all torrents together; AltLimits take their place while Schedule says so, or AltNow.
	Limits, AltLimits Limits
	AltNow            bool
	Schedule          Schedule
	// MaxConnsPerTorrent is how many connections a torrent without a limit of its own has; 0 is the engine's.
	MaxConnsPerTorrent int

	// MaxActiveDownloads and MaxActiveSeeds are how many of each run at a time, those that stalled not counted;
	// MaxActive is how many run in all, those included. 0 is no limit.
	MaxActiveDownloads, MaxActiveSeeds, MaxActive int
	// RatioGoal and TimeGoal end seeding, whichever is reached first; 0 is no goal.
	RatioGoal float64
	TimeGoal  time.Duration

	WatchDirs []WatchDir
	Feeds     []Feed
}

// WatchDir is a folder in which .torrent and .magnet files are found and added.
type WatchDir struct {
	Dir string
	// DownloadDir, Labels and Paused are those of what is added.
	DownloadDir string
	Labels      []string
	Paused      bool
	// Delete removes files that were added; otherwise they are renamed to *.added.
	Delete bool
}

// Feed is an RSS or Atom feed whose items are added when they fit.
type Feed struct {
	Name string
	URL  string
	// Every is how often it is asked; 0 is [DefaultFeedEvery], the least is [MinFeedEvery].
	Every time.Duration
	// Include and Exclude are regular expressions on an item's title: one of Include must match, if there is any,
	// and none of Exclude may.
	Include, Exclude []string
	// MinSize and MaxSize bound the length in bytes that an item tells; 0 is no bound.
	MinSize, MaxSize int64
	// Categories are those of which an item must have one, if there are any. Episodes takes each episode of a series
	// once, and its repair.
	Categories []string
	Episodes   bool
	// Dir, Labels and Paused are those of what is added.
	Dir    string
	Labels []string
	Paused bool
}

// How often feeds are asked.
const (
	DefaultFeedEvery = 15 * time.Minute
	MinFeedEvery     = time.Minute
)

// Check says what is wrong with the settings: one line for each fault, of kind [ErrBadRequest].
func (s *Settings) Check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: %w", ErrBadRequest, fmt.Errorf(format, args...)))
	}
	for what, dir := range map[string]string{"download folder": s.DownloadDir, "incomplete folder": s.IncompleteDir} {
		if dir != "" && !filepath.IsAbs(dir) {
			bad("the %s %q is not an absolute path", what, dir)
		}
	}
	switch s.Preallocate {
	case "", "none", "sparse", "full":
	default:
		bad("preallocation %q is none of none, sparse, full", s.Preallocate)
	}
	if min(s.Limits.Up, s.Limits.Down, s.AltLimits.Up, s.AltLimits.Down) < 0 {
		bad("a rate limit below zero: 0 is no limit")
	}
	if min(s.MaxConnsPerTorrent, s.MaxActiveDownloads, s.MaxActiveSeeds, s.MaxActive) < 0 {
		bad("a number of torrents or connections below zero: 0 is no limit")
	}
	if !(s.RatioGoal >= 0) || s.TimeGoal < 0 {
		bad("a goal below zero: 0 is no goal")
	}
	if len(s.OnComplete) > MaxCommand {
		bad("the command has %d arguments, of at most %d", len(s.OnComplete), MaxCommand)
	}
	if err := s.Schedule.check(); err != nil {
		bad("the schedule: %w", err)
	}
	return errors.Join(append(errs, s.checkSources()...)...)
}

// checkSources says what is wrong with the watch folders and feeds.
func (s *Settings) checkSources() (errs []error) {
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: %w", ErrBadRequest, fmt.Errorf(format, args...)))
	}
	if len(s.WatchDirs) > MaxWatchDirs || len(s.Feeds) > MaxFeeds {
		bad("%d watch folders and %d feeds, of at most %d and %d", len(s.WatchDirs), len(s.Feeds), MaxWatchDirs, MaxFeeds)
	}
	for _, w := range s.WatchDirs {
		if !filepath.IsAbs(w.Dir) || w.DownloadDir != "" && !filepath.IsAbs(w.DownloadDir) {
			bad("watch folder %q: it and its download folder %q must be absolute paths", w.Dir, w.DownloadDir)
		}
		if _, err := checkLabels(nil, w.Labels, nil); err != nil {
			bad("watch folder %q: %w", w.Dir, err)
		}
	}
	names := make(map[string]bool)
	for _, f := range s.Feeds {
		if names[f.Name] {
			bad("two feeds are called %q", f.Name)
		}
		names[f.Name] = true
		if err := f.check(); err != nil {
			bad("feed %q: %w", f.Name, err)
		}
	}
	return errs
}

func (f *Feed) check() error {
	if f.Name == "" || f.URL == "" {
		return errors.New("it needs a name and an address")
	}
	if f.Every != 0 && f.Every < MinFeedEvery {
		return fmt.Errorf("asked every %v, the least is %v", f.Every, MinFeedEvery)
	}
	if f.Dir != "" && !filepath.IsAbs(f.Dir) {
		return fmt.Errorf("the folder %q is not an absolute path", f.Dir)
	}
	if _, err := rss.Compile(f.rule()); err != nil {
		return err
	}
	_, err := checkLabels(nil, f.Labels, nil)
	return err
}

// preallocation is what Preallocate says.
func (s *Settings) preallocation() files.Preallocation {
	p, err := files.ParsePreallocation(s.Preallocate)
	if err != nil {
		return files.Sparse // what an empty one stands for; Check refuses others
	}
	return p
}
