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
LESSER = {"rpc.discover": "AHVOL", "show_change": "AHVO", "wait_change": "AHVO", "show_zonesm": "AHL"}
TAG, HIDDEN, ABSENT, SEEN = "ROLES-TAG", "hidden-zone.test", "absent-zone.test", "seen-zone.test"
MAKES_ITS_NAME = {"create_zone", "load_zone", "copy_zone"}  # there the name is that of a zone to come


class FrontEnd:
    """Calls at one URI under an account of its own."""

    def __init__(self, uri):
        self.uri, self.login = uri, "walk" + uri.replace("/", "-")
        dms.call("set_account", uri=uri, login=self.login, password="secret of " + self.login)
        address, port = re.match(r"http://([^:/]+):(\d+)/", dms.env["DMS_URL"]).groups()
        self.connection = http.client.HTTPConnection(address, int(port), timeout=30)
        self.head = {"Content-Type": "application/json",
                     "Authorization": "Basic " + base64.b64encode(f"{self.login}:secret of {self.login}".encode()).decode()}

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
    global dms, plain, tagged, hidden
    dms = Stack().__enter__()
    dms.call("create_sectag", sectag_label=TAG)
    plain = {letter: FrontEnd(uri) for letter, uri in URIS.items()}
    tagged = {}
    for role, letter in ROLES.items():
        dms.call("create_front_end", uri=f"/tagged_{role}", role=role, sectag_label=TAG)
        tagged[letter] = FrontEnd(f"/tagged_{role}")
    dms.call("create_zone", name=SEEN, login_id="t", sectags=[TAG], edit_lock=True)
    change = dms.call("create_zone", name=HIDDEN, login_id="t", reference="Hidden@Ref", edit_lock=True, inc_updates=True, receipt=True)
    dms.call("wait_change", change_id=change["change_id"], timeout_ms=30000)
    gone = dms.call("create_zone", name="hidden-gone.test", login_id="t", receipt=True)
    dms.call("delete_zone", name="hidden-gone.test")
    hidden = {"change_id": change["change_id"], "zi_id": change["zi_id"], "token": dms.call("edit_zone", name=HIDDEN)[1],
              "zone_id": dms.call("show_zone", name=HIDDEN)["zone_id"], "gone": dms.call("show_change", change_id=gone["change_id"]),
              "gone_id": int(dms.sql("select id from dms.zone where name = 'hidden-gone.test.'"))}


def tearDownModule():
    for front_end in [*plain.values(), *tagged.values()]:
        front_end.connection.close()
    dms.__exit__()


class Case(unittest.TestCase):
    maxDiff = None

    def refused(self, code, front_end, method, **params):
        answer = front_end.answer(method, params)
        self.assertEqual(answer.get("error", {}).get("code"), code, f"{front_end.uri} {method} {params}: {answer}")
        return answer["error"]


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
        self.assertIn({"uri": "/partner_dms", "role": "hosted", "sectag_label": "PARTNER"}, dms.call("list_front_ends"))
        self.assertIn({"uri": "/admin_dms", "role": "admin", "sectag_label": "Admin"}, dms.call("list_front_ends"))
        partner = FrontEnd("/partner_dms")
        partner.call("create_zone", name="partner.test", login_id="p")
        self.assertEqual([z["name"] for z in partner.call("list_zone")], ["partner.test."])
        self.assertEqual([t["sectag_label"] for t in dms.call("show_zone_sectags", name="partner.test")], ["Admin", "PARTNER"])
        self.assertTrue(dms.call("show_zone", name="partner.test")["zi"]["change_by"].endswith("/PARTNER"))
        accounts = dms.call("list_accounts", uri="/partner_dms")
        self.assertEqual([(a["uri"], a["login"], a["enabled"]) for a in accounts], [("/partner_dms", partner.login, True)])
        self.assertEqual(sorted(accounts[0]), ["ctime", "enabled", "login", "uri"])
        dms.call("delete_account", uri="/partner_dms", login=partner.login)
        self.refused_here(-172, "delete_account", uri="/partner_dms", login=partner.login)
        login = f"{partner.login}:secret of {partner.login}"
        body = {"jsonrpc": "2.0", "id": 1, "method": "list_zone"}
        self.assertEqual(dms.http(body, uri="/partner_dms", login=login)[0], 401)
        dms.call("delete_zone", name="partner.test")
        dms.call("delete_front_end", uri="/partner_dms")
        self.assertEqual(dms.http(body, uri="/partner_dms", login=login)[0], 404)
        self.refused_here(-171, "delete_front_end", uri="/partner_dms")
        self.refused_here(-171, "set_account", uri="/partner_dms", login="a", password="b")
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
