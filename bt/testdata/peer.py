"""A libtorrent peer for the interoperability tests.

    peer.py get TORRENT|MAGNET DIR HOST:PORT MODE   download from one peer, then exit; with port 0 from whomever the
                                                    tracker names
    peer.py seed TORRENT DIR HOST [MODE]            seed, print the port, end with stdin
    peer.py hub TORRENT DIR HOST HOST:PORT          be slowly connected with one peer, and as seed otherwise
    peer.py make DIR NAME v1|hybrid|v2 TORRENT      write a .torrent of DIR/NAME

MODE is plain (the default), encrypted, either, utp (which is plain), or lsd, which is plain too and finds its peers
by local service discovery alone; HOST:PORT is where it listens then.
"""

import sys
import time

import libtorrent as lt


def session(host, mode):
    forced, enabled, disabled = 0, 1, 2
    utp = mode == "utp"
    policy = {"encrypted": forced, "either": enabled}.get(mode, disabled)
    return lt.session(
        {
            "listen_interfaces": host + ":0",
            "enable_dht": False,
            "enable_lsd": mode == "lsd",
            "enable_upnp": False,
            "enable_natpmp": False,
            "enable_outgoing_utp": utp,
            "enable_incoming_utp": utp,
            "enable_outgoing_tcp": not utp,
            "enable_incoming_tcp": not utp,
            "out_enc_policy": policy,
            "in_enc_policy": policy,
            "allow_multiple_connections_per_ip": True,
            "min_reconnect_time": 1,
            "alert_mask": lt.alert.category_t.status_notification,
        }
    )


def params(source, directory):
    if source.startswith("magnet:"):
        p = lt.parse_magnet_uri(source)
    else:
        p = lt.add_torrent_params()
        p.ti = lt.torrent_info(source)
    p.save_path = directory
    return p


def get(source, directory, peer, mode):
    host, port = peer.rsplit(":", 1)
    ses = session(host, mode)
    torrent = ses.add_torrent(params(source, directory))
    while not torrent.status().is_seeding:
        if mode != "lsd" and port != "0":
            torrent.connect_peer((host, int(port)))
        ses.wait_for_alert(200)
        ses.pop_alerts()
    torrent.flush_cache()
    while not any(isinstance(a, lt.cache_flushed_alert) for a in ses.pop_alerts()):
        ses.wait_for_alert(200)


def seed(source, directory, host, mode="plain"):
    ses = session(host, mode)
    torrent = ses.add_torrent(params(source, directory))
    # By status alone: one seeder that read alerts ended with a segmentation fault, cause unknown.
    while not torrent.status().is_seeding or not ses.listen_port():
        time.sleep(0.02)
    print(ses.listen_port(), flush=True)
    sys.stdin.read()


def hub(source, directory, host, peer):
    ses = session(host, "plain")
    torrent = ses.add_torrent(params(source, directory))
    torrent.set_download_limit(500)
    torrent.set_upload_limit(500)
    to, port = peer.rsplit(":", 1)
    while not torrent.status().num_peers:
        torrent.connect_peer((to, int(port)))
        time.sleep(0.1)
    print(ses.listen_port(), flush=True)
    sys.stdin.read()


def make(directory, name, kind, out):
    files = lt.file_storage()
    lt.add_files(files, directory + "/" + name)
    flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[kind]
    t = lt.create_torrent(files, 16 * 1024, flags)
    lt.set_piece_hashes(t, directory)
    with open(out, "wb") as f:
        f.write(lt.bencode(t.generate()))


if __name__ == "__main__":
    {"get": get, "seed": seed, "hub": hub, "make": make}[sys.argv[1]](*sys.argv[2:])
