#!/usr/bin/env python3
"""The JSON-RPC surface of a running controller: the protocol itself, authentication, methods, results, error codes."""
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

from stack import RpcError, Stack, UnixConnection

TEXT = """$TTL 1h
$ORIGIN {zone}.
;| Web
www IN A 192.0.2.1
;# shop
shop IN A 192.0.2.2
"""


MAY_BE_ABSENT = {"zone_id", "zi_id", "text"}  # of receipts that are not about a zone; of differences unless asked for


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def request(method, params=None, id=1, **more):
    body = {"jsonrpc": "2.0", "method": method, **more}
    if params is not None:
        body["params"] = params
    if id is not None:
        body["id"] = id
    return body


def fits(value, schema, path="result"):
    """What makes a value another than its JSON schema (of the few words that rpc.discover uses) says; None: nothing."""
    if "anyOf" in schema:
        faults = [fits(value, one, path) for one in schema["anyOf"]]
        return None if None in faults else "; ".join(faults)
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    wanted = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", list(kinds))
    if not any(isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in wanted):
        return f"{path}: {value!r} is none of {wanted}"
    if isinstance(value, dict):
        return next(filter(None, (fits(value[key], one, f"{path}.{key}") for key, one in schema.get("properties", {}).items() if key in value)), None)
    items = schema.get("items", {}) if isinstance(value, list) else {}
    each = zip(value, items) if isinstance(items, list) else ((item, items) for item in value) if isinstance(value, list) else ()
    return next(filter(None, (fits(item, one, f"{path}[{i}]") for i, (item, one) in enumerate(each))), None)


class Case(unittest.TestCase):
    def refused(self, code, method, **params):
        with self.assertRaises(RpcError, msg=f"{method} {params}") as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    def answer(self, body, **kw):
        status, data = dms.post(body, **kw)
        self.assertEqual(status, 200, data)
        return json.loads(data)

    def new_zone(self, name, **params):
        self.assertIs(dms.call("load_zone", name=name, zi_text=TEXT.format(zone=name), **params), True)
        return name


class Protocol(Case):
    def test_result_and_id(self):
        for id in (7, "seven", -1, "", 0):
            answer = self.answer(request("list_sg", id=id))
            self.assertEqual(sorted(answer), ["id", "jsonrpc", "result"])
            self.assertEqual((answer["jsonrpc"], answer["id"]), ("2.0", id))
        self.assertEqual(self.answer(request("no_such_method", id="x"))["id"], "x")

    def test_positional_parameters(self):
        self.new_zone("positional.test")
        self.assertEqual(self.answer(request("show_zonesm", ["positional.test"]))["result"]["name"], "positional.test.")
        update = {"rr_groups": [{"rrs": [{"label": "www", "type": "A", "rdata": "192.0.2.9", "update_op": "UPDATE_RRTYPE"}]}]}
        dms.call("set_zone", name="positional.test", inc_updates=True)
        self.assertIsNone(self.answer(request("update_rrs", ["positional.test", update, "hosts", "ann"]))["result"])
        error = self.answer(request("show_zonesm", ["positional.test", 1, 2, 3]))["error"]
        self.assertEqual(error["code"], -32602)

    def test_batch(self):
        answers = self.answer([request("list_sg", id=1), request("nothing", id=2), 17, request("list_sg", {}, id="c"),
                               request("list_sg", id=None)])
        self.assertEqual(len(answers), 4, answers)
        by_id = {json.dumps(a["id"]): a for a in answers}
        self.assertIn("result", by_id["1"])
        self.assertEqual(by_id["2"]["error"]["code"], -32601)
        self.assertEqual(by_id["null"]["error"]["code"], -32600)
        self.assertIn("result", by_id['"c"'])

    def test_batch_runs_in_order(self):
        answers = self.answer([request("create_zone", {"name": "order.test"}, id=1), request("show_zonesm", {"name": "order.test"}, id=2),
                               request("create_zone", {"name": "order.test"}, id=3)])
        self.assertEqual([a["id"] for a in answers], [1, 2, 3])
        self.assertIs(answers[0]["result"], True)
        self.assertEqual(answers[1]["result"]["name"], "order.test.")
        self.assertEqual(answers[2]["error"]["code"], -36)

    def test_empty_batch(self):
        answer = self.answer([])
        self.assertIsInstance(answer, dict)
        self.assertEqual((answer["error"]["code"], answer["id"]), (-32600, None))

    def test_notification_is_executed_without_answer(self):
        status, data = dms.post(request("create_zone", {"name": "notified.test"}, id=None))
        self.assertIn(status, (200, 202, 204))
        self.assertEqual(data, b"")
        self.assertEqual(dms.call("show_zonesm", name="notified.test")["name"], "notified.test.")

    def test_notifications_that_fail_are_silent(self):
        for body in (request("no_such_method", id=None), request("show_zone", {"name": "absent.test"}, id=None),
                     [request("no_such_method", id=None), request("show_zone", {"bad": 1}, id=None)]):
            status, data = dms.post(body)
            self.assertIn(status, (200, 202, 204))
            self.assertEqual(data, b"", body)

    def test_id_null_is_answered(self):
        answer = self.answer({"jsonrpc": "2.0", "method": "list_sg", "id": None})
        self.assertIn("result", answer)
        self.assertIsNone(answer["id"])

    def test_not_json(self):
        good = json.dumps(request("list_sg"))
        bad = {
            "truncated": good[:-3].encode(),
            "empty": b"",
            "words": b"hello",
            "single quotes": good.replace('"', "'").encode(),
            "trailing text": good.encode() + b" x",
            "invalid UTF-8": good.replace("list_sg", "list\\sg").encode().replace(b"\\", b"\xff"),
            "overlong UTF-8": good.encode().replace(b"list_sg", b"list\xc0\xafsg"),
            "deep arrays": b"[" * 5000 + b"]" * 5000,
            "deep objects": b'{"a":' * 100 + b"1" + b"}" * 100,
            "unclosed nesting": b"[" * 1000000,
            "duplicate member": b'{"jsonrpc":"2.0","id":1,"method":"list_sg","method":"list_zone"}',
            "duplicate parameter": b'{"jsonrpc":"2.0","id":1,"method":"show_zone","params":{"name":"a.test","name":"b.test"}}',
            "huge integer": b'{"jsonrpc":"2.0","id":1,"method":"show_change","params":{"change_id":123456789012345678901234567890}}',
            "huge real": b'{"jsonrpc":"2.0","id":1e999,"method":"list_sg"}',
            "NUL in a string": b'{"jsonrpc":"2.0","id":1,"method":"show_zone","params":{"name":"a\\u0000b"}}',
            "lone surrogate": b'{"jsonrpc":"2.0","id":1,"method":"show_zone","params":{"name":"\\ud800"}}',
        }
        for what, body in bad.items():
            with self.subTest(what=what):
                status, data = dms.post(body)
                answer = json.loads(data)
                self.assertEqual(answer["error"]["code"], -32700, answer)
                self.assertIsNone(answer["id"])
                self.assertGreater(len(answer["error"]["message"]), 10)
        self.assertIn("result", self.answer(good.encode()))

    def test_parse_error_says_where(self):
        answer = json.loads(dms.post(b'{"jsonrpc": "2.0",\n "id": oops}')[1])
        self.assertRegex(answer["error"]["message"], r"line 2")

    def test_not_a_request(self):
        for body in (5, "x", True, None, {}, {"jsonrpc": "2.0"}, request("list_sg", jsonrpc="3.0"), request("list_sg", jsonrpc=None),
                     {"jsonrpc": 2.0, "method": "list_sg", "id": 1}, {"jsonrpc": "2.0", "method": 1, "id": 1},
                     request("list_sg", "text"), request("list_sg", 5), request("list_sg", id={"a": 1}), request("list_sg", id=[1]),
                     request("list_sg", id=True), request("list_sg", surplus=1)):
            with self.subTest(body=body):
                answer = json.loads(dms.post(body)[1])
                self.assertEqual(answer["error"]["code"], -32600, answer)
        for answer in self.answer([1, 2, 3]):
            self.assertEqual((answer["error"]["code"], answer["id"]), (-32600, None))

    def test_unknown_method(self):
        for method in ("", "no_such_method", "LIST_SG", "list_sg ", "rpc.none", "x" * 5000, "b\u00fc", "'; drop table zone; --"):
            with self.subTest(method=method[:30]):
                error = self.answer(request(method))["error"]
                self.assertEqual(error["code"], -32601)
                self.assertLess(len(json.dumps(error)), 2000)
        self.assertLess(len(json.dumps(self.answer(request("list_sg", {"x" * 5000: 1}))["error"])), 2000)

    def test_parameters_are_named(self):
        cases = [
            ("show_zone", {}, "name"),
            ("show_zone", {"name": "a.test", "nmae": 1}, "nmae"),
            ("show_zone", {"name": 5}, "name"),
            ("show_zone", {"name": ["a.test"]}, "name"),
            ("show_zone", {"name": None}, "name"),
            ("create_zone", {"name": "a.test", "edit_lock": "false"}, "edit_lock"),
            ("create_zone", {"name": "a.test", "use_apex_ns": 1}, "use_apex_ns"),
            ("create_zone", {"name": "a.test", "receipt": "yes"}, "receipt"),
            ("create_zone", {"name": "a.test", "zi_data": []}, "zi_data"),
            ("list_zone", {"names": "a.test"}, "names"),
            ("list_zone", {"names": ["a.test", 5]}, "names"),
            ("list_zone", {"names": ["x" * 1025]}, "names"),
            ("show_zone", {"name": "a.test", "zi_id": "1" * 1025}, "zi_id"),
            ("list_zone", {"limit": 0}, "limit"),
            ("list_zone", {"limit": 2.5}, "limit"),
            ("show_change", {"change_id": "1.0"}, "change_id"),
            ("show_change", {"change_id": "-1"}, "change_id"),
            ("show_change", {"change_id": ""}, "change_id"),
            ("show_change", {"change_id": "9999999999999999999"}, "change_id"),
            ("show_change", {"change_id": -1}, "change_id"),
            ("wait_change", {"change_id": 1, "timeout_ms": 300001}, "timeout_ms"),
            ("wait_change", {"change_id": 1, "timeout_ms": -1}, "timeout_ms"),
            ("create_server", {"server_name": "x", "address": "127.0.0.1", "port": 65536}, "port"),
        ]
        for method, params, name in cases:
            with self.subTest(method=method, params=params):
                error = self.answer(request(method, params))["error"]
                self.assertEqual(error["code"], -32602, error)
                self.assertIn(f'"{name}"', error["message"])
                self.assertEqual(error["data"].get("parameter"), name)

    def test_numbers_as_text(self):
        """As a front end has them that keeps them in form fields."""
        zone = self.new_zone("form-field.test", edit_lock=True)
        shown = dms.call("show_zone", name=zone)
        self.assertEqual(dms.call("show_zone_byid", zone_id=str(shown["zone_id"]))["name"], zone + ".")
        self.assertEqual(dms.call("show_zi_byid", zi_id=str(shown["zi"]["zi_id"]))["zone_id"], shown["zone_id"])
        token = dms.call("edit_zone", name=zone)[1]
        self.assertIs(dms.call("tickle_editlock", name=zone, edit_lock_token=str(token)), True)
        self.assertIs(dms.call("cancel_edit_zone", name=zone, edit_lock_token=str(token)), True)

    def test_zi_data_members_are_named(self):
        self.new_zone("members.test")
        rr = {"label": "a", "type": "A", "rdata": "192.0.2.1"}
        for zi_data, word in (({"rr_groups": [], "zone_tll": "1h"}, "zone_tll"), ({"rr_groups": {}}, "rr_groups"), ({}, "rr_groups"),
                              ({"rr_groups": [{"rrs": [{"label": "a", "type": "A"}]}]}, "rdata"),
                              ({"rr_groups": [{"rrs": [dict(rr, disable="false")]}]}, "disable"),
                              ({"rr_groups": [{"rrs": [dict(rr, colour="red")]}]}, "colour")):
            with self.subTest(zi_data=zi_data):
                error = self.answer(request("update_zone", {"name": "members.test", "zi_data": zi_data}))["error"]
                self.assertIn(error["code"], (-32602, -24))
                self.assertIn(word, json.dumps(error))

    def test_text_is_data(self):
        """What users type comes back as it was, whatever it means to SQL, JSON or C formats."""
        zone = self.new_zone("text-is-data.test")
        for word in ("'; drop table dms.zone; --", "%s%n%x", "b\u00fccher \u2603 \U0001f409", "back\\slash \" quote", "$1 $$ {0}"):
            with self.subTest(word=word):
                dms.call("update_zone", name=zone, login_id="test", zi_data={"zone_ttl": "1h", "rr_groups": [
                    {"rrs": []}, {"comment": word, "rrs": [{"label": "www", "type": "A", "rdata": "192.0.2.1", "comment": word}]}]})
                view = json.dumps(dms.call("edit_zone", name=zone)[0]["zi"], ensure_ascii=False)
                self.assertEqual(view.count(json.dumps(word, ensure_ascii=False)[1:-1]), 2, view)

    def test_many_requests_on_one_connection(self):
        connection = UnixConnection(dms.socket)
        for i in range(200):
            status, data = dms.post(request("list_sg", id=i), connection=connection)
            self.assertEqual((status, json.loads(data)["id"]), (200, i))
        connection.close()


class Http(Case):
    def status(self, *args, **kw):
        return dms.http(*args, **kw)[0]

    def test_password(self):
        status, headers, data = dms.http(request("list_sg"))
        self.assertEqual(status, 200, data)
        self.assertIn("result", json.loads(data))
        self.assertIn("application/json", headers["Content-Type"])

    def test_same_answers_as_over_the_socket(self):
        zone = "both-ways.test"
        dms.live("load_zone", name=zone, zi_text=TEXT.format(zone=zone))
        dms.live("refresh_zone", name=zone)
        for body in (request("show_zone", {"name": zone}), [request("list_sg"), request("nothing", id=2)], []):
            self.assertEqual(json.loads(dms.http(body)[2]), self.answer(body))
        status, _, data = dms.http(request("create_zone", {"name": "by-http.test"}, id=None))
        self.assertIn(status, (200, 202, 204))
        self.assertEqual(data, b"")
        self.assertEqual(dms.call("show_zonesm", name="by-http.test")["name"], "by-http.test.")

    def test_who(self):
        """Over HTTP the account is the login, and the change log says which front end it came by."""
        login = open(dms.env["DMS_CREDENTIALS"]).read().split(":")[0]
        receipt = json.loads(dms.http(request("create_zone", {"name": "who.test", "receipt": True}))[2])["result"]
        change = dms.call("show_change", change_id=receipt["change_id"])
        self.assertEqual((change["login"], change["role"], change["front_end"], change["method"], change["ok"]),
                         (login, "admin", "/admin_dms", "create_zone", True))
        self.assertTrue(dms.call("show_zone", name="who.test")["zi"]["change_by"].startswith(login))

    def test_no_credentials(self):
        for login in ("", "quickstart:", "quickstart:wrong", "nobody:wrong", ":", "quickstart", "x" * 4000 + ":y"):
            with self.subTest(login=login[:20]):
                status, headers, data = dms.http(request("list_sg"), login=login)
                self.assertEqual(status, 401, data)
                self.assertTrue(headers["WWW-Authenticate"].startswith("Basic"))
                self.assertNotIn(b"result", data)
        for header in ("Basic !!!", "Basic", "Bearer abc", "Digest x"):
            with self.subTest(header=header):
                self.assertEqual(self.status(request("list_sg"), login="", headers={"Authorization": header}), 401)

    def test_refused_login_changes_nothing(self):
        self.assertEqual(self.status(request("create_zone", {"name": "not-by-anybody.test"}), login="quickstart:wrong"), 401)
        self.refused(-28, "show_zone", name="not-by-anybody.test")

    def test_unknown_uri(self):
        for uri in ("/", "/admin_dm", "/admin_dms/x", "/etc/passwd", "/../admin_dms", "/" + "a" * 3000):
            with self.subTest(uri=uri[:30]):
                self.assertEqual(self.status(request("list_sg"), uri=uri), 404)

    def test_verbs(self):
        for verb in ("GET", "PUT", "DELETE", "PATCH"):
            with self.subTest(verb=verb):
                status, headers, _ = dms.http(None if verb == "GET" else b"{}", verb=verb)
                self.assertEqual(status, 405)
                self.assertIn("POST", headers["Allow"])

    def test_content_type(self):
        for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", "application/jsonx", ""):
            with self.subTest(kind=kind):
                self.assertEqual(self.status(request("list_sg"), headers={"Content-Type": kind}), 415)
        for kind in ("application/json", "application/json; charset=utf-8", "application/json-rpc", "application/json-request", "Application/JSON"):
            with self.subTest(kind=kind):
                self.assertEqual(self.status(request("list_sg"), headers={"Content-Type": kind}), 200)

    def test_too_big(self):
        c = UnixConnection(dms.socket)
        c.putrequest("POST", "/")
        c.putheader("Content-Type", "application/json")
        c.putheader("Content-Length", str(1 << 31))
        c.endheaders()
        response = c.getresponse()
        self.assertEqual(response.status, 413)
        c.close()

    def test_too_big_in_pieces(self):
        """A body without a length is cut off at the limit, wherever it ends."""
        c = UnixConnection(dms.socket)
        c.putrequest("POST", "/")
        c.putheader("Content-Type", "application/json")
        c.putheader("Transfer-Encoding", "chunked")
        c.endheaders()
        piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        sent = 0
        try:
            for sent in range(1024):
                c.send(piece)
        except OSError:
            pass
        self.assertLess(sent, 1023, "1 GB was taken")
        try:
            self.assertIn(c.getresponse().status, (411, 413))
        except OSError:
            pass  # the server closed while we were still sending
        c.close()
        self.assertIn("result", self.answer(request("list_sg")))

    def raw(self, *head, body=None):
        """Status of a request with these header lines behind the usual ones; with a body of which the length is known if none says it."""
        body = json.dumps(request("list_sg")).encode() if body is None else body
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(dms.socket)
            s.sendall(b"\r\n".join([b"POST / HTTP/1.1", b"Host: dms", b"Connection: close", b"Content-Type: application/json", *head, b"", b""]) + body)
            return int(s.recv(4096).split()[1])

    def test_where_the_body_ends(self):
        """What a proxy could see otherwise than we do is refused."""
        length = b"Content-Length: %d" % len(json.dumps(request("list_sg")))
        self.assertEqual(self.raw(length), 200)
        self.assertEqual(self.raw(length, b"Expect: 100-continue"), 100)
        self.assertEqual(self.raw(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 411)
        self.assertEqual(self.raw(length, b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 411)
        self.assertEqual(self.raw(length, b"Content-Length: 3"), 400)
        for wrong in (b"-1", b"+3", b"0x10", b"", b"99999999999999999999", b"18446744073709551615"):
            self.assertIn(self.raw(b"Content-Length: " + wrong), (400, 411, 413), wrong)

    def test_content_encoding(self):
        self.assertEqual(self.status(request("list_sg"), headers={"Content-Encoding": "gzip"}), 415)
        self.assertEqual(self.status(request("list_sg"), headers={"Content-Encoding": "identity"}), 200)

    def test_not_utf8(self):
        """URIs and logins that are no text name nobody; passwords are UTF-8."""
        dms.call("set_account", uri="/admin_dms", login="joerg", password="größer als klein")
        for credentials, status in (("joerg:größer als klein".encode(), 200), ("joerg:größer als klein".encode("latin-1"), 401), ("jörg:x".encode(), 401),
                                    ("jörg:x".encode("latin-1"), 401)):
            header = {"Authorization": "Basic " + base64.b64encode(credentials).decode()}
            self.assertEqual(self.status(request("list_sg"), login="", headers=header), status)
            self.assertEqual(self.status(request("list_sg"), uri="/%ff%fe", login="", headers=header), 404)

    def test_lesser_uris(self):
        for uri, login in (("/helpdesk_dms", "hd"), ("/list_zone", "lz"), ("/value_reseller_dms", "vr"), ("/hosted_dms", "ho")):
            with self.subTest(uri=uri):
                dms.call("set_account", uri=uri, login=login, password=f"secret of {login}")
                me = f"{login}:secret of {login}"
                for method, params in (("create_server", {"server_name": "x", "address": "127.0.0.9"}), ("set_config", {"key": "zone_ttl", "value": "1h"}),
                                       ("set_account", {"uri": "/admin_dms", "login": "evil", "password": "evil"}), ("create_sg", {"sg_name": "evil"})):
                    status, _, data = dms.http(request(method, params), uri=uri, login=me)
                    self.assertEqual((status, json.loads(data)["error"]["code"]), (200, -32601), data)
                methods = {m["name"] for m in json.loads(dms.http(request("rpc.discover"), uri=uri, login=me)[2])["result"]["methods"]}
                self.assertIn("list_zone", methods)
                self.assertFalse({"create_server", "set_config", "set_account", "create_sg"} & methods)
                self.assertEqual(self.status(request("list_sg"), uri="/admin_dms", login=me), 401)

    def test_parameter_of_another_role_does_not_exist(self):
        dms.call("set_account", uri="/helpdesk_dms", login="hd2", password="secret of hd2")
        body = request("create_zone", {"name": "hd.test", "login_id": "hd2", "use_apex_ns": False})
        error = json.loads(dms.http(body, uri="/helpdesk_dms", login="hd2:secret of hd2")[2])["error"]
        self.assertEqual(error["code"], -32602)
        self.assertIn("use_apex_ns", error["message"])

    def test_hidden_zone(self):
        """A front end with a sectag of its own sees only zones that carry it; others do not exist for it."""
        zone = self.new_zone("hidden.test")
        dms.call("set_account", uri="/value_reseller_dms", login="vr2", password="secret of vr2")
        for method in ("show_zone", "delete_zone"):
            answer = json.loads(dms.http(request(method, {"name": zone}), uri="/value_reseller_dms", login="vr2:secret of vr2")[2])
            self.assertEqual(answer["error"]["code"], -28, answer)
        self.assertEqual(dms.call("show_zonesm", name=zone)["state"] in ("DELETED", "DISABLED"), False)

    def test_new_password_replaces_the_old(self):
        dms.call("set_account", uri="/admin_dms", login="carl", password="first one")
        self.assertEqual(self.status(request("list_sg"), login="carl:first one"), 200)
        dms.call("set_account", uri="/admin_dms", login="carl", password="second one")
        self.assertEqual(self.status(request("list_sg"), login="carl:first one"), 401)
        self.assertEqual(self.status(request("list_sg"), login="carl:second one"), 200)

    def test_password_is_kept_as_a_hash_only(self):
        dms.call("set_account", uri="/admin_dms", login="dora", password="a-word-to-look-for")
        dump = subprocess.run(["setpriv", "--reuid=dms-quickstart", "--regid=dms-quickstart", "--init-groups", "pg_dump", "-h", str(dms.dir / "run"),
                               "-U", "dms_admin", "--data-only", "dms"], capture_output=True, text=True, check=True, cwd="/").stdout
        self.assertIn("dora", dump)
        self.assertIn("$argon2id$", dump)
        for text in (dump, *(dms.log(n) for n in ("controller", "postgres"))):
            self.assertNotIn("a-word-to-look-for", text)

    def test_socket_of_a_stranger(self):
        code = ("import http.client, socket, sys\n"
                "c = http.client.HTTPConnection('dms', timeout=20)\n"
                "c.sock = socket.socket(socket.AF_UNIX)\n"
                "try: c.sock.connect(sys.argv[1])\n"
                "except PermissionError: print('no way'); sys.exit()\n"
                "c.request('POST', '/', b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list_sg\"}', {'Content-Type': 'application/json'})\n"
                "r = c.getresponse(); print(r.status, r.read())\n")
        out = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", code, dms.socket], capture_output=True,
                             text=True, timeout=60, cwd="/")
        self.assertRegex(out.stdout, r"^(403 |no way)", out.stderr)
        self.assertNotIn("result", out.stdout)


class Methods(Case):
    def test_results_of_the_predecessor(self):
        name = "old-results.test"
        self.assertIs(dms.call("create_zone", name=name, login_id="t"), True)
        self.assertIs(dms.call("update_zone_text", name=name, login_id="t", zi_text=TEXT.format(zone=name)), True)
        self.assertIs(dms.call("load_zi", name=name, login_id="t", zi_text=TEXT.format(zone=name).replace("2.1", "2.9")), True)
        structure, token = dms.call("edit_zone", name=name, login_id="t")
        self.assertIsNone(token)
        self.assertEqual(structure["name"], name + ".")
        self.assertIsNone(dms.call("disable_zone", name=name))
        self.assertIsNone(dms.call("enable_zone", name=name))
        self.assertIsNone(dms.call("refresh_zone", name=name))
        self.assertIsNone(dms.call("reset_zone", name=name))
        zone_id = dms.call("show_zonesm", name=name)["zone_id"]
        self.assertIsNone(dms.call("delete_zone", name=name))
        self.refused(-28, "show_zone", name=name)
        self.assertEqual(dms.call("show_zone_byid", zone_id=zone_id)["name"], name + ".")
        self.assertIsNone(dms.call("undelete_zone", zone_id=zone_id))
        self.assertEqual(dms.call("show_zone", name=name)["zone_id"], zone_id)

    def test_receipts(self):
        name = "receipts.test"
        for method, params, result in (("create_zone", {}, True), ("update_zone_text", {"zi_text": TEXT.format(zone=name)}, True),
                                       ("load_zi", {"zi_text": TEXT.format(zone=name).replace("2.1", "2.3")}, True), ("refresh_zone", {}, None),
                                       ("disable_zone", {}, None), ("enable_zone", {}, None), ("delete_zone", {}, None)):
            with self.subTest(method=method):
                receipt = dms.call(method, name=name, receipt=True, **params)
                self.assertEqual(receipt["result"], result)
                self.assertIs(receipt["publishes"], True)
                self.assertIsInstance(receipt["warnings"], list)
                change = dms.call("show_change", change_id=receipt["change_id"])
                self.assertEqual((change["method"], change["object_name"], change["ok"], change["zone"]), (method, name + ".", True, name + "."))
                self.assertRegex(change["committed_at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00$")
        ids = [dms.call("set_config", key="zone_ttl", value="1h")["change_id"] for _ in range(2)]
        self.assertGreater(ids[1], ids[0])
        quiet = dms.call("wait_change", change_id=ids[0])
        self.assertEqual((quiet["publishes"], quiet["complete"], quiet["timed_out"]), (False, True, False))

    def test_refusal_is_in_the_change_log(self):
        self.refused(-28, "delete_zone", name="refused-and-logged.test")
        rows = dms.sql("select method, ok, error_code from dms.change where object_name like 'refused-and-logged.test%'")
        self.assertEqual(rows.strip(), "delete_zone|f|-28")

    def test_unknown_zone(self):
        for method, more in (("show_zone", {}), ("show_zone_text", {}), ("show_zonesm", {}), ("list_zi", {}), ("show_zi", {}), ("edit_zone", {}),
                             ("delete_zone", {}), ("disable_zone", {}), ("enable_zone", {}), ("refresh_zone", {}), ("reset_zone", {}),
                             ("update_zone", {"zi_data": {"rr_groups": []}}), ("update_zone_text", {"zi_text": ""}), ("load_zi", {"zi_text": ""})):
            with self.subTest(method=method):
                error = self.refused(-28, method, name="absent.test", **more)
                self.assertEqual(error.data["name"], "absent.test.")
                self.assertEqual(error.data["exception_type"], "BaseJsonRpcError.DMSError.ZoneNotFound")
                self.assertEqual(error.data["error"], "ZONE_NOT_FOUND")
                self.assertIn("absent.test", error.data["exception_message"])
        self.refused(-29, "show_zone_byid", zone_id=987654321)
        self.refused(-29, "undelete_zone", zone_id=987654321)

    def test_zone_exists(self):
        self.new_zone("twice.test")
        for name in ("twice.test", "twice.test.", "TWICE.Test"):
            error = self.refused(-36, "create_zone", name=name)
            self.assertEqual(error.data["name"], "twice.test.")
            self.refused(-36, "load_zone", name=name, zi_text=TEXT.format(zone="twice.test"))

    def test_bad_names(self):
        for name in ("", ".", "-", "-a.test", "a.-b.test", "a-.test", "a..b.test", "x" * 64 + ".test", ".".join(["x" * 60] * 5), "a b.test", "b\u00fccher.test", "*.test", "a\\.test"):
            with self.subTest(name=name[:20]):
                with self.assertRaises(RpcError) as caught:
                    dms.call("create_zone", name=name)
                self.assertIn(caught.exception.code, (-89, -91, -32602), str(caught.exception))
        self.refused(-91, "create_zone", name="2.0.192.in-addr.arpa")

    def test_versions(self):
        zone = self.new_zone("versions.test")
        for i in range(2, 5):
            dms.live("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone).replace("192.0.2.1", f"192.0.2.{i}0"))
        listed = dms.call("list_zi", name=zone)["all_zis"]
        ids = [z["zi_id"] for z in listed]
        self.assertEqual(len(ids), 4)
        self.assertEqual(ids, sorted(ids, reverse=True))
        for zi_id, address in zip(reversed(ids), ("192.0.2.1", "192.0.2.20", "192.0.2.30", "192.0.2.40")):
            text = dms.call("show_zone_text", name=zone, zi_id=zi_id)
            self.assertEqual(text["zi_id"], zi_id)
            self.assertRegex(text["zi_text"], r"www\s.*\sA\s+" + re.escape(address) + r"\s")
            self.assertEqual(dms.call("show_zi", name=zone, zi_id=zi_id)["zi_id"], zi_id)
        dms.live("refresh_zone", name=zone, zi_id=ids[-1])
        for server in dms.slaves:
            self.assertEqual(dms.answer(server, "www.versions.test", "A"), ["192.0.2.1"])
        self.refused(-30, "show_zone", name=zone, zi_id=987654321)
        self.refused(-100, "show_zone", name=zone, zi_id="nonsense!")

    def test_comments_and_order_are_kept(self):
        zone = self.new_zone("comments.test")
        text = dms.call("show_zone_text", name=zone)["zi_text"]
        self.assertLess(text.index(";| Web"), text.index("www"))
        self.assertLess(text.index("www"), text.index(";# shop"))
        self.assertRegex(text, r";# shop\nshop\s")
        again = dms.call("update_zone_text", name=zone, zi_text=text, receipt=True)
        self.assertIs(again["unchanged"], True, "the tool's own text is a change")

    def test_output_posted_back_is_unchanged(self):
        zone = self.new_zone("posted-back.test")
        dms.live("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone) + '\n;| Mail\n@ IN MX 10 mx\n@ IN TXT "a; b" "\\"c\\""\nmx 5m IN A 192.0.2.7\n')
        view = dms.call("show_zone", name=zone)
        receipt = dms.call("update_zone", name=zone, zi_data=view["zi"], receipt=True)
        self.assertIs(receipt.get("unchanged"), True, receipt)
        self.assertEqual(dms.call("show_zone", name=zone)["zi"]["zi_id"], view["zi"]["zi_id"])
        view["zi"]["rr_groups"][-1]["rrs"].append({"label": "new", "type": "A", "rdata": "192.0.2.8"})
        receipt = dms.live("update_zone", name=zone, zi_data=view["zi"])
        self.assertEqual(dms.answer(dms.slaves[1], "new.posted-back.test", "A"), ["192.0.2.8"])

    def test_zone_structure(self):
        view = dms.call("show_zone", name=self.new_zone("structure.test", reference="anna@TEST-NET"))
        for key in ("zone_id", "zi_id", "zi_candidate_id", "state", "soa_serial", "zone_type", "name", "lock_state", "locked_by", "locked_at", "use_apex_ns",
                    "edit_lock", "auto_dnssec", "nsec3", "edit_lock_token", "inc_updates", "sg_name", "alt_sg_name", "reference", "deleted_start", "ctime",
                    "mtime", "sectags", "zi", "all_zis"):
            self.assertIn(key, view)
        self.assertEqual((view["reference"], view["sg_name"]), ("anna@TEST-NET", "public"))
        for key in ("zi_id", "zone_id", "ctime", "mtime", "ptime", "soa_serial", "change_by", "soa_mname", "soa_rname", "soa_refresh", "soa_retry",
                    "soa_expire", "soa_minimum", "soa_ttl", "zone_ttl", "rr_groups"):
            self.assertIn(key, view["zi"])
        rrs = [rr for group in view["zi"]["rr_groups"] for rr in group["rrs"]]
        self.assertEqual([(rr["label"], rr["type"], rr["rdata"]) for rr in rrs], [("www", "A", "192.0.2.1"), ("shop", "A", "192.0.2.2")])
        for key in ("rr_id", "zi_id", "ttl", "class", "lock_ptr", "disable", "track_reverse", "reference"):
            self.assertIn(key, rrs[0])
        self.assertEqual(view["zi"]["rr_groups"][-1]["comment"], "Web")

    def test_edit_lock_cycle(self):
        zone = self.new_zone("locked.test", edit_lock=True)
        text = TEXT.format(zone=zone)
        structure, token = dms.call("edit_zone", name=zone, login_id="ann")
        self.assertIsInstance(token, int)
        self.assertEqual(structure["zi"]["rr_groups"][-1]["rrs"][0]["label"], "www")
        other = self.refused(-34, "edit_zone", name=zone, login_id="bob")
        self.assertIn("ann", other.message)
        self.assertRegex(other.message + str(other.data.get("hint")), r"20\d\d-\d\d-\d\d \d\d:\d\d|since")
        state = dms.call("show_zonesm", name=zone)
        self.assertEqual((state["lock_state"], state["edit_lock_token"]), ("EDIT_LOCK", token))
        self.assertIn("ann", state["locked_by"])
        self.assertIs(dms.call("tickle_editlock", name=zone, edit_lock_token=token), True)
        self.refused(-35, "tickle_editlock", name=zone, edit_lock_token=token + 1)
        self.refused(-35, "update_zone_text", name=zone, zi_text=text + "x IN A 192.0.2.66\n", login_id="bob")
        self.refused(-35, "update_zone_text", name=zone, zi_text=text + "x IN A 192.0.2.66\n", login_id="bob", edit_lock_token=token + 1)
        self.refused(-33, "cancel_edit_zone", name=zone, edit_lock_token=token + 1)
        self.assertIs(dms.call("update_zone_text", name=zone, zi_text=text + "a IN A 192.0.2.3\n", login_id="ann", edit_lock_token=token), True)
        stale = self.refused(-35, "update_zone_text", name=zone, zi_text=text + "b IN A 192.0.2.4\n", login_id="ann", edit_lock_token=token)
        self.assertEqual(stale.data["exception_type"], "BaseJsonRpcError.DMSError.ZoneSmFailure.UpdateZoneFailure")
        self.assertEqual(stale.data["name"], "locked.test.")
        kept = dms.call("edit_zone", name=zone, login_id="bob")
        labels = [rr["label"] for g in kept[0]["zi"]["rr_groups"] for rr in g["rrs"]]
        self.assertIn("a", labels)
        self.assertFalse({"x", "b"} & set(labels))
        self.assertIs(dms.call("cancel_edit_zone", name=zone, edit_lock_token=kept[1]), True)
        self.assertEqual(dms.call("show_zonesm", name=zone)["lock_state"], "EDIT_UNLOCK")
        self.refused(-33, "cancel_edit_zone", name=zone, edit_lock_token=kept[1])

    def test_edit_begins_with_the_newest(self):
        """An edit that is saved and not yet published is what the next editor sees: else it would be lost."""
        zone = self.new_zone("newest.test")
        dms.live("refresh_zone", name=zone)
        pid = dms.kill("master-agent", signal.SIGSTOP)
        try:
            saved = dms.call("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone) + "a IN A 192.0.2.3\n", receipt=True)
            view = dms.call("edit_zone", name=zone)[0]["zi"]
            self.assertEqual(view["zi_id"], saved["zi_id"])
            self.assertIn("a", [rr["label"] for g in view["rr_groups"] for rr in g["rrs"]])
            self.assertLess(dms.call("show_zone", name=zone)["zi"]["zi_id"], saved["zi_id"], "show_zone shows what is published")
            dms.call("update_zone", name=zone, zi_data=view, if_zi_id=view["zi_id"])
        finally:
            os.kill(pid, signal.SIGCONT)

    def test_preconditions(self):
        zone = self.new_zone("precondition.test")
        first = dms.live("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone) + "a IN A 192.0.2.3\n")
        text = TEXT.format(zone=zone) + "b IN A 192.0.2.4\n"
        for params in ({"if_zi_id": first["zi_id"] - 1}, {"if_serial": first["soa_serial"] - 1}, {"if_zi_id": first["zi_id"], "if_serial": 1}):
            error = self.refused(-136, "update_zone_text", name=zone, zi_text=text, **params)
            self.assertRegex(str(error), str(first["zi_id"] if "if_serial" not in params else first["soa_serial"]))
            self.refused(-136, "load_zi", name=zone, zi_text=text, **params)
            self.refused(-136, "update_zone", name=zone, zi_data={"rr_groups": []}, **params)
        second = dms.call("update_zone_text", name=zone, zi_text=text, if_zi_id=first["zi_id"], if_serial=first["soa_serial"], receipt=True)
        self.assertGreater(second["zi_id"], first["zi_id"])
        self.refused(-136, "update_zone_text", name=zone, zi_text=text, if_zi_id=first["zi_id"])

    def test_all_problems_at_once(self):
        text = ("$TTL 1h\n"
                "www IN A 192.0.2.256\n"
                "ok IN A 192.0.2.1\n"
                "mail IN MX ten mx\n"
                "elsewhere.example.com. IN A 192.0.2.2\n"
                "x IN NOSUCHTYPE abc\n")
        error = self.refused(-24, "load_zone", name="problems.test", zi_text=text)
        problems = error.data["problems"]
        self.assertEqual([p["lineno"] for p in problems], [2, 4, 5, 6], problems)
        self.assertEqual([p["code"] for p in problems][2:], [-12, -9])
        self.assertEqual(problems[0]["col"], text.splitlines()[1].index("192.0.2.256") + 1)
        for p in problems:
            self.assertGreaterEqual(p["col"], 1)
            self.assertIn(">!<", p["marked_input_line"])
            self.assertGreater(len(p["message"]), 8)
        self.assertEqual((error.data["lineno"], error.data["name"]), (2, "problems.test."))
        self.refused(-28, "show_zone", name="problems.test")

    def test_zone_rules(self):
        zone = self.new_zone("rules.test")
        for line, code, lineno in (("a IN A 192.0.2.1\na IN CNAME www\n", (-18, -19), 8), ("a IN CNAME www\na IN A 192.0.2.1\n", (-18, -19), 8),
                                   ("out.example.com. IN A 192.0.2.1\n", (-12,), 7), ("fooRules.test. IN A 192.0.2.1\n", (-12,), 7),
                                   ("www IN A 192.0.2.1\n", (-20,), 7), ("@ IN MX 10 nowhere\n", (-21,), 7), ("a_b IN A 192.0.2.1\n", (-13,), 7),
                                   ("$INCLUDE /etc/passwd\n", (-50,), 7), ("$GENERATE 1-9 $ A 192.0.2.$\n", (-54,), 7), ("a IN A\n", (-24, -126), 7)):
            with self.subTest(line=line):
                with self.assertRaises(RpcError) as caught:
                    dms.call("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone) + line)
                self.assertIn(caught.exception.code, code, str(caught.exception))
                problem = caught.exception.data["problems"][0]
                self.assertEqual(problem["lineno"], lineno, problem)
                self.assertIn(problem["code"], code)
        self.assertEqual(len(dms.call("list_zi", name=zone)["all_zis"]), 1, "a refused edit left a version")

    def test_faults_hide_no_breaches(self):
        """What could not be read, the rules of the zone, and what is doubtful, in one answer; the first fault gives its code."""
        zone = self.new_zone("faults.test")
        text = TEXT.format(zone=zone) + "a IN A 192.0.2.256\nb IN NOSUCHTYPE x\nc IN TXT \"open\nd IN A 192.0.2.1\nd IN CNAME www\nwww IN A 192.0.2.1\ne 0 IN A 192.0.2.1\n"
        error = self.refused(-24, "update_zone_text", name=zone, zi_text=text)
        told = [(p["lineno"], p["rule"], p["severity"]) for p in error.data["problems"]]
        self.assertEqual(sorted(told), [(7, "RDATA", "error"), (8, "TYPE_KNOWN", "error"), (9, "RDATA", "error"), (11, "CNAME_ALONE", "error"),
                                        (12, "DUPLICATE", "error"), (13, "TTL_ZERO", "warning")])
        self.assertEqual((error.data["error_count"], error.data["warning_count"], error.data["rule"]), (5, 1, "RDATA"))
        for p in error.data["problems"]:
            self.assertIn(">!<", p["marked_input_line"])
            self.assertRegex(p["rfc"], r"^RFC \d+")
        # zi_data: by index, with the broken records counted
        rrs = [{"label": "a", "type": "A", "rdata": "192.0.2.256"}, {"label": "m", "type": "MX", "rdata": "10 a"}, {"label": "x", "type": "NOPE", "rdata": "1"},
               {"label": "m", "type": "MX", "rdata": "20 nowhere"}, {"label": "m", "type": "CNAME", "rdata": "a"}]
        error = self.refused(-120, "update_zone", name=zone, zi_data={"soa_serial": 0, "rr_groups": [{"rrs": []}, {"rrs": rrs}]})
        told = [(p["code"], p.get("rr_groups_index"), p.get("rrs_index")) for p in error.data["problems"]]
        self.assertEqual(told, [(-120, None, None), (-24, 1, 0), (-9, 1, 2), (-19, 1, 4), (-21, 1, 3)])
        error = self.refused(-24, "load_zone", name="many.faults.test", zi_text="a IN A x\n" * 150)
        self.assertEqual((len(error.data["problems"]), error.data["error_count"]), (100, 150))
        self.refused(-28, "show_zone", name="many.faults.test")

    def test_warnings_and_strict(self):
        """Every method that submits contents: doubtful ones are done and told, or refused with strict."""
        zone = self.new_zone("doubtful.test")
        dms.call("create_zone", name="target.doubtful.test")
        dms.call("set_zone", name=zone, inc_updates=True)
        doubtful = [{"label": "@", "type": "MX", "rdata": "10 m"}, {"label": "m", "type": "TXT", "rdata": "x"}]
        data = {"rr_groups": [{"rrs": []}, {"rrs": doubtful}]}
        text = "$TTL 1h\nm IN TXT x\n@ IN MX 10 m\n"
        calls = (("create_zone", {"name": "a.doubtful.test", "zi_data": data}, (1, 0)), ("load_zone", {"name": "b.doubtful.test", "zi_text": text}, 3),
                 ("load_zi", {"name": zone, "zi_text": text}, 3), ("update_zone", {"name": zone, "zi_data": data}, (1, 0)),
                 ("update_zone_text", {"name": zone, "zi_text": text}, 3),
                 ("update_rrs", {"name": zone, "update_type": "x", "update_data": {"rr_groups": [{"rrs": [dict(doubtful[0], rdata="20 m", update_op="ADD")]}]}}, (0, 0)),
                 ("update_rrs", {"name": zone, "update_type": "x", "update_text": ";!RROP:ADD\n@ IN MX 30 m\n"}, 2),
                 ("copy_zone", {"src_name": "a.doubtful.test", "name": "c.doubtful.test"}, None),
                 ("copy_zi", {"src_name": "a.doubtful.test", "name": "target.doubtful.test"}, None))
        for method, params, place in calls:
            with self.subTest(method=method):
                error = self.refused(-181, method, strict=True, **params)
                self.assertEqual(error.data["rule"], "TARGET_ADDRESSES")
                receipt = dms.call(method, strict=False, receipt=True, **params)
                warning = receipt["warnings"][-1]
                self.assertEqual((warning["code"], warning["rule"], warning["severity"], receipt["warning_count"]),
                                 (-181, "TARGET_ADDRESSES", "warning", len(receipt["warnings"])))
                self.assertIn("A or AAAA", warning["hint"])
                self.assertIn("RFC 5321", warning["rfc"])
                if isinstance(place, int):
                    self.assertEqual((warning["lineno"], warning["marked_input_line"][:3]), (place, ">!<"))
                elif place is not None:
                    self.assertEqual((warning["rr_groups_index"], warning["rrs_index"]), place)
        self.assertEqual(dms.call("update_zone_text", name=zone, zi_text="$TTL 1h\nfine IN A 192.0.2.1\n", strict=True, receipt=True)["warnings"], [])
        with self.assertRaises(RpcError) as caught:
            dms.call("update_zone_text", name=zone, zi_text=text, strict="true")
        self.assertEqual(caught.exception.code, -32602)

    def test_problems_in_zi_data_are_placed(self):
        zone = self.new_zone("placed.test")
        good = {"label": "a", "type": "A", "rdata": "192.0.2.1"}
        error = self.refused(-24, "update_zone", name=zone, zi_data={"rr_groups": [{"rrs": []}, {"rrs": [good, dict(good, rdata="nonsense")]}]})
        self.assertEqual((error.data["rr_groups_index"], error.data["rrs_index"]), (1, 1))
        self.assertIn("nonsense", str(error.data["rr_data"]))

    def test_list_zone(self):
        for i in range(7):
            dms.call("create_zone", name=f"p{i}.paging.test", reference="odd@PAGING" if i % 2 else "even@PAGING")
        everything = [f"p{i}.paging.test." for i in range(7)]
        names = lambda **kw: [z["name"] for z in dms.call("list_zone", **kw)]
        self.assertEqual(names(names=["*.paging.test."]), everything)
        self.assertEqual(names(names=["p?.paging.test"]), everything)
        self.assertEqual(names(names=["p1.paging.test", "p3.paging.test."]), [everything[1], everything[3]])
        self.assertEqual(names(reference="ODD@paging"), everything[1::2])
        self.assertEqual(names(reference="odd@PAGING", names=["p1*"]), [everything[1]])
        self.assertEqual(names(sg_name="replica"), [])
        pages, after = [], None
        while True:
            page = names(names=["*.paging.test."], limit=3, **({"after": after} if after else {}))
            if not page:
                break
            self.assertLessEqual(len(page), 3)
            pages += page
            after = page[-1]
            if len(page) < 3:
                break
        self.assertEqual(pages, everything)
        whole = names()
        self.assertEqual(whole, sorted(whole))
        self.assertTrue(set(everything) < set(whole))
        brief = dms.call("list_zone", names=["p0.paging.test"])[0]
        self.assertEqual(sorted(brief), ["ctime", "deleted_start", "mtime", "name", "reference", "soa_serial", "state", "zi_id", "zone_id"])
        dms.call("disable_zone", name="p5.paging.test")
        self.assertNotIn(everything[5], names(names=["*.paging.test."], include_disabled=False))
        dms.call("delete_zone", name="p6.paging.test")
        self.assertNotIn(everything[6], names(names=["*.paging.test."]))
        self.assertEqual(names(names=["*.paging.test."], toggle_deleted=True), [everything[6]])
        self.assertIn(everything[6], names(names=["*.paging.test."], include_deleted=True))
        self.refused(-32, "list_zone", names=["*.nothing-like-this."])
        self.refused(-98, "list_zone", names=["*", "a*"])
        self.refused(-59, "list_zone", sg_name="no-such-group")

    def test_discover(self):
        doc = dms.call("rpc.discover")
        self.assertEqual(doc["openrpc"], "1.2.6")
        names = [m["name"] for m in doc["methods"]]
        self.assertEqual(len(names), len(set(names)))
        wanted = """create_zone load_zone load_zi edit_zone tickle_editlock cancel_edit_zone update_zone update_zone_text show_zone show_zone_byid
            show_zone_text list_zone list_zi show_zi delete_zone undelete_zone disable_zone enable_zone refresh_zone reset_zone show_zonesm show_change
            wait_change list_sg show_sg create_sg delete_sg set_sg_apex_ns list_server show_server create_server set_server_key delete_server
            enable_server disable_server reset_server show_config set_config set_account show_dms_status list_names list_events rpc.discover""".split()
        self.assertEqual(set(wanted) - set(names), set())
        for name in names:
            if name != "rpc.discover":
                code = self.answer(request(name, {"no such parameter": 1}))["error"]["code"]
                self.assertEqual(code, -32602, f"{name} is listed and not there")

    def test_openrpc(self):
        """What OpenRPC 1.2.6 and its JSON schema ask for."""
        document = dms.call("rpc.discover")
        self.assertEqual((document["openrpc"], sorted(document["info"])), ("1.2.6", ["description", "title", "version"]))
        names = [m["name"] for m in document["methods"]]
        self.assertEqual(len(set(names)), len(names))
        for method in document["methods"]:
            with self.subTest(method=method["name"]):
                self.assertLessEqual(set(method), {"name", "summary", "paramStructure", "params", "result", "errors", "examples"})
                params = [p["name"] for p in method["params"]]
                self.assertEqual(len(set(params)), len(params))
                for param in [*method["params"], method["result"]]:
                    self.assertLessEqual(set(param), {"name", "description", "required", "schema"})
                    self.assertTrue(param["name"] and param["description"] and {"type", "anyOf"} & set(param["schema"]), param)
                codes = [e["code"] for e in method["errors"]]
                self.assertTrue(all(isinstance(code, int) for code in codes) and all(e["message"] for e in method["errors"]))
                pairing, = method["examples"]
                self.assertEqual(sorted(pairing), ["name", "params", "result"])
                for example in pairing["params"]:
                    self.assertEqual((sorted(example), example["name"] in params), (["name", "value"], True))
                self.assertEqual(sorted(pairing["result"]), ["name", "value"])
                self.assertIsNone(fits(pairing["result"]["value"], method["result"]["schema"]))
        self.assertIsNotNone(fits([{"a": 1}], {"type": "array", "items": {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}}))
        self.assertIsNotNone(fits(True, {"anyOf": [{"type": "integer"}, {"type": ["object", "null"]}]}))

    def test_examples_run(self):
        methods = {m["name"]: m for m in dms.call("rpc.discover")["methods"]}
        first = ["create_sg", "create_server", "create_zone"]
        last = ["disable_server", "delete_server", "delete_zone", "delete_sg"]
        by_number = {"show_zone_byid", "undelete_zone", "tickle_editlock", "cancel_edit_zone", "show_change", "wait_change", "show_zi", "refresh_zone"}
        may_fail = by_number | {"list_zone", "load_zone", "update_rrs"}  # create_zone's example has made this zone, without inc_updates
        may_fail |= {"sign_zone", "load_keys", "show_zone_text_byid", "show_server_byaddr", "show_zi_byid", "copy_zi", "delete_zi", "destroy_zone", "show_event", "fail_event",
                     "diff_zi", "diff_zones"}  # by number, too, or by a zone that may be there
        may_fail |= {"nuke_zones", "set_zone_sg", "set_zone_alt_sg", "swap_zone_sg", "poke_zone_set_serial", "poke_zone_wrap_serial", "rename_sg",
                     "rename_server", "set_sg_replica_sg", "move_server_sg", "set_server_type", "set_server_address",
                     "move_zone_sg", "show_zone_move", "cancel_zone_move"}  # not in this state
        may_fail |= {"set_front_end", "limit_account", "create_token", "revoke_token", "bind_certificate", "unbind_certificate"}  # deleted before, or unknown
        may_fail |= {"cancel_change_set", "revert_change_set", "show_kept_text"}  # the example of apply_change_set has done it; no text is kept
        try:
            for name in first + [n for n in methods if n not in first + last] + last:
                with self.subTest(method=name):
                    method = methods[name]
                    self.assertGreaterEqual(len(method["examples"]), 1)
                    params = {p["name"]: p["value"] for p in method["examples"][0]["params"]}
                    if "timeout_ms" in params:
                        params["timeout_ms"] = 100
                    answer = self.answer(request(name, params))
                    if "error" in answer:
                        self.assertIn(name, may_fail, answer)
                        self.assertIn(answer["error"]["code"], [e["code"] for e in method["errors"]], answer)
                    else:
                        self.assertIsNone(fits(answer["result"], method["result"]["schema"]))
                        shown = method["examples"][0]["result"]["value"]
                        if isinstance(shown, dict) and isinstance(answer["result"], dict):  # what the example shows of it is there
                            self.assertLessEqual(set(shown) - MAY_BE_ABSENT, set(answer["result"]))
        finally:
            for method in ("disable_server", "delete_server"):
                dms.post(request(method, {"server_name": "ns1"}))
        self.assertEqual(sorted(s["server_name"] for s in dms.call("list_server")), ["master", "slave1", "slave2"])

    def test_wait_change_times_out(self):
        zone = self.new_zone("slow.test")
        dms.live("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone) + "a IN A 192.0.2.3\n")
        pid = dms.kill("slave1-agent", signal.SIGSTOP)
        try:
            change = dms.call("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone), receipt=True)
            start = time.monotonic()
            waited = dms.call("wait_change", change_id=change["change_id"], timeout_ms=700)
            took = time.monotonic() - start
            self.assertEqual((waited["timed_out"], waited["complete"]), (True, False))
            self.assertGreaterEqual(took, 0.69)
            self.assertLess(took, 5)
            self.assertEqual(dms.call("wait_change", change_id=change["change_id"], timeout_ms=0)["timed_out"], True)
        finally:
            os.kill(pid, signal.SIGCONT)
        done = dms.call("wait_change", change_id=change["change_id"], timeout_ms=60000)
        self.assertEqual((done["timed_out"], done["complete"]), (False, True))
        self.assertEqual({k: v for k, v in done.items() if k not in ("timed_out", "servers")},
                         {k: v for k, v in dms.call("show_change", change_id=change["change_id"]).items() if k != "servers"})

    def test_waiting_holds_no_thread(self):
        """Forty callers wait; a forty-first is answered at once."""
        zone = self.new_zone("crowd.test")
        dms.live("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone) + "a IN A 192.0.2.3\n")
        pid = dms.kill("slave1-agent", signal.SIGSTOP)
        waiting = []
        try:
            change = dms.call("update_zone_text", name=zone, zi_text=TEXT.format(zone=zone), receipt=True)["change_id"]
            for i in range(40):
                c = UnixConnection(dms.socket)
                c.request("POST", "/", json.dumps(request("wait_change", {"change_id": change, "timeout_ms": 60000}, id=i)), {"Content-Type": "application/json"})
                waiting.append(c)
            start = time.monotonic()
            self.assertIsInstance(dms.call("list_sg"), list)
            self.assertLess(time.monotonic() - start, 3)
        finally:
            os.kill(pid, signal.SIGCONT)
        for i, c in enumerate(waiting):
            answer = json.loads(c.getresponse().read())
            self.assertEqual((answer["id"], answer["result"]["complete"]), (i, True))
            c.close()

    def test_unknown_change(self):
        error = self.refused(-137, "show_change", change_id=987654321)
        self.assertEqual(error.data["change_id"], 987654321)
        self.refused(-137, "wait_change", change_id=987654321, timeout_ms=1000)

    def test_status(self):
        status = dms.call("show_dms_status")
        self.assertEqual(sorted(k for k in status if k in ("master", "servers", "zones", "events", "version", "now")),
                         ["events", "master", "now", "servers", "version", "zones"])
        servers = {s["server"]: s for s in status["servers"]}
        self.assertEqual(sorted(servers), ["master", "slave1", "slave2"])
        for name, s in servers.items():
            self.assertEqual((s["state"], s["connected"], s["name_server_up"]), ("OK", True, True), s)
            self.assertEqual(s["role"], "master" if name == "master" else "slave")
            for key in ("sg_name", "address", "port", "retry_msg", "connected_at", "lost_at", "config_goal", "config_applied", "behind", "behind_since"):
                self.assertIn(key, s)
        self.assertEqual(status["master"]["state"], "READY")
        self.assertGreaterEqual(status["master"]["epoch"], 1)
        self.assertGreaterEqual(status["zones"].get("PUBLISHED", 0), 1)
        self.assertEqual(status["events"]["failed"], len(dms.call("list_events", failed=True, limit=10000)))

    def test_servers_and_groups(self):
        self.assertEqual({g["sg_name"]: g["replica_sg"] for g in dms.call("list_sg") if g["sg_name"] in ("public", "replica")}, {"public": False, "replica": True})
        self.assertEqual([s["server_name"] for s in dms.call("show_sg", sg_name="public")["servers"]], ["slave1", "slave2"])
        self.refused(-59, "show_sg", sg_name="none-such")
        self.refused(-72, "create_sg", sg_name="public")
        self.refused(-114, "create_sg", sg_name="second", replica_sg=True)
        self.refused(-95, "delete_sg", sg_name="replica")
        self.refused(-75, "show_server", server_name="none-such")
        self.refused(-74, "create_server", server_name="slave1", address="127.0.0.77")
        self.refused(-78, "delete_server", server_name="slave1")
        self.refused(-146, "create_server", server_name="odd", address="not an address")
        self.refused(-146, "create_server", server_name="odd", address="127.0.0.77", role="king")
        key = dms.call("show_server", server_name="slave2")["agent_key"]
        self.assertEqual(len(key), 40)
        self.refused(-145, "create_server", server_name="odd", address="127.0.0.77", agent_key=key)
        self.refused(-59, "create_server", server_name="odd", address="127.0.0.77", sg_name="none-such")
        self.assertEqual(sorted(s["server_name"] for s in dms.call("list_server")), ["master", "slave1", "slave2"])

    def test_config_keys(self):
        self.refused(-61, "set_config", key="no_such_key", value="1")
        self.refused(-49, "set_config", key="zone_ttl", value="never")
        dms.call("set_config", key="zone_ttl", value="2h")
        self.assertIn(("zone_ttl", "2h", None), [(c["key"], c["value"], c["sg_name"]) for c in dms.call("show_config")])
        dms.call("set_config", key="zone_ttl", value="1h")

    def test_names(self):
        for name in ("completion-a.test", "completion-b.test", "other-c.test"):
            self.new_zone(name)
        self.assertEqual([n.rstrip(".") for n in dms.call("list_names", kind="zone", prefix="completion-")], ["completion-a.test", "completion-b.test"])
        self.assertEqual(len(dms.call("list_names", kind="zone", prefix="completion-", limit=1)), 1)
        self.assertEqual(dms.call("list_names", kind="server", prefix="sl"), ["slave1", "slave2"])
        self.assertEqual(dms.call("list_names", kind="zone", prefix="compl%"), [])
        self.assertIn("planet", str(self.refused(-32602, "list_names", kind="planet", prefix="")))

    def test_forbidden_settings_do_not_pass_unseen(self):
        """Flags that this release does not publish yet are still kept as they were given."""
        zone = self.new_zone("flags.test", nsec3=True, inc_updates=True, edit_lock=False, sectags=[])
        view = dms.call("show_zone", name=zone)
        self.assertEqual((view["nsec3"], view["inc_updates"], view["edit_lock"]), (True, True, False))


if __name__ == "__main__":
    sys.exit(unittest.main())
