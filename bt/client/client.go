package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/stream"
)

// Config says where a [Client] keeps its torrents and what runs them.
type Config struct {
	// Dir is the folder of the state; torrents/ below it is made.
	Dir string
	// Engine runs the torrents. The caller opens it before and closes it after the client.
	Engine *bt.Engine
	// Settings are those to begin with, see [Client.Apply].
	Settings Settings
	// Logger receives what happens; nil discards.
	Logger *slog.Logger
}

// Client is a set of torrents. Its methods may be called from any goroutine.
type Client struct {
	dir    string // Config.Dir/torrents
	engine engine
	log    *slog.Logger
	events hub

	ctx       context.Context // ends when Close begins
	cancel    context.CancelFunc
	wg        sync.WaitGroup
	kick      chan struct{}  // look at the torrents now
	plan      sync.Mutex     // one planner at a time
	placing   sync.Mutex     // held while it is found out whether files would lie where others are
	streaming sync.Mutex     // guards stream
	stream    *stream.Server // nil before the first
	checks    chan struct{}  // the turn to hash, which takes every core
	commands  chan struct{}  // the places of on-complete commands
	resettled chan struct{}  // the settings changed, for the watch folders
	refeed    chan struct{}  // and for the feeds
	feeds     *feeds
	onCommand func() // for tests: a command has run

	// mu guards the torrents and settings. It is a leaf.
	mu struct {
		sync.Mutex
		closed        bool
		settings      Settings
		limits        Limits // in force; below zero before the first look
		alt           bool
		byID          map[ID]*entry
		bySecond      map[ID]*entry // hybrids by the first bytes of their v2 infohash
		queue         []*entry      // by rank
		problems      []string      // of restoring
		watchProblems []string
	}
}

// Open restores the torrents of a folder and runs them. The caller closes the client.
func Open(ctx context.Context, cfg Config) (*Client, error) {
	return open(ctx, cfg, btEngine{cfg.Engine})
}

func open(ctx context.Context, cfg Config, e engine) (*Client, error) {
	if err := cfg.Settings.Check(); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		dir: filepath.Join(cfg.Dir, "torrents"), engine: e, log: cfg.Logger,
		kick: make(chan struct{}, 1), checks: make(chan struct{}, 1),
		commands: make(chan struct{}, maxCommands), resettled: make(chan struct{}, 1), refeed: make(chan struct{}, 1),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.mu.byID, c.mu.bySecond = make(map[ID]*entry), make(map[ID]*entry)
	c.mu.settings, c.mu.limits = cfg.Settings, Limits{-1, -1}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the torrents: %w", err)
	}
	var err error
	if c.feeds, err = newFeeds(c, cfg.Dir); err != nil {
		c.cancel()
		return nil, err
	}
	if err := c.restore(ctx); err != nil {
		c.cancel()
		return nil, err
	}
	for _, loop := range []func(){c.run, c.saveLoop, c.watchLoop, c.feeds.run} {
		c.spawn(loop)
	}
	return c, nil
}

// Close saves everything, stops the torrents and waits for it, at most until ctx ends. What was not saved then is
// as old as [SaveEvery].
func (c *Client) Close(ctx context.Context) error {
	c.mu.Lock()
	was := c.mu.closed
	c.mu.closed = true
	c.mu.Unlock()
	if was {
		return nil
	}
	c.cancel()
	finished := make(chan error, 1)
	go func() {
		c.endStreams()
		c.wg.Wait()
		err := c.saveAll()
		c.dropAll()
		c.events.close()
		finished <- err
	}()
	select {
	case err := <-finished:
		return err
	case <-ctx.Done():
		return fmt.Errorf("closing the torrents: %w", ctx.Err())
	}
}

// spawn runs f on a goroutine that Close waits for. It does nothing on a closed client.
func (c *Client) spawn(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return false
	}
	c.wg.Go(f)
	return true
}

// begin enters a call that Close waits for.
func (c *Client) begin() (end func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return nil, bt.ErrClosed
	}
	c.wg.Add(1)
	return c.wg.Done, nil
}

// look makes the planner run soon.
func (c *Client) look() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Settings are those in force.
func (c *Client) Settings() Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.settings
}

// Apply replaces the settings. Torrents keep what they were added with.
func (c *Client) Apply(s Settings) error {
	if err := s.Check(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	end, err := c.begin()
	if err != nil {
		return err
	}
	defer end()
	c.mu.Lock()
	c.mu.settings = s
	c.mu.Unlock()
	for _, e := range c.entries() {
		c.failed("a torrent's settings were not applied", c.tune(e))
	}
	for _, wake := range []chan struct{}{c.resettled, c.refeed} {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	c.replan()
	return nil
}

func (c *Client) dropAll() {
	for _, e := range c.entries() {
		c.mu.Lock()
		l := e.live
		e.live = nil
		c.mu.Unlock()
		if l != nil {
			l.Drop()
		}
	}
}

// entries is the queue at this moment.
func (c *Client) entries() []*entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*entry(nil), c.mu.queue...)
}

// failed logs what nobody waits for.
func (c *Client) failed(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		c.log.Warn(what, "error", err)
	}
}
