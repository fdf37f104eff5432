"""What whole-run tests need: the sandbox and the collector as processes, each in a folder of its own.

The two programs are named by the environment (Meson sets it): QDC_COLLECTOR, QDC_SANDBOX.
QDC_SANITIZED=1 says that the collector is built with sanitizers: its memory and speed then prove nothing.
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

os.environ.pop('MALLOC_PERTURB_', None)  # Meson sets it: malloc() would touch memory that the program never does

COLLECTOR = os.environ['QDC_COLLECTOR']
SANDBOX = os.environ['QDC_SANDBOX']
SANITIZED = os.environ.get('QDC_SANITIZED') == '1'
# The tag of an event that the collector sends about itself.
OF_ITSELF = re.compile(r' (devo\.collector[a-z_.]*): (?={)')
# Only ends what hangs: the machine may be slow and busy. A test that waits as long has failed.
PATIENCE = 300
PORT_MARKS = []


class Sandbox:
    """Qualys and Devo, played. Options as `qualys-devo-sandbox serve` takes them: hosts=60, page_size=10, no_gzip=True."""

    def __init__(self, services='host_list_detection', **options):
        # Most tests count calls, or say which of them goes wrong: with one lane these have an order. 0: `auto`.
        options = {'lanes': 1} | options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='qdc-'))
        arguments = ['--services', services]
        for name, value in options.items():
            flag = '--' + name.replace('_', '-')
            for one in value if isinstance(value, list) else [value]:
                arguments += [flag] if one is True else [flag, str(one)]
        self.output = open(self.folder / 'sandbox.log', 'wb')
        self.process = subprocess.Popen(
            [SANDBOX, 'serve', '--directory', self.folder, *arguments], stdout=self.output, stderr=self.output)
        ready = self.folder / 'ready.json'
        wait_for(lambda: ready.exists() and ready.stat().st_size or self.process.poll() is not None, 'the sandbox')
        if self.process.poll() is not None:
            raise AssertionError((self.folder / 'sandbox.log').read_text())
        self.ready = json.loads(ready.read_text())
        self.config = pathlib.Path(self.ready['config'])

    def _ask(self, path, message=None):
        trust = ssl.create_default_context(cafile=self.ready['qualys_ca'])
        body = None if message is None else json.dumps(message).encode()
        with urllib.request.urlopen(self.ready['qualys_url'] + path, data=body, context=trust, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def status(self):
        return self._ask('/sandbox/status')

    def control(self, **message):
        """set={'fault': […]}, touch={…}, add_activity={…} …"""
        return self._ask('/sandbox/control', message)

    def lines(self):
        """Everything that Devo has read so far."""
        if self.process.poll() is None:
            self.status()  # it gathers lines, and writes them before it says how it is
        return whole_lines(self.folder / 'devo' / 'events.log')

    def calls(self):
        """Every request that Qualys was sent: [{'endpoint': …, 'parameters': …}]."""
        return [json.loads(line) for line in whole_lines(self.folder / 'requests.jsonl')]

    def events(self):
        """Without what the collector says of itself."""
        return [line for line in self.lines() if not OF_ITSELF.search(line[:200])]

    def wait_read(self):
        """Until Devo has read what a killed collector left."""
        wait_for(lambda: self.status()['devo']['open'] == 0, 'Devo to read what was left')

    def self_events(self):
        """What the collector says of itself: [(tag, {…})]."""
        found = [(OF_ITSELF.search(line[:200]), line) for line in self.lines()]
        return [(match[1], json.loads(line[match.end():])) for match, line in found if match]

    def verdict(self):
        """What `verify` found: {'host_list_detection': {'expected': …, 'missing': …}, …}."""
        out = subprocess.run([SANDBOX, 'verify', '--directory', self.folder, '--json'], stdout=subprocess.PIPE)
        return json.loads(out.stdout)

    def edit_config(self, *replacements):
        """Replaces text in config.yaml; each pattern must occur."""
        text = self.config.read_text()
        for pattern, replacement in replacements:
            text, count = re.subn(pattern, replacement, text)
            assert count, f'{pattern} is not in {text}'
        self.config.write_text(text)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)
        self.output.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Run:
    """A running collector; its log is gathered in a file."""

    def __init__(self, sandbox, *arguments, config=None, **popen):
        self.log_path = sandbox.folder / f'collector-{time.monotonic_ns()}.log'
        self.log_file = open(self.log_path, 'wb', buffering=0)
        config = sandbox.config if config is None else config
        log_format = [] if '--log-format' in arguments else ['--log-format', 'text']
        self.process = subprocess.Popen(
            [COLLECTOR, *arguments, '--config', config, *log_format],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)
        # Through a pipe, as under Docker or systemd, and so that a limit on the collector's files leaves its log alone.
        self.pump = threading.Thread(target=shutil.copyfileobj, args=(self.process.stderr, self.log_file, 1))
        self.pump.start()

    def log(self):
        """While it runs, the lines that are whole: half an address is none."""
        if self.pump.is_alive():
            return ''.join(line + '\n' for line in whole_lines(self.log_path, errors='replace'))
        return self.log_path.read_text(errors='replace')

    def wait(self, limit=None):
        """The exit status."""
        with self.process.stdout:
            end = time.monotonic() + (limit or PATIENCE)
            watchdog = threading.Timer(limit or PATIENCE, self.process.kill)
            watchdog.start()
            self.out = self.process.stdout.read()
            self.process.wait()
            watchdog.cancel()
        self.pump.join()
        self.log_file.close()
        if time.monotonic() >= end:
            raise AssertionError(f'the collector did not end:\n{self.log()[-3000:]}')
        return self.process.returncode

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        return self.wait()

    def peak_memory_kib(self):
        """While it runs."""
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text()
        return int(re.search(r'VmHWM:\s+(\d+)', status)[1])


def whole_lines(path, errors='strict'):
    """The lines of a file that may not be there yet or be in the middle of its next line, or of a letter of it."""
    written = path.read_bytes() if path.exists() else b''
    return written[:written.rfind(b'\n') + 1].decode(errors=errors).split('\n')[:-1]


def free_port():
    """One that nobody listens on, for this process alone: below the range from which the system takes the ports of clients
    and of listeners without a wish, and kept from other tests until the end of this process."""
    lowest_of_clients = int(pathlib.Path('/proc/sys/net/ipv4/ip_local_port_range').read_text().split()[0])
    while True:
        port = random.randrange(10_000, lowest_of_clients)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f'\0qdc-test-port-{port}')
            with socket.socket() as probe:
                probe.bind(('127.0.0.1', port))
        except OSError:
            mark.close()
            continue
        PORT_MARKS.append(mark)
        return port


def wait_for(condition, what, limit=None):
    """Polls until `condition()` is true; returns its value."""
    end = time.monotonic() + (limit or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'waited in vain for {what}')
        time.sleep(0.02)


class Case(unittest.TestCase):
    """Starts sandboxes and collectors that do not outlive the test, and shows their logs when it fails."""

    def sandbox(self, *arguments, **options):
        made = Sandbox(*arguments, **options)
        self.addCleanup(made.stop)
        return made

    def run_collector(self, sandbox, *arguments, **options):
        made = Run(sandbox, *(arguments or ('run', '--once')), **options)
        self.addCleanup(self._end, made)
        return made

    def once(self, sandbox, *arguments, status=0, **options):
        """One cycle; returns its log."""
        run = self.run_collector(sandbox, 'run', '--once', *arguments, **options)
        self.assertEqual(run.wait(), status, run.log()[-3000:])
        return run.log()

    def assert_no_warning(self, log):
        """But for two kinds: the official collector's set-up warns at every start, and so does ours; and the sandbox sends
        elements that nobody documented, whose names are said once."""
        lines = [line for line in log.splitlines()
                 if 'WARNING InputProcess::QualysPullerSetup' not in line and 'hold what is not documented' not in line]
        self.assertNotRegex('\n'.join(lines), r' (WARNING|ERROR) ')

    def assert_arrived(self, sandbox, service='host_list_detection', duplicates=0):
        found = sandbox.verdict()['services'][service]
        self.assertGreater(found['expected'], 0, found)
        for kind in ('missing', 'invented', 'altered'):
            self.assertEqual(found[kind], 0, found)
        self.assertLessEqual(found['duplicates'], duplicates, found)
        return found

    def assert_one_line(self, log, *words):
        """Exactly one warning or error line has all the words."""
        lines = [line for line in log.splitlines()
                 if re.match(r'\S+ +(WARNING|ERROR) ', line) and all(word in line for word in words)]
        self.assertEqual(len(lines), 1, f'{words} in:\n{log[-4000:]}')

    @staticmethod
    def _end(run):
        if run.process.poll() is None:
            run.kill()


def complaints(metrics):
    """What promtool has to say of a page of metrics (bytes): lines. Of one thing it is not to be convinced: that kb_ means
    the KnowledgeBase, and no unit."""
    check = subprocess.run(['promtool', 'check', 'metrics'], input=metrics, capture_output=True, timeout=60)
    lines = (check.stdout + check.stderr).decode().splitlines()
    if check.returncode != 0 and not lines:
        lines = [f'exit status {check.returncode}']
    return [line for line in lines if not re.search('_kb_.*abbreviated units', line)]


def main():
    """Runs the tests that the arguments name (`Case` or `Case.test_name`), without arguments all of the file."""
    file, loader = sys.modules['__main__'], unittest.defaultTestLoader
    chosen = loader.loadTestsFromNames(sys.argv[1:], file) if sys.argv[1:] else loader.loadTestsFromModule(file)
    result = unittest.TextTestRunner(verbosity=2).run(chosen)
    bad = len(result.failures) + len(result.errors)
    print(f'{result.testsRun - bad} passed, {bad} failed')
    sys.exit(1 if bad else 0)
