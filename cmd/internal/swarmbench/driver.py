#!/usr/bin/python3
"""libtorrent as a peer of the benchmark: leech, seed, check or create, then exit (seed: when killed).

  driver.py leech|seed|check DIR HOST PORT PEER LIST      LIST is a file of .torrent names, PEER host:port or -
  driver.py create PIECE OUT SOURCE"""
import os, sys, time
import libtorrent as lt


def session(host, port):
    return lt.session({
        'listen_interfaces': '%s:%s' % (host, port), 'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False,
        'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
        'allow_multiple_connections_per_ip': True, 'connections_limit': 8000, 'connection_speed': 5000,
        'listen_queue_size': 4000, 'unchoke_slots_limit': -1, 'active_limit': 10000, 'out_enc_policy': 2,
        'allowed_enc_level': 3, 'send_buffer_watermark': 4 << 20, 'max_out_request_queue': 2000,
        'max_allowed_in_request_queue': 4000, 'alert_queue_size': 1000000,
        'alert_mask': lt.alert.category_t.status_notification | lt.alert.category_t.storage_notification})


def add(ses, mode, names, folder, peer):
    many, handles = len(names) > 1, []
    for name in names:
        p = lt.add_torrent_params()
        p.ti, p.save_path, p.trackers = lt.torrent_info(name), folder, []
        p.flags = lt.torrent_flags.override_trackers
        if mode == 'seed':
            p.flags |= lt.torrent_flags.seed_mode
        if peer:
            p.peers = [peer]
        if many:
            ses.async_add_torrent(p)
        else:
            handles.append(ses.add_torrent(p))
            if peer:
                handles[0].connect_peer(peer)
    return handles


def main():
    if sys.argv[1] == 'create':
        piece, out, source = sys.argv[2:]
        fs = lt.file_storage()
        lt.add_files(fs, source)
        t = lt.create_torrent(fs, int(piece), lt.create_torrent.v1_only)
        lt.set_piece_hashes(t, os.path.dirname(os.path.abspath(source)))
        with open(out, 'wb') as f:
            f.write(lt.bencode(t.generate()))
        return
    mode, folder, host, port, peer, names = sys.argv[1:]
    peer = (peer.rsplit(':', 1)[0], int(peer.rsplit(':', 1)[1])) if peer != '-' else None
    names = open(names).read().split()
    ses = session(host, port)
    handles = add(ses, mode, names, folder, peer)
    while mode == 'seed':
        time.sleep(1)
    # A finished torrent is one whose pieces were hashed; flushing is a fence behind the writes.
    asked, done = set(), set()

    def flush(h):
        if str(h.info_hash()) not in asked:
            asked.add(str(h.info_hash()))
            h.flush_cache()
    while len(done) < len(names):
        ses.wait_for_alert(200)
        for a in ses.pop_alerts():
            if isinstance(a, lt.torrent_finished_alert):
                flush(a.handle)
            elif isinstance(a, lt.cache_flushed_alert):
                done.add(str(a.handle.info_hash()))
            elif isinstance(a, (lt.torrent_error_alert, lt.file_error_alert)):
                sys.exit(a.message())
        if handles and handles[0].status().is_seeding:
            flush(handles[0])
    os._exit(0)


main()
