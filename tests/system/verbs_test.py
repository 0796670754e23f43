#!/usr/bin/env python3
"""Verbs of the predecessor's zone_tool: what they print, where, and their exit codes (behaviour.md 2.9, 2.11, appendix B)."""
import json
import re
import unittest

from stack import Stack, wait_until

TEXT = "$TTL 1h\nwww IN A 192.0.2.1\n"


def setUpModule():
    global dms
    dms = Stack().__enter__()
    for zone in ("192.0.2.0/24", "192.0.0.0/16", "2001:db8::/32", "2001:db8:1::/48", "10.0.0.0/8"):
        dms.call("create_zone", name=zone, reference="nets@VERBS")
    dms.live("load_zone", name="verbs.test", zi_text=TEXT, reference="acme@VERBS")


def tearDownModule():
    dms.__exit__()


class Verbs(unittest.TestCase):
    def tool(self, *words, code=0):
        run = dms.quickstart("tool", *words, check=False)
        self.assertEqual(run.returncode, code, f"{words}: {run.stdout}{run.stderr}")
        return run.stdout if code == 0 else run.stdout + run.stderr

    def test_ls_by_address_and_network(self):
        """An address: the reverse zones around it; a network, of any mask: those inside it."""
        four, sixteen, six = "2.0.192.in-addr.arpa.", "0.192.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."
        for pattern, names in (("192.0.2.77", [sixteen, four]), ("192.0.3.1", [sixteen]), ("192.0.0.0/12", [sixteen, four]), ("192/8", [sixteen, four]),
                               ("192.0.2/24", [four]), ("192.0.2.0/23", [four]), ("2001:db8:1::5", ["1.0.0.0." + six, six]),
                               ("2001:DB8::/33", ["1.0.0.0." + six]), ("2001:db8::/16", ["1.0.0.0." + six, six])):
            with self.subTest(pattern=pattern):
                self.assertEqual(self.tool("ls", pattern).split(), sorted(names))
        self.assertEqual(self.tool("ls", "192.0.2.1", "verbs.test").split(), sorted([sixteen, four, "verbs.test."]))
        self.assertEqual(self.tool("ls", "-r", "acme@VERBS", "*").split(), ["verbs.test."])
        self.assertIn("198.51.100.1", self.tool("ls", "198.51.100.1", code=68))
        self.tool("ls", "172.16/12", code=68)
        dms.live("disable_zone", name="10/8")
        self.assertEqual(self.tool("ls", "10.1.2.3").split(), ["10.in-addr.arpa."])
        self.tool("ls", "-t", "10.1.2.3", code=68)

    def test_layouts(self):
        self.assertRegex(self.tool("ls", "-v", "verbs.test"), r"^verbs\.test\. {21} \d{10}   PUBLISHED      acme@VERBS\n$")
        zi = dms.call("show_zone", name="verbs.test")["zi"]
        self.assertRegex(self.tool("ls_zi", "verbs.test"), rf"^ {{8}}\*{zi['zi_id']} +{zi['soa_serial']} +\w{{3}} \w{{3}} [ \d]\d \d\d:\d\d:\d\d \d{{4}}\n$")
        lines = self.tool("show_zonesm", "verbs.test").splitlines()
        self.assertEqual(lines[0], "        name:            verbs.test.")
        self.assertEqual(lines[1], "        alt_sg_name:     None")
        keys = [line.split(":")[0].strip() for line in lines[1:lines.index("")]]
        self.assertEqual(keys, sorted(keys))
        self.assertIn("        soa_mname:         ns1.quickstart.test. (public)", self.tool("show_config").splitlines())
        self.assertRegex(self.tool("ls_sg"), r"(?m)^        public {26} \d+ +None$")
        self.assertRegex(self.tool("show_sg", "public"), r"(?s)^        sg_name: {13}public\n.*\n\n        DNS server status:\n        slave1 {22} 127\.\S+ +\n {16}OK\n")
        self.assertNotIn("sg_id", self.tool("show_sg", "public"))
        self.assertIn("sg_id", self.tool("show_sg", "-v", "public"))

    def test_groups_and_servers(self):
        self.assertIn("Replica SG named status:", self.tool("show_replica_sg"))
        self.assertNotIn("check result on DMS NAMED master server", self.tool("show_replica_sg"))
        self.assertIn("(check result on DMS NAMED master server)", self.tool("show_replica_sg", "-v"))
        self.assertEqual(self.tool("ls_slave").split(), ["slave1", "slave2"])
        self.assertEqual(self.tool("ls_slave", "-a").split(), ["master", "slave1", "slave2"])
        self.assertEqual(self.tool("ls_slave", "*1").split(), ["slave1"])
        self.tool("ls_slave", "none*", code=68)
        address = dms.call("show_server", server_name="slave1")["address"]
        found = json.loads(self.tool("-o", "json", "show_server_byaddr", address))["server_name"]
        self.assertRegex(self.tool("show_server_byaddr", address), rf"^        server_name: +{found}\n")
        self.tool("show_server_byaddr", "192.0.2.99", code=68)

    def test_zones_by_number(self):
        dms.live("load_zone", name="gone.verbs.test", zi_text=TEXT)
        zone_id = str(dms.call("show_zone", name="gone.verbs.test")["zone_id"])
        text = self.tool("show_zone", "gone.verbs.test")
        self.assertEqual(self.tool("show_zone_byid", zone_id), text)
        dms.call("delete_zone", name="gone.verbs.test")
        records = [line for line in text.splitlines() if not line.startswith(";")]
        self.assertEqual([line for line in self.tool("show_zone_byid", zone_id, "^").splitlines() if not line.startswith(";")], records)
        self.assertEqual(json.loads(self.tool("-o", "json", "show_zone_byid", zone_id))["name"], "gone.verbs.test.")
        self.assertRegex(self.tool("show_zonesm_byid", zone_id), r"(?s)^        name: {12}gone\.verbs\.test\.\n.*        state: {11}DELETED\n.*\n\n        zi_id: ")
        self.assertRegex(self.tool("ls_deleted", "gone*"), rf"^gone\.verbs\.test\. {{16}} {zone_id} +")
        self.tool("show_zone_byid", "987654321", code=68)
        self.tool("show_zonesm_byid", "x", code=64)

    def test_signing(self):
        self.assertIn("not DNSSEC enabled", self.tool("sign_zone", "verbs.test", code=69))
        dms.call("create_zone", name="sign.verbs.test")
        self.assertIn("is to be signed", dms.quickstart("tool", "set_zone", "sign.verbs.test", "auto_dnssec").stderr)
        self.assertIn("does not sign", self.tool("loadkeys_zone", "sign.verbs.test", code=69).replace("\n      ", " "))

    def test_reset_all_zones(self):
        before = {z["name"]: z["state"] for z in dms.call("list_zone", include_disabled=False)}
        self.tool("reset_all_zones", code=75)
        self.assertRegex(self.tool("reset_all_zones", "-f"), rf"^{len(before)} reset, 0 refused\n$")
        wait_until(lambda: {z["state"] for z in dms.call("list_zone", include_disabled=False)} == {"PUBLISHED"}, 30, "all published again")
        wait_until(lambda: all(dms.answer(s, "www.verbs.test", "A") == ["192.0.2.1"] for s in (dms.master, *dms.slaves)), 30, "served again")

    def test_pictures(self):
        """Groups and servers, the way of a move, and why a server does not have a zone yet."""
        drawn = self.tool("show_topology")
        self.assertRegex(drawn, r"^        controller \S+: READY\n        \|\n        \+-- master +master +OK\n")
        self.assertRegex(drawn, r"(?m)^             \+-- public: \d+ zones\n             \|    \+-- slave1 +slave +OK\n             \|    \+-- slave2 +slave +OK$")
        self.tool("create_sg", "empty")
        self.assertIn("+-- empty: 0 zones, no server\n", self.tool("show_topology"))
        self.tool("create_server", "-g", "empty", "--key", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", "nobody", "192.0.2.53")
        self.tool("enable_server", "nobody")
        self.assertRegex(self.tool("show_topology"), r"(?m)^             \+-- empty: 0 zones\n             \|    \+-- nobody +slave +RETRY: agent is not connected$")
        dms.live("create_zone", name="moved.verbs.test")
        self.tool("move_zone_sg", "moved.verbs.test", "empty")
        wait_until(lambda: dms.call("show_zone_move", name="moved.verbs.test")["state"] == "ADD", 20, "the group is added")
        self.assertTrue(self.tool("show_zone_move", "moved.verbs.test").startswith("        START ==> [ADD] --> SWAP --> WAIT --> REMOVE --> DONE\n\n        name: "))
        wait_until(lambda: any(s["server"] == "nobody" and s["behind_since"] for s in dms.call("show_zonesm", name="moved.verbs.test")["servers"]), 20, "the new server is behind")
        self.assertRegex(self.tool("show_zonesm", "moved.verbs.test"),
                         r"(?m)^        nobody +slave +goal \d{10}  has -- +agent is not connected, behind since \w{3} ")
        self.tool("disable_server", "nobody")
        self.tool("cancel_zone_move", "-f", "moved.verbs.test", "--wait=20")
        self.assertTrue(self.tool("show_zone_move", "moved.verbs.test").startswith("        ... ==> BACK_REMOVE ==> [CANCELED]\n"))
        for words in (("delete_server", "-f", "nobody"), ("delete_sg", "-f", "empty")):
            self.tool(*words)

    def test_what_is_not_needed_any_more(self):
        for verb, word in (("write_rndc_conf", "rndc.conf"), ("rsync_server_admin_config", "rsync"), ("restore_named_db", "reset_server"),
                           ("create_zi_zone", "copy_zone")):
            self.assertIn(word, self.tool(verb, code=64))
        self.assertIn("Unknown syntax: no_such_verb", self.tool("no_such_verb", code=64))

    def test_exit_codes(self):
        """Sysexits as operators' scripts know them."""
        for code, words in ((64, ("show_zone",)), (64, ("show_zone", "verbs.test", "nonsense!")), (64, ("ls", "*", "a*")), (65, ("create_zone", "a..test")),
                            (65, ("create_zone", "-g", "none", "new.verbs.test")), (68, ("show_zone", "absent.test")), (68, ("show_event", "987654321")),
                            (68, ("show_server", "none")), (69, ("delete_sectag", "Admin")), (71, ("load_zone", "/no/such/file", "new.verbs.test")),
                            (73, ("create_zone", "verbs.test")), (76, ("enable_zone", "verbs.test")), (0, ("create_reference", "acme@verbs")),
                            (0, ("create_sg", "public")), (65, ("set_sg_replica_sg", "-f", "default")), (73, ("create_sg", "-p", "second"))):
            with self.subTest(words=words):
                self.tool(*words, code=code)

    def test_set_config(self):
        self.tool("set_config", "soa_minimum", "soon", code=65)
        self.tool("set_config", "soa_mname", "ns1.quickstart.test.", code=64)
        self.tool("set_config", "public", "soa_minimum", "45m")
        self.assertIn("        soa_minimum:       45m (public)", self.tool("show_config").splitlines())
        self.tool("set_config", "public", "event_max_age", "1", code=64)
        self.tool("create_zone", "minimum.verbs.test")
        self.assertRegex(self.tool("show_zi", "minimum.verbs.test"), r"(?m)^        soa_minimum: +45m$")


if __name__ == "__main__":
    unittest.main()
