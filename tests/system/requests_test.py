#!/usr/bin/env python3
"""Requests that are sent again (idempotency keys), conditions, and what show_zone gives out posted back."""
import http.client
import json
import os
import signal
import threading
import unittest

from fixtures_test import FIXTURES, load_name, zone_name
from stack import RpcError, Stack, UnixConnection, wait_until

TEXT = "$TTL 1h\nwww IN A {address}\n"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def request(method, id=1, **params):
    return {"jsonrpc": "2.0", "method": method, "params": params, **({} if id is None else {"id": id})}


def versions(zone):
    return len(dms.call("list_zi", name=zone)["all_zis"])


class Case(unittest.TestCase):
    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    def make(self, zone):
        dms.call("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
        return zone


class Idempotency(Case):
    def test_again_gives_the_same_and_does_nothing(self):
        zone = self.make("again.test")
        save = dict(name=zone, zi_text=TEXT.format(address="192.0.2.2"), receipt=True, idempotency_key="first")
        first = dms.call("update_zone_text", **save)
        dms.call("update_zone_text", name=zone, zi_text=TEXT.format(address="192.0.2.3"))
        self.assertEqual(dms.call("update_zone_text", **save), first)
        self.assertEqual(versions(zone), 3)
        self.assertIs(dms.call("create_zone", name="key.again.test", idempotency_key="made"), True)
        self.assertIs(dms.call("create_zone", name="key.again.test", idempotency_key="made"), True)
        self.refused(-36, "create_zone", name="key.again.test", idempotency_key="other")

    def test_key_of_another_request(self):
        zone = self.make("reused.test")
        dms.call("disable_zone", name=zone, idempotency_key="reused")
        for method, params in (("disable_zone", {"name": "other.test"}), ("enable_zone", {"name": zone}), ("disable_zone", {"name": zone, "receipt": True})):
            self.refused(-240, method, idempotency_key="reused", **params)
        self.assertIsNone(dms.call("disable_zone", name=zone, idempotency_key="reused"))
        self.refused(-32602, "disable_zone", name=zone, idempotency_key="")
        self.refused(-32602, "disable_zone", name=zone, idempotency_key="x" * 129)
        self.refused(-32602, "show_zone", name=zone, idempotency_key="x")

    def test_refused_request_keeps_no_key(self):
        self.make("taken.test")
        for _ in range(2):
            self.refused(-36, "create_zone", name="taken.test", idempotency_key="no")
        dms.live("delete_zone", name="taken.test")
        self.assertIs(dms.call("create_zone", name="taken.test", idempotency_key="no"), True)

    def test_batch_and_notifications(self):
        make = dict(name="batch.again.test", idempotency_key="batch")
        status, data = dms.post([request("create_zone", id=1, **make), request("create_zone", id=2, **make), request("create_zone", id=None, **make)])
        self.assertEqual([(a["id"], a["result"]) for a in json.loads(data)], [(1, True), (2, True)])
        for _ in range(3):
            dms.post(request("create_zone", id=None, name="told.again.test", idempotency_key="told"))
        self.assertIs(dms.call("create_zone", name="told.again.test", idempotency_key="told"), True)
        refusals = "select count(*) from dms.change where object_name in ('batch.again.test', 'told.again.test') and not ok"
        self.assertEqual(dms.sql(refusals).strip(), "0")

    def test_edit_session_and_accounts(self):
        """Results that are more than true, a version given in words, and a password, which is kept nowhere."""
        zone = self.make("session.again.test")
        first = dms.call("edit_zone", name=zone, idempotency_key="session")
        self.assertEqual(dms.call("edit_zone", name=zone, idempotency_key="session"), first)
        self.assertIsNone(dms.call("refresh_zone", name=zone, zi_id="^", idempotency_key="words"))
        account = dict(uri="/admin_dms", login="keyed", idempotency_key="account")
        receipt = dms.call("set_account", password="correct horse", **account)
        self.assertEqual(dms.call("set_account", password="battery staple", **account), receipt)
        self.assertNotIn("correct", dms.sql("select method, digest, result from dms.request"))

    def test_at_the_same_time(self):
        zone = self.make("crowd.again.test")
        answers = []

        def send():
            c = UnixConnection(dms.socket)
            c.request("POST", "/", json.dumps(request("update_zone_text", name=zone, zi_text=TEXT.format(address="192.0.2.7"), receipt=True,
                                                      idempotency_key="crowd")), {"Content-Type": "application/json"})
            answers.append(json.loads(c.getresponse().read()))
            c.close()

        threads = [threading.Thread(target=send) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual({json.dumps(a["result"], sort_keys=True) for a in answers}, {json.dumps(answers[0]["result"], sort_keys=True)})
        self.assertEqual((len(answers), versions(zone)), (8, 2))

    def test_survives_kill(self):
        """Killed at any moment of the request: sent again it is made once, whether the first one was or not."""
        zone = self.make("killed.again.test")
        for i in range(3):
            save = request("update_zone_text", name=zone, zi_text=TEXT.format(address=f"192.0.2.{20 + i}"), receipt=True, idempotency_key=f"killed{i}")
            pid = dms.pid("controller")
            c = UnixConnection(dms.socket)
            c.request("POST", "/", json.dumps(save), {"Content-Type": "application/json"})
            if i > 0:
                wait_until(lambda: int(dms.sql(f"select zi_count from dms.zone where name = '{zone}.'")) == 2 + i, 10, "the change is committed")
            os.kill(pid, signal.SIGKILL)
            c.close()
            status, data = wait_until(lambda: self.try_post(save), 30, "the controller is back")
            self.assertIn("change_id", json.loads(data)["result"])
            self.assertEqual(dms.post(save)[1], data)
            self.assertEqual(versions(zone), 2 + i)

    @staticmethod
    def try_post(body):
        try:
            status, data = dms.post(body)
            return (status, data) if status == 200 and b'"result"' in data else None
        except (OSError, http.client.HTTPException):
            return None

    def test_vacuum(self):
        self.assertIs(dms.call("create_zone", name="old.again.test", idempotency_key="old"), True)
        dms.sql("update dms.request set at = now() - interval '30 days' where key = 'old'")
        self.assertGreaterEqual(dms.call("vacuum_requests"), 1)
        self.refused(-36, "create_zone", name="old.again.test", idempotency_key="old")


class Conditions(Case):
    METHODS = (("set_zone", {"edit_lock": False}), ("refresh_zone_ttl", {"zone_ttl": "2h"}), ("refresh_zone", {}), ("reset_zone", {}), ("disable_zone", {}),
               ("enable_zone", {}), ("delete_zone", {}))

    def test_every_method(self):
        zone = self.make("condition.test")
        dms.live("refresh_zone", name=zone)
        for method, params in self.METHODS:
            newest = dms.call("list_zi", name=zone)["all_zis"][0]
            error = self.refused(-136, method, name=zone, if_zi_id=newest["zi_id"] + 1000, **params)
            self.assertEqual(error.data["zi_id"], newest["zi_id"])
            self.refused(-136, method, name=zone, if_serial=1, **params)
            self.assertIsNone(dms.call(method, name=zone, if_zi_id=newest["zi_id"], **params), method)
        self.refused(-28, "delete_zone", name=zone, if_zi_id=1)

    def test_copies_and_serials(self):
        zone, other = self.make("serial.condition.test"), self.make("copied.condition.test")
        dms.live("refresh_zone", name=zone)
        shown = dms.call("show_zone", name=zone)
        for method, params in (("copy_zi", {"src_name": other}), ("poke_zone_set_serial", {"force_soa_serial_update": True}), ("poke_zone_wrap_serial", {})):
            error = self.refused(-136, method, name=zone, if_serial=1, **params)
            self.assertEqual(error.data["zi_id"], shown["zi_candidate_id"])
            self.refused(-136, method, name=zone, if_zi_id=shown["zi_candidate_id"] + 1000, **params)
        dms.call("copy_zi", name=zone, src_name=other, if_zi_id=shown["zi_candidate_id"], if_serial=shown["zi"]["soa_serial"])
        dms.call("poke_zone_set_serial", name=zone, force_soa_serial_update=True, if_serial=shown["zi"]["soa_serial"])


class RoundTrip(Case):
    def test_every_fixture(self):
        """The zi of show_zone is taken as zi_data as it is, and is no change."""
        count = 0
        dms.call("set_config", key="auto_reverse", value="false")  # zones get no PTR records from one another
        self.addCleanup(dms.call, "set_config", key="auto_reverse", value="true")
        for path in sorted((FIXTURES / "zones").glob("*.zone")):
            with self.subTest(zone=path.name):
                zone = zone_name(path)
                dms.call("load_zone", name=load_name(zone), login_id="test", zi_text=path.read_bytes().decode(), use_apex_ns=False)
                shown = dms.call("show_zone", name=zone)
                self.assertIn("zi_id", shown["zi"])
                saved = dms.call("update_zone", name=zone, zi_data=shown["zi"], receipt=True)
                self.assertTrue(saved.get("unchanged"), saved)
                self.assertEqual((saved["zi_id"], len(dms.call("list_zi", name=zone)["all_zis"])), (shown["zi"]["zi_id"], 1))
                count += 1
        self.assertGreaterEqual(count, 60)

    def test_text_says_what_json_stored(self):
        """What JSON brings and zone text cannot say (groups without records, control characters) is not stored; a group that is called like the
        apex stays what it is."""
        zone = self.make("agree.test")
        dms.call("set_zone", name=zone, use_apex_ns=False)
        ns = {"label": "@", "type": "NS", "rdata": "ns1.example.net."}
        a = [{"label": f"a{i}", "type": "A", "rdata": f"192.0.2.{i}", "comment": c} for i, c in enumerate(("", "tab\there\u0001", "\n x\n"))]
        groups = [{"rrs": [ns], "comment": "Apex resource records"}, {"rrs": [], "comment": "nothing"}, {"rrs": a[:2], "comment": "Apex resource records"},
                  {"rrs": a[2:], "comment": "\t"}]
        dms.live("update_zone", name=zone, zi_data={"rr_groups": groups, "soa_comment": "a\u007fb"})
        shown = dms.call("show_zone", name=zone)["zi"]
        self.assertEqual([(g["comment"], len(g["rrs"])) for g in shown["rr_groups"]], [("Apex resource records", 1), ("Apex resource records", 2), (" ", 1)])
        text = dms.call("show_zone_text", name=zone)
        saved = dms.call("update_zone_text", name=zone, zi_text=text if isinstance(text, str) else text["zi_text"], receipt=True)
        self.assertTrue(saved.get("unchanged"), saved)

    def test_group_apex_and_unknown_keys(self):
        zone = self.make("back.test")
        shown = dms.call("show_zone", name=zone)["zi"]
        self.assertTrue(dms.call("update_zone", name=zone, zi_data=shown, receipt=True)["unchanged"])
        self.assertTrue(dms.call("update_zone", name=zone, zi_data=dms.call("edit_zone", name=zone)[0]["zi"], receipt=True)["unchanged"])
        self.refused(-32602, "update_zone", name=zone, zi_data={**shown, "no_such_key": 1})
        shown["rr_groups"][-1]["rrs"][0]["no_such_key"] = 1
        self.refused(-24, "update_zone", name=zone, zi_data=shown)
        del shown["rr_groups"][-1]["rrs"][0]["no_such_key"]
        shown["rr_groups"][-1]["rrs"][0]["rdata"] = "192.0.2.9"
        self.assertFalse(dms.call("update_zone", name=zone, zi_data=shown, receipt=True).get("unchanged"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
