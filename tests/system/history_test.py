#!/usr/bin/env python3
"""Versions over time, questions to the estate, and who did what: through JSON-RPC and zone_tool on a whole DMS."""
import datetime
import json
import re
import unittest

from stack import RpcError, Stack

APEX = "$TTL 1h\n"


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


class Base(unittest.TestCase):
    maxDiff = None

    def load(self, zone, text, **more):
        dms.live("load_zone", name=zone, zi_text=APEX + text, login_id="ann", **more)
        return dms.call("show_zone", name=zone)["zi"]["zi_id"]

    def save(self, zone, text, login_id="bob"):
        dms.live("update_zone_text", name=zone, zi_text=APEX + text, login_id=login_id)
        return dms.call("show_zone", name=zone)["zi"]["zi_id"]

    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def tool(self, *words, code=0):
        run = dms.quickstart("tool", *words, check=False)
        self.assertEqual(run.returncode, code, f"{words}: {run.stdout}{run.stderr}")
        return run.stdout


class Differences(Base):
    def test_versions_of_a_zone(self):
        first = self.load("diff.test", "www A 192.0.2.1\nold A 192.0.2.2\n;# note\nmail A 192.0.2.3\n")
        second = self.save("diff.test", "www 300 A 192.0.2.1\nnew AAAA 2001:db8::1\nmail A 192.0.2.3\n")
        diff = dms.call("diff_zi", name="diff.test", zi_id=first, text=True)
        self.assertEqual((diff["zi"]["zi_id"], diff["other_zi"]["zi_id"]), (first, second))
        self.assertEqual([(r["label"], r["type"], r["rdata"]) for r in diff["removed"]], [("old", "A", "192.0.2.2")])
        self.assertEqual([(r["label"], r["type"], r["rdata"]) for r in diff["added"]], [("new", "AAAA", "2001:db8::1")])
        self.assertEqual([(c["before"]["label"], c["what"]) for c in diff["changed"]], [("mail", ["comment"]), ("www", ["ttl"])])
        self.assertEqual((diff["changed"][1]["before"]["ttl"], diff["changed"][1]["after"]["ttl"]), (None, 300))
        self.assertEqual([v["name"] for v in diff["values"]], ["soa_serial"])
        self.assertRegex(diff["text"], r"(?m)^-old +IN +A +192\.0\.2\.2$")
        self.assertEqual(dms.call("diff_zi", name="diff.test", zi_id="^-"), {k: v for k, v in diff.items() if k != "text"})
        back = dms.call("diff_zi", name="diff.test", zi_id=second, other_zi_id="^-1")
        self.assertEqual((back["removed"][0]["label"], back["added"][0]["label"]), ("new", "old"))
        same = dms.call("diff_zi", name="diff.test", zi_id="^", text=True)
        self.assertEqual((same["removed"], same["added"], same["changed"], same["values"], same["text"]), ([], [], [], [], ""))
        self.refused(-30, "diff_zi", name="diff.test", zi_id=987654)
        self.refused(-28, "diff_zi", name="absent.test", zi_id=1)
        self.refused(-102, "diff_zi", name="diff.test", zi_id="@3y")
        text = self.tool("diff_zone_zi", "diff.test", "^-")
        self.assertIn("+new                     IN      AAAA            2001:db8::1\n", text)
        self.assertNotIn("mail A", text)
        self.assertRegex(self.tool("diff_zone_zi", "-v", "diff.test", str(first)), r"(?m)^@@ -\d+,\d+ \+\d+,\d+ @@$")
        self.assertEqual(json.loads(self.tool("diff_zone_zi", "-o", "json", "diff.test", "^-"))["added"], diff["added"])
        self.assertEqual(self.tool("diff_zone_zi", "diff.test", "^"), "")

    def test_group_name_servers(self):
        """NS records of the server group are no rows of the zone, but part of what differs."""
        self.load("apex.test", "www A 192.0.2.1\n")
        dms.live("set_zone", name="apex.test", use_apex_ns=False)
        dms.live("update_zone_text", name="apex.test", login_id="ann",
                 zi_text=dms.call("show_zone_text", name="apex.test")["zi_text"].replace("ns1.quickstart.test.", "ns9.quickstart.test."))
        diff = dms.call("diff_zi", name="apex.test", zi_id="^--")
        ns = [(k, r["type"], r["rdata"]) for k in ("removed", "added") for r in diff[k] if r["type"] == "NS"]
        self.assertEqual(ns, [("removed", "NS", "ns1.quickstart.test."), ("added", "NS", "ns9.quickstart.test.")])

    def test_two_zones(self):
        self.load("one.test", "www A 192.0.2.1\nonly A 192.0.2.7\nmx MX 10 www\n")
        self.load("two.test", "www A 192.0.2.1\nother A 192.0.2.8\nmx MX 10 www\n")
        diff = dms.call("diff_zones", name="one.test", other_name="two.test", text=True)
        self.assertEqual([r["label"] for r in diff["removed"]], ["only"])
        self.assertEqual([r["label"] for r in diff["added"]], ["other"])
        self.assertEqual((diff["name"], diff["other_name"], diff["changed"]), ("one.test.", "two.test.", []))
        self.refused(-28, "diff_zones", name="one.test", other_name="absent.test")
        text = self.tool("diff_zones", "one.test", "two.test")
        self.assertRegex(text, r"(?m)^-; Zone: +one\.test\.$")
        self.assertRegex(text, r"(?m)^\+other +IN +A +192\.0\.2\.8$")
        self.assertEqual(json.loads(self.tool("diff_zones", "-o", "json", "one.test", "two.test"))["added"], diff["added"])


class History(Base):
    def test_name(self):
        ids = [self.load("past.test", "www A 192.0.2.1\n"), self.save("past.test", "www A 192.0.2.2\nwww TXT \"x\"\n", "carl"),
               self.save("past.test", "other A 192.0.2.3\n", "dora")]
        all_of = dms.call("name_history", name="past.test", label="www")
        self.assertEqual([(r["type"], r["rdata"], r["since"]["zi_id"], r["until"]["zi_id"]) for r in all_of["records"]],
                         [("TXT", '"x"', ids[1], ids[2]), ("A", "192.0.2.2", ids[1], ids[2]), ("A", "192.0.2.1", ids[0], ids[1])])
        self.assertEqual([(r["since"]["change_by"], r["until"]["change_by"]) for r in all_of["records"]][1:],
                         [("carl/Admin", "dora/Admin"), ("ann/Admin", "carl/Admin")])
        self.assertIsNone(all_of["next"])
        one = dms.call("name_history", name="past.test", label="www.past.test.", type="A", limit=1)
        two = dms.call("name_history", name="past.test", label="www", type="A", limit=1, after=one["next"])
        self.assertEqual([one["records"][0]["rdata"], two["records"][0]["rdata"]], ["192.0.2.2", "192.0.2.1"])
        self.assertIsNone(dms.call("name_history", name="past.test", label="other")["records"][0]["until"])
        self.refused(-12, "name_history", name="past.test", label="www.example.org.")
        self.refused(-9, "name_history", name="past.test", label="www", type="NOSUCH")
        self.assertRegex(self.tool("history", "past.test", "www", "A"), rf"A +192\.0\.2\.2\n +since +{ids[1]} .*carl/Admin\n +until +{ids[2]} .*dora")

    def test_moments(self):
        """Every form of zi-id notation, through JSON-RPC and zone_tool, on versions made at known times."""
        ids = [self.load("moment.test", "v A 192.0.2.1\n")] + [self.save("moment.test", f"v A 192.0.2.{n}\n") for n in (2, 3)]
        now = datetime.datetime.now(datetime.timezone.utc)
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        times = [day - datetime.timedelta(days=400), day - datetime.timedelta(days=1, hours=-9), now - datetime.timedelta(minutes=90)]
        for id, at in zip(ids, times):
            dms.sql(f"update dms.zi set ctime = '{at.isoformat()}' where id = {id}")
        yesterday = (day - datetime.timedelta(days=1)).date()
        forms = {f"{ids[1]}": 1, "^": 2, "": 2, "^-": 1, "^--": 0, "^-2": 0, f"{ids[1]}-": 0, f"{ids[1]}+1": 2, f"{ids[0]}++": 2, "@1h": 2,
                 "@1.5h": 2, "@0.2w": 1 if now - datetime.timedelta(weeks=0.2) >= times[1] else 0, "@100d": 0, "@6000m": 0,
                 f"{yesterday},10:00": 1, f"{yesterday},8:00am": 0, f"{yesterday:%d/%m/%Y},9:30": 1, f"{yesterday:%d/%m/%y},9:30a": 1,
                 f"{yesterday:%d/%m}": 0, f"{day.date()}": 1}
        for form, wanted in forms.items():
            if form == "@1.5h":
                form = "@1.49h"
            with self.subTest(form=form):
                self.assertEqual(dms.call("show_zone", name="moment.test", zi_id=form)["zi"]["zi_id"], ids[wanted])
                text = self.tool("show_zone", "moment.test", form) if form else self.tool("show_zone", "moment.test")
                self.assertRegex(text, rf"(?m)^v .*192\.0\.2\.{wanted + 1}$")
        last = (now - datetime.timedelta(minutes=60)).strftime("%H:%M")
        self.assertEqual(dms.call("show_zone", name="moment.test", zi_id=last)["zi"]["zi_id"], ids[2])
        wrong = {"x": -100, "^x": -101, "12x": -100, f"{ids[1]}-x": -101, "@3y": -102, "@xd": -103, "@1.2.3d": -103, "25:00": -104, "9:99": -104,
                 "2024-01-01,9:99": -104, "32/01": -105, "x/1": -105, "31/02/2024": -106, "2024-13-01": -107, "2024-02-30": -107}
        for form, code in wrong.items():
            with self.subTest(form=form):
                self.refused(code, "show_zone", name="moment.test", zi_id=form)
                self.tool("show_zone", "moment.test", form, code=64)
        self.refused(-30, "show_zone", name="moment.test", zi_id="1999-12-31")
        self.tool("show_zone", "moment.test", "1999-12-31", code=68)

    def test_versions_in_pages(self):
        ids = [self.load("pages.test", "a A 192.0.2.1\n")] + [self.save("pages.test", f"a A 192.0.2.{n}\n") for n in (2, 3)]
        self.assertEqual([z["zi_id"] for z in dms.call("list_zi", name="pages.test")["all_zis"]], ids[::-1])
        self.assertEqual([z["zi_id"] for z in dms.call("list_zi", name="pages.test", limit=2)["all_zis"]], ids[:0:-1])
        self.assertEqual([z["zi_id"] for z in dms.call("list_zi", name="pages.test", after=ids[1], limit=2)["all_zis"]], ids[:1])


class Queries(Base):
    @classmethod
    def setUpClass(cls):
        dms.live("load_zone", name="q.test", login_id="ann", zi_text=APEX + "www A 192.0.2.1\nwww AAAA 2001:db8::1\nt TXT \"a b\"\n;!DISABLE\noff A 192.0.2.9\n")
        dms.live("load_zone", name="sub.q.test", login_id="ann", zi_text=APEX + "www A 192.0.2.3\n")

    def found(self, *args, **params):
        answer = dms.call("rr_query_db", **params)
        return answer and [(r["label"], r["type"], r["rdata"]) for r in answer["rrs"]]

    def test_rr_query_db(self):
        answer = dms.call("rr_query_db", label="www.q.test", type="A")
        self.assertEqual((answer["query"], answer["label"], answer["name"], answer["zone_disabled"]), ("www.q.test.", "www", "q.test.", False))
        self.assertEqual(answer["zi_id"], dms.call("show_zone", name="q.test")["zi"]["zi_id"])
        self.assertLessEqual({"rr_id", "zi_id", "label", "ttl", "class", "type", "rdata", "lock_ptr", "disable", "track_reverse", "reference",
                              "comment_group_id", "comment_rr_id"}, set(answer["rrs"][0]))
        self.assertEqual(self.found(label="www.sub.q.test"), [("www", "A", "192.0.2.3")])
        self.assertEqual(self.found(label="www", name="q.test", rdata="2001:DB8:0::1"), [("www", "AAAA", "2001:db8::1")])
        self.assertEqual(self.found(label="t", name="q.test", rdata='"a b"'), [("t", "TXT", '"a b"')])
        self.assertEqual(self.found(label="w*", name="q.test", type=["A", "AAAA"]), [("www", "A", "192.0.2.1"), ("www", "AAAA", "2001:db8::1")])
        self.assertEqual({r[1] for r in self.found(label="@", name="q.test")}, {"SOA", "NS"})
        self.assertIsNone(self.found(label="off", name="q.test"))
        self.assertEqual(len(self.found(label="off", name="q.test", show_all=True)), 1)
        self.assertIsNone(self.found(label="nothing.q.test"))
        self.assertIsNone(self.found(label="www", name="absent.test"))
        for params in ({"label": ".q.test"}, {"label": "www", "name": ".q.test"}):
            self.refused(-81, "rr_query_db", **params)
        self.refused(-9, "rr_query_db", label="www.q.test", type="NOSUCH")

    def test_tool(self):
        self.assertEqual(self.tool("record_query_db", "www.q.test", "A"), "www                              A            192.0.2.1\n")
        self.assertEqual(self.tool("record_query_db", "-n", "q.test", "www", "A AAAA", "2001:db8:0:0::1"),
                         "www                              AAAA         2001:db8::1\n")
        self.assertRegex(self.tool("record_query_db", "-av", "-n", "q.test", "off"), r"^off +q\.test\. +\d+ +\noff +A +192\.0\.2\.9 X\n$")
        self.assertEqual(self.tool("record_query_db", "nothing.q.test", code=68), "")
        self.assertIn("192.0.2.1", self.tool("rr_query_db", "-z", "*", "www.q.test"))


class Search(Base):
    @classmethod
    def setUpClass(cls):
        dms.live("load_zone", name="find1.test", login_id="ann", reference="find@me", zi_text=APEX + "www A 172.20.5.7\n@ MX 10 mail\nmail A 172.20.5.8\n"
                 "v6 AAAA 2001:db8:5::7\n;!DISABLE\noff A 172.20.5.9\n")
        dms.live("load_zone", name="find2.test", login_id="ann", zi_text=APEX + "www A 172.20.5.70\n@ MX 10 mail.find1.test.\n_marker TXT \"marker one\"\n")
        dms.live("load_zone", name="sub.find2.test", login_id="ann", zi_text=APEX + "www CNAME www.find2.test.\n")
        dms.live("update_zone_text", name="find2.test", login_id="ann", zi_text=APEX + "www A 172.20.5.71\n@ MX 10 mail.find1.test.\n_marker TXT \"marker one\"\n")

    def found(self, **params):
        """All pages, the smallest ones possible: the same as in one, each record once."""
        whole = dms.call("search", limit=10000, **params)
        self.assertIsNone(whole["next"])
        pages, after = [], {}
        while True:
            page = dms.call("search", limit=1, **params, **after)
            pages += page["records"]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        key = lambda r: json.dumps(r, sort_keys=True)
        self.assertEqual(sorted(map(key, pages)), sorted(map(key, whole["records"])))
        return sorted((r["label"], r["name"], r["type"], r["rdata"]) for r in whole["records"])

    def test_ways(self):
        www1, www2 = ("www", "find1.test.", "A", "172.20.5.7"), ("www", "find2.test.", "A", "172.20.5.71")
        alias = ("www", "sub.find2.test.", "CNAME", "www.find2.test.")
        mail, v6 = ("mail", "find1.test.", "A", "172.20.5.8"), ("v6", "find1.test.", "AAAA", "2001:db8:5::7")
        mx = [("@", "find1.test.", "MX", "10 mail"), ("@", "find2.test.", "MX", "10 mail.find1.test.")]
        dmarc = ("_marker", "find2.test.", "TXT", '"marker one"')
        self.assertEqual(self.found(address="172.20.5.7"), [www1])
        self.assertEqual(self.found(address="172.20.5.0/24"), [mail, www1, www2])
        self.assertEqual(self.found(address="172.20.5.64/26"), [www2])
        self.assertEqual(self.found(address="2001:db8:5::/48"), [v6])
        self.assertEqual(self.found(name="www.find1.test"), [www1])
        self.assertEqual(self.found(name="www.*", address="172.20.5.0/24"), [www1, www2])
        self.assertEqual(self.found(name="www.*find?.test"), [www1, www2, ("www", "sub.find2.test.", "CNAME", "www.find2.test.")])
        self.assertEqual(self.found(name="*.find2.test", type="A CNAME"), sorted([www2, alias]))
        self.assertEqual(self.found(name="_marker.*"), [dmarc])
        self.assertEqual(self.found(name="*marker*"), [dmarc])
        self.assertEqual(self.found(name="find1.te*", type="MX"), mx[:1])
        self.assertEqual(self.found(rdata="10 mail.find1.test."), mx)
        self.assertEqual(self.found(rdata="10 MAIL.find1*", type=["MX"]), mx[1:])
        self.assertEqual(self.found(type="MX", rdata="*mail.find1.test."), mx)
        self.assertEqual(self.found(rdata="*ARKER one*", type="TXT"), [dmarc])
        self.assertEqual(self.found(reference="FIND@me", type="A"), [mail, www1])
        self.assertEqual(self.found(reference="find@me", rdata="172.20.*", sg_name="none-such"), [])
        self.assertIn(v6, self.found(type="AAAA"))
        self.assertEqual(self.found(address="172.20.5.9"), [])
        self.assertEqual(self.found(address="172.20.5.9", include_disabled=True), [("off", "find1.test.", "A", "172.20.5.9")])

    def test_published_only(self):
        zone = "find3.test"
        self.load(zone, "x A 172.20.9.1\n")
        self.save(zone, "x A 172.20.9.2\n")
        found = lambda **more: [r["rdata"] for r in dms.call("search", address="172.20.9.0/24", **more)["records"]]
        self.assertEqual(found(), ["172.20.9.2"])
        dms.live("refresh_zone", name=zone, zi_id="^-")
        self.assertEqual(found(), ["172.20.9.1"])  # rolled back: the newest version is not the published one
        dms.live("disable_zone", name=zone)
        self.assertEqual((found(), found(include_disabled=True)), ([], ["172.20.9.1"]))
        dms.live("enable_zone", name=zone)
        first, second = (z["zi_id"] for z in dms.call("list_zi", name=zone)["all_zis"][::-1])
        dms.sql(f"update dms.zone set ctime = now() - interval '9 days' where name = '{zone}.'")
        dms.sql(f"update dms.zi set ctime = now() - interval '9 days' where id = {first}")
        dms.sql(f"update dms.zi set ctime = now() - interval '4 days' where id = {second}")
        self.assertEqual((found(at="@5d"), found(at="@3d"), found(at="@10d")), (["172.20.9.1"], ["172.20.9.2"], []))
        self.refused(-102, "search", address="172.20.9.1", at="@5y")
        dms.live("delete_zone", name=zone)
        self.assertEqual((found(), found(at="@3d")), ([], ["172.20.9.2"]))

    def test_wrong(self):
        self.assertIn("name, type", self.refused(-146, "search").data.get("hint", "") + str(self.refused(-146, "search")))
        for nothing in ({"name": ""}, {"rdata": ""}, {"name": "", "type": "A"}):
            self.refused(-146, "search", **nothing)
        for address in ("1.2.3", "192.0.2.0/33", "x", "2001:db8::/129", "192.0.2.1/"):
            self.refused(-146, "search", address=address)
        for after in ("x", "1:2", "99999999:1:", "1:1:+x"):
            self.refused(-146, "search", address="192.0.2.1", after=after)
        self.refused(-9, "search", type="NOSUCH")

    def test_tool(self):
        self.assertEqual(self.tool("search", "172.20.5.7"), f"{'www.find1.test.':<40} {'':<8} {'A':<8} 172.20.5.7\n")
        self.assertIn("find@me", self.tool("search", "-v", "*.find1.test", "--type", "AAAA"))
        self.assertEqual(len(json.loads(self.tool("search", "--rdata", "10 mail.find1.test.", "-o", "json"))), 2)
        self.assertEqual(self.tool("search", "192.0.2.254", code=68), "")


class Audit(Base):
    def test_list_changes(self):
        self.load("audit.test", "a A 192.0.2.1\n")
        dms.call("set_zone", name="audit.test", edit_lock=True)
        self.refused(-36, "create_zone", name="Audit.Test", login_id="x")
        self.refused(-28, "update_zone_text", name="no-audit.test", zi_text="secret-text A 192.0.2.1\n", login_id="x")
        rows = dms.call("list_changes", name="AUDIT.test")["changes"]
        self.assertEqual([(r["method"], r["ok"], r["error_code"]) for r in rows],
                         [("create_zone", False, -36), ("set_zone", True, None), ("load_zone", True, None)])
        self.assertEqual({r["object_name"] for r in rows}, {"audit.test."})
        self.assertEqual([r["method"] for r in dms.call("list_changes", name="audit.test", ok=False)["changes"]], ["create_zone"])
        self.assertEqual([r["method"] for r in dms.call("list_changes", name="audit.test", method="set_zone", front_end="socket", role="admin",
                                                         login=rows[0]["login"])["changes"]], ["set_zone"])
        page = dms.call("list_changes", name="audit.test", limit=2)
        self.assertEqual(page["next"], rows[1]["change_id"])
        rest = dms.call("list_changes", name="audit.test", limit=2, after=page["next"])
        self.assertEqual([r["change_id"] for r in page["changes"] + rest["changes"]], [r["change_id"] for r in rows])
        self.assertEqual(dms.call("list_changes", name="no-audit.test")["changes"][0]["error_code"], -28)
        self.assertEqual(dms.call("list_changes", name="audit.test", until="@1h")["changes"], [])
        self.assertEqual(len(dms.call("list_changes", name="audit.test", since="@1h")["changes"]), 3)
        self.assertNotIn(rows[0]["change_id"], [r["change_id"] for r in dms.call("list_changes", until="@1d")["changes"]])
        self.refused(-102, "list_changes", since="@1y")
        text = self.tool("ls_changes", "audit.test")
        self.assertRegex(text.splitlines()[0], r"^\d+ +\w{3} \w{3} .* create_zone +audit\.test\.  refused -36$")
        self.assertEqual(len(self.tool("ls_changes", "-e", "audit.test", "--since", "@1h").splitlines()), 1)
        self.assertEqual(self.tool("ls_changes", "never.test", code=68), "")

    def test_refusals_say_of_what(self):
        """Kind and name as accepted changes have them; a zone's refusals can be seen by whoever sees the zone."""
        self.load("refused.test", "a A 192.0.2.1\n")
        zone_id = dms.call("show_zone", name="refused.test")["zone_id"]
        for method, params, kind, name, zone in (
                ("create_server", {"server_name": "slave1", "sg_name": "public", "address": "192.0.2.77"}, "server", "slave1", None),
                ("delete_sg", {"sg_name": "no-such"}, "sg", "no-such", None), ("set_config", {"key": "zone_ttl", "value": "x", "sg_name": "public"}, "config", "zone_ttl", None),
                ("create_front_end", {"uri": "/admin_dms", "role": "admin"}, "front_end", "/admin_dms", None),
                ("delete_reference", {"reference": "no-such"}, "reference", "no-such", None), ("fail_event", {"event_id": 99999999}, "event", "99999999", None),
                ("create_zone", {"name": "refused.test"}, "zone", "refused.test.", zone_id), ("disable_zone", {"name": "never.test"}, "zone", "never.test.", None),
                ("vacuum_zis", {"age": -1}, None, None, None)):
            with self.subTest(method=method):
                with self.assertRaises(RpcError):
                    dms.call(method, **params)
                row = dms.call("list_changes", ok=False, limit=1)["changes"][0]
                self.assertEqual([row[k] for k in ("method", "object", "object_name", "zone_id")], [method, kind, name, zone])
                self.assertRegex(dms.log("controller"), rf"notice: {method} refused: .* by={row['login']} role=admin front_end=socket address=-")
        self.assertIn(" zone=refused.test.\n", dms.log("controller"))

    def test_forbidden_changes_are_logged(self):
        dms.call("set_account", uri="/helpdesk_dms", login="curious", password="a long password")
        status, _, body = dms.http({"jsonrpc": "2.0", "id": 1, "method": "delete_server", "params": {"server_name": "slave1"}}, uri="/helpdesk_dms", login="curious:a long password")
        self.assertEqual((status, json.loads(body)["error"]["code"]), (200, -32601))
        row = dms.call("list_changes", login="curious")["changes"][0]
        self.assertEqual((row["method"], row["ok"], row["error_code"], row["front_end"], row["address"], row["object_name"]),
                         ("delete_server", False, -32601, "/helpdesk_dms", "127.0.0.1", "slave1"))
        dms.http({"jsonrpc": "2.0", "id": 1, "method": "no_such_method"}, uri="/helpdesk_dms", login="curious:a long password")
        self.assertEqual(len(dms.call("list_changes", login="curious")["changes"]), 1)

    def test_refused_names_of_any_length(self):
        name = "".join(chr(0x4e00 + n * 7 % 20000) for n in range(3000))  # nothing that could be compressed
        self.refused(-32602, "disable_zone", name=name)
        rows = dms.call("list_changes", **{"ok": False, "limit": 1})["changes"]
        self.assertEqual((rows[0]["method"], rows[0]["error_code"], rows[0]["object_name"]), ("disable_zone", -32602, name))

    def test_no_secrets(self):
        self.refused(-171, "set_account", uri="/no_such", login="ann", password="hunter2 is secret")
        self.refused(-171, "set_account", uri="/no_such", login="ann", password="hunter3 is secret")
        self.assertEqual(dms.call("list_changes", method="set_account")["changes"][0]["error_code"], -171)
        self.assertEqual(dms.sql("select count(*) from dms.change h where h::text ~ 'hunter|secret-text'").strip(), "0")


class Lists(Base):
    def test_events_references_deleted(self):
        self.load("lists.test", "a A 192.0.2.1\n", reference="lists@a")
        dms.call("create_reference", reference="lists@B")
        dms.call("create_reference", reference="lists@c")
        names = lambda **more: [r["reference"] for r in dms.call("list_reference", references=["lists@*"], **more)]
        self.assertEqual(names(), ["lists@a", "lists@B", "lists@c"])
        self.assertEqual((names(limit=2), names(after="LISTS@b"), names(after="lists@c")), (["lists@a", "lists@B"], ["lists@c"], []))
        by_position = json.loads(dms.post({"jsonrpc": "2.0", "id": 1, "method": "list_reference", "params": ["lists@c", "lists@a"]})[1])
        self.assertEqual([r["reference"] for r in by_position["result"]], ["lists@a", "lists@c"])
        events = dms.call("list_events", name="lists.test", limit=1000)
        zone_id = dms.call("show_zone", name="lists.test")["zone_id"]
        self.assertEqual({(e["zone_id"], e["name"]) for e in events}, {(zone_id, "lists.test.")})
        self.assertEqual([e["event_id"] for e in dms.call("list_events", name="lists.test", after=events[0]["event_id"], limit=1000)],
                         [e["event_id"] for e in events[1:]])
        self.assertEqual({(e["server_id"] is not None, e["name"]) for e in dms.call("list_events", server_name="slave1")}, {(True, "slave1")})
        self.refused(-28, "list_events", name="absent.test")
        for n in range(3):  # three deleted zones of one name
            dms.live("delete_zone", name="lists.test")
            if n < 2:
                self.load("lists.test", "a A 192.0.2.1\n")
        seen, after = [], {}
        for _ in range(9):
            page = dms.call("list_zone", toggle_deleted=True, limit=1, **after)
            if not page:
                break
            seen.append(page[0]["zone_id"])
            after = {"after": page[0]["name"], "after_id": page[0]["zone_id"]}
        every = [z["zone_id"] for z in dms.call("list_zone", toggle_deleted=True)]
        self.assertEqual(seen, every[:9])
        self.assertEqual(len([z for z in dms.call("list_zone", toggle_deleted=True) if z["name"] == "lists.test."]), 3)

    def test_patterns(self):
        for name in ("pat-a.test", "pat-b.test", "x.pat-a.test"):
            self.load(name, "a A 192.0.2.1\n")
        names = lambda **more: [z["name"] for z in dms.call("list_zone", **more)]
        self.assertEqual(names(names=["pat-*"]), ["pat-a.test.", "pat-b.test."])
        self.assertEqual(names(names=["*pat-a.test"]), ["pat-a.test.", "x.pat-a.test."])
        self.assertEqual(names(names=["*.pat-a.test", "pat-b.test"]), ["pat-b.test.", "x.pat-a.test."])
        self.assertEqual(names(names=["pat-?.test"], after="pat-a.test"), ["pat-b.test."])
        self.assertEqual(names(names=["*t-b*"]), ["pat-b.test."])

    def test_addresses(self):
        """An address or a smaller network means the most specific reverse zone, where contents are read or edited."""
        for network in ("10.77.0.0/16", "10.77.5.0/24"):
            dms.live("load_zone", name=network, zi_text=APEX + ("1 PTR a.example.net.\n" if "/24" in network else "9.9 PTR b.example.net.\n"), login_id="ann")
        dms.live("load_zone", name="2001:db8:77::/48", zi_text=APEX, login_id="ann")
        name = lambda given: dms.call("show_zone", name=given)["name"]
        self.assertEqual((name("10.77.5.1"), name("10.77.5.16/28"), name("10.77.5/24")), ("5.77.10.in-addr.arpa.",) * 3)
        self.assertEqual((name("10.77.6.1"), name("10.77.6.0/24")), ("77.10.in-addr.arpa.",) * 2)
        self.assertTrue(name("2001:db8:77:1::5").startswith("7.7.0.0.8.b.d"))
        self.refused(-28, "show_zone", name="10.78.0.1")
        self.assertTrue(dms.call("update_zone_text", name="10.77.5.1", zi_text=APEX + "2 PTR c.example.net.\n", login_id="ann"))
        self.assertEqual(dms.call("rr_query_db", label="2", name="10.77.5.1", zi_id="@0s")["rrs"][0]["rdata"], "c.example.net.")
        self.assertEqual(dms.call("edit_zone", name="10.77.5.200")[0]["name"], "5.77.10.in-addr.arpa.")
        objects = {"delete_zone": {}, "disable_zone": {}, "set_zone": {"edit_lock": True}, "add_zone_sectag": {"sectag_label": "HOSTED"}}
        for method, params in objects.items():  # the zone as an object: its network, exactly
            self.refused(-89, method, name="10.77.5.1", **params)
        self.refused(-28, "delete_zone", name="10.77.6.0/24")
        self.assertEqual(self.tool("ls", "10.77.5.1"), "5.77.10.in-addr.arpa.\n77.10.in-addr.arpa.\n")
        self.assertEqual(self.tool("ls", "10.77.4.0/22"), "5.77.10.in-addr.arpa.\n")
        self.assertEqual(self.tool("ls", "10.0.0.0/8"), "5.77.10.in-addr.arpa.\n77.10.in-addr.arpa.\n")
        self.assertRegex(self.tool("ls_zi", "10.77.5.9"), r"^ +\*\d+")
        self.assertIn("c.example.net.", self.tool("show_zone", "10.77.5.9", "@0s"))


if __name__ == "__main__":
    unittest.main()
