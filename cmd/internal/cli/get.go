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
	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/bt/fetchurl"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/tui"
)

const (
	// terminalPace and plainPace are the pauses between two lines of progress.
	terminalPace = 500 * time.Millisecond
	plainPace    = 10 * time.Second
)

type getFlags struct {
	oneShot
	out     string
	peers   []string
	timeout time.Duration
	seed    string
	choice  choice
}

func (a *app) getCommand() *cobra.Command {
	var f getFlags
	cmd := &cobra.Command{
		Use:   "get MAGNET|FILE.torrent|INFOHASH|URL...",
		Short: "Download torrents",
		Long: "Download torrents to a folder, with progress on stderr. No node is needed. What is in the folder already is\n" +
			"checked and kept, so a download that was interrupted goes on; a file .INFOHASH.resume there says what need not be\n" +
			"checked again, and goes when all is complete. Exit code 0 means that all are complete, what --skip\n" +
			"and --select leave out not counted. With --seed they are then seeded: until so many times their size was uploaded, for so long, or until interrupted.\n\n" +
			"JSON, a line for each torrent as it completes: {name, infohash, length, dir, files: [{path, length}], seconds}.\n\n" +
			exitCodeHelp,
		Example: "  ttx get debian.torrent --out ~/Downloads\n  ttx get --seed 1.5 'magnet:?xt=urn:btih:...'\n" +
			"  ttx get --tor 127.0.0.1:9050 --limit-down 2MiB/s --select '*.mkv' https://example.org/films.torrent",
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error { return a.get(cmd.Context(), args, f) },
	}
	cmd.Flags().StringVar(&f.out, "out", ".", "folder to download to")
	cmd.Flags().StringArrayVar(&f.peers, "peer", nil, "address of a peer, host:port (repeat for more)")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "give up after this long (default never)")
	cmd.Flags().StringVar(&f.seed, "seed", "", "seed what is complete: a ratio (1.5), a time (2h) or forever")
	f.choice.declare(cmd.Flags())
	f.declare(cmd, "sequential", "first_last")
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
	engine, chosen, err := a.openOneShot(&f.oneShot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeEngine(engine)) }()
	torrents := make([]*bt.Torrent, len(sources))
	kept := a.newRecords(sources[0].Dir)
	defer kept.close()
	began := time.Now()
	for i, src := range sources {
		if isURL(what[i]) {
			if src, err = f.fetch(ctx, engine, what[i], src); err != nil {
				return err
			}
		}
		src.Sequential, src.FirstLast = chosen.Sequential, chosen.FirstLast
		if torrents[i], err = kept.add(engine, src); err != nil {
			return fmt.Errorf("%.80s: %w", what[i], err)
		}
	}
	kept.start()
	if err := a.download(ctx, torrents, sources[0].Dir, f.timeout, began); err != nil {
		return err
	}
	return a.seedUntil(ctx, torrents, goal)
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

// source tells the ways to name a torrent apart. An address is fetched later, through the engine's sockets.
func (f getFlags) source(ctx context.Context, what string) (src bt.Source, err error) {
	if src.Peers, err = resolvePeers(ctx, f.peers); err != nil {
		return src, err
	}
	if src.Dir, err = filepath.Abs(f.out); err != nil {
		return src, fmt.Errorf("folder %s: %w", f.out, err)
	}
	switch {
	case isURL(what):
		return src, nil
	case isMagnet(what):
		return f.magnet(src, what)
	}
	if h, err := parseInfohash(what); err == nil && !exists(what) {
		if !f.choice.empty() {
			return f.magnet(src, "magnet:?xt=urn:btih:"+h.String())
		}
		src.Infohash = h
		return src, nil
	}
	t, raw, err := loadTorrent(what)
	if err != nil {
		return src, err
	}
	return f.file(src, t, raw)
}

// magnet is a source by a link, of whose files numbers may choose.
func (f getFlags) magnet(src bt.Source, link string) (bt.Source, error) {
	r, err := f.choice.unseen(client.AddRequest{Magnet: link})
	src.Magnet, src.Priorities = r.Magnet, wishes(r.Priorities)
	return src, err
}

// file is a source by a .torrent file.
func (f getFlags) file(src bt.Source, t *metainfo.Torrent, raw []byte) (bt.Source, error) {
	var paths []string
	for _, file := range describeTorrent(t).Files {
		paths = append(paths, file.Path)
	}
	prio, err := f.choice.priorities(paths)
	src.File, src.Priorities = raw, wishes(prio)
	return src, err
}

// fetch gets the .torrent file, or the magnet link, that an address leads to.
func (f getFlags) fetch(ctx context.Context, engine *bt.Engine, address string, src bt.Source) (bt.Source, error) {
	dial, proxy := engine.WaysOut()
	resp, err := fetchurl.Get(ctx, fetchurl.Request{URL: address, Want: fetchurl.Torrent, Dial: dial, Proxy: proxy})
	if err != nil {
		return src, fmt.Errorf("%.200s: %w", address, err)
	}
	if resp.Magnet != "" {
		return f.magnet(src, resp.Magnet)
	}
	t, err := metainfo.Parse(resp.Body)
	if err != nil {
		return src, fmt.Errorf("%.200s: %w", address, err)
	}
	return f.file(src, t, resp.Body)
}

// wishes are priorities as the engine has them.
func wishes(prio map[int]client.Priority) map[int]bt.Priority {
	if prio == nil {
		return nil
	}
	out := make(map[int]bt.Priority, len(prio))
	for i, p := range prio {
		switch p {
		case client.PrioritySkip:
			out[i] = bt.Skip
		case client.PriorityLow:
			out[i] = bt.Low
		case client.PriorityHigh:
			out[i] = bt.High
		default:
			out[i] = bt.Normal
		}
	}
	return out
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
	var done, wanted, rate int64
	peers := 0
	for _, t := range torrents {
		p := t.Progress()
		done, wanted, rate, peers = done+p.WantedCompleted, wanted+p.Wanted, rate+p.DownRate, peers+p.Peers
	}
	line := fmt.Sprintf("%s  %s of %s, %s, %d peers", what, tui.Size(done), tui.Size(wanted), tui.Rate(rate), peers)
	if left := wanted - done; rate > 0 && left > 0 {
		eta := left / rate
		line += ", " + humanTime(&eta) + " left"
	}
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
