package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// terminalPace and plainPace are the pauses between two lines of progress.
	terminalPace = 500 * time.Millisecond
	plainPace    = 10 * time.Second
)

type getFlags struct {
	out     string
	listen  string
	peers   []string
	noDHT   bool
	timeout time.Duration
	seed    string
}

func (a *app) getCommand() *cobra.Command {
	var f getFlags
	cmd := &cobra.Command{
		Use:   "get MAGNET|FILE.torrent|INFOHASH...",
		Short: "Download torrents",
		Long: "Download torrents to a folder, with progress on stderr. No node is needed. What is in the folder already is\n" +
			"checked and kept, so a download that was interrupted goes on. Exit code 0 means that all are complete. With\n" +
			"--seed they are then seeded: until so many times their size was uploaded, for so long, or until interrupted.\n\n" +
			"JSON, a line for each torrent as it completes: {name, infohash, length, dir, files: [{path, length}], seconds}.\n\n" +
			exitCodeHelp,
		Example: "  ttx get debian.torrent --out ~/Downloads\n  ttx get --seed 1.5 'magnet:?xt=urn:btih:...'",
		Args:    atLeast(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.get(cmd.Context(), args, f) },
	}
	cmd.Flags().StringVar(&f.out, "out", ".", "folder to download to")
	cmd.Flags().StringVar(&f.listen, "listen", ":0", "BitTorrent address, host:port; port 0 picks one")
	cmd.Flags().StringArrayVar(&f.peers, "peer", nil, "address of a peer, host:port (repeat for more)")
	cmd.Flags().BoolVar(&f.noDHT, "no-dht", false, "stay out of the mainline DHT")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "give up after this long (default never)")
	cmd.Flags().StringVar(&f.seed, "seed", "", "seed what is complete: a ratio (1.5), a time (2h) or forever")
	return cmd
}

func (a *app) get(ctx context.Context, what []string, f getFlags) (err error) {
	goal, err := parseGoal(f.seed)
	if err != nil {
		return err
	}
	sources := make([]bt.Source, len(what))
	for i, name := range what {
		if sources[i], err = f.source(ctx, name); err != nil {
			return err
		}
	}
	engine, err := a.openEngine(f.listen, !f.noDHT)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeEngine(engine)) }()
	torrents := make([]*bt.Torrent, len(sources))
	began := time.Now()
	for i, src := range sources {
		if torrents[i], err = engine.Add(src); err != nil {
			return fmt.Errorf("%.80s: %w", what[i], err)
		}
	}
	if err := a.download(ctx, torrents, sources[0].Dir, f.timeout, began); err != nil {
		return err
	}
	return a.seedUntil(ctx, torrents, goal)
}

// openEngine starts a torrent engine without a ledger.
func (a *app) openEngine(listen string, dht bool) (*bt.Engine, error) {
	engine, err := bt.Open(bt.Config{Listen: listen, DHT: dht, Version: "ttx/" + version(), Logger: a.logger()})
	if err != nil {
		return nil, fmt.Errorf("start the torrent engine: %w", err)
	}
	return engine, nil
}

// download shows progress until all torrents are complete, and says so of each. One that fails keeps none from
// going on.
func (a *app) download(ctx context.Context, torrents []*bt.Torrent, dir string, timeout time.Duration, began time.Time) error {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	var errs []error
	for i, t := range torrents {
		err := a.follow(ctx, t, torrents[i:])
		if err == nil {
			err = a.printDownload(t, dir, time.Since(began))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// source tells the three ways to name a torrent apart.
func (f getFlags) source(ctx context.Context, what string) (src bt.Source, err error) {
	if src.Peers, err = resolvePeers(ctx, f.peers); err != nil {
		return src, err
	}
	if src.Dir, err = filepath.Abs(f.out); err != nil {
		return src, fmt.Errorf("folder %s: %w", f.out, err)
	}
	if isMagnet(what) {
		src.Magnet = what
		return src, nil
	}
	if h, err := parseInfohash(what); err == nil && !exists(what) {
		src.Infohash = h
		return src, nil
	}
	_, src.File, err = loadTorrent(what)
	return src, err
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

func parseInfohash(text string) (h tx.Infohash, err error) {
	raw, err := hex.DecodeString(strings.ToLower(text))
	if err != nil || len(raw) != len(h) {
		return h, fmt.Errorf("%.60q is not an infohash of %d hexadecimal digits", text, 2*len(h))
	}
	return tx.Infohash(raw), nil
}

// follow shows the progress of all that are left until the first of them is complete.
func (a *app) follow(ctx context.Context, t *bt.Torrent, left []*bt.Torrent) error {
	_, live := terminal(a.Err)
	pace := plainPace
	if live {
		pace = terminalPace
	}
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-t.Done():
			a.progress(left[:1], live)
			if live {
				a.say("")
			}
			return nil
		case <-t.Faulted():
			return fmt.Errorf("%s: the download stopped: %w", clean(t.Name()), t.Fault())
		case <-t.Ended():
			return fmt.Errorf("%s: the download stopped: %w", clean(t.Name()), t.Err())
		case <-ctx.Done():
			return fmt.Errorf("%s: the download is not complete: %w", clean(t.Name()), ctx.Err())
		case <-ticker.C:
			a.progress(left, live)
		}
	}
}

// progress writes one line, over the last one on a terminal.
func (a *app) progress(torrents []*bt.Torrent, live bool) {
	what := clean(torrents[0].Name())
	if n := len(torrents); n > 1 {
		what = fmt.Sprintf("%s and %d more", what, n-1)
	}
	var all bt.Progress
	for _, t := range torrents {
		p := t.Progress()
		all.Completed, all.Length, all.Peers = all.Completed+p.Completed, all.Length+p.Length, all.Peers+p.Peers
	}
	line := fmt.Sprintf("%s  %d of %d bytes, %d peers", what, all.Completed, all.Length, all.Peers)
	if live {
		fmt.Fprintf(a.Err, "\r\x1b[K%s", line)
		return
	}
	a.say("%s", line)
}

type downloadJSON struct {
	Name     string     `json:"name"`
	Infohash string     `json:"infohash"`
	Length   int64      `json:"length"`
	Dir      string     `json:"dir"`
	Files    []fileJSON `json:"files"`
	Seconds  float64    `json:"seconds"`
}

type fileJSON struct {
	Path   string `json:"path"`
	Length int64  `json:"length"`
}

func (a *app) printDownload(t *bt.Torrent, dir string, took time.Duration) error {
	info, _ := t.Info()
	hash := t.Infohash()
	out := downloadJSON{
		Name: info.Name, Infohash: hex.EncodeToString(hash[:]), Length: info.Length,
		Dir: dir, Files: []fileJSON{}, Seconds: took.Seconds(),
	}
	for _, f := range info.Files {
		out.Files = append(out.Files, fileJSON(f))
	}
	return a.print(out, func(table *table) {
		for _, f := range out.Files {
			table.row(filepath.Join(dir, filepath.FromSlash(f.Path)), f.Length)
		}
	})
}
