package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

type createFlags struct {
	out             string
	pieceSize       int64
	v1, v2, hybrid  bool
	trackers        []string
	webSeeds        []string
	private, follow bool
	comment, source string
}

func (a *app) createCommand() *cobra.Command {
	var f createFlags
	cmd := &cobra.Command{
		Use:   "create [--out F] PATH",
		Short: "Make a .torrent of a file or folder",
		Long: "Make a .torrent of a file or folder, hashing on all cores. The same content under the same name gives the same\n" +
			"file: nothing of the clock or the user goes in.\n\n" +
			"Without --v1, --v2 or --hybrid a v1 torrent is made, which every client reads. The piece size is libtorrent's\n" +
			"for the size of the content, unless given. Each --tracker is a tier of its own, tried after those before it;\n" +
			"trackers of one tier are separated by commas. A symbolic link, or anything else that cannot be in a torrent,\n" +
			"is an error.\n\n" +
			"JSON: that of ttx torrent show, with out, the file that was written.\n\n" + exitCodeHelp,
		Example: "  ttx create --tracker http://tracker.example/announce --out album.torrent ~/Music/album\n" +
			"  ttx create --hybrid --piece-size 1048576 --private --source here --out film.torrent film.mkv",
		Args: exactly(1),
		RunE: withContext(func(ctx context.Context, args []string) error { return a.create(ctx, args[0], f) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "file to write (default the name with .torrent, in this folder)")
	flags.Int64Var(&f.pieceSize, "piece-size", 0, "bytes of a piece, a power of two from 16384 to 268435456 (default by size)")
	flags.BoolVar(&f.v1, "v1", false, "a v1 torrent (BEP 3), the default")
	flags.BoolVar(&f.v2, "v2", false, "a v2 torrent (BEP 52)")
	flags.BoolVar(&f.hybrid, "hybrid", false, "both in one")
	flags.StringArrayVar(&f.trackers, "tracker", nil, "address of a tracker (repeat for more tiers)")
	flags.StringArrayVar(&f.webSeeds, "web-seed", nil, "HTTP address that the content is served at (repeat for more)")
	flags.BoolVar(&f.private, "private", false, "find peers by the trackers alone (BEP 27)")
	flags.BoolVar(&f.follow, "follow-links", false, "take what symbolic links point to")
	flags.StringVar(&f.comment, "comment", "", "a text for people")
	flags.StringVar(&f.source, "source", "", "a text that changes the infohash, as private trackers want it")
	return cmd
}

// createdJSON is what was made.
type createdJSON struct {
	torrentJSON
	Out string `json:"out"`
}

func (a *app) create(ctx context.Context, what string, f createFlags) error {
	tiers, err := f.check()
	if err != nil {
		return err
	}
	out, err := f.target(what)
	if err != nil {
		return err
	}
	shown := a.showHashing(what)
	made, err := content.Create(ctx, what, content.Options{
		PieceLength: f.pieceSize, Version: f.version(), Private: f.private, Source: f.source, FollowLinks: f.follow,
		Started: shown.total.Store, Progress: shown.add,
	})
	shown.close()
	if err != nil {
		return createHint(err)
	}
	for _, dir := range made.Empty {
		a.say("left out: %s is a folder without files, which a torrent cannot hold", clean(dir))
	}
	t := &made.Torrent
	t.Trackers, t.WebSeeds, t.Comment, t.CreatedBy = tiers, f.webSeeds, f.comment, "ttx"
	raw := t.Encode()
	if _, err := metainfo.Parse(raw); err != nil {
		return fmt.Errorf("%s: %w; larger pieces make a smaller torrent", what, err)
	}
	if err := replaceTorrent(out, raw); err != nil {
		return err
	}
	if f.private && len(tiers) == 0 {
		a.say("a private torrent without a tracker finds no peers by itself")
	}
	said := createdJSON{describeTorrent(t), out}
	return a.print(said, func(t *table) {
		known(t, "infohash v1", said.InfohashV1)
		known(t, "infohash v2", said.InfohashV2)
		t.row("magnet", said.Magnet)
		t.row("written to", said.Out)
	})
}

func (f createFlags) version() metainfo.Version {
	switch {
	case f.v2:
		return metainfo.V2
	case f.hybrid:
		return metainfo.Hybrid
	}
	return metainfo.V1
}

// check refuses flags that make no torrent, and returns the trackers in tiers.
func (f createFlags) check() (tiers [][]string, err error) {
	if n := f.pieceSize; n != 0 && (n < metainfo.BlockSize || n > metainfo.MaxPieceLength || n&(n-1) != 0) {
		return nil, usage(fmt.Errorf("--piece-size %d is no power of two from %d to %d", n, metainfo.BlockSize, metainfo.MaxPieceLength))
	}
	if (f.v1 && f.v2) || (f.v1 && f.hybrid) || (f.v2 && f.hybrid) {
		return nil, usage(errors.New("only one of --v1, --v2 and --hybrid; the last is both in one"))
	}
	count := 0
	for _, list := range f.trackers {
		tier := splitTier(list)
		for _, u := range tier {
			if err := checkURL("--tracker", u, "http", "https", "udp", "ws", "wss"); err != nil {
				return nil, err
			}
		}
		tiers = append(tiers, tier)
		count += len(tier)
	}
	for _, u := range f.webSeeds {
		if err := checkURL("--web-seed", u, "http", "https"); err != nil {
			return nil, err
		}
	}
	switch {
	case count > metainfo.MaxTrackers:
		return nil, usage(fmt.Errorf("%d trackers, of at most %d", count, metainfo.MaxTrackers))
	case len(f.webSeeds) > metainfo.MaxWebSeeds:
		return nil, usage(fmt.Errorf("%d web seeds, of at most %d", len(f.webSeeds), metainfo.MaxWebSeeds))
	case len(f.comment) > metainfo.MaxText || len(f.source) > metainfo.MaxText:
		return nil, usage(fmt.Errorf("a text of more than %d bytes", metainfo.MaxText))
	}
	return tiers, nil
}

// splitTier splits at the commas that another address follows: an address may have commas itself.
func splitTier(list string) []string {
	comma := regexp.MustCompile(`,[A-Za-z]+://`)
	var tier []string
	for {
		at := comma.FindStringIndex(list)
		if at == nil {
			return append(tier, list)
		}
		tier, list = append(tier, list[:at[0]]), list[at[0]+1:]
	}
}

func checkURL(flag, address string, schemes ...string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) || len(address) > metainfo.MaxURL {
		return usage(fmt.Errorf("%s %.80q is no address that begins with %s://", flag, address, strings.Join(schemes, "://, ")))
	}
	return nil
}

// target is where the torrent is written. Inside the folder it would be part of the next one.
func (f createFlags) target(what string) (string, error) {
	abs, err := filepath.Abs(what)
	if err != nil {
		return "", err
	}
	out := f.out
	if out == "" {
		out = filepath.Base(abs) + ".torrent"
	}
	absOut, err := filepath.Abs(out)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return "", fmt.Errorf("make a torrent: %w", err)
	}
	if rel, err := filepath.Rel(abs, absOut); err == nil && info.IsDir() && filepath.IsLocal(rel) {
		return "", usage(fmt.Errorf("%s lies in the folder that the torrent is of; name another file with --out", out))
	}
	return out, replaceable(out)
}

// replaceable refuses to overwrite what is no torrent.
func replaceable(name string) error {
	_, _, err := loadTorrent(name)
	switch {
	case err == nil || errors.Is(err, os.ErrNotExist):
		return nil
	case isEmpty(name):
		return nil
	case exists(name):
		return &hinted{fmt.Errorf("%s is there and is no torrent", name), "name another file with --out"}
	}
	return err
}

func isEmpty(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// replaceTorrent writes a file whole or not at all.
func replaceTorrent(name string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".ttx-*.torrent")
	if err != nil {
		return fmt.Errorf("write the torrent file: %w", err)
	}
	_, err = f.Write(raw)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the torrent file: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// createHint adds advice.
func createHint(err error) error {
	switch {
	case errors.Is(err, content.ErrChanged):
		return &hinted{err, "make the torrent when nothing writes to the files any more"}
	case errors.Is(err, content.ErrUnsupported) && strings.Contains(err.Error(), "symbolic link"):
		return &hinted{err, "take what links point to with --follow-links, or move the link away"}
	case errors.Is(err, metainfo.ErrHostileName):
		return &hinted{err, "rename it: other clients cannot store a file of that name"}
	}
	return err
}
