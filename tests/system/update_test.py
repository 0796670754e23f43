#!/usr/bin/env python3
"""Incremental updates arrive on the name servers, all or none; while somebody edits they wait and say what became of them."""
import os
import subprocess
import tempfile
import unittest

from stack import TOP, RpcError, Stack, wait_until

TEXT = "$TTL 1h\nwww IN A 192.0.2.1\nwww IN A 192.0.2.2\nmail IN A 192.0.2.3\n@ IN MX 10 mail\n"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def rr(op, label, rtype, rdata="", **more):
    return {"update_op": op, "label": label, "type": rtype, "rdata": rdata, **more}


def records(*rrs, **more):
    return {"rr_groups": [{"rrs": list(rrs), **more}]}


class Update(unittest.TestCase):
    def everywhere(self, name, rtype, *expected):
        for server in (dms.master, *dms.slaves):
            self.assertEqual(dms.answer(server, name, rtype), sorted(expected), f"{name} {rtype} on {server}")

    def refused(self, code, zone, **params):
        with self.assertRaises(RpcError) as refusal:
            dms.call("update_rrs", name=zone, **params)
        self.assertEqual(refusal.exception.code, code, refusal.exception)
        return refusal.exception

    def create(self, zone, **options):
        return dms.live("load_zone", name=zone, zi_text=TEXT, inc_updates=True, **options)

    def test_operations(self):
        zone = "ops.update.test"
        first = self.create(zone)
        receipt = dms.live("update_rrs", name=zone, update_type="hosts", update_data=records(
            rr("ADD", "new", "A", "192.0.2.9"), rr("DELETE", "www", "A", "192.0.2.1"), rr("UPDATE_RRTYPE", "txt", "TXT", "one"),
            rr("UPDATE_RRTYPE", "txt", "TXT", "two")))
        self.assertNotEqual(receipt["soa_serial"], first["soa_serial"])
        self.everywhere("new.ops.update.test", "A", "192.0.2.9")
        self.everywhere("www.ops.update.test", "A", "192.0.2.2")
        self.everywhere("txt.ops.update.test", "TXT", '"one"', '"two"')
        self.everywhere("ops.update.test", "MX", "10 mail.ops.update.test.")
        for server in dms.slaves:
            self.assertEqual(dms.soa(server, zone), receipt["soa_serial"])
        dms.live("update_rrs", name=zone, update_type="hosts", update_data={"rrsets": [
            {"op": "REPLACE", "label": "www", "type": "A", "ttl": 60, "rdata": ["192.0.2.5", "192.0.2.6"]},
            {"op": "EXTEND", "label": "new", "type": "A", "rdata": ["192.0.2.9", "192.0.2.10"]},
            {"op": "PRUNE", "label": "txt", "type": "TXT", "rdata": ["two", "none"]},
            {"op": "DELETE", "label": "@", "type": "MX"}]})
        self.everywhere("www.ops.update.test", "A", "192.0.2.5", "192.0.2.6")
        self.everywhere("new.ops.update.test", "A", "192.0.2.10", "192.0.2.9")
        self.everywhere("txt.ops.update.test", "TXT", '"one"')
        self.everywhere("ops.update.test", "MX")
        dms.live("update_rrs", name=zone, update_type="x", update_text="$UPDATE_TYPE x\n;!RROP:DELETE\nnew IN ANY \"\"\n")
        self.everywhere("new.ops.update.test", "A")
        # nothing to do makes no version
        again = dms.call("update_rrs", name=zone, update_type="x", receipt=True, update_data=records(rr("DELETE", "new", "ANY")))
        self.assertIs(again["unchanged"], True)
        self.assertIsNone(dms.call("update_rrs", name=zone, update_type="x", update_data=records(rr("ADD", "n", "A", "192.0.2.1"))))

    def test_refusals(self):
        zone = "bad.update.test"
        good = records(rr("ADD", "n", "A", "192.0.2.1"))
        bad = records(rr("ADD", "n", "A", "nonsense"))
        self.refused(-87, zone, update_data=bad)
        self.refused(-28, zone, update_type="t", update_data=bad)
        dms.live("load_zone", name=zone, zi_text=TEXT)
        self.refused(-90, zone, update_type="t", update_data=bad)
        zone = "bad2.update.test"
        self.create(zone)
        dms.live("disable_zone", name=zone)
        self.refused(-88, zone, update_type="t", update_data=bad)
        dms.live("enable_zone", name=zone)
        before = dms.call("show_zone", name=zone)["zi_candidate_id"]
        error = self.refused(-83, zone, update_type="t", update_data=records(rr("ADD", "ok", "A", "192.0.2.1"), {"label": "n", "type": "A", "rdata": "192.0.2.1"}))
        self.assertEqual((error.data["rr_groups_index"], error.data["rrs_index"]), (0, 1))
        self.refused(-83, zone, update_type="t", update_data=records(rr("RENAME", "n", "A", "192.0.2.1")))
        self.refused(-21, zone, update_type="t", update_data=records(rr("ADD", "ok", "A", "192.0.2.1"), rr("DELETE", "mail", "A")))
        error = self.refused(-20, zone, update_type="t", update_data=records(rr("ADD", "ok", "A", "192.0.2.1"), rr("ADD", "www", "A", "192.0.2.2")))
        self.assertEqual((error.data["rr_groups_index"], error.data["rrs_index"]), (0, 1))
        self.refused(-136, zone, update_type="t", update_data=good, if_serial=1)
        self.refused(-32602, zone, update_type="t", update_data=good, update_text=";!RROP:ADD\nn A 192.0.2.1\n")
        self.refused(-32602, zone, update_type="t")
        with self.assertRaises(RpcError) as refusal:
            dms.call("update_zone_text", name=zone, zi_text="$UPDATE_TYPE t\nn A 192.0.2.1\n")
        self.assertEqual(refusal.exception.code, -84)
        with self.assertRaises(RpcError) as refusal:
            dms.call("update_zone_text", name=zone, zi_text=";!RROP:ADD\nn A 192.0.2.1\n")
        self.assertEqual(refusal.exception.code, -85)
        with self.assertRaises(RpcError) as refusal:
            dms.call("update_zone", name=zone, zi_data=good)
        self.assertEqual(refusal.exception.code, -85)
        self.assertEqual(dms.call("show_zone", name=zone)["zi_candidate_id"], before)
        self.everywhere("ok.bad2.update.test", "A")

    def test_a_lock_defers(self):
        zone = "locked.update.test"
        self.create(zone, edit_lock=True)
        shown, token = dms.call("edit_zone", name=zone)
        good = dms.call("update_rrs", name=zone, update_type="good", receipt=True, update_data=records(rr("ADD", "n", "A", "192.0.2.11")))
        late = dms.call("update_rrs", name=zone, update_type="late", receipt=True, update_data=records(rr("ADD", "www", "TXT", "x")))
        self.assertTrue(good["deferred"] and late["deferred"])
        self.refused(-86, zone, update_type="good", update_data=records(rr("ADD", "m", "A", "192.0.2.12")))
        waiting = dms.call("wait_change", change_id=good["change_id"], timeout_ms=0)
        self.assertTrue(waiting["deferred"] and not waiting["complete"], waiting)
        self.everywhere("n.locked.update.test", "A")
        # the editor makes www an alias: the second update fits no more
        dms.live("update_zone_text", name=zone, edit_lock_token=token, zi_text="$TTL 1h\nwww IN CNAME mail\nmail IN A 192.0.2.3\n")
        done = dms.call("wait_change", change_id=good["change_id"], timeout_ms=20000)
        self.assertTrue(done["complete"] and done["live_at"], done)
        self.everywhere("n.locked.update.test", "A", "192.0.2.11")
        self.everywhere("www.locked.update.test", "CNAME", "mail.locked.update.test.")
        failed = dms.call("wait_change", change_id=late["change_id"], timeout_ms=20000)
        self.assertTrue(failed["complete"])
        self.assertRegex(failed["failure"], "www")
        self.assertIsNone(failed["live_at"])
        events = dms.call("list_events", failed=True)
        self.assertTrue([e for e in events if e["event_type"] == "ZoneSMIncUpdate"], events)
        # the next lock, given back without saving
        shown, token = dms.call("edit_zone", name=zone)
        again = dms.call("update_rrs", name=zone, update_type="late", receipt=True, update_data=records(rr("ADD", "k", "TXT", "x")))
        dms.call("cancel_edit_zone", name=zone, edit_lock_token=token)
        self.assertTrue(dms.call("wait_change", change_id=again["change_id"], timeout_ms=20000)["live_at"])
        self.everywhere("k.locked.update.test", "TXT", '"x"')

    def test_many_in_a_row(self):
        zone = "many.update.test"
        self.create(zone)
        for i in range(40):
            change = dms.call("update_rrs", name=zone, update_type="t", receipt=True, update_data=records(
                rr("UPDATE_RRTYPE", "count", "TXT", str(i)), rr("ADD", f"h{i}", "A", "192.0.2.1")))
        dms.call("wait_change", change_id=change["change_id"], timeout_ms=20000)
        self.everywhere("count.many.update.test", "TXT", '"39"')
        text = dms.call("show_zone_text", name=zone)["zi_text"]
        for server in dms.slaves:
            wait_until(lambda: len(dms.records(server, zone)) == len(dms.records(dms.master, zone)), 20, server)
            self.assertEqual(dms.records(server, zone), dms.records(dms.master, zone))
        self.assertEqual(sum(f"h{i}" in text for i in range(40)), 40)

    def test_zone_tool(self):
        zone = "tool.update.test"
        self.create(zone)
        tool = os.path.join(os.environ["DMS_BIN_DIR"], "zone_tool") if "DMS_BIN_DIR" in os.environ else "zone_tool"
        with tempfile.NamedTemporaryFile("w", suffix=".update") as f:
            f.write("$ORIGIN tool.update.test.\n$UPDATE_TYPE tool\n;!RROP:ADD\nfrom-tool IN A 192.0.2.44\n;!RROP:DELETE\nwww IN A \"\"\n")
            f.flush()
            env = {**os.environ, "DMS_SOCKET": dms.socket}
            run = subprocess.run([tool, "update_rrs", "--wait", f.name], capture_output=True, text=True, env=env, timeout=60)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.everywhere("from-tool.tool.update.test", "A", "192.0.2.44")
            self.everywhere("www.tool.update.test", "A")
            run = subprocess.run([tool, "update_rrs", f.name, zone], capture_output=True, text=True, env=env, timeout=60)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("stands twice", run.stderr)
            run = subprocess.run([tool, "update_rrs", "-"], input=";!RROP:ADD\na A 192.0.2.1\n", capture_output=True, text=True, env=env, timeout=60)
            self.assertIn("$ORIGIN", run.stderr)

    def test_invariants(self):
        query = (TOP / "sql/check.sql").read_text()
        part = query[query.index("-- ---- incremental updates"):]
        self.assertEqual(dms.sql("set search_path = dms;" + part).strip(), "")


if __name__ == "__main__":
    unittest.main()
