#!/usr/bin/env python3
"""Changes of zones arrive on the name servers: each one, in order, completely, and the receipt tells the truth about when."""
import concurrent.futures
import datetime
import json
import os
import signal
import threading
import unittest

from stack import RpcError, Stack, wait_until

TEXT = "$TTL 1h\nwww IN A {address}\n"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def servers():
    return [dms.master, *dms.slaves]


def ahead(a, b):
    """Serial a is ahead of b (RFC 1982)."""
    return a != b and (a - b) % 2**32 < 2**31


def when(text):
    return datetime.datetime.fromisoformat(text)


class Publish(unittest.TestCase):
    def everywhere(self, name, rtype, expected):
        for server in servers():
            self.assertEqual(dms.answer(server, name, rtype), sorted(expected), f"{name} {rtype} on {server}")

    def nowhere(self, zone):
        for server in servers():
            self.assertEqual(dms.status_of(server, zone), "REFUSED", f"{zone} on {server}")

    def check_timeline(self, receipt):
        committed, master, live = (when(receipt[k]) for k in ("committed_at", "master_at", "live_at"))
        self.assertLessEqual(committed, master)
        names = sorted(s["server"] for s in receipt["servers"])
        self.assertEqual(names, ["slave1", "slave2"])
        for s in receipt["servers"]:
            self.assertIs(s["live"], True, s)
            before = master if receipt["goal"] == "serve" else committed  # a zone is taken off all servers at the same time
            self.assertLessEqual(before, when(s["live_at"]), s)
            self.assertLessEqual(when(s["live_at"]), live, s)
            self.assertIsNone(s["behind_since"])

    def test_life_of_a_zone(self):
        zone = "life.test"
        self.nowhere(zone)
        receipt = dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        self.check_timeline(receipt)
        self.assertEqual((receipt["goal"], receipt["zone"]), ("serve", "life.test."))
        self.everywhere("www.life.test", "A", ["192.0.2.1"])
        self.everywhere(zone, "NS", ["ns1.quickstart.test.", "ns2.quickstart.test."])
        for server in servers():
            self.assertEqual(dms.soa(server, zone), receipt["soa_serial"])
        edited = dms.live("update_zone_text", name=zone, zi_text=TEXT.format(address="192.0.2.2") + "new IN TXT \"a b\"\n")
        self.check_timeline(edited)
        self.assertTrue(ahead(edited["soa_serial"], receipt["soa_serial"]))
        self.everywhere("www.life.test", "A", ["192.0.2.2"])
        self.everywhere("new.life.test", "TXT", ['"a b"'])
        disabled = dms.live("disable_zone", name=zone)
        self.check_timeline(disabled)
        self.assertEqual(disabled["goal"], "absent")
        self.nowhere(zone)
        self.assertEqual(dms.call("show_zonesm", name=zone)["state"], "DISABLED")
        enabled = dms.live("enable_zone", name=zone)
        self.assertTrue(ahead(enabled["soa_serial"], edited["soa_serial"]))
        self.everywhere("www.life.test", "A", ["192.0.2.2"])
        dms.live("reset_zone", name=zone)
        self.everywhere("new.life.test", "TXT", ['"a b"'])
        self.check_timeline(dms.live("delete_zone", name=zone))
        self.nowhere(zone)

    def test_edit_of_a_disabled_zone_comes_with_enable(self):
        zone = "while-disabled.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        dms.live("disable_zone", name=zone)
        dms.call("update_zone_text", name=zone, zi_text=TEXT.format(address="192.0.2.7"))
        self.nowhere(zone)
        dms.live("enable_zone", name=zone)
        self.everywhere("www.while-disabled.test", "A", ["192.0.2.7"])

    def test_deleted_and_made_again(self):
        zone = "again.test"
        serials = []
        for i in range(1, 4):
            serials.append(dms.live("load_zone", name=zone, zi_text=TEXT.format(address=f"192.0.2.{i}"))["soa_serial"])
            self.everywhere("www.again.test", "A", [f"192.0.2.{i}"])
            dms.live("delete_zone", name=zone)
            self.nowhere(zone)
        self.assertTrue(ahead(serials[1], serials[0]) and ahead(serials[2], serials[1]), serials)

    def test_made_again_without_waiting(self):
        """Delete and create follow each other faster than the servers; the last word counts."""
        zone = "hurry.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        for i in range(2, 8):
            dms.call("delete_zone", name=zone)
            change = dms.call("load_zone", name=zone, zi_text=TEXT.format(address=f"192.0.2.{i}"), receipt=True)
        done = dms.call("wait_change", change_id=change["change_id"], timeout_ms=60000)
        self.assertTrue(done["complete"], done)
        self.everywhere("www.hurry.test", "A", ["192.0.2.7"])
        dms.call("disable_zone", name=zone)
        dms.call("enable_zone", name=zone)
        dms.live("disable_zone", name=zone, seconds=60)
        self.nowhere(zone)

    def test_undelete(self):
        zone = "undelete.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        zone_id = dms.call("show_zonesm", name=zone)["zone_id"]
        dms.live("delete_zone", name=zone)
        dms.live("undelete_zone", zone_id=zone_id)
        if dms.call("show_zonesm", name=zone)["state"] == "DISABLED":
            dms.live("enable_zone", name=zone)
        self.everywhere("www.undelete.test", "A", ["192.0.2.1"])

    def test_reverse_zones(self):
        for network, zone, owner in (("192.0.2/24", "2.0.192.in-addr.arpa", "5"), ("2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa", "5.0.0.0")):
            with self.subTest(network=network):
                dms.live("load_zone", name=network, zi_text=f"$TTL 1h\n{owner} IN PTR host.example.\n")
                self.everywhere(f"{owner}.{zone}", "PTR", ["host.example."])

    def test_classless_delegation(self):
        """RFC 2317: a name with a slash is a zone like any other."""
        zone = "0/25.2.0.192.in-addr.arpa"
        dms.live("load_zone", name=zone, zi_text="$TTL 1h\n5 IN PTR host.example.\n")
        self.everywhere(f"5.{zone}", "PTR", ["host.example."])
        dms.live("update_zone_text", name=zone, zi_text="$TTL 1h\n5 IN PTR other.example.\n")
        self.everywhere(f"5.{zone}", "PTR", ["other.example."])
        dms.live("reset_zone", name=zone)
        dms.live("delete_zone", name=zone)
        self.nowhere(zone)

    def test_every_record_of_a_set_changes_alone(self):
        zone = "sets.test"
        line = lambda values: "$TTL 1h\n" + "".join(f"m IN A 192.0.2.{v}\n" for v in values)
        dms.live("load_zone", name=zone, zi_text=line(range(1, 6)))
        for values in ([1, 2, 3, 4], [2, 3, 4, 9], [9], [1, 9]):
            dms.live("update_zone_text", name=zone, zi_text=line(values))
            self.everywhere("m.sets.test", "A", [f"192.0.2.{v}" for v in values])
        dms.live("update_zone_text", name=zone, zi_text="$TTL 1h\nm IN CNAME www.example.\n")
        self.everywhere("m.sets.test", "CNAME", ["www.example."])
        dms.live("update_zone_text", name=zone, zi_text="$TTL 1h\nm 5m IN A 192.0.2.1\n")
        self.everywhere("m.sets.test", "A", ["192.0.2.1"])
        self.assertRegex(dms.dig(dms.slaves[0], "+noall", "+answer", "m.sets.test", "A"), r"\s300\s+IN\s+A\s")

    def test_apex_ns_of_the_group(self):
        zone = "apex.test"
        dms.call("create_sg", sg_name="apex", apex_ns=["a.ns.test.", "b.ns.test."])
        try:
            dms.call("set_config", key="soa_mname", value="a.ns.test.", sg_name="apex")
            dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"), sg_name="apex")
            self.assertEqual(dms.answer(dms.master, zone, "NS"), ["a.ns.test.", "b.ns.test."])
            self.assertTrue(dms.answer(dms.master, zone, "SOA")[0].startswith("a.ns.test. "))
            for server in dms.slaves:
                self.assertEqual(dms.status_of(server, zone), "REFUSED", "a zone of another group is on this server")
            dms.call("set_sg_apex_ns", sg_name="apex", apex_ns=["c.ns.test.", "b.ns.test."])
            dms.live("refresh_zone", name=zone)
            self.assertEqual(dms.answer(dms.master, zone, "NS"), ["b.ns.test.", "c.ns.test."])
        finally:
            dms.call("delete_zone", name=zone)

    def test_hundred_zones_at_once(self):
        def work(i):
            name = f"n{i}.hundred.test"
            return name, i, dms.call("load_zone", name=name, zi_text=TEXT.format(address=f"198.51.100.{i}"), receipt=True)["change_id"]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            made = list(pool.map(work, range(100)))
        for name, i, change_id in made:
            receipt = dms.call("wait_change", change_id=change_id, timeout_ms=60000)
            self.assertTrue(receipt["complete"], receipt)
            self.check_timeline(receipt)
            for server in servers():
                self.assertEqual(dms.soa(server, name), receipt["soa_serial"], f"{name} on {server}")
        for name, i, _ in made[::10]:
            self.everywhere(f"www.{name}", "A", [f"198.51.100.{i}"])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            gone = list(pool.map(lambda m: dms.call("delete_zone", name=m[0], receipt=True)["change_id"], made))
        for change_id in gone:
            self.assertTrue(dms.call("wait_change", change_id=change_id, timeout_ms=60000)["complete"])
        for name, _, _ in made:
            for server in servers():
                self.assertIsNone(dms.soa(server, name), f"{name} is still on {server}")

    def test_quick_edits_end_with_the_newest(self):
        zone = "quick.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        changes = [dms.call("update_zone_text", name=zone, zi_text=TEXT.format(address=f"198.51.100.{i}"), receipt=True) for i in range(60)]
        serials = []
        for change in changes:
            receipt = dms.call("wait_change", change_id=change["change_id"], timeout_ms=60000)
            self.assertTrue(receipt["complete"], receipt)
            serials.append(receipt["soa_serial"])
        for a, b in zip(serials, serials[1:]):
            self.assertTrue(a == b or ahead(b, a), serials)
        self.everywhere("www.quick.test", "A", ["198.51.100.59"])
        self.assertEqual(len(dms.call("list_zi", name=zone)["all_zis"]), 61)

    def test_edits_merge_while_the_master_is_busy(self):
        zone = "merge.test"
        before = dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        pid = dms.kill("master-agent", signal.SIGSTOP)
        try:
            changes = [dms.call("update_zone_text", name=zone, zi_text=TEXT.format(address=f"198.51.100.{i}"), receipt=True) for i in range(20)]
            self.assertEqual(dms.answer(dms.slaves[0], "www.merge.test", "A"), ["192.0.2.1"])
        finally:
            os.kill(pid, signal.SIGCONT)
        receipts = [dms.call("wait_change", change_id=c["change_id"], timeout_ms=60000) for c in changes]
        self.assertTrue(all(r["complete"] for r in receipts))
        serials = {r["soa_serial"] for r in receipts}
        self.assertLessEqual(len(serials), 4, f"20 waiting edits were published one by one: {sorted(serials)}")
        self.assertNotIn(before["soa_serial"], serials)
        self.everywhere("www.merge.test", "A", ["198.51.100.19"])

    def test_no_lost_update(self):
        """Two editors add records to one zone at the same time, each on top of what it read: every record is there in the end."""
        zone, each = "two-editors.test", 15
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        conflicts, failures = [0, 0], []

        def edit(who, i):
            while True:
                view = dms.call("edit_zone", name=zone, login_id=f"editor{who}")[0]["zi"]
                view["rr_groups"].append({"rrs": [{"label": f"e{who}-{i}", "type": "A", "rdata": f"192.0.2.{i}"}]})
                try:
                    return dms.call("update_zone", name=zone, login_id=f"editor{who}", zi_data=view, if_zi_id=view["zi_id"])
                except RpcError as error:
                    if error.code != -136:
                        raise
                    conflicts[who] += 1

        def run(who):
            try:
                for i in range(each):
                    edit(who, i)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(who,)) for who in (0, 1)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(120)
        self.assertEqual(failures, [])
        dms.live("refresh_zone", name=zone)
        expected = sorted(f"e{who}-{i}.two-editors.test." for who in (0, 1) for i in range(each))
        for server in servers():
            found = sorted(line.split()[0] for line in dms.records(server, zone) if line.startswith("e"))
            self.assertEqual(found, expected, f"{server}; {conflicts} conflicts")

    def test_second_of_two_editors_is_told(self):
        zone = "told.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        views = [dms.call("edit_zone", name=zone, login_id=who)[0]["zi"] for who in ("ann", "bob")]
        for view, label in zip(views, ("ann", "bob")):
            view["rr_groups"].append({"rrs": [{"label": label, "type": "A", "rdata": "192.0.2.9"}]})
        dms.live("update_zone", name=zone, login_id="ann", zi_data=views[0], if_zi_id=views[0]["zi_id"])
        with self.assertRaises(RpcError) as caught:
            dms.call("update_zone", name=zone, login_id="bob", zi_data=views[1], if_zi_id=views[1]["zi_id"])
        self.assertEqual(caught.exception.code, -136)
        self.assertIn("ann", str(caught.exception))
        self.everywhere("ann.told.test", "A", ["192.0.2.9"])
        self.everywhere("bob.told.test", "A", [])

    def test_published_state_is_told(self):
        zone = "state.test"
        receipt = dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        view = wait_until(lambda: (v := dms.call("show_zonesm", name=zone))["state"] == "PUBLISHED" and v, 10, "state PUBLISHED")
        self.assertEqual((view["zi_id"], view["zi_candidate_id"], view["soa_serial"]), (receipt["zi_id"], receipt["zi_id"], receipt["soa_serial"]))
        self.assertIsNotNone(view["zi"]["ptime"])
        rows = {s["server"]: s for s in view["servers"]}
        self.assertEqual(sorted(rows), ["master", "slave1", "slave2"])
        for name in ("slave1", "slave2"):
            self.assertEqual((rows[name]["goal"], rows[name]["goal_serial"], rows[name]["live_serial"]),
                             ("serve", receipt["soa_serial"], receipt["soa_serial"]), json.dumps(rows[name]))
            self.assertIsNone(rows[name]["behind_since"])


if __name__ == "__main__":
    unittest.main()
