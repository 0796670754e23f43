#!/usr/bin/env python3
"""Every function's home is in its name: extern symbols of NAME.c begin with NAME_, with the folder's name before it, with the first word that a
module split over several files shares (zone_fsm.c, zone_act.c), or with a type that a header of the folder declares (zi_row_done)."""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = {"api", "usecase", "domain", "store", "fsm", "engine", "link"}
build = pathlib.Path(sys.argv[1])
faults = []
for lib in sorted(build.glob("libdms_*.a")):
    layer = lib.name[len("libdms_"):-2]
    folder = TOP / ("controller/" + layer if layer in FOLDERS else layer)
    types = set(re.findall(r"\b([a-z][a-z0-9_]*)_t\b", "".join(p.read_text() for p in folder.glob("*.h"))))
    out = subprocess.run(["nm", "-A", "--defined-only", "--extern-only", str(lib)], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        match = re.match(r"[^:]+:([^:]+)\.c\.o:\s*[0-9a-f]* [A-Z] ([a-zA-Z]\w*)$", line)
        if not match or match[1].endswith(".pb-c") or match[2].startswith(("__", "asan")):
            continue
        stem, name = match[1], match[2]
        prefixes = {stem, stem.upper(), stem.split("_")[0], layer + "_" + stem}
        of_type = any(name.startswith((t + "_", t + "s_")) for t in types)
        if not of_type and not any(name == p or name.startswith(p + "_") for p in prefixes):
            faults.append(f"{lib.name}: {stem}.c exports {name}")
print("\n".join(sorted(set(faults))))
sys.exit(1 if faults else 0)
