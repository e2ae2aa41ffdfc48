"""In place of Python: has its arguments run by the fork server whose folder it is in (fork_server.py), and ends as that process ends.

The process gets the standard files, the working directory and the environment of this one, and the signals that end a server.
"""

import json
import os
import signal
import socket
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.connect(os.path.join(os.path.dirname(__file__), "socket"))
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda number, _: server.send(bytes([number])))
request = {"arguments": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}
socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2])
answer = server.recv(16)
if answer == b"fresh":
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
code = int(answer or 1)
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
