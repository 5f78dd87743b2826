"""What libtorrent says of torrent files, for the differential test.

Reads .torrent files from stdin, each behind its length as four bytes, and writes one line of JSON for each:
{"error": text} or {"v1", "v2", "piece_length", "private", "files": [[path, size], ...]}.
Padding is left out of files.
"""

import json
import struct
import sys

import libtorrent as lt

PAD = 1
SYMLINK = 8


def describe(raw):
    t = lt.torrent_info(raw)
    if not t.is_valid():
        return {"error": "not valid"}
    hashes, files = t.info_hashes(), t.files()
    listed = []
    for i in range(t.num_files()):
        if not files.file_flags(i) & PAD:
            listed.append([files.file_path(i), files.file_size(i)])
    return {
        "v1": str(hashes.v1) if hashes.has_v1() else "",
        "v2": str(hashes.v2) if hashes.has_v2() else "",
        "piece_length": t.piece_length(),
        "private": bool(t.priv()),
        "files": listed,
    }


def main():
    stdin = sys.stdin.buffer
    while head := stdin.read(4):
        raw = stdin.read(struct.unpack(">I", head)[0])
        try:
            line = describe(raw)
        except Exception as e:
            line = {"error": str(e)}
        print(json.dumps(line, ensure_ascii=True))


main()
