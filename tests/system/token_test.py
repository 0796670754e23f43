#!/usr/bin/env python3
"""API tokens: issued once, limited in time, place, zones, records and methods; whose they are; what a wrong one is told.  Limits of front ends and
accounts; passwords and the waiting after failed logins."""
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

from stack import RpcError, Stack, TOP

TOOL = str(pathlib.Path(os.environ["DMS_BIN_DIR"], "zone_tool").resolve()) if "DMS_BIN_DIR" in os.environ else shutil.which("zone_tool") or "zone_tool"
URI, LOGIN, PASSWORD = "/admin_dms", "tokener", "a pass phrase of tokener"


def setUpModule():
    global dms
    dms = Stack().__enter__()
    dms.call("set_account", uri=URI, login=LOGIN, password=PASSWORD)
    for name in ("acme.test", "other.test", "sub.acme.test"):
        dms.call("create_zone", name=name, login_id="t", inc_updates=True)
    dms.call("update_zone", name="acme.test", login_id="t", zi_data={"rr_groups": [{"comment": "hosts", "rrs": [
        {"label": "www", "type": "A", "rdata": "192.0.2.1"}]}, {"rrs": [{"label": "_acme-challenge", "type": "TXT", "rdata": '"old"'}]}]})


def tearDownModule():
    broken = dms.sql("set search_path = dms;" + (TOP / "sql/check.sql").read_text().split("-- ---- access")[1])
    dms.__exit__()
    assert broken == "", broken


def ask(authorization, method, uri=URI, address="127.0.0.1", **params):
    """(HTTP status, answer) with this Authorization header, from this address of the loopback network."""
    host, port = re.match(r"http://([^:/]+):(\d+)/", dms.env["DMS_URL"]).groups()
    c = http.client.HTTPConnection(host, int(port), timeout=30, source_address=(address, 0))
    head = {"Content-Type": "application/json", **({"Authorization": authorization} if authorization else {})}
    try:
        c.request("POST", uri, json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}), head)
        r = c.getresponse()
        answer = json.loads(r.read())
        answer["headers"] = r.headers
        return r.status, answer
    finally:
        c.close()


def basic(login=LOGIN, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


class Case(unittest.TestCase):
    maxDiff = None

    def token(self, **limits):
        made = dms.call("create_token", uri=URI, login=LOGIN, **limits)
        self.assertRegex(made["token"], r"^dms_[0-9a-f]{16}_[0-9a-f]{64}$")
        self.assertTrue(made["token"].startswith("dms_" + made["token_id"] + "_"))
        return made

    def code(self, token, method, **params):
        status, answer = ask("Bearer " + token["token"], method, **params)
        self.assertEqual(status, 200, answer)
        return answer.get("error", {}).get("code", 0)

    def result(self, token, method, **params):
        status, answer = ask("Bearer " + token["token"], method, **params)
        self.assertEqual(status, 200, answer)
        self.assertIn("result", answer, answer)
        return answer["result"]

    def turned_away(self, status, authorization, **more):
        got, answer = ask(authorization, "list_zone", **more)
        self.assertEqual(got, status, answer)
        return answer["error"]["message"]

    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception


class Life(Case):
    def test_token_is_shown_once_and_not_kept(self):
        made = self.token(comment="robot")
        secret = made["token"].split("_")[2]
        self.assertNotIn(secret, dms.sql("select t::text from dms.token t") + dms.sql("select c::text from dms.change c"))
        self.assertNotIn(secret, dms.log("controller"))
        self.assertNotIn(secret, json.dumps(dms.call("list_tokens")))
        self.assertIn("acme.test.", [z["name"] for z in self.result(made, "list_zone")])
        self.assertNotIn(secret, dms.log("controller"))

    def test_whose_it_is(self):
        made = self.token(comment="robot")
        change = self.result(made, "create_zone", name="made-by-token.test", receipt=True)["change_id"]
        self.assertEqual(dms.sql(f"select login, front_end, token from dms.change where id = {change}").strip(), f"{LOGIN}|{URI}|{made['token_id']}")
        self.result(made, "delete_zone", name="made-by-token.test")
        listed = [t for t in dms.call("list_tokens", uri=URI, login=LOGIN) if t["token_id"] == made["token_id"]][0]
        self.assertEqual((listed["uri"], listed["login"], listed["comment"], listed["zones"], listed["last_address"]), (URI, LOGIN, "robot", [], "127.0.0.1"))
        self.assertIsNotNone(listed["last_used_at"])

    def test_last_use_is_written_at_most_once_a_minute(self):
        made = self.token()
        self.result(made, "list_zone")
        at = f"select last_used_at from dms.token where public_id = '{made['token_id']}'"
        first = dms.sql(at)
        self.result(made, "list_zone")
        self.assertEqual(dms.sql(at), first)
        dms.sql(f"update dms.token set last_used_at = last_used_at - interval '2 minutes' where public_id = '{made['token_id']}'")
        self.result(made, "list_zone")
        self.assertGreaterEqual(dms.sql(at), first)

    def test_revoked(self):
        made = self.token()
        self.result(made, "list_zone")
        dms.call("revoke_token", token_id=made["token_id"])
        self.assertIn("was revoked at", self.turned_away(401, "Bearer " + made["token"]))
        dms.call("revoke_token", token_id=made["token_id"])
        self.assertNotIn(made["token_id"], [t["token_id"] for t in dms.call("list_tokens")])
        self.assertIn(made["token_id"], [t["token_id"] for t in dms.call("list_tokens", all=True)])
        self.refused(-232, "revoke_token", token_id="0" * 16)

    def test_expired(self):
        made = self.token(lifetime="1h")
        self.result(made, "list_zone")
        dms.sql(f"update dms.token set expires = now() where public_id = '{made['token_id']}'")
        self.assertIn("expired at", self.turned_away(401, "Bearer " + made["token"]))

    def test_lifetime(self):
        days = lambda made: float(dms.sql(f"select extract(epoch from expires - ctime) / 86400 from dms.token where public_id = '{made['token_id']}'"))
        self.assertAlmostEqual(days(self.token()), 90, 3)
        self.assertAlmostEqual(days(self.token(lifetime="12h")), 0.5, 3)
        self.assertIn("token_lifetime_max", self.refused(-146, "create_token", uri=URI, login=LOGIN, lifetime="1000d").data["hint"])
        for bad in ("0", "soon", "-1"):
            self.refused(-146, "create_token", uri=URI, login=LOGIN, lifetime=bad)

    def test_account_and_front_end(self):
        made = self.token()
        self.assertIn("another front end", self.turned_away(401, "Bearer " + made["token"], uri="/helpdesk_dms"))
        self.assertEqual(ask("Bearer " + made["token"], "list_zone", uri="/no_dms")[0], 404)
        dms.call("limit_account", uri=URI, login=LOGIN, enabled=False)
        self.addCleanup(dms.call, "limit_account", uri=URI, login=LOGIN, enabled=True)
        self.assertIn("disabled", self.turned_away(401, "Bearer " + made["token"]))
        self.assertEqual(self.turned_away(401, basic()), "login or password is wrong")
        dms.call("limit_account", uri=URI, login=LOGIN, enabled=True)
        self.result(made, "list_zone")

    def test_wrong_ones(self):
        made = self.token()
        id, secret = made["token"].split("_")[1:]
        unknown, wrong = f"Bearer dms_{'a' * 16}_{secret}", f"Bearer dms_{id}_{'0' * 64}"
        self.assertEqual(self.turned_away(401, unknown, address="127.0.0.31").replace("a" * 16, id), self.turned_away(401, wrong, address="127.0.0.31"))
        for bad in ("Bearer", "Bearer ", "Bearer dms_", f"Bearer dms_{id}_{secret}0", f"Bearer dms_{id}_{secret.upper()}", f"Bearer {id}_{secret}",
                    f"Token dms_{id}_{secret}", "Basic", "Basic !", "Basic " + "A" * 5000):
            status, answer = ask(bad, "list_zone", address="127.0.0.32")
            self.assertEqual((status, answer["error"]["code"]), (401, -138), bad)
            self.assertEqual(len(answer["headers"].get_all("WWW-Authenticate")), 2)
        self.assertEqual(ask("bearer  " + made["token"] + " ", "list_zone")[0], 200)


class Limits(Case):
    def test_networks(self):
        made = self.token(networks=["127.0.0.8/29", "2001:db8::/32"])
        self.assertEqual(ask("Bearer " + made["token"], "list_zone", address="127.0.0.9")[0], 200)
        status, answer = ask("Bearer " + made["token"], "list_zone")
        self.assertEqual((status, answer["error"]["code"]), (403, -236))
        self.assertIn("from 127.0.0.1", answer["error"]["message"])
        for bad in ("127.0.0.1/8", "127.0.0", "::1/129", "x", "127.0.0.1/", "127.0.0.1/ 8", ""):
            self.refused(-146, "create_token", uri=URI, login=LOGIN, networks=[bad])
        listed = [t for t in dms.call("list_tokens") if t["token_id"] == made["token_id"]][0]
        self.assertEqual(listed["networks"], ["127.0.0.8/29", "2001:db8::/32"])

    def test_methods(self):
        made = self.token(methods=["list_zone", "delete_zone"], read_only=True)
        self.assertEqual(self.code(made, "list_zone"), 0)
        self.assertEqual({self.code(made, name, name="acme.test") for name in ("show_zone", "delete_zone", "edit_zone")}, {-32601})
        self.assertEqual({m["name"] for m in self.result(made, "rpc.discover")["methods"]}, {"list_zone", "rpc.discover"})
        reads = self.token(read_only=True)
        self.assertEqual((self.code(reads, "show_zone", name="acme.test"), self.code(reads, "edit_zone", name="acme.test")), (0, -32601))
        self.assertIn("no_method", self.refused(-146, "create_token", uri=URI, login=LOGIN, methods=["no_method"]).message)

    def test_zones(self):
        made = self.token(zones=["acme.test", "*.new.test", "192.0.2.0/24"])
        self.assertEqual([z["name"] for z in self.result(made, "list_zone")], ["acme.test."])
        self.assertEqual(self.code(made, "show_zone", name="acme.test"), 0)
        self.assertEqual([z["name"] for z in self.result(made, "list_zone", names=["*.test"])], ["acme.test."])
        self.assertEqual(self.code(made, "list_zone", names=["other.test"]), -32)
        status, answer = ask("Bearer " + made["token"], "show_sectags")
        self.assertEqual((answer["error"]["code"], answer["error"]["message"]), (-46, "a token that is limited to zones may not see other tags"))
        for name in ("other.test", "absent.test", "sub.acme.test"):
            self.assertEqual(self.code(made, "show_zone", name=name), -28)
            self.assertEqual(self.code(made, "delete_zone", name=name), -28)
        # what is created must be in scope too, whether or not there is one of this name
        for name in ("other.test", "absent.test", "new.test"):
            self.assertEqual(self.code(made, "create_zone", name=name), -230)
        self.assertEqual(self.code(made, "copy_zone", src_name="acme.test", name="absent.test"), -230)
        self.assertEqual(self.code(made, "copy_zone", src_name="other.test", name="a.new.test"), -28)
        self.result(made, "create_zone", name="a.new.test")
        self.assertEqual([z["name"] for z in self.result(made, "list_zone")], ["a.new.test.", "acme.test."])
        self.result(made, "delete_zone", name="a.new.test")
        self.result(made, "create_zone", name="192.0.2.0/24")
        self.result(made, "delete_zone", name="192.0.2.0/24")
        listed = [t for t in dms.call("list_tokens") if t["token_id"] == made["token_id"]][0]
        self.assertEqual(listed["zones"], ["*.new.test.", "2.0.192.in-addr.arpa.", "acme.test."])
        for bad in ("a b", "*;", "a..b"):
            with self.assertRaises(RpcError):
                dms.call("create_token", uri=URI, login=LOGIN, zones=[bad])

    def test_zones_under_a_security_tag(self):
        """The scope takes away from what the front end sees; it never adds."""
        dms.call("set_account", uri="/hosted_dms", login="host", password="a pass phrase of host")
        made = dms.call("create_token", uri="/hosted_dms", login="host", zones=["*.test"])
        status, answer = ask("Bearer " + made["token"], "list_zone", uri="/hosted_dms")
        self.assertEqual((status, answer["result"]), (200, []))
        status, answer = ask("Bearer " + made["token"], "create_zone", uri="/hosted_dms", name="hosted-by-token.test")
        self.assertIs(answer.get("result"), True, answer)
        self.assertEqual([t["sectag_label"] for t in dms.call("show_zone_sectags", name="hosted-by-token.test")], ["Admin", "HOSTED"])
        status, answer = ask("Bearer " + made["token"], "list_zone", uri="/hosted_dms")
        self.assertEqual([z["name"] for z in answer["result"]], ["hosted-by-token.test."])
        dms.call("delete_zone", name="hosted-by-token.test")

    def update(self, token, *rrs, **more):
        return self.code(token, "update_rrs", **{"name": "acme.test", "update_type": "acme", "update_data": {"rr_groups": [{"rrs": list(rrs)}]}, **more})

    def test_acme_client(self):
        made = self.token(zones=["acme.test"], names=["_acme-challenge.*"], types=["TXT"])
        txt = {"label": "_acme-challenge", "type": "TXT", "rdata": '"new"', "update_op": "UPDATE_RRTYPE"}
        self.assertEqual(self.update(made, txt), 0)
        self.assertEqual(self.update(made, {**txt, "label": "_acme-challenge.www"}), 0)
        for bad in ({**txt, "label": "www"}, {**txt, "label": "@"}, {**txt, "label": "x._acme-challenge"}, {**txt, "label": "_acme-challenge\\.www"},
                    {**txt, "type": "CNAME", "rdata": "www"}, {**txt, "type": "ANY", "rdata": "", "update_op": "DELETE"},
                    {**txt, "label": "www", "type": "A", "rdata": "192.0.2.1", "update_op": "DELETE"}):
            self.assertEqual(self.update(made, bad), -230, bad)
        self.assertEqual(self.update(made, txt, {**txt, "label": "www"}), -230)
        self.assertEqual(self.update(made, txt, name="other.test"), -28)
        self.assertEqual(self.code(made, "update_rrs", name="acme.test", update_type="a", update_data={"rrsets": [
            {"op": "REPLACE", "label": "_acme-challenge", "type": "TXT", "rdata": ['"a"', '"b"']}]}), 0)
        self.assertEqual(self.code(made, "update_rrs", name="acme.test", update_type="a", update_data={"rrsets": [
            {"op": "DELETE", "label": "www", "type": "A"}]}), -230)
        text = "$UPDATE_TYPE a\n;!RROP:ADD\nwww2 IN TXT x\n"
        status, answer = ask("Bearer " + made["token"], "update_rrs", name="acme.test", update_text=text)
        self.assertEqual((answer["error"]["code"], answer["error"]["data"]["label"], answer["error"]["data"]["type"]), (-230, "www2", "TXT"))
        self.assertIn('record "www2" TXT', answer["error"]["message"])
        # it sees its records and no others, and has no method that would show or change others
        groups = self.result(made, "show_zone", name="acme.test", zi_id=int(dms.sql(
            "select zi_candidate_id from dms.zone where name = 'acme.test.'")))["zi"]["rr_groups"]
        self.assertEqual(sorted({(rr["label"], rr["type"]) for g in groups for rr in g["rrs"]}), [("_acme-challenge", "TXT"), ("_acme-challenge.www", "TXT")])
        self.assertNotIn("hosts", json.dumps(groups))
        self.assertEqual({m["name"] for m in self.result(made, "rpc.discover")["methods"]},
                         {"list_zone", "show_zone", "update_rrs", "show_change", "wait_change", "list_kept_texts", "show_kept_text", "rpc.discover"})
        for method, params in (("show_zone_text", {}), ("update_zone", {"zi_data": {}}), ("edit_zone", {}), ("list_zi", {}), ("delete_zone", {})):
            self.assertEqual(self.code(made, method, name="acme.test", **params), -32601, method)
        self.assertEqual(dms.call("show_zone", name="acme.test", zi_id=int(dms.sql(
            "select zi_candidate_id from dms.zone where name = 'acme.test.'")))["zi"]["rr_groups"][0]["rrs"][0]["label"], "www")

    def test_names_and_types(self):
        made = self.token(zones=["acme.test"], names=["host?", "*.dyn.acme.test.", "\\*"], types=["a", "AAAA"])
        a = {"type": "A", "rdata": "192.0.2.9", "update_op": "UPDATE_RRTYPE"}
        for label, code in (("host1", 0), ("HOST2", 0), ("host12", -230), ("host", -230), ("x.dyn", 0), ("dyn", -230), ("*", 0), ("b", -230)):
            self.assertEqual(self.update(made, {**a, "label": label}), code, label)
        self.assertEqual(self.update(made, {**a, "label": "host1", "type": "AAAA", "rdata": "2001:db8::1"}), 0)
        for params in ({"types": ["NOTYPE"]}, {"types": ["ANY"]}, {"names": [""]}, {"names": ["a b"]}):
            self.refused(-146, "create_token", uri=URI, login=LOGIN, **params)


class Own(Case):
    """Over HTTP an account has its own tokens, whatever its role; at the socket administrators have all."""

    def test_own_tokens(self):
        status, answer = ask(basic(), "create_token", comment="mine", types=["TXT"])
        self.assertEqual(status, 200)
        made = answer["result"]
        dms.call("set_account", uri="/helpdesk_dms", login="helper", password="a pass phrase of helper")
        helper = basic("helper", "a pass phrase of helper")
        self.assertIn(made["token_id"], [t["token_id"] for t in ask(basic(), "list_tokens")[1]["result"]])
        self.assertEqual(ask(helper, "list_tokens", uri="/helpdesk_dms")[1]["result"], [])
        self.assertEqual(ask(helper, "revoke_token", uri="/helpdesk_dms", token_id=made["token_id"])[1]["error"]["code"], -232)
        for params in ({"login": "quickstart"}, {"login": "no-such-login"}):
            status, answer = ask(basic(), "create_token", **params)
            self.assertEqual(answer["error"]["code"], -139)
            self.assertEqual(ask(basic(), "list_tokens", **params)[1]["error"]["code"], -139)
        self.assertEqual(ask(basic(), "revoke_token", token_id=made["token_id"])[0], 200)
        self.assertIn("revoked", self.turned_away(401, "Bearer " + made["token"]))

    def test_token_makes_no_tokens(self):
        made = self.token()
        for method in ("create_token", "list_tokens", "revoke_token"):
            self.assertEqual(self.code(made, method), -32601)

    def test_socket_needs_an_account(self):
        self.refused(-146, "create_token")
        self.refused(-172, "create_token", uri=URI, login="nobody")
        self.refused(-172, "create_token", uri="/no_dms", login="nobody")


class FrontEnds(Case):
    def test_method_list(self):
        dms.call("create_front_end", uri="/few_dms", role="helpdesk", methods=["list_zone", "show_zone"])
        self.addCleanup(dms.call, "delete_front_end", uri="/few_dms")
        dms.call("set_account", uri="/few_dms", login="few", password="a pass phrase of few")
        few = basic("few", "a pass phrase of few")
        methods = lambda: {m["name"] for m in ask(few, "rpc.discover", uri="/few_dms")[1]["result"]["methods"]}
        self.assertEqual(methods(), {"list_zone", "show_zone", "rpc.discover"})
        self.assertEqual(ask(few, "delete_zone", uri="/few_dms", **{"name": "acme.test"})[1]["error"]["code"], -32601)
        row = [f for f in dms.call("list_front_ends") if f["uri"] == "/few_dms"][0]
        self.assertEqual(row, {"uri": "/few_dms", "role": "helpdesk", "sectag_label": "Admin", "enabled": True, "methods": ["list_zone", "show_zone"],
                               "networks": []})
        dms.call("set_front_end", uri="/few_dms", role="list_zone", methods=[])
        self.assertNotIn("delete_zone", methods())
        self.assertIn("list_zi", methods())
        dms.call("set_front_end", uri="/few_dms", methods=["list_zone", "create_zone"])
        self.assertEqual(methods(), {"list_zone", "rpc.discover"})  # the role's set is the limit
        self.refused(-146, "set_front_end", uri="/few_dms", methods=["no_method"])
        self.refused(-42, "set_front_end", uri="/few_dms", sectag_label="NO-TAG")
        self.refused(-171, "set_front_end", uri="/no_dms", enabled=False)
        self.refused(-146, "set_front_end", uri="/few_dms", role="king")
        dms.call("set_front_end", uri="/few_dms", sectag_label="HOSTED")
        self.assertEqual(ask(few, "list_zone", uri="/few_dms")[1]["result"], [])
        dms.call("set_front_end", uri="/few_dms", sectag_label="Admin")
        self.assertNotEqual(ask(few, "list_zone", uri="/few_dms")[1]["result"], [])

    def test_disabled_and_networks(self):
        dms.call("create_front_end", uri="/off_dms", role="hosted", sectag_label="HOSTED", networks=["127.0.0.2"])
        self.addCleanup(dms.call, "delete_front_end", uri="/off_dms")
        dms.call("set_account", uri="/off_dms", login="off", password="a pass phrase of off")
        off = basic("off", "a pass phrase of off")
        self.assertEqual(ask(off, "list_zone", uri="/off_dms", address="127.0.0.2")[0], 200)
        status, answer = ask(off, "list_zone", uri="/off_dms")
        self.assertEqual((status, answer["error"]["code"]), (403, -236))
        self.assertEqual(self.turned_away(401, basic("off", "wrong"), uri="/off_dms"), "login or password is wrong")
        dms.call("set_front_end", uri="/off_dms", networks=[], enabled=False)
        status, answer = ask(off, "list_zone", uri="/off_dms")
        self.assertEqual((status, answer["error"]["code"]), (403, -237))
        dms.call("set_front_end", uri="/off_dms", enabled=True)
        self.assertEqual(ask(off, "list_zone", uri="/off_dms")[0], 200)
        dms.call("limit_account", uri="/off_dms", login="off", networks=["127.0.0.3", "127.0.0.4"])
        self.assertEqual(ask(off, "list_zone", uri="/off_dms")[0], 403)
        self.assertEqual(ask(off, "list_zone", uri="/off_dms", address="127.0.0.4")[0], 200)
        self.assertEqual(dms.call("list_accounts", uri="/off_dms")[0]["networks"], ["127.0.0.3/32", "127.0.0.4/32"])
        self.refused(-172, "limit_account", uri="/off_dms", login="nobody", enabled=False)


class Tool(Case):
    def tool(self, code, *words, **env):
        run = subprocess.run([TOOL, *words], input="", capture_output=True, text=True, timeout=60,
                             env={**os.environ, "PAGER": "cat", "TZ": "UTC", **(env or {"DMS_SOCKET": dms.socket})})
        self.assertEqual(run.returncode, code, f"{words}\n{run.stdout}{run.stderr}")
        return run.stdout if code == 0 else run.stderr

    def test_tokens(self):
        token = self.tool(0, "create_token", URI, LOGIN, "zones=acme.test,*.new.test", "types=TXT", "lifetime=1d", "comment=made by the tool").strip()
        self.assertRegex(token, r"^dms_[0-9a-f]{16}_[0-9a-f]{64}$")
        id = token.split("_")[1]
        listed = self.tool(0, "ls_token", URI, LOGIN)
        self.assertRegex(listed, rf"(?m)^ +{id}  /admin_dms tokener  expires .*, used never: made by the tool\n +zones=\*\.new\.test\.,acme\.test\.\n +types=TXT$")
        credentials = dms.dir / "etc/token"
        credentials.touch(mode=0o600)
        credentials.write_text(token + "\n")
        url = re.match(r"http://[^/]+", dms.env["DMS_URL"])[0] + URI
        remote = {"DMS_URL": url, "DMS_CREDENTIALS": str(credentials)}
        self.assertEqual(self.tool(0, "ls", **remote).split(), ["acme.test."])
        self.assertIn("no method", self.tool(64, "delete_zone", "-f", "acme.test", **remote))
        self.tool(75, "revoke_token", id)
        self.tool(0, "revoke_token", "-f", id)
        self.assertIn("was revoked", self.tool(77, "ls", **remote))
        self.assertNotIn(id, self.tool(0, "ls_token"))
        self.assertIn("revoked", self.tool(0, "ls_token", "-v"))
        self.assertIn("settings are zones=A,B", self.tool(64, "create_token", URI, LOGIN, "zone=acme.test"))
        self.tool(64, "create_token", URI, LOGIN, "read_only=perhaps")
        self.tool(68, "create_token", URI, "nobody")

    def test_limits(self):
        self.tool(0, "create_front_end", "/toolfe_dms", "hosted", "HOSTED")
        self.addCleanup(dms.call, "delete_front_end", uri="/toolfe_dms")
        self.tool(0, "set_front_end", "/toolfe_dms", "methods=list_zone,show_zone", "networks=192.0.2.0/24", "enabled=no")
        self.assertRegex(self.tool(0, "ls_front_end"), r"(?m)^ +/toolfe_dms +hosted +HOSTED  some methods  some networks  disabled$")
        self.tool(0, "set_front_end", "/toolfe_dms", "methods=", "networks=", "enabled=yes")
        self.assertRegex(self.tool(0, "ls_front_end"), r"(?m)^ +/toolfe_dms +hosted +HOSTED$")
        dms.call("set_account", uri="/toolfe_dms", login="tina", password="a pass phrase of tina")
        self.tool(0, "limit_account", "/toolfe_dms", "tina", "networks=192.0.2.1", "enabled=no")
        self.assertRegex(self.tool(0, "ls_account", "/toolfe_dms"), r"tina .*  some networks  disabled")

    def test_certificates(self):
        number = self.tool(0, "bind_certificate", URI, LOGIN, "CN=tool,O=Example").strip()
        self.assertRegex(self.tool(0, "ls_certificate", URI), rf"(?m)^ +{number}  /admin_dms +tokener +CN=tool,O=Example$")
        self.tool(73, "bind_certificate", URI, LOGIN, "CN=tool,O=Example")
        self.tool(64, "bind_certificate", URI, LOGIN, "no-fingerprint")
        self.tool(0, "unbind_certificate", "-f", number)
        self.tool(68, "unbind_certificate", "-f", number)


class Passwords(Case):
    def test_policy(self):
        for bad, words in (("short", "5 characters, at least 8"), ("\u00e4" * 7, "7 characters"), ("", "0 characters"), ("x" * 1024 + "\u00e4", None)):
            error = self.refused(-233 if words else -32602, "set_account", uri=URI, login="policy", password=bad)
            self.assertIn(words or "bytes", error.message)
            if bad:
                self.assertNotIn(bad, str(error))
        self.refused(-233, "set_account", uri=URI, login="policy-login", password="policy-login")
        dms.call("set_account", uri=URI, login="policy", password="\u00e4" * 8)
        self.assertEqual(ask(basic("policy", "\u00e4" * 8), "list_zone")[0], 200)

    def test_failed_logins_wait(self):
        dms.call("set_account", uri=URI, login="target", password="a pass phrase of target")
        right, wrong = basic("target", "a pass phrase of target"), basic("target", "wrong")
        self.assertEqual(ask(right, "list_zone", address="127.0.0.40")[0], 200)
        told = {}
        for login in ("target", "nobody"):
            answers = [ask(basic(login, "wrong"), "list_zone", address="127.0.0.40") for _ in range(12)]
            told[login] = [(status, answer["error"]["code"]) for status, answer in answers]
            self.assertEqual(told[login][0], (401, -138))
            self.assertEqual(told[login][-1], (429, -231))
            self.assertGreaterEqual(int(answers[-1][1]["headers"]["Retry-After"]), 1)
            self.assertGreaterEqual(answers[-1][1]["error"]["data"]["retry_after_s"], 1)
        self.assertEqual(told["target"], told["nobody"])  # nobody learns which logins there are
        self.assertEqual(ask(right, "list_zone", address="127.0.0.40")[0], 200)  # who was in stays in
        self.assertEqual(ask(wrong, "list_zone", address="127.0.0.41")[0], 401)  # another address is another count
        log = dms.log("controller")
        self.assertIn("login refused at /admin_dms from 127.0.0.40: login or password is wrong", log)
        self.assertNotIn("pass phrase", log)

    def test_unknown_login_takes_as_long(self):
        """A verification takes 20 times what the rest does; the machine may be busy, so the least of several counts."""
        times = {"nobody": [], LOGIN: []}
        for i in range(7):
            for login, taken in times.items():
                start = time.perf_counter()
                self.assertEqual(self.turned_away(401, basic(login, "wrong"), address=f"127.0.0.{60 + i}"), "login or password is wrong")
                taken.append(time.perf_counter() - start)
        self.assertLess(min(times[LOGIN]), min(times["nobody"]) * 4, times)

    def test_token_is_not_made_to_wait(self):
        made = self.token()
        wrong = f"Bearer dms_{made['token_id']}_{'0' * 64}"
        status = [ask(wrong, "list_zone", address="127.0.0.42")[0] for _ in range(12)]
        self.assertEqual((status[0], status[-1]), (401, 429))
        self.assertEqual(ask("Bearer " + made["token"], "list_zone", address="127.0.0.42")[0], 200)


if __name__ == "__main__":
    sys.exit(unittest.main())
