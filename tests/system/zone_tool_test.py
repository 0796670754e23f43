#!/usr/bin/env python3
"""zone_tool against a running controller: one-shot, piped and interactive.

DMS_SOCKET names a controller that runs (as `deploy/quickstart env` prints it); without it one is brought up.  The program is $DMS_BIN_DIR/zone_tool,
else that of the PATH."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

SOCKET, URL, CREDENTIALS = (os.environ.get(name) for name in ("DMS_SOCKET", "DMS_URL", "DMS_CREDENTIALS"))
TOOL = str(pathlib.Path(os.environ["DMS_BIN_DIR"], "zone_tool").resolve()) if "DMS_BIN_DIR" in os.environ else shutil.which("zone_tool") or "zone_tool"
LIMIT_S = 60
dms = None


def setUpModule():
    global SOCKET, URL, CREDENTIALS, dms, TMP
    TMP = tempfile.mkdtemp(prefix="zone-tool-test-")
    if SOCKET is None:
        from stack import Stack
        dms = Stack().__enter__()
        SOCKET, URL, CREDENTIALS = dms.socket, dms.env["DMS_URL"], dms.env["DMS_CREDENTIALS"]


def tearDownModule():
    shutil.rmtree(TMP)
    if dms is not None:
        dms.__exit__()


def environment(**more):
    env = {k: v for k, v in os.environ.items() if k not in ("VISUAL", "LESS", "DMS_URL", "DMS_CREDENTIALS", "DMS_WAIT", "NO_COLOR")}
    env.update(DMS_SOCKET=SOCKET, HOME=TMP, TERM="vt100", TZ="UTC", TMPDIR=TMP, EDITOR="/bin/false", PAGER="cat")
    env.update(more)
    return env


def tool(*words, stdin=None, **env):
    """One run; stdin None: /dev/null."""
    return subprocess.run([TOOL, *words], input=stdin if stdin is not None else "", capture_output=True, text=True, timeout=LIMIT_S,
                          env=environment(**env))


def json_of(*words, **env):
    run = tool("-o", "json", *words, **env)
    if run.returncode != 0:
        raise AssertionError(f"{words}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    return json.loads(run.stdout)


def program(name, text):
    """An executable script, for EDITOR."""
    path = pathlib.Path(TMP, name)
    path.write_text("#!/bin/sh\nfor file; do :; done\n" + text)
    path.chmod(0o755)
    return str(path)


class Terminal:
    """zone_tool on a pseudo-terminal; expect() waits for text, never for time."""

    def __init__(self, *words, **env):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(TOOL, [TOOL, *words], environment(**env))

    def expect(self, pattern):
        end = time.monotonic() + LIMIT_S
        while True:
            found = re.search(pattern, self.seen)
            if found:
                before, self.seen = self.seen[:found.end()], self.seen[found.end():]
                return before
            left = end - time.monotonic()
            ready, _, _ = select.select([self.fd], [], [], max(left, 0))
            try:
                data = os.read(self.fd, 65536) if ready else b""
            except OSError:
                data = b""
            if not data:
                raise AssertionError(f"{pattern!r} did not come; there is {self.seen!r}")
            self.seen += data.decode(errors="replace")

    def send(self, text):
        os.write(self.fd, text.encode())

    def line(self, text, until="zone_tool > "):
        self.send(text + "\r")
        return self.expect(until)

    def end(self):
        """Wait for its end: exit code."""
        end = time.monotonic() + LIMIT_S
        while True:
            if not select.select([self.fd], [], [], max(end - time.monotonic(), 0))[0]:
                raise AssertionError(f"it does not end; there is {self.seen!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                break
            self.seen += data.decode(errors="replace")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)


class Case(unittest.TestCase):
    """Zones of one test have names of their own and are gone after it."""

    def setUp(self):
        self.zone = f"{self.id().rsplit('.', 1)[1].replace('_', '-')}.{os.getpid()}.zone-tool.test."
        self.addCleanup(lambda: tool("-f", "delete_zone", self.zone))

    def ok(self, *words, **kw):
        run = tool(*words, **kw)
        self.assertEqual(run.returncode, 0, f"{words}\n{run.stdout}{run.stderr}")
        return run.stdout

    def fails(self, code, *words, **kw):
        run = tool(*words, **kw)
        self.assertEqual(run.returncode, code, f"{words}\n{run.stdout}{run.stderr}")
        return run.stderr

    def versions(self):
        return len(json_of("ls_zi", self.zone))

    def kept(self, text):
        path = re.search(r"your text is kept in (\S+)", text)
        self.assertIsNotNone(path, text)
        path = pathlib.Path(path[1])
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        return path.read_text()


class OneShot(Case):
    def test_create_show_list_delete(self):
        created = self.ok("create_zone", self.zone, "--wait")
        self.assertRegex(created, r"^change \d+\n")
        for word in ("committed 0 ms", r"master \S+ \d+ ms", r"live \S+ \d+ ms"):
            self.assertRegex(created, word)
        self.assertEqual(self.ok("ls", self.zone), self.zone + "\n")
        self.assertEqual(self.ok("ls", self.zone.rstrip(".")), self.zone + "\n")
        self.assertRegex(self.ok("ls", "-v", self.zone), rf"^{re.escape(self.zone)} +\d{{10}} +PUBLISHED ")
        text = self.ok("show_zone", self.zone)
        self.assertIn(f"$ORIGIN {self.zone}", text)
        self.assertRegex(self.ok("ls_zi", self.zone), r"^        \*\d+ +\d{10} +[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d ")
        state = self.ok("show_zonesm", self.zone)
        self.assertRegex(state, rf"^        name:            {re.escape(self.zone)}\n")
        self.assertIn("\n\n        zi_id:           ", state)
        self.assertRegex(state, r"edit_lock:       (True|False)\n")
        self.fails(73, "create_zone", self.zone)
        gone = self.ok("-f", "delete_zone", self.zone, "--wait")
        self.assertRegex(gone, r"gone \S+ \d+ ms")
        self.assertIn("***   ", self.fails(68, "show_zone", self.zone))

    def test_quoting_is_kept(self):
        """Arguments are not joined and split again: a blank stays inside its word."""
        path = pathlib.Path(TMP, "a file 'with' blanks.zone")
        path.write_text("$TTL 1h\nwww A 192.0.2.1\n")
        self.ok("load_zone", str(path), self.zone)
        self.assertIn("192.0.2.1", self.ok("show_zone", self.zone))
        self.assertEqual(self.fails(71, "load_zone", str(path) + "x", self.zone)[:6], "***   ")

    def test_confirmation(self):
        self.ok("create_zone", self.zone)
        self.assertIn("-f", self.fails(75, "delete_zone", self.zone))
        self.ok("show_zone", self.zone)
        self.ok("delete_zone", "-f", self.zone)

    def test_errors_and_exit_codes(self):
        self.fails(64, "nonsense")
        self.fails(64, "ls", "--bogus")
        self.fails(64, "show_zone")
        self.fails(68, "ls", "no-such-zone." + self.zone)
        self.fails(68, "show_change", "999999999999")
        self.ok("create_zone", self.zone)
        self.fails(64, "show_zone", self.zone, "@3x")
        self.fails(69, "ls", DMS_SOCKET="/nonexistent/dms.sock")
        error = json.loads(self.fails(68, "-o", "json", "show_zone", "x." + self.zone))
        self.assertEqual(error["data"]["error"], "ZONE_NOT_FOUND")

    def test_errors_say_what_to_do(self):
        self.assertIn("ls lists the zones", self.fails(68, "show_zone", "absent." + self.zone))
        self.ok("create_zone", self.zone, "edit_lock")
        for words in (("delete_zone", "-f"), ("edit_zone",)):
            editor = program("locked", '"$TOOL" $1 2>&1 | tr -s " \\n" " "\n')
            verb = f"{words[0]} {self.zone} {' '.join(words[1:])}"
            self.assertIn("clear_edit_lock ZONE TOKEN", self.ok("edit_zone", self.zone, VISUAL=f"{editor} '{verb}'", TOOL=TOOL))
        self.assertIn("ls_server lists the servers", self.fails(68, "show_server", "no-such-server"))
        self.assertIn("reset_server", tool("help", "restore_named_db").stderr)

    def test_start_up_options(self):
        """Defaults of switches: a switch or an argument of the command goes before them; the predecessor's that are gone say so."""
        self.ok("create_zone", self.zone)
        first = json_of("show_zonesm", self.zone)["zi_id"]
        path = pathlib.Path(TMP, "start.zone")
        path.write_text("$TTL 1h\nwww A 192.0.2.1\n")
        self.ok("load_zone_zi", str(path), self.zone, "--wait")
        second = json_of("show_zonesm", self.zone)["zi_id"]
        for words, zi in (((self.zone,), first), ((self.zone, str(second)), second), ((self.zone, "-z", str(second)), second)):
            self.assertRegex(self.ok("-z", str(first), "show_zi", *words), rf"zi_id: +{zi}\n")
        self.assertRegex(self.ok("-n", self.zone, "record_query_db", "www"), r"^www +A +192\.0\.2\.1\n")
        self.assertRegex(self.ok("record_query_db", "--zone", self.zone, "www"), "192")
        self.ok("-u", "-f", "poke_zone_set_serial", self.zone)
        self.ok("-f", "poke_zone_set_serial", "--soa-serial-update", self.zone)
        self.assertIn("no-group", self.fails(65, "-g", "no-group", "show_apex_ns"))
        self.assertIn("ns", self.ok("-g", "no-group", "show_apex_ns", "public"))
        for words, told in ((("-s", "HOSTED", "ls"), "--url"), (("--sectag", "HOSTED", "ls"), "--url"), (("-vj", "ls_server"), "ls_server -v"),
                            (("-c", "/etc/dms/dms.conf", "ls"), "--socket"), (("-d", "1", "ls"), "[log]"), (("-D", "ls"), "every verb")):
            self.assertIn(told, self.fails(64, *words))
        self.assertIn("is not known", self.fails(64, "-J", "ls"))

    def test_bytes_that_are_no_text(self):
        """They would be left out of the request, which would then mean something else."""
        run = lambda *words: subprocess.run([TOOL, *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S, env=environment())
        for words in ((b"show_zone", b"a\xff"), (b"ls_changes", b"--login", b"\xff"), (b"ls", b"-r", b"\xc3", b"*")):
            told = run(*words)
            self.assertEqual(told.returncode, 64, told.stderr)
            self.assertIn(b"is not UTF-8 text", told.stderr)
        path = os.path.join(TMP.encode(), b"\xff.zone")
        pathlib.Path(os.fsdecode(path)).write_text("www A 192.0.2.1\n")
        self.assertEqual(run(b"load_zone", path, self.zone.encode()).returncode, 0)

    def test_output_that_cannot_be_written(self):
        for words in (("help",), ("ls",), ("--man",), ("-o", "json", "ls")):
            with open("/dev/full", "w") as full:
                run = subprocess.run([TOOL, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=LIMIT_S, env=environment())
            self.assertEqual(run.returncode, 74, run.stderr)
            self.assertIn("could not be written", run.stderr)
        head = subprocess.run(f"{TOOL} --man | head -1; echo ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash", capture_output=True, text=True, env=environment())
        self.assertRegex(head.stdout, r"\n0\n$")
        self.assertEqual(head.stderr, "")

    def test_events_have_names(self):
        self.ok("create_zone", "--wait", self.zone)
        zi = json_of("show_zonesm", self.zone)["zi_id"]
        self.assertRegex(self.ok("ls_events", "50"), rf"(?m)^        ZoneSMDoConfig +\d+ +SUCCESS\n        {re.escape(self.zone)} {zi} ")
        event = next(e for e in json_of("ls_events", "50") if e["event_type"] == "ZoneSMConfig" and e["name"] == self.zone)
        self.assertRegex(self.ok("show_event", str(event["event_id"])), rf"name: +{re.escape(self.zone)}\n")

    def test_bad_file_is_told_with_line(self):
        path = pathlib.Path(TMP, "bad.zone")
        path.write_text("$TTL 1h\nwww A 192.0.2.1\nmail A 192.0.2.BAD\nftp A 192.0.2.X\n")
        told = self.fails(65, "load_zone", str(path), self.zone)
        self.assertRegex(told, r"3:\d+: ")
        self.assertRegex(told, r"4:\d+: ")
        self.fails(68, "ls", self.zone)

    def test_doubtful_file(self):
        path = pathlib.Path(TMP, "doubtful.zone")
        path.write_text("$TTL 1h\nm TXT x\n@ MX 10 m\n")
        told = self.fails(65, "load_zone", "--strict", str(path), self.zone)
        self.assertRegex(told, r"3:1: MX target")
        self.assertRegex(told, r"add an A or AAAA record \(RFC 5321")
        self.fails(68, "ls", self.zone)
        run = tool("load_zone", str(path), self.zone)
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stderr, r"done, with a warning:\n +3:1: warning: MX target")
        self.assertIn("| >!<@ MX 10 m", run.stderr)
        path.write_text("".join(f"h{i} A BAD\n" for i in range(120)))
        self.assertIn("and 20 more", self.fails(65, "load_zone_zi", str(path), self.zone))

    def test_load_many(self):
        names = [f"{n}.{self.zone}".rstrip(".") for n in ("one", "two", "three")]
        folder = pathlib.Path(TMP, "many")
        folder.mkdir()
        for n in names:
            folder.joinpath(n + ".zone").write_text("$TTL 1h\nwww A 192.0.2.1\n")
            self.addCleanup(lambda n=n: tool("-f", "delete_zone", n))
        folder.joinpath(names[1] + ".zone").write_text("www A BAD\n")
        files = sorted(str(p) for p in folder.iterdir())
        self.fails(75, "load_zones", *files)
        run = tool("load_zones", "-f", *files)
        self.assertEqual(run.returncode, 65)
        self.assertIn("2 loaded, 1 refused, 0 left", run.stdout)
        self.assertEqual(len(self.ok("ls", "*." + self.zone).splitlines()), 2)

    def test_load_names_from_files(self):
        """-o takes the name from the file; reverse names become networks; each file's own name, whatever came before."""
        a, b = os.getpid() // 250 % 250, os.getpid() % 250
        folder = pathlib.Path(TMP, "named")
        folder.mkdir()
        origin = folder / "any"
        origin.write_text(f"; note\n$TTL 1h\n$ORIGIN {self.zone}\nwww A 192.0.2.1\n")
        reverse = folder / f"{b}.{a}.10.in-addr.arpa.zone"
        reverse.write_text("$TTL 1h\n1 PTR www.example.net.\n")
        self.addCleanup(lambda: tool("-f", "delete_zone", f"10.{a}.{b}.0/24"))
        self.assertIn(self.zone + " loaded", self.ok("load_zones", "-fo", str(origin)))
        self.assertIn(f"10.{a}.{b}.0/24 loaded", self.ok("load_zones", "-f", str(reverse)))

    def test_new_version_and_difference(self):
        path = pathlib.Path(TMP, "v.zone")
        path.write_text("$TTL 1h\nwww A 192.0.2.1\n")
        self.ok("load_zone", str(path), self.zone)
        path.write_text("$TTL 1h\nwww A 192.0.2.2\n")
        self.ok("load_zone_zi", str(path), self.zone, "--wait")
        difference = self.ok("diff_zone_zi", self.zone, "^-")
        self.assertRegex(difference, r"(?m)^-.*192\.0\.2\.1$")
        self.assertRegex(difference, r"(?m)^\+.*192\.0\.2\.2$")
        self.assertNotIn("zi_ctime", difference)
        self.assertEqual(self.ok("diff_zone_zi", self.zone, "^"), "")
        receipt = json_of("refresh_zone", "-f", self.zone, "^-", "--wait")["receipt"]
        self.assertTrue(receipt["complete"])
        self.assertIn("192.0.2.1", self.ok("show_zone", self.zone))

    def test_state_changes(self):
        self.ok("create_zone", self.zone, "--wait")
        self.ok("disable_zone", self.zone, "--wait")
        self.assertIn("DISABLED", self.ok("ls", "-v", self.zone))
        self.fails(76, "disable_zone", self.zone)
        self.ok("enable_zone", self.zone, "--wait")
        self.assertIn("PUBLISHED", self.ok("ls", "-v", self.zone))
        receipt = json_of("refresh_zone", self.zone)
        picture = self.ok("show_change", str(receipt["change_id"]))
        self.assertRegex(picture, r"committed +0 ms \|")
        self.ok("wait_change", str(receipt["change_id"]))

    def test_wait_by_environment(self):
        self.assertIn("committed 0 ms", self.ok("create_zone", self.zone, DMS_WAIT="30"))
        self.assertNotIn("committed", self.ok("refresh_zone", self.zone, "--wait=0", DMS_WAIT="30"))

    def test_servers_and_status(self):
        servers = self.ok("ls_server").split()
        self.assertGreaterEqual(len(servers), 3)
        self.assertRegex(self.ok("show_server", servers[0]), rf"^        server_name: +{servers[0]}\n")
        self.fails(68, "ls_server", "no-such-*")
        status = self.ok("show_dms_status")
        for heading in ("show_master_status:", "show_replica_sg:", "ls_server:", "list_pending_events:"):
            self.assertIn(heading, status)
        self.assertRegex(self.ok("show_config"), r"(?m)^        default_sg: {7} \S+$")
        group = self.ok("ls_sg").split()[0]
        self.assertIn("server status:", self.ok("show_sg", group).replace("named status", "server status"))
        self.ok("ls_pending_events")
        self.ok("ls_events", "3")

    def test_help_and_version(self):
        self.assertIn("create_zone", self.ok("help"))
        self.assertIn("-g, --server-group", self.ok("help", "create_zone"))
        self.assertEqual(self.ok("help", "create_zone"), self.ok("create_zone", "-h"))
        self.assertRegex(self.ok("--version"), r"^zone_tool \d")
        self.assertIn("usage: zone_tool", self.ok("--help"))
        self.fails(64, "--bogus")

    def test_restricted(self):
        """The verbs are those of the methods that the controller gives: no list of the tool's own."""
        if dms is None:
            self.skipTest("makes front ends and accounts")
        verbs = lambda out: set(re.findall(r"(?m)^ {4}(\w+)", out))
        everything = verbs(self.ok("help"))
        self.assertEqual(verbs(self.ok("--restricted", "help")), everything)
        dms.call("set_account", uri="/helpdesk_dms", login="restricted", password="a pass phrase")
        dms.call("create_front_end", uri="/tool_few", role="helpdesk", methods=["list_zone", "show_zone_text", "delete_zone"])
        self.addCleanup(dms.call, "delete_front_end", uri="/tool_few")
        dms.call("set_account", uri="/tool_few", login="restricted", password="a pass phrase")
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("restricted:a pass phrase\n")
            file.flush()
            for uri, there, absent in (("/helpdesk_dms", {"ls", "edit_zone", "create_reference", "help"}, {"create_server", "ls_front_end", "refresh_all"}),
                                       ("/tool_few", {"ls", "show_zone", "delete_zone", "ls_deleted", "help", "exit", "generate_tsig_key"}, everything)):
                remote = ["--url", re.match(r"http://[^/]+", dms.env["DMS_URL"])[0] + uri, "--credentials", file.name, "--restricted"]
                seen = verbs(self.ok(*remote, "help"))
                self.assertLessEqual(there, seen)
                self.assertFalse((absent - there) & seen)
                self.assertIn("Unknown syntax", self.fails(64, *remote, "create_server", "x", "192.0.2.1"))
                self.fails(64, *remote, "help", "create_server")
                self.ok(*remote, "ls")


class Http(Case):
    """The same over HTTP: needs DMS_URL and DMS_CREDENTIALS where DMS_SOCKET is given."""

    def setUp(self):
        super().setUp()
        self.assertTrue(URL and CREDENTIALS, "DMS_URL and DMS_CREDENTIALS are not set")

    def secret(self, mode):
        path = pathlib.Path(TMP, "credentials")
        path.write_text(pathlib.Path(CREDENTIALS).read_text())
        path.chmod(mode)
        return str(path)

    def test_credentials_file(self):
        self.ok("--url", URL, "--credentials", self.secret(0o600), "create_zone", self.zone, "--wait")
        self.ok("ls", self.zone, DMS_SOCKET="", DMS_URL=URL, DMS_CREDENTIALS=self.secret(0o600))

    def test_file_that_others_can_read(self):
        told = self.fails(77, "--url", URL, "--credentials", self.secret(0o640), "ls")
        self.assertIn("chmod 0600", told)

    def test_no_and_wrong_password(self):
        self.fails(77, "--url", URL, "ls")
        wrong = pathlib.Path(TMP, "wrong")
        wrong.write_text("nobody:nothing\n")
        wrong.chmod(0o600)
        self.fails(77, "--url", URL, "--credentials", str(wrong), "ls")

    def test_netrc(self):
        user, password = pathlib.Path(CREDENTIALS).read_text().strip().split(":", 1)
        home = pathlib.Path(tempfile.mkdtemp(dir=TMP))
        host = re.match(r"https?://([^:/]+)", URL)[1]
        (home / ".netrc").write_text(f"machine {host} login {user} password {password}\n")
        (home / ".netrc").chmod(0o600)
        self.ok("--url", URL, "ls_server", HOME=str(home))


class Piped(Case):
    def test_lines(self):
        run = tool(stdin=f"# a comment\n\ncreate_zone {self.zone}\nls '{self.zone}'\nexit\nnonsense\n")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(self.zone, run.stdout)
        self.assertNotIn("zone_tool >", run.stdout)

    def test_exit_code_of_the_last_failure(self):
        run = tool(stdin=f"nonsense\nshow_zone x.{self.zone}\nhelp\n")
        self.assertEqual(run.returncode, 68)

    def test_stop_on_error(self):
        run = tool("--stop-on-error", stdin=f"show_zone x.{self.zone}\ncreate_zone {self.zone}\n")
        self.assertEqual(run.returncode, 68)
        self.fails(68, "ls", self.zone)

    def test_unbalanced_quote(self):
        run = tool(stdin="ls 'a\nhelp ls\n")
        self.assertEqual(run.returncode, 64)
        self.assertIn("quote ' at column 4 is not closed", run.stderr)
        self.assertIn("ls [-", run.stdout)

    def test_switches_do_not_leak(self):
        self.ok("create_zone", self.zone)
        run = tool(stdin=f"ls -v {self.zone}\nls {self.zone}\ndelete_zone {self.zone}\n")
        self.assertEqual(run.stdout.splitlines()[1], self.zone)
        self.assertEqual(run.returncode, 75)


class Edit(Case):
    def setUp(self):
        super().setUp()
        path = pathlib.Path(TMP, "edit.zone")
        path.write_text("$TTL 1h\n;| Web\nwww A 192.0.2.1\n")
        self.ok("load_zone", str(path), self.zone, *self.options(), "--wait")

    def options(self):
        return ["edit_lock"] if "lock" in self.id().rsplit(".", 1)[1] else []

    def test_save(self):
        before = set(pathlib.Path(TMP).glob("zone_tool-*"))
        editor = program("append", 'ls -ld "${file%/*}" | cut -c1-10; echo "mail A 192.0.2.9" >> "$file"\n')
        out = self.ok("edit_zone", self.zone, "--wait", VISUAL=editor)
        self.assertIn("drwx------", out)
        self.assertRegex(out, r"live \S+ \d+ ms")
        self.assertIn("192.0.2.9", self.ok("show_zone", self.zone))
        self.assertEqual(set(pathlib.Path(TMP).glob("zone_tool-*")), before)

    def test_editor_with_arguments(self):
        self.ok("edit_zone", "--wait", self.zone, EDITOR="sed -i s/192.0.2.1$/192.0.2.77/")
        self.assertIn("192.0.2.77", self.ok("show_zone", self.zone))

    def test_unchanged(self):
        before = self.versions()
        self.assertIn("unchanged after editing", self.ok("edit_zone", self.zone, VISUAL="touch"))
        self.assertEqual(self.versions(), before)

    def test_editor_fails(self):
        editor = program("half", 'echo "half A 192.0.2.5" >> "$file"; exit 3\n')
        told = self.fails(70, "edit_zone", self.zone, VISUAL=editor)
        self.assertIn("192.0.2.5", self.kept(told))
        self.assertIn("could not be run", self.fails(70, "edit_zone", self.zone, VISUAL="/nonexistent/editor"))

    def test_refused_text_is_kept(self):
        editor = program("bad", 'echo "bad A 192.0.2.BAD" >> "$file"\n')
        told = self.fails(65, "edit_zone", self.zone, VISUAL=editor)
        self.assertRegex(told, r"\d+:\d+: ")
        self.assertIn("192.0.2.BAD", self.kept(told))

    def test_somebody_saved_in_between(self):
        editor = program("race", f'"$TOOL" load_zone_zi --wait "$OTHER" "$ZONE" >&2; echo "late A 192.0.2.3" >> "$file"\n')
        other = pathlib.Path(TMP, "other.zone")
        other.write_text("$TTL 1h\nwww A 192.0.2.200\n")
        told = self.fails(75, "edit_zone", self.zone, VISUAL=editor, TOOL=TOOL, OTHER=str(other), ZONE=self.zone)
        self.assertIn("was made by", told)
        self.assertIn("192.0.2.3", self.kept(told))
        self.assertIn("192.0.2.200", self.ok("show_zone", self.zone))

    def test_lock_is_held_and_given_back(self):
        editor = program("held", '"$TOOL" edit_zone "$ZONE"; echo "second: $?"\n')
        out = self.ok("edit_zone", self.zone, VISUAL=editor, TOOL=TOOL, ZONE=self.zone)
        self.assertIn("second: 69", out)
        self.assertIsNone(json_of("show_zonesm", self.zone)["edit_lock_token"])

    def test_lock_is_lost(self):
        editor = program("lost", 'token=$("$TOOL" show_zonesm "$ZONE" | sed -n "s/.*edit_lock_token: *//p")\n'
                                 '"$TOOL" clear_edit_lock "$ZONE" "$token"; echo "lost A 192.0.2.4" >> "$file"\n')
        told = self.fails(75, "edit_zone", self.zone, VISUAL=editor, TOOL=TOOL, ZONE=self.zone)
        self.assertIn("192.0.2.4", self.kept(told))
        self.assertNotIn("192.0.2.4", self.ok("show_zone", self.zone))

    def test_lock_is_tickled_while_the_editor_runs(self):
        """The lock is broken while the editor is open: only a tickle during that time can notice it before the end."""
        fifo = pathlib.Path(TMP, "tickle")
        os.mkfifo(fifo)
        editor = program("wait", 'token=$("$TOOL" show_zonesm "$ZONE" | sed -n "s/.*edit_lock_token: *//p")\n'
                                 '"$TOOL" clear_edit_lock "$ZONE" "$token"; echo "x A 192.0.2.4" >> "$file"; cat "$FIFO" >/dev/null\n')
        run = subprocess.Popen([TOOL, "edit_zone", self.zone], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, env=environment(
            VISUAL=editor, TOOL=TOOL, ZONE=self.zone, FIFO=str(fifo), DMS_TICKLE="1"))
        with open(fifo, "w"):
            # the editor is open now; its end waits for ours.  Two rounds of the timer:
            select.select([], [], [], 2.5)
        told = run.communicate(timeout=LIMIT_S)[1]
        self.assertEqual(run.returncode, 75, told)
        self.assertIn("the edit lock was lost while you were editing", told)
        self.assertIn("192.0.2.4", self.kept(told))

    def test_loop_on_a_terminal(self):
        """Bad text: told, back in the editor at its line; then the difference is shown, then saved."""
        editor = program("loop", 'echo "editor: $*"\n'
                                 'if grep -q BAD "$file"; then sed -i "s/BAD/44/" "$file"; else echo "new A 192.0.2.BAD" >> "$file"; fi\n')
        with Terminal("edit_zone", "--wait", self.zone, VISUAL=editor) as t:
            t.expect(r"editor: /")
            t.expect(r"--\[U\]/a/c/d> ")
            t.send("\r")
            told = t.expect(r"--\[Y\]/n> ")
            line = re.search(r"(\d+):\d+: ", told)
            self.assertIsNotNone(line, told)
            t.send("\r")
            t.expect(rf"editor: \+{line[1]} /")
            t.expect(r"--\[U\]/a/c/d> ")
            t.send("d\r")
            shown = t.expect(r"--\[U\]/a/c/d> ")
            self.assertRegex(shown, r"\x1b\[32m\+new A 192\.0\.2\.44")
            t.send("u\r")
            t.expect(r"change \d+")
            self.assertEqual(t.end(), 0)
        self.assertIn("192.0.2.44", self.ok("show_zone", self.zone))

    def test_ctrl_c_gives_the_lock_back(self):
        """At the question after the editor, and at the one after a refusal; the text is kept."""
        for address, question in (("192.0.2.8", r"--\[U\]/a/c/d> "), ("192.0.2.BAD", r"--\[Y\]/n> ")):
            with Terminal("edit_zone", self.zone, VISUAL=program("interrupted", f'echo "new A {address}" >> "$file"\n')) as t:
                t.expect(r"--\[U\]/a/c/d> ")
                if address.endswith("BAD"):
                    t.send("\r")
                    t.expect(question)
                t.send("\x03")
                t.end()
                self.assertIn(address, self.kept(t.seen))
            self.assertIsNone(json_of("show_zonesm", self.zone)["edit_lock_token"])

    def test_editor_removes_the_file(self):
        self.assertNotIn("is kept", self.fails(74, "edit_zone", self.zone, VISUAL="rm"))
        self.assertIn("VISUAL is not a command", self.fails(70, "edit_zone", self.zone, VISUAL="'vi"))

    def test_abort_on_a_terminal(self):
        before = self.versions()
        with Terminal("edit_zone", self.zone, VISUAL=program("abort", 'echo "new A 192.0.2.8" >> "$file"\n')) as t:
            t.expect(r"--\[U\]/a/c/d> ")
            t.send("a\r")
            self.assertEqual(t.end(), 0)
        self.assertEqual(self.versions(), before)


class Interactive(Case):
    def test_completion_history_and_ctrl_c(self):
        self.ok("create_zone", self.zone)
        home = pathlib.Path(tempfile.mkdtemp(dir=TMP))
        with Terminal(HOME=str(home)) as t:
            t.expect("Welcome to zone_tool")
            t.expect("zone_tool > ")
            t.send("ls_zi\t")
            t.expect("ls_zi ")
            t.send(self.zone[:-12] + "\t")
            t.expect(re.escape(self.zone[-12:]))
            t.send("\r")
            t.expect(r" \d{10} ")
            t.expect("zone_tool > ")
            t.send("set_config soa_mi\t")
            t.expect("set_config soa_minimum ")
            t.send("\x03")
            t.expect(r"\^C")
            t.expect("zone_tool > ")
            t.send("ls --ver\t")
            t.expect("--verbose ")
            t.send("\x03")
            t.expect(r"\^C")
            t.expect("zone_tool > ")
            t.line("ls_server")
            t.line("ls 'open")
            self.assertIn(self.zone, t.line("ls " + self.zone))
            t.send("\x04")
            self.assertEqual(t.end(), 0)
        history = home / ".zone_tool_history"
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        self.assertEqual(history.read_text().splitlines(), [f"ls_zi {self.zone}", "ls_server", "ls 'open", "ls " + self.zone])
        with Terminal(HOME=str(home)) as t:
            t.expect("zone_tool > ")
            t.send("\x1b[A\x1b[A\x1b[A")
            t.expect("_server")
            t.send("\r")
            t.expect(re.escape(json_of("ls_server")[0]["server_name"]))
            t.expect("zone_tool > ")
            t.line("exit", until="exit")
            self.assertEqual(t.end(), 0)

    def test_confirmation(self):
        self.ok("create_zone", self.zone)
        with Terminal() as t:
            t.expect("zone_tool > ")
            t.send(f"delete_zone {self.zone}\r")
            t.expect("Do really you wish to do this")
            t.expect(r"--y/\[N\]> ")
            t.send("what\r")
            t.expect(r"--y/\[N\]> ")
            t.send("\r")
            t.expect("zone_tool > ")
            self.assertIn(self.zone, t.line("ls " + self.zone))
            t.send(f"delete_zone {self.zone}\r")
            t.expect(r"--y/\[N\]> ")
            t.send("y\r")
            t.expect(r"change \d+")
            t.expect("zone_tool > ")
            t.send("\x04")
            self.assertEqual(t.end(), 0)
        self.fails(68, "ls", self.zone)

    def test_wait_is_painted_in_place(self):
        with Terminal("create_zone", "--wait", self.zone) as t:
            t.expect("committed")
            self.assertEqual(t.end(), 0)
            self.assertRegex(t.seen, r"\x1b\[32m(live|master)")

    def test_difference_is_coloured(self):
        path = pathlib.Path(TMP, "colour.zone")
        for n in (1, 2):
            path.write_text(f"$TTL 1h\nwww A 192.0.2.{n}\n")
            self.ok("load_zone" if n == 1 else "load_zone_zi", str(path), self.zone, "--wait")
        for env, wanted in (({}, r"\x1b\[32m\+www .*192\.0\.2\.2\x1b\[0m"), ({"NO_COLOR": "1"}, r"(?m)^\+www .*192\.0\.2\.2\r?$")):
            with Terminal("diff_zone_zi", self.zone, "^-", PAGER="cat", **env) as t:
                self.assertEqual(t.end(), 0)
                self.assertRegex(t.seen, wanted)

    def test_pager(self):
        with Terminal("help", PAGER="sh -c 'echo PAGED; cat'") as t:
            t.expect("PAGED")
            t.expect("create_zone")
            self.assertEqual(t.end(), 0)


if __name__ == "__main__":
    unittest.main()
