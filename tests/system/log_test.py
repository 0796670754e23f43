#!/usr/bin/env python3
"""Logs of all hosts in the database: two real rsyslogd with deploy/rsyslog's configuration, a name server host's and the master's, chained over RELP."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from stack import TOP, RpcError, Stack, alive, wait_until

RENDER = TOP / "deploy/rsyslog/render"
# a mount namespace with a /dev and a /run/systemd/journal of its own: libc's syslog and the journal's library know their sockets by these names only
OWN_DEV = "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9 && ln -s \"$0\" /dev/log && exec \"$@\""
OWN_JOURNAL = "mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/journal && exec \"$@\""
BATCH, HOST_BATCH = 64, 8  # lines that rsyslogd hands over at a time (master.conf.tmpl, forward.conf.tmpl)
UNREAD = 64  # lines that may stand in the socket when it ends


class Rsyslogd:
    """One rsyslogd in a directory of its own."""

    def __init__(self, name, config):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"dms-{name}-", dir=dms.dir))
        (self.dir / "work").mkdir()
        self.log, self.config = self.dir / "own.log", self.dir / "rsyslog.conf"
        self.config.write_text(f'global(workDirectory="{self.dir}/work")\n{config.replace("@DIR@", str(self.dir))}\n')
        self.process = None

    def start(self):
        if self.process:
            return
        with self.log.open("a") as log:
            self.process = subprocess.Popen(["rsyslogd", "-n", "-iNONE", "-f", str(self.config)], stdout=log, stderr=log)

    def stop(self, sig=signal.SIGTERM):
        if self.process:
            self.process.send_signal(sig)
            self.process.wait(30)
            self.process = None


def render(*args):
    return subprocess.run([str(RENDER), *args], capture_output=True, text=True, check=True).stdout


def setUpModule():
    global dms, host, master, port
    dms = Stack().__enter__()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = str(s.getsockname()[1])
    database = f"postgresql://dms_rsyslog@{str(dms.dir / 'run').replace('/', '%2F')}/dms"
    master = Rsyslogd("log-master", render("master", "--listen", "127.0.0.1", "--port", port, "--database", database, "--retry", "1"))
    host = Rsyslogd("log-host", 'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="@DIR@/log")\n' +
                    render("forward", "--master", "127.0.0.1", "--port", port, "--retry", "1"))
    for one in (master, host):
        unittest.addModuleCleanup(one.stop)
        one.start()
    wait_until((host.dir / "log").exists, 20, "rsyslogd listens")
    send("ready")
    arrived("ready", 1)


def tearDownModule():
    for one in (host, master):
        one.stop()
    dms.__exit__()


def send(text, program="named", severity=6, facility=23):
    """One line to the host's rsyslogd as libc's syslog sends it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.connect(str(host.dir / "log"))
        s.send(f"<{facility * 8 + severity}>{time.strftime('%b %e %H:%M:%S')} {program}[7]: {text}".encode())


def by_relp(lines):
    """Lines to the master's rsyslogd as another host sends them; it has confirmed them then."""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=30) as relp, relp.makefile("rb") as answers:
        frames = [(b"open", b"relp_version=0\nrelp_software=test\ncommands=syslog"), *((b"syslog", line) for line in lines)]
        for number, (command, data) in enumerate(frames, 1):
            relp.sendall(b"%d %s %d %s\n" % (number, command, len(data), data))
            head = answers.readline()  # number, command, length and the first line of data
            first = head.split(b" ", 3)[3]
            answers.read(int(head.split()[2]) + 1 - len(first))
            assert first.startswith(b"200 OK"), (data, head)


def written(rsyslogd):
    """Bytes of its queue on disk."""
    return b"".join(path.read_bytes() for path in (rsyslogd.dir / "work").glob("dms-*.0*"))


def messages(**filters):
    """All pages."""
    found, after = [], {}
    while True:
        page = dms.call("list_log", limit=1000, **filters, **after)
        found += page["lines"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def arrived(mark, count, seconds=60):
    """Texts with this mark, when so many different ones are there."""
    return wait_until(lambda: len(texts := {line["message"] for line in messages(text=mark)}) >= count and texts, seconds, f"{count} lines with {mark}")


class Base(unittest.TestCase):
    maxDiff = None

    def tool(self, *words, code=0):
        run = dms.quickstart("tool", *words, check=False)
        self.assertEqual(run.returncode, code, f"{words}: {run.stdout}{run.stderr}")
        return run.stdout

    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception


class Lines(Base):
    def test_what_is_asked_for(self):
        before = time.time()
        send("zone ask.test/IN: transferred serial 2026112301: ask-mark", severity=6)
        send("client @0x7f1 192.0.2.1#53 (ask.test): zone transfer 'ask.test/AXFR/IN' denied: ask-mark", severity=3)
        send("it's an 'odd' \\ line with 100% of \"quotes\": ask-mark zone=ask.test server=slave2", program="dms-agent", severity=4)
        send("not for DMS: ask-mark", program="other", facility=22)
        send("last one: ask-mark", severity=7)
        arrived("ask-mark", 4)
        lines = messages(text="ask-mark")
        self.assertEqual(len(lines), 4)
        self.assertEqual({line["host"] for line in lines}, {socket.gethostname().split(".")[0]} if len({line["host"] for line in lines}) == 1 else None)
        about = messages(name="Ask.Test", text="ASK-mark")
        self.assertEqual([(line["program"], line["severity"], line["facility"], line["zone"]) for line in sorted(about, key=lambda line: line["line_id"])],
                         [("named", "info", "local7", "ask.test."), ("named", "err", "local7", "ask.test."), ("dms-agent", "warning", "local7", "ask.test.")])
        self.assertEqual(next(line for line in about if line["program"] == "dms-agent")["message"],
                         "it's an 'odd' \\ line with 100% of \"quotes\": ask-mark zone=ask.test server=slave2")
        self.assertEqual([line["severity"] for line in messages(severity="err", text="ask-mark")], ["err"])
        self.assertEqual(len(messages(program="dms-agent", text="ask-mark")), 1)
        self.assertEqual(len(messages(host=lines[0]["host"], text="ask-mark")), 4)
        self.assertEqual(messages(host="nobody"), [])
        self.assertEqual(messages(name="other.test"), [])
        self.assertEqual(len(messages(since="@1h", text="ask-mark")), 4)
        self.assertEqual(messages(until="@1h", text="ask-mark"), [])
        self.assertEqual(messages(text="ask-mark?*"), [])
        self.assertEqual(len(messages(text="*ask-mark")), 3)
        for line in lines:
            self.assertIsNone(line["server"])  # master and slaves share 127.0.0.1 here
            self.assertEqual(line["address"], "127.0.0.1")
            for key in ("at", "received_at"):
                self.assertLess(abs(time.mktime(time.strptime(line[key][:19], "%Y-%m-%d %H:%M:%S")) - time.timezone - before), 60, line)
        one = dms.call("list_log", text="ask-mark", limit=1)
        two = dms.call("list_log", text="ask-mark", limit=3, after=one["next"])
        self.assertEqual([line["line_id"] for line in one["lines"] + two["lines"]], [line["line_id"] for line in lines])
        newer = dms.call("list_log", text="ask-mark", newer=min(line["line_id"] for line in lines), limit=2)
        self.assertEqual([line["line_id"] for line in newer["lines"]], sorted(line["line_id"] for line in lines)[1:3])
        self.assertEqual(newer["next"], newer["lines"][-1]["line_id"])

    def test_refused(self):
        self.refused(-32602, "list_log", severity="terrible")
        self.refused(-32602, "list_log", limit=0)
        self.assertEqual(self.refused(-146, "list_log", after="nonsense").data["given"], "nonsense")
        self.refused(-146, "list_log", after="1-1", newer=1)
        for text in ("", "1", "1-", "-1-1", "1-1x", " 1-1", "1--1"):
            self.refused(-146, "list_log", after=text)
        for text in ("0-0", "9223372036854775807-9223372036854775807", "99999999999999999999999-99999999999999999999999"):
            self.assertIn("lines", dms.call("list_log", after=text))
        self.assertEqual(self.refused(-89, "list_log", name="a..b").data["name"], "a..b")
        self.assertEqual(self.refused(-100, "list_log", since="yesterday").data["parameter"], "since")

    def test_tool(self):
        send("zone tool.test/IN: expired: tool-mark", severity=3)
        send("tool-mark in an agent", program="dms-agent")
        arrived("tool-mark", 2)
        self.assertRegex(self.tool("ls_log", "tool.test"), r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z \S+ +named +err +zone tool\.test/IN: expired: tool-mark\n$")
        self.assertIn("from 127.0.0.1", self.tool("ls_log", "-v", "--severity", "err", "--text", "tool-mark"))
        listed = json.loads(self.tool("ls_log", "-o", "json", "--program", "dms-agent", "--text", "tool-mark"))
        self.assertEqual([line["message"] for line in listed], ["tool-mark in an agent"])
        self.assertEqual(self.tool("ls_log", "--host", "nobody", code=68), "")
        self.tool("ls_log", "--severity", "terrible", code=64)

    def test_follow(self):
        send("follow-mark old")
        arrived("follow-mark", 1)
        run = subprocess.Popen([str(dms.dir / "bin/zone_tool"), "ls_log", "--follow", "--text", "follow-mark"], stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "DMS_SOCKET": dms.socket}, stdin=subprocess.DEVNULL)
        watchdog = threading.Timer(60, run.kill)
        watchdog.start()
        try:
            self.assertIn("follow-mark old", run.stdout.readline())
            for n in range(3):
                send(f"follow-mark {n}")
                send("something else")
                self.assertIn(f"follow-mark {n}", run.stdout.readline())
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(30), 0)
        finally:
            watchdog.cancel()
            run.kill()
            run.communicate()

    def test_vacuum(self):
        send("vacuum-mark")
        arrived("vacuum-mark", 1)
        self.assertEqual(dms.call("vacuum_syslog"), 0)
        dms.sql("update dms.log_line set received_at = now() - interval '121 days' where message = 'vacuum-mark'")
        self.assertEqual(dms.call("vacuum_all")["syslog"], 1)
        self.assertEqual(messages(text="vacuum-mark"), [])
        send("vacuum-mark")
        arrived("vacuum-mark", 1)
        dms.sql("update dms.log_line set received_at = now() - interval '11 days' where message = 'vacuum-mark'")
        self.assertEqual(self.tool("vacuum_syslog", "-fv", "10"), "1\n")


class Outages(Base):
    def setUp(self):
        for one in (host, master):
            self.addCleanup(one.start)
        self.addCleanup(self.database_up)

    def database_up(self):
        dms.sv("up", "postgres")

        def answers():
            try:
                return dms.call("show_master_status")
            except RpcError:
                return None
        wait_until(answers, 30, "the controller has its database again")

    def sees(self, rsyslogd, before, words):
        wait_until(lambda: words in rsyslogd.log.read_text()[before:], 30, f"{words} in the log of {rsyslogd.dir.name}")

    def nothing_lost(self, mark, count):
        texts = arrived(mark, count)
        self.assertEqual(texts, {f"{mark} {n}" for n in range(count)})

    def test_database_away(self):
        for n in range(100):
            send(f"db-mark {n}")
        before = len(master.log.read_text())
        dms.sv("down", "postgres")
        for n in range(100, 300):
            send(f"db-mark {n}")
        self.sees(master, before, "db error")
        self.database_up()
        for n in range(300, 400):
            send(f"db-mark {n}")
        self.nothing_lost("db-mark", 400)

    def test_restart_while_the_other_is_away(self):
        """What waits goes to disk, but for the batch that was being tried."""
        before = len(host.log.read_text())
        dms.sv("down", "postgres")
        by_relp(b"<190>1 2026-11-23T10:00:00Z other named - - - disk-mark %d" % n for n in range(300))
        master.stop()
        kept = set(re.findall(rb"disk-mark \d+", written(master)))
        self.assertGreaterEqual(len(kept), 300 - BATCH)
        for n in range(300, 500):
            send(f"disk-mark {n}")
        self.sees(host, before, "omrelp")
        host.stop()
        kept |= set(re.findall(rb"disk-mark \d+", written(host)))
        self.database_up()
        master.start()
        host.start()
        wait_until(self.reachable, 20, "rsyslogd listens")
        texts = wait_until(lambda: (found := {line["message"].encode() for line in messages(text="disk-mark")}) >= kept and found, 60, f"{len(kept)} lines of the queues")
        self.assertGreaterEqual(len(texts), 500 - BATCH - 2 * HOST_BATCH - UNREAD)

    def test_master_away(self):
        for n in range(50):
            send(f"master-mark {n}")
        arrived("master-mark", 50)
        master.stop(signal.SIGKILL)
        for n in range(50, 150):
            send(f"master-mark {n}")
        master.start()
        self.nothing_lost("master-mark", 150)

    def reachable(self):
        try:
            send("are you there")
            return True
        except OSError:
            return False

    def test_no_line_stops_the_others(self):
        """What a broken or hostile host may send."""
        long = "x" * 600
        bad = [b"<190>1 2026-02-30T25:61:61Z h named - - - day that never was: bad-mark",
               b"<190>Feb 30 10:00:00 host named: day that never was: bad-mark",
               b"<190>1 9999-12-31T23:59:59.999999-12:00 h named - - - end of days: bad-mark",
               b"<190>1 2026-11-23T10:00:00Z h\xff\xfe'; \xc3( na\xffmed'-- - - - \xff\xfe\xc3( '; drop table dms.log_line; -- bad-mark",
               b"<190>1 2026-11-23T10:00:00Z " + long.encode() + b" " + long.encode() + b" - - - zone " + long.encode() + b"/IN: bad-mark",
               b"<190>1 2026-11-23T10:00:00Z - - - - - \x00\x01\x1b[31m nul: bad-mark",
               b"<999999>bad-mark", b"bad-mark", b"<190>1 bad-mark",
               b"<190>1 2026-11-23T10:00:00Z h named - - - " + b"\xe2\x82" + b"y" * 30000 + b" bad-mark"]
        by_relp(bad)
        send("after the bad ones")
        arrived("after the bad ones", 1)
        self.assertEqual(len({line["line_id"] for line in messages(text="bad-mark")} | {line["line_id"] for line in messages(host="bad-mark")}), len(bad) - 1)
        long_ones = messages(host="x" * 255)
        self.assertEqual({(len(line["host"]), line["zone"]) for line in long_ones}, {(255, "x" * 255)})


class Programs(Base):
    """What really logs: named with the template's channel, and a program of ours through the journal's own protocol."""

    def setUp(self):
        super().setUp()
        own = subprocess.run(["unshare", "-m", "true"], capture_output=True, text=True)  # for a /dev/log and a journal of the test's own
        if own.returncode != 0:
            self.skipTest(f"no mount namespace can be made here: {own.stderr.strip()}")

    def test_named(self):
        template = (TOP / "deploy/bind/slave.conf.tmpl").read_text()
        with tempfile.TemporaryDirectory(dir=dms.dir) as folder:
            own = pathlib.Path(folder)
            logging = re.search(r"(?ms)^logging \{.*?^\};", template).group().replace("@WORK_DIR@", folder)
            (own / "z.zone").write_text("@ 300 IN SOA ns.named-log.test. h.named-log.test. 7 1 1 1 1\n@ 300 IN NS ns.named-log.test.\nns 300 IN A 192.0.2.1\n")
            (own / "named.conf").write_text(f'options {{ directory "{folder}"; listen-on {{ none; }}; listen-on-v6 {{ none; }}; pid-file none; }};\n'
                                            f'controls {{ }};\n{logging}\nzone "named-log.test" {{ type primary; file "z.zone"; }};\n')
            named = subprocess.Popen(["unshare", "-m", "sh", "-ec", OWN_DEV, str(host.dir / "log"), "/usr/sbin/named", "-f", "-n", "1", "-c",
                                      str(own / "named.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                line = wait_until(lambda: messages(name="named-log.test", program="named"), 30, "named's line is in the database")[0]
                self.assertEqual((line["message"], line["facility"], line["severity"]), ("zone named-log.test/IN: loaded serial 7", "local7", "info"))
                self.assertIn("zone named-log.test/IN: loaded serial 7", (own / "named.log").read_text())
            finally:
                named.terminate()
                named.wait(30)

    def test_journal(self):
        """journald forwards to rsyslog by the facility that a program names."""
        script = ("import os, socket, subprocess, sys\n"
                  "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind('/run/systemd/journal/socket')\n"
                  "err = open(sys.argv[1], 'w+')\nst = os.fstat(err.fileno())\n"
                  "subprocess.run(sys.argv[2:], stderr=err, env={**os.environ, 'JOURNAL_STREAM': f'{st.st_dev}:{st.st_ino}'})\n"
                  "s.settimeout(30)\nsys.stdout.buffer.write(s.recv(65536))\n")
        with tempfile.TemporaryDirectory(dir=dms.dir) as folder:
            conf = (dms.dir / "etc/slave1-agent.conf").read_text()
            pathlib.Path(folder, "agent.conf").write_text(re.sub(r"(?m)^key_file = .*", f"key_file = {folder}/none", conf))
            run = subprocess.run(["unshare", "-m", "sh", "-ec", OWN_JOURNAL, "sh", sys.executable, "-c", script, f"{folder}/err", str(dms.dir / "bin/dms-agent"), "--config", f"{folder}/agent.conf"],
                                 capture_output=True, text=True, timeout=60)
            fields = dict(line.split("=", 1) for line in run.stdout.splitlines())
        self.assertEqual((fields.get("SYSLOG_FACILITY"), fields.get("SYSLOG_IDENTIFIER"), fields.get("PRIORITY")), ("23", "dms-agent", "3"), run.stderr)


class Rendering(Base):
    def test_bad_words(self):
        for words in ([], ["nothing"], ["forward"], ["master"], ["forward", "--master"], ["forward", "--master", ""], ["forward", "--master", 'a"b'],
                      ["forward", "--master", "a", "--port", "x"], ["master", "--listen", "a", "--database", "host=a b"], ["forward", "--other", "a"]):
            run = subprocess.run([str(RENDER), *words], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stdout), (64, ""), words)
            self.assertTrue(run.stderr, words)
        self.assertIn('conninfo="postgresql://u@h/dms?a=b&c=d"', render("master", "--listen", "::1", "--database", "postgresql://u@h/dms?a=b&c=d"))


if __name__ == "__main__":
    unittest.main()
