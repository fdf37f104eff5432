"""A receiver that is slow, and a collector that was suspended: neither is a lost connection."""
import signal
import time

import harness
from harness import wait_for


class SlowReceiver(harness.Case):
    def start(self, rate, size, output='', **options):
        """About so many bytes of events for a receiver that reads `rate` bytes a second on each connection."""
        hosts = size // 6 // 2000
        sandbox = self.sandbox(hosts=hosts, detections=6, results_min=1000, results_max=1400, page_size=hosts,
                               devo_fault=f'slow:rate={rate}', **options)
        sandbox.edit_config((r'( +)(chain: \S+)', rf'\1\2{output and chr(10)}\1{output}'))
        return sandbox, self.run_collector(sandbox)

    def assert_all_is_well(self, sandbox, run):
        self.assertEqual(run.wait(), 0, run.log()[-3000:])
        # With `confirm: tcp` the receiver's kernel has everything, and the receiver reads on.
        def arrived():
            return sandbox.verdict()['services']['host_list_detection']['missing'] == 0
        if 'confirm: tcp' in (sandbox.folder / 'config' / 'config.yaml').read_text():
            wait_for(arrived, 'the receiver to read what its kernel holds')
        self.assert_arrived(sandbox)
        self.assert_no_warning(run.log())

    def test_each_event_arrives_once_and_is_confirmed_whatever_the_receiver_takes(self):
        # Side by side: they wait more than they work. Each alone takes longer than any deadline.
        runs = [self.start(100_000, 1_500_000),
                self.start(20_000, 300_000),
                self.start(100_000, 1_300_000, output='confirm: tcp'),
                self.start(20_000, 700_000, output='compress: true')]
        for sandbox, run in runs:
            self.assert_all_is_well(sandbox, run)
            states = list((sandbox.folder / 'state').glob('*host_list_detection.json'))
            self.assertEqual(len(states), 1)

    def test_a_suspension_that_is_longer_than_the_deadline_sends_nothing_again(self):
        sandbox = self.sandbox(hosts=20, detections=5, devo_fault='no_answer:seconds=3')
        run = self.run_collector(sandbox)
        wait_for(lambda: sandbox.status()['devo']['orderly_ends'], 'our end of the connection')
        run.process.send_signal(signal.SIGSTOP)
        time.sleep(12)
        run.process.send_signal(signal.SIGCONT)
        self.assert_all_is_well(sandbox, run)


if __name__ == '__main__':
    harness.main()
