"""The subscription's calls are shared with others: what is used stays within, what is refused is waited for, nothing is lost.

The sandbox counts as Qualys does: a sliding window for each endpoint, and answers 409 to a call beyond it.
"""
import re

import harness


class Quota(harness.Case):
    def refusals(self, sandbox):
        return sandbox.status()['qualys']['answers'].get('409', 0)

    def configured(self, sandbox, line):
        sandbox.edit_config((r'    id: 1001\n', f'    id: 1001\n    {line}\n'))
        return sandbox

    def test_beside_a_second_client_no_call_is_refused(self):
        sandbox = self.sandbox('host_list', hosts=30, page_size=3, rate_limit=15, rate_window=3, phantom_calls=1)
        log = self.once(sandbox)
        self.assert_arrived(sandbox, 'host_list')
        self.assertEqual(self.refusals(sandbox), 0, log[-3000:])
        self.assertEqual(sandbox.status()['qualys']['requests'], {'hosts': 10})

    def test_a_wait_is_logged_once_with_the_time_at_which_it_ends(self):
        sandbox = self.sandbox('host_list', hosts=18, page_size=2, rate_limit=5, rate_window=4)
        log = self.once(sandbox)
        waits = re.findall(r'.*waits for the subscription.*', log)
        self.assertTrue(waits, log[-3000:])
        ends = [re.search(r'next call at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ), in \d+ s', line) for line in waits]
        self.assertTrue(all(ends), waits)
        self.assertEqual(len({end[1] for end in ends}), len(ends), waits)
        self.assertEqual(self.refusals(sandbox), 0)
        self.assert_arrived(sandbox, 'host_list')

    def test_all_calls_may_be_used_and_the_last_one_says_nothing_of_a_wait(self):
        # X-RateLimit-ToWait-Sec is 0 on the call that uses up the window: the next one has to wait nevertheless.
        sandbox = self.configured(
            self.sandbox('host_list', hosts=14, page_size=2, rate_limit=4, rate_window=3), 'quota_share: 1')
        self.once(sandbox)
        self.assertEqual(self.refusals(sandbox), 0)
        self.assert_arrived(sandbox, 'host_list')

    def test_a_share_leaves_the_rest_to_others(self):
        sandbox = self.configured(
            self.sandbox('host_list', hosts=12, page_size=2, rate_limit=10, rate_window=600), 'quota_share: 0.5')
        log = self.once(sandbox, '--give-up-after', '2', status=1)
        self.assertLessEqual(sandbox.status()['qualys']['requests']['hosts'], 5)
        self.assertRegex(log, r'ERROR .*waits for the subscription.*next cycle')

    def test_a_storm_of_refusals_is_sat_out(self):
        sandbox = self.sandbox('host_list', hosts=12, page_size=3, rate_window=10,
                               fault='rate:nth=2,times=3,wait=1')
        self.once(sandbox)
        self.assertEqual(self.refusals(sandbox), 3)
        self.assertEqual(sandbox.status()['qualys']['requests'], {'hosts': 4 + 3})
        self.assert_arrived(sandbox, 'host_list')

    def test_a_window_that_others_used_up_is_waited_for(self):
        sandbox = self.sandbox('host_list', hosts=8, page_size=4, rate_limit=4, rate_window=3, phantom_calls=3)
        self.once(sandbox)
        self.assertLessEqual(self.refusals(sandbox), 1)
        self.assert_arrived(sandbox, 'host_list')

    def test_a_wait_at_one_endpoint_does_not_hold_up_the_others(self):
        sandbox = self.sandbox('host_list,host_list_detection', hosts=10, page_size=5,
                               fault='rate:endpoint=detections,wait=600')
        log = self.once(sandbox, '--give-up-after', '2', status=1)
        self.assert_one_line(log, 'host_list_detection', 'code 1965', 'next cycle')
        self.assert_arrived(sandbox, 'host_list')


if __name__ == '__main__':
    harness.main()
