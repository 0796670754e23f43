#!/usr/bin/env python3
"""The port for agents: foreign bytes do nothing, a bad network only delays, and a broken session is noticed and told."""
import os
import pathlib
import re
import selectors
import socket
import struct
import threading
import time
import unittest

from stack import Stack, wait_until

TEXT = "$TTL 1h\nwww IN A {address}\n"
GREETING = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def link_port():
    return int(re.search(r"(?m)^link_port=(\d+)", (dms.dir / "settings").read_text()).group(1))


def status_of(name):
    return next(s for s in dms.call("show_dms_status")["servers"] if s["server"] == name)


def memory_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


class Proxy:
    """Stands between an agent and the controller; can cut, hold back (without closing) and delay what passes."""

    def __init__(self, port):
        self.target, self.pairs, self.held, self.stopping = port, [], threading.Event(), False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping:
            for key, _ in self.selector.select(0.05):
                with self.lock:
                    if key.fileobj is self.listener:
                        self.accept()
                    elif self.held.is_set():
                        continue
                    else:
                        self.move(key.fileobj, key.data)
            if self.held.is_set():
                threading.Event().wait(0.05)

    def accept(self):
        one = self.listener.accept()[0]
        try:
            two = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError:
            one.close()
            return
        self.pairs.append((one, two))
        self.selector.register(one, selectors.EVENT_READ, two)
        self.selector.register(two, selectors.EVENT_READ, one)

    def move(self, source, sink):
        try:
            data = source.recv(65536)
            if data:
                sink.sendall(data)
                return
        except OSError:
            pass
        self.drop(source)

    def drop(self, one):
        for pair in [p for p in self.pairs if one in p]:
            self.pairs.remove(pair)
            for s in pair:
                self.selector.unregister(s)
                s.close()

    def cut(self):
        with self.lock:
            count = len(self.pairs)
            for pair in list(self.pairs):
                self.drop(pair[0])
        return count

    def close(self):
        self.stopping = True
        self.thread.join(10)
        self.cut()
        self.listener.close()


class Strangers(unittest.TestCase):
    def setUp(self):
        self.controller = dms.pid("controller")
        wait_until(lambda: all(s["connected"] for s in dms.call("show_dms_status")["servers"]), 30, "agents connected")
        self.since = {s["server"]: s["connected_at"] for s in dms.call("show_dms_status")["servers"]}

    def tearDown(self):
        self.assertEqual(dms.pid("controller"), self.controller, "the controller died")
        after = {s["server"]: s["connected_at"] for s in dms.call("show_dms_status")["servers"] if s["connected"]}
        self.assertEqual(after, self.since, "a session was lost")

    def send(self, *pieces):
        with socket.create_connection(("127.0.0.1", link_port()), 10) as s:
            s.settimeout(0.5)
            try:
                for piece in pieces:
                    s.sendall(piece)
                return s.recv(65536)
            except OSError:
                return b""

    def test_foreign_bytes(self):
        random = os.urandom(4096)
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 10000, random, b"\xff" * 10000, GREETING[:5],
                     b"", GREETING + b"CURVE" + b"\0" * 15 + b"\0" * 32 + b"\x04\xc8\x05HELLO" + os.urandom(194)):
            with self.subTest(data=data[:20]):
                self.send(data)

    def test_no_encryption_is_refused(self):
        """A peer that offers the mechanisms NULL or PLAIN gets no handshake, whatever it sends behind it."""
        for mechanism in (b"NULL", b"PLAIN"):
            greeting = GREETING + mechanism + b"\0" * (20 - len(mechanism)) + b"\0" * 32
            ready = b"\x05READY\x0bSocket-Type" + struct.pack("!I", 6) + b"DEALER" + b"\x08Identity" + struct.pack("!I", 0)
            answer = self.send(greeting, b"\x04" + bytes([len(ready)]) + ready, b"\x00\x05hello")
            self.assertNotIn(b"READY", answer)
            self.assertNotIn(b"WELCOME", answer)

    def test_frames_of_a_claimed_huge_size(self):
        before = memory_kb(self.controller)
        greeting = GREETING + b"CURVE" + b"\0" * 15 + b"\0" * 32
        for _ in range(20):
            self.send(greeting, b"\x06" + struct.pack("!Q", 1 << 62) + b"x" * 1000)
            self.send(greeting, b"\x02" + struct.pack("!Q", 1 << 30) + b"x" * 1000)
        self.assertLess(memory_kb(self.controller) - before, 64 * 1024)

    def test_many_silent_connections(self):
        held = [socket.create_connection(("127.0.0.1", link_port()), 10) for _ in range(300)]
        try:
            start = time.monotonic()
            dms.live("load_zone", name="crowded-port.test", zi_text=TEXT.format(address="192.0.2.1"))
            self.assertLess(time.monotonic() - start, 10)
        finally:
            for s in held:
                s.close()


class Network(unittest.TestCase):
    """slave1's agent reaches the controller through the proxy."""

    @classmethod
    def setUpClass(cls):
        cls.proxy = Proxy(link_port())
        cls.config = dms.dir / "etc/slave1-agent.conf"
        cls.before = cls.config.read_text()
        cls.config.write_text(re.sub(r"(?m)^controller = .*$", f"controller = tcp://127.0.0.1:{cls.proxy.port}", cls.before))
        assert cls.config.read_text() != cls.before
        dms.sv("restart", "slave1-agent")
        wait_until(lambda: cls.proxy.pairs and status_of("slave1")["connected"], 30, "slave1 is connected through the proxy")

    @classmethod
    def tearDownClass(cls):
        cls.config.write_text(cls.before)
        dms.sv("restart", "slave1-agent")
        cls.proxy.close()

    def setUp(self):
        wait_until(lambda: status_of("slave1")["connected"] and status_of("slave1")["behind"] == 0, 60, "slave1 in order")

    def change(self, zone, address):
        return dms.call("update_zone_text", name=zone, zi_text=TEXT.format(address=address), receipt=True)["change_id"]

    def complete(self, change_id, seconds=60):
        receipt = dms.call("wait_change", change_id=change_id, timeout_ms=seconds * 1000)
        self.assertTrue(receipt["complete"], receipt)

    def test_connection_cut_again_and_again(self):
        zone = "cuts.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        cuts, changes = 0, []
        for i in range(2, 22):
            changes.append(self.change(zone, f"192.0.2.{i}"))
            if i % 4 == 0:
                wait_until(lambda: self.proxy.pairs, 30, "a connection to cut")
                cuts += self.proxy.cut()
        self.assertGreaterEqual(cuts, 5)
        for change_id in changes:
            self.complete(change_id)
        self.assertEqual(dms.answer(dms.slaves[0], "www.cuts.test", "A"), ["192.0.2.21"])

    def test_silent_network_is_noticed(self):
        """Nothing passes and nothing is closed: three missed heartbeats end the session, and it is told; afterwards all is well by itself."""
        zone = "silence.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        self.proxy.held.set()
        try:
            start = time.monotonic()
            row = wait_until(lambda: (r := status_of("slave1"))["connected"] is False and r, 20, "the loss is noticed")
            self.assertLess(time.monotonic() - start, 10)
            self.assertRegex(row["lost_at"], r"^20\d\d-")
            change_id = self.change(zone, "192.0.2.2")
            receipt = dms.call("wait_change", change_id=change_id, timeout_ms=1500)
            self.assertEqual({s["server"]: s["live"] for s in receipt["servers"]}, {"slave1": False, "slave2": True})
        finally:
            self.proxy.held.clear()
        self.complete(change_id)
        wait_until(lambda: status_of("slave1")["connected"], 60, "connected again")

    def test_two_agents_with_one_key(self):
        """Somebody starts a second agent with a copy of the key: the newer one replaces the older; when it is gone all is well."""
        zone = "double.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        mark = len(dms.log("controller"))
        with dms.extra_agent(key_of="slave1") as (double, _, own):
            wait_until(lambda: "replaced" in dms.log("controller")[mark:], 20, "the double is noticed")
            self.assertIsNone(double.poll(), (own / "log").read_text())
        self.complete(self.change(zone, "192.0.2.2"))
        wait_until(lambda: status_of("slave1")["connected"], 60, "connected again")
        self.assertEqual(dms.answer(dms.slaves[0], "www.double.test", "A"), ["192.0.2.2"])


if __name__ == "__main__":
    unittest.main()
