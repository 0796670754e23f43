#!/bin/sh
# clang-tidy and cppcheck are clean.
set -eu
build=$1
cd "$(dirname "$(readlink -f "$0")")/../.."
status=0
cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr --suppressions-list=tests/lint/cppcheck.txt \
    -I . -j2 shared proto controller agent zone_tool || status=1
git ls-files -- '*.c' | grep -vE '^tests/' | xargs -P2 -n6 clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option 2>/dev/null || status=1
exit $status
