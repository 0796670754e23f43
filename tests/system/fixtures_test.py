#!/usr/bin/env python3
"""Every fixture zone goes through the product and comes out of every server as it went in, record by record; every bad one is
refused with the right code, line and words, and leaves nothing behind."""
import pathlib
import subprocess
import unittest

from stack import RpcError, Stack, TOP, canonical, without_disabled

FIXTURES = TOP / "tests/fixtures"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def zone_name(path):
    return path.name[: -len(".zone")].replace("%2F", "/")


class Good(unittest.TestCase):
    def load_and_compare(self, name, text, seconds=60):
        dms.live("load_zone", seconds=seconds, name=name, login_id="test", zi_text=text, use_apex_ns=False)
        expected = canonical(name, without_disabled(text))
        for server in [dms.master, *dms.slaves]:
            self.assertEqual(dms.records(server, name), expected, f"{name} on {server}")

    def test_every_zone(self):
        paths = sorted((FIXTURES / "zones").glob("*.zone"))
        self.assertGreaterEqual(len(paths), 60)
        for path in paths:
            with self.subTest(zone=path.name):
                name = zone_name(path)
                reverse = name.rstrip(".").endswith((".in-addr.arpa", ".ip6.arpa"))
                text = path.read_text()
                self.load_and_compare(name if not reverse else name, text)

    def test_big_zone(self):
        text = subprocess.run([str(FIXTURES / "gen_big"), "50000"], capture_output=True, text=True, check=True).stdout
        name = text.split("$ORIGIN", 1)[1].split()[0].rstrip(".")
        self.load_and_compare(name, text, seconds=120)


class Bad(unittest.TestCase):
    def test_every_bad_zone(self):
        paths = sorted((FIXTURES / "bad").glob("*.zone"))
        self.assertGreaterEqual(len(paths), 40)
        before = dms.sql("select count(*) from dms.zone"), dms.sql("select count(*) from dms.rr")
        for path in paths:
            with self.subTest(zone=path.name):
                expect = dict(line.split(": ", 1) for line in path.with_suffix(".expect").read_text().splitlines() if ": " in line)
                text = path.read_bytes().decode("utf-8", "replace")
                with self.assertRaises(RpcError) as caught:
                    dms.call("load_zone", name=expect["zone"], login_id="test", zi_text=text, use_apex_ns=False)
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
