#!/bin/sh
# clang-tidy and cppcheck are clean.
set -eu
build=$1
cd "$(dirname "$(readlink -f "$0")")/../.."
status=0
# With -D cppcheck looks at the one configuration that there is.
cppcheck --quiet --error-exitcode=1 --std=c11 -D__CPPCHECK__ -D_GNU_SOURCE --enable=warning,portability --inline-suppr --suppressions-list=tests/lint/cppcheck.txt \
    -I . -j2 shared proto controller agent zone_tool || status=1
git ls-files -- '*.c' | grep -vE '^tests/' | xargs -P2 -n4 clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option 2>/dev/null || status=1
exit $status
