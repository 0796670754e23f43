#!/usr/bin/env python3
"""Extern symbols of NAME.c begin with NAME_ (or a prefix listed here): so every function's home is in its name."""
import pathlib
import re
import subprocess
import sys

ALSO = {  # file: further prefixes that it exports, with reason
    "clock": {"wall_", "mono_", "CLOCK_"},  # the types' own verbs
    "problem": {"problem_"},
    "zonedata": {"zonedata_"},
}
build = pathlib.Path(sys.argv[1])
faults = []
for lib in sorted(build.glob("libdms_*.a")):
    out = subprocess.run(["nm", "-A", "--defined-only", "--extern-only", str(lib)], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        where, _, kind, name = (line.rsplit(":", 1)[0].split(":")[1],) + tuple(line.rsplit(":", 1)[1].split()[-3:]) if len(line.rsplit(":", 1)[1].split()) >= 3 else (None,) * 4
        if not name or not where.endswith(".c.o") or where.endswith(".pb-c.c.o") or not re.match(r"[a-zA-Z]", name):
            continue
        stem = where[: -len(".c.o")]
        if any(name.startswith(p) for p in {stem + "_"} | ALSO.get(stem, set())) or name == stem:
            continue
        # a module may be split over several files that share its first word: zone_fsm.c, zone_act.c; wire_encode.c
        first = stem.split("_")[0]
        if name.startswith(first + "_") or name.split("_")[0] + "_" == first + "_":
            continue
        if name.startswith(("__odr", "asan", "__asan")):
            continue
        faults.append(f"{lib.name}: {stem}.c exports {name}")
print("\n".join(sorted(set(faults))))
sys.exit(1 if faults else 0)
