"""A plain libtorrent seeder, which knows nothing of ttx.

    seeder.py DIR HOST      seed every DIR/*.torrent, its data beside it; print the port; end with stdin
"""

import glob
import sys
import time

import libtorrent as lt


def session(host):
    disabled = 2
    return lt.session(
        {
            "listen_interfaces": host + ":0",
            "enable_dht": False,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            "enable_outgoing_utp": False,
            "enable_incoming_utp": False,
            "out_enc_policy": disabled,
            "in_enc_policy": disabled,
            "allow_multiple_connections_per_ip": True,
            "alert_mask": 0,
        }
    )


def params(source, directory):
    p = lt.add_torrent_params()
    p.ti = lt.torrent_info(source)
    p.save_path = directory
    # None of them waits in a queue for its turn to be seeded.
    p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    return p


def main(directory, host):
    ses = session(host)
    torrents = [ses.add_torrent(params(t, directory)) for t in glob.glob(directory + "/*.torrent")]
    # By status alone: one seeder that read alerts ended with a segmentation fault, cause unknown.
    while not all(t.status().is_seeding for t in torrents) or not ses.listen_port():
        time.sleep(0.02)
    print(ses.listen_port(), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
