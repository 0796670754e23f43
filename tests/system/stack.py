"""A whole DMS for a test: deploy/quickstart in a directory of its own, JSON-RPC to it, questions to its name servers.

    with Stack() as dms:
        dms.call("create_zone", name="a.test")
"""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

NAME_TYPES = {"SOA", "NS", "CNAME", "DNAME", "PTR", "MX", "SRV", "RP", "KX", "AFSDB"}  # names compare without case
TOP = pathlib.Path(__file__).resolve().parents[2]


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('message')} {json.dumps(error.get('data'))}")
        self.code, self.message, self.data = error.get("code"), error.get("message", ""), error.get("data") or {}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("dms", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def wait_until(check, seconds, what):
    """Poll check() until it is true; its last value is returned.  Fails with `what` after `seconds`."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        pause.wait(0.02)


DAEMONS = ("controller", "master-agent", "slave1-agent", "slave2-agent")


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Stack:
    def __init__(self, keep=None):
        self.dir = pathlib.Path(keep or tempfile.mkdtemp(prefix="dms-system-"))
        self.dir.chmod(0o755)
        self.keep, self.gone = keep is not None, False

    def quickstart(self, *args, check=True, timeout=300, **kw):
        run = subprocess.run([str(TOP / "deploy/quickstart"), "--dir", str(self.dir), *args], capture_output=True, text=True,
                             timeout=timeout, stdin=subprocess.DEVNULL, **kw)
        if check and run.returncode != 0:
            raise AssertionError(f"quickstart {' '.join(args)}: exit {run.returncode}\n{run.stdout}\n{run.stderr}")
        return run

    def __enter__(self):
        unittest.addModuleCleanup(self.__exit__)  # also when the rest of setUpModule fails
        try:
            self.up_output = self.quickstart("up").stdout
            env = self.quickstart("env").stdout
        except BaseException:
            self.__exit__()
            raise
        self.env = dict(re.findall(r"export (\w+)='?([^'\n]*)'?", env))
        self.socket = self.env["DMS_SOCKET"]
        self.master = self.env["DMS_MASTER"]
        self.slaves = self.env["DMS_SLAVES"].split()
        return self

    def __exit__(self, *exc):
        if self.keep or self.gone:
            return
        self.gone = True
        if hasattr(self, "socket"):
            self.end_daemons(DAEMONS)
        self.quickstart("down", check=False)
        found = self.findings()
        self.save_logs()
        self.quickstart("clean", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)
        if found and not (exc and exc[0]):
            raise AssertionError("a process complained:\n" + found)

    def save_logs(self):
        """The end of each process's log, for whoever has to understand a failure elsewhere (tests/run prints them)."""
        if folder := os.environ.get("DMS_TEST_LOGS"):
            for path in sorted((self.dir / "log").glob("*/current")):
                lines = path.read_text(errors="replace").splitlines()[-60:]
                pathlib.Path(folder, f"{path.parent.name}.log").write_text("\n".join(lines) + "\n")

    def findings(self):
        """What sanitizers and assertions left in the logs of the processes (also of those that came back since)."""
        sign = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:|WARNING: ThreadSanitizer|Assertion .* failed")
        found = []
        for path in sorted((self.dir / "log").glob("*/*")):
            if path.is_file():
                lines = path.read_text(errors="replace").splitlines()
                for i, line in enumerate(lines):
                    if sign.search(line):
                        found += [f"{path.parent.name}: {text}" for text in lines[i:i + 25]]
                        break
        return "\n".join(found)

    # ---- JSON-RPC
    def post(self, body, headers=None, path="/", connection=None):
        """Raw POST over the unix socket: (HTTP status, body bytes)."""
        c = connection or UnixConnection(self.socket)
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        try:
            c.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            if connection is None:
                c.close()

    def http(self, body, uri="/admin_dms", login=None, verb="POST", headers=None):
        """HTTP request to DMS_URL's port: (status, headers, body bytes).  login: "name:password"; None: the quickstart's; "": none."""
        address, port = re.match(r"http://([^:/]+):(\d+)/", self.env["DMS_URL"]).groups()
        if login is None:
            login = pathlib.Path(self.env["DMS_CREDENTIALS"]).read_text().strip()
        head = {"Content-Type": "application/json", **(headers or {})}
        if login:
            head["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        c = http.client.HTTPConnection(address, int(port), timeout=30)
        try:
            c.request(verb, uri, body, head)
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    def call(self, method, /, **params):
        status, data = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        assert status == 200, (status, data)
        answer = json.loads(data)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def live(self, method, seconds=30, **params):
        """Call a changing method and wait until its change is live everywhere; the receipt."""
        change = self.call(method, receipt=True, **params)
        receipt = self.call("wait_change", change_id=change["change_id"], timeout_ms=int(seconds * 1000))
        assert receipt["complete"], receipt
        return receipt

    # ---- processes
    def status(self):
        out = self.quickstart("status", check=False).stdout
        return {name: (pid, state) for name, pid, state in (line.split(None, 2) for line in out.splitlines())}

    def pid(self, name):
        """Of the running process; one that has just died is waited for."""
        return int(wait_until(lambda: (s := self.status()[name])[1] == "running" and s[0], 20, f"{name} runs"))

    def kill(self, name, sig=signal.SIGKILL):
        pid = self.pid(name)
        os.kill(pid, sig)
        return pid

    def sv(self, verb, name):
        """down, up or restart a process, and wait until it is so."""
        if verb != "up" and name in DAEMONS:
            self.end_daemons([name])
            if verb == "down":
                return
            verb = "up"
        verb = {"down": "stop", "up": "start"}.get(verb, verb)
        subprocess.run(["sv", verb, name], env=self.sv_env(), check=True, capture_output=True, timeout=60)

    def sv_env(self):
        return {**os.environ, "SVDIR": str(self.dir / "service"), "SVWAIT": "20"}

    def end_daemons(self, names):
        """Stop programs of ours and keep them down.  By a bare SIGTERM: runsv sends SIGCONT behind it, which takes away the SIGSTOP by
        which the leak check at a program's end halts its threads; that check then waits for ever."""
        pids = {}
        for name in names:
            pid, state = self.status().get(name, ("-", ""))
            if state == "running":
                subprocess.run(["sv", "once", name], env=self.sv_env(), check=False, capture_output=True, timeout=60)
                pids[name] = int(pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGTERM)
        for name, pid in pids.items():
            wait_until(lambda pid=pid: not alive(pid), 60, f"{name} ends")

    def log(self, name):
        return (self.dir / "log" / name / "current").read_text(errors="replace")

    @contextlib.contextmanager
    def extra_agent(self, key_of=None):
        """One more dms-agent beside slave1's, with directories and ports of its own and a fresh key (or the key of `key_of`):
        gives (process, public key, directory)."""
        user = ["setpriv", "--reuid=dms-quickstart", "--regid=dms-quickstart", "--init-groups"]
        with tempfile.TemporaryDirectory(dir=self.dir) as folder:
            own = pathlib.Path(folder)
            conf = (self.dir / "etc/slave1-agent.conf").read_text().replace(f"{self.dir}/slave1/", f"{own}/")
            conf = conf.replace(f"{self.dir}/etc/slave1-agent.key", f"{own}/agent.key")
            assert str(own) in conf and f"{self.dir}/slave1" not in conf
            conf = re.sub(r"(?m)^(dns_port|control_port|notify_port) = (\d+)", lambda m: f"{m[1]} = {int(m[2]) + 11}", conf)
            (own / "agent.conf").write_text(conf)
            if key_of:
                shutil.copy(self.dir / f"etc/{key_of}-agent.key", own / "agent.key")
            for name in ("zones", "work", "state"):
                (own / name).mkdir()
            subprocess.run(["chown", "-R", "dms-quickstart:", folder], check=True)
            program = [*user, str(self.dir / "bin/dms-agent"), "--config", str(own / "agent.conf")]
            subprocess.run([*program, "--init", "--role", "slave"], check=True, cwd="/", capture_output=True, timeout=60)
            key = subprocess.run([*program, "--public-key"], check=True, cwd="/", capture_output=True, text=True, timeout=60).stdout.strip()
            with open(own / "log", "w") as log:
                process = subprocess.Popen(program, cwd="/", stdout=log, stderr=subprocess.STDOUT)
            try:
                yield process, key, own
            finally:
                process.kill()
                process.wait(20)

    # ---- DNS
    def dig(self, server, *args):
        address, port = server.split("#")
        return subprocess.run(["dig", f"@{address}", "-p", port, "+tries=2", "+time=3", *args], capture_output=True, text=True,
                              timeout=60).stdout

    def answer(self, server, name, rtype):
        return sorted(self.dig(server, "+short", name, rtype).splitlines())

    def soa(self, server, zone, timeout=1.0):
        """Serial of the zone as the server answers with authority, by one UDP packet; None: no such answer."""
        name = b"".join(bytes([len(label)]) + label.encode() for label in zone.rstrip(".").split(".")) + b"\0"
        query = os.urandom(2) + struct.pack("!HHHHH", 0, 1, 0, 0, 0) + name + struct.pack("!HH", 6, 1)
        address, port = server.split("#")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(timeout)
            try:
                s.connect((address, int(port)))
                s.send(query)
                answer = s.recv(4096)
            except OSError:
                return None
        flags, _, count = struct.unpack("!HHH", answer[2:8])
        if answer[:2] != query[:2] or flags & 0x000F or not flags & 0x0400 or count == 0:
            return None
        return struct.unpack("!I", answer[-20:-16])[0] if answer[6:12] == b"\0\1\0\0\0\0" else self._soa_by_dig(server, zone)

    def _soa_by_dig(self, server, zone):
        fields = self.dig(server, "+short", zone, "SOA").split()
        return int(fields[2]) if len(fields) == 7 else None

    def status_of(self, server, name, rtype="SOA"):
        """The answer's status word: NOERROR, REFUSED ...; "" when there is no answer."""
        found = re.search(r"status: (\w+)", self.dig(server, name, rtype))
        return found.group(1) if found else ""

    def axfr(self, server, zone):
        return self.dig(server, "+onesoa", "+noall", "+answer", zone, "AXFR")

    def records(self, server, zone):
        """All records of a zone as a server gives them by AXFR, one canonical line each, SOA serial left out."""
        return canonical(zone, self.axfr(server, zone))

    def sql(self, query):
        return subprocess.run(["setpriv", "--reuid=dms-quickstart", "--regid=dms-quickstart", "--init-groups", "psql", "-XAtq", "-h",
                               str(self.dir / "run"), "-U", "dms_admin", "-d", "dms", "-v", "ON_ERROR_STOP=1", "-c", query],
                              capture_output=True, text=True, check=True, cwd="/").stdout


def canonical(zone, text):
    """Zone file text -> sorted full lines, through BIND's own reader (the oracle)."""
    with tempfile.NamedTemporaryFile("w", suffix=".zone", delete=False) as f:
        f.write(text)
    try:
        run = subprocess.run(["named-compilezone", "-q", "-i", "none", "-k", "ignore", "-n", "ignore", "-r", "ignore", "-m", "ignore", "-M", "ignore",
                              "-S", "ignore", "-T", "ignore", "-s", "full", "-o", "-", zone, f.name], capture_output=True, text=True)
        if run.returncode != 0:
            raise AssertionError(f"{zone}: {run.stdout}{run.stderr}{text[:300]}")
    finally:
        os.unlink(f.name)
    lines = []
    for line in run.stdout.splitlines():
        fields = line.split()
        fields[0] = fields[0].lower()
        if fields[3] in NAME_TYPES:
            fields[4:] = [f.lower() for f in fields[4:]]
        if fields[3] == "SOA":
            fields[6] = "SERIAL"
        lines.append(" ".join(fields))
    return sorted(lines)


def without_disabled(text):
    """A fixture as it is to be published: records under a ;!DISABLE flag left out, the owner that they gave kept for the next."""
    out, skip, depth, owner = [], False, 0, None
    for line in text.splitlines():
        if depth == 0 and line.startswith(";!"):
            skip = bool(re.search(r"\bDISABLE\b", line))
            continue
        if depth == 0 and not line.strip() or line.lstrip().startswith(";"):
            out.append(line)
            continue
        first = depth == 0
        bare = re.sub(r'"(\\.|[^"\\])*"|;.*', "", line)
        depth += bare.count("(") - bare.count(")")
        if first and skip and not line[0].isspace():
            owner = line.split()[0]
        if not skip:
            if first and owner and line[0].isspace():
                line = owner + line
            owner = None if first else owner
            out.append(line)
        elif depth == 0:
            skip = False
    return "\n".join(out) + "\n"
