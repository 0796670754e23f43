#!/usr/bin/env python3
"""Times of the agent's main path on this machine; by hand: DMS_BIN_DIR=build/release tests/system/agent_bench.py"""
import statistics
import time

from agent_host import Estate
from agent_test import load, serve, update


def spread(values):
    values = sorted(values)
    return f"median {statistics.median(values):.1f} p90 {values[int(len(values) * .9)]:.1f} worst {values[-1]:.1f} ms"


def load_many(e, zones):
    c, t0 = e.controller, time.monotonic()
    ids, _ = c.send(e.master, *[load(z, 1) for z in zones])
    for i in ids:
        assert c.report(i, 60)["result"] == "done", c.report(i)
    t1 = time.monotonic()
    print(f"{len(zones)} new zones on the master: {t1 - t0:.2f} s")
    per = [c.send(s, *[serve(z, 1) for z in zones])[0] for s in e.slaves]
    for i in sum(per, []):
        assert c.report(i, 60)["result"] == "done", c.report(i)
    print(f"the same on {len(e.slaves)} slaves: {time.monotonic() - t1:.2f} s")


def one_by_one(e, zone, count):
    c, done, live = e.controller, [], []
    for n in range(1, count + 1):
        watches = [c.send(s, serve(zone, n + 1))[0][0] for s in e.slaves]
        (u,), at = c.send(e.master, update(zone, n, n + 1, add=[f"h{n}.{zone} 300 A 192.0.2.1"]))
        assert c.report(u)["result"] == "done", c.report(u)
        done.append((c.report(u)["at_us"] - at) / 1000)
        live.append((max(c.report(w)["at_us"] for w in watches) - at) / 1000)
    print(f"{count} single updates: done {spread(done)}; live on {len(e.slaves)} slaves {spread(live)}")


def all_in_flight(e, zones, each):
    c = e.controller
    commands = [update(z, n, n + 1, add=[f"b{n}.{z} 300 A 192.0.2.1"]) for n in range(1, each + 1) for z in zones]
    watches = sum((c.send(s, *[serve(z, each + 1, deadline_ms=60000) for z in zones])[0] for s in e.slaves), [])
    ids, at = c.send(e.master, *[{**x, "deadline_ms": 60000} for x in commands])
    reports = [c.report(i, 60) for i in ids]
    assert all(r["result"] == "done" for r in reports), next(r for r in reports if r["result"] != "done")
    took = (max(r["at_us"] for r in reports) - at) / 1e6
    live = (max((c.report(w, 60)["at_us"] for w in watches), default=at) - at) / 1e6
    print(f"{len(ids)} updates of {len(zones)} zones in flight: {took:.2f} s = {len(ids) / took:.0f}/s;",
          f"all live {live:.2f} s")


def main():
    e = Estate()
    try:
        e.configure()
        one = "one.test."
        load_many(e, [one])
        one_by_one(e, one, 100)
        zones = [f"z{i}.test." for i in range(200)]
        load_many(e, zones)
        all_in_flight(e, zones, 5)
        c, s = e.controller, e.slaves[0]
        waiting = c.send(s, *[serve(z, 99, deadline_ms=2500) for z in zones])[0]
        print("memory, agents (VmRSS kB):", *[f"{h.name} {h.rss_kb()}" for h in e.hosts])
        for i in waiting:
            assert c.report(i)["result"] == "retry later"
    finally:
        e.stop()


if __name__ == "__main__":
    main()
