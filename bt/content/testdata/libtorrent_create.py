"""What libtorrent makes of files, and what it thinks of our torrents.

    libtorrent_create.py make DIR PIECE v1|v2|hybrid NAME FILE...   print both infohashes of DIR/NAME, a line
    libtorrent_create.py check (DIR TORRENT)...    recheck each torrent in its folder, print "whole" or what is there
"""

import os
import sys

import libtorrent as lt


def make(directory, piece, kind, name, *paths):
    files = lt.file_storage()
    for path in paths or [""]:
        full = os.path.join(name, path) if path else name
        files.add_file(full, os.path.getsize(os.path.join(directory, full)))
    flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[kind]
    t = lt.create_torrent(files, int(piece), flags)
    lt.set_piece_hashes(t, directory)
    hashes = lt.torrent_info(lt.bencode(t.generate())).info_hashes()
    print(hashes.v1 if hashes.has_v1() else "-", hashes.v2 if hashes.has_v2() else "-", t.piece_length())


def check(*pairs):
    session = lt.session(
        {"listen_interfaces": "", "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
         "active_checking": 8, "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.error_notification}
    )
    handles = []
    for directory, path in zip(pairs[::2], pairs[1::2]):
        p = lt.add_torrent_params()
        p.ti = lt.torrent_info(path)
        p.save_path = directory
        handles.append(session.add_torrent(p))
    waiting = len(handles)
    while waiting > 0:
        session.wait_for_alert(1000)
        waiting -= sum(isinstance(a, (lt.torrent_error_alert, lt.torrent_checked_alert)) for a in session.pop_alerts())
    for h in handles:
        s = h.status()
        print("whole" if s.is_seeding else "%d bytes, %s" % (s.total_done, s.errc.message()), flush=True)


{"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
