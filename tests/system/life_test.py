#!/usr/bin/env python3
"""The life of zones beyond editing: copies, settings, serials, server groups, the end; each answer on the real servers."""
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


class Base(unittest.TestCase):
    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def load(self, zone, address="192.0.2.1", **more):
        return dms.live("load_zone", name=zone, zi_text=TEXT.format(address=address), **more)

    def everywhere(self, name, rtype, expected):
        for server in servers():
            self.assertEqual(dms.answer(server, name, rtype), sorted(expected), f"{name} {rtype} on {server}")

    def nowhere(self, zone):
        for server in servers():
            self.assertEqual(dms.status_of(server, zone), "REFUSED", f"{zone} on {server}")

    def tool(self, *words, code=0):
        run = dms.quickstart("tool", *words, check=False)
        self.assertEqual(run.returncode, code, f"{words}: {run.stdout}{run.stderr}")
        return run.stdout


class Copies(Base):
    def test_copy_zone(self):
        self.load("source.test", edit_lock=True, inc_updates=True, reference="cust-1", sectags=["HOSTED"])
        dms.live("copy_zone", src_name="source.test", name="copied.test")
        self.everywhere("www.copied.test", "A", ["192.0.2.1"])
        self.everywhere("copied.test", "NS", ["ns1.quickstart.test.", "ns2.quickstart.test."])
        zone = dms.call("show_zone", name="copied.test")
        self.assertEqual((zone["edit_lock"], zone["inc_updates"], zone["reference"]), (True, True, "cust-1"))
        self.assertEqual([t["sectag_label"] for t in zone["sectags"]], ["Admin", "HOSTED"])
        first = dms.call("show_zone", name="source.test")["zi"]["zi_id"]
        token = dms.call("edit_zone", name="source.test")[1]
        dms.live("update_zone_text", name="source.test", zi_text=TEXT.format(address="192.0.2.9"), edit_lock_token=token)
        dms.live("copy_zone", src_name="source.test", name="older.test", zi_id=first, edit_lock=False, reference="cust-2", sectags=[],
                 use_apex_ns=False)
        self.everywhere("www.older.test", "A", ["192.0.2.1"])
        self.everywhere("older.test", "NS", ["ns1.quickstart.test.", "ns2.quickstart.test."])
        zone = dms.call("show_zone", name="older.test")
        self.assertEqual((zone["edit_lock"], zone["inc_updates"], zone["reference"], zone["use_apex_ns"]), (False, True, "cust-2", False))
        self.assertEqual([t["sectag_label"] for t in zone["sectags"]], ["Admin"])
        self.refused(-36, "copy_zone", src_name="source.test", name="copied.test")
        self.refused(-28, "copy_zone", src_name="absent.test", name="new.test")
        self.assertEqual(self.refused(-30, "copy_zone", src_name="source.test", name="new.test", zi_id=999999).data["zi_id"], 999999)
        self.tool("copy_zone", "--wait", "source.test", "by-tool.test", "no_edit_lock")
        self.everywhere("www.by-tool.test", "A", ["192.0.2.9"])

    def test_copy_and_delete_zi(self):
        self.load("from.test", "192.0.2.10")
        self.load("to.test", "192.0.2.20")
        source = dms.call("show_zone", name="from.test")["zi"]
        serial = dms.soa(dms.master, "to.test")
        copied = dms.call("copy_zi", src_name="from.test", name="to.test", receipt=True)
        self.assertFalse(copied["publishes"])
        zi = dms.call("show_zi_byid", zi_id=copied["zi_id"])
        self.assertEqual((zi["ctime"], zi["mtime"]), (source["ctime"], source["mtime"]))
        self.assertTrue(ahead(zi["soa_serial"], serial))
        self.assertEqual(dms.soa(dms.master, "to.test"), serial)
        self.everywhere("www.to.test", "A", ["192.0.2.20"])
        published = dms.call("show_zone", name="to.test")["zi_id"]
        dms.live("refresh_zone", name="to.test", zi_id=copied["zi_id"])
        self.everywhere("www.to.test", "A", ["192.0.2.10"])
        self.refused(-38, "delete_zi", name="to.test", zi_id=copied["zi_id"])
        dms.live("refresh_zone", name="to.test", zi_id=published)
        self.tool("delete_zi", "to.test", str(copied["zi_id"]))
        self.refused(-30, "delete_zi", name="to.test", zi_id=copied["zi_id"])
        self.refused(-30, "show_zi_byid", zi_id=copied["zi_id"])
        self.assertIn("soa_serial", self.tool("show_zi_byid", str(published)))
        dms.live("update_zone_text", name="to.test", zi_text=TEXT.format(address="192.0.2.21"))
        self.everywhere("www.to.test", "A", ["192.0.2.21"])
        self.tool("copy_zi", "from.test", "to.test")
        self.everywhere("www.to.test", "A", ["192.0.2.21"])

    def test_candidate_is_kept(self):
        """A version that waits for the master is in use, too."""
        self.load("waiting.test")
        dms.live("disable_zone", name="waiting.test")
        saved = dms.call("update_zone_text", name="waiting.test", zi_text=TEXT.format(address="192.0.2.2"), receipt=True)
        self.refused(-38, "delete_zi", name="waiting.test", zi_id=saved["zi_id"])


class Settings(Base):
    def test_flags(self):
        self.load("flags.test")
        self.refused(-32602, "set_zone", name="flags.test")
        self.assertEqual(self.refused(-32602, "set_zone", name="flags.test", edit_lock=None).data["parameter"], "edit_lock")
        self.refused(-32602, "set_zone", name="flags.test", colour=True)
        self.refused(-32602, "set_zone", name="flags.test", edit_lock="false")
        self.refused(-28, "set_zone", name="absent.test", edit_lock=True)
        self.assertIsNone(dms.call("set_zone", name="flags.test", edit_lock=True, inc_updates=True))
        zone = dms.call("show_zone", name="flags.test")
        self.assertEqual((zone["edit_lock"], zone["inc_updates"], zone["use_apex_ns"]), (True, True, True))
        self.tool("set_zone", "flags.test", "def_edit_lock", "no_inc_updates")
        zone = dms.call("show_zone", name="flags.test")
        self.assertEqual((zone["edit_lock"], zone["inc_updates"]), (False, False))

    def test_apex(self):
        self.load("apex.test")
        ns = ["ns1.quickstart.test.", "ns2.quickstart.test."]
        dms.live("set_zone", name="apex.test", use_apex_ns=False)
        self.everywhere("apex.test", "NS", ns)
        text = dms.call("show_zone_text", name="apex.test")["zi_text"]
        own = text.replace("ns2.quickstart.test.", "ns9.other.test.")
        self.assertNotEqual(own, text)
        dms.live("update_zone_text", name="apex.test", zi_text=own)
        self.everywhere("apex.test", "NS", ["ns1.quickstart.test.", "ns9.other.test."])
        done = dms.live("set_zone", name="apex.test", use_apex_ns=True)
        self.everywhere("apex.test", "NS", ns)
        self.everywhere("www.apex.test", "A", ["192.0.2.1"])
        for server in servers():
            self.assertEqual(dms.soa(server, "apex.test"), done["soa_serial"])

    def test_ttl(self):
        self.load("ttl.test")
        dms.live("refresh_zone_ttl", name="ttl.test", zone_ttl="7200")
        for server in servers():
            self.assertRegex(dms.dig(server, "+noall", "+answer", "www.ttl.test", "A"), r"\s7200\s")
        self.tool("refresh_zone_ttl", "--wait", "ttl.test")
        for server in servers():
            self.assertRegex(dms.dig(server, "+noall", "+answer", "www.ttl.test", "A"), r"\s3600\s")
        self.refused(-49, "refresh_zone_ttl", name="ttl.test", zone_ttl="soon")
        self.refused(-28, "refresh_zone_ttl", name="absent.test")
        dms.call("set_zone", name="ttl.test", edit_lock=True)
        dms.call("edit_zone", name="ttl.test")
        self.refused(-35, "refresh_zone_ttl", name="ttl.test", zone_ttl="60")


class Serials(Base):
    def test_set(self):
        first = self.load("poke.test")["soa_serial"]
        wanted = first + 5000
        self.assertEqual(dms.live("poke_zone_set_serial", name="poke.test", soa_serial=wanted)["soa_serial"], wanted)
        for server in servers():
            self.assertEqual(dms.soa(server, "poke.test"), wanted)
        self.refused(-116, "poke_zone_set_serial", name="poke.test", soa_serial=wanted)
        self.refused(-118, "poke_zone_set_serial", name="poke.test", soa_serial=first)
        for bad in (0, -1, 2**32):
            self.refused(-120, "poke_zone_set_serial", name="poke.test", soa_serial=bad)
        self.refused(-121, "poke_zone_set_serial", name="poke.test", soa_serial="many")
        self.refused(-28, "poke_zone_set_serial", name="absent.test", soa_serial=1)
        self.tool("poke_zone_set_serial", "-fu", "--wait", "poke.test")
        self.assertEqual(dms.soa(dms.master, "poke.test"), wanted + 1)
        dms.call("set_zone", name="poke.test", edit_lock=True)
        dms.call("edit_zone", name="poke.test")
        self.refused(-35, "poke_zone_set_serial", name="poke.test", soa_serial=wanted + 2)
        dms.live("disable_zone", name="poke.test")
        self.refused(-117, "poke_zone_set_serial", name="poke.test", soa_serial=wanted + 2)
        self.refused(-117, "poke_zone_wrap_serial", name="poke.test")

    def test_wrap(self):
        """Both steps by itself; the second, and every other publication, waits for the last server's report of the first."""
        first = self.load("wrap.test")["soa_serial"]
        high = first + 500000
        dms.live("poke_zone_set_serial", name="wrap.test", soa_serial=high)
        dms.sv("down", "slave2-agent")
        change = dms.call("poke_zone_wrap_serial", name="wrap.test", receipt=True)
        wrapped = (high + 2**31 - 1) % 2**32
        wait_until(lambda: [dms.soa(s, "wrap.test") for s in (dms.master, dms.slaves[0])] == [wrapped, wrapped], 30, "first step")
        self.refused(-115, "poke_zone_wrap_serial", name="wrap.test")
        edit = dms.call("update_zone_text", name="wrap.test", zi_text=TEXT.format(address="192.0.2.2"), receipt=True)
        waiting = [e["event_type"] for e in dms.call("list_events", pending=True) if e["state"] == "RETRY" or e["attempts"] == 0]
        self.assertIn("ZoneSMSerialBack", waiting)
        wait_until(lambda: [e for e in dms.call("list_events", pending=True) if e["event_type"] == "ZoneSMUpdate" and e["state"] == "RETRY"], 30,
                   "the edit waits")
        self.assertEqual(dms.soa(dms.master, "wrap.test"), wrapped)
        self.assertIsNone(dms.call("show_change", change_id=change["change_id"])["live_at"])
        dms.sv("up", "slave2-agent")
        self.assertTrue(dms.call("wait_change", change_id=change["change_id"], timeout_ms=60000)["complete"])
        self.assertTrue(dms.call("wait_change", change_id=edit["change_id"], timeout_ms=60000)["complete"])
        self.everywhere("www.wrap.test", "A", ["192.0.2.2"])
        for server in servers():
            serial = dms.soa(server, "wrap.test")
            self.assertTrue(first <= serial < first + 200, serial)
            self.assertTrue(ahead(serial, wrapped))
        self.assertNotIn("ZoneSMSerialBack", [e["event_type"] for e in dms.call("list_events", pending=True)])
        self.tool("poke_zone_wrap_serial", "-f", "absent.test", code=68)


class End(Base):
    def test_destroy(self):
        self.load("gone.test")
        zone_id = dms.call("show_zone", name="gone.test")["zone_id"]
        self.refused(-37, "destroy_zone", zone_id=zone_id)
        self.refused(-29, "destroy_zone", zone_id=999999)
        dms.sv("down", "slave2-agent")
        dms.call("delete_zone", name="gone.test")
        self.refused(-70, "destroy_zone", zone_id=zone_id)  # slave2 still serves it
        dms.sv("up", "slave2-agent")
        wait_until(lambda: dms.sql(f"select count(*) from dms.zone_server where zone_id = {zone_id}").strip() == "0", 30, "zone is gone from all")
        serial = int(dms.sql(f"select soa_serial from dms.zone where id = {zone_id}"))
        self.assertIs(dms.call("destroy_zone", zone_id=zone_id), True)
        self.refused(-29, "show_zone_byid", zone_id=zone_id)
        self.nowhere("gone.test")
        self.assertTrue(ahead(self.load("gone.test")["soa_serial"], serial))
        dms.live("delete_zone", name="gone.test")
        again = dms.sql("select id from dms.zone where name = 'gone.test.'").strip()
        self.tool("destroy_zone", again)
        self.assertEqual(dms.sql("select count(*) from dms.zone where name = 'gone.test.'").strip(), "0")

    def test_nuke(self):
        for name in ("a.nuke.test", "b.nuke.test", "other.nuked.test"):
            self.load(name)
        dms.live("load_zone", name="198.51.100.0/24", zi_text="$TTL 1h\n1 IN PTR www.nuke.test.\n")
        self.refused(-32602, "nuke_zones", names=["*"])
        self.refused(-32602, "nuke_zones", names=[])
        self.refused(-32, "nuke_zones", names=["*.absent.test"])
        self.refused(-32, "nuke_zones", names=["*.in-addr.arpa"])
        self.refused(-59, "nuke_zones", names=["*.nuke.test"], sg_name="none")
        self.tool("nuke_zones", "*.nuke.test", code=75)  # nobody can be asked
        nuked = dms.call("nuke_zones", names=["a.nuke.test", "*.nuke.test"])
        self.assertEqual([z["name"] for z in nuked], ["a.nuke.test.", "b.nuke.test."])
        for zone in nuked:
            self.assertTrue(dms.call("wait_change", change_id=zone["change_id"], timeout_ms=30000)["complete"])
        self.nowhere("a.nuke.test")
        self.everywhere("www.other.nuked.test", "A", ["192.0.2.1"])
        self.assertIn("other.nuked.test.", self.tool("nuke_zones", "-f", "*.nuked.test"))
        self.everywhere("1.100.51.198.in-addr.arpa", "PTR", ["www.nuke.test."])


if __name__ == "__main__":
    unittest.main()
