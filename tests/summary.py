"""Adds up the test results of the build folders named on the command line; exits 1 when anything failed.

Each Meson test counts once, or as many cases as it reports itself: doctest's summary line, or a line
"N passed, N failed". The first argument is 1 when a build or a test run failed as a whole.
"""
import json
import pathlib
import re
import sys

DOCTEST = re.compile(r'test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed')
PLAIN = re.compile(r'^(\d+) passed, (\d+) failed$', re.M)


def counts(test):
    """(passed, failed) of one Meson test."""
    reported = DOCTEST.findall(test.get('stdout') or '') or PLAIN.findall(test.get('stdout') or '')
    good = test['result'] in ('OK', 'EXPECTEDFAIL')
    if reported:
        passed, failed = map(int, reported[-1])
        return passed, max(failed, 0 if good else 1)
    return (1, 0) if good else (0, 1)


passed = failed = 0
for build in sys.argv[2:]:
    log = pathlib.Path(build) / 'meson-logs' / 'testlog.json'
    if not log.exists():
        print(f'{build}: no test was run')
        failed += 1
        continue
    for line in log.read_text().splitlines():
        test = json.loads(line)
        good, bad = counts(test)
        passed, failed = passed + good, failed + bad
        if bad:
            print(f'{build}: failed: {test["name"]}')
if sys.argv[1] != '0' and failed == 0:
    failed = 1
print(f'{passed} passed, {failed} failed')
sys.exit(1 if failed else 0)
