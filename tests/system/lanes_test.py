"""Several calls at once: as many as the subscription allows, never more, and with them everything comes once, as with one.

Nothing here looks at a clock. The sandbox holds ranges and scan results back until so many calls have run at once (`gate`):
a collector that runs fewer never ends. It refuses what is beyond the limit, and counts the most that ever ran.
"""
import collections
import json
import re

import harness
from harness import wait_for

# In an event of a host or a detection.
HOST = re.compile(r'"ID":"(\d+)"')


class Lanes(harness.Case):
    def configured(self, sandbox, *lines):
        sandbox.edit_config((r'    id: 1001\n', '    id: 1001\n' + ''.join(f'    {line}\n' for line in lines)))
        return sandbox

    def assert_most(self, sandbox, endpoint, most):
        status = sandbox.status()['qualys']
        self.assertEqual(status['most_running'][endpoint], most, status['most_running'])
        self.assertNotIn('409', status['answers'])

    def state(self, sandbox):
        path = sandbox.folder / 'state' / 'qualys.1001.host_list_detection.json'
        return json.loads(path.read_bytes())['state'] if path.exists() else {}

    # How many.

    def test_a_full_inventory_uses_the_limit_and_never_more(self):
        for limit, share, lanes in ((2, 1, 2), (2, 0.8, 2), (4, 1, 4), (10, 0.8, 8)):
            with self.subTest(limit=limit, share=share):
                sandbox = self.sandbox(hosts=90, page_size=5, detections=3, concurrency=limit, gate=lanes, lanes=0)
                self.configured(sandbox, f'quota_share: {share}')
                self.once(sandbox)
                self.assert_most(sandbox, 'detections', lanes)
                self.assert_arrived(sandbox)

    def test_what_is_configured_is_no_less_and_no_more(self):
        sandbox = self.sandbox('host_list', hosts=60, page_size=5, concurrency=10, gate=3, lanes=3)
        self.once(sandbox)
        self.assert_most(sandbox, 'hosts', 3)
        self.assert_arrived(sandbox, 'host_list')

    def test_more_than_the_limit_is_no_use(self):
        sandbox = self.sandbox(hosts=60, page_size=5, detections=3, concurrency=2, gate=2, lanes=10)
        self.once(sandbox)
        self.assert_most(sandbox, 'detections', 2)
        self.assert_arrived(sandbox)

    def test_scans_are_fetched_beside_each_other(self):
        sandbox = self.sandbox('vm_scans', scans=200, findings=3, concurrency=5, gate=4, lanes=0)
        self.once(sandbox)
        self.assert_most(sandbox, 'scan_fetch', 4)
        self.assert_arrived(sandbox, 'vm_scans')

    def test_where_others_call_there_are_as_many_fewer(self):
        sandbox = self.sandbox(hosts=60, page_size=5, detections=3, concurrency=10, foreign_running=6, page_time=20, lanes=0)
        self.once(sandbox)
        status = sandbox.status()['qualys']
        # 8 of 10 are ours; of the six that Qualys counts one may be the call that it answers.
        self.assertLessEqual(status['most_running']['detections'], 3)
        self.assertNotIn('409', status['answers'])
        self.assert_arrived(sandbox)

    def test_a_window_of_one_page_costs_the_call_of_ever(self):
        sandbox = self.sandbox('host_list,host_list_detection', hosts=8, page_size=10, detections=3, concurrency=10, lanes=0)
        self.once(sandbox)
        self.assertEqual(sandbox.status()['qualys']['requests'], {'hosts': 1, 'detections': 1})

    def test_one_lane_makes_the_calls_of_ever(self):
        sandbox = self.sandbox(hosts=40, page_size=10, detections=3, concurrency=10, lanes=1)
        self.once(sandbox)
        self.assertEqual(sandbox.status()['qualys']['requests'], {'detections': 4})
        self.assertTrue(all('id_max' not in call['parameters'] for call in sandbox.calls()))

    # Whatever happens.

    def test_without_the_list_of_ids_the_pages_come_one_after_the_other(self):
        sandbox = self.sandbox(hosts=40, page_size=5, detections=3, concurrency=10, lanes=0,
                               fault='error:status=400,code=1905,endpoint=hosts')
        log = self.once(sandbox)
        self.assert_most(sandbox, 'detections', 1)
        self.assert_one_line(log, 'the list of host ids does not come')
        self.assert_arrived(sandbox)

    def test_one_page_in_ten_is_cut(self):
        sandbox = self.sandbox(hosts=120, page_size=6, concurrency=5, gate=4, lanes=0, no_gzip=True,
                               fault='cut:every=10,after=20000,endpoint=detections')
        self.once(sandbox)
        self.assertGreater(sandbox.status()['qualys']['faults'].get('cut', 0), 0)
        self.assert_most(sandbox, 'detections', 4)
        self.assert_arrived(sandbox)

    def test_a_host_that_cannot_be_read_holds_up_none_of_the_ranges(self):
        sandbox = self.sandbox(hosts=60, page_size=5, detections=3, concurrency=5, lanes=0, poison=33)
        self.configured(sandbox, 'idle_timeout_in_seconds: 3')
        log = self.once(sandbox)
        self.assertIn('1 host is in quarantine', log)
        self.assert_arrived(sandbox)  # all the others, once

    def standing(self, hosts):
        """A sandbox and a run that stands: each of its four lanes in the middle of a page, with ranges in its state."""
        sandbox = self.sandbox(hosts=hosts, page_size=5, detections=6, concurrency=5, lanes=0, no_gzip=True,
                               fault='stall:nth=7,times=1000,after=6000,endpoint=detections')
        self.configured(sandbox, 'idle_timeout_in_seconds: 3600')
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: sandbox.status()['qualys']['faults'].get('stall') == 4, 'four pages that stand')
        wait_for(lambda: 'ranges' in self.state(sandbox), 'a state with ranges')
        return sandbox, run

    def hosts_of_events(self, sandbox):
        return [int(HOST.search(line)[1]) for line in sandbox.events()]

    def test_after_a_crash_only_what_was_not_saved_comes_again(self):
        sandbox, run = self.standing(hosts=200)
        run.kill()
        sandbox.wait_read()
        ranges = self.state(sandbox)['ranges']
        self.assertLessEqual(len(ranges), 4 + 1, ranges)  # a lane has one open, and there is the rest
        before = self.hosts_of_events(sandbox)
        again = sum(any(first <= host <= (last or host) for first, last in ranges) for host in before)
        self.assertLess(len(set(before)), 200)
        sandbox.control(set={'fault': []})
        self.once(sandbox)
        self.assert_arrived(sandbox, duplicates=again)

    def assert_the_rest_follows_a_stop(self, sandbox, run, *lines):
        """What may come again is no more than the hosts in work."""
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0, run.log()[-3000:])
        in_work = sum(count for _, count in collections.Counter(self.hosts_of_events(sandbox)).most_common(4))
        sandbox.control(set={'fault': []})
        self.configured(sandbox, *lines)
        self.once(sandbox)
        self.assert_arrived(sandbox, duplicates=in_work)

    def test_a_stop_in_the_middle_repeats_no_more_than_the_hosts_in_work(self):
        self.assert_the_rest_follows_a_stop(*self.standing(hosts=200))

    def test_ranges_that_were_left_open_need_no_lanes_to_be_taken_up(self):
        self.assert_the_rest_follows_a_stop(*self.standing(hosts=100), 'lanes: 1')


if __name__ == '__main__':
    harness.main()
