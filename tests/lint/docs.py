#!/usr/bin/env python3
"""What doc/*.md name exists: linked files and headings, zone_tool's verbs, methods, error codes, configuration keys, reasons."""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted((TOP / "doc").glob("*.md"))
faults = []


def names(path, pattern):
    return set(re.findall(pattern, (TOP / path).read_text(), re.M))


def anchors(path):
    found = set()
    for heading in re.findall(r"^#+ (.+)$", path.read_text(), re.M):
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return found


def check(page, what, used, known):
    for name in sorted(set(used) - known):
        faults.append(f"{page.relative_to(TOP)}: {what} \"{name}\" does not exist")


verbs = names("zone_tool/commands.def", r'^(?:CMD|ALIAS)\("([^"]+)"')
methods = names("controller/api/methods.def", r"^METHOD\(([\w.]+),")
codes = names("shared/error.def", r"^ERR\(\w+, (-\d+),")
keys = names("controller/config.def", r'^ROW\("\w+",\s*"(\w+)"') | names("agent/config.def", r'^ROW\("\w+",\s*"(\w+)"')
reasons = set(re.findall(r"([A-Z_]+ = \d+);", re.search(r"enum Reason \{(.*?)\n\}", (TOP / "proto/dms.proto").read_text(), re.S)[1]))

for page in PAGES:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists():
            faults.append(f"{page.relative_to(TOP)}: link to {target}: no such file")
        elif anchor and anchor not in anchors(path):
            faults.append(f"{page.relative_to(TOP)}: link to {target}: no such heading")
    check(page, "command", re.findall(r"\btool (?:-o json |-f |-v )?([a-z]\w+)", text), verbs)
    check(page, "method", re.findall(r'"method": ?"([\w.]+)"', text), methods)
    check(page, "configuration key", re.findall(r"`\[\w+\] (\w+)`", text), keys)
    check(page, "error code", re.findall(r"(?<![\w-])(-\d{1,3}|-32\d{3})(?= \||\)|,| \(|:| at | for | or )", text), codes)
    check(page, "reason", [f"{name} = {number}" for number, name in re.findall(r"^\| (\d+) \| ([A-Z_]{4,}) \|", text, re.M)], reasons)
print("\n".join(faults))
sys.exit(1 if faults else 0)
