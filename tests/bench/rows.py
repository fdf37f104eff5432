"""What is measured: rounds of all programs, and single figures."""
import dataclasses
import statistics
import subprocess

import idle
import programs
import site_process

MIB = 1024


def one_run(site, case, name, watch=False):
    """One program, once: what it cost, and what arrived."""
    detections = site.serve(case, watch)
    cost = site.tools.measure(programs.command_of(name, site.tools, site, case.gzip))
    seen = site.ask('report')
    if name == 'python' and cost['status'] == 3:
        return None
    if cost['status'] != 0:
        raise SystemExit(f'{name} ended with {cost["status"]}:\n{cost["log"][-2000:]}')
    expected = detections * (case.inputs if name == 'collector' else 1)
    if seen['events'] != expected:
        raise SystemExit(f'{name}: {seen["events"]} events arrived, {expected} were served\n{cost["log"][-2000:]}')
    return {**cost, **seen}


def compare(site, case, names, rounds):
    """All programs in turn, a bare parse between any two; the median of the rounds for each program."""
    measured = {name: [] for name in names}
    before = site.tools.expat(case.bytes)
    for _ in range(rounds):
        for name in list(measured):
            run = one_run(site, case, name)
            after = site.tools.expat(case.bytes)
            if run is None:
                print('python: not installed (python3-requests, python3-xmltodict): left out')
                del measured[name]
                continue
            pages = case.inputs if name == 'collector' else 1
            run['expat_seconds'] = (before + after) / 2
            run['r'] = run['cpu_seconds'] / run['expat_seconds'] / pages
            run['xml_mb'] = case.megabytes * pages
            before = after
            measured[name].append(run)
    return [summary(case, name, runs) for name, runs in measured.items()]


def summary(case, name, runs):
    def median(value):
        return statistics.median(value(run) for run in runs)
    return {
        'case': str(case), 'program': name, **dataclasses.asdict(case),
        'rounds': len(runs),
        'r': median(lambda run: run['r']),
        'r_all': [round(run['r'], 3) for run in runs],
        'cpu_seconds': median(lambda run: run['cpu_seconds']),
        'expat_seconds': median(lambda run: run['expat_seconds']),
        'cpu_ms_per_mb': median(lambda run: 1000 * run['cpu_seconds'] / run['xml_mb']),
        'events_per_cpu_second': median(lambda run: run['events'] / run['cpu_seconds']),
        'xml_mb_per_cpu_second': median(lambda run: run['xml_mb'] / run['cpu_seconds']),
        'wall_over_cpu': median(lambda run: run['wall_seconds'] / run['cpu_seconds']),
        'peak_mib': max(run['peak_kib'] for run in runs) / MIB,
        'bytes_per_event': median(lambda run: run['event_bytes'] / run['events']),
        'realtime': all(run['realtime'] for run in runs),
    }


def latency(site, rounds, name='collector'):
    """First XML byte to first event, and last to last, from a source of 5 MB/s; milliseconds."""
    case = site_process.Case(megabytes=5, rate=5)
    runs = [one_run(site, case, name, watch=True) for _ in range(rounds)]
    return {
        'first_event_ms': statistics.median(1000 * (run['first_event'] - run['first_byte']) for run in runs),
        'drain_ms': statistics.median(1000 * (run['last_event'] - run['last_byte']) for run in runs),
    }


def start(site, rounds):
    """From exec to the first request, in milliseconds."""
    case = site_process.Case(megabytes=1)
    runs = [one_run(site, case, 'collector') for _ in range(rounds)]
    return statistics.median(1000 * (run['request'] - run['started']) for run in runs)


def decode_alone(site, rounds):
    """Parse and JSON, without a network: the figure of decode_bench."""
    page = site.tools.folder / 'page.xml'
    with open(page, 'wb') as out:
        subprocess.run([site.tools.bench / 'expat_yardstick', '--write', '50000000'], stdout=out, check=True)
    # A round takes less than a second, so there are enough of them for what other work the machine has.
    said = site.tools.measure([site.tools.bench / 'decode_bench', page, max(21, rounds)])['out']
    page.unlink()
    return float(said.rsplit('median ratio ', 1)[1])


def slow_receiver(site):
    """The peak while Devo stops reading for seconds, of a page of 50 MB."""
    return one_run(site, site_process.Case(megabytes=50, slow=True), 'collector')['peak_kib'] / MIB


def single_figures(site, tools, options):
    found = {
        'parse and JSON alone, R': decode_alone(site, options.rounds),
        'start to first request, ms': start(site, options.rounds),
        'peak with a receiver that stalls, MiB': slow_receiver(site),
    }
    for name in ('collector', 'floor'):
        times = latency(site, options.rounds, name)
        found[f'first XML byte to first event at 5 MB/s, ms: {name}'] = times['first_event_ms']
        found[f'last XML byte to last event at 5 MB/s, ms: {name}'] = times['drain_ms']
    if not options.quick:
        found.update(idle.figures(site, tools))
    return found
