#!/usr/bin/env python3
"""HTTPS as front ends use it, client certificates, configuration that must be refused, and one controller for each database."""
import base64
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import unittest
import warnings

from stack import RpcError, Stack, wait_until

TOOL = str(pathlib.Path(os.environ["DMS_BIN_DIR"], "zone_tool").resolve()) if "DMS_BIN_DIR" in os.environ else shutil.which("zone_tool") or "zone_tool"
AS_USER = ["setpriv", "--reuid=dms-quickstart", "--regid=dms-quickstart", "--init-groups"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def new_key(name):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(dms.dir / f"etc/{name}.key")]


def make_ca(name):
    openssl("req", "-x509", *new_key(name), "-days", "2", "-subj", f"/CN={name}", "-out", str(dms.dir / f"etc/{name}.crt"))


def make_client(name, subject, ca="client-ca", days="2", use="clientAuth"):
    """A certificate that the CA signs; its files are etc/NAME.crt and .key."""
    at = lambda end: str(dms.dir / f"etc/{name}.{end}")
    openssl("req", *new_key(name), "-subj", subject, "-out", at("csr"))
    pathlib.Path(at("ext")).write_text(f"extendedKeyUsage = {use}\n")
    openssl("x509", "-req", "-in", at("csr"), "-CA", str(dms.dir / f"etc/{ca}.crt"), "-CAkey", str(dms.dir / f"etc/{ca}.key"), "-CAcreateserial",
            "-days", days, "-extfile", at("ext"), "-out", at("crt"))


def setUpModule():
    global dms, port, cert
    dms = Stack().__enter__()
    make_ca("client-ca")
    make_ca("other-ca")
    shutil.chown(dms.dir / "etc/client-ca.crt", "dms-quickstart")
    port = free_port()
    cert, key = dms.dir / "etc/tls.crt", dms.dir / "etc/tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    shutil.chown(key, "dms-quickstart")
    shutil.chown(cert, "dms-quickstart")
    config = dms.dir / "etc/controller.conf"
    config.write_text(config.read_text().replace("[link]", f"https_listen = 127.0.0.1:{port}\ntls_certificate = {cert}\ntls_key = {key}\n"
                                                 f"tls_client_ca = {dms.dir}/etc/client-ca.crt\n[link]"))
    dms.sv("restart", "controller")
    wait_until(lambda: answers(port), 20, "HTTPS")


def tearDownModule():
    dms.__exit__()


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def controller(*options):
    return subprocess.run([*AS_USER, str(dms.dir / "bin/dms-controller"), *options], capture_output=True, text=True, timeout=60, cwd="/")


class Https(unittest.TestCase):
    def ask(self, login, context):
        c = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
        body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "show_zone_text", "params": {"name": "sample.test"}})
        head = {"Content-Type": "application/json", "Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
        try:
            c.request("POST", "/admin_dms", body, head)
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def test_call(self):
        login = pathlib.Path(dms.env["DMS_CREDENTIALS"]).read_text().strip()
        status, body = self.ask(login, ssl.create_default_context(cafile=str(cert)))
        self.assertEqual(status, 200)
        self.assertIn("192.0.2.20", json.loads(body)["result"]["zi_text"])

    def test_wrong_password(self):
        status, body = self.ask("quickstart:wrong", ssl.create_default_context(cafile=str(cert)))
        self.assertEqual(status, 401)
        self.assertNotIn(b"192.0.2", body)

    def test_old_tls_is_refused(self):
        context = ssl.create_default_context(cafile=str(cert))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises(ssl.SSLError):
            self.ask("a:b", context)

    def test_plain_http_on_the_tls_port(self):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with self.assertRaises((http.client.HTTPException, OSError)):
            c.request("POST", "/admin_dms", "{}", {"Content-Type": "application/json"})
            self.assertNotEqual(c.getresponse().status, 200)
            raise http.client.HTTPException("refused by status")
        c.close()


class ClientCertificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_client("ann", "/O=Example/CN=ann")
        make_client("ben", "/O=Example/CN=ben")
        make_client("foreign", "/O=Example/CN=ann", ca="other-ca")
        make_client("expired", "/O=Example/CN=ann", days="-1")
        make_client("server", "/O=Example/CN=ann", use="serverAuth")
        dms.call("set_account", uri="/admin_dms", login="ann", password="a pass phrase of ann")
        dms.call("set_account", uri="/helpdesk_dms", login="hans", password="a pass phrase of hans")

    def ask(self, name, uri="/admin_dms", login=None):
        """(HTTP status, answer) with this client certificate and without a password, unless login is given."""
        context = ssl.create_default_context(cafile=str(cert))
        if name:
            context.load_cert_chain(dms.dir / f"etc/{name}.crt", dms.dir / f"etc/{name}.key")
        head = {"Content-Type": "application/json"}
        if login:
            head["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        c = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
        try:
            for _ in range(2):  # twice over one connection
                c.request("POST", uri, json.dumps({"jsonrpc": "2.0", "id": 7, "method": "create_reference", "params": {"reference": "x"}}), head)
                r = c.getresponse()
                answer = json.loads(r.read())
            return r.status, answer
        finally:
            c.close()

    def fingerprint(self, name):
        der = ssl.PEM_cert_to_DER_cert((dms.dir / f"etc/{name}.crt").read_text())
        return hashlib.sha256(der).hexdigest()

    def bind(self, **params):
        made = dms.call("bind_certificate", **params)
        self.addCleanup(dms.post, {"jsonrpc": "2.0", "id": 1, "method": "unbind_certificate", "params": {"certificate_id": made["certificate_id"]}})
        return made["certificate_id"]

    def refused(self, code, method, **params):
        with self.assertRaises(RpcError) as caught:
            dms.call(method, **params)
        self.assertEqual(caught.exception.code, code, str(caught.exception))

    def turned_away(self, name, words, uri="/admin_dms"):
        status, answer = self.ask(name, uri)
        self.assertEqual((status, answer["error"]["code"]), (401, -138), answer)
        self.assertIn(words, answer["error"]["message"])
        return answer["error"]

    def who(self):
        return dms.sql("select login, front_end, ok from dms.change where method = 'create_reference' order by id desc limit 1").strip()

    def test_by_subject(self):
        error = self.turned_away("ann", '"CN=ann,O=Example" is bound to no account of "/admin_dms"')
        self.assertIn(self.fingerprint("ann"), error["data"]["hint"])
        id = self.bind(uri="/admin_dms", login="ann", subject="CN=ann,O=Example")
        self.assertEqual(self.ask("ann")[0], 200)
        self.assertTrue(self.who().startswith("ann|/admin_dms|"))
        self.turned_away("ann", "bound to no account", uri="/helpdesk_dms")
        self.turned_away("ben", "bound to no account")
        self.assertEqual(self.ask("ann", "/no_dms")[0], 404)
        listed = dms.call("list_certificates", uri="/admin_dms")
        self.assertEqual([(c["certificate_id"], c["login"], c["fingerprint"], c["subject"]) for c in listed], [(id, "ann", None, "CN=ann,O=Example")])
        self.refused(-235, "bind_certificate", uri="/admin_dms", login="quickstart", subject="CN=ann,O=Example")
        dms.call("unbind_certificate", certificate_id=id)
        self.turned_away("ann", "bound to no account")
        self.refused(-234, "unbind_certificate", certificate_id=id)

    def test_by_fingerprint(self):
        """It goes before the subject; one certificate may be an account of several front ends."""
        colons = ":".join(self.fingerprint("ben").upper()[i:i + 2] for i in range(0, 64, 2))
        self.bind(uri="/admin_dms", login="ann", fingerprint=colons)
        self.bind(uri="/admin_dms", login="quickstart", subject="CN=ben,O=Example")
        self.bind(uri="/helpdesk_dms", login="hans", fingerprint=self.fingerprint("ben"))
        self.assertEqual(self.ask("ben")[0], 200)
        self.assertTrue(self.who().startswith("ann|/admin_dms|"))
        self.assertEqual(self.ask("ben", "/helpdesk_dms")[0], 200)
        self.assertTrue(self.who().startswith("hans|/helpdesk_dms|"))

    def test_not_accepted(self):
        self.bind(uri="/admin_dms", login="ann", subject="CN=ann,O=Example")
        for name, words in (("foreign", "issuer is unknown"), ("expired", "expired"), ("server", "purpose")):
            self.assertIn("not accepted", self.turned_away(name, words)["message"])
        self.turned_away(None, "client certificate")

    def test_account_decides(self):
        self.bind(uri="/admin_dms", login="ann", subject="CN=ann,O=Example")
        dms.call("limit_account", uri="/admin_dms", login="ann", networks=["192.0.2.0/24"])
        self.assertEqual(self.ask("ann")[0], 403)
        dms.call("limit_account", uri="/admin_dms", login="ann", networks=[], enabled=False)
        self.turned_away("ann", "disabled")
        dms.call("limit_account", uri="/admin_dms", login="ann", enabled=True)
        self.assertEqual(self.ask("ann")[0], 200)
        login = pathlib.Path(dms.env["DMS_CREDENTIALS"]).read_text().strip()
        self.assertEqual(self.ask("ann", login=login)[0], 200)  # a header that is there decides
        self.assertTrue(self.who().startswith("quickstart|"))
        self.assertEqual(self.ask("ann", login="ann:wrong")[0], 401)

    def test_tool(self):
        self.bind(uri="/admin_dms", login="ann", subject="CN=ann,O=Example")
        both = dms.dir / "etc/ann.pem"
        both.write_text("".join((dms.dir / f"etc/ann.{end}").read_text() for end in ("crt", "key")))
        run = subprocess.run([TOOL, "--url", f"https://127.0.0.1:{port}/admin_dms", "--cacert", str(cert), "--cert", str(both), "ls"],
                             capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual((run.returncode, run.stdout.split()), (0, ["sample.test."]), run.stderr)

    def test_bad_bindings(self):
        for params in ({}, {"subject": "CN=x", "fingerprint": "0" * 64}, {"fingerprint": "0" * 63}, {"fingerprint": "x" * 64}, {"subject": ""}):
            self.refused(-146, "bind_certificate", uri="/admin_dms", login="ann", **params)
        self.refused(-172, "bind_certificate", uri="/admin_dms", login="nobody", subject="CN=x")


class Start(unittest.TestCase):
    def changed(self, old, new):
        path = dms.dir / "etc/other.conf"
        text = (dms.dir / "etc/controller.conf").read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))
        return str(path)

    def test_second_instance_is_refused(self):
        """Two controllers would both send commands; the second says so and leaves the first one's socket alone."""
        text = (dms.dir / "etc/controller.conf").read_text()
        other = dms.dir / "etc/second.conf"
        other.write_text(text.replace("dms.sock", "second.sock").replace(f":{port}", ":0"))
        run = controller("--config", str(other))
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("another", run.stderr)
        self.assertTrue(dms.call("show_dms_status"))

    def test_http_beyond_loopback_is_refused(self):
        listen = [line for line in (dms.dir / "etc/controller.conf").read_text().splitlines() if line.startswith("http_listen")][0]
        run = controller("--config", self.changed(listen, "http_listen = 0.0.0.0:0"), "--check-config")
        self.assertEqual(run.returncode, 78, run.stderr)
        self.assertIn("loopback", run.stderr)

    def test_unknown_key_is_named(self):
        run = controller("--config", self.changed("[link]", "[link]\nheartbeet = 1s"), "--check-config")
        self.assertEqual(run.returncode, 78, run.stderr)
        self.assertIn("heartbeet", run.stderr)
        self.assertRegex(run.stderr, r"other\.conf:\d+|line \d+")

    def test_database_is_not_there(self):
        run = controller("--config", self.changed("dbname=dms user=dms_controller", "dbname=nowhere user=dms_controller"))
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("nowhere", run.stderr)


if __name__ == "__main__":
    unittest.main()
