"""Imports MLflow once and forks a process for each start of it: python fork_server.py FOLDER NAMES

FOLDER gets an executable `python` (caller.py), in place of the Python of this process. The forked process runs its arguments, as a new Python
would, but finds the modules in the file NAMES imported. Importing them takes most of the processor time of a start. NAMES has
what MLflow's command and server import, without the modules of the server itself: they read its configuration while they are imported.
This program writes the file if it is missing.

A module may read environment variables while it is imported. A caller for whom one of them has another value than here is answered with
"fresh", and starts a Python of its own.
"""

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time

SERVER = "mlflow.server"
# uvicorn is not imported either: MLflow sees by it that it runs as a server.
ALL = f"import sys, mlflow.cli, {SERVER}.fastapi_app; print(*sys.modules, sep='\\n')"
BEFORE = dict(os.environ)


class ReadVariables(type(os.environ)):
    """`os.environ`, with the names of the variables that were asked for."""

    names = set()

    def __getitem__(self, name):
        ReadVariables.names.add(name)
        return super().__getitem__(name)


class WithoutServer:
    """Ends an import that needs MLflow's server, in a way that no module takes for a missing package."""

    class Needed(BaseException):
        pass

    def find_spec(self, name, path=None, target=None):
        if name == SERVER:
            raise self.Needed


def list_modules(names):
    """Writes the names of all modules that can be imported without MLflow's server."""
    found = output("-c", ALL)
    kept = None
    # Once more until nothing fails: a module can be complete with parts of one that failed later.
    while kept != found:
        found = kept or found
        kept = output(__file__, "--without-server", *found)
    own = f"{names}.{os.getpid()}"
    with open(own, "w") as file:
        print(*kept, sep="\n", file=file)
    os.rename(own, names)


def output(*arguments):
    done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.split()


def import_without_server(found):
    sys.meta_path.insert(0, WithoutServer())
    kept = []
    for name in found:
        try:
            importlib.import_module(name)
            kept.append(name)
        except (ImportError, WithoutServer.Needed):
            # It needs the server, or it has no file of its own. What a package has imported stays when the package fails.
            for one in [one for one in sys.modules if not is_complete(one)]:
                del sys.modules[one]
    return kept


def is_complete(name):
    parts = name.split(".")
    return all(".".join(parts[:end]) in sys.modules for end in range(1, len(parts)))


def import_modules(names):
    if not os.path.exists(names):
        list_modules(names)
    with open(names) as file:
        modules = file.read().split()
    usual = os.environ.__class__
    os.environ.__class__ = ReadVariables
    for name in modules:
        importlib.import_module(name)
    os.environ.__class__ = usual
    # The collector writes to every object, and so would copy all of their memory to each process.
    gc.freeze()


def would_read_the_same(env):
    names = ReadVariables.names | {name for name in (*env, *BEFORE) if name.startswith("PYTHON")}
    different = sorted(name for name in names if env.get(name) != BEFORE.get(name))
    if different:
        print(f"a fresh start, because of {', '.join(different)}", flush=True)
    return not different


class Server:
    """Forks for each caller, passes signals on to its process, and tells the caller how it ended."""

    def __init__(self, folder, names):
        self.names = names
        self.imported = False
        self.pids = {}
        # A child that ends must end the wait for callers too.
        self.wakeup, self.on_signal = socket.socketpair()
        self.wakeup.setblocking(False)
        self.on_signal.setblocking(False)
        signal.set_wakeup_fd(self.on_signal.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(f"{folder}/socket")
        self.listener.listen(64)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wakeup, selectors.EVENT_READ)

    def serve(self):
        """Returns only in a forked process, with its request and its standard files."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    begun = self.begin(*self.listener.accept())
                    if begun:
                        return begun
                elif key.fileobj is self.wakeup:
                    self.wakeup.recv(4096)
                    for caller in list(self.pids):
                        self.end_if_ended(caller)
                elif key.fileobj in self.pids:
                    self.signal(key.fileobj)

    def begin(self, caller, _):
        message, files, _, _ = socket.recv_fds(caller, 1 << 20, 3)
        request = json.loads(message)
        if not self.imported:
            import_modules(self.names)
            self.imported = True
        if would_read_the_same(request["env"]):
            pid = os.fork()
            if pid == 0:
                os.setsid()
                self.close(caller)
                return request, files
            self.pids[caller] = pid
            self.selector.register(caller, selectors.EVENT_READ)
        else:
            caller.send(b"fresh")
            caller.close()
        for file in files:
            os.close(file)

    def signal(self, caller):
        numbers = caller.recv(16)
        # A caller that was killed kills its process.
        for number in numbers or [signal.SIGKILL]:
            kill(self.pids[caller], number)
        if not numbers:
            self.selector.unregister(caller)

    def end_if_ended(self, caller):
        pid, status = os.waitpid(self.pids[caller], os.WNOHANG)
        if not pid:
            return
        del self.pids[caller]
        if caller in self.selector.get_map():
            self.selector.unregister(caller)
        try:
            caller.send(b"%d" % os.waitstatus_to_exitcode(status))
        except OSError:
            pass  # It was killed.
        caller.close()

    def stop(self):
        for pid in self.pids.values():
            kill(pid, signal.SIGKILL)
        sys.exit()

    def close(self, caller):
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self.selector.close()
        for one in (self.listener, self.wakeup, self.on_signal, caller, *self.pids):
            one.close()


def kill(pid, number):
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass  # It has ended.


def run(request, files, folder):
    """Makes this process what the caller would have become."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(request["cwd"])
    set_at_import = {name: value for name, value in os.environ.items() if BEFORE.get(name) != value}
    os.environ.clear()
    os.environ.update({**request["env"], **set_at_import})
    time.tzset()
    program, *arguments = request["arguments"]
    if program == "-m":
        sys.argv = arguments
        sys.path[0] = os.getcwd()
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        # The command of MLflow starts its server with the Python that it finds here.
        sys.executable = f"{folder}/python"
        sys.argv = [program, *arguments]
        sys.path[0] = os.path.dirname(program)
        runpy.run_path(program, run_name="__main__")


def write_caller(folder):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "caller.py")) as file:
        source = file.read()
    with open(f"{folder}/python", "w") as file:
        file.write(f"#!{sys.executable} -IS\n{source}")
    os.chmod(file.name, 0o700)


if __name__ == "__main__":
    if sys.argv[1] == "--without-server":
        print(*import_without_server(sys.argv[2:]), sep="\n")
    else:
        folder, names = os.path.abspath(sys.argv[1]), sys.argv[2]
        write_caller(folder)
        run(*Server(folder, names).serve(), folder)
