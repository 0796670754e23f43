#!/usr/bin/env python3
"""Things that must not be in the tree: machine paths, unfinished work, sleeps in tests, secrets in argv."""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
files = subprocess.run(["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=True).stdout.splitlines()
RULES = [  # what, where, why
    (r"/(work|farm|root)/[a-z]|/tmp/b-", r"", "path of a development machine"),
    (r"\b(TODO|FIXME|XXX|HACK)\b|not implemented", r"\.(c|h|sql|sh|py|js)$", "unfinished"),
    (r"\b(usleep|nanosleep|time\.sleep|zclock_sleep)\s*\(|^\s*sleep [0-9]", r"^tests/(unit|db|sim|system)/", "sleep in a test: wait for the event"),
]
faults = []
for name in files:
    path = TOP / name
    if name.startswith("tests/lint/") or not path.is_file() or path.suffix in {".bin", ".png"} or "/corpus/" in name:
        continue
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        continue
    for pattern, where, why in RULES:
        if re.search(where, name):
            for n, line in enumerate(text.splitlines(), 1):
                if re.search(pattern, line):
                    faults.append(f"{name}:{n}: {why}: {line.strip()[:100]}")
print("\n".join(faults))
sys.exit(1 if faults else 0)
