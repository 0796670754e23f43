#!/usr/bin/env python3
"""PTR records follow the addresses of forward zones, on every name server; and what operators see of it."""
import unittest

from stack import RpcError, Stack, wait_until

TEXT = "$TTL 1h\n{}"
REVERSE = "192.0.2.0/24"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


class AutoPtr(unittest.TestCase):
    def everywhere(self, address, *expected):
        """dig -x on the master and on both slaves, at last."""
        labels = address.split(".")[::-1]
        self.name_is(".".join(labels) + ".in-addr.arpa", *expected)

    def name_is(self, name, *expected):
        for server in (dms.master, *dms.slaves):
            wait_until(lambda: dms.answer(server, name, "PTR") == sorted(expected), 20, f"PTR {name} {expected} on {server}")

    def save(self, zone, text, **more):
        return dms.live("update_zone_text", name=zone, zi_text=TEXT.format(text), **more)

    def test_life(self):
        dms.live("create_zone", name=REVERSE)
        dms.live("create_zone", name="2001:db8::/32")
        zone = "life.ptr.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(
            ";!FORCEREV\na IN A 192.0.2.1\n;!TRACKREV\nb IN A 192.0.2.2\nb IN AAAA 2001:db8::2\nc IN A 192.0.2.3\n"))
        six = "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        self.everywhere("192.0.2.1", "a.life.ptr.test.")
        self.everywhere("192.0.2.2", "b.life.ptr.test.")
        self.name_is(six, "b.life.ptr.test.")  # IPv6 is made by default, IPv4 is not
        self.everywhere("192.0.2.3")
        # a locked PTR record and one that somebody has taken over are told at once
        dms.live("update_rrs", name=REVERSE, update_type="x", update_data={"rr_groups": [{"rrs": [
            {"update_op": "ADD", "label": "4", "type": "PTR", "rdata": "by.hand.test.", "lock_ptr": True}]}]})
        receipt = dms.call("update_zone_text", name=zone, receipt=True, zi_text=TEXT.format(
            "b IN A 192.0.2.2\nb IN AAAA 2001:db8::2\n;!FORCEREV\nd IN A 192.0.2.4\n;!FORCEREV\ne IN A 192.0.2.5\n"))
        self.assertEqual([(w["code"], "LOCKPTR" in w["message"]) for w in receipt["warnings"]], [(-210, True)])
        self.everywhere("192.0.2.1")
        self.everywhere("192.0.2.5", "e.life.ptr.test.")
        self.everywhere("192.0.2.4", "by.hand.test.")
        # its own receipt in the change log and the event's words
        events = [e for e in dms.call("list_events", limit=200) if e["event_type"] == "ZoneSMAutoPtr"]
        self.assertTrue(any("1 made" in str(e["results"]) and "1 removed" in str(e["results"]) for e in events), events)
        # the reverse zone is being edited: it waits
        dms.call("set_zone", name=REVERSE, edit_lock=True)
        token = dms.call("edit_zone", name=REVERSE)[1]
        self.save(zone, "b IN A 192.0.2.2\nb IN AAAA 2001:db8::2\n")
        wait_until(lambda: any("go on waiting" in str(e["results"]) for e in dms.call("list_events", limit=20)), 10, "the event")
        self.everywhere("192.0.2.5", "e.life.ptr.test.")
        dms.call("cancel_edit_zone", name=REVERSE, edit_lock_token=token)
        self.everywhere("192.0.2.5")
        # off and on again, deleted and back
        dms.live("disable_zone", name=zone)
        self.everywhere("192.0.2.2")
        self.name_is(six)
        dms.live("enable_zone", name=zone)
        self.everywhere("192.0.2.2", "b.life.ptr.test.")
        self.name_is(six, "b.life.ptr.test.")
        zone_id = dms.call("show_zonesm", name=zone)["zone_id"]
        dms.live("delete_zone", name=zone)
        self.everywhere("192.0.2.2")
        self.everywhere("192.0.2.4", "by.hand.test.")
        dms.live("undelete_zone", zone_id=zone_id)
        self.everywhere("192.0.2.2", "b.life.ptr.test.")

    def test_flags_in_json_and_what_operators_see(self):
        host = {"label": "h", "type": "A", "rdata": "203.0.113.1"}
        save = lambda **flags: dms.live("update_zone", name="json.ptr.test", zi_data={"rr_groups": [{"rrs": []}, {"rrs": [{**host, **flags}]}]})
        dms.live("create_zone", name="json.ptr.test")
        save(force_reverse=True)  # no reverse zone yet
        self.assertIsNone(dms.call("show_auto_ptr", address="203.0.113.1")["reverse_zone"])
        dms.live("create_zone", name="203.0.113.0/24", reference="R-1")
        dms.call("refresh_auto_ptr", name="json.ptr.test", receipt=True)  # FORCEREV is not kept, so nothing
        seen = dms.call("show_auto_ptr", address="203.0.113.1")
        self.assertEqual([seen[k] for k in ("name", "reverse_zone", "network", "label", "reference", "auto_create", "ptrs")],
                         ["1.113.0.203.in-addr.arpa.", "113.0.203.in-addr.arpa.", "203.0.113.0/24", "1", "R-1", False, []])
        self.assertEqual([(h["host"], h["zone"], h["track_reverse"]) for h in seen["hosts"]], [("h.json.ptr.test.", "json.ptr.test.", False)])
        save(force_reverse=True)
        self.everywhere("203.0.113.1", "h.json.ptr.test.")
        save(track_reverse=True)
        rr = [r for g in dms.call("show_zone", name="json.ptr.test")["zi"]["rr_groups"] for r in g["rrs"] if r["label"] == "h"][0]
        self.assertEqual((rr["track_reverse"], rr["lock_ptr"], "force_reverse" in rr), (True, False, False))
        # somebody takes the PTR record over; the next save takes it back, unless it is locked
        by_hand = lambda **flags: dms.live("update_rrs", name="203.0.113.0/24", update_type="x", update_data={"rrsets": [
            {"op": "REPLACE", "label": "1", "type": "PTR", "rdata": ["hand.json.ptr.test."], **flags}]})
        by_hand()
        self.everywhere("203.0.113.1", "hand.json.ptr.test.")
        save(track_reverse=True, ttl=60)
        self.everywhere("203.0.113.1", "h.json.ptr.test.")
        text = dms.quickstart("tool", "show_auto_ptr", "203.0.113.1").stdout
        for line in ("h.json.ptr.test.\n                made for json.ptr.test.", "TRACKREV", "113.0.203.in-addr.arpa."):
            self.assertIn(line, text)
        dms.live("create_zone", name="203.0.113.128/25")
        dms.quickstart("tool", "set_config", "auto_create_ipv4_ptr", "on")
        try:
            dms.live("update_zone", name="json.ptr.test", zi_data={"rr_groups": [{"rrs": []}, {"rrs": [{**host, "rdata": "203.0.113.200"}]}]})
            self.everywhere("203.0.113.1")
            self.name_is("200.128-25.113.0.203.in-addr.arpa", "h.json.ptr.test.")
        finally:
            dms.quickstart("tool", "set_config", "auto_create_ipv4_ptr", "off")
        with self.assertRaises(RpcError) as refusal:
            dms.call("show_auto_ptr", address="x")
        self.assertEqual(refusal.exception.code, -146)

    def test_a_new_zone_is_filled(self):
        """Also where the controller dies on the way."""
        dms.live("load_zone", name="fill.ptr.test", zi_text=TEXT.format(
            "".join(f";!TRACKREV\nh{i} IN A 10.7.{i // 250}.{i % 250}\n" for i in range(1500)) + "not IN A 10.7.200.1\n"))
        dms.call("create_zone", name="10.7.0.0/16")
        dms.kill("controller")
        self.everywhere("10.7.0.0", "h0.fill.ptr.test.")
        self.everywhere("10.7.5.249", "h1499.fill.ptr.test.")
        self.everywhere("10.7.200.1")
        wait_until(lambda: not dms.call("show_auto_ptr", address="10.7.0.1")["filling"], 20, "the end")
        # deleted: the zone around it takes over
        dms.live("create_zone", name="10.0.0.0/8")
        dms.live("delete_zone", name="10.7.0.0/16")
        self.everywhere("10.7.0.0", "h0.fill.ptr.test.")
        self.everywhere("10.7.5.249", "h1499.fill.ptr.test.")

    def test_classless(self):
        parent, zone = "198.51.100.0/24", "198.51.100.64/26"
        dms.live("load_zone", name=parent, zi_text=TEXT.format(
            "64-26 IN NS ns1.example.net.\n65 IN CNAME 65.64-26\n"))
        receipt = dms.call("create_zone", name=zone, receipt=True)
        self.assertEqual([w["code"] for w in receipt["warnings"]], [-213])
        dms.live("load_zone", name="classless.ptr.test", zi_text=TEXT.format(";!FORCEREV\nh IN A 198.51.100.65\n"))
        self.name_is("65.64-26.100.51.198.in-addr.arpa", "h.classless.ptr.test.")
        self.everywhere("198.51.100.65", "65.64-26.100.51.198.in-addr.arpa.")  # a resolver goes on to the classless zone
        self.assertEqual(dms.call("show_zone", name=zone)["name"], "64-26.100.51.198.in-addr.arpa.")


if __name__ == "__main__":
    unittest.main()
