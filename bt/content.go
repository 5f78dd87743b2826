package bt

import (
	"context"
	"fmt"
	"time"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/resume"
)

// unpack finds the torrent's files when the info is known, and what of it is there: by what is known of it, or by
// hashing on all cores. It is called once.
func (t *Torrent) unpack(ctx context.Context) error {
	info := t.info()
	layout, err := t.layoutFor(info)
	if err != nil {
		return err
	}
	store, err := files.Open(files.Config{
		Info: info, Infohash: t.infohash, Layout: layout, Skip: t.pieces.skips(), Pool: t.e.files,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	doubtful := resume.AllPieces(info.Pieces())
	switch {
	case t.src.Whole:
		store.Forget(doubtful)
		doubtful = resume.NewPieces(info.Pieces())
	case t.src.Kept != nil:
		if doubtful, err = t.believe(store); err != nil {
			return err
		}
	case t.src.Known != nil && t.src.Known.Len() == info.Pieces():
		store.Trust(*t.src.Known)
		doubtful = resume.NewPieces(info.Pieces())
	}
	if err := t.check(ctx, store, doubtful); err != nil {
		return err
	}
	t.depot.open(store, info)
	t.e.spawn(func() { t.finishFiles(store) })
	t.pieces.ripen()
	return t.choose() // it may have changed since
}

// open gives the torrent its files: one goroutine at a time, and none while they are moved or renamed.
func (t *Torrent) open(ctx context.Context) error {
	release, err := t.takeFiles(ctx)
	if err != nil {
		return err
	}
	defer release()
	return t.unpack(ctx)
}

// takeFiles waits until the files are open, if that is under way, and keeps it from happening until release.
func (t *Torrent) takeFiles(ctx context.Context) (release func(), err error) {
	select {
	case t.opening <- struct{}{}:
		return func() { <-t.opening }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.ended:
		return nil, t.Err()
	}
}

// awaitFiles is the torrent's storage when it is open, nil if that takes peers.
func (t *Torrent) awaitFiles(ctx context.Context) (*files.Store, error) {
	release, err := t.takeFiles(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return t.files(), nil
}

// prepare makes what is made before a download. It says whether the round can go on.
func (t *Torrent) prepare(ctx context.Context) bool {
	store := t.files()
	if t.choose() != nil { // again, if it failed before
		return false
	}
	if store == nil || store.Complete() {
		return true
	}
	err := store.Prepare(ctx)
	if err != nil && ctx.Err() == nil {
		t.fail(err)
	}
	return err == nil
}

// believe takes from a record what may be believed, and returns what has to be hashed.
func (t *Torrent) believe(store *files.Store) (doubtful resume.Pieces, err error) {
	stats, parts, err := store.Stats()
	if err != nil {
		return doubtful, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	v := resume.Judge(t.src.Kept, t.info(), stats, parts)
	store.Trust(v.Trusted)
	if n := v.Doubtful.Count(); n > 0 {
		t.e.log.Info("files were changed behind our back", "name", t.Name(), "pieces", n)
	}
	return v.Doubtful, nil
}

// check hashes pieces, and notes what is there of all. The torrent is not live meanwhile.
func (t *Torrent) check(ctx context.Context, store *files.Store, which resume.Pieces) error {
	t.mu.Lock()
	torrent := t.mu.content
	t.mu.Unlock()
	var size int64
	for i := range which.Len() {
		if which.Has(i) {
			size += torrent.Info.PieceSize(i)
		}
	}
	t.checked.done.Store(0)
	t.checked.total.Store(size)
	defer t.checked.total.Store(0)
	have := store.Pieces()
	if size > 0 {
		found, err := content.CheckPieces(ctx, torrent, func(i int) (content.Reader, error) { return store.Reader(i) },
			which.Has, func(n int64) { t.checked.done.Add(n) })
		if err != nil {
			return fmt.Errorf("%w: %w", ErrStorage, err)
		}
		for i, ok := range found {
			have.Set(i, ok || have.Has(i) && !which.Has(i))
		}
		store.Forget(have)
	}
	for i := range have.Len() {
		t.pieces.set(i, true, have.Has(i))
	}
	return nil
}

// Checking is how many bytes of how many were hashed of a check that is under way; zeros when none is.
func (t *Torrent) Checking() (done, total int64) {
	return t.checked.done.Load(), t.checked.total.Load()
}

// Opening says that its files are being looked at: what is there of it is not known yet.
func (t *Torrent) Opening() bool { return len(t.opening) > 0 && t.files() == nil }

// Recheck hashes everything on disk again, on all cores. The torrent is off the network meanwhile. What is found to be
// there counts, even if nobody knew of it; what is not is fetched again. Errors are of kind [ErrNoInfo], [ErrStorage]
// or ctx's, and leave what was known.
func (t *Torrent) Recheck(ctx context.Context) error {
	store, err := t.awaitFiles(ctx)
	if err == nil && store == nil {
		err = ErrNoInfo
	}
	if err != nil {
		return fmt.Errorf("checking %s: %w", t.Name(), err)
	}
	release, err := t.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := store.Look(); err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)()
	return t.check(ctx, store, resume.AllPieces(t.info().Pieces()))
}

// hold keeps the torrent off the network until release. There is one hold at a time.
func (t *Torrent) hold(ctx context.Context) (release func(), err error) {
	select {
	case t.holding <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.ended:
		return nil, t.Err()
	}
	t.mu.Lock()
	t.mu.held = true
	if t.mu.stop != nil {
		t.mu.stop()
	}
	t.turn()
	t.mu.Unlock()
	t.awaitRest()
	return func() {
		t.mu.Lock()
		t.mu.held = false
		t.turn()
		t.mu.Unlock()
		<-t.holding
	}, nil
}

// awaitRest waits until no round is on.
func (t *Torrent) awaitRest() {
	t.mu.Lock()
	for t.mu.stop != nil {
		changed := t.mu.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-t.ended:
			return
		}
		t.mu.Lock()
	}
	t.mu.Unlock()
}

// Sync makes what was received durable and returns the pieces that are there and would survive a power cut: those that
// a client may keep as [Source.Known]. An error is of kind [ErrStorage], and pauses the torrent.
func (t *Torrent) Sync() (resume.Pieces, error) {
	store := t.files()
	if store == nil {
		return resume.Pieces{}, nil
	}
	pieces, err := store.Sync()
	if err != nil {
		t.fail(err)
		return pieces, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return pieces, nil
}

// Keep is Sync with all that [Source.Kept] needs at the next start to believe it: where the files are and what they look
// like. interval is how long after this the next record will be written at the latest. The caller adds what he keeps
// himself.
func (t *Torrent) Keep(interval time.Duration) (*resume.Record, error) {
	pieces, err := t.Sync()
	if err != nil {
		return nil, err
	}
	l := t.Layout()
	r := &resume.Record{
		InfohashV1: t.infohash, Pieces: pieces, Dir: l.Dir, Incomplete: l.Incomplete, MovingTo: l.MovingTo,
		Rename: l.Rename, Preallocate: int(l.Preallocate), Parts: resume.FileStat{Size: -1},
		Saved: time.Now().UnixNano(), Interval: int64(interval),
	}
	store := t.files()
	if store == nil {
		return r, nil
	}
	r.HasInfo = true
	if in := t.info(); in.V2 {
		r.InfohashV2 = in.InfohashV2()
	}
	if r.Files, r.Parts, err = store.Stats(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return r, nil
}
