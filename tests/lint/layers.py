#!/usr/bin/env python3
"""Includes go the way of the layers (DESIGN section 5), each third-party library has one home, file sizes stay readable."""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
MAY_USE = {  # folder: folders whose headers it may include
    "shared": set(),
    "proto": {"shared"},
    "controller/domain": {"shared"},
    "controller/store": {"controller/domain", "shared"},
    "controller/fsm": {"controller/store", "controller/domain", "shared"},
    "controller/usecase": {"controller/fsm", "controller/store", "controller/domain", "shared"},
    "controller/link": {"proto", "shared"},
    "controller/engine": {"controller/link", "controller/fsm", "controller/store", "controller/usecase", "controller/domain", "proto", "shared"},
    "controller/api": {"controller/usecase", "controller/domain", "controller/store", "shared"},
    "agent": {"proto", "shared"},
    "zone_tool": {"shared"},
}
HOMES = {  # header: where it may be included
    "libpq-fe.h": {"controller/store"},
    "microhttpd.h": {"controller/api"},
    "gnutls/gnutls.h": {"controller/api"},
    "protobuf-c/protobuf-c.h": {"proto"},
    "readline/readline.h": {"zone_tool"},
    "curl/curl.h": {"zone_tool"},
    "ini.h": {"shared"},
    "libzscanner/scanner.h": {"shared"},
}
SOFT_LIMIT, HARD_LIMIT = 500, 800
faults = []
for folder, allowed in MAY_USE.items():
    for path in sorted((TOP / folder).glob("*.[ch]")):
        text = path.read_text()
        for kind, name in re.findall(r'^#include ([<"])([^>"]+)[>"]', text, re.M):
            used = str(pathlib.PurePosixPath(name).parent)
            if kind == '"' and used in MAY_USE and used != folder and used not in allowed:
                faults.append(f"{path.relative_to(TOP)}: {folder} may not include {name}")
            if name in HOMES and folder not in HOMES[name]:
                faults.append(f"{path.relative_to(TOP)}: {name} belongs in {', '.join(HOMES[name])}")
        if text.count("\n") > HARD_LIMIT:
            faults.append(f"{path.relative_to(TOP)}: {text.count(chr(10))} lines, more than {HARD_LIMIT}: is it still one job?")
for folder in MAY_USE:
    if any((TOP / folder).glob("*.c")) and not (TOP / folder / "README.md").exists():
        faults.append(f"{folder}: no README.md")
print("\n".join(faults))
sys.exit(1 if faults else 0)
