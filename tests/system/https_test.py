#!/usr/bin/env python3
"""HTTPS as front ends use it, configuration that must be refused, and one controller for each database."""
import base64
import http.client
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import unittest
import warnings

from stack import Stack, wait_until

AS_USER = ["setpriv", "--reuid=dms-quickstart", "--regid=dms-quickstart", "--init-groups"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def setUpModule():
    global dms, port, cert
    dms = Stack().__enter__()
    port = free_port()
    cert, key = dms.dir / "etc/tls.crt", dms.dir / "etc/tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    shutil.chown(key, "dms-quickstart")
    shutil.chown(cert, "dms-quickstart")
    config = dms.dir / "etc/controller.conf"
    config.write_text(config.read_text().replace("[link]", f"https_listen = 127.0.0.1:{port}\ntls_certificate = {cert}\ntls_key = {key}\n[link]"))
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
