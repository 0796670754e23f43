#!/usr/bin/env python3
"""Security tags and references: methods and zone_tool's verbs, with every code they have."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from stack import RpcError, Stack

TOOL = str(pathlib.Path(os.environ["DMS_BIN_DIR"], "zone_tool").resolve()) if "DMS_BIN_DIR" in os.environ else shutil.which("zone_tool") or "zone_tool"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


class Case(unittest.TestCase):
    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    def zone(self, name, **params):
        dms.call("create_zone", name=name, login_id="t", **params)
        self.addCleanup(dms.call, "delete_zone", name=name)
        return name

    def tool(self, code, *words):
        env = {**os.environ, "DMS_SOCKET": dms.socket, "PAGER": "cat", "TZ": "UTC"}
        run = subprocess.run([TOOL, *words], input="", capture_output=True, text=True, timeout=60, env=env)
        self.assertEqual(run.returncode, code, f"{words}\n{run.stdout}{run.stderr}")
        return run.stdout if code == 0 else run.stderr

    def lines(self, *words):
        return [line.strip() for line in self.tool(0, *words).splitlines()]


class Sectags(Case):
    def labels(self, zone):
        return [t["sectag_label"] for t in dms.call("show_zone_sectags", name=zone)]

    def test_define(self):
        change = dms.call("create_sectag", sectag_label="TAG-1")["change_id"]
        self.assertEqual(dms.call("show_change", change_id=change)["object_name"], "TAG-1")
        self.assertEqual(self.refused(-40, "create_sectag", sectag_label="TAG-1").data["sectag_label"], "TAG-1")
        self.refused(-40, "create_sectag", sectag_label="Admin")
        for bad in ("", "-x", "a b", "a@b", "\u00fc"):
            self.refused(-146, "create_sectag", sectag_label=bad)
        self.refused(-32602, "create_sectag", sectag_label="x" * 61)
        tags = dms.call("show_sectags")
        self.assertEqual(tags[0], {"zone_id": "Admin", "sectag_label": "Admin"})
        labels = [t["sectag_label"] for t in tags]
        self.assertEqual(labels[1:], sorted(labels[1:]))
        self.assertEqual(set(labels) >= {"HOSTED", "VALUE_RESELLER", "TAG-1"}, True)
        dms.call("delete_sectag", sectag_label="TAG-1")
        self.assertEqual(self.refused(-41, "delete_sectag", sectag_label="TAG-1").data["sectag_label"], "TAG-1")
        self.refused(-43, "delete_sectag", sectag_label="Admin")
        self.refused(-43, "delete_sectag", sectag_label="HOSTED")  # a front end has it

    def test_zone(self):
        zone = self.zone("tags.test")
        dms.call("create_sectag", sectag_label="TAG-2")
        self.assertEqual(self.labels(zone), ["Admin"])
        self.assertIsNone(dms.call("add_zone_sectag", name=zone, sectag_label="TAG-2"))
        dms.call("add_zone_sectag", name=zone, sectag_label="TAG-2")
        dms.call("add_zone_sectag", name=zone, sectag_label="Admin")
        self.assertEqual(self.labels(zone), ["Admin", "TAG-2"])
        self.assertEqual([t["sectag_label"] for t in dms.call("show_zone", name=zone)["sectags"]], ["Admin", "TAG-2"])
        self.assertEqual(dms.sql("select count(*) from dms.sectag where label = 'Admin'").strip(), "0")
        self.refused(-43, "delete_sectag", sectag_label="TAG-2")
        self.refused(-41, "add_zone_sectag", name=zone, sectag_label="NO-TAG")
        self.refused(-41, "delete_zone_sectag", name=zone, sectag_label="HOSTED")
        self.refused(-28, "add_zone_sectag", name="absent.test", sectag_label="TAG-2")
        self.refused(-28, "show_zone_sectags", name="absent.test")
        self.assertIsNone(dms.call("replace_zone_sectags", name=zone, sectag_labels=[{"sectag_label": "Admin"}, {"sectag_label": "HOSTED"}]))
        self.assertEqual(self.labels(zone), ["Admin", "HOSTED"])
        self.refused(-41, "replace_zone_sectags", name=zone, sectag_labels=["TAG-2", "NO-TAG"])
        self.assertEqual(self.labels(zone), ["Admin", "HOSTED"])
        self.refused(-32602, "replace_zone_sectags", name=zone, sectag_labels=[{"label": "HOSTED"}])
        self.refused(-32602, "replace_zone_sectags", name=zone, sectag_labels=[{"sectag_label": "HOSTED", "more": 1}])
        dms.call("delete_zone_sectag", name=zone, sectag_label="Admin")
        dms.call("delete_zone_sectag", name=zone, sectag_label="HOSTED")
        self.assertEqual(self.labels(zone), ["Admin"])
        dms.call("replace_zone_sectags", name=zone, sectag_labels=[])
        dms.call("delete_sectag", sectag_label="TAG-2")
        other = self.zone("tags-2.test", sectags=[{"sectag_label": "HOSTED"}])
        self.assertEqual(self.labels(other), ["Admin", "HOSTED"])

    def test_tool(self):
        zone = self.zone("tags-tool.test")
        self.tool(0, "create_sectag", "TOOL-TAG")
        env = {**os.environ, "DMS_SOCKET": dms.socket}
        again = subprocess.run([TOOL, "create_sectag", "TOOL-TAG"], capture_output=True, text=True, env=env, timeout=60)
        self.assertEqual((again.returncode, "exists" in again.stderr), (0, True), again.stderr)
        self.assertEqual(self.lines("show_sectags"), sorted(t["sectag_label"] for t in dms.call("show_sectags")))
        self.tool(0, "add_zone_sectag", zone, "TOOL-TAG")
        self.assertEqual(self.lines("show_zone_sectags", zone), ["Admin", "TOOL-TAG"])
        self.tool(69, "delete_sectag", "TOOL-TAG")
        self.tool(75, "replace_zone_sectags", zone, "HOSTED")
        self.tool(0, "replace_zone_sectags", "-f", zone, "HOSTED")
        self.assertEqual(self.lines("show_zone_sectags", zone), ["Admin", "HOSTED"])
        self.tool(0, "delete_zone_sectag", zone, "HOSTED")
        self.assertEqual(self.lines("show_zone_sectags", zone), ["Admin"])
        self.tool(0, "delete_sectag", "TOOL-TAG")
        self.tool(68, "delete_sectag", "TOOL-TAG")
        self.tool(68, "show_zone_sectags", "absent.test")


class References(Case):
    def names(self, *patterns):
        return [r["reference"] for r in dms.call("list_reference", references=list(patterns))]

    def test_create_rename_delete(self):
        self.assertIsNone(dms.call("create_reference", reference="One@Ref-NET"))
        self.assertEqual(self.refused(-64, "create_reference", reference="one@ref-net").data["reference"], "one@ref-net")
        for bad in ("", "-x", "a b", "@x", "x%"):
            self.refused(-82, "create_reference", reference=bad)
        self.assertEqual(self.names("ONE@*"), ["One@Ref-NET"])
        self.assertIsNone(dms.call("rename_reference", reference="ONE@REF-NET", dst_reference="one@REF-net"))
        self.assertEqual(self.names("one@ref-net"), ["one@REF-net"])
        dms.call("create_reference", reference="two@ref-net")
        self.refused(-64, "rename_reference", reference="two@ref-net", dst_reference="ONE@ref-net")
        self.refused(-65, "rename_reference", reference="none@ref-net", dst_reference="x")
        self.refused(-82, "rename_reference", reference="two@ref-net", dst_reference="a b")
        self.assertIsNone(dms.call("delete_reference", reference="TWO@ref-net"))
        self.refused(-65, "delete_reference", reference="two@ref-net")
        dms.call("delete_reference", reference="one@ref-net")

    def test_list_deletes_nothing(self):
        for name in ("List-a@ref", "list-b@ref", "list-c_d@ref", "list-cxd@ref"):
            dms.call("create_reference", reference=name)
        for _ in range(2):
            self.assertEqual(self.names("LIST-?@REF"), ["List-a@ref", "list-b@ref"])
            self.assertEqual(self.names("list-c_d@*"), ["list-c_d@ref"])  # _ is no wildcard
            status, data = dms.post({"jsonrpc": "2.0", "id": 1, "method": "list_reference", "params": ["list-b*", "list-a@REF"]})
            self.assertEqual(json.loads(data)["result"], [{"reference": "List-a@ref"}, {"reference": "list-b@ref"}])
        self.assertGreaterEqual(set(self.names()), {"List-a@ref", "list-b@ref"})
        self.refused(-67, "list_reference", references=["no-such-*"])

    def test_zone(self):
        zone = self.zone("ref.test", reference="Zone@Ref")
        self.assertEqual(dms.call("show_zone", name=zone)["reference"], "Zone@Ref")
        self.refused(-66, "delete_reference", reference="zone@ref")
        dms.call("create_reference", reference="Other@Ref")
        self.assertIsNone(dms.call("set_zone_reference", name=zone, reference="OTHER@REF"))
        self.assertEqual(dms.call("show_zone", name=zone)["reference"], "Other@Ref")
        dms.call("rename_reference", reference="other@ref", dst_reference="Third@Ref")
        self.assertEqual(dms.call("show_zone", name=zone)["reference"], "Third@Ref")
        self.refused(-67, "set_zone_reference", name=zone, reference="no-such")
        self.refused(-28, "set_zone_reference", name="absent.test", reference="Third@Ref")
        self.assertIsNone(dms.call("set_zone_reference", name=zone))
        self.assertIsNone(dms.call("show_zone", name=zone)["reference"])
        dms.call("delete_reference", reference="third@ref")
        dms.call("delete_reference", reference="zone@ref")

    def test_record(self):
        zone = self.zone("ref-rr.test")
        dms.call("update_zone", name=zone, zi_data={"rr_groups": [{"rrs": [
            {"label": "www", "type": "A", "rdata": "192.0.2.1", "reference": "Record@Ref"}]}]})
        self.refused(-66, "delete_reference", reference="record@ref")

    def test_tool(self):
        zone = self.zone("ref-tool.test")
        self.tool(0, "create_reference", "Tool@Ref")
        self.tool(0, "create_reference", "tool@ref")  # said, and 0
        self.assertEqual(self.lines("ls_reference", "TOOL*"), ["Tool@Ref"])
        self.assertEqual(self.lines("ls_reference", "-r", "tool@ref"), ["Tool@Ref"])
        self.tool(65, "ls_reference", "none-such*")
        self.tool(65, "set_zone_reference", zone, "none-such")
        self.tool(0, "set_zone_reference", "-r", "tool@REF", zone)
        self.assertEqual(dms.call("show_zone", name=zone)["reference"], "Tool@Ref")
        self.tool(69, "delete_reference", "Tool@Ref")
        self.tool(75, "rename_reference", "tool@ref", "tool2@ref")
        self.tool(0, "rename_reference", "-f", "tool@ref", "Tool2@Ref")
        self.tool(0, "create_reference", "tool3@ref")
        self.tool(69, "rename_reference", "-f", "tool3@ref", "tool2@REF")
        self.tool(0, "set_zone_reference", zone)
        self.assertIsNone(dms.call("show_zone", name=zone)["reference"])
        self.tool(0, "delete_reference", "tool2@ref")
        self.tool(65, "delete_reference", "tool2@ref")


if __name__ == "__main__":
    sys.exit(unittest.main())
