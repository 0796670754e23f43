#!/usr/bin/env python3
"""Who may do what, over HTTP with an account for every front end: which methods and parameters a role has, what a front end with a security
tag can learn about zones that it may not see (nothing), and privileges on records.  The methods are those that rpc.discover lists, so a new
one is walked without a change here."""
import base64
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

from stack import RpcError, Stack

TOOL = str(pathlib.Path(os.environ["DMS_BIN_DIR"], "zone_tool").resolve()) if "DMS_BIN_DIR" in os.environ else shutil.which("zone_tool") or "zone_tool"
ROLES = {"admin": "A", "helpdesk": "H", "value_reseller": "V", "hosted": "O", "list_zone": "L"}
URIS = {"A": "/admin_dms", "H": "/helpdesk_dms", "V": "/value_reseller_dms", "O": "/hosted_dms", "L": "/list_zone"}
# The predecessor's methods and who had them.  Those that are not there yet are not asked for.
KNOWN = {name: roles for roles, names in {
    "AHVOL": "list_zone list_zi show_zone",
    "AHL": "show_zone_byid show_zi show_zi_byid",
    "AHVO": "create_zone delete_zone edit_zone update_zone",
    "AHO": "tickle_editlock cancel_edit_zone",
    "AHV": "update_rrs",
    "AH": """show_zone_text load_zone load_zi copy_zone copy_zi delete_zi undelete_zone destroy_zone disable_zone enable_zone set_zone update_zone_text
        rr_query_db refresh_zone reset_zone refresh_zone_ttl sign_zone load_keys show_sectags show_zone_sectags add_zone_sectag delete_zone_sectag
        replace_zone_sectags create_reference delete_reference rename_reference list_reference set_zone_reference list_sg set_zone_sg set_zone_alt_sg
        show_configsm""",
}.items() for name in names.split()}
# Of the new methods the lesser roles have these; all others are for administrators and help desk.
LESSER = {"create_token": "AHVOL", "list_tokens": "AHVOL", "revoke_token": "AHVOL", "rpc.discover": "AHVOL", "diff_zi": "AHVO", "name_history": "AHVO", "search": "AHVO", "list_kept_texts": "AHVO", "show_kept_text": "AHVO", "show_change": "AHVO", "wait_change": "AHVO", "show_zonesm": "AHL"}
TAG, HIDDEN, ABSENT, SEEN = "ROLES-TAG", "hidden-zone.test", "absent-zone.test", "seen-zone.test"
MAKES_ITS_NAME = {"create_zone", "load_zone", "copy_zone"}  # there the name is that of a zone to come
TO_COME = "new-by-walk.test"


class FrontEnd:
    """Calls at one URI under an account of its own."""

    def __init__(self, uri):
        self.uri, self.login = uri, "walk" + uri.replace("/", "-")
        dms.call("set_account", uri=uri, login=self.login, password="secret of " + self.login)
        address, port = re.match(r"http://([^:/]+):(\d+)/", dms.env["DMS_URL"]).groups()
        self.connection = http.client.HTTPConnection(address, int(port), timeout=30)
        self.head = {"Content-Type": "application/json",
                     "Authorization": "Basic " + base64.b64encode(f"{self.login}:secret of {self.login}".encode()).decode()}

    def with_token(self, **limits):
        """Another caller at the same URI, who shows a token of this account."""
        made = self.call("create_token", **limits)
        other = object.__new__(FrontEnd)
        other.uri, other.login = self.uri, self.login
        other.connection = http.client.HTTPConnection(self.connection.host, self.connection.port, timeout=30)
        other.head = {"Content-Type": "application/json", "Authorization": "Bearer " + made["token"]}
        return other

    def answer(self, method, params):
        self.connection.request("POST", self.uri, json.dumps({"jsonrpc": "2.0", "id": "walk", "method": method, "params": params}), self.head)
        response = self.connection.getresponse()
        data = response.read()
        assert response.status == 200, (response.status, data)
        return json.loads(data)

    def call(self, method, **params):
        answer = self.answer(method, params)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def methods(self):
        return {m["name"]: m for m in self.call("rpc.discover")["methods"]}


def setUpModule():
    global dms, plain, tagged, scoped, hidden
    dms = Stack().__enter__()
    dms.call("create_sectag", sectag_label=TAG)
    plain = {letter: FrontEnd(uri) for letter, uri in URIS.items()}
    tagged = {}
    for role, letter in ROLES.items():
        dms.call("create_front_end", uri=f"/tagged_{role}", role=role, sectag_label=TAG)
        tagged[letter] = FrontEnd(f"/tagged_{role}")
    scoped = {letter: front_end.with_token(zones=[SEEN, TO_COME]) for letter, front_end in plain.items()}
    dms.call("create_zone", name=SEEN, login_id="t", sectags=[TAG, "HOSTED", "VALUE_RESELLER"], edit_lock=True)
    change = dms.call("create_zone", name=HIDDEN, login_id="t", reference="Hidden@Ref", edit_lock=True, inc_updates=True, receipt=True)
    dms.call("wait_change", change_id=change["change_id"], timeout_ms=30000)
    gone = dms.call("create_zone", name="hidden-gone.test", login_id="t", receipt=True)
    dms.call("delete_zone", name="hidden-gone.test")
    hidden = {"change_id": change["change_id"], "zi_id": change["zi_id"], "token": dms.call("edit_zone", name=HIDDEN)[1],
              "zone_id": dms.call("show_zone", name=HIDDEN)["zone_id"], "gone": dms.call("show_change", change_id=gone["change_id"]),
              "gone_id": int(dms.sql("select id from dms.zone where name = 'hidden-gone.test.'"))}
    try:
        dms.call("update_zone_text", name=HIDDEN, zi_text="www IN A 192.0.2.1\n")  # it is locked
    except RpcError as error:
        hidden["kept_text_id"] = error.data["kept_text_id"]


def tearDownModule():
    for front_end in [*plain.values(), *tagged.values(), *scoped.values()]:
        front_end.connection.close()
    dms.__exit__()


class Case(unittest.TestCase):
    maxDiff = None

    def refused(self, code, front_end, method, **params):
        answer = front_end.answer(method, params)
        self.assertEqual(answer.get("error", {}).get("code"), code, f"{front_end.uri} {method} {params}: {answer}")
        return answer["error"]


class MethodSets(Case):
    def test_methods_of_each_role(self):
        everything = set(itertools.chain.from_iterable(f.methods() for f in plain.values()))
        self.assertGreater(len(everything), 40)
        for letter, front_end in plain.items():
            has = set(front_end.methods())
            for name in everything:
                wanted = letter in KNOWN.get(name, LESSER.get(name, "AH" if letter == "A" or name in has and letter == "H" else "A"))
                with self.subTest(role=letter, method=name):
                    self.assertEqual(name in has, wanted)
                    code = front_end.answer(name, {"no such parameter": 1}).get("error", {}).get("code")
                    self.assertEqual(code, -32602 if wanted else -32601)

    def test_front_end_with_a_tag_has_no_more(self):
        for letter, front_end in tagged.items():
            self.assertLessEqual(set(front_end.methods()), set(plain[letter].methods()))
            self.nothing_of_the_whole(front_end)

    def nothing_of_the_whole(self, front_end):
        for name in ("show_dms_status", "list_events", "show_event", "list_server", "create_sg", "create_reference", "set_config", "refresh_all", "reconfig_all",
                     "reset_master", "vacuum_all", "rename_server", "list_log", "vacuum_syslog"):
            self.assertNotIn(name, front_end.methods())
            self.refused(-32601, front_end, name)

    def test_token_with_zones_has_no_more(self):
        for letter, front_end in scoped.items():
            self.assertLessEqual(set(front_end.methods()), set(plain[letter].methods()) - {"create_token", "list_tokens", "revoke_token"})
            self.nothing_of_the_whole(front_end)

    def test_token_and_front_end_with_a_method_list(self):
        """Every method of every role: those that are listed are there, any other is not."""
        for role, letter in ROLES.items():
            everything = sorted(set(plain[letter].methods()) - {"rpc.discover"})
            some = everything[::2]
            dms.call("create_front_end", uri=f"/listed_{role}", role=role, methods=some)
            listed = FrontEnd(f"/listed_{role}")
            token = plain[letter].with_token(methods=some)
            for front_end, person in ((listed, True), (token, False)):
                wanted = {n for n in some if person or n not in ("create_token", "list_tokens", "revoke_token")}
                self.assertEqual(set(front_end.methods()), wanted | {"rpc.discover"})
                for name in everything:
                    with self.subTest(uri=front_end.uri, method=name):
                        self.refused(-32602 if name in wanted else -32601, front_end, name, **{"no such parameter": 1})
                front_end.connection.close()
            dms.call("delete_front_end", uri=f"/listed_{role}")

    def test_accounts_are_made_at_the_socket_only(self):
        local = {"set_account", "create_front_end", "list_front_ends", "delete_front_end", "list_accounts", "delete_account", "set_front_end",
                 "limit_account", "bind_certificate", "list_certificates", "unbind_certificate"}
        self.assertLessEqual(local, {m["name"] for m in dms.call("rpc.discover")["methods"]})
        for front_end in [*plain.values(), *tagged.values()]:
            self.assertFalse(local & set(front_end.methods()))
            for name in local:
                self.refused(-32601, front_end, name, uri="/admin_dms", login="evil", password="evil")

    def test_parameters_of_create_zone_and_list_zone(self):
        def params(letter, method):
            return {p["name"] for p in plain[letter].methods()[method]["params"]} - {"receipt", "limit", "after"}
        flags = {"edit_lock", "auto_dnssec", "nsec3", "inc_updates"}
        base = {"name", "login_id", "zi_data", "reference"}
        wanted = {"A": base | flags | {"use_apex_ns", "sg_name", "sectags"}, "H": base | flags | {"sg_name"}, "O": base | flags | {"sg_name"}, "V": base}
        for letter, names in wanted.items():
            self.assertEqual(params(letter, "create_zone") & (wanted["A"]), names, letter)
            for name in wanted["A"] - names:
                self.assertEqual(self.refused(-32602, plain[letter], "create_zone", name="x.test", **{name: True})["data"]["parameter"], name)
        lists = {"include_deleted", "toggle_deleted", "include_disabled"}
        for letter, names in {"A": lists | {"sg_name"}, "H": lists, "L": lists, "V": set(), "O": set()}.items():
            self.assertEqual(params(letter, "list_zone") & (lists | {"sg_name"}), names, letter)
            for name in lists - names:
                self.refused(-32602, plain[letter], "list_zone", **{name: True})

    def test_value_resellers_zones_take_incremental_updates(self):
        plain["V"].call("create_zone", name="v-inc.test", login_id="v")
        self.assertIs(plain["V"].call("show_zone", name="v-inc.test")["inc_updates"], True)
        plain["O"].call("create_zone", name="o-inc.test", login_id="o")
        self.assertIs(plain["O"].call("show_zone", name="o-inc.test")["inc_updates"], False)


class Hidden(Case):
    """What a caller may not see does not exist for it."""

    def same(self, front_end, method, params, key, hidden_value, absent_value):
        """The answers for the two values differ in nothing but the value itself."""
        shapes = []
        for value in (hidden_value, absent_value):
            answer = front_end.answer(method, {**params, key: value})
            answer.get("error", {}).get("data", {}).pop("kept_text_id", None)  # every refused save has its own
            text = re.sub(r"(?i)(?<![\w:.-])" + re.escape(str(value)) + r"(?![\w:-])", "*", json.dumps(answer, sort_keys=True))
            shapes.append((answer.get("error", {}).get("code"), text))
        self.assertEqual(shapes[0], shapes[1], f"{front_end.uri} {method}: {key}")
        self.assertNotIn("hidden", shapes[0][1].lower(), f"{front_end.uri} {method}: {key}")
        return shapes[0][0]

    def base(self, front_end, method):
        """Parameters that pass the checks: the required ones as in the example (all of those, if that is not enough), and the visible zone."""
        values = {p["name"]: p["value"] for p in method["examples"][0]["params"]}
        required = {p["name"] for p in method["params"] if p["required"]}
        names = {p["name"] for p in method["params"]}
        fewer = {k: v for k, v in values.items() if k in required or k in ("zi_id", "edit_lock_token")}
        if "name" in names and method["name"] not in MAKES_ITS_NAME:
            error = front_end.answer(method["name"], {**fewer, "name": ABSENT}).get("error", {})
            values = fewer if error.get("code") in (-28, -46) else values
        else:
            values = fewer
        for key in {"name", "src_name"} & names:
            values[key] = SEEN
        return values, names

    def test_every_method_with_every_role(self):
        self.walk(tagged, -36)

    def test_every_method_with_every_token(self):
        self.walk(scoped, -230)

    def walk(self, front_ends, taken):
        """taken: the answer to a zone that cannot be created, because it is there, or may not be."""
        before = json.dumps([dms.call("show_zone", name=HIDDEN), dms.sql("select * from dms.zone where name like 'hidden%' order by id")])
        walked = set()
        for letter, front_end in front_ends.items():
            for name, method in front_end.methods().items():
                base, has = self.base(front_end, method)
                with self.subTest(role=letter, method=name):
                    for key in {"name", "src_name"} & has:
                        if key == "name" and name in MAKES_ITS_NAME:
                            params = {**base, "src_name": SEEN} if "src_name" in has else base
                            error = self.refused(taken, front_end, name, **{**params, "name": HIDDEN})
                            self.assertNotIn("Hidden@", json.dumps(error))
                        else:
                            params = {**base, "name": TO_COME} if name in MAKES_ITS_NAME else base
                            if name == "rr_query_db":
                                params = {**base, "label": "@"}
                            code = self.same(front_end, name, params, key, HIDDEN, ABSENT)
                            finds = name in ("rr_query_db", "search", "list_changes", "list_kept_texts")  # nothing is an answer there
                            self.assertIn(code, (-46,) if "sectag" in name else (-28, None) if finds else (-28,))
                        walked.add((name, key))
                    if "other_name" in has:
                        self.assertEqual(self.same(front_end, name, base, "other_name", HIDDEN, ABSENT), -28)
                        walked.add((name, "other_name"))
                    if "zone_id" in has:
                        for id in (hidden["zone_id"], hidden["gone_id"]):
                            self.assertEqual(self.same(front_end, name, base, "zone_id", id, 987654321), -29)
                        walked.add((name, "zone_id"))
                    if "change_id" in has:
                        for id in (hidden["change_id"], hidden["gone"]["change_id"]):
                            self.assertEqual(self.same(front_end, name, {**base, "timeout_ms": 0} if "timeout_ms" in has else base, "change_id", id, 987654321), -137)
                        walked.add((name, "change_id"))
                    if "kept_text_id" in has:
                        self.assertEqual(self.same(front_end, name, base, "kept_text_id", hidden["kept_text_id"], 987654321), -275)
                        walked.add((name, "kept_text_id"))
                    if "zi_id" in has and "zone_id" not in has:
                        self.assertIn(self.same(front_end, name, {**base, **({"name": TO_COME} if name in MAKES_ITS_NAME else {})}, "zi_id",
                                                hidden["zi_id"], 987654321), (-30, None) if name == "rr_query_db" else (-30,))
                        walked.add((name, "zi_id"))
                    if "edit_lock_token" in has:
                        self.assertLess(self.same(front_end, name, base, "edit_lock_token", hidden["token"], 987654321), 0)
                        walked.add((name, "edit_lock_token"))
        self.assertGreaterEqual(walked, {("show_zone", "name"), ("show_zone_byid", "zone_id"), ("show_change", "change_id"), ("show_zone", "zi_id"),
                                         ("undelete_zone", "zone_id"), ("update_zone", "edit_lock_token"), ("create_zone", "name"), ("diff_zones", "other_name")})
        after = json.dumps([dms.call("show_zone", name=HIDDEN), dms.sql("select * from dms.zone where name like 'hidden%' order by id")])
        self.assertEqual(before, after)

    def test_lists_and_searches(self):
        for letter, front_end in [*tagged.items(), *scoped.items()]:
            methods = front_end.methods()
            with self.subTest(role=letter, uri=front_end.uri):
                self.assertEqual([z["name"] for z in front_end.call("list_zone")], [SEEN + "."])
                self.same(front_end, "list_zone", {}, "reference", "Hidden@Ref", "Absent@Ref")
                for name in (HIDDEN, ABSENT):
                    self.refused(-32, front_end, "list_zone", names=[name], reference="Hidden@Ref")
                if "include_deleted" in {p["name"] for p in methods["list_zone"]["params"]}:
                    for params in ({"include_deleted": True}, {"toggle_deleted": True}):
                        names = {z["name"] for z in front_end.call("list_zone", **params)}
                        self.assertFalse(names & {HIDDEN + ".", "hidden-gone.test."})
                if letter == "A":
                    self.refused(-46, front_end, "list_zone", sg_name="public")
                if "list_names" in methods:
                    self.assertEqual(front_end.call("list_names", kind="zone", prefix="hid"), [])
                    self.assertEqual(front_end.call("list_names", kind="reference", prefix="hid"), [])
                if "list_reference" in methods:
                    self.assertNotIn({"reference": "Hidden@Ref"}, front_end.call("list_reference"))
                    self.same(front_end, "set_zone_reference", {"name": SEEN}, "reference", "Hidden@Ref", "Absent@Ref")
                for group in front_end.call("list_sg") if "list_sg" in methods else []:
                    self.assertNotIn("zone_count", group)
                if "show_sectags" in methods:
                    self.refused(-46, front_end, "show_sectags")
                    self.refused(-46, front_end, "show_zone_sectags", name=SEEN)
                    self.assertNotIn("sectags", front_end.call("show_zone", name=SEEN))
        self.assertIn("Hidden@Ref", [r["reference"] for r in plain["H"].call("list_reference")])

    def test_hidden_takes_as_long_as_absent(self):
        """Medians of many: a look-up that finds a row and then hides it would be slower by what it reads."""
        for front_end in (tagged["H"], scoped["H"]):
            times = {HIDDEN: [], ABSENT: []}
            for _ in range(60):
                for name, taken in times.items():
                    start = time.perf_counter()
                    self.refused(-28, front_end, "show_zone", name=name)
                    taken.append(time.perf_counter() - start)
            hidden_s, absent_s = (sorted(taken)[len(taken) // 2] for taken in times.values())
            self.assertLess(hidden_s, absent_s * 1.5 + 0.002)
            self.assertLess(absent_s, hidden_s * 1.5 + 0.002)

    def test_below_a_hidden_zone(self):
        """Refused, for the parent is somebody else's; which zone that is, and whose, is not told or inherited."""
        for letter in "AHVO":
            error = self.refused(-36, tagged[letter], "create_zone", name="sub." + HIDDEN, login_id="t")
            self.assertNotIn('"' + HIDDEN, json.dumps(error))
            self.assertNotIn("Hidden@Ref", json.dumps(error))
        self.refused(-36, tagged["O"], "create_zone", name="sub." + HIDDEN, login_id="t", reference="Other@Ref")
        tagged["O"].call("create_zone", name="sub." + HIDDEN, login_id="t", reference="hidden@REF")
        dms.call("set_zone_reference", name="sub." + HIDDEN)  # else the reference would be one of a zone that the tag sees
        dms.call("delete_zone", name="sub." + HIDDEN)
        tagged["O"].call("create_zone", name="parent.test", login_id="t", reference="Mine@Ref")
        self.assertIn('parent.test.', json.dumps(self.refused(-36, tagged["O"], "create_zone", name="sub.parent.test", login_id="t")))
        dms.call("delete_zone", name="parent.test")

    def test_tag_given_and_taken(self):
        name = "given.test"
        dms.call("create_zone", name=name, login_id="t")
        front_end = tagged["V"]
        self.refused(-28, front_end, "show_zone", name=name)
        dms.call("add_zone_sectag", name=name, sectag_label=TAG)
        self.assertEqual(front_end.call("show_zone", name=name)["name"], name + ".")
        dms.call("delete_zone_sectag", name=name, sectag_label=TAG)
        self.refused(-28, front_end, "show_zone", name=name)
        dms.call("delete_zone", name=name)


class Privileges(Case):
    def setUp(self):
        self.name = "privileges.test"
        dms.call("create_zone", name=self.name, login_id="t", sectags=["HOSTED", "VALUE_RESELLER"])
        self.addCleanup(dms.call, "delete_zone", name=self.name)

    def update(self, letter, **flags):
        return plain[letter].answer("update_zone", {"name": self.name, "login_id": "t", "zi_data": {"rr_groups": [{"rrs": [
            {"label": "www", "type": "A", "rdata": "192.0.2.1", **flags}]}]}}).get("error", {"code": 0})["code"]

    def test_lock_ptr(self):
        self.assertEqual({letter: self.update(letter, lock_ptr=True) for letter in "HVO"}, {"H": -26, "V": -26, "O": -26})
        self.assertEqual({letter: self.update(letter) for letter in "HVOA"}, {"H": 0, "V": 0, "O": 0, "A": 0})
        self.assertEqual(self.update("A", lock_ptr=True), 0)

    def test_record_reference(self):
        self.assertEqual(self.update("V", reference="Some@Ref"), -27)
        for letter in "OHA":
            self.assertEqual(self.update(letter, reference=f"Ref@{letter}"), 0, letter)

    def test_own_apex(self):
        name = "own-apex.test"
        dms.call("create_zone", name=name, login_id="t", use_apex_ns=False, sectags=["HOSTED", "VALUE_RESELLER"])
        self.addCleanup(dms.call, "delete_zone", name=name)
        structure = plain["A"].call("edit_zone", name=name)[0]
        zi_data = {"rr_groups": structure["zi"]["rr_groups"]}
        for letter in "HVO":
            self.refused(-127, plain[letter], "edit_zone", name=name)
            self.refused(-127, plain[letter], "update_zone", name=name, zi_data=zi_data)
        self.refused(-127, plain["H"], "update_zone_text", name=name, zi_text="www IN A 192.0.2.1\n")
        self.refused(-127, plain["H"], "load_zi", name=name, zi_text="www IN A 192.0.2.1\n")
        self.assertIs(plain["A"].call("update_zone", name=name, zi_data=zi_data), True)


class FrontEnds(Case):
    def refused_here(self, code, method, **params):
        with self.assertRaises(RpcError) as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))

    def test_another_web_interface(self):
        """Without code: a tag, a front end, an account."""
        self.refused_here(-42, "create_front_end", uri="/partner_dms", role="hosted", sectag_label="PARTNER")
        dms.call("create_sectag", sectag_label="PARTNER")
        dms.call("create_front_end", uri="/partner_dms", role="hosted", sectag_label="PARTNER")
        self.refused_here(-170, "create_front_end", uri="/partner_dms", role="hosted")
        self.refused_here(-43, "delete_sectag", sectag_label="PARTNER")
        free = {"enabled": True, "methods": [], "networks": []}
        self.assertIn({"uri": "/partner_dms", "role": "hosted", "sectag_label": "PARTNER", **free}, dms.call("list_front_ends"))
        self.assertIn({"uri": "/admin_dms", "role": "admin", "sectag_label": "Admin", **free}, dms.call("list_front_ends"))
        partner = FrontEnd("/partner_dms")
        partner.call("create_zone", name="partner.test", login_id="p")
        self.assertEqual([z["name"] for z in partner.call("list_zone")], ["partner.test."])
        self.assertEqual([t["sectag_label"] for t in dms.call("show_zone_sectags", name="partner.test")], ["Admin", "PARTNER"])
        self.assertTrue(dms.call("show_zone", name="partner.test")["zi"]["change_by"].endswith("/PARTNER"))
        accounts = dms.call("list_accounts", uri="/partner_dms")
        self.assertEqual([(a["uri"], a["login"], a["enabled"]) for a in accounts], [("/partner_dms", partner.login, True)])
        self.assertEqual(sorted(accounts[0]), ["ctime", "enabled", "login", "networks", "uri"])
        dms.call("delete_account", uri="/partner_dms", login=partner.login)
        self.refused_here(-172, "delete_account", uri="/partner_dms", login=partner.login)
        login = f"{partner.login}:secret of {partner.login}"
        body = {"jsonrpc": "2.0", "id": 1, "method": "list_zone"}
        self.assertEqual(dms.http(body, uri="/partner_dms", login=login)[0], 401)
        dms.call("delete_zone", name="partner.test")
        dms.call("delete_front_end", uri="/partner_dms")
        self.assertEqual(dms.http(body, uri="/partner_dms", login=login)[0], 404)
        self.refused_here(-171, "delete_front_end", uri="/partner_dms")
        self.refused_here(-171, "set_account", uri="/partner_dms", login="a", password="long enough")
        partner.connection.close()

    def test_what_is_refused(self):
        for uri in ("partner", "/", "/A", "/a/b", "/" + "a" * 61, "/a b"):
            with self.assertRaises(RpcError) as caught:
                dms.call("create_front_end", uri=uri, role="hosted")
            self.assertIn(caught.exception.code, (-146, -32602))
        self.refused_here(-146, "create_front_end", uri="/king_dms", role="king")

    def tool(self, code, *words, stdin=""):
        env = {**os.environ, "DMS_SOCKET": dms.socket, "PAGER": "cat", "TZ": "UTC"}
        run = subprocess.run([TOOL, *words], input=stdin, capture_output=True, text=True, timeout=60, env=env)
        self.assertEqual(run.returncode, code, f"{words}\n{run.stdout}{run.stderr}")
        return run.stdout

    def test_tool(self):
        self.tool(78, "create_front_end", "/tool_dms", "hosted", "NO-SUCH-TAG")
        self.tool(0, "create_front_end", "/tool_dms", "hosted", "HOSTED")
        self.tool(73, "create_front_end", "/tool_dms", "hosted", "HOSTED")
        self.assertRegex(self.tool(0, "ls_front_end"), r"(?m)^ +/tool_dms +hosted +HOSTED$")
        self.tool(64, "set_account", "/tool_dms", "ann")
        self.tool(0, "set_account", "/tool_dms", "ann", stdin="a pass phrase\n")
        self.tool(68, "set_account", "/no_dms", "ann", stdin="a pass phrase\n")
        self.assertRegex(self.tool(0, "ls_account", "/tool_dms"), r"^ +/tool_dms +ann +\w{3} ")
        body = {"jsonrpc": "2.0", "id": 1, "method": "list_zone"}
        self.assertEqual(dms.http(body, uri="/tool_dms", login="ann:a pass phrase")[0], 200)
        self.tool(75, "delete_account", "/tool_dms", "ann")
        self.tool(0, "delete_account", "-f", "/tool_dms", "ann")
        self.assertEqual(dms.http(body, uri="/tool_dms", login="ann:a pass phrase")[0], 401)
        self.tool(68, "delete_account", "-f", "/tool_dms", "ann")
        self.tool(75, "delete_front_end", "/tool_dms")
        self.tool(0, "delete_front_end", "-f", "/tool_dms")
        self.tool(68, "delete_front_end", "-f", "/tool_dms")


if __name__ == "__main__":
    sys.exit(unittest.main())
