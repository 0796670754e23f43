#!/usr/bin/env python3
"""Every limit on requests, on a controller with small ones: what is just within goes, what is beyond gets an error that names the
limit and its setting, and the next request is served as ever.  The table of limits is section 10 of the manual."""
import contextlib
import json
import re
import socket
import subprocess
import unittest

from stack import Stack, UnixConnection, wait_until

SMALL = {"max_request": "32K", "max_batch": "3", "max_records": "10", "max_waits": "1", "max_connections": "8", "timeout": "2s"}
AS_USER = ["setpriv", "--reuid=dms-quickstart", "--regid=dms-quickstart", "--init-groups"]
HEAD = "$TTL 1h\n@ IN SOA ns1.limits.test. h.limits.test. 1 2h 900 7d 1h\n@ IN NS ns1.limits.test.\n@ IN NS ns2.limits.test.\n"


def setUpModule():
    global dms
    dms = Stack().__enter__()
    config = dms.dir / "etc/controller.conf"
    text = config.read_text()
    for key, value in SMALL.items():
        text = re.sub(rf"(?m)^{key} *=.*\n", "", text).replace("[http]\n", f"[http]\n{key} = {value}\n")
    config.write_text(text.replace("[database]\n", "[database]\nstatement_timeout = 1s\n"))
    dms.sv("restart", "controller")
    wait_until(served, 20, "the controller with small limits")


def tearDownModule():
    dms.__exit__()


def served():
    try:
        return dms.call("list_sg") is not None
    except OSError:
        return False


def request(method, params=None, id=1):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}


class Limits(unittest.TestCase):
    def error(self, body):
        error = json.loads(dms.post(body)[1])["error"]
        return error["code"], error["message"] + " " + json.dumps(error["data"])

    def refused(self, code, words, method, **params):
        got, text = self.error(request(method, params))
        self.assertEqual(got, code, text)
        for word in words:
            self.assertIn(word, text)

    def tearDown(self):
        self.assertIsNotNone(dms.call("list_sg"))

    def test_body(self):
        body = json.dumps(request("list_sg")).encode()
        status, data = dms.post(body + b" " * (32768 - len(body)))
        self.assertEqual((status, "result" in json.loads(data)), (200, True))
        status, data = dms.post(body + b" " * (32769 - len(body)))
        error = json.loads(data)["error"]
        self.assertEqual((status, error["code"]), (413, -144))
        for word in ("32769", "32768", "[http] max_request"):
            self.assertIn(word, error["message"])

    def test_headers(self):
        self.assertEqual(dms.post(request("list_sg"), headers={"X-Long": "x" * 20000})[0], 200)
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(dms.socket)
            with contextlib.suppress(OSError):  # it closes while we are still sending
                s.sendall(b"POST / HTTP/1.1\r\nHost: dms\r\nX-Long: " + b"x" * 40000 + b"\r\n\r\n")
            self.assertRegex(s.recv(100), rb"^HTTP/1\.1 431 ")

    def test_batch(self):
        self.assertEqual(len(json.loads(dms.post([request("list_sg", id=i) for i in range(3)])[1])), 3)
        code, text = self.error([request("list_sg", id=i) for i in range(4)])
        self.assertEqual(code, -32600)
        for word in ("4 requests", "limit is 3", "[http] max_batch"):
            self.assertIn(word, text)

    def test_nesting(self):
        def nested(depth):
            return b'{"jsonrpc":"2.0","id":1,"method":"list_sg","params":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
        self.assertEqual(self.error(nested(64))[0], -32602)
        code, text = self.error(nested(65))
        self.assertEqual(code, -32700)
        self.assertIn("64 levels", text)

    def test_records(self):
        def text(count):
            return HEAD + "".join(f"h{i} IN A 192.0.2.{i}\n" for i in range(count - 2))

        def data(count):
            return {"zone_ttl": "1h", "rr_groups": [{"rrs": []}, {"rrs": [{"label": f"h{i}", "type": "A", "rdata": f"192.0.2.{i}"} for i in range(count)]}]}
        words = ("10", "[http] max_records")
        dms.call("load_zone", name="limits.test", zi_text=text(10), inc_updates=True)
        self.refused(-133, words, "load_zone", name="limits2.test", zi_text=text(11))
        self.refused(-28, (), "show_zone", name="limits2.test")
        self.refused(-133, words, "update_zone", name="limits.test", login_id="l", zi_data=data(11))
        ops = [dict(rr, update_op="EXTEND") for rr in data(11)["rr_groups"][1]["rrs"]]
        self.refused(-133, words, "update_rrs", name="limits.test", login_id="l", update_type="t", update_data={"rr_groups": [{"rrs": ops}]})
        self.refused(-133, words, "update_rrs", name="limits.test", login_id="l", update_type="t",
                     update_text="".join(f";!RROP:ADD\nn{i} IN A 192.0.2.{i}\n" for i in range(11)))
        many = {"op": "REPLACE", "label": "many", "type": "A", "rdata": [f"192.0.2.{i}" for i in range(11)]}
        self.refused(-133, words, "update_rrs", name="limits.test", login_id="l", update_type="t", update_data={"rrsets": [many]})

    def test_growth(self):
        """A zone that grows record by record is held to the limit, too; what does not grow goes on."""
        def change(op, label, rdata):
            return {"rr_groups": [{"rrs": [{"update_op": op, "label": label, "type": "A", "rdata": rdata}]}]}

        def update(op, label, rdata, **more):
            return dict(name="grow.limits.test", login_id="l", update_type="t", update_data=change(op, label, rdata), **more)
        dms.call("create_zone", name="grow.limits.test", inc_updates=True)
        for i in range(10):
            dms.call("update_rrs", **update("ADD", f"h{i}", "192.0.2.1"))
        words = ("has 10 records and would have 11, 10 are allowed", "[http] max_records")
        self.refused(-133, words, "update_rrs", **update("ADD", "h10", "192.0.2.1"))
        self.refused(-133, words, "update_rrs", **update("EXTEND", "h1", "192.0.2.2"))
        dms.call("update_rrs", **update("UPDATE_RRTYPE", "h1", "192.0.2.2"))
        made = dms.call("create_change_set", operations=[{"zones": {"names": ["grow.limits.test"]}, "ops": [
            {"op": "ADD", "label": "h10", "type": "A", "rdata": ["192.0.2.1"]}]}])
        planned = dms.call("plan_change_set", change_set_id=made["change_set_id"])
        self.assertIn("10 are allowed", json.dumps(planned))
        dms.call("update_rrs", **update("DELETE", "h9", ""))
        dms.call("update_rrs", **update("ADD", "h10", "192.0.2.1"))

    def test_ptr_records_without_room(self):
        """They wait, all can see it, and they are made as soon as there is room."""
        def hosts(name, first, last):
            rrs = [{"label": f"h{i}", "type": "AAAA", "rdata": f"2001:db8:77::{i:x}"} for i in range(first, last)]
            dms.call("update_zone", name=name, login_id="l", zi_data={"zone_ttl": "1h", "rr_groups": [{"rrs": []}, {"rrs": rrs}]})

        def made():
            zi = dms.call("show_zone", name="2001:db8:77::/48")["zi"]
            return sum(rr["type"] == "PTR" for group in zi["rr_groups"] for rr in group["rrs"])
        for name in ("one.ptr.limits.test", "two.ptr.limits.test"):
            dms.call("create_zone", name=name)
        hosts("one.ptr.limits.test", 1, 9)
        hosts("two.ptr.limits.test", 9, 13)
        dms.call("create_zone", name="2001:db8:77::/48")  # it is filled
        failed = wait_until(lambda: [e for e in dms.call("list_events", failed=True, pending=True) if e["event_type"] == "ZoneSMAutoPtr"], 20, "no room")
        self.assertIn("[http] max_records allows, 10", json.dumps(failed))
        wait_until(lambda: made() == 10, 20, "as many as there is room for")
        waiting = dms.call("show_auto_ptr", address="2001:db8:77::c")["waiting"]
        self.assertEqual([(w["host"], w["held"]) for w in waiting], [("h12.two.ptr.limits.test.", True)])
        self.assertIn("no room in the zone", dms.quickstart("tool", "show_auto_ptr", "2001:db8:77::c").stdout)
        hosts("one.ptr.limits.test", 1, 3)
        wait_until(lambda: made() == 6, 20, "room")
        self.assertEqual(dms.call("show_auto_ptr", address="2001:db8:77::c")["waiting"], [])

    def test_parameters(self):
        self.refused(-32602, ('"name"', "at most 1024 bytes", "1025"), "show_zone", name="x" * 1025)
        self.refused(-28, (), "show_zone", name="x" * 60 + ".test")
        self.assertEqual(dms.call("list_names", kind="zone", prefix="no-such-"), [])
        self.refused(-32602, ('"names"', "at most 1000 elements", "1001"), "list_zone", names=["a"] * 1001)
        self.refused(-32602, ('"timeout_ms"', "300000"), "wait_change", change_id=1, timeout_ms=300001)
        self.refused(-32602, ('"apex_ns"', "at most 20 elements"), "create_sg", sg_name="many", apex_ns=[f"ns{i}.test." for i in range(21)])

    def test_waits(self):
        """One request may wait; the next one is told at once, and what to do instead."""
        dms.sv("down", "slave1-agent")
        self.addCleanup(dms.sv, "up", "slave1-agent")
        change = dms.call("create_zone", name="waits.test", receipt=True)["change_id"]
        body = json.dumps(request("wait_change", {"change_id": change, "timeout_ms": 20000})).encode()
        first = UnixConnection(dms.socket)
        first.request("POST", "/", body, {"Content-Type": "application/json"})

        def second():
            c, text = self.error_or_result(request("wait_change", {"change_id": change, "timeout_ms": 1}))
            return text if c == -144 else None
        text = wait_until(second, 10, "a second wait that is refused")
        for word in ("1 requests are waiting", "[http] max_waits", "show_change"):
            self.assertIn(word, text)
        dms.sv("up", "slave1-agent")
        self.assertTrue(json.loads(first.getresponse().read())["result"]["complete"])
        first.close()

    def error_or_result(self, body):
        answer = json.loads(dms.post(body)[1])
        return (answer["error"]["code"], json.dumps(answer["error"])) if "error" in answer else (0, json.dumps(answer["result"]))

    def test_statement_time(self):
        """Somebody holds a table: the request ends after its time, says so, and nothing is changed."""
        holder = subprocess.Popen([*AS_USER, "psql", "-XAtq", "-h", str(dms.dir / "run"), "-U", "dms_admin", "-d", "dms"], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            holder.stdin.write("begin; lock table dms.zone in access exclusive mode; select 'held';\n")
            holder.stdin.flush()
            self.assertEqual(holder.stdout.readline().strip(), "held")
            self.refused(-135, ("1000 ms", "nothing is changed", "[database] statement_timeout"), "create_zone", name="slow.test")
        finally:
            holder.communicate("rollback;\n", timeout=20)
        self.refused(-28, (), "show_zone", name="slow.test")
        dms.call("create_zone", name="slow.test")

    def test_idle_connection(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(dms.socket)
            self.assertEqual(s.recv(1), b"")  # closed after [http] timeout

    def test_slow_requests(self):
        """Clients that drip a byte now and then are never idle; they lose their connections, and everybody else is served."""
        dripping = [socket.socket(socket.AF_UNIX) for _ in range(int(SMALL["max_connections"]))]
        try:
            for s in dripping:
                s.settimeout(0.2)
                s.connect(dms.socket)
                s.sendall(b"POST / HTTP/1.1\r\nHost: dms\r\nContent-Type: application/json\r\n")
            head = b"X-Long: " + b"x" * 1000

            def all_ended():
                for s in list(dripping):
                    try:
                        s.sendall(head[:1])
                        ended = s.recv(1) == b""
                    except TimeoutError:
                        ended = False
                    except OSError:
                        ended = True
                    if ended:
                        dripping.remove(s)
                        s.close()
                return not dripping
            wait_until(all_ended, 20, "slow clients are cut off")
            self.assertIsNotNone(dms.call("list_sg"))
        finally:
            for s in dripping:
                s.close()

    def test_connections(self):
        """More connections than the limit wait until idle ones are closed; nobody is turned away."""
        held = []
        try:
            for _ in range(20):
                held.append(socket.socket(socket.AF_UNIX))
                held[-1].connect(dms.socket)
            self.assertIsNotNone(dms.call("list_sg"))
        finally:
            for s in held:
                s.close()


if __name__ == "__main__":
    unittest.main()
