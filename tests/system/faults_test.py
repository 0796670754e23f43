#!/usr/bin/env python3
"""Whatever dies, stops, breaks or is not who it says: what was acknowledged becomes live by itself, and it is told what is wrong."""
import http.client
import os
import shutil
import signal
import threading
import time
import unittest

from stack import RpcError, Stack, wait_until

TEXT = "$TTL 1h\nwww IN A {address}\n"
PROCESSES = ("postgres", "controller", "master-named", "master-agent", "slave1-named", "slave1-agent", "slave2-named", "slave2-agent")


def setUpModule():
    global dms
    dms = Stack().__enter__()


def tearDownModule():
    dms.__exit__()


def servers():
    return [dms.master, *dms.slaves]


def ahead(a, b):
    return a != b and (a - b) % 2**32 < 2**31


def status_of(name):
    return next(s for s in dms.call("show_dms_status")["servers"] if s["server"] == name)


def calm():
    """Every server is connected, in order and not behind, as it must be before and after each test."""
    def check():
        try:
            rows = dms.call("show_dms_status")["servers"]
        except (OSError, RpcError, http.client.HTTPException):
            return False
        return all(s["state"] == "OK" and s["connected"] and s["name_server_up"] and s["behind"] == 0 for s in rows if s["state"] != "DISABLED")
    try:
        wait_until(check, 60, "every server in order")
    except AssertionError as error:
        raise AssertionError(f"{error}: {dms.call('show_dms_status')}") from None


class Edits:
    """A stream of edits over a few zones, one after the other, that remembers what was acknowledged; and an eye on each server's
    serials, which must never go back."""

    def __init__(self, name, zones=4):
        self.zones = [f"z{i}.{name}.test" for i in range(zones)]
        self.acknowledged, self.changes, self.errors, self.went_back = {}, {}, [], []
        self.count, self.stopping = 0, threading.Event()
        for zone in self.zones:
            dms.live("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"))
            self.acknowledged[zone] = [0]
        self.threads = [threading.Thread(target=self.edit)] + [threading.Thread(target=self.watch, args=(s,)) for s in servers()]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *exc):
        self.stopping.set()
        for t in self.threads:
            t.join(60)

    def edit(self):
        n = 0
        while not self.stopping.is_set():
            n += 1
            zone = self.zones[n % len(self.zones)]
            records = self.acknowledged[zone] + [n]
            text = TEXT.format(address="192.0.2.1") + "".join(f"e{i} IN A 192.0.2.9\n" for i in records)
            try:
                change = dms.call("update_zone_text", name=zone, zi_text=text, receipt=True)
            except RpcError as error:
                if error.code not in (-134, -135, -143):
                    self.errors.append(error)
                    return
                self.stopping.wait(0.05)
            except (OSError, http.client.HTTPException):
                self.stopping.wait(0.05)  # no answer: it may have been done or not
            except Exception as error:
                self.errors.append(error)
                return
            else:
                self.acknowledged[zone] = records
                self.changes[zone] = change["change_id"]
                self.count += 1

    def watch(self, server):
        last = {}
        while not self.stopping.is_set():
            for zone in self.zones:
                serial = dms.soa(server, zone, timeout=0.2)
                if serial is None:
                    continue
                if zone in last and serial != last[zone] and not ahead(serial, last[zone]):
                    self.went_back.append((server, zone, last[zone], serial))
                last[zone] = serial
            self.stopping.wait(0.02)

    def more(self, n, seconds=60):
        goal = self.count + n
        wait_until(lambda: self.count >= goal or self.errors, seconds, f"{n} more acknowledged edits")


class Faults(unittest.TestCase):
    def setUp(self):
        calm()

    def everywhere(self, name, rtype, expected, on=None):
        for server in on or servers():
            self.assertEqual(dms.answer(server, name, rtype), sorted(expected), f"{name} {rtype} on {server}")

    def zone(self, name, address="192.0.2.1"):
        dms.live("load_zone", name=name, zi_text=TEXT.format(address=address))
        return name

    def change(self, zone, address):
        return dms.call("update_zone_text", name=zone, zi_text=TEXT.format(address=address), receipt=True)["change_id"]

    def complete(self, change_id, seconds=60):
        receipt = wait_until(lambda: self.try_wait(change_id), seconds, f"change {change_id} complete")
        return receipt

    def try_wait(self, change_id):
        try:
            receipt = dms.call("wait_change", change_id=change_id, timeout_ms=2000)
        except (OSError, RpcError, http.client.HTTPException):
            return None
        return receipt if receipt["complete"] else None

    def check_all_live(self, edits):
        self.assertEqual(edits.errors, [])
        for zone, change_id in edits.changes.items():
            self.complete(change_id)
            expected = {f"e{n}.{zone}." for n in edits.acknowledged[zone]}
            for server in servers():
                found = {line.split()[0] for line in dms.records(server, zone) if line.startswith("e")}
                self.assertEqual(expected - found, set(), f"acknowledged and not live on {server}")
        self.assertEqual(edits.went_back, [], "a serial went back")

    # ---- kill -9
    def test_controller_killed_between_commit_and_send(self):
        zone = self.zone("between.test")
        agent = dms.kill("master-agent", signal.SIGSTOP)
        try:
            change_id = self.change(zone, "192.0.2.2")
            self.assertFalse(dms.call("show_change", change_id=change_id)["complete"])
            old = dms.kill("controller")
            wait_until(lambda: dms.status()["controller"][1] == "running" and dms.pid("controller") != old, 20, "a new controller")
            self.everywhere("www.between.test", "A", ["192.0.2.1"])
        finally:
            os.kill(agent, signal.SIGCONT)
        receipt = self.complete(change_id)
        self.assertEqual(len(receipt["servers"]), 2)
        self.everywhere("www.between.test", "A", ["192.0.2.2"])

    def test_controller_killed_while_a_zone_is_made_and_removed(self):
        gone = self.zone("gone-between.test")
        agent = dms.kill("master-agent", signal.SIGSTOP)
        try:
            made = dms.call("load_zone", name="made-between.test", zi_text=TEXT.format(address="192.0.2.1"), receipt=True)["change_id"]
            removed = dms.call("delete_zone", name=gone, receipt=True)["change_id"]
            dms.kill("controller")
        finally:
            os.kill(agent, signal.SIGCONT)
        self.complete(made)
        self.complete(removed)
        self.everywhere("www.made-between.test", "A", ["192.0.2.1"])
        for server in servers():
            self.assertEqual(dms.status_of(server, gone), "REFUSED")

    def test_zone_by_zone_while_everything_dies(self):
        """New zones and deletions, too, while one process after the other is killed."""
        changes = []
        for i, name in enumerate(PROCESSES):
            zone = f"d{i}.dies.test"
            dms.kill(name)
            made = wait_until(lambda: self.try_create(zone), 60, f"{zone} accepted")
            changes.append((zone, made))
        for zone, change_id in changes:
            if change_id is not True:
                self.complete(change_id)
        wait_until(lambda: all(dms.soa(s, z) is not None for s in servers() for z, _ in changes), 60, "every zone on every server")
        for zone, _ in changes:
            self.everywhere(f"www.{zone}", "A", ["192.0.2.1"])

    def try_create(self, zone):
        try:
            return dms.call("load_zone", name=zone, zi_text=TEXT.format(address="192.0.2.1"), receipt=True)["change_id"]
        except RpcError as error:
            if error.code == -36:
                return True  # accepted by the call before, whose answer was lost
            self.assertIn(error.code, (-134, -135), str(error))
        except (OSError, http.client.HTTPException):
            pass
        return None

    # ---- PostgreSQL
    def test_database_down(self):
        zone = self.zone("no-database.test")
        dms.sv("down", "postgres")
        try:
            for method, params in (("show_zone", {"name": zone}), ("update_zone_text", {"name": zone, "zi_text": TEXT.format(address="192.0.2.5")}),
                                   ("create_zone", {"name": "never.test"}), ("list_zone", {}), ("show_dms_status", {})):
                start = time.monotonic()
                with self.assertRaises(RpcError) as caught:
                    dms.call(method, **params)
                self.assertEqual(caught.exception.code, -134, str(caught.exception))
                self.assertLess(time.monotonic() - start, 5, f"{method} waited too long")
                self.assertEqual(caught.exception.data["error"], "DB_DOWN")
            with self.assertRaises(RpcError) as caught:
                dms.call("no_such_method")
            self.assertEqual(caught.exception.code, -32601, "what needs no database is still told")
            self.everywhere("www.no-database.test", "A", ["192.0.2.1"])
            controller = dms.pid("controller")
        finally:
            dms.sv("up", "postgres")

        def works():
            try:
                return dms.call("show_zone", name=zone)
            except RpcError as error:
                self.assertEqual(error.code, -134, str(error))
        wait_until(works, 20, "requests work again")
        self.assertEqual(dms.pid("controller"), controller, "the controller did not survive it")
        with self.assertRaises(RpcError):
            dms.call("show_zone", name="never.test")
        self.complete(self.change(zone, "192.0.2.6"), 20)
        self.everywhere("www.no-database.test", "A", ["192.0.2.6"])

    def test_database_connections_cut(self):
        zone = self.zone("cut.test")
        for i in range(10, 15):
            change_id = self.change(zone, f"192.0.2.{i}")
            dms.sql("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = 'dms'")
            self.complete(change_id, 20)
            self.everywhere("www.cut.test", "A", [f"192.0.2.{i}"])

    def test_database_down_while_agents_report(self):
        zone = self.zone("report-later.test")
        agent = dms.kill("slave1-agent", signal.SIGSTOP)
        try:
            change_id = self.change(zone, "192.0.2.8")
            dms.sv("down", "postgres")
        finally:
            os.kill(agent, signal.SIGCONT)
            dms.sv("up", "postgres")
        self.complete(change_id)

    # ---- a slave's agent
    def test_slave_agent_stopped(self):
        zone = self.zone("agent-away.test")
        new = "agent-away-new.test"
        before = time.time()
        dms.sv("down", "slave1-agent")
        try:
            wait_until(lambda: not status_of("slave1")["connected"], 30, "the controller notices")
            change_id = self.change(zone, "192.0.2.2")
            created = dms.call("load_zone", name=new, zi_text=TEXT.format(address="192.0.2.3"), receipt=True)["change_id"]
            receipt = dms.call("wait_change", change_id=change_id, timeout_ms=4000)
            self.assertEqual((receipt["complete"], receipt["timed_out"]), (False, True))
            rows = {s["server"]: s for s in receipt["servers"]}
            self.assertEqual((rows["slave1"]["live"], rows["slave1"]["connected"]), (False, False))
            self.assertIs(rows["slave2"]["live"], True, "one dead agent holds up the other server")
            self.assertRegex(str(rows["slave1"]["behind_since"]), r"^20\d\d-")
            self.assertRegex(str(rows["slave1"]["evidence"]), r"agent is not connected")
            shown = {s["server"]: s for s in dms.call("show_zonesm", name=zone)["servers"]}
            self.assertRegex(str(shown["slave1"]["behind_since"]), r"^20\d\d-")
            self.assertRegex(shown["slave1"]["evidence"], r"agent is not connected")
            self.assertIsNone(shown["slave2"]["behind_since"])
            self.assertNotEqual(shown["slave1"]["goal_serial"], shown["slave1"]["live_serial"])
            status = status_of("slave1")
            self.assertEqual(status["connected"], False)
            self.assertRegex(status["lost_at"], r"^20\d\d-")
            self.assertGreaterEqual(status["behind"], 2)
            self.assertRegex(status["behind_since"], r"^20\d\d-")
            self.assertEqual(status_of("slave2")["behind"], 0)
            self.assertEqual(dms.answer(dms.slaves[1], f"www.{new}", "A"), ["192.0.2.3"])
        finally:
            dms.sv("up", "slave1-agent")
        for change in (change_id, created):
            self.complete(change, 30)
        self.everywhere("www.agent-away.test", "A", ["192.0.2.2"])
        self.everywhere(f"www.{new}", "A", ["192.0.2.3"])
        wait_until(lambda: status_of("slave1")["connected"], 10, "connected again")
        self.assertIsNone({s["server"]: s for s in dms.call("show_zonesm", name=zone)["servers"]}["slave1"]["behind_since"])

    def test_zones_deleted_while_an_agent_is_away(self):
        zones = [self.zone(f"leaves{i}.test") for i in range(3)]
        dms.sv("down", "slave2-agent")
        try:
            changes = [dms.call("delete_zone", name=z, receipt=True)["change_id"] for z in zones]
            again = dms.call("load_zone", name=zones[0], zi_text=TEXT.format(address="192.0.2.9"), receipt=True)["change_id"]
        finally:
            dms.sv("up", "slave2-agent")
        for change in changes[1:] + [again]:
            self.complete(change, 30)
        self.everywhere(f"www.{zones[0]}", "A", ["192.0.2.9"])
        for server in servers():
            for zone in zones[1:]:
                self.assertEqual(dms.status_of(server, zone), "REFUSED", f"{zone} on {server}")

    def test_disabled_server_does_not_count(self):
        zone = self.zone("without-slave2.test")
        dms.call("disable_server", server_name="slave2")
        try:
            dms.sv("down", "slave2-agent")
            receipt = dms.live("update_zone_text", name=zone, zi_text=TEXT.format(address="192.0.2.2"))
            self.assertEqual(dms.answer(dms.slaves[0], f"www.{zone}", "A"), ["192.0.2.2"])
        finally:
            dms.sv("up", "slave2-agent")
            dms.call("enable_server", server_name="slave2")
        wait_until(lambda: status_of("slave2")["state"] == "OK", 30, "slave2 is OK again")
        wait_until(lambda: dms.answer(dms.slaves[1], f"www.{zone}", "A") == ["192.0.2.2"], 30, "slave2 has the edit")

    # ---- a slave's named
    def test_slave_named_stopped(self):
        zone = self.zone("named-away.test")
        dms.sv("down", "slave1-named")
        try:
            change_id = self.change(zone, "192.0.2.2")
            created = dms.call("load_zone", name="named-away-new.test", zi_text=TEXT.format(address="192.0.2.3"), receipt=True)["change_id"]
            wait_until(lambda: not status_of("slave1")["name_server_up"], 30, "the controller knows that named is down")
            receipt = dms.call("wait_change", change_id=change_id, timeout_ms=1000)
            rows = {s["server"]: s for s in receipt["servers"]}
            self.assertEqual((receipt["complete"], rows["slave1"]["live"], rows["slave1"]["connected"], rows["slave2"]["live"]), (False, False, True, True))
            self.assertRegex(str(rows["slave1"]["evidence"]), r"name server (is down|does not answer)|connection refused")
        finally:
            dms.sv("up", "slave1-named")
        self.complete(change_id, 30)
        self.complete(created, 30)
        self.everywhere("www.named-away.test", "A", ["192.0.2.2"])
        self.everywhere("www.named-away-new.test", "A", ["192.0.2.3"])

    def lose_files(self, *folders):
        zones = [self.zone(f"lost{i}.{len(folders)}.test") for i in range(3)]
        dms.sv("down", "slave1-named")
        try:
            lost = 0
            for folder in folders:
                for path in (dms.dir / "slave1" / folder).iterdir():
                    if path.is_file():
                        path.unlink(missing_ok=True)
                        lost += 1
            self.assertGreater(lost, 0, "there was nothing to lose")
        finally:
            dms.sv("up", "slave1-named")
        wait_until(lambda: all(dms.soa(dms.slaves[0], z) for z in zones), 40, "the zones are back")
        for zone in zones:
            self.everywhere(f"www.{zone}", "A", ["192.0.2.1"])
        self.complete(self.change(zones[0], "192.0.2.2"))
        self.everywhere(f"www.{zones[0]}", "A", ["192.0.2.2"])

    def test_slave_zone_files_lost(self):
        self.lose_files("zones")

    def test_slave_zone_list_and_files_lost(self):
        self.lose_files("zones", "work")

    # ---- the master's named
    def test_master_named_killed_during_updates(self):
        zones = [self.zone(f"m{i}.master.test") for i in range(10)]
        changes = {}
        for n in range(2, 6):
            for zone in zones:
                changes[zone] = self.change(zone, f"192.0.2.{n}")
            dms.kill("master-named")
        for zone, change_id in changes.items():
            self.complete(change_id)
            self.everywhere(f"www.{zone}", "A", ["192.0.2.5"])

    def test_master_zone_files_lost(self):
        zones = [self.zone(f"lost{i}.master.test") for i in range(3)]
        serials = [dms.soa(dms.master, z) for z in zones]
        dms.sv("down", "master-named")
        try:
            paths = [p for folder in ("zones", "work") for p in (dms.dir / "master" / folder).iterdir() if p.is_file()]
            self.assertGreater(len(paths), 0)
            for path in paths:
                path.unlink(missing_ok=True)
        finally:
            dms.sv("up", "master-named")
        wait_until(lambda: all(dms.soa(dms.master, z) for z in zones), 40, "the zones are back on the master")
        for zone, serial in zip(zones, serials):
            self.assertFalse(ahead(serial, dms.soa(dms.master, zone)), "serial went back")
        self.complete(self.change(zones[0], "192.0.2.2"))
        self.everywhere(f"www.{zones[0]}", "A", ["192.0.2.2"])

    # ---- configuration that named refuses
    def break_configuration(self, name, template, trigger):
        conf = dms.dir / name / "named.conf"
        zone = self.zone(f"config-{name}.test")
        good, in_force, pid = template.read_text(), conf.read_text(), dms.pid(f"{name}-named")
        template.write_text(good.replace("options {", "options {\n    no-such-option-at-all yes;", 1))
        self.assertNotEqual(template.read_text(), good)
        try:
            trigger()
            row = wait_until(lambda: (r := status_of(name))["state"] in ("RETRY", "BROKEN") and r, 30, f"{name} is RETRY or BROKEN")
            self.assertIn("no-such-option-at-all", row["retry_msg"], "named's own words")
            self.assertEqual(conf.read_text(), in_force, "the old configuration is not in force")
            self.assertEqual(dms.pid(f"{name}-named"), pid, "named was restarted")
            self.complete(self.change(zone, "192.0.2.2"), 20)
            self.everywhere(f"www.{zone}", "A", ["192.0.2.2"])
        finally:
            template.write_text(good)
        dms.call("reset_server", server_name=name)
        wait_until(lambda: status_of(name)["state"] == "OK", 30, f"{name} is OK again")
        self.assertFalse(status_of(name)["retry_msg"])
        self.complete(self.change(zone, "192.0.2.3"), 20)
        self.everywhere(f"www.{zone}", "A", ["192.0.2.3"])

    def test_slave_refuses_its_configuration(self):
        own = dms.dir / "share/bind/slave1-only.conf.tmpl"
        shutil.copy(dms.dir / "share/bind/slave.conf.tmpl", own)
        config = dms.dir / "etc/slave1-agent.conf"
        before = config.read_text()
        self.assertIn("slave.conf.tmpl", before)
        config.write_text(before.replace("slave.conf.tmpl", own.name))
        try:
            dms.sv("restart", "slave1-agent")
            calm()
            self.break_configuration("slave1", own, self.new_generation)
        finally:
            self.remove_extra()
            config.write_text(before)
            dms.sv("restart", "slave1-agent")

    def test_master_refuses_its_configuration(self):
        try:
            self.break_configuration("master", dms.dir / "share/bind/master.conf.tmpl", self.new_generation)
        finally:
            self.remove_extra()

    def new_generation(self):
        """A new server in the group is what makes the configurations anew."""
        dms.call("create_server", server_name="extra", address="127.0.0.2", sg_name="public", port=20053)
        dms.call("enable_server", server_name="extra")
        dms.call("disable_server", server_name="extra")

    def remove_extra(self):
        for method in ("disable_server", "delete_server"):
            try:
                dms.call(method, server_name="extra")
            except RpcError:
                pass

    def test_new_server_reaches_the_masters_configuration(self):
        try:
            dms.call("create_server", server_name="extra2", address="127.0.0.3", sg_name="public", port=20054)
            dms.call("enable_server", server_name="extra2")
            wait_until(lambda: "127.0.0.3" in (dms.dir / "master/named.conf").read_text(), 20, "the master's configuration names it")
        finally:
            dms.call("disable_server", server_name="extra2")
            dms.call("delete_server", server_name="extra2")
        wait_until(lambda: "127.0.0.3" not in (dms.dir / "master/named.conf").read_text(), 20, "the master's configuration forgets it")

    # ---- strangers
    def test_agent_with_an_unknown_key(self):
        zone = self.zone("secret-from-strangers.test")
        before = len(dms.log("controller"))
        knocks = lambda key: [l for l in dms.log("controller")[before:].splitlines() if key[:8] in l]
        with dms.extra_agent() as (agent, key, own):
            line = wait_until(lambda: knocks(key), 20, "the refusal is in the log")[0]
            self.assertRegex(line, r"unknown|refused|not known|denied")
            dms.live("update_zone_text", name=zone, zi_text=TEXT.format(address="192.0.2.2"))
            self.assertIsNone(agent.poll(), (own / "log").read_text())
            self.assertEqual(sorted(s["server"] for s in dms.call("show_dms_status")["servers"] if s["connected"]), ["master", "slave1", "slave2"])
            for path in own.rglob("*"):
                if path.is_file():
                    self.assertNotIn(b"secret-from-strangers", path.read_bytes(), path)
            self.assertLess(len(knocks(key)), 20, "a stranger fills the log")


def killed(name):
    def test(self):
        with Edits(f"killed-{name}") as edits:
            edits.more(5)
            old = dms.kill(name)
            wait_until(lambda: (s := dms.status()[name])[1] == "running" and int(s[0]) != old, 20, f"{name} is back")
            edits.more(12)
            dms.kill(name)
            edits.more(12)
        self.check_all_live(edits)
        calm()
        self.assertEqual(dms.call("list_events", failed=True, limit=100), [])
    test.__doc__ = f"{name} is killed twice during a stream of edits."
    return test


for process in PROCESSES:
    setattr(Faults, "test_killed_" + process.replace("-", "_"), killed(process))

if __name__ == "__main__":
    unittest.main()
