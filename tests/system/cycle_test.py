#!/usr/bin/env python3
"""Zones and servers at the wrong moment: what was saved last, edit locks, why and since when a server fails."""
import unittest

from stack import Stack, wait_until

TEXT = "$TTL 1h\nwww IN A {}\n"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


class Cycle(unittest.TestCase):
    def load(self, zone, **more):
        return dms.live("load_zone", name=zone, zi_text=TEXT.format("192.0.2.1"), **more)

    def save(self, zone, address, **more):
        return dms.call("update_zone_text", name=zone, login_id="ann", zi_text=TEXT.format(address), receipt=True, **more)

    def everywhere(self, name, address):
        for server in (dms.master, *dms.slaves):
            self.assertEqual(dms.answer(server, name, "A"), [address], server)

    def test_last_save_comes_back(self):
        """Saved while the master was away, deleted or disabled, and wanted again."""
        for zone, off, on in (("deleted.test", "delete_zone", "undelete_zone"), ("disabled.test", "disable_zone", "enable_zone")):
            self.load(zone)
            zone_id = dms.call("show_zone", name=zone)["zone_id"]
            dms.sv("down", "master-agent")
            saved = self.save(zone, "192.0.2.2")["zi_id"]
            dms.call(off, name=zone)
            self.assertEqual(dms.call("show_zone_byid", zone_id=zone_id)["zi"]["zi_id"], saved)
            change = dms.call(on, receipt=True, **({"zone_id": zone_id} if off == "delete_zone" else {"name": zone}))
            dms.sv("up", "master-agent")
            self.assertTrue(dms.call("wait_change", change_id=change["change_id"], timeout_ms=30000)["complete"])
            self.everywhere("www." + zone, "192.0.2.2")

    def test_editor_of_a_disabled_zone(self):
        """The lock outlives the zone's being disabled and the controller."""
        self.load("locked.test", edit_lock=True)
        token = dms.call("edit_zone", name="locked.test", login_id="ann")[1]
        dms.live("disable_zone", name="locked.test")
        dms.sv("restart", "controller")
        self.assertIs(dms.call("tickle_editlock", name="locked.test", edit_lock_token=token), True)
        self.save("locked.test", "192.0.2.3", edit_lock_token=token)
        self.assertEqual(dms.call("show_zone", name="locked.test")["lock_state"], "EDIT_UNLOCK")
        dms.live("enable_zone", name="locked.test")
        self.everywhere("www.locked.test", "192.0.2.3")

    def test_why_and_since_when(self):
        self.load("shown.test")
        before = dms.call("show_server", server_name="slave1")
        dms.sv("down", "slave1-named")
        down = wait_until(lambda: (s := dms.call("show_server", server_name="slave1"))["state"] == "RETRY" and s, 30, "trouble is seen")
        self.assertIn("name server does not answer", down["retry_msg"])
        self.assertGreater(down["state_since"], before["state_since"])
        self.assertIn("RETRY since ", dms.quickstart("tool", "ls_server", "-v", "slave1").stdout)
        status = {s["server"]: s for s in dms.call("show_dms_status")["servers"]}
        self.assertEqual(status["slave1"]["state_since"], down["state_since"])
        self.save("shown.test", "192.0.2.4")
        behind = wait_until(lambda: (s := dms.call("show_server", server_name="slave1"))["behind"] == 1 and s, 30, "it is behind")
        self.assertEqual(behind["state_since"], down["state_since"])
        dms.call("disable_server", server_name="slave1")
        off = dms.call("show_server", server_name="slave1")
        self.assertEqual((off["behind"], off["behind_since"]), (0, None))  # nothing is expected of it
        dms.sv("up", "slave1-named")
        dms.call("enable_server", server_name="slave1")
        wait_until(lambda: dms.answer(dms.slaves[0], "www.shown.test", "A") == ["192.0.2.4"], 30, "it has caught up")
        wait_until(lambda: dms.call("show_server", server_name="slave1")["state"] == "OK", 30, "all is well")

    def test_events_tell_names(self):
        self.load("events.test")
        zone_id = dms.call("show_zone", name="events.test")["zone_id"]
        event = dms.call("list_events", name="events.test", limit=1)[0]
        self.assertEqual((event["name"], event["zone_id"]), ("events.test.", zone_id))
        self.assertEqual(dms.call("show_event", event_id=event["event_id"])["name"], "events.test.")
        self.assertEqual(dms.call("list_events", server_name="slave2", limit=1)[0]["name"], "slave2")
        self.assertIn("events.test.", dms.quickstart("tool", "ls_events", "1000").stdout)
        dms.live("delete_zone", name="events.test")
        dms.call("destroy_zone", zone_id=zone_id)
        self.assertIsNone(dms.call("show_event", event_id=event["event_id"])["name"])


if __name__ == "__main__":
    unittest.main()
