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
}

func (a *app) getCommand() *cobra.Command {
	var f getFlags
	cmd := &cobra.Command{
		Use:   "get MAGNET|FILE.torrent|INFOHASH",
		Short: "Download a torrent",
		Long: "Download a torrent to a folder, with progress on stderr. No node is needed. What is in the folder already is\n" +
			"checked and kept, so a download that was interrupted goes on.\n\n" +
			"JSON: {name, infohash, length, dir, files: [{path, length}], seconds}.\n\n" + exitCodeHelp,
		Example: "  ttx get debian.torrent --out ~/Downloads\n  ttx get 'magnet:?xt=urn:btih:...'",
		Args:    exactly(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.get(cmd.Context(), args[0], f) },
	}
	cmd.Flags().StringVar(&f.out, "out", ".", "folder to download to")
	cmd.Flags().StringVar(&f.listen, "listen", ":0", "BitTorrent address, host:port; port 0 picks one")
	cmd.Flags().StringArrayVar(&f.peers, "peer", nil, "address of a peer, host:port (repeat for more)")
	cmd.Flags().BoolVar(&f.noDHT, "no-dht", false, "stay out of the mainline DHT")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "give up after this long (default never)")
	return cmd
}

func (a *app) get(ctx context.Context, what string, f getFlags) (err error) {
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	src, err := f.source(ctx, what)
	if err != nil {
		return err
	}
	engine, err := bt.Open(bt.Config{Listen: f.listen, DHT: !f.noDHT, Version: "ttx/" + version(), Logger: a.logger()})
	if err != nil {
		return fmt.Errorf("start the torrent engine: %w", err)
	}
	defer func() { err = errors.Join(err, closeEngine(engine)) }()
	began := time.Now()
	t, err := engine.Add(src)
	if err != nil {
		return err
	}
	if err := a.follow(ctx, t); err != nil {
		return err
	}
	return a.printDownload(t, src.Dir, time.Since(began))
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

// follow shows progress until the torrent is complete.
func (a *app) follow(ctx context.Context, t *bt.Torrent) error {
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
			a.progress(t, live)
			if live {
				a.say("")
			}
			return nil
		case <-t.Ended():
			return fmt.Errorf("the download stopped: %w", t.Err())
		case <-ctx.Done():
			return fmt.Errorf("the download is not complete: %w", ctx.Err())
		case <-ticker.C:
			a.progress(t, live)
		}
	}
}

// progress writes one line, over the last one on a terminal.
func (a *app) progress(t *bt.Torrent, live bool) {
	p := t.Progress()
	line := fmt.Sprintf("%s  %d of %d bytes, %d peers", clean(t.Name()), p.Completed, p.Length, p.Peers)
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
