"""The memory contract: what the collector takes does not depend on the size of a page, nor on how slowly Devo reads.

The page of 480 MB is main_job_test's; a single value of 20 MB is large_values_test's.
"""
import pathlib
import re
import time

import harness
from harness import wait_for

MIB = 1024  # KiB
PEAK = 24 * MIB
GROWTH = 1 * MIB  # from a page that fills the replay buffer of 8 MiB, because Devo stalls, to any larger one
IDLE = 14 * MIB
SETTLING = 25  # seconds
# All of one connection is on its way, but Devo does not confirm it: the next ones carry on, and are confirmed before it.
# Then Devo does not even read.
SLOW = ['no_answer:nth=1,seconds=5', 'stall:nth=12,times=2,after=100000,seconds=3']
SLOW_SOON = ['no_answer:nth=1,seconds=5', 'stall:nth=2,times=1,after=100000,seconds=3']
HOSTS_OF_20_MB = 640
HOSTS_OF_200_MB = 6800


def resident_kib(run):
    status = pathlib.Path(f'/proc/{run.process.pid}/status').read_text()
    return int(re.search(r'VmRSS:\s+(\d+)', status)[1])


class Memory(harness.Case):
    def peak_of_a_page(self, hosts, **manners):
        """One page of so many hosts to the end and confirmed, in the program's default way."""
        sandbox = self.sandbox(hosts=hosts, detections=25, page_size=100000, store='hashes', **manners)
        run = self.run_collector(sandbox, 'run')
        self.wait_for_cycles(run, 1)
        peak = run.peak_memory_kib()
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0)
        self.assert_arrived(sandbox)
        return peak, sandbox.status()

    def peak_within(self, limit, hosts, **manners):
        """The lowest of up to three runs: two of the same differ by a quarter of a MiB, real growth is in each."""
        peaks = []
        while len(peaks) < 3 and (not peaks or min(peaks) >= limit):
            peak, status = self.peak_of_a_page(hosts, **manners)
            peaks.append(peak)
        return min(peaks), status

    def wait_for_cycles(self, run, count):
        wait_for(lambda: run.log().count('The data is up to date!') >= count, f'the end of {count} cycles')

    def test_a_page_of_200_mb_takes_what_one_of_20_mb_does_even_when_devo_hardly_reads(self):
        small, _ = self.peak_of_a_page(HOSTS_OF_20_MB, devo_fault=SLOW_SOON)
        limit = min(PEAK, small + GROWTH)
        large, status = self.peak_within(limit, HOSTS_OF_200_MB, no_gzip=True)
        self.assertGreater(status['qualys']['sent_bytes'], 200_000_000)
        packed, status = self.peak_within(limit, HOSTS_OF_200_MB, devo_fault=SLOW)
        self.assertEqual(set(status['devo']['faults']), {'no_answer', 'stall'}, status['devo'])
        print(f'peak in KiB: 20 MB and a receiver that stalls {small}, 200 MB {large}, 200 MB and one that stalls {packed}')
        self.assertLess(small, PEAK)
        self.assertLess(large, limit)
        self.assertLess(packed, limit)

    def test_four_services_with_nothing_to_do_take_little(self):
        sandbox = self.sandbox(services='vm_scans,host_list,host_list_detection,user_activity', request_period=3600)
        run = self.run_collector(sandbox, 'run')
        self.wait_for_cycles(run, 4)
        # What the first cycle took is given back after some seconds.
        end = time.monotonic() + SETTLING
        while resident_kib(run) >= IDLE and time.monotonic() < end:
            time.sleep(0.2)
        idle = resident_kib(run)
        print(f'idle with four services: {idle} KiB')
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0)
        self.assertLess(idle, IDLE)


if __name__ == '__main__':
    harness.main()
