"""Asks MLflow for everybody's experiments, without a token, at each address that is given, and looks for other open ports of the last one.

    kubectl exec -i POD -- python3 - SERVICE:80 POD-IP:5000 < around.py
"""

import concurrent.futures
import json
import socket
import sys
import urllib.error
import urllib.request

PORTS = [80, 443, 3000, 4180, 5001, 5100, 8000, 8080, 8443, 9000, 9090, 9464]


def ask(address: str) -> str:
    # MLflow refuses host names that it does not know; it always knows localhost.
    url = f"http://{address}/api/2.0/mlflow/experiments/search?max_results=10"
    request = urllib.request.Request(url, headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            names = [found["name"] for found in json.load(response).get("experiments", [])]
            return f"{response.status} OPEN, experiments: {', '.join(names)}"
    except urllib.error.HTTPError as error:
        return f"{error.code} {json.load(error).get('message', '')}"
    except OSError as error:
        return f"no connection: {error}"


def is_open(port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
        return True
    except OSError:
        return False


addresses = sys.argv[1:]
for address in addresses:
    print(f"{address}  ->  {ask(address)}")
host = addresses[-1].rpartition(":")[0]
with concurrent.futures.ThreadPoolExecutor(len(PORTS)) as pool:
    found = [str(port) for port, answers in zip(PORTS, pool.map(is_open, PORTS)) if answers]
print(f"{host}  ->  open among {', '.join(map(str, PORTS))}: {', '.join(found) or 'none'}")
