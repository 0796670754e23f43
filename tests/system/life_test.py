#!/usr/bin/env python3
"""The life of zones beyond editing: copies, settings, serials, server groups, the end; each answer on the real servers."""
import shutil
import subprocess
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

    def test_set_too_far(self):
        """A server that has not been seen with the last step must not take the next for an older serial."""
        first = self.load("far.test")["soa_serial"]
        dms.sv("down", "slave2-agent")
        far = (first + 2_000_000_000) % 2**32
        dms.call("poke_zone_set_serial", name="far.test", soa_serial=far)
        wait_until(lambda: dms.call("show_zonesm", name="far.test")["soa_serial"] == far and dms.soa(dms.master, "far.test") == far, 30, "first step")
        wait_until(lambda: {s["server"]: s["live_serial"] for s in dms.call("show_zonesm", name="far.test")["servers"]}["slave1"] == far, 30, "slave1")
        told = self.refused(-115, "poke_zone_set_serial", name="far.test", soa_serial=(far + 1_500_000_000) % 2**32)
        self.assertIn("slave2", str(told))
        dms.sv("up", "slave2-agent")
        wait_until(lambda: dms.soa(dms.slaves[1], "far.test") == far, 30, "slave2 has it")
        wait_until(lambda: all(s["behind_since"] is None for s in dms.call("show_zonesm", name="far.test")["servers"]), 30, "slave2 was seen with it")
        dms.live("poke_zone_set_serial", name="far.test", soa_serial=(far + 1_500_000_000) % 2**32)

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


    def test_wrapped_while_away(self):
        """A slave that was disabled during a wrap, then a master and a slave with the disks of before it: each has a serial that is "ahead"."""
        first = self.load("away.test")["soa_serial"]
        high = first + 900_000_000
        dms.live("poke_zone_set_serial", name="away.test", soa_serial=high)
        old = ("master", "slave1")
        for name in old:
            for program in ("agent", "named"):
                dms.sv("down", f"{name}-{program}")
            subprocess.run(["cp", "-a", dms.dir / name, dms.dir / f"{name}.old"], check=True)
            for program in ("named", "agent"):
                dms.sv("up", f"{name}-{program}")
        dms.call("disable_server", server_name="slave2")
        for program in ("agent", "named"):  # the master goes on with its notifies until it is configured anew
            dms.sv("down", f"slave2-{program}")
        wrap = dms.call("poke_zone_wrap_serial", name="away.test", receipt=True)
        self.assertTrue(dms.call("wait_change", change_id=wrap["change_id"], timeout_ms=60000)["complete"])
        wait_until(lambda: first <= (dms.soa(dms.slaves[0], "away.test") or 0) < first + 200, 30, "the date")
        edit = dms.live("update_zone_text", name="away.test", zi_text=TEXT.format(address="192.0.2.2"))
        dms.sv("up", "slave2-named")
        wait_until(lambda: dms.soa(dms.slaves[1], "away.test") == high, 30, "slave2 has the old serial")
        self.assertTrue(ahead(high, edit["soa_serial"]))
        dms.sv("up", "slave2-agent")
        dms.call("enable_server", server_name="slave2")
        wait_until(lambda: dms.soa(dms.slaves[1], "away.test") == edit["soa_serial"], 30, "slave2 takes the zone anew")
        self.everywhere("www.away.test", "A", ["192.0.2.2"])
        for name in old:
            for program in ("agent", "named"):
                dms.sv("down", f"{name}-{program}")
            shutil.rmtree(dms.dir / name)
            (dms.dir / f"{name}.old").rename(dms.dir / name)
            dms.sv("up", f"{name}-named")
        wait_until(lambda: [dms.soa(s, "away.test") for s in (dms.master, dms.slaves[0])] == [high, high], 30, "the old serials are back")
        for name in old:
            dms.sv("up", f"{name}-agent")
        wait_until(lambda: [dms.soa(s, "away.test") for s in servers()] == [edit["soa_serial"]] * 3, 60, "loaded over, and taken anew")
        self.everywhere("www.away.test", "A", ["192.0.2.2"])
        last = dms.live("update_zone_text", name="away.test", zi_text=TEXT.format(address="192.0.2.3"))
        self.assertEqual(last["soa_serial"], edit["soa_serial"] + 1)
        self.everywhere("www.away.test", "A", ["192.0.2.3"])
        self.refused(-118, "poke_zone_set_serial", name="away.test", soa_serial=high)


class Groups(Base):
    @classmethod
    def setUpClass(cls):
        """slave2 moves to a group of its own, and back."""
        cls.home = dms.sql("select value from dms.config where key = 'default_sg'").strip()
        dms.call("create_sg", sg_name="two", apex_ns=["ns1.two.test.", "ns2.two.test."])
        cls.move("two")

    @classmethod
    def tearDownClass(cls):
        """Nothing is left in the group then."""
        dms.sv("up", "slave2-agent")
        for name in ("moving.test", "still.test", "guided.test", "turned.test"):
            dms.live("delete_zone", name=name)
            zone_id = int(dms.sql(f"select id from dms.zone where name = '{name}.'"))
            wait_until(lambda: dms.sql(f"select count(*) from dms.zone_server where zone_id = {zone_id}").strip() == "0", 30, "gone")
            dms.call("destroy_zone", zone_id=zone_id)
        cls.move(cls.home)
        dms.call("delete_sg", sg_name="two")

    @staticmethod
    def move(group):
        dms.call("disable_server", server_name="slave2")
        dms.call("move_server_sg", server_name="slave2", sg_name=group)
        dms.call("enable_server", server_name="slave2")
        wait_until(lambda: (s := dms.call("show_server", server_name="slave2"))["state"] == "OK" and s["behind"] == 0, 60, f"slave2 in {group}")

    def where(self, zone, *on):
        """The zone is on these servers, and nowhere else."""
        def settled():
            return all((dms.status_of(s, zone) == "NOERROR") == (s in on) for s in servers())
        wait_until(settled, 30, f"{zone} on {on} only")

    def test_live_move(self):
        one, two = dms.slaves
        self.load("moving.test")
        self.where("moving.test", dms.master, one)
        self.refused(-94, "set_zone_sg", name="moving.test", sg_name="two")
        self.refused(-123, "swap_zone_sg", name="moving.test")
        self.refused(-59, "set_zone_alt_sg", name="moving.test", sg_name="none")
        self.refused(-80, "set_zone_alt_sg", name="moving.test", sg_name=self.home)
        done = dms.live("set_zone_alt_sg", name="moving.test", sg_name="two")
        self.assertEqual(sorted(s["server"] for s in done["servers"]), ["slave1", "slave2"])
        self.where("moving.test", dms.master, one, two)
        again = dms.call("set_zone_alt_sg", name="moving.test", sg_name="two", receipt=True)
        self.assertTrue(again["unchanged"] and not again["publishes"])
        self.everywhere("moving.test", "NS", ["ns1.quickstart.test.", "ns2.quickstart.test."])
        self.tool("swap_zone_sg", "-f", "--wait", "moving.test")
        self.everywhere("moving.test", "NS", ["ns1.two.test.", "ns2.two.test."])
        zone = dms.call("show_zone", name="moving.test")
        self.assertEqual((zone["sg_name"], zone["alt_sg_name"]), ("two", self.home))
        self.tool("delete_zone_alt_sg", "--wait", "moving.test")
        self.where("moving.test", dms.master, two)
        self.assertEqual(dms.answer(two, "www.moving.test", "A"), ["192.0.2.1"])

    def step(self, zone, *states, **more):
        """Wait until the move is in one of these states."""
        def there():
            move = dms.call("show_zone_move", name=zone)
            return move if move["state"] in states and all(text in (move[key] or "") for key, text in more.items()) else None
        return wait_until(there, 60, f"move of {zone} is in {states} {more}")

    def test_supervised_move(self):
        """Step by step, proved by the servers; the controller dies in the middle of it."""
        one, two = dms.slaves
        self.load("guided.test")
        self.refused(-221, "show_zone_move", name="guided.test")
        self.refused(-221, "cancel_zone_move", name="guided.test")
        self.refused(-28, "move_zone_sg", name="absent.test", sg_name="two")
        self.refused(-59, "move_zone_sg", name="guided.test", sg_name="none")
        self.refused(-80, "move_zone_sg", name="guided.test", sg_name=self.home)
        self.refused(-32602, "move_zone_sg", name="guided.test", sg_name="two", ttl_wait="soon")
        dms.call("create_sg", sg_name="nobody")
        self.refused(-223, "move_zone_sg", name="guided.test", sg_name="nobody")
        dms.call("delete_sg", sg_name="nobody")
        dms.sv("down", "slave2-agent")
        self.tool("move_zone_sg", "guided.test", "two", "3")
        waits = self.step("guided.test", "ADD", waits_for="slave2")
        self.assertTrue(waits["cancelable"] and waits["since"] and waits["until"] is None)
        for method, params in (("move_zone_sg", {"sg_name": "two"}), ("set_zone_alt_sg", {}), ("swap_zone_sg", {})):
            self.refused(-220, method, name="guided.test", **params)
        self.refused(-73, "delete_sg", sg_name="two")
        self.everywhere_on([dms.master, one], "guided.test", "NS", ["ns1.quickstart.test.", "ns2.quickstart.test."])
        dms.call("update_zone_text", name="guided.test", zi_text=TEXT.format(address="192.0.2.9"))  # edits go on
        dms.kill("controller")
        dms.sv("up", "slave2-agent")
        waits = wait_until(lambda: self.shown("guided.test", "WAIT"), 60, "WAIT")
        self.assertTrue(waits["until"] > waits["since"])
        dms.kill("controller")
        wait_until(lambda: self.shown("guided.test", "DONE"), 60, "DONE")
        self.refused(-222, "cancel_zone_move", name="guided.test")
        self.where("guided.test", dms.master, two)
        self.assertEqual(dms.answer(two, "guided.test", "NS"), ["ns1.two.test.", "ns2.two.test."])
        self.assertEqual(dms.answer(two, "www.guided.test", "A"), ["192.0.2.9"])
        self.assertIn("guided.test. %s -> two" % self.home, " ".join(self.tool("ls_zone_moves", "-v", "two").split()))
        self.assertEqual(dms.call("ls_zone_moves"), [])
        # and back, followed by the tool
        out = self.tool("move_zone_sg", "--wait=60", "guided.test", self.home, "0")
        self.assertIn("DONE", out)
        self.where("guided.test", dms.master, one)

    def shown(self, zone, state):
        """The move when it is in this state; None also while the controller is away."""
        try:
            move = dms.call("show_zone_move", name=zone)
        except (OSError, AssertionError):
            return None
        return move if move["state"] == state else None

    def everywhere_on(self, some, name, rtype, expected):
        for server in some:
            self.assertEqual(dms.answer(server, name, rtype), expected, server)

    def test_cancelled_move(self):
        one, two = dms.slaves
        self.load("turned.test")
        # before the swap
        dms.sv("down", "slave2-agent")
        dms.call("move_zone_sg", name="turned.test", sg_name="two")
        self.step("turned.test", "ADD", waits_for="slave2")
        self.tool("cancel_zone_move", "-f", "turned.test")
        self.refused(-222, "cancel_zone_move", name="turned.test")
        dms.sv("up", "slave2-agent")
        self.step("turned.test", "CANCELED")
        self.where("turned.test", dms.master, one)
        # behind it: what resolvers keep of the new apex is waited for, too
        dms.call("move_zone_sg", name="turned.test", sg_name="two", ttl_wait="3")
        self.step("turned.test", "WAIT")
        self.everywhere("turned.test", "NS", ["ns1.two.test.", "ns2.two.test."])
        dms.call("cancel_zone_move", name="turned.test")
        self.step("turned.test", "BACK_WAIT")
        self.everywhere("turned.test", "NS", ["ns1.quickstart.test.", "ns2.quickstart.test."])
        self.step("turned.test", "CANCELED")
        self.where("turned.test", dms.master, one)
        zone = dms.call("show_zone", name="turned.test")
        self.assertEqual((zone["sg_name"], zone["alt_sg_name"]), (self.home, None))
        # without ttl_wait: the longest of the zone's TTLs and move_parent_ttl
        dms.call("move_zone_sg", name="turned.test", sg_name="two")
        self.step("turned.test", "WAIT")
        self.assertEqual(dms.sql("select extract(epoch from until - since)::int from dms.zone_move where ended is null").strip(), "86400")
        # a disabled zone's move rests, a deleted one's ends
        dms.live("disable_zone", name="turned.test")
        self.refused(-220, "set_zone_sg", name="turned.test", sg_name="two")
        dms.live("enable_zone", name="turned.test")
        self.where("turned.test", dms.master, one, two)
        self.assertEqual(dms.call("show_zone_move", name="turned.test")["state"], "WAIT")
        zone_id = dms.call("show_zone", name="turned.test")["zone_id"]
        dms.live("delete_zone", name="turned.test")
        dms.live("undelete_zone", zone_id=zone_id)
        self.assertEqual(dms.call("show_zone_move", name="turned.test")["state"], "CANCELED")
        self.where("turned.test", dms.master, one)

    def test_move_of_a_disabled_zone(self):
        one, two = dms.slaves
        self.load("still.test")
        dms.live("disable_zone", name="still.test")
        self.refused(-59, "set_zone_sg", name="still.test", sg_name="none")
        self.tool("set_zone_sg", "still.test", "two")
        dms.live("enable_zone", name="still.test")
        self.where("still.test", dms.master, two)
        self.assertEqual(dms.answer(two, "still.test", "NS"), ["ns1.two.test.", "ns2.two.test."])
        dms.live("disable_zone", name="still.test")
        dms.call("set_zone_sg", name="still.test")
        dms.live("enable_zone", name="still.test")
        self.where("still.test", dms.master, one)
        self.refused(-73, "delete_sg", sg_name=self.home)


class Setup(Base):
    def test_groups(self):
        dms.call("create_sg", sg_name="spare")
        self.refused(-72, "rename_sg", sg_name="spare", new_name=dms.sql("select value from dms.config where key = 'default_sg'").strip())
        self.refused(-146, "rename_sg", sg_name="spare", new_name="no good")
        self.refused(-59, "rename_sg", sg_name="none", new_name="good")
        self.tool("rename_sg", "-f", "spare", "other")
        self.tool("set_sg_config", "-f", "other", "/etc/dms/other")
        dms.call("set_sg_master_address", sg_name="other", address="192.0.2.1")
        dms.call("set_sg_master_alt_address", sg_name="other", address="2001:db8::1")
        self.refused(-146, "set_sg_master_address", sg_name="other", address="host")
        self.refused(-146, "set_sg_config", sg_name="other", config_dir="relative")
        group = dms.call("show_sg", sg_name="other")
        self.assertEqual((group["config_dir"], group["master_address"], group["master_alt_address"]), ("/etc/dms/other", "192.0.2.1", "2001:db8::1"))
        self.tool("set_sg_master_address", "other", "none")
        self.assertIsNone(dms.call("show_sg", sg_name="other")["master_address"])
        self.assertEqual(dms.call("show_master_status")["replica_sg_name"], "replica")
        self.assertEqual(self.refused(-114, "set_sg_replica_sg", sg_name="other").data["replica_sg_name"], "replica")
        self.refused(-59, "set_sg_replica_sg", sg_name="none-such")
        dms.call("reconfig_replica_sg")
        self.tool("set_sg_replica_sg", "-f", "none")
        self.refused(-128, "set_sg_replica_sg")
        self.refused(-128, "reconfig_replica_sg")
        dms.call("set_sg_replica_sg", sg_name="replica")
        dms.call("delete_sg", sg_name="other")

    def test_rename_of_a_group_in_use(self):
        """Name servers know zones by the group's name."""
        self.load("in-group.test")
        home = dms.call("show_zone", name="in-group.test")["sg_name"]
        self.refused(-73, "rename_sg", sg_name=home, new_name="renamed")
        dms.call("create_sg", sg_name="empty")
        dms.call("set_config", key="default_sg", value="empty")
        dms.call("rename_sg", sg_name="empty", new_name="still-empty")
        self.assertEqual(dms.sql("select value from dms.config where key = 'default_sg'").strip(), "still-empty")
        dms.call("set_config", key="default_sg", value=home)
        dms.call("delete_sg", sg_name="still-empty")

    def test_servers(self):
        group = dms.call("show_server", server_name="slave1")["sg_name"]
        dms.call("create_server", server_name="spare", address="192.0.2.77", sg_name=group)
        for method, value in (("set_server_type", {"server_type": "bind9"}), ("set_server_address", {"address": "192.0.2.1"}),
                              ("move_server_sg", {"sg_name": group})):
            self.refused(-78, method, server_name="slave1", **value)
            self.refused(-75, method, server_name="none", **value)
        self.tool("set_server_type", "spare", "nsd4")
        self.tool("set_server_address", "spare", "192.0.2.78")
        self.tool("set_server_ssh_address", "spare", "192.0.2.79")
        self.refused(-146, "set_server_type", server_name="spare", server_type="tinydns")
        self.refused(-146, "set_server_address", server_name="spare", address="here")
        dms.call("create_server", server_name="taken", address="192.0.2.80", sg_name=group)
        self.refused(-77, "set_server_address", server_name="spare", address="192.0.2.80")
        self.refused(-74, "rename_server", server_name="spare", new_name="taken")
        self.refused(-59, "move_server_sg", server_name="spare", sg_name="none")
        self.tool("rename_server", "-f", "spare", "better")
        server = dms.call("show_server", server_name="better")
        self.assertEqual((server["server_type"], server["address"], server["ssh_address"]), ("nsd4", "192.0.2.78", "192.0.2.79"))
        self.tool("set_server_ssh_address", "better", "none")
        self.assertIsNone(dms.call("show_server", server_name="better")["ssh_address"])
        for name in ("better", "taken"):
            dms.call("delete_server", server_name=name)

    def test_reconfig_and_refresh(self):
        self.load("refreshed.test")
        group = dms.call("show_zone", name="refreshed.test")["sg_name"]
        before = dms.call("show_master_status")["generation"]
        dms.call("reconfig_master"), dms.call("reconfig_sg", sg_name=group), dms.call("reconfig_all")
        self.tool("reset_master", "-f")
        wait_until(lambda: (m := dms.call("show_configsm"))["state"] == "READY" and m["generation"] > before, 60, "configured anew")
        wait_until(lambda: all(s["state"] == "OK" for s in dms.call("list_server")), 60, "all servers are well")
        for command in (["refresh_sg", "-f", group], ["refresh_all", "-f"]):
            serial = dms.soa(dms.master, "refreshed.test")
            self.tool(*command)
            wait_until(lambda: all(ahead(dms.soa(s, "refreshed.test") or serial, serial) for s in servers()), 60, command)
        self.refused(-59, "refresh_sg", sg_name="none")
        self.refused(-59, "reconfig_sg", sg_name="none")

    def test_events(self):
        self.load("events.test", edit_lock=True)
        self.refused(-129, "show_event", event_id=999999999)
        self.refused(-129, "fail_event", event_id=999999999)
        done = dms.call("list_events", limit=1)[0]["event_id"]
        self.assertEqual(dms.call("show_event", event_id=done)["event_id"], done)
        self.assertIn(str(done), self.tool("show_event", str(done)))
        self.refused(-130, "fail_event", event_id=done)
        token = dms.call("edit_zone", name="events.test")[1]
        self.refused(-130, "fail_event", event_id=token)  # the lock would stay for ever
        dms.call("cancel_edit_zone", name="events.test", edit_lock_token=token)
        zone_id = dms.call("show_zone", name="events.test")["zone_id"]
        waiting = int(dms.sql("insert into dms.event (kind, machine_id, type, created, due) values"
                              f" ('zone', {zone_id}, 'ZoneSMUpdate', now(), now() + interval '1 hour') returning id"))
        self.tool("fail_event", "-f", str(waiting))
        self.assertEqual(dms.call("show_event", event_id=waiting)["state"], "FAILURE")

    def test_deleted_zones(self):
        self.load("bin.test")
        dms.live("delete_zone", name="bin.test")
        self.assertIn("bin.test.", self.tool("ls_deleted", "bin.*"))
        self.assertNotIn("bin.test.", self.tool("ls"))
        self.tool("ls_deleted", "-v", "absent.*", code=68)


class Many(Base):
    def test_load_zones(self):
        """Each zone on its own: what is refused is told in its place, the others are live."""
        self.load("taken.test")
        zones = [{"name": "one.many.test", "zi_text": TEXT.format(address="192.0.2.1"), "reference": "Many-1"},
                 {"name": "taken.test", "zi_text": TEXT.format(address="192.0.2.2")},
                 {"name": "bad.many.test", "zi_text": "www IN A 192.0.2.BAD\nmail IN A X\n"},
                 {"name": "two.many.test", "zi_data": {"rr_groups": [{"rrs": [{"label": "www", "type": "A", "rdata": "192.0.2.2"}]}]}},
                 {"name": "no name", "zi_text": ""}, {"name": "one.many.test", "zi_text": TEXT.format(address="192.0.2.3")}]
        result = dms.call("load_zones", zones=zones, login_id="ann")
        self.assertEqual((result["loaded"], result["refused"]), (2, 4))
        codes = [z.get("error", {}).get("code") for z in result["zones"]]
        self.assertEqual([codes[i] for i in (0, 1, 3, 5)], [None, -36, None, -36])
        self.assertEqual(len(result["zones"][2]["error"]["data"]["problems"]), 2)
        self.assertEqual(result["zones"][4]["error"]["data"]["error"], "INVALID_DOMAIN_NAME")
        for zone in (result["zones"][0], result["zones"][3]):
            receipt = dms.call("wait_change", change_id=zone["change_id"], timeout_ms=30000)
            self.assertTrue(receipt["complete"], receipt)
            self.assertEqual((receipt["method"], receipt["zi_id"]), ("load_zones", zone["zi_id"]))
        self.everywhere("www.one.many.test", "A", ["192.0.2.1"])
        self.everywhere("www.two.many.test", "A", ["192.0.2.2"])
        self.everywhere("www.taken.test", "A", ["192.0.2.1"])
        self.assertEqual(dms.call("show_zone", name="one.many.test")["reference"], "Many-1")
        self.assertEqual(dms.call("show_zone", name="two.many.test")["all_zis"][0]["change_by"].split("/")[1], "Admin")
        # what would be the same for all refuses all
        self.refused(-59, "load_zones", zones=[{"name": "three.many.test", "zi_text": "", "sg_name": "none"}])
        self.refused(-28, "show_zone", name="three.many.test")
        text = TEXT.format(address="192.0.2.1")
        for wrong in ([{"name": "x.test"}], [{"zi_text": text}], [{"name": "x.test", "zi_text": text, "zi_data": {}}], [7],
                      [{"name": "x.test", "zi_text": text, "colour": 1}], [{"name": 7, "zi_text": text}], [{}] * 1001):
            self.refused(-32602, "load_zones", zones=wrong)
        self.assertEqual(dms.call("load_zones", zones=[])["zones"], [])


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

    def test_deleted_several_times(self):
        """Zones of one name that were deleted: each is kept, shown and brought back by its number, and the serial only grows."""
        ids, serials = [], []
        for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
            serials.append(self.load("often.test", address)["soa_serial"])
            ids.append(dms.call("show_zone", name="often.test")["zone_id"])
            dms.live("delete_zone", name="often.test")
        self.assertTrue(ahead(serials[1], serials[0]) and ahead(serials[2], serials[1]), serials)
        deleted = dms.call("list_zone", names=["often.test"], toggle_deleted=True)
        self.assertEqual(sorted(z["zone_id"] for z in deleted), sorted(ids))
        self.assertEqual(self.tool("ls_deleted", "often.test").count("often.test."), 3)
        self.nowhere("often.test")
        self.refused(-28, "show_zone", name="often.test")
        # the one in the middle comes back, with its own contents
        back = dms.live("undelete_zone", zone_id=ids[1])
        self.assertTrue(ahead(back["soa_serial"], serials[2]), back)
        self.everywhere("www.often.test", "A", ["192.0.2.2"])
        self.refused(-69, "undelete_zone", zone_id=ids[0])
        self.refused(-37, "undelete_zone", zone_id=ids[1])
        self.refused(-29, "undelete_zone", zone_id=999999)
        self.refused(-37, "destroy_zone", zone_id=ids[1])
        dms.call("destroy_zone", zone_id=ids[2])
        self.refused(-29, "undelete_zone", zone_id=ids[2])
        self.everywhere("www.often.test", "A", ["192.0.2.2"])
        nuked = dms.call("nuke_zones", names=["often.test"])
        self.assertEqual([z["zone_id"] for z in nuked], [ids[1]])
        dms.call("wait_change", change_id=nuked[0]["change_id"], timeout_ms=30000)
        again = dms.live("undelete_zone", zone_id=ids[0])
        self.everywhere("www.often.test", "A", ["192.0.2.1"])
        self.assertTrue(ahead(again["soa_serial"], back["soa_serial"]))
        dms.live("delete_zone", name="often.test")

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

    def test_vacuum(self):
        self.load("vacuum.test")
        zone_id = dms.call("show_zone", name="vacuum.test")["zone_id"]
        nuked = dms.call("nuke_zones", names=["vacuum.test"])
        dms.call("wait_change", change_id=nuked[0]["change_id"], timeout_ms=30000)
        wait_until(lambda: dms.sql(f"select count(*) from dms.zone_server where zone_id = {zone_id}").strip() == "0", 30, "zone is gone from all")
        self.assertGreaterEqual(dms.call("vacuum_zones"), 1)
        self.refused(-29, "show_zone_byid", zone_id=zone_id)
        self.assertEqual(sorted(dms.call("vacuum_all")), ["change_sets", "events", "kept_texts", "pared", "requests", "syslog", "tokens", "zis", "zones"])
        self.tool("vacuum_event_queue", "5", code=75)  # nobody can be asked
        for verb in ("vacuum_event_queue", "vacuum_zis", "vacuum_zones", "vacuum_pare_deleted_zone_zis", "vacuum_syslog"):
            self.assertRegex(self.tool(verb, "-fv", "365"), r"^\d+\n$")
        self.assertEqual(self.tool("vacuum_zis"), "")
        self.assertEqual(self.tool("vacuum_all"), "")
        self.assertRegex(self.tool("vacuum_all", "-v"), r"^items destroyed: \d+ in all, \d+ zones, \d+ zis\s+pared")
        self.refused(-32602, "vacuum_zis", age=-1)


if __name__ == "__main__":
    unittest.main()
