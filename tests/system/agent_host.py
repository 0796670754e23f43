"""Hosts for agent_test: a real named and a dms-agent in a directory, and agent_peer as their controller."""
import json
import os
import pathlib
import queue
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DMS_BIN_DIR", TOP / "build/dev"))
LIMIT_S = 20


def free_port():
    """A port that is free for TCP and UDP, below the range that the kernel hands out."""
    while True:
        port = random.randrange(20000, 32000)
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as t, socket.socket(socket.AF_INET,
                    socket.SOCK_DGRAM) as u:
                t.bind(("127.0.0.1", port))
                u.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue


def wire_name(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.rstrip(".").split(".") if x) + b"\0"


def ask(port, name, qtype, timeout=1.0):
    """(rcode, [rdata bytes]) of the answer section over UDP; None: no answer."""
    qid = random.randrange(65536)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.connect(("127.0.0.1", port))
        try:
            s.send(struct.pack(">6H", qid, 0, 1, 0, 0, 0) + wire_name(name) + struct.pack(">2H", qtype, 1))
            answer = s.recv(4096)
        except OSError:
            return None
    count, at = struct.unpack(">H", answer[6:8])[0], 12 + len(wire_name(name)) + 4
    out = []
    for _ in range(count):
        while answer[at] not in (0,) and answer[at] < 192:
            at += 1 + answer[at]
        at += 1 if answer[at] == 0 else 2
        length = struct.unpack(">H", answer[at + 8:at + 10])[0]
        out.append(answer[at + 10:at + 10 + length])
        at += 10 + length
    return answer[3] & 15, out


def served(port, zone):
    """Serial that is served; None: none."""
    got = ask(port, zone, 6)
    return struct.unpack(">I", got[1][0][-20:-16])[0] if got and got[0] == 0 and got[1] else None


def addresses(port, name):
    got = ask(port, name, 1)
    return sorted(socket.inet_ntoa(x) for x in got[1]) if got else None


def wait_until(check, what, limit=LIMIT_S):
    end, pause = time.monotonic() + limit, threading.Event()
    while not check():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {limit} s")
        pause.wait(0.02)


class Controller:
    """agent_peer: send() commands, report() waits for the report with an id."""

    def __init__(self, directory, epoch=1):
        self.dir, self.next_id, self.cond = directory, 1, threading.Condition()
        self.endpoint_wanted = f"tcp://127.0.0.1:{free_port()}"
        self.start(epoch)

    def start(self, epoch):
        self.reports, self.ups, self.downs, self.sent, self.health = {}, {}, [], queue.Queue(), {}
        self.proc = subprocess.Popen([str(BIN / "tests/system/agent_peer"), str(epoch), self.endpoint_wanted,
                                      str(self.dir / "controller.key")],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        hello = json.loads(self.proc.stdout.readline())
        self.endpoint, self.key = hello["endpoint"], hello["key"]
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.proc.stdout:
            msg = json.loads(line)
            with self.cond:
                if "report" in msg:
                    self.reports.setdefault(msg["report"], []).append(msg)
                elif "up" in msg:
                    self.ups[msg["up"]] = msg["hello"]
                elif "down" in msg:
                    self.ups.pop(msg["down"], None)
                    self.downs.append(msg)
                elif "sent" in msg:
                    self.sent.put(msg)
                elif "health" in msg:
                    self.health[msg["health"]] = msg["name_server_up"]
                self.cond.notify_all()

    def say(self, msg):
        self.proc.stdin.write(json.dumps(msg) + "\n")
        self.proc.stdin.flush()

    def wait(self, check, what, limit=LIMIT_S):
        with self.cond:
            if not self.cond.wait_for(check, limit):
                raise AssertionError(f"{what}: not within {limit} s")

    def peers(self, hosts):
        self.say({"peers": [{"id": h.id, "name": h.name, "role": {"master": 1, "replica": 2, "slave": 3}[h.role],
                             "key": h.key} for h in hosts]})

    def wait_up(self, host, limit=LIMIT_S):
        self.wait(lambda: host.id in self.ups, f"session of {host.name}", limit)

    def send(self, host, *commands):
        """Give ids and send; returns the ids and the time of sending (microseconds, monotonic)."""
        for c in commands:
            if "id" not in c:
                c["id"], self.next_id = self.next_id, self.next_id + 1
            c.setdefault("revision", c["id"])
            c.setdefault("deadline_ms", 15000)
        self.say({"send": host.id, "commands": list(commands)})
        at = self.sent.get(timeout=LIMIT_S)
        assert at["ok"], f"{host.name} is not connected"
        return [c["id"] for c in commands], at["at_us"]

    def report(self, command_id, limit=LIMIT_S):
        self.wait(lambda: command_id in self.reports, f"report for command {command_id}", limit)
        return self.reports[command_id][-1]

    def do(self, host, **command):
        ids, at = self.send(host, command)
        r = self.report(ids[0])
        r["ms"] = (r["at_us"] - at) / 1000
        return r

    def stop(self):
        self.proc.kill()
        self.proc.wait()
        self.thread.join()
        self.proc.stdin.close()
        self.proc.stdout.close()


class Host:
    count = 0

    def __init__(self, name, role, base, controller):
        Host.count += 1
        self.id, self.name, self.role, self.dir, self.controller = Host.count, name, role, base / name, controller
        self.dir.mkdir()
        self.dns_port, self.control_port, self.notify_port = free_port(), free_port(), free_port()
        self.named = self.agent = None
        self.config = self.dir / "agent.conf"
        d = self.dir
        self.config.write_text(f"""[agent]
controller = {controller.endpoint}
controller_key = {controller.key}
key_file = {d}/agent.key
state_dir = {d}/state
[bind]
template = {TOP}/deploy/bind
named_conf = {d}/etc/named.conf
work_dir = {d}/bind
zone_dir = {d}/zones
listen = 127.0.0.1
listen_v6 = none
dns_port = {self.dns_port}
control_port = {self.control_port}
control_key_file = {d}/etc/control.key
update_key_file = {d}/etc/update.key
notify_port = {self.notify_port}
""")
        self.key = subprocess.run([str(BIN / "dms-agent"), "--config", str(self.config), "--init", "--role", role],
                                  check=True, text=True,
                                  stdout=subprocess.PIPE).stdout.strip()

    def start_named(self):
        with (self.dir / "named.err").open("a") as err:
            self.named = subprocess.Popen(["/usr/sbin/named", "-f", "-n", "2", "-c", str(self.dir / "etc/named.conf")],
                                          stderr=err, stdout=err)
        wait_until(lambda: ask(self.dns_port, "health.dms.invalid.", 6, 0.2) is not None, f"named of {self.name}")

    def kill_named(self):
        self.named.send_signal(signal.SIGKILL)
        self.named.wait()

    def start_agent(self):
        with (self.dir / "agent.log").open("a") as err:
            self.agent = subprocess.Popen([str(BIN / "dms-agent"), "--config", str(self.config)], stderr=err,
                                          stdout=err)

    def stop_agent(self, sig=signal.SIGTERM):
        self.agent.send_signal(sig)
        return self.agent.wait(timeout=LIMIT_S)

    def rss_kb(self):
        """Resident memory, and the part of it that is not the pages of program and library files."""
        lines = [x.split() for x in pathlib.Path(f"/proc/{self.agent.pid}/status").read_text().splitlines()]
        values = {x[0]: x[1] for x in lines if len(x) > 1}
        return f"{values['VmRSS:']} (own {values['RssAnon:']})"

    def log(self):
        return (self.dir / "agent.log").read_text()

    def stop(self):
        for p in (self.agent, self.named):
            if p and p.poll() is None:
                p.kill()
                p.wait()


class Estate:
    """A master and slaves with their configuration applied."""

    def __init__(self, slaves=2):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dms-agent-"))
        self.controller = Controller(self.dir)
        self.master = Host("m", "master", self.dir, self.controller)
        self.slaves = [Host(f"s{i + 1}", "slave", self.dir, self.controller) for i in range(slaves)]
        self.deaf_port = free_port()
        self.hosts = [self.master, *self.slaves]
        self.controller.peers(self.hosts)
        try:
            for h in self.hosts:
                h.start_named()
                h.start_agent()
            for h in self.hosts:
                self.controller.wait_up(h)
        except BaseException:
            self.stop()
            raise

    def master_config(self, moved=False):
        """Group "deaf": servers that may transfer but get no NOTIFY; with moved they do."""
        deaf = self.slaves[0].dns_port if moved and self.slaves else self.deaf_port
        return {"goal": "server_config", "role": 1, "masters": [{"address": "127.0.0.1", "port": self.master.dns_port}],
                "groups": [{"name": "sg1", "servers": [{"address": "127.0.0.1",
                                                        "port": s.dns_port} for s in self.slaves]},
                           {"name": "deaf", "servers": [{"address": "127.0.0.1", "port": deaf}]}]}

    def slave_config(self):
        return {"goal": "server_config", "role": 3, "masters": [{"address": "127.0.0.1", "port": self.master.dns_port}],
                "groups": [{"name": "sg1", "servers": []}]}

    def configure(self):
        for h in self.hosts:
            r = self.controller.do(h, **(self.master_config() if h is self.master else self.slave_config()))
            assert r["result"] == "done", r

    def stop(self):
        for h in self.hosts:
            h.stop()
        self.controller.stop()
        if not os.environ.get("DMS_KEEP"):
            shutil.rmtree(self.dir)
