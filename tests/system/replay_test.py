#!/usr/bin/env python3
"""Sessions of front ends that speak to the predecessor (tests/fixtures/sessions) get the documented answers, over HTTP with Basic
authentication; and what the predecessor got wrong is right (behaviour.md 15.4)."""
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest

from stack import TOP, RpcError, Stack, wait_until

SESSIONS = sorted((TOP / "tests/fixtures/sessions").glob("*.json"))
URIS = ("/admin_dms", "/helpdesk_dms", "/value_reseller_dms", "/hosted_dms", "/list_zone")
TEXT = "$TTL 1h\nwww IN A 192.0.2.1\n"
KINDS = {"$int": lambda v: type(v) is int, "$str": lambda v: isinstance(v, str) and v != "", "$bool": lambda v: isinstance(v, bool), "$any": lambda v: True,
         "$serial": lambda v: type(v) is int and 10**9 <= v < 2**32,
         "$time": lambda v: isinstance(v, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:?\d\d)?", v) is not None}


def setUpModule():
    global dms
    dms = Stack().__enter__()
    for uri in URIS:
        dms.call("set_account", uri=uri, login="replay", password="replayed session")


def tearDownModule():
    dms.__exit__()


def mismatch(expected, got, path=""):
    """What makes an answer another than the documented one; None: nothing."""
    if isinstance(expected, str) and expected in KINDS:
        return None if KINDS[expected](got) else f"{path}: {got!r} is no {expected}"
    if isinstance(expected, str) and len(expected) > 2 and expected[0] == expected[-1] == "/":
        return None if isinstance(got, str) and re.search(expected[1:-1], got) else f"{path}: {got!r} does not match {expected}"
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return f"{path}: {got!r} is no object"
        for key, value in expected.items():
            if key not in got:
                return f"{path}.{key} is missing in {got!r}"
            fault = mismatch(value, got[key], f"{path}.{key}")
            if fault:
                return fault
        return None
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return f"{path}: {got!r} is no array of {len(expected)}"
        return next(filter(None, (mismatch(e, g, f"{path}[{i}]") for i, (e, g) in enumerate(zip(expected, got)))), None)
    return None if type(expected) is type(got) and expected == got else f"{path}: {got!r}, not {expected!r}"


def fill(value, kept):
    """${name} replaced by what was kept."""
    if isinstance(value, dict):
        return {fill(k, kept): fill(v, kept) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, kept) for v in value]
    if isinstance(value, str) and (found := re.fullmatch(r"\$\{(\w+)\}", value)):
        return kept[found[1]]
    return value


def at(answer, path):
    for key in path.split("."):
        answer = answer[int(key) if isinstance(answer, list) else key]
    return answer


def arrived(zone, what):
    """Has the zone come to what the session waits for?"""
    if what == "gone":
        return dms.sql(f"select count(*) from dms.zone_server where zone_id = {int(zone)}").strip() == "0"
    view = dms.call("show_zone", name=zone)
    if what == "PUBLISHED":
        return view["state"] == "PUBLISHED" and view["zi_id"] == view["zi_candidate_id"]
    if "records" in what:
        return sum(len(group["rrs"]) for group in view["zi"]["rr_groups"]) == what["records"]
    return view["zi_id"] == what["published"] and view["state"] == "PUBLISHED"


class Replay(unittest.TestCase):
    def replay(self, session):
        kept = {}
        for number, step in enumerate(session["steps"], 1):
            if "until" in step:
                for zone, what in fill(step["until"], kept).items():
                    wait_until(lambda: arrived(zone, what), 30, f"step {number}: {zone} {what}")
                continue
            body = fill(step["send"], kept)
            kind = session.get("type", "application/json")
            status, headers, data = dms.http(body, uri=step.get("at", session["at"]), login="replay:replayed session", headers={"Content-Type": kind})
            self.assertEqual(status, 200, f"step {number}: {data}")
            self.assertEqual(headers["Content-Type"].split(";")[0], kind if kind == "application/json-rpc" else "application/json")
            answer = json.loads(data)
            fault = mismatch(fill(step["expect"], kept), answer, "answer")
            self.assertIsNone(fault, f"step {number}: {json.dumps(body)[:300]}\n{fault}\n{json.dumps(answer)[:3000]}")
            kept.update({name: at(answer, path) for name, path in step.get("keep", {}).items()})

    def test_the_judge(self):
        """Seen to refuse: what is missing, what is of another kind, arrays of another length."""
        good = {"a": 1, "t": "2024-01-01 10:00:00+00", "list": [{"b": None}, True]}
        for expected, fault in (({"a": 1}, False), ({"a": "$int", "t": "$time"}, False), ({"list": [{}, True]}, False), ({"a": 2}, True), ({"c": "$any"}, True),
                                ({"a": True}, True), ({"t": "$int"}, True), ({"list": [{}]}, True), ({"list": [{"b": 0}, True]}, True), ({"t": "/^2023/"}, True)):
            self.assertEqual(mismatch(expected, good) is not None, fault, expected)

    def test_edit_cycle(self):
        self.replay(json.loads((TOP / "tests/fixtures/sessions/edit_cycle.json").read_text()))

    def test_batch_list(self):
        self.replay(json.loads((TOP / "tests/fixtures/sessions/batch_list.json").read_text()))

    def test_incremental(self):
        self.replay(json.loads((TOP / "tests/fixtures/sessions/incremental.json").read_text()))

    def test_errors(self):
        self.replay(json.loads((TOP / "tests/fixtures/sessions/errors.json").read_text()))

    def test_every_other_session(self):
        others = [path for path in SESSIONS if not hasattr(self, "test_" + path.stem)]
        self.assertGreaterEqual(len(others), 6)
        for path in others:
            with self.subTest(session=path.stem):
                self.replay(json.loads(path.read_text()))


MARKS = {"<n>": r" *\d+ *", "<serial>": r" *\d{10}", "<time>": r" *\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", "<any>": ".*"}


def pattern(lines):
    """Of what a command is to print."""
    whole = ""
    for line in lines:
        parts = re.split("(<n>|<serial>|<time>|<any>)", line)
        whole += r"(?:.*\n)*?" if line == "..." else "".join(MARKS.get(part) or re.escape(part) for part in parts) + r" *\n"
    return whole + r"\n?" if lines else ""


def commands(text):
    """(words, standard input, expected lines, exit code) of each `$ command` of a session."""
    for block in re.split(r"(?m)^\$ (?=[A-Z?]*[=a-z])", re.sub(r"(?m)^#.*\n", "", text))[1:]:
        first, *lines = block.rstrip("\n").split("\n")
        codes = [line[2:] for line in lines if line.startswith("= ")]
        yield (first, "".join(line[2:] + "\n" for line in lines if line.startswith("< ")),
               [line for line in lines if not line.startswith(("= ", "< "))], int(codes[0]) if codes else 0)


class Tool(unittest.TestCase):
    def test_operator(self):
        """Commands one by one, as a script calls them; what they print, to the blank, and their exit codes."""
        base = {k: v for k, v in os.environ.items() if k not in ("VISUAL", "DMS_WAIT", "DMS_URL")}
        for first, given, expected, code in commands((TOP / "tests/fixtures/sessions/operator.session").read_text()):
            words = shlex.split(first)
            env = {**base, "DMS_SOCKET": dms.socket, "TZ": "UTC", "TMPDIR": str(self.folder)}
            while "=" in words[0]:
                env.update([words.pop(0).split("=", 1)])
            run = subprocess.run([dms.dir / "bin/zone_tool", *words], input=given, capture_output=True, text=True, timeout=60, env=env)
            shown = run.stdout + run.stderr
            self.assertEqual(run.returncode, code, f"{first}\n{shown}")
            self.assertRegex(shown, "^" + pattern(expected) + "$", f"{first}\n{shown}")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)


class Defects(unittest.TestCase):
    """One test for each entry of behaviour.md 15.4 that no other test has as its subject."""

    def tool(self, *words, code=0, stdin=None):
        run = dms.quickstart("tool", *words, check=False)
        self.assertEqual(run.returncode, code, f"{words}: {run.stdout}{run.stderr}")
        return run.stdout + run.stderr

    def folder(self):
        folder = tempfile.mkdtemp(dir=dms.dir)
        os.chmod(folder, 0o755)
        return pathlib.Path(folder)

    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def test_01_label_boundary(self):
        """Names are relative only where a label begins."""
        dms.call("load_zone", name="ab.defect.test", zi_text="$TTL 1h\nwww.ab.defect.test. IN CNAME x.cab.defect.test.\n")
        rrs = dms.call("show_zone", name="ab.defect.test")["zi"]["rr_groups"][-1]["rrs"]
        self.assertEqual([(rr["label"], rr["rdata"]) for rr in rrs], [("www", "x.cab.defect.test.")])
        self.refused(-12, "load_zone", name="b.defect.test", zi_text="$TTL 1h\nwww.ab.defect.test. IN A 192.0.2.1\n")

    def test_02_owner_after_a_disabled_record(self):
        text = "$TTL 1h\na IN A 192.0.2.1\n;# out of order\n;!DISABLE\nb IN A 192.0.2.2\n  IN A 192.0.2.3\n"
        dms.live("load_zone", name="owner.defect.test", zi_text=text)
        for server in (dms.master, *dms.slaves):
            self.assertEqual(dms.answer(server, "a.owner.defect.test", "A"), ["192.0.2.1"])
            self.assertEqual(dms.answer(server, "b.owner.defect.test", "A"), ["192.0.2.3"])
        shown = dms.call("show_zone_text", name="owner.defect.test")["zi_text"]
        self.assertIs(dms.call("update_zone_text", name="owner.defect.test", zi_text=shown, receipt=True)["unchanged"], True)

    def test_05_published_version_stays(self):
        dms.live("create_zone", name="used.defect.test")
        self.tool("delete_zi", "used.defect.test", str(dms.call("show_zone", name="used.defect.test")["zi_id"]), code=73)
        self.tool("delete_zi", "used.defect.test", "^", code=73)

    def test_06_flags_are_whole_words(self):
        dms.live("load_zone", name="flag.defect.test", zi_text="$TTL 1h\n;!REF:DISABLE-LOCKPTR@HERE\na IN A 192.0.2.1\n")
        rr = dms.call("show_zone", name="flag.defect.test")["zi"]["rr_groups"][-1]["rrs"][0]
        self.assertEqual((rr["disable"], rr["lock_ptr"], rr["reference"]), (False, False, "DISABLE-LOCKPTR@HERE"))
        self.refused(-126, "update_zone_text", name="flag.defect.test", zi_text="$TTL 1h\n;!NODISABLE\na IN A 192.0.2.1\n")

    def test_07_24_edit_of_a_zone_that_is_being_made(self):
        """It can be edited, and what was saved comes out."""
        pid = dms.kill("master-agent", signal.SIGSTOP)
        try:
            dms.call("load_zone", name="early.defect.test", zi_text=TEXT)
            self.assertNotEqual(dms.call("show_zonesm", name="early.defect.test")["state"], "PUBLISHED")
            zone, token = dms.call("edit_zone", name="early.defect.test", login_id="ann")
            self.assertEqual((zone["zi"]["rr_groups"][-1]["rrs"][0]["label"], token), ("www", None))
            change = dms.call("update_zone_text", name="early.defect.test", zi_text=TEXT.replace("2.1", "2.2"), receipt=True)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertTrue(dms.call("wait_change", change_id=change["change_id"], timeout_ms=60000)["complete"])
        for server in (dms.master, *dms.slaves):
            self.assertEqual(dms.answer(server, "www.early.defect.test", "A"), ["192.0.2.2"])

    def test_08_reference_stays_in_its_file(self):
        folder = self.folder()
        soa = "$TTL 1h\n;!REF:first@DEFECT\n@ IN SOA ns1.x.test. h.x.test. 1 2h 900 7d 1h\nwww IN A 192.0.2.1\n"
        pathlib.Path(folder, "ref1.defect.test.zone").write_text(soa)
        pathlib.Path(folder, "ref2.defect.test.zone").write_text(TEXT)
        self.tool("load_zones", "-f", f"{folder}/ref1.defect.test.zone", f"{folder}/ref2.defect.test.zone")
        self.assertEqual(dms.call("show_zone", name="ref1.defect.test")["reference"], "first@DEFECT")
        self.assertNotEqual(dms.call("show_zone", name="ref2.defect.test")["reference"], "first@DEFECT")

    def test_14_alternative_group_that_is_not_set(self):
        dms.live("create_zone", name="alt.defect.test")
        self.assertIsNone(dms.call("set_zone_alt_sg", name="alt.defect.test"))
        self.tool("delete_zone_alt_sg", "alt.defect.test")
        self.assertEqual(dms.call("show_zone", name="alt.defect.test")["state"], "PUBLISHED")

    def test_15_nuke_by_reference_and_def_options(self):
        dms.call("create_zone", name="nuke.defect.test", reference="nuke@DEFECT", edit_lock=True)
        dms.call("create_zone", name="nuke2.defect.test", reference="stay@DEFECT")
        self.tool("set_zone", "nuke.defect.test", "def_edit_lock")
        self.assertIs(dms.call("show_zone", name="nuke.defect.test")["edit_lock"], False)
        self.tool("nuke_zones", "-f", "-r", "nuke@DEFECT", "nuke*")
        self.refused(-28, "show_zone", name="nuke.defect.test")
        self.assertEqual(dms.call("show_zone", name="nuke2.defect.test")["name"], "nuke2.defect.test.")

    def test_17_refused_load_leaves_no_lock(self):
        dms.live("create_zone", name="load.defect.test", edit_lock=True)
        self.refused(-24, "load_zi", name="load.defect.test", zi_text="www IN A nonsense\n")
        self.assertEqual(dms.call("show_zone", name="load.defect.test")["lock_state"], "EDIT_UNLOCK")
        self.assertIsInstance(dms.call("edit_zone", name="load.defect.test", login_id="ann")[1], int)

    def test_18_root_is_an_administrator(self):
        """By its user id, in whatever groups it is: here in none that the controller knows."""
        alone = ["setpriv", "--reuid=0", "--regid=65534", "--clear-groups", str(dms.dir / "bin/zone_tool"), "--socket", dms.socket, "-o", "json"]
        run = subprocess.run([*alone, "create_zone", "root.defect.test"], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(dms.call("show_change", change_id=json.loads(run.stdout)["change_id"])["role"], "admin")

    def test_19_update_without_a_good_name_ends(self):
        folder = self.folder()
        pathlib.Path(folder, "u").write_text("$UPDATE_TYPE u\n;!RROP:ADD\na IN A 192.0.2.1\n")
        self.tool("update_rrs", f"{folder}/u", "no_dot", code=68)
        self.tool("update_rrs", f"{folder}/u", "a..b", code=65)
        self.tool("update_rrs", f"{folder}/u", code=65)
        self.assertEqual([c for c in dms.sql("select object_name from dms.change where ok and method = 'update_rrs'").split() if "no_dot" in c], [])

    def test_20_groups_of_one_comment(self):
        text = "$TTL 1h\n;| Same\na IN A 192.0.2.1\n\n;| Other\nb IN A 192.0.2.2\n\n;| Same\nc IN A 192.0.2.3\n"
        dms.call("load_zone", name="same.defect.test", zi_text=text)
        shown = dms.call("show_zone_text", name="same.defect.test")["zi_text"]
        self.assertIs(dms.call("update_zone_text", name="same.defect.test", zi_text=shown, receipt=True)["unchanged"], True)
        groups = dms.call("show_zone", name="same.defect.test")["zi"]["rr_groups"][1:]
        self.assertEqual([(g["comment"], [rr["label"] for rr in g["rrs"]]) for g in groups], [("Same", ["a"]), ("Other", ["b"]), ("Same", ["c"])])

    def test_25_a_disabled_zone_keeps_its_name(self):
        """So none of the same name can be live when it is enabled."""
        dms.live("create_zone", name="twice.defect.test")
        dms.live("disable_zone", name="twice.defect.test")
        self.refused(-36, "create_zone", name="twice.defect.test")
        dms.live("enable_zone", name="twice.defect.test")


if __name__ == "__main__":
    unittest.main()
