"""Values of many megabytes: whole up to the limit, cut with a mark beyond it, and within bounded memory."""
import json
import re

import harness
from harness import SANITIZED, wait_for

LIMIT = 32 << 20  # src/decode/limits.hpp


class LargeValues(harness.Case):
    def test_results_of_20_mb_arrive_whole(self):
        sandbox = self.sandbox(hosts=3, detections=2, results_min=20_000_000, results_max=20_000_000, page_size=1)
        run = self.run_collector(sandbox, 'run', '--no-save-state')
        wait_for(lambda: 'The data is up to date!' in run.log(), 'the cycle')
        peak = run.peak_memory_kib()
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0)
        self.assert_arrived(sandbox)
        self.assertTrue(any(len(line) > 18_000_000 for line in sandbox.events()))
        if not SANITIZED:
            self.assertLess(peak, 200 * 1024, f'{peak} KiB')

    def test_a_value_beyond_the_limit_is_cut_and_its_neighbours_are_not(self):
        sandbox = self.sandbox(hosts=1, detections=2, results_min=LIMIT + 3_000_000, results_max=LIMIT + 3_000_000)
        log = self.once(sandbox)
        cut = 0
        for line in sandbox.events():
            event = json.loads(line.split(': ', 1)[1])
            results = event.get('DETECTION', {}).get('RESULTS', '')
            mark = re.search(r'…\[cut: (\d+) bytes\]$', results)
            if mark:
                cut += 1
                kept = len(results[:mark.start()].encode())
                self.assertTrue(LIMIT - 4 < kept <= LIMIT, kept)
                self.assertGreater(kept + int(mark[1]), LIMIT + 1_000_000)  # the sandbox rounds its sizes
                self.assertIn('QID', event['DETECTION'])
        self.assertGreater(cut, 0)
        self.assertRegex(log, r'Number of events generated and sent: [1-9]')


if __name__ == '__main__':
    harness.main()
