"""About a hundred short schedules of conservation.py, each a case. The last line is 'N passed, N failed'."""
import os
import sys
import time

import conservation
import harness

SEED = 1
SCHEDULES = 25 if harness.SANITIZED else 100
JOBS = 2 * (os.cpu_count() or 1)  # most of a schedule is waiting


def main():
    began = time.monotonic()
    outcomes = []
    for one in conservation.play_many(SEED, range(SCHEDULES), JOBS):
        outcomes.append(one)
        if one.failure:
            conservation.report_failure(SEED, one)
    conservation.print_table(outcomes, time.monotonic() - began)
    bad = sum(bool(one.failure) for one in outcomes)
    print(f'{len(outcomes) - bad} passed, {bad} failed')
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
