#!/usr/bin/env python3
"""Every method with every parameter of a wrong type, of an extreme size, or with a meaning to SQL, patterns, zone files or C: it is accepted, or
answered by a numbered error that the caller can act on; never by an internal error, a time-out or silence, and nothing is broken afterwards.
Methods and parameters are those that rpc.discover lists, so a new one is tried without a change here.  Each gets some of the values, in turn;
all of them, which takes minutes, with DMS_EXTREMES=all."""
import itertools
import json
import os
import unittest

from stack import TOP, RpcError, Stack

DEEP = json.loads("[" * 40 + "]" * 40)
TEXTS = ["", " ", "x" * 10000, "a." * 600, "%", "_%\\", "*", "?" * 300, "*" * 500 + "z", "' or 1=1; --", "%s%n", "\x01\x1b\x7f", "a\nb\r\nc", "\u2028\ufffe\U0010ffff",
         "NaN", "-1", "^-99999999999999999999", "@1e400d", "99999999999999999999", "2026-02-31", "::ffff:192.0.2.1/129", "0/0", "\\000.\\256.test", "TYPE65536"]
NUMBERS = [-1, 0, 2**31, 2**63 - 1, -2**63, 1.5, -0.0, 1e308]
LISTS = [[], [None], [[]], [{}], ["*"] * 1000, ["x"] * 1001, DEEP, *([text] for text in TEXTS)]
OBJECTS = [{}, {"": {}}, {"rr_groups": None}, {"rr_groups": [None]}, {"rr_groups": [{"rrs": [None]}]}]
OTHERS = [None, True, "false", 5, [], {}, DEEP]
TURNS = {id(values): itertools.cycle(values) for values in (TEXTS, NUMBERS, LISTS, OBJECTS, OTHERS)}
EXTREMES = {"string": (TEXTS, 4), "integer": (NUMBERS, 3), "boolean": (OTHERS, 1), "array": (LISTS, 4), "object": (OBJECTS, 2)}
RECORD = {"label": "www", "type": "A", "rdata": "192.0.2.1"}
RECORD_KEYS = ("label", "type", "rdata", "ttl", "class", "comment", "tag", "lock_ptr", "disable", "force_reverse", "track_reverse", "reference", "update_op",
               "rr_id", "zi_id", "no_such_key")
SOA_KEYS = ("soa_mname", "soa_rname", "soa_refresh", "soa_expire", "soa_minimum", "soa_ttl", "zone_ttl", "soa_serial", "rr_groups")
OURS = {-32603, -134, -135, -141, -149, -151}  # these say that the fault is not the caller's
MAKES_ITS_NAME = {"create_zone", "load_zone", "copy_zone"}
ZONE = "extreme.test"


def some(values, count):
    """The next ones of these, in turn, so that a run is like every other."""
    return values if os.environ.get("DMS_EXTREMES") == "all" else [next(TURNS[id(values)]) for _ in range(count)]


def setUpModule():
    global dms, known
    dms = Stack().__enter__()
    zone_id = dms.live("load_zone", name=ZONE, zi_text="$TTL 1h\nwww IN A 192.0.2.1\n", inc_updates=True, reference="Extreme@TEST")["change_id"]
    dms.call("create_server", server_name="extreme-ns", address="127.0.0.99", sg_name="public")
    dms.call("create_front_end", uri="/extreme_dms", role="admin")
    dms.call("set_account", uri="/extreme_dms", login="ann", password="extreme secret")
    changes = dms.call("create_change_set", operations=[{"zones": {"names": [ZONE]}, "ops": [{"op": "DELETE", "label": "old", "type": "A"}]}])
    shown = dms.call("show_zone", name=ZONE)
    known = {"name": ZONE, "src_name": ZONE, "other_name": ZONE, "zone_id": shown["zone_id"], "zi_id": shown["zi_id"], "sg_name": "public", "event_id": 1,
             "server_name": "extreme-ns", "uri": "/extreme_dms", "reference": "Extreme@TEST", "change_id": zone_id, "change_set_id": changes["change_set_id"]}


def tearDownModule():
    dms.__exit__()


class Extremes(unittest.TestCase):
    def setUp(self):
        self.pid, self.waiting, self.count = dms.pid("controller"), [], 0

    def tearDown(self):
        self.send()
        self.assertEqual(dms.pid("controller"), self.pid)
        self.assertGreater(self.count, 20)

    def send(self):
        """What was tried, as batches: every request has its answer, in its place, and none says that the fault is ours."""
        batch, self.waiting = self.waiting, []
        status, data = dms.post(batch) if batch else (200, b"[]")
        answers = json.loads(data)
        self.assertEqual((status, [a["id"] for a in answers]), (200, [r["id"] for r in batch]))
        for request, answer in zip(batch, answers):
            self.count += 1
            if "error" in answer:
                error = answer["error"]
                self.assertTrue(type(error["code"]) is int and error["message"] and error["data"]["exception_type"], answer)
                self.assertNotIn(error["code"], OURS, f"{json.dumps(request)[:1000]}\n{json.dumps(error)[:1000]}")
            else:
                self.assertIn("result", answer)

    def attempt(self, method, params):
        self.waiting.append({"jsonrpc": "2.0", "id": self.count + len(self.waiting), "method": method, "params": params})
        if len(self.waiting) == 50:
            self.send()

    def test_every_parameter(self):
        number = 0
        for method in dms.call("rpc.discover")["methods"]:
            name = method["name"]
            example = {p["name"]: p["value"] for p in method["examples"][0]["params"]}
            base = {**example, **{p["name"]: known[p["name"]] for p in method["params"] if p["name"] in known and (p["required"] or p["name"] in example)}}
            base.update({"timeout_ms": 0} if name.startswith("wait_") else {})
            for param in method["params"]:
                if param["name"] in ("receipt", "idempotency_key") and name != "create_zone":
                    continue  # the same for all
                kinds = param["schema"]["type"]
                for value in [v for kind in ([kinds] if isinstance(kinds, str) else kinds) for v in some(*EXTREMES[kind])] + some(OTHERS, 2):
                    number += 1
                    own = {"name": f"n{number}.{ZONE}"} if name in MAKES_ITS_NAME else {"name": "n1." + ZONE} if name == "delete_zone" else {}
                    self.attempt(name, {**base, **own, param["name"]: value})

    def test_every_member_of_contents(self):
        def update(zi_data):
            self.attempt("update_zone", {"name": ZONE, "login_id": "t", "zi_data": zi_data})
        def values():
            return some(TEXTS, 4) + some(NUMBERS, 1) + some(OBJECTS, 1) + some(OTHERS, 1)
        for key, value in ((key, value) for key in RECORD_KEYS for value in values()):
            update({"rr_groups": [{"rrs": []}, {"rrs": [{**RECORD, key: value}]}]})
            self.attempt("update_rrs", {"name": ZONE, "login_id": "t", "update_type": "x", "update_data": {"rr_groups": [{"rrs": [
                {**RECORD, "update_op": "UPDATE_RRTYPE", key: value}]}]}})
        for key, value in ((key, value) for key in ("comment", "tag", "rrs", "group_id", "no_such_key") for value in values()):
            update({"rr_groups": [{"rrs": [], key: value}, {"rrs": [RECORD], key: value}]})
        for key, value in ((key, value) for key in SOA_KEYS for value in values()):
            update({"rr_groups": [{"rrs": [RECORD]}], key: value})
        for key, value in ((key, value) for key in ("op", "label", "type", "ttl", "comment", "rdata") for value in values()):
            rrset = {"op": "REPLACE", "label": "set", "type": "A", "rdata": ["192.0.2.1"], key: value}
            self.attempt("update_rrs", {"name": ZONE, "login_id": "t", "update_type": "x", "update_data": {"rrsets": [rrset]}})
        for key, value in ((key, value) for key in ("names", "reference", "sg_name", "where") for value in values()):
            self.attempt("create_change_set", {"operations": [{"zones": {"names": [ZONE], key: value}, "ops": [{"op": "DELETE", "label": "a", "type": "A"}]}]})
        for key, value in ((key, value) for key in ("op", "label", "type", "rdata", "new_rdata", "ttl") for value in values()):
            operation = {"op": "SUBSTITUTE", "type": "A", "rdata": "192.0.2.1", "new_rdata": "192.0.2.9", key: value}
            self.attempt("create_change_set", {"operations": [{"zones": {"names": [ZONE]}, "ops": [operation]}]})
        for key, value in ((key, value) for key in ("name", "zi_text", "zi_data", "reference", "sg_name") for value in values()):
            self.attempt("load_zones", {"zones": [{"name": f"l{self.count}.{ZONE}", "zi_text": "www IN A 192.0.2.1\n", key: value}]})

    def test_zones_are_as_good_as_before(self):
        """After all of the others (by name): zones can be shown and changed, a new one can be made, and the database has no contradiction."""
        self.count = 21
        dms.call("create_sg", sg_name="extreme-sg", apex_ns=["ns1.quickstart.test.", "ns2.quickstart.test."])
        dms.call("create_zone", name="after." + ZONE, sg_name="extreme-sg", edit_lock=False)
        zones = [z["name"] for z in dms.call("list_zone", include_disabled=False, limit=6)]
        for name in [ZONE + "."] * (ZONE + "." in zones) + zones:
            for address in ("192.0.2.10", "192.0.2.11"):
                try:
                    zi, token = dms.call("edit_zone", name=name)
                    group = {"rrs": [{**RECORD, "rdata": address}]}
                    dms.call("update_zone", name=name, login_id="t", edit_lock_token=token, zi_data={**zi["zi"], "rr_groups": [zi["zi"]["rr_groups"][0], group]})
                    self.assertIn(address, json.dumps(dms.call("edit_zone", name=name)[0]))
                except RpcError as error:  # as its server group and settings may have become
                    self.assertNotIn(error.code, OURS, f"{name}: {error}")
                    self.assertFalse(name.startswith("after."), error)
        self.assertEqual(dms.sql((TOP / "sql/check.sql").read_text()).strip(), "")


if __name__ == "__main__":
    unittest.main()
