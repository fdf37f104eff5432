"""The two ends as a process of their own, on the other core."""
import dataclasses
import hashlib
import json
import re
import shutil
import ssl
import subprocess
import urllib.request

import programs


# First Devo does not confirm what one connection brought, so that the next ones carry on; then it does not even read.
SLOW = 'no_answer:nth=1,seconds=5 stall:nth=12,times=2,after=100000,seconds=3'


@dataclasses.dataclass
class Case:
    """What is served, and to how many inputs."""
    megabytes: float
    gzip: int = 0
    rate: float = 0
    inputs: int = 1
    slow: bool = False

    @property
    def bytes(self):
        return int(self.megabytes * 1e6)

    def __str__(self):
        words = [f'{self.megabytes:g} MB', 'gzip' if self.gzip else 'plain']
        words += [f'{self.inputs} inputs'] if self.inputs > 1 else []
        words += [f'{self.rate:g} MB/s'] if self.rate else []
        words += ['slow receiver'] if self.slow else []
        return ', '.join(words)


class Site:
    def __init__(self, tools):
        self.tools = tools
        self.folder = tools.folder / 'site'
        self.folder.mkdir()
        self.config = self.folder / 'config' / 'config.yaml'
        # Below the program under test, above all else: what it waits for must not depend on other work.
        priority = max(0, tools.priority - 1)
        self.process = subprocess.Popen(
            [*tools.launcher('/dev/null', programs.SITE_CORE, priority), tools.bench / 'bench_site', self.folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ports = json.loads(self.process.stdout.readline())
        self.one_input = self.config.read_text()
        self.checked = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)

    def ask(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def serve(self, case, watch=False):
        """Ready for one run; gives back how many detections a page has."""
        shutil.rmtree(self.folder / 'state', ignore_errors=True)
        (self.folder / 'state').mkdir()
        self.write_config(case.inputs)
        faults = SLOW if case.slow else ''
        detections = self.ask(f'serve {case.bytes} {int(case.rate * 1e6)} {case.gzip} {faults}')['detections']
        self.check_page(case)
        if watch:
            self.ask('watch')
        return detections

    def write_config(self, inputs):
        """The same input as often, each with an id of its own: no two share a checkpoint or a login."""
        head, one = re.match(r'(.*\ninputs:\n)(.*)', self.one_input, re.S).groups()
        self.config.write_text(head + ''.join(
            one.replace('  qualys:\n', f'  qualys_{number}:\n', 1).replace('id: 1001', f'id: {1001 + number}')
            .replace('username: "', f'username: "user{number}', 1)
            for number in range(inputs)))

    def check_page(self, case):
        """What is served and what Expat parses are the same bytes."""
        if case.gzip or case.rate or case.bytes in self.checked or case.bytes > 100e6:
            return
        self.checked.add(case.bytes)
        parsed = subprocess.run(
            [self.tools.bench / 'expat_yardstick', '--write', str(case.bytes)], stdout=subprocess.PIPE, check=True).stdout
        trust = ssl.create_default_context(cafile=self.folder / 'certs' / 'qualys-ca.crt')
        with urllib.request.urlopen(f'https://localhost:{self.ports["qualys_port"]}/', context=trust) as answer:
            served = answer.read()
        if hashlib.sha256(served).digest() != hashlib.sha256(parsed).digest():
            raise SystemExit('the page that is served is not the page that is parsed')
        self.serve(case)
