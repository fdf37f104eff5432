"""One bad host does not hold up the others; pages shrink and grow; a retired API version is replaced."""
import re
import signal
import urllib.request

import harness
from harness import free_port, wait_for

POISON = 5  # by index: in the middle of a page


class Quarantine(harness.Case):
    def sandbox_of(self, **options):
        """Some seconds between bytes are enough on loopback: whoever is silent so long never comes."""
        made = self.sandbox(detections=10, no_gzip=True, **{'hosts': 16, 'page_size': 8, **options})
        made.edit_config((r'    id: 1001\n', '    id: 1001\n    idle_timeout_in_seconds: 3\n'))
        return made

    def sizes(self, sandbox):
        return [int(call['parameters']['truncation_limit']) for call in sandbox.calls()
                if 'truncation_limit' in call['parameters'] and 'ids' not in call['parameters']]

    def left_out(self, log):
        """The id of the host that the log says is left out."""
        self.assertRegex(log, r'WARNING .*host \d+ cannot be fetched.*quarantine')
        return re.search(r'WARNING .*?host (\d+) cannot be fetched.*quarantine', log)[1]

    def test_a_host_that_never_comes_is_left_out_named_tried_alone_and_welcome_again(self):
        # In one test, because it takes some patience until a host counts as bad.
        port = free_port()
        sandbox = self.sandbox_of(poison=POISON, settle_delay=0, status_port=port, request_period=3600)
        log = self.once(sandbox)
        host = self.left_out(log)
        found = self.assert_arrived(sandbox)  # the bad one is not demanded as long as it is bad
        self.assertLess(found['received'], found['allowed'])
        self.assertEqual(self.sizes(sandbox)[:4], [8, 4, 2, 1])
        self.assertEqual(self.sizes(sandbox)[-1], 8)

        # The next cycle tries it once, alone; the status names it meanwhile.
        before = len(sandbox.calls())
        run = self.run_collector(sandbox, 'run')
        ask = lambda path: urllib.request.urlopen(f'http://127.0.0.1:{port}{path}', timeout=harness.PATIENCE).read().decode()
        wait_for(lambda: 'stays in quarantine' in run.log(), 'the host to be tried again')
        self.assertIn(host, ask('/status'))
        self.assertRegex(ask('/metrics'), r'(?m)^qualys_devo_collector_quarantined_records\{.*\} 1$')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        alone = [call['parameters'] for call in sandbox.calls()[before:] if call['parameters'].get('ids') == host]
        self.assertEqual(len(alone), 1, alone)

        sandbox.control(heal=POISON)
        log = self.once(sandbox)
        self.assertRegex(log, rf'host {host}\b.*has left the quarantine')
        self.assert_arrived(sandbox)
        before = len(sandbox.calls())
        self.once(sandbox)
        self.assertFalse([call for call in sandbox.calls()[before:] if 'ids' in call['parameters']])
        self.assert_arrived(sandbox)

    def test_a_page_that_stalls_is_asked_for_smaller_and_grows_again(self):
        sandbox = self.sandbox_of(hosts=60, fault='stall:nth=2,after=3000')
        self.once(sandbox)
        self.assert_arrived(sandbox)
        sizes = self.sizes(sandbox)
        self.assertEqual(sizes[:5], [8, 8, 4, 8, 8], sizes)

    def test_a_page_that_is_too_big_for_the_gateway_is_asked_for_smaller(self):
        sandbox = self.sandbox_of(hosts=24, fault='html:status=504,limit_above=3')
        self.once(sandbox)
        self.assert_arrived(sandbox)
        self.assertIn(2, self.sizes(sandbox))


class Versions(harness.Case):
    def paths(self, sandbox):
        """The versions that were asked, without the light calls between them."""
        return [call['path'].split('/')[2] for call in sandbox.calls() if call['path'].startswith('/api/')]

    def test_a_retired_version_is_replaced_by_the_next_older_one_and_that_is_remembered(self):
        sandbox = self.sandbox(hosts=12, page_size=4, request_period=1, old_versions=True,
                               retired=['detections/5.0', 'detections/4.0'])
        sandbox.edit_config((r'    id: 1001\n', '    id: 1001\n    api_versions: {host_list_detection: auto}\n'))
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: self.paths(sandbox).count('3.0') >= 5, 'a second cycle')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assertEqual(self.paths(sandbox)[:2], ['5.0', '4.0'])
        self.assertEqual(set(self.paths(sandbox)[2:]), {'3.0'})
        self.assert_one_line(run.log(), 'HTTP 404', '5.0', '4.0 is used from now on')
        self.assert_arrived(sandbox)

    def test_when_no_version_is_left_the_cycle_ends_with_words(self):
        sandbox = self.sandbox(hosts=12)
        sandbox.edit_config((r'    id: 1001\n', '    id: 1001\n    api_versions: {host_list_detection: auto}\n'))
        sandbox.control(set={'retired': ['detections/5.0']})
        log = self.once(sandbox, status=1)
        self.assertRegex(log, r'ERROR .*HTTP 404')
        self.assertEqual(self.paths(sandbox), ['5.0', '4.0', '3.0', '2.0'])

    def test_a_version_that_the_configuration_fixes_stays(self):
        sandbox = self.sandbox(hosts=12, old_versions=True, retired='detections/5.0')
        self.once(sandbox, status=1)
        self.assertEqual(self.paths(sandbox), ['5.0'])


if __name__ == '__main__':
    harness.main()
