"""The programs that are measured, and how one of them runs."""
import json
import os
import pathlib
import platform
import subprocess

HERE = pathlib.Path(__file__).parent
MEASURED_CORE = 0
SITE_CORE = 1
PYTHON = '/usr/bin/python3'  # Debian's: the one whose packages the yardstick uses
GATHERED_BYTES = 128 * 1024


class Tools:
    """Where everything is."""

    def __init__(self, options, folder):
        built = options.build.resolve()
        self.folder = folder
        self.bench = built / 'tests' / 'bench'
        self.sandbox = built / 'tests' / 'sandbox' / 'qualys-devo-sandbox'
        self.collector = (options.collector or built / 'src' / 'qualys-devo-collector').resolve()
        self.priority = options.rt if len(os.sched_getaffinity(0)) > 1 else 0
        for needed in (self.bench / 'bench_site', self.collector):
            if not needed.exists():
                raise SystemExit(f'{needed} is not there: meson setup {options.build} -Dbench=true && meson compile -C {options.build}')

    def launcher(self, report, core, priority):
        return [self.bench / 'measured', report, str(core), str(priority)]

    def measure(self, command):
        """Runs `command` alone on its core; gives back what it cost and said."""
        report = self.folder / 'measured.json'
        done = subprocess.run(
            [*self.launcher(report, MEASURED_CORE, self.priority), *map(str, command)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors='replace')
        cost = json.loads(report.read_text())
        cost.update(out=done.stdout, log=done.stderr)
        return cost

    def expat(self, byte_count):
        """CPU seconds of a bare parse of the page."""
        return json.loads(self.measure([self.bench / 'expat_yardstick', byte_count])['out'])['cpu_seconds']


def command_of(name, tools, site, gzip):
    if name == 'collector':
        return [tools.collector, 'run', '--once', '--config', site.config, '--log-format', 'text']
    ends = [site.ports['qualys_port'], site.ports['devo_port'], site.folder / 'certs']
    if name == 'python':
        return [PYTHON, HERE / 'python_yardstick.py', *ends]
    sends = GATHERED_BYTES if name == 'floor-gathered' else 16384
    return [tools.bench / 'floor_yardstick', *ends, gzip, sends]


def machine():
    model = [line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')]
    return {'cpu': model[0] if model else platform.machine(), 'cores': os.cpu_count(), 'kernel': platform.release()}
