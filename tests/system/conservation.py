#!/usr/bin/env python3
"""Conservation: whatever is done to the collector and to both its ends, in the end everything is at Devo.

A schedule follows from two numbers (seed, number): the data, the services, the size of the replay buffer, and one to four
faults. The driver starts the sandbox and the collector (`run`, a period of 1 s), lets the faults happen, lifts them, waits
until the data are complete, adds fresh data and waits for these too, stops the collector and starts it once more. Then

- nothing is missing, invented or altered (`qualys-devo-sandbox verify`: every event computed again and compared; in a fifth
  of the schedules changes are sent, and they are replayed: in the end exactly the findings that there are are known);
- each fault did happen: the sandbox counted it, or the driver saw its effect;
- the collector ended only when it was told to, with status 0 after SIGTERM, and without a sanitizer's report;
- the last start brought nothing again;
- the bytes of duplicated events (JSON without `@devo_*`) are within the bound, which is the sum of

  | what happened | bytes that may come again |
  |---|---|
  | nothing, a fault of Qualys, a suspended process, a wrong or jumping clock, a Devo that is refused, slow, late or reads
    nothing | 0 |
  | the connection was reset after k bytes | k |
  | Devo closed after k lines, never answered the end, or became slow between two connections | W |
  | SIGTERM, SIGHUP | the events of one host in each lane (those in work), for host_list_detection |
  | kill -9, a full or failing disk, a state folder taken away, no free descriptor, a damaged state file: at the next start | hosts as above, and for each service what Devo got of
    it since the generation before the used one was written, and of what it got earlier at most W |

  W = twice the larger of the replay buffer and 128 KiB; no limit while a fault of this schedule makes Devo answer late, for
  then later connections are confirmed before earlier ones. Faults that are not in the schedule allow nothing.

    conservation.py --schedules 100 --seed 1        prints failures and a table
    conservation.py --seed 1 --only 17 [--keep]     one schedule again; with what it left behind
    conservation.py --duration 3600 --jobs 2        as many as fit
"""
import argparse
import collections
import concurrent.futures
import itertools
import os
import pathlib
import sys
import time
import traceback

BUILD = pathlib.Path(__file__).resolve().parents[2] / 'build'
os.environ.setdefault('QDC_COLLECTOR', str(BUILD / 'src/qualys-devo-collector'))
os.environ.setdefault('QDC_SANDBOX', str(BUILD / 'tests/sandbox/qualys-devo-sandbox'))
from conservation_schedule import Outcome, Schedule


def play(seed, number, keep=False):
    """One schedule from its start to its verdict."""
    began = time.monotonic()
    outcome = Outcome(number)
    schedule = Schedule(seed, number)
    outcome.plan = schedule.plan()
    try:
        schedule.run()
        schedule.judge(outcome)
    except AssertionError as error:
        outcome.failure = str(error)
    except Exception:
        outcome.failure = traceback.format_exc()
    finally:
        schedule.clean_up(keep)
    outcome.seconds = time.monotonic() - began
    return outcome


def play_many(seed, numbers, jobs, keep=False):
    """Outcomes as they come; `numbers` may be without end."""
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        numbers = iter(numbers)
        running = {pool.submit(play, seed, number, keep) for number in itertools.islice(numbers, jobs)}
        while running:
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in done:
                yield one.result()
                for number in itertools.islice(numbers, 1):
                    running.add(pool.submit(play, seed, number, keep))


def report_failure(seed, outcome):
    print(f'FAILED: --seed {seed} --only {outcome.number}: {outcome.plan}\n{outcome.failure}', flush=True)


def print_table(outcomes, seconds):
    happened = sum((one.happened for one in outcomes), collections.Counter())
    wrong = sum((one.wrong for one in outcomes), collections.Counter())
    clean = [one for one in outcomes if one.bound == 0]
    rows = [
        ('schedules', len(outcomes)), ('failed', sum(bool(one.failure) for one in outcomes)),
        ('events received', sum(one.events for one in outcomes)), ('lost', sum(one.lost for one in outcomes)),
        *((kind, wrong[kind]) for kind in ('invented', 'altered', 'malformed', 'unknown_tag')),
        ('duplicates', f'{sum(one.duplicates for one in outcomes)} '
                       f'({sum(one.repeated for one in outcomes)} bytes) in '
                       f'{sum(one.duplicates > 0 for one in outcomes)} schedules'),
        ('  allowed bytes', f'{sum(min(one.bound, one.received) for one in outcomes)} of '
                            f'{sum(one.received for one in outcomes)} received'),
        ('  none allowed', f'in {len(clean)} schedules: {sum(one.duplicates for one in clean)} duplicates'),
        ('seconds', f'{seconds:.0f} (longest schedule {max((one.seconds for one in outcomes), default=0):.1f})'),
    ]
    for name, value in rows + [('fault: ' + kind, count) for kind, count in sorted(happened.items())]:
        print(f'{name:<30} {value}')


def main():
    parser = argparse.ArgumentParser(description='Seeded schedules of faults: nothing may be lost.')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--schedules', type=int, default=100)
    parser.add_argument('--only', type=int, help='this schedule, and what was done')
    parser.add_argument('--duration', type=float, help='seconds; instead of --schedules')
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--keep', action='store_true', help='leaves the folders')
    arguments = parser.parse_args()
    began = time.monotonic()
    numbers = range(arguments.schedules)
    if arguments.only is not None:
        numbers = [arguments.only]
        print(Schedule(arguments.seed, arguments.only).plan())
    elif arguments.duration:
        numbers = itertools.takewhile(lambda _: time.monotonic() < began + arguments.duration, itertools.count())
    outcomes = []
    for one in play_many(arguments.seed, numbers, arguments.jobs, arguments.keep):
        outcomes.append(one)
        if one.failure:
            report_failure(arguments.seed, one)
    print_table(outcomes, time.monotonic() - began)
    sys.exit(any(one.failure for one in outcomes))


if __name__ == '__main__':
    main()
