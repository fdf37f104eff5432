"""The collector delivers to receivers that nobody here wrote: syslog-ng and rsyslog, with mutual TLS.

They write what they get to the file in which the sandbox expects Devo's arrivals, so that its `verify` judges them.

What "confirmed" can mean with them. The collector takes a receiver's orderly end of the connection as its word that it
has everything. rsyslog without a queue keeps that word even when it is killed: it reads on only after writing. syslog-ng,
and rsyslog with its usual queue in memory, end the connection while lines wait in memory; killed, they lose those, and no
sender could know. So they are stopped in order here (SIGTERM, or a reload that closes all connections), and only rsyslog
without a queue is killed. Nothing may be missing in any of these; duplicates may be, for a connection that was cut tells
nothing about what it had carried, and so may one torn line for each such connection.
"""
import re
import signal

import harness
from harness import wait_for
from receivers import certificates, packages
from receivers.receiver import Rsyslog, RsyslogGnutls, SyslogNg, SyslogNgTls12

# From the third on a page takes some seconds: time to stop the receiver in its middle, on a slow machine too.
LONG_PULL = {'hosts': 240, 'detections': 25, 'page_size': 40, 'results_max': 3000, 'fault': 'slow:nth=3,times=4,rate=250000', 'no_gzip': True}


class Cases:
    """What holds with every receiver."""

    kind = None
    # Signed by the right authority, but not on the list of the permitted.
    refused = ('stranger', 'unlisted')

    def sandbox_and_receiver(self, **options):
        """The collector of the sandbox is told to deliver to the receiver, which is not started yet."""
        sandbox = self.sandbox(**options)
        foreign = sandbox.folder / 'foreign'
        certificates.make(foreign)
        receiver = self.kind(packages.root(), sandbox.folder / 'receiver', foreign, sandbox.folder / 'devo' / 'events.log')
        self.addCleanup(receiver.stop)
        sandbox.edit_config(
            (r'(type: devo_platform\n +config:\n +address: )\S+\n( +port: )\d+', rf'\g<1>localhost\n\g<2>{receiver.port}'),
            (r'chain: \S+', f'chain: {foreign}/ca.crt'))
        show_certificate(sandbox, 'collector')
        return sandbox, receiver

    def assert_confirmed(self, sandbox, log):
        self.assert_no_warning(log)
        self.assertEqual(len(checkpoints(sandbox)), 1)

    def interrupt_a_long_pull(self, interruption):
        """`interruption(receiver)` comes when some pages are confirmed and one is on its way."""
        sandbox, receiver = self.sandbox_and_receiver(**LONG_PULL)
        receiver.start()
        run = self.run_collector(sandbox)
        wait_for(lambda: checkpoints(sandbox) and run.log().count('(Partial)') >= 2, 'two pages')
        arrived = len(sandbox.events())
        wait_for(lambda: len(sandbox.events()) > arrived + 50, 'lines of the next page')
        # What it has not read is what a wrong confirmation would lose.
        receiver.freeze()
        interruption(receiver)
        sandbox.control(set={'fault': []})  # what comes now need not be slow
        at_the_cut = len(sandbox.events())
        self.assertEqual(run.wait(), 0, run.log()[-3000:])
        receiver.stop()
        found = self.assert_arrived(sandbox, duplicates=10**9)
        # Else the cut came too late to prove anything.
        cuts = run.log().count('was lost while')
        self.assertGreater(cuts, 0, run.log()[-3000:])
        self.assertLess(at_the_cut, found['expected'])
        # A page's connection and the one behind it may be cut, and the log says a repeated warning only once.
        self.assertLessEqual(sandbox.verdict()['malformed'], 2 * cuts)

    def test_every_event_arrives_once_and_unaltered_and_the_end_of_the_stream_confirms_it(self):
        sandbox, receiver = self.sandbox_and_receiver(hosts=300, detections=20, page_size=75, results_max=3000, illegal_every=7)
        receiver.start()
        log = self.once(sandbox)
        receiver.stop()
        self.assert_confirmed(sandbox, log)
        self.assert_arrived(sandbox)
        self.assertEqual(sandbox.verdict()['malformed'], 0)

    def test_results_of_64_kib_arrive_whole(self):
        sandbox, receiver = self.sandbox_and_receiver(hosts=40, detections=10, results_min=30000, results_max=65536)
        receiver.start()
        log = self.once(sandbox)
        receiver.stop()
        self.assert_confirmed(sandbox, log)
        self.assert_arrived(sandbox)
        self.assertGreater(max(map(len, sandbox.events())), 60000)

    def test_a_receiver_that_comes_late_gets_everything_once(self):
        sandbox, receiver = self.sandbox_and_receiver(hosts=60, detections=5)
        run = self.run_collector(sandbox)
        wait_for(lambda: 'No connection' in run.log(), 'the warning')
        self.assertEqual(checkpoints(sandbox), [])
        receiver.start()
        self.assertEqual(run.wait(), 0, run.log()[-3000:])
        receiver.stop()
        self.assert_arrived(sandbox)

    def test_a_receiver_that_is_stopped_in_a_pull_and_started_again_misses_nothing(self):
        def restart(receiver):
            receiver.stop()
            receiver.start()

        self.interrupt_a_long_pull(restart)

    def test_a_certificate_that_is_refused_delivers_nothing_and_leaves_no_checkpoint(self):
        for name in self.refused:
            with self.subTest(certificate=name):
                sandbox, receiver = self.sandbox_and_receiver(hosts=10)
                receiver.start()
                show_certificate(sandbox, name)
                run = self.run_collector(sandbox, 'run')
                wait_for(lambda: re.search('was lost while|No connection', run.log()), 'the refusal')
                self.assertEqual(run.kill(signal.SIGTERM), 0)
                self.assertEqual(checkpoints(sandbox), [])
                self.assertEqual(sandbox.events(), [])
                show_certificate(sandbox, 'collector')
                self.assert_confirmed(sandbox, self.once(sandbox))
                receiver.stop()
                self.assert_arrived(sandbox)


class ToSyslogNg(Cases, harness.Case):
    kind = SyslogNg

    def test_a_listener_that_drops_its_connections_in_a_pull_misses_nothing(self):
        self.interrupt_a_long_pull(SyslogNg.reload)


class ToSyslogNgWithTls12(ToSyslogNg):
    kind = SyslogNgTls12


class ToRsyslog(Cases, harness.Case):
    kind = Rsyslog
    # Not `unlisted`: this driver, in rsyslog 8.2302, refuses one connection with such a name and takes the next, also from
    # `openssl s_client`. What it takes it keeps, so nothing could be said about the collector.
    refused = ('stranger',)

    def test_a_receiver_that_writes_before_it_reads_on_misses_nothing_when_it_is_killed(self):
        def kill(receiver):
            receiver.stop(signal.SIGKILL)
            close_torn_line(receiver.events)
            receiver.start()

        self.interrupt_a_long_pull(kill)


class ToRsyslogWithGnutls(Cases, harness.Case):
    kind = RsyslogGnutls


def show_certificate(sandbox, name):
    """To the receiver, from the next start of the collector on."""
    sandbox.edit_config((r'( cert: )\S+', rf'\g<1>{sandbox.folder}/foreign/{name}.crt'),
                        (r'( key: )\S+', rf'\g<1>{sandbox.folder}/foreign/{name}.key'))


def checkpoints(sandbox):
    return list((sandbox.folder / 'state').glob('*.host_list_detection.json'))


def close_torn_line(path):
    """A kill may come in the middle of a write: the receiver would go on in the same line."""
    with open(path, 'r+b') as file:
        if file.seek(0, 2):
            file.seek(-1, 2)
            if file.read(1) != b'\n':
                file.write(b'\n')


if __name__ == '__main__':
    harness.main()
