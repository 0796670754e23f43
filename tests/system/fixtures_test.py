#!/usr/bin/env python3
"""Every fixture zone goes through the product and comes out of every server as it went in, record by record; every bad one is
refused with the right code, line and words, and leaves nothing behind."""
import pathlib
import re
import subprocess
import unittest

from stack import RpcError, Stack, TOP, canonical, without_disabled

FIXTURES = TOP / "tests/fixtures"


def setUpModule():
    global dms
    dms = Stack().__enter__()
    dms.call("set_config", key="auto_reverse", value="false")  # zones get no PTR records from one another


def tearDownModule():
    dms.__exit__()


def zone_name(path):
    return path.name[: -len(".zone")].replace("%2F", "/")


def load_name(name):
    """The name to give when a zone is created: reverse zones are given as networks (behaviour 8.4), RFC 2317 ones by name."""
    labels = name.rstrip(".").split(".")
    if name.endswith(".in-addr.arpa") and all(x.isdigit() for x in labels[:-2]):
        octets = labels[:-2][::-1]
        return ".".join(octets + ["0"] * (4 - len(octets))) + f"/{8 * len(octets)}"
    if name.endswith(".ip6.arpa"):
        nibbles = "".join(labels[:-2][::-1])
        return ":".join(re.findall("....", nibbles.ljust(32, "0"))) + f"/{4 * len(nibbles)}"
    return name


class Good(unittest.TestCase):
    def load_and_compare(self, name, text, seconds=60):
        dms.live("load_zone", seconds=seconds, name=load_name(name), login_id="test", zi_text=text, use_apex_ns=False)
        expected = canonical(name, without_disabled(text))
        for server in [dms.master, *dms.slaves]:
            self.assertEqual(dms.records(server, name), expected, f"{name} on {server}")

    def test_every_zone(self):
        paths = sorted((FIXTURES / "zones").glob("*.zone"))
        self.assertGreaterEqual(len(paths), 60)
        for path in paths:
            with self.subTest(zone=path.name):
                self.load_and_compare(zone_name(path), path.read_bytes().decode())

    def test_big_zone(self):
        text = subprocess.run([str(FIXTURES / "gen_big"), "50000"], capture_output=True, text=True, check=True).stdout
        name = text.split("$ORIGIN", 1)[1].split()[0].rstrip(".")
        self.load_and_compare(name, text, seconds=120)


class Bad(unittest.TestCase):
    def refused_file(self, path, zone):
        """JSON text cannot carry NUL here (-32700): such a file is stopped by zone_tool already."""
        run = dms.quickstart("tool", "load_zone", str(path), zone, check=False)
        self.assertEqual(run.returncode, 74, run.stderr)
        self.assertIn("binary", run.stderr)

    def test_every_bad_zone(self):
        paths = sorted((FIXTURES / "bad").glob("*.zone"))
        self.assertGreaterEqual(len(paths), 40)
        before = dms.sql("select count(*) from dms.zone"), dms.sql("select count(*) from dms.rr")
        for path in paths:
            with self.subTest(zone=path.name):
                expect = dict(line.split(": ", 1) for line in path.with_suffix(".expect").read_text().splitlines() if ": " in line)
                text = path.read_bytes().decode("utf-8", "replace")
                if "\0" in text:
                    self.refused_file(path, expect["zone"])
                    continue
                with self.assertRaises(RpcError) as caught:
                    dms.call("load_zone", name=load_name(expect["zone"]), login_id="test", zi_text=text, use_apex_ns=False,
                             strict="severity" in expect)
                error = caught.exception
                self.assertEqual(error.code, int(expect["code"]), str(error))
                problems = error.data.get("problems") or [error.data]
                if "line" in expect:
                    self.assertEqual(problems[0].get("lineno"), int(expect["line"]), str(error))
                    self.assertGreaterEqual(problems[0].get("col", 0), 1, str(error))
                said = (error.message + " " + str(problems[0].get("hint", "")) + " " + problems[0].get("message", "")).lower()
                for word in expect.get("words", "").split():
                    self.assertIn(word.lower(), said)
        after = dms.sql("select count(*) from dms.zone"), dms.sql("select count(*) from dms.rr")
        self.assertEqual(before, after, "a refused zone left rows behind")


if __name__ == "__main__":
    unittest.main()
