#!/usr/bin/env python3
"""Which test proves what: every error number is raised by a test that has the number in it, or there is a reason why it cannot be; every
method is called by a test; every defect of the predecessor has its test.  doc/error_codes.md is made from this: codes.py --update."""
import ast
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = TOP / "doc/error_codes.md"
faults = []


def read(path):
    return (TOP / path).read_text()


def number(node):
    """The integer that an expression is, -24 too; None: it is none."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    return sign * node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


EXAMPLES = "tests/system/rpc_test.py Methods.test_examples_run"  # runs every method's example; those that may fail stand in it by name
VERBS = {"tool", "ok", "fails", "json_of"}  # what tests call verbs of zone_tool with: a verb of a method's name calls it
CALLS = {"call", "live", "refused", "refused_here", "raised", "request", "answer"}  # what tests call methods with


def name_of(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def called(test, how):
    """Texts that may be methods or verbs: arguments of such a call, or what a loop around one goes through."""
    texts = set()
    for node in ast.walk(test):
        parts = []
        if isinstance(node, ast.Call) and name_of(node) in how:
            parts = node.args
        elif isinstance(node, ast.For) and any(isinstance(n, ast.Call) and name_of(n) in how for n in ast.walk(node)):
            parts = ast.walk(node.iter)
        texts |= {n.value for n in parts if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return texts


def python_tests():
    """{(file, Class.test): (numbers, methods it may call, verbs it may run)}"""
    tests = {}
    for path in sorted((TOP / "tests/system").glob("*_test.py")):
        for group in (n for n in ast.parse(path.read_text()).body if isinstance(n, ast.ClassDef)):
            for test in (n for n in group.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")):
                nodes = list(ast.walk(test))
                tests[str(path.relative_to(TOP)), f"{group.name}.{test.name}"] = ({number(n) for n in nodes} - {None}, called(test, CALLS), called(test, VERBS))
    return tests


def c_tests():
    """{(file, test): body}"""
    tests = {}
    for path in sorted([*(TOP / "tests").glob("unit/*.c"), *(TOP / "tests").glob("db/*.c"), *(TOP / "tests").glob("sim/*.c")]):
        for name, body in re.findall(r"^START_TEST\((\w+)\)(.*?)^END_TEST", path.read_text(), re.M | re.S):
            tests[str(path.relative_to(TOP)), name] = body
    return tests


def sessions():
    """{method: session} of what is replayed."""
    found = {}
    for path in sorted((TOP / "tests/fixtures/sessions").glob("*.json")):
        for method in re.findall(r'"method": "([\w.]+)"', path.read_text()):
            found.setdefault(method, path.stem)
    return found


def may_fail():
    """Methods that the test of the examples names: it lets them fail."""
    path, name = EXAMPLES.split(" ")
    test = next(n for n in ast.walk(ast.parse(read(path))) if isinstance(n, ast.FunctionDef) and n.name == name.split(".")[1])
    return {n.value for n in ast.walk(test) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


PYTHON, C, SESSIONS, MAY_FAIL = python_tests(), c_tests(), sessions(), may_fail()


def table(name, columns):
    rows = [line.split("\t") for line in read(f"tests/lint/{name}").splitlines() if line and not line.startswith("#")]
    for row in rows:
        if len(row) != columns:
            faults.append(f"tests/lint/{name}: {row[0]}: {len(row)} columns, not {columns}")
    return [row for row in rows if len(row) == columns]


def is_there(what, where):
    if where.startswith("- "):
        missing = [(f, t) for f, t in re.findall(r"(tests/\S+\.\w+) (\w+(?:\.\w+)?)", where) if (f, t) not in PYTHON and (f, t) not in C]
    else:
        key = tuple(where.split(" "))
        missing = [] if key in PYTHON or key in C or len(key) == 1 else [key]
    faults.extend(f"{what}: there is no test {' '.join(key)}" for key in missing)
    return not missing


def has_number(code, name, where):
    key = tuple(where.split(" "))
    if key in PYTHON:
        return code in PYTHON[key][0]
    return re.search(rf"ERR_{name}\b|(?<![\w-]){code}\b", C[key] if key in C else read(where)) is not None


def any_test(code, name):
    """For a code that nobody gave a row: the first test with its number or its name; else the first file of them whose tables have it."""
    wanted = re.compile(rf"ERR_{name}\b|(?<![\w-]){code}\b")
    found = [" ".join(k) for k, v in PYTHON.items() if code in v[0]] + [" ".join(k) for k, body in C.items() if wanted.search(body)]
    return next(iter(found + [path for path in sorted({path for path, _ in C}) if wanted.search(read(path))]), None)


def test_of(method):
    if method in SESSIONS:
        return f"tests/fixtures/sessions/{SESSIONS[method]}.json"
    found = [" ".join(k) for k, (_, methods, _) in PYTHON.items() if method in methods]
    found += [" ".join(k) for k, (_, _, verbs) in PYTHON.items() if method in verbs]
    return next(iter(found), EXAMPLES if method not in MAY_FAIL else None)


def error_rows():
    known = {name: (int(code), keys, where) for code, name, keys, where in table("codes.tsv", 4)}
    parents = dict(re.findall(r'^CLASS\("(\w+)", "(\w+)"\)', read("shared/error_class.def"), re.M))
    errors = re.findall(r'^ERR\((\w+), (-\d+), \d+, \d+, \w+, "(\w+)"', read("shared/error.def"), re.M)
    for name in sorted(set(known) - {name for name, _, _ in errors}):
        faults.append(f"tests/lint/codes.tsv: {name} is no error")
    for name, code, leaf in errors:
        path = [leaf]
        while path[0] in parents:
            path.insert(0, parents[path[0]])
        listed, keys, where = known.get(name, (int(code), "", None))
        if where is None or where.startswith("? "):
            where = any_test(int(code), name) or where and "- " + where[2:]
        if listed != int(code):
            faults.append(f"tests/lint/codes.tsv: {name} is {code}, not {listed}")
        if where is None:
            faults.append(f"{code} {name}: no test raises it, and tests/lint/codes.tsv has no reason")
        elif is_there(f"{code} {name}", where) and not where.startswith("- ") and not has_number(int(code), name, where):
            faults.append(f"{code} {name}: {where} does not have the number")
        yield f"| {code} | {name} | {'.'.join(path)} | {' '.join(f'`{k}`' for k in keys.split())} | {shown(where or '')} |"


def method_rows():
    for method, roles in re.findall(r"^METHOD\(([\w.]+), ([^,]+),", read("controller/api/methods.def"), re.M):
        where = test_of(method)
        if where is None:
            faults.append(f"method {method}: no test calls it")
        yield f"| {method} | {roles.replace(' | ', ' ').replace('ALL', 'A H V O L')} | {shown(where or '')} |"


def defect_rows():
    rows = table("defects.tsv", 3)
    if [int(n) for n, _, _ in rows] != list(range(1, 26)):
        faults.append("tests/lint/defects.tsv: not the numbers 1 to 25")
    for n, defect, where in rows:
        is_there(f"defect {n}", where)
        yield f"| {n} | {defect} | {shown(where)} |"


def shown(where):
    return where[2:] if where.startswith("- ") else f"`{where.removeprefix('tests/')}`"


def page():
    return "\n".join([
        "# What proves it: error codes, methods, mended defects", "",
        "Made by `tests/lint/codes.py --update` from `shared/error.def`, `shared/error_class.def`, `controller/api/methods.def`, `tests/lint/codes.tsv` and",
        "`tests/lint/defects.tsv`; do not edit. The lint step fails when a test is missing, or when a test does not have the number that it is to raise. Paths",
        "are below `tests/`. Texts, kinds, HTTP status and exit codes: [errors.md](errors.md).", "",
        "# Error codes", "",
        "*Class path* follows `BaseJsonRpcError.DMSError.` in `data.exception_type` (`BaseJsonRpcError.` for -32xxx). *Keys*: members of `data` beside",
        "`exception_message`, `exception_type`, `error_name`, `error`, `hint` and `problems`; `rr_data` is the record as it was given, the indexes are left out",
        "where a fault is nobody's record. `error` is the name, as `error_name`, but for classes that have a key of that name.", "",
        "| Code | Name | Class path | Keys | Test, or why there is none |", "|---:|---|---|---|---|", *error_rows(), "",
        "# Methods", "", "Roles: A admin, H help desk, V value reseller, O hosted, L list_zone; WHOLE: no security tag of its own; LOCAL: at the unix socket.", "",
        "| Method | Roles | Test |", "|---|---|---|", *method_rows(), "",
        "# Defects of the predecessor", "", "| No | Defect | Test that it is mended |", "|---:|---|---|", *defect_rows(), ""])


text = page()
if "--update" in sys.argv:
    PAGE.write_text(text)
elif not PAGE.exists() or PAGE.read_text() != text:
    faults.append("doc/error_codes.md is not what the tables say: tests/lint/codes.py --update")
print("\n".join(faults))
sys.exit(1 if faults else 0)
