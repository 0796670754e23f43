#!/usr/bin/env python3
"""What is kept for a time and then cleaned up: contents of saves that were refused because somebody else was faster, API tokens that have ended,
idempotency keys.  And lists of zone_tool that are longer than a page."""
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from stack import RpcError, Stack

TOOL = str(pathlib.Path(os.environ["DMS_BIN_DIR"], "zone_tool").resolve()) if "DMS_BIN_DIR" in os.environ else shutil.which("zone_tool") or "zone_tool"
LONG = 1203  # more than a page of zone_tool, and no round number


def setUpModule():
    global dms
    dms = Stack().__enter__()
    for name in ("/reseller_a", "/reseller_b"):
        dms.call("create_sectag", sectag_label=name[1:])
        dms.call("create_front_end", uri=name, role="hosted", sectag_label=name[1:])
        dms.call("set_account", uri=name, login="web", password="a pass phrase of web")


def tearDownModule():
    dms.__exit__()


def records(address):
    return {"rr_groups": [{"comment": "hosts", "rrs": [{"label": "www", "type": "A", "rdata": address}]}]}


class Case(unittest.TestCase):
    def as_front_end(self, uri, method, bearer=None, **params):
        headers = {"Authorization": "Bearer " + bearer} if bearer else None
        status, _, body = dms.http({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, uri=uri, headers=headers,
                                   login="" if bearer else "web:a pass phrase of web")
        self.assertEqual(status, 200, body)
        answer = json.loads(body)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def refused(self, code, call, *args, **params):
        with self.assertRaises(RpcError, msg=f"{args} {params}") as caught:
            call(*args, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    def tool(self, *args, code=0):
        done = subprocess.run([TOOL, "--socket", dms.env["DMS_SOCKET"], *args], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout


class KeptTexts(Case):
    def test_a_save_that_lost_its_lock(self):
        dms.call("create_zone", name="lost.kept.test", edit_lock=True, sectags=["reseller_a"])
        zi, token = self.as_front_end("/reseller_a", "edit_zone", name="lost.kept.test")
        dms.call("cancel_edit_zone", name="lost.kept.test", edit_lock_token=token)
        mine = records("192.0.2.1")
        error = self.refused(-35, self.as_front_end, "/reseller_a", "update_zone", name="lost.kept.test", zi_data=mine, edit_lock_token=token)
        number = error.data["kept_text_id"]
        kept = self.as_front_end("/reseller_a", "show_kept_text", kept_text_id=number)
        self.assertEqual((kept["zi_data"], kept["name"], kept["method"], kept["error_code"]), (mine, "lost.kept.test.", "update_zone", -35))
        self.assertEqual([k["kept_text_id"] for k in self.as_front_end("/reseller_a", "list_kept_texts", name="lost.kept.test")], [number])
        # it can be sent again as it was kept
        zi, token = self.as_front_end("/reseller_a", "edit_zone", name="lost.kept.test")
        self.as_front_end("/reseller_a", "update_zone", name="lost.kept.test", zi_data=kept["zi_data"], edit_lock_token=token)
        self.assertIn("192.0.2.1", dms.call("show_zone_text", name="lost.kept.test", zi_id=dms.call("show_zone", name="lost.kept.test")["zi_candidate_id"])["zi_text"])
        # administrators see it; nobody else does, nor another token of the same account
        self.assertEqual(dms.call("show_kept_text", kept_text_id=number)["zi_data"], mine)
        self.assertIn("192.0.2.1", self.tool("show_kept_text", str(number)))
        self.assertRegex(self.tool("ls_kept_texts", "-v", "lost.kept.test"), rf"(?m)^{number} .* lost\.kept\.test\.\n +.*lock")
        self.refused(-275, self.as_front_end, "/reseller_b", "show_kept_text", kept_text_id=number)
        self.assertEqual(self.as_front_end("/reseller_b", "list_kept_texts"), [])
        other = dms.call("create_token", uri="/reseller_a", login="web")["token"]
        self.refused(-275, self.as_front_end, "/reseller_a", "show_kept_text", bearer=other, kept_text_id=number)
        # a zone that is hidden is one that is not there: kept or not, in both cases alike
        for name in ("lost.kept.test", "absent.kept.test"):
            error = self.refused(-28, self.as_front_end, "/reseller_b", "update_zone", name=name, zi_data=mine, edit_lock_token=token)
            self.assertEqual(self.as_front_end("/reseller_b", "show_kept_text", kept_text_id=error.data["kept_text_id"])["zi_data"], mine)
            self.assertEqual(len(self.as_front_end("/reseller_b", "list_kept_texts", name=name)), 1)
        # a zone that the author may not see any more takes its texts along
        dms.call("delete_zone_sectag", name="lost.kept.test", sectag_label="reseller_a")
        self.refused(-275, self.as_front_end, "/reseller_a", "show_kept_text", kept_text_id=number)

    def test_conditions_text_and_what_is_not_kept(self):
        dms.call("create_zone", name="race.kept.test", inc_updates=True)
        error = self.refused(-136, dms.call, "update_zone_text", name="race.kept.test", zi_text="www IN A 192.0.2.7\n", if_zi_id=1)
        self.assertEqual(dms.call("show_kept_text", kept_text_id=error.data["kept_text_id"])["zi_text"], "www IN A 192.0.2.7\n")
        self.assertEqual(self.tool("show_kept_text", str(error.data["kept_text_id"])), "www IN A 192.0.2.7\n")
        again = self.refused(-136, dms.call, "update_zone_text", name="race.kept.test", zi_text="www IN A 192.0.2.7\n", if_zi_id=1)
        self.assertEqual([k["kept_text_id"] for k in dms.call("list_kept_texts", name="race.kept.test")], [again.data["kept_text_id"]])
        wrong = self.refused(-24, dms.call, "update_zone_text", name="race.kept.test", zi_text="www IN A not-an-address\n")
        self.assertNotIn("kept_text_id", wrong.data)  # the front end has it, and the fault
        self.assertNotIn("kept_text_id", self.refused(-136, dms.call, "delete_zone", name="race.kept.test", if_zi_id=1).data)
        for i in range(23):
            self.refused(-136, dms.call, "update_zone_text", name="race.kept.test", zi_text=f"www IN A 192.0.2.{i + 10}\n", if_zi_id=1)
        kept = dms.call("list_kept_texts", name="race.kept.test")
        self.assertEqual(len(kept), 20)
        self.assertIn("192.0.2.32", dms.call("show_kept_text", kept_text_id=kept[0]["kept_text_id"])["zi_text"])

    def test_an_update_that_waited(self):
        dms.call("create_zone", name="late.kept.test", inc_updates=True, edit_lock=True)
        zi, token = dms.call("edit_zone", name="late.kept.test")
        update = {"rrsets": [{"op": "ADD", "label": "www", "type": "TXT", "rdata": ["x"]}]}
        late = dms.call("update_rrs", name="late.kept.test", update_type="late", update_data=update, receipt=True)
        self.assertTrue(late["deferred"])
        self.assertEqual(dms.call("list_kept_texts", name="late.kept.test"), [])
        dms.call("update_zone_text", name="late.kept.test", edit_lock_token=token, zi_text="www IN CNAME mail\nmail IN A 192.0.2.3\n")
        failed = dms.call("wait_change", change_id=late["change_id"], timeout_ms=20000)
        self.assertIn("CNAME", failed["failure"])
        kept = dms.call("show_kept_text", kept_text_id=failed["kept_text_id"])
        self.assertEqual((kept["update_data"], kept["update_type"], kept["change_id"]), (update, "late", late["change_id"]))

    def test_vacuum(self):
        dms.call("create_zone", name="old.kept.test")
        number = self.refused(-136, dms.call, "update_zone_text", name="old.kept.test", zi_text="www IN A 192.0.2.7\n", if_zi_id=1).data["kept_text_id"]
        dms.sql(f"update dms.kept_text set at = now() - interval '8 days' where id = {number}")
        self.assertGreaterEqual(dms.call("vacuum_kept_texts"), 1)
        self.refused(-275, dms.call, "show_kept_text", kept_text_id=number)


class Tokens(Case):
    def test_ended_tokens_go_and_the_log_stays(self):
        made = {name: dms.call("create_token", uri="/reseller_a", login="web", comment=name, lifetime="12h") for name in ("live", "expired", "revoked", "fresh")}
        for token in made.values():
            self.as_front_end("/reseller_a", "rpc.discover", bearer=token["token"])
        dms.call("create_zone", name="by-token.kept.test", sectags=["reseller_a"])
        self.as_front_end("/reseller_a", "update_zone", bearer=made["revoked"]["token"], name="by-token.kept.test", zi_data=records("192.0.2.1"))
        for name in ("revoked", "fresh"):
            dms.call("revoke_token", token_id=made[name]["token_id"])
        dms.sql(f"update dms.token set expires = now() - interval '91 days' where public_id = '{made['expired']['token_id']}'")
        dms.sql(f"update dms.token set revoked_at = now() - interval '91 days' where public_id = '{made['revoked']['token_id']}'")
        self.assertEqual(dms.call("vacuum_tokens"), 2)
        listed = {t["comment"] for t in dms.call("list_tokens", uri="/reseller_a", login="web", all=True)}
        self.assertTrue({"live", "fresh"} <= listed and not {"expired", "revoked"} & listed, listed)
        self.as_front_end("/reseller_a", "rpc.discover", bearer=made["live"]["token"])
        logged = dms.call("list_changes", object_name="by-token.kept.test.", method="update_zone")["changes"]
        self.assertEqual([c["login"] for c in logged], ["web"])
        self.assertEqual(dms.sql(f"select count(*) from dms.change where token = '{made['revoked']['token_id']}'").strip(), "1")
        self.assertEqual(len(dms.call("list_changes", object_name=made["revoked"]["token_id"])["changes"]), 2)  # made and revoked
        dms.sql(f"update dms.token set expires = now() - interval '2 days' where public_id = '{made['live']['token_id']}'")
        counts = dms.call("vacuum_all")
        self.assertEqual(counts["tokens"], 0)
        self.assertEqual(dms.call("vacuum_tokens", age=1), 1)


class Keys(Case):
    def test_a_key_gives_nobody_elses_result(self):
        """Not to another front end, and not to a token that is limited to less than its account: the result could show a zone that it may not see."""
        dms.call("create_zone", name="key.kept.test", edit_lock=False, sectags=["reseller_a"])
        asked = dict(name="key.kept.test", idempotency_key="guessed")
        mine = self.as_front_end("/reseller_a", "edit_zone", **asked)
        self.assertEqual(self.as_front_end("/reseller_a", "edit_zone", **asked), mine)
        narrow = dms.call("create_token", uri="/reseller_a", login="web", zones=["other.kept.test"])["token"]
        wide = dms.call("create_token", uri="/reseller_a", login="web")["token"]
        self.refused(-28, self.as_front_end, "/reseller_a", "edit_zone", bearer=narrow, **asked)
        self.refused(-28, self.as_front_end, "/reseller_b", "edit_zone", **asked)
        self.refused(-240, self.as_front_end, "/reseller_a", "delete_zone", **asked)
        self.as_front_end("/reseller_a", "edit_zone", bearer=wide, **asked)  # its own key, its own request


class LongLists(Case):
    def lines(self, *args):
        return len([line for line in self.tool(*args).splitlines() if "long-list" in line])

    def test_nothing_is_cut_off(self):
        dms.sql(f"insert into dms.change_set (title, login, role, front_end, change_by, created) select 'long-list', 'x', 'admin', 'socket', 'x', now() from generate_series(1, {LONG})")
        dms.sql(f"insert into dms.kept_text (name, front_end, login, method, at, contents, error_code, message) select 'long-list.test.', 'f', 'x', 'm', now(), '{{}}', -35, 'x' from generate_series(1, {LONG})")
        dms.sql(f"insert into dms.zone (name, state, sg_id, deleted_start) select 'long-list.test.', 'DELETED', (select min(id) from dms.server_group), now() from generate_series(1, {LONG})")
        dms.sql(f"insert into dms.event (kind, machine_id, type, state, created, due, parameters) select 'zone', 1, 'ZoneSMUpdate', 'NEW', now(), now() + interval '1 year', '{{\"zone_name\": \"long-list\"}}' from generate_series(1, {LONG})")
        self.assertEqual(self.lines("ls_change_sets"), LONG)
        self.assertEqual(self.lines("ls_change_sets", "1100"), 1100)
        self.assertEqual(self.lines("ls_kept_texts", "long-list.test"), LONG)
        self.assertEqual(self.lines("ls_deleted", "long-list.*"), LONG)
        self.assertEqual(self.lines("ls_deleted"), LONG)
        self.assertEqual(len(json.loads(self.tool("-o", "json", "ls_deleted", "long-list.*"))), LONG)
        self.assertEqual(self.tool("ls_pending_events").count("ZoneSMUpdate"), LONG)
        self.assertEqual(self.tool("ls_events", "1100").count("ZoneSMUpdate"), 1100)
        dms.sql("delete from dms.event where due > now() + interval '300 days'")


if __name__ == "__main__":
    unittest.main(verbosity=2)
