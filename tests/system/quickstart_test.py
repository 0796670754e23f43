#!/usr/bin/env python3
"""deploy/quickstart as a new user meets it: up, status, env, tool, down, up again, clean; and what it says when a step fails."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from stack import Stack, TOP, wait_until

PROCESSES = ["postgres", "controller", "master-named", "master-agent", "slave1-named", "slave1-agent", "slave2-named", "slave2-agent"]


def setUpModule():
    global dms, first_up_s
    start = time.monotonic()
    dms = Stack().__enter__()
    first_up_s = time.monotonic() - start


def tearDownModule():
    dms.__exit__()


def family(root):
    """pid -> (start time, command) of a process and all its descendants."""
    children, info = {}, {}
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stat = (path / "stat").read_text()
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        fields = stat.rsplit(")", 1)[1].split()
        children.setdefault(int(fields[1]), []).append(int(path.name))
        info[int(path.name)] = (fields[19], command)
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if pid in info:
            found[pid] = info[pid]
            todo += children.get(pid, [])
    return found


def memory_mb(pids):
    total = 0
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"(?m)^Pss:\s+(\d+) kB", text)
        total += int(found.group(1)) if found else 0
    return total / 1024


class Quickstart(unittest.TestCase):
    def setUp(self):
        if not all(s[1] == "running" for s in dms.status().values()) or not dms.status():
            dms.quickstart("up")

    def test_first_up(self):
        self.assertLess(first_up_s, 180)
        out = dms.up_output
        for word in ("sample.test", "192.0.2.20", "slave1", "slave2", "try next", "MB of memory in all"):
            self.assertIn(word, out)
        for server in dms.slaves:
            self.assertEqual(dms.answer(server, "www.sample.test", "A"), ["192.0.2.20"])
            self.assertEqual(len(dms.answer(server, "sample.test", "MX")), 2)

    def test_printed_commands_work(self):
        printed = dms.up_output.split("try next", 1)[1].splitlines()[1:]
        commands = [line.split("#")[0].strip() if "dig" not in line else line.strip() for line in printed if line.strip()]
        text = "\n".join(printed)
        for line in ("tool ls -v", "tool show_zone sample.test", "tool show_dms_status"):
            found = next((c for c in commands if c.endswith(line)), None)
            self.assertIsNotNone(found, f"{line} is not printed: {text}")
            run = subprocess.run(["bash", "-c", found], capture_output=True, text=True, cwd=TOP, timeout=60, stdin=subprocess.DEVNULL)
            self.assertEqual(run.returncode, 0, f"{found}: {run.stdout}{run.stderr}")
            self.assertTrue(run.stdout.strip(), found)
        dig = next(c for c in commands if "dig @" in c)
        run = subprocess.run(["bash", "-c", dig], capture_output=True, text=True, cwd=TOP, timeout=60)
        self.assertIn("status: NOERROR", run.stdout, run.stderr)
        curl = re.search(r"curl .*?\\\n.*?}'", text, re.S).group(0)
        run = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, cwd=TOP, timeout=60)
        self.assertIn('"sample.test."', run.stdout, run.stderr)

    def test_status(self):
        run = dms.quickstart("status")
        rows = [line.split() for line in run.stdout.splitlines()]
        self.assertEqual([r[0] for r in rows], PROCESSES)
        for name, pid, state in rows:
            self.assertEqual(state, "running")
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            self.assertIn(name.split("-")[-1].encode(), command)

    def test_no_process_is_root(self):
        supervisor = int((dms.dir / "supervisor.pid").read_text())
        pids = family(supervisor)
        self.assertGreaterEqual(len(pids), 8 * 3 + 1)
        for pid, (_, command) in pids.items():
            try:
                self.assertNotEqual(os.stat(f"/proc/{pid}").st_uid, 0, command)
            except FileNotFoundError:
                pass

    def test_env(self):
        script = 'eval "$(deploy/quickstart --dir "$0" env)"; for v in DMS_URL DMS_SOCKET DMS_MASTER DMS_SLAVES DMS_CREDENTIALS; do echo "$v=${!v}"; done'
        run = subprocess.run(["bash", "-c", script, str(dms.dir)], capture_output=True, text=True, cwd=TOP, timeout=60, check=True)
        env = dict(line.split("=", 1) for line in run.stdout.splitlines())
        self.assertRegex(env["DMS_URL"], r"^http://127\.0\.0\.1:\d+/admin_dms$")
        self.assertTrue(pathlib.Path(env["DMS_SOCKET"]).is_socket())
        self.assertRegex(env["DMS_MASTER"], r"^127\.0\.0\.1#\d+$")
        self.assertEqual(len(env["DMS_SLAVES"].split()), 2)
        self.assertRegex(pathlib.Path(env["DMS_CREDENTIALS"]).read_text(), r"^[^:\s]+:\S{12,}\n$")
        self.assertEqual(os.stat(env["DMS_CREDENTIALS"]).st_mode & 0o077, 0)

    def test_no_secret_is_readable_by_others(self):
        secret = pathlib.Path(dms.env["DMS_CREDENTIALS"]).read_text().split(":", 1)[1].strip()
        keys = [p for p in dms.dir.rglob("*.key")] + [dms.dir / "settings", pathlib.Path(dms.env["DMS_CREDENTIALS"])]
        self.assertGreaterEqual(len(keys), 6)
        for path in keys:
            may = 0o027 if path.name in ("control.key", "update.key") else 0o077  # named's group reads these two
            self.assertEqual(os.stat(path).st_mode & may, 0, path)
        for path in (dms.dir / "log").rglob("*"):
            if path.is_file():
                self.assertNotIn(secret, path.read_text(errors="replace"), path)
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.assertNotIn(secret.encode(), path.read_bytes())
            except OSError:
                pass

    def test_database_is_for_its_own_user_only(self):
        """PostgreSQL trusts whoever reaches its socket, so nobody else may."""
        mode = os.stat(dms.dir / "run/.s.PGSQL.5432").st_mode
        self.assertEqual(mode & 0o077, 0, oct(mode))

    def test_tool(self):
        self.assertIn("sample.test", dms.quickstart("tool", "ls").stdout)
        run = dms.quickstart("tool", "create_zone", "--wait", "by-tool.test")
        for server in [dms.master, *dms.slaves]:
            self.assertIsNotNone(dms.soa(server, "by-tool.test"))
        run = dms.quickstart("tool", "show_zone", "absent.test", check=False)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("absent.test", run.stderr)

    def test_up_while_up(self):
        before = dms.status()
        out = dms.quickstart("up").stdout
        self.assertIn("ready after", out)
        self.assertEqual(dms.call("show_zone", name="sample.test")["name"], "sample.test.")
        for name in ("postgres", "controller"):
            self.assertEqual(dms.status()[name], before[name], "a second up restarts what runs")

    def test_down_and_up_again(self):
        dms.live("load_zone", name="kept.test", zi_text="$TTL 1h\nwww IN A 192.0.2.77\n")
        serial = dms.soa(dms.slaves[0], "kept.test")
        versions = dms.call("list_zi", name="sample.test")["all_zis"]
        members = family(int((dms.dir / "supervisor.pid").read_text()))
        self.assertGreater(len(members), 20)
        dms.quickstart("down")
        left = {pid: c for pid, c in members.items() if family(pid).get(pid) == c}
        self.assertEqual(left, {}, "still running after down")
        self.assertEqual({s[1] for s in dms.status().values()}, {"down"})
        start = time.monotonic()
        out = dms.quickstart("up").stdout
        took = time.monotonic() - start
        self.assertLess(took, 10, out)
        self.assertEqual(dms.quickstart("env").stdout.count(dms.master), 1, "the ports are others now")
        self.assertEqual(dms.call("list_zi", name="sample.test")["all_zis"], versions)
        for server in [dms.master, *dms.slaves]:
            self.assertEqual(dms.answer(server, "www.kept.test", "A"), ["192.0.2.77"])
            self.assertEqual(dms.soa(server, "kept.test"), serial)
        dms.live("update_zone_text", name="kept.test", zi_text="$TTL 1h\nwww IN A 192.0.2.78\n")
        self.assertEqual(dms.answer(dms.slaves[1], "www.kept.test", "A"), ["192.0.2.78"])

    def test_killed_process_is_back(self):
        for name in PROCESSES:
            with self.subTest(process=name):
                old = dms.kill(name)
                wait_until(lambda: (s := dms.status()[name])[1] == "running" and int(s[0]) != old, 20, f"{name} is back")
        wait_until(self.works, 60, "an edit goes through")

    def works(self):
        try:
            return dms.live("refresh_zone", name="sample.test", seconds=20)["complete"]
        except Exception:
            return False

    def test_killed_supervision_of_one_process(self):
        pid = dms.pid("slave1-agent")
        parent = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        self.assertEqual(pathlib.Path(f"/proc/{parent}/comm").read_text().strip(), "runsv")
        os.kill(parent, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: (s := dms.status()["slave1-agent"])[1] == "running" and int(s[0]) != pid, 30, "supervised again")

    def test_memory(self):
        """Of the release build: programs with sanitizers need several times as much."""
        subprocess.run("cmake --preset release && cmake --build --preset release", shell=True, cwd=TOP, check=True, capture_output=True, timeout=500)
        before = os.environ.pop("DMS_BIN_DIR", None)
        os.environ["DMS_BIN_DIR"] = str(TOP / "build/release")
        try:
            with Stack() as other:
                used = memory_mb(family(int((other.dir / "supervisor.pid").read_text())))
        finally:
            os.environ.pop("DMS_BIN_DIR")
            if before is not None:
                os.environ["DMS_BIN_DIR"] = before
        self.assertGreater(used, 30, "not everything was counted")
        self.assertLess(used, 300)


class Failures(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dms-fail-"))
        self.dir.chmod(0o755)

    def tearDown(self):
        subprocess.run([str(TOP / "deploy/quickstart"), "--dir", str(self.dir), "clean"], capture_output=True, timeout=60)
        shutil.rmtree(self.dir, ignore_errors=True)

    def up(self, dir, env, user=()):
        run = subprocess.run([*user, str(TOP / "deploy/quickstart"), "--dir", str(dir), "up"], capture_output=True, text=True, timeout=120,
                             env={**os.environ, **env}, stdin=subprocess.DEVNULL)
        self.assertNotEqual(run.returncode, 0, run.stdout)
        return run

    def test_programs_are_missing(self):
        run = self.up(self.dir / "d", {"DMS_BIN_DIR": "/nonexistent"})
        self.assertIn('step "install programs" failed', run.stderr)
        self.assertIn("/nonexistent/dms-controller", run.stderr)
        log = re.search(r"last lines of (\S+):", run.stderr).group(1)
        self.assertIn("/nonexistent/dms-controller", pathlib.Path(log).read_text())
        shutil.rmtree(self.dir / "d")

    def test_program_does_not_start(self):
        bad = self.dir / "bin"
        bad.mkdir()
        for name in ("dms-controller", "dms-agent", "zone_tool"):
            (bad / name).write_text("#!/bin/sh\necho 'this build is broken' >&2\nexit 1\n")
            (bad / name).chmod(0o755)
        run = self.up(self.dir / "d", {"DMS_BIN_DIR": str(bad)})
        self.assertRegex(run.stderr, r'step "[^"]+" failed')
        self.assertIn("this build is broken", run.stderr)
        self.assertTrue(pathlib.Path(re.search(r"last lines of (\S+):", run.stderr).group(1)).exists())
        subprocess.run([str(TOP / "deploy/quickstart"), "--dir", str(self.dir / "d"), "clean"], check=True, capture_output=True, timeout=60)
        self.assertFalse((self.dir / "d").exists())

    def test_directory_cannot_be_made(self):
        run = self.up("/proc/no/such/place", {})
        self.assertIn("/proc/no/such/place", run.stderr)
        self.assertRegex(run.stderr, r"quickstart: .*director")

    def test_directory_the_user_may_not_enter(self):
        """Root gives a directory inside one that the unprivileged user may not enter."""
        closed = self.dir / "closed"
        closed.mkdir(mode=0o700)
        run = self.up(closed / "d", {})
        self.assertRegex(run.stderr, r'step "directory [^"]+" failed')
        self.assertIn(f"user dms-quickstart cannot write in {closed}/d", run.stderr)
        subprocess.run([str(TOP / "deploy/quickstart"), "--dir", str(closed / "d"), "clean"], capture_output=True, timeout=60)

    def test_nothing_there_yet(self):
        for command in ("status", "env", "tool"):
            run = subprocess.run([str(TOP / "deploy/quickstart"), "--dir", str(self.dir), command], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
            self.assertEqual(run.returncode, 1)
            self.assertIn("run deploy/quickstart first", run.stderr)

    def test_wrong_words(self):
        for args in (["upp"], ["--dri", "x"], ["--dir"]):
            run = subprocess.run([str(TOP / "deploy/quickstart"), *args], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("quickstart: ", run.stderr)


class Clean(unittest.TestCase):
    def test_nothing_is_left(self):
        stack = Stack()
        stack.__enter__()
        try:
            members = family(int((stack.dir / "supervisor.pid").read_text()))
            self.assertGreater(len(members), 20)
        finally:
            stack.quickstart("clean")
        left = {pid: c for pid, c in members.items() if family(pid).get(pid) == c}
        self.assertEqual(left, {})
        self.assertFalse(stack.dir.exists())
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.assertNotIn(str(stack.dir).encode(), path.read_bytes())
            except OSError:
                pass


if __name__ == "__main__":
    unittest.main()
