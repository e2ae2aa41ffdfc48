"""Lists where the processes of a pod listen: TCP sockets that other pods can reach, and Unix sockets.

    kubectl exec -i POD -c mlflow -- python3 - < listening.py
"""

import pathlib

LISTEN = "0A"
LOOPBACK = ("0100007F", "00000000000000000000000001000000")
ACCEPTS = "00010000"

ports = set()
for table in ("tcp", "tcp6"):
    for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        address, _, port = local.partition(":")
        if state == LISTEN and address not in LOOPBACK:
            ports.add(int(port, 16))
paths = set()
for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]:
    _, _, _, flags, _, _, _, *path = line.split()
    if flags == ACCEPTS and path:
        paths.add(path[0])
print("TCP, for other pods:", ", ".join(map(str, sorted(ports))) or "none")
print("Unix sockets:", ", ".join(sorted(paths)) or "none")
