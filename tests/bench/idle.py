"""What a collector costs that has nothing to do, and what 100 inputs cost in one process."""
import json
import pathlib
import re
import subprocess
import time

import programs
import rows
import site_process

QUIET_SECONDS = 60
MANY = 100


def cpu_seconds(pid):
    """By all threads, in nanoseconds of the scheduler: ticks of 10 ms would be too coarse."""
    total = 0
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        total += int((task / 'schedstat').read_text().split()[0])
    return total / 1e9


def memory_mib(pid, key='VmRSS'):
    return int(re.search(rf'{key}:\s+(\d+)', pathlib.Path(f'/proc/{pid}/status').read_text())[1]) / 1024


def wait_for(condition, what, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f'waited in vain for {what}')
        time.sleep(0.05)


def quiet(tools, config, folder, cycles):
    """Runs until each service has done a cycle, then listens to it doing nothing."""
    log = folder / 'idle.log'
    with open(log, 'wb') as out:
        process = subprocess.Popen(
            ['taskset', '-c', str(programs.MEASURED_CORE), tools.collector, 'run', '--config', config, '--log-format', 'text'],
            stdout=out, stderr=out)
    try:
        wait_for(lambda: log.read_text(errors='replace').count('The data is up to date!') >= cycles
                 or process.poll() is not None, 'the first cycles')
        if process.poll() is not None:
            raise SystemExit(log.read_text()[-2000:])
        time.sleep(3)  # confirmations and checkpoints
        begin = cpu_seconds(process.pid)
        time.sleep(QUIET_SECONDS)
        return {
            'memory': memory_mib(process.pid),
            'peak': memory_mib(process.pid, 'VmHWM'),
            'cpu': 100 * (cpu_seconds(process.pid) - begin) / QUIET_SECONDS,
        }
    finally:
        process.terminate()
        process.wait(20)


def four_services(tools):
    """Against the whole sandbox: little data, an hour until the next cycle."""
    folder = tools.folder / 'four'
    folder.mkdir()
    sandbox = subprocess.Popen(
        ['taskset', '-c', str(programs.SITE_CORE), tools.sandbox, 'serve', '--directory', folder, '--request-period', '3600',
         '--store', 'none'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ready = folder / 'ready.json'
        wait_for(lambda: ready.exists() and ready.stat().st_size > 0, 'the sandbox')
        return quiet(tools, json.loads(ready.read_text())['config'], folder, cycles=4)
    finally:
        sandbox.terminate()
        sandbox.wait(20)


def many_inputs(site, tools):
    site.serve(site_process.Case(megabytes=1, inputs=MANY))
    return quiet(tools, site.config, site.folder, cycles=MANY)


def figures(site, tools):
    print(f'idle: two times {QUIET_SECONDS} s …', flush=True)
    four = four_services(tools)
    many = many_inputs(site, tools)
    pulling = rows.one_run(site, site_process.Case(megabytes=5, rate=1, inputs=MANY), 'collector')
    return {
        'idle, four services, MiB': four['memory'],
        'idle, four services, peak of the first cycle, MiB': four['peak'],
        'idle, four services, CPU %': four['cpu'],
        '100 inputs idle, MiB': many['memory'],
        '100 inputs idle, CPU %': many['cpu'],
        '100 inputs all pulling, peak MiB': pulling['peak_kib'] / 1024,
    }
