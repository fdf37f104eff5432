"""Name servers that never answer: what the program says, and that its end does not wait for them."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import harness
from harness import COLLECTOR, wait_for

# A look-up gives up after 2 servers x 2 tries x 5 s, and more with search domains, as in Kubernetes.
RESOLV = '''nameserver {address}
nameserver {address}
search default.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
'''


def can_mount():
    """Whether this is allowed to have an /etc/resolv.conf of its own."""
    if os.geteuid() != 0 or shutil.which('unshare') is None:
        return False
    probe = subprocess.run(['unshare', '-m', 'mount', '--bind', '/etc/hosts', '/etc/resolv.conf'], capture_output=True)
    return probe.returncode == 0


class SilentServer:
    """Takes questions on port 53 and answers none."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for last in range(2, 250):
            self.address = f'127.53.0.{last}'
            try:
                self.socket.bind((self.address, 53))
                return
            except OSError:
                continue
        raise unittest.SkipTest('no address with a free port 53')

    def asked(self):
        self.socket.setblocking(False)
        try:
            return bool(self.socket.recv(512))
        except BlockingIOError:
            return False


@unittest.skipUnless(can_mount(), 'needs a mount namespace')
class DeadDns(harness.Case):
    def setUp(self):
        self.server = SilentServer()
        self.addCleanup(self.server.socket.close)
        self.folder = tempfile.mkdtemp(prefix='qdc-dns-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.resolv = os.path.join(self.folder, 'resolv.conf')
        with open(self.resolv, 'w') as file:
            file.write(RESOLV.format(address=self.server.address))

    def start(self, sandbox, *arguments):
        """The collector in a mount namespace with that resolv.conf."""
        mount = f'mount --bind {self.resolv} /etc/resolv.conf && exec "$0" "$@"'
        process = subprocess.Popen(
            ['unshare', '-m', 'sh', '-c', mount, COLLECTOR, *arguments, '--config', sandbox.config, '--log-format', 'text'],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        return process

    def sandbox_behind_names(self):
        sandbox = self.sandbox(hosts=10)
        sandbox.edit_config((r'hostname: localhost', 'hostname: qualysapi.example'))
        return sandbox

    def test_sigterm_does_not_wait_for_the_resolver(self):
        run = self.start(self.sandbox_behind_names(), 'run')
        wait_for(self.server.asked, 'a question to the name server')
        begun = time.monotonic()
        run.send_signal(signal.SIGTERM)
        log = run.communicate(timeout=harness.PATIENCE)[1].decode()
        self.assertEqual(run.returncode, 0, log)
        self.assertLess(time.monotonic() - begun, 60, log)  # a look-up takes 80 s

    def test_run_once_ends_when_its_patience_does_and_names_the_look_up(self):
        run = self.start(self.sandbox_behind_names(), 'run', '--once', '--give-up-after', '5')
        begun = time.monotonic()
        log = run.communicate(timeout=harness.PATIENCE)[1].decode()
        self.assertEqual(run.returncode, 1, log)
        self.assertLess(time.monotonic() - begun, 60, log)
        self.assertIn('name look-up timed out', log)

    def test_an_input_keeps_its_period_beside_49_whose_names_are_dead(self):
        sandbox = self.sandbox(hosts=5, detections=1, services='host_list', request_period=1)
        before, good = sandbox.config.read_text().split('inputs:\n')
        dead = [re.sub(r'hostname: .*', f'hostname: dead{n}.example', good.replace('  qualys:', f'  dead{n}:', 1))
                for n in range(49)]
        # One look-up is more than 30 s: behind each other they would take half an hour, in front of the first cycle.
        sandbox.config.write_text(before + 'inputs:\n' + ''.join(dead[:25]) + good + ''.join(dead[25:]))
        run = self.start(sandbox, 'run')
        wait_for(self.server.asked, 'a question to the name server')
        wait_for(lambda: len(sandbox.calls()) >= 20, 'twenty cycles of the input whose name is known')
        run.send_signal(signal.SIGTERM)
        log = run.communicate(timeout=harness.PATIENCE)[1].decode()
        self.assertEqual(run.returncode, 0, log[-3000:])


class EarlySignal(harness.Case):
    def test_a_sigterm_that_came_before_the_program_was_ready_ends_it_in_order(self):
        sandbox = self.sandbox(hosts=10)
        # Held over exec, so that it is there in the program's very first moment.
        hold = lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        process = subprocess.Popen(
            [COLLECTOR, 'run', '--config', sandbox.config, '--log-format', 'text'],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=hold)
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=harness.PATIENCE)[1].decode()
        self.assertEqual(process.returncode, 0, log)
        self.assertIn('Received signal 15', log)


if __name__ == '__main__':
    harness.main()
