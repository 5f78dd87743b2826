"""Fetch torrents by magnet link from one peer with libtorrent, one after the other.

    fetch.py DIR HOST:PORT < infohashes     print the seconds that each took, a line each
"""

import sys
import time

import libtorrent as lt


def main(directory, peer):
    host, port = peer.rsplit(":", 1)
    ses = lt.session(
        {
            "listen_interfaces": "127.0.0.1:0",
            "enable_dht": False,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            "enable_outgoing_utp": False,
            "out_enc_policy": 2,
            "allow_multiple_connections_per_ip": True,
            "min_reconnect_time": 1,
            "alert_mask": lt.alert.category_t.status_notification,
        }
    )
    for infohash in sys.stdin.read().split():
        began = time.monotonic()
        p = lt.parse_magnet_uri("magnet:?xt=urn:btih:" + infohash)
        p.save_path = directory
        torrent = ses.add_torrent(p)
        while not torrent.status().is_seeding:
            torrent.connect_peer((host, int(port)))
            ses.wait_for_alert(5)
            ses.pop_alerts()
        print("%.6f" % (time.monotonic() - began), flush=True)
        ses.remove_torrent(torrent)


if __name__ == "__main__":
    main(*sys.argv[1:])
