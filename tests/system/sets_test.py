#!/usr/bin/env python3
"""Change sets: planned without changing anything, applied zone by zone, exactly once whatever is killed meanwhile, taken back."""
import http.client
import json
import os
import pty
import re
import signal
import subprocess
import unittest

from stack import RpcError, Stack, wait_until

ZONES = 300
TEXT = """$TTL 1h
;| Web
www 600 IN A {address}
www 600 IN A 192.0.2.77
;# the second one
alias IN CNAME www
mail IN A {address}
@ IN MX 10 mail
@ IN MX 20 mx.backup.test.
note IN TXT "{address}"
"""


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def substitute(old, new, **zones):
    return [{"zones": zones, "ops": [{"op": "SUBSTITUTE", "type": "A", "rdata": old, "new_rdata": new}]}]


class Case(unittest.TestCase):
    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    def make(self, *zones, address="192.0.2.1"):
        for zone in zones:
            dms.call("load_zone", name=zone, zi_text=TEXT.format(address=address))

    def create(self, operations, **params):
        return dms.call("create_change_set", operations=operations, **params)["change_set_id"]

    def plan(self, number, **params):
        """All pages."""
        shown = dms.call("plan_change_set", change_set_id=number, **params)
        while shown["state"] == "PLANNING":
            shown = dms.call("plan_change_set", change_set_id=number)
        page = shown
        while page["next"]:
            page = dms.call("show_change_set", change_set_id=number, difference=True, after=page["next"])
            shown["zones"] += page["zones"]
        return shown

    def apply(self, number, **params):
        dms.call("apply_change_set", change_set_id=number, **params)
        done = dms.call("wait_change_set", change_set_id=number, timeout_ms=60000)
        self.assertTrue(done["complete"] and not done["timed_out"], done)
        return done

    def zone(self, shown, name):
        return next(z for z in shown["zones"] if z["name"] == name + ".")

    def rrs(self, zone, label, rtype):
        groups = dms.call("show_zone", name=zone)["zi"]["rr_groups"]
        return [rr for g in groups for rr in g["rrs"] if (rr["label"], rr["type"]) == (label, rtype)]


class Operations(Case):
    def test_value_in_every_zone_that_has_it(self):
        self.make("a.value.test", "b.value.test", address="198.51.100.1")
        self.make("c.value.test", address="198.51.100.2")
        contents = lambda: {z: {k: v for k, v in dms.call("show_zone", name=z)["zi"].items() if k in ("zi_id", "rr_groups")}
                            for z in ("a.value.test", "b.value.test", "c.value.test")}
        before = contents()
        number = self.create(substitute("198.51.100.1", "198.51.100.9"), title="move")
        shown = self.plan(number)
        self.assertEqual([z["name"] for z in shown["zones"]], ["a.value.test.", "b.value.test."])
        self.assertEqual((shown["state"], shown["counts"]["waiting"], shown["counts"]["added"], shown["counts"]["removed"]), ("PLANNED", 2, 4, 4))
        self.assertEqual([(d["op"], d["label"], d["ttl"], d["rdata"]) for d in sorted(shown["zones"][0]["difference"], key=lambda d: (d["label"], d["op"]))],
                         [("ADDED", "mail", None, "198.51.100.9"), ("REMOVED", "mail", None, "198.51.100.1"),
                          ("ADDED", "www", 600, "198.51.100.9"), ("REMOVED", "www", 600, "198.51.100.1")])
        self.assertEqual(contents(), before)  # a plan changes nothing
        done = self.apply(number)
        self.assertEqual((done["counts"]["done"], done["counts"]["live"]), (2, 2))
        for zone in ("a.value.test", "b.value.test"):
            for server in dms.slaves:
                self.assertEqual(dms.answer(server, f"www.{zone}", "A"), ["192.0.2.77", "198.51.100.9"])
            old, new = before[zone]["rr_groups"], dms.call("show_zone", name=zone)["zi"]["rr_groups"]
            value = lambda r: "198.51.100.9" if (r["type"], r["rdata"]) == ("A", "198.51.100.1") else r["rdata"]
            swap = lambda groups: [(g.get("comment"), [(r["label"], r["ttl"], r["type"], value(r), r.get("comment")) for r in g["rrs"]]) for g in groups]
            self.assertEqual(swap(new), swap(old))  # the new value stands where the old one stood
        self.assertEqual(dms.call("show_zone", name="c.value.test")["zi"]["zi_id"], before["c.value.test"]["zi_id"])
        receipt = dms.call("show_change", change_id=dms.call("show_change_set", change_set_id=number)["zones"][0]["change_id"])
        self.assertEqual((receipt["method"], receipt["zone"], receipt["complete"]), ("apply_change_set", "a.value.test.", True))

    def test_names_in_values_are_found_however_they_are_stored(self):
        """mail.in.mx.test is "mail" in its own zone, "mail.in" in the zone above, and absolute elsewhere."""
        self.make("in.mx.test", "else.mx.test")
        dms.call("load_zone", name="mx.test", zi_text="$TTL 1h\n@ IN MX 10 mail.in\nmail.in IN A 192.0.2.1\nnew.in IN A 192.0.2.2\n")
        dms.call("load_zone", name="far.mx.test", zi_text="$TTL 1h\n@ IN MX 10 mail.in.mx.test.\n@ IN MX 10 other.example.\n")
        number = self.create([{"zones": {}, "ops": [{"op": "SUBSTITUTE", "type": "MX", "rdata": "10 mail.in.mx.test.", "new_rdata": "5 new.in.mx.test."}]},
                              {"zones": {"names": ["in.mx.test"]}, "ops": [{"op": "ADD", "label": "new", "type": "A", "rdata": ["192.0.2.4"]}]}])
        shown = self.plan(number)
        self.assertEqual([(z["name"], z["state"], z["added"], z["removed"]) for z in shown["zones"]],
                         [("far.mx.test.", "PLANNED", 1, 1), ("in.mx.test.", "PLANNED", 2, 1), ("mx.test.", "PLANNED", 1, 1)], shown)
        self.apply(number)
        self.assertEqual([r["rdata"] for r in self.rrs("in.mx.test", "@", "MX")], ["5 new", "20 mx.backup.test."])
        self.assertEqual([r["rdata"] for r in self.rrs("mx.test", "@", "MX")], ["5 new.in"])

    def test_every_operation(self):
        self.make("ops.test")
        ops = [{"op": "REPLACE", "label": "www", "type": "A", "ttl": 300, "rdata": ["192.0.2.5"]}, {"op": "EXTEND", "label": "mail", "type": "A", "rdata": ["192.0.2.6"]},
               {"op": "ADD", "label": "new", "type": "AAAA", "rdata": ["2001:db8::1"]}, {"op": "DELETE", "label": "note", "type": "ANY"},
               {"op": "PRUNE", "label": "@", "type": "MX", "rdata": ["20 mx.backup.test."]}, {"op": "SUBSTITUTE", "type": "CNAME", "ttl": "2h"},
               {"op": "REMOVE", "type": "MX", "label": "@", "rdata": "30 none.test."}]
        number = self.create([{"zones": {"names": ["ops.test", "absent.test"]}, "ops": ops}])
        shown = self.plan(number)
        self.assertEqual(self.zone(shown, "absent.test")["error_code"], -28)
        zone = self.zone(shown, "ops.test")
        self.assertEqual((zone["state"], zone["added"], zone["removed"], zone["changed"]), ("PLANNED", 3, 4, 1), zone)
        self.refused(-244, "apply_change_set", change_set_id=number)
        self.apply(number, skip_refused=True)
        self.assertEqual([(r["ttl"], r["rdata"]) for r in self.rrs("ops.test", "www", "A")], [(300, "192.0.2.5")])
        self.assertEqual([r["rdata"] for r in self.rrs("ops.test", "mail", "A")], ["192.0.2.1", "192.0.2.6"])
        self.assertEqual([r["ttl"] for r in self.rrs("ops.test", "alias", "CNAME")], [7200])
        self.assertEqual(self.rrs("ops.test", "note", "TXT"), [])
        self.assertEqual(len(dms.call("list_zi", name="ops.test")["all_zis"]), 2)

    def test_chosen_by_pattern_reference_and_group(self):
        self.make("one.pick.test", "two.pick.test")
        dms.call("create_reference", reference="PICK@SETS")
        dms.call("set_zone_reference", name="two.pick.test", reference="pick@sets")
        ops = [{"op": "REPLACE", "label": "x", "type": "A", "rdata": ["192.0.2.3"]}]
        for zones, wanted in (({"names": ["*.pick.test"]}, 2), ({"reference": "PICK@SETS"}, 1), ({"names": ["*.pick.test"], "where": {"type": "CNAME"}}, 2),
                              ({"names": ["*.pick.test"], "where": {"type": "A", "rdata": "192.0.2.77", "label": "mail"}}, 0),
                              ({"names": ["*.pick.test"], "where": {"type": "A", "rdata": "192.0.2.77", "label": "www"}}, 2),
                              ({"names": ["*.pick.test"], "sg_name": "no-such-group"}, 0)):
            shown = self.plan(self.create([{"zones": zones, "ops": ops}]))
            self.assertEqual((len(shown["zones"]), shown["counts"]["waiting"]), (wanted, wanted), zones)

    def test_definition_that_makes_no_sense(self):
        good = {"op": "SUBSTITUTE", "type": "A", "rdata": "192.0.2.1", "new_rdata": "192.0.2.2"}
        for operation, words in (({"ops": [good]}, "zones"), ({"zones": {}, "ops": []}, "ops"), ({"zones": {"name": "x"}, "ops": [good]}, "name"),
                                 ({"zones": {"names": []}, "ops": [good]}, "names"), ({"zones": {}, "ops": [{**good, "type": "NOPE"}]}, "NOPE"),
                                 ({"zones": {}, "ops": [{"op": "SUBSTITUTE", "type": "A"}]}, "neither"), ({"zones": {}, "ops": [{**good, "rdata": "x"}]}, "rdata"),
                                 ({"zones": {}, "ops": [{**good, "more": 1}]}, "more"), ({"zones": {}, "ops": [7]}, "ops"),
                                 ({"zones": {"where": {"rdata": "x"}}, "ops": [good]}, "type"), ({"zones": {}, "ops": [{**good, "new_rdata": "300.1.2.3"}]}, "")):
            with self.assertRaises(RpcError, msg=operation) as caught:
                dms.call("create_change_set", operations=[operation])
            self.assertIn(caught.exception.code, (-245, -24), str(caught.exception))
            self.assertIn(words, str(caught.exception))
        self.refused(-245, "create_change_set", operations=[])
        self.refused(-32602, "create_change_set", operations=["x"])
        self.refused(-242, "plan_change_set", change_set_id=999999)


class Problems(Case):
    def test_each_zone_says_why(self):
        self.make("fine.why.test", "locked.why.test", "disabled.why.test", "broken.why.test", "moved.why.test", "rolled.why.test")
        dms.call("set_zone", name="locked.why.test", edit_lock=True)
        token = dms.call("edit_zone", name="locked.why.test")[1]
        dms.call("disable_zone", name="disabled.why.test")
        dms.call("update_zone_text", name="broken.why.test", zi_text="$TTL 1h\nhost IN CNAME elsewhere.test.\n")
        dms.call("update_zone_text", name="rolled.why.test", zi_text=TEXT.format(address="192.0.2.3"))
        dms.call("refresh_zone", name="rolled.why.test", zi_id=dms.call("list_zi", name="rolled.why.test")["all_zis"][1]["zi_id"])
        number = self.create([{"zones": {"names": ["*.why.test"]}, "ops": [{"op": "EXTEND", "label": "host", "type": "A", "rdata": ["192.0.2.4"]}]}])
        shown = self.plan(number)
        self.assertEqual({z["name"].split(".")[0]: (z["state"], z["error_code"]) for z in shown["zones"]},
                         {"fine": ("PLANNED", None), "moved": ("PLANNED", None), "locked": ("REFUSED", -34), "disabled": ("REFUSED", -88),
                          "broken": ("REFUSED", -18), "rolled": ("REFUSED", -247)}, shown)
        dms.call("update_zone_text", name="moved.why.test", zi_text=TEXT.format(address="192.0.2.3"))
        done = self.apply(number, skip_refused=True)
        self.assertEqual((done["counts"]["done"], done["counts"]["failed"], done["counts"]["refused"]), (1, 1, 4))
        failed = dms.call("show_change_set", change_set_id=number, state="FAILED")["zones"]
        self.assertEqual([(z["name"], z["error_code"]) for z in failed], [("moved.why.test.", -136)])
        dms.call("cancel_edit_zone", name="locked.why.test", edit_lock_token=token)

    def test_operations_that_clash(self):
        self.make("clash.test")
        number = self.create([{"zones": {"names": ["clash.test"]}, "ops": [
            {"op": "REPLACE", "label": "www", "type": "A", "rdata": ["192.0.2.5"]}, {"op": "SUBSTITUTE", "type": "A", "rdata": "192.0.2.1", "new_rdata": "192.0.2.2"}]}])
        self.assertEqual(self.plan(number)["zones"][0]["error_code"], -246)
        self.make("chain.test")
        swap = [{"op": "SUBSTITUTE", "type": "A", "rdata": a, "new_rdata": b} for a, b in (("192.0.2.1", "192.0.2.50"), ("192.0.2.77", "192.0.2.51"))]
        self.apply(self.planned([{"zones": {"names": ["chain.test"]}, "ops": swap}]))
        self.assertEqual([r["rdata"] for r in self.rrs("chain.test", "www", "A")], ["192.0.2.50", "192.0.2.51"])
        self.apply(self.planned(substitute("192.0.2.50", "192.0.2.51", names=["chain.test"])))
        self.assertEqual([r["rdata"] for r in self.rrs("chain.test", "www", "A")], ["192.0.2.51"])  # never twice

    def planned(self, operations):
        number = self.create(operations)
        self.plan(number)
        return number

    def test_revert(self):
        self.make("a.back.test", "b.back.test")
        for zone in ("a.back.test", "b.back.test"):
            dms.live("refresh_zone", name=zone)
        before = dms.records(dms.master, "a.back.test")
        number = self.planned([{"zones": {"names": ["*.back.test"]}, "ops": [
            {"op": "SUBSTITUTE", "type": "A", "rdata": "192.0.2.1", "new_rdata": "192.0.2.2"}, {"op": "DELETE", "label": "note", "type": "TXT"},
            {"op": "ADD", "label": "new", "type": "TXT", "rdata": ["x"]}]}])
        self.refused(-243, "revert_change_set", change_set_id=number)
        self.apply(number)
        self.assertNotEqual(dms.records(dms.master, "a.back.test"), before)
        dms.call("set_zone", name="b.back.test", inc_updates=True)
        more = {"rrsets": [{"op": "EXTEND", "label": "www", "type": "A", "rdata": ["192.0.2.200"]}]}
        dms.live("update_rrs", name="b.back.test", update_type="x", update_data=more)
        back = dms.call("revert_change_set", change_set_id=number)
        self.assertEqual((back["revert_of"], back["state"]), (number, "NEW"))
        shown = self.plan(back["change_set_id"])
        self.assertEqual([(z["state"], z["error_code"]) for z in shown["zones"]], [("PLANNED", None), ("REFUSED", -136)])
        self.apply(back["change_set_id"], skip_refused=True)
        self.assertEqual(dms.records(dms.master, "a.back.test"), before)

    def test_cancel_and_states(self):
        self.make("state.test")
        number = self.create(substitute("192.0.2.1", "192.0.2.2", names=["state.test"]))
        self.refused(-243, "apply_change_set", change_set_id=number)
        self.plan(number)
        self.assertEqual(dms.call("cancel_change_set", change_set_id=number)["counts"]["cancelled"], 1)
        self.refused(-243, "cancel_change_set", change_set_id=number)
        self.assertEqual(self.apply(number)["counts"]["done"], 1)  # it goes on where it was left
        self.refused(-243, "plan_change_set", change_set_id=number, again=True)
        self.assertEqual(dms.call("list_change_sets", limit=1)[0]["change_set_id"] >= number, True)
        again = self.create(substitute("192.0.2.2", "192.0.2.3", names=["state.test"]), idempotency_key="set")
        self.assertEqual(self.create(substitute("192.0.2.2", "192.0.2.3", names=["state.test"]), idempotency_key="set"), again)


class Resellers(Case):
    """Three front ends with a security tag each, one zone that two of them see."""

    @classmethod
    def setUpClass(cls):
        zones = {"a": ["own.a-set.test", "shared.ab-set.test"], "b": ["own.b-set.test", "shared.ab-set.test"], "c": ["own.c-set.test"]}
        for letter in zones:
            dms.call("create_sectag", sectag_label=f"SET-{letter}")
            dms.call("create_front_end", uri=f"/sets_{letter}", role="helpdesk", sectag_label=f"SET-{letter}")
            dms.call("set_account", uri=f"/sets_{letter}", login="web", password="a pass phrase of web")
        for zone in sorted({z for names in zones.values() for z in names}):
            dms.call("load_zone", name=zone, zi_text="www IN A 203.0.113.1\n", use_apex_ns=True,
                     sectags=[f"SET-{letter}" for letter in zones if zone in zones[letter]])

    def ask(self, letter, method, **params):
        status, _, body = dms.http({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, uri=f"/sets_{letter}", login="web:a pass phrase of web")
        self.assertEqual(status, 200, body)
        answer = json.loads(body)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def planned_by(self, letter, operations):
        number = self.ask(letter, "create_change_set", operations=operations)["change_set_id"]
        return number, self.ask(letter, "plan_change_set", change_set_id=number)

    def denied(self, code, letter, method, **params):
        with self.assertRaises(RpcError) as caught:
            self.ask(letter, method, **params)
        self.assertEqual(caught.exception.code, code)

    def names(self, shown):
        return [z["name"] for z in shown["zones"]]

    def test_each_for_itself(self):
        sets = {}
        for letter, address in (("a", 7), ("b", 8), ("c", 9)):
            sets[letter], shown = self.planned_by(letter, substitute("203.0.113.1", f"203.0.113.{address}"))
            self.assertEqual(self.names(shown), {"a": ["own.a-set.test.", "shared.ab-set.test."], "b": ["own.b-set.test.", "shared.ab-set.test."],
                                                 "c": ["own.c-set.test."]}[letter])
        # a name of somebody else's zone is one that is no zone
        number, shown = self.planned_by("c", substitute("203.0.113.1", "203.0.113.9", names=["own.a-set.test", "none.a-set.test"]))
        self.assertEqual([(z["state"], z["error_code"], z["zone_id"]) for z in shown["zones"]], [("REFUSED", -28, None)] * 2)
        for method in ("show_change_set", "plan_change_set", "apply_change_set", "cancel_change_set", "revert_change_set", "wait_change_set"):
            self.denied(-242, "c", method, change_set_id=sets["a"])
        self.assertFalse({s["change_set_id"] for s in self.ask("c", "list_change_sets")} & {sets["a"], sets["b"]})
        # two sets on one zone: the first has it, the other is told
        self.ask("a", "apply_change_set", change_set_id=sets["a"])
        self.assertEqual(self.ask("a", "wait_change_set", change_set_id=sets["a"], timeout_ms=60000)["counts"]["done"], 2)
        self.ask("b", "apply_change_set", change_set_id=sets["b"])
        self.assertEqual(self.ask("b", "wait_change_set", change_set_id=sets["b"], timeout_ms=60000)["counts"]["failed"], 1)
        failed = self.ask("b", "show_change_set", change_set_id=sets["b"], state="FAILED")["zones"]
        self.assertEqual([(z["name"], z["error_code"]) for z in failed], [("shared.ab-set.test.", -136)])
        # an administrator applies c's: for c's zones only
        self.apply(sets["c"])
        self.assertEqual([self.rrs(zone, "www", "A")[0]["rdata"] for zone in ("own.a-set.test", "shared.ab-set.test", "own.b-set.test", "own.c-set.test")],
                         ["203.0.113.7", "203.0.113.7", "203.0.113.8", "203.0.113.9"])
        # a zone that is taken away is not there for the revert of it either, and stays
        dms.call("delete_zone_sectag", name="shared.ab-set.test", sectag_label="SET-a")
        back = self.ask("a", "revert_change_set", change_set_id=sets["a"])["change_set_id"]
        self.assertEqual(self.names(self.ask("a", "plan_change_set", change_set_id=back)), ["own.a-set.test."])
        self.ask("a", "apply_change_set", change_set_id=back)
        self.assertTrue(self.ask("a", "wait_change_set", change_set_id=back, timeout_ms=60000)["complete"])
        self.assertEqual(self.rrs("shared.ab-set.test", "www", "A")[0]["rdata"], "203.0.113.7")
        self.assertEqual(self.rrs("own.a-set.test", "www", "A")[0]["rdata"], "203.0.113.1")

    def test_exact_revert(self):
        """Comments, flags and references, as show_zone gives them."""
        text = "$TTL 1h\n;| web\n;# first\n;!LOCKPTR\nwww IN A 203.0.113.50\n;#second\n;!TRACKREV\nwww IN A 203.0.113.51\n;| off\n;!DISABLE\nold 60 IN A 203.0.113.50\n"
        dms.call("load_zone", name="exact-set.test", zi_text=text, use_apex_ns=True)

        def contents():
            zi = dms.call("show_zone", name="exact-set.test", zi_id=dms.call("show_zone", name="exact-set.test")["zi_candidate_id"])["zi"]
            return [[{k: v for k, v in rr.items() if k not in ("rr_id", "zi_id")} for rr in group["rrs"]] + [group["comment"]] for group in zi["rr_groups"]]

        before = contents()
        number = self.create([{"zones": {"names": ["exact-set.test"]}, "ops": [
            {"op": "REPLACE", "label": "www", "type": "A", "ttl": 60, "rdata": ["203.0.113.51", "203.0.113.52"], "comment": "another"},
            {"op": "DELETE", "label": "old", "type": "A"}, {"op": "ADD", "label": "more", "type": "TXT", "rdata": ["x"]}]}])
        self.plan(number)
        self.apply(number)
        self.assertNotEqual(contents(), before)
        back = dms.call("revert_change_set", change_set_id=number)["change_set_id"]
        shown = self.plan(back)["zones"][0]["difference"]
        self.assertIn(("CHANGED", "second", True), [(d["op"], d.get("comment"), d.get("track_reverse")) for d in shown])
        self.assertIn(("ADDED", "first", True), [(d["op"], d.get("comment"), d.get("lock_ptr")) for d in shown])
        self.apply(back)
        self.assertEqual(contents(), before)


class Tool(Case):
    """zone_tool plan, apply and the rest."""

    def tool(self, *args, code=0, stdin=None):
        run = subprocess.run([str(dms.dir / "bin/zone_tool"), "--socket", dms.socket, *args], capture_output=True, text=True, timeout=90,
                             input=stdin if stdin is not None else "")
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run.stdout + run.stderr

    def test_plan_and_apply_a_file(self):
        self.make("a.tool.test", "b.tool.test", address="192.0.2.130")
        file = dms.dir / "move.set"
        file.write_text("title move\nzones *.tool.test\nsubstitute A 192.0.2.130 -> 192.0.2.131\n")
        shown = self.tool("plan", str(file))
        number = re.search(r"change set (\d+)", shown)[1]
        self.assertIn("- www                      600 A 192.0.2.130\n+ www                      600 A 192.0.2.131\n", shown)
        self.assertIn("PLANNED, 2 zones, 2 waiting; records: 4 added, 4 removed, 0 changed", shown)
        self.assertIn("nobody to ask", self.tool("apply", number, code=75))
        done = self.tool("apply", "-f", number, "--wait=60")
        self.assertIn("DONE, 2 zones, 2 done, 2 live", done)
        self.assertEqual(dms.answer(dms.slaves[0], "www.b.tool.test", "A"), ["192.0.2.131", "192.0.2.77"])
        self.assertIn("move", self.tool("ls_change_sets", "5"))
        self.assertRegex(self.tool("show_change_set", "-v", number), r"a.tool.test.: DONE, change \d+, live")
        back = re.search(r"change set (\d+)", self.tool("revert_change_set", number))[1]
        self.assertIn("2 cancelled", self.tool("cancel_change_set", back))
        self.tool("apply", "-f", back)
        self.tool("wait_change_set", back)
        self.assertEqual(dms.answer(dms.slaves[0], "www.b.tool.test", "A"), ["192.0.2.130", "192.0.2.77"])
        self.assertEqual(json.loads(self.tool("show_change_set", "-o", "json", back))["counts"]["done"], 2)

    def test_progress_is_shown_on_a_terminal(self):
        zones = [f"p{i}.progress.test" for i in range(40)]
        self.make(*zones, address="192.0.2.140")
        number = self.create(substitute("192.0.2.140", "192.0.2.141", names=["*.progress.test"]))
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(str(dms.dir / "bin/zone_tool"), ["zone_tool", "--socket", dms.socket, "apply", "-f", "--wait=60", str(number)],
                      {**os.environ, "TERM": "xterm", "PAGER": "cat"})
        text = b""
        try:
            while part := os.read(fd, 65536):
                text += part
        except OSError:  # its end
            pass
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, text)
        self.assertRegex(text.decode(), r"\r\x1b\[K\[[#.]{40}\] \d+ of 40 done, \d+ live, 0 failed")
        self.assertRegex(text.decode(), r"DONE, 40 zones, 40 done, 40 live")

    def test_refusals_and_mistakes(self):
        self.make("off.tool2.test")
        dms.call("disable_zone", name="off.tool2.test")
        shown = self.tool("plan", "-", stdin="zones off.tool2.test absent.tool2.test\nadd x A 192.0.2.1\n", code=65)
        self.assertIn("off.tool2.test.: REFUSED: zone \"off.tool2.test.\" is disabled", shown)
        self.assertIn("line 2", self.tool("plan", "-", stdin="zones x.test\nfrobnicate\n", code=64))
        self.assertIn("not known", self.tool("plan", "-", stdin="zones x.test\nadd x NOPE 1\n", code=65))
        self.tool("apply", "999999", "-f", code=68)


class ManyZones(Case):
    def test_controller_killed_again_and_again(self):
        """300 zones: everything is done exactly once, wherever the controller was cut off."""
        names = [f"z{i:03}.many.test" for i in range(ZONES)]
        for i in range(0, ZONES, 50):
            dms.post([{"jsonrpc": "2.0", "id": n, "method": "load_zone", "params": {"name": n, "zi_text": TEXT.format(address="203.0.113.1")}} for n in names[i:i + 50]])
        number = self.create(substitute("203.0.113.1", "203.0.113.9", names=["*.many.test"]))
        pid = dms.pid("controller")
        dms.call("plan_change_set", change_set_id=number, limit=1)
        shown = self.plan(number)
        self.assertEqual((len(shown["zones"]), shown["counts"]["waiting"]), (ZONES, ZONES))
        dms.call("apply_change_set", change_set_id=number)
        done = "select count(*) from dms.change_set_zone where state = 'DONE' and set_id = " + str(number)
        for part in (1, ZONES // 3, 2 * ZONES // 3):
            wait_until(lambda: int(dms.sql(done)) >= part, 60, f"{part} zones are done")
            dms.kill("controller", signal.SIGKILL)
        finished = wait_until(lambda: self.waited(number), 120, "the set is complete")
        self.assertEqual((finished["counts"]["done"], finished["counts"]["live"], finished["counts"]["failed"]), (ZONES, ZONES, 0))
        self.assertNotEqual(dms.pid("controller"), pid)
        self.assertEqual(dms.sql("select count(*), min(zi_count), max(zi_count) from dms.zone where name like '%.many.test.'").strip(), f"{ZONES}|2|2")
        self.assertEqual(dms.sql("select count(*) from dms.change where method = 'apply_change_set' and object = 'zone' and object_name like '%.many.test.'").strip(), str(ZONES))
        for zone in names[::37]:
            self.assertEqual(dms.answer(dms.slaves[0], f"mail.{zone}", "A"), ["203.0.113.9"])

    @staticmethod
    def waited(number):
        try:
            answer = dms.call("wait_change_set", change_set_id=number, timeout_ms=5000)
            return answer if answer["complete"] else None
        except (OSError, http.client.HTTPException, RpcError):
            return None


if __name__ == "__main__":
    unittest.main(verbosity=2)
