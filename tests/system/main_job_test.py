"""The main job as a user sees it: host detections from Qualys to Devo."""
import json
import os
import re
import signal
import time

import harness
from harness import SANITIZED, wait_for


class Delivery(harness.Case):
    def test_every_detection_arrives_once_and_a_restart_brings_nothing_again(self):
        sandbox = self.sandbox(hosts=230, detections=12, page_size=50)
        log = self.once(sandbox)
        first = self.assert_arrived(sandbox)
        self.assertIn('The data is up to date!', log)
        self.assertRegex(log, r'Statistics for this pull cycle \(@devo_pulling_id=\d{13}\):Number of requests made: 5; '
                              rf'Number of events received: {first["expected"]}; ')
        self.once(sandbox)
        self.assertEqual(self.assert_arrived(sandbox)['received'], first['received'])

    def test_pages_without_compression_arrive_the_same(self):
        sandbox = self.sandbox(hosts=120, detections=10, page_size=40, no_gzip=True)
        self.once(sandbox)
        self.assert_arrived(sandbox)

    def test_what_xml_forbids_becomes_the_replacement_character(self):
        sandbox = self.sandbox(hosts=60, detections=10, illegal_every=3)
        self.once(sandbox)
        self.assert_arrived(sandbox)

    def test_a_host_that_two_pages_repeat_arrives_once(self):
        sandbox = self.sandbox(hosts=60, detections=5, page_size=20, fault='duplicate_host')
        log = self.once(sandbox)
        self.assert_arrived(sandbox)
        self.assertRegex(log, r'duplicated events filtered out: [1-9]')

    def test_kill_in_the_second_page_loses_nothing_and_repeats_only_what_was_not_confirmed(self):
        # First a run that stands at the beginning of its second page: what is confirmed is page one, whole.
        sandbox = self.sandbox(hosts=1500, detections=25, page_size=500, results_max=400, fault='stall:nth=2,after=1000')
        sandbox.edit_config(('    tls:', '    idle_timeout_in_seconds: 3600\n    tls:'))
        run = self.run_collector(sandbox, 'run')
        state = sandbox.folder / 'state' / 'qualys.1001.host_list_detection.json'
        wait_for(lambda: 'Partial' in run.log() and state.exists(), 'the first checkpoint')
        run.kill()
        # Then one that gets into that page, while Devo takes everything and confirms nothing.
        sandbox.control(set={'devo_fault': ['no_answer'], 'fault': ['stall:after=300000']})
        arrived_by_page_one = len(sandbox.events())
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: len(sandbox.events()) > arrived_by_page_one + 20, 'events of the second page')
        run.kill()
        wait_for(lambda: all_ended(sandbox.status()['devo']), "the ends of the killed one's connections")
        confirmed_host = json.loads(state.read_text())['state']['next_host']
        lines = sandbox.events()
        sandbox.control(set={'fault': [], 'devo_fault': []})
        self.once(sandbox)
        unconfirmed = sum(1 for line in lines if host_of(line) >= confirmed_host)
        found = self.assert_arrived(sandbox, duplicates=unconfirmed)
        self.assertGreater(unconfirmed, 0, 'the kill came too late to prove anything')
        self.assertLess(unconfirmed, len(lines), found)

    def test_sigterm_stops_in_order_with_status_0_even_when_both_ends_hang(self):
        sandbox = self.sandbox(hosts=400, detections=10, page_size=100,
                               fault='stall:nth=3,after=20000', devo_fault='no_answer')
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: len(sandbox.events()) > 100, 'events')
        began = time.monotonic()
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - began, 30)  # 9 s, and what a busy machine adds

    def test_a_sigterm_before_anything_has_begun_is_obeyed_too(self):
        sandbox = self.sandbox(hosts=5)
        text = sandbox.config.read_text()
        sandbox.config.unlink()
        os.mkfifo(sandbox.config)
        run = self.run_collector(sandbox, 'run')
        with open(sandbox.config, 'w') as config:  # opens when the collector reads it
            run.process.send_signal(signal.SIGTERM)
            config.write(text)
        self.assertEqual(run.wait(), 0, run.log())
        self.assertIn('stopping in order', run.log())
        self.assertEqual(sandbox.events(), [])

    def test_the_first_event_is_at_devo_before_one_percent_of_the_page_is_read(self):
        # The page is longer than 50 MB; Qualys stops for good after 500 kB of it.
        sandbox = self.sandbox(hosts=2000, detections=25, page_size=5000, no_gzip=True, fault='stall:after=500000')
        run = self.run_collector(sandbox, 'run')
        wait_for(sandbox.events, 'the first event')
        run.kill()
        sandbox.control(set={'fault': []})
        self.once(sandbox)
        self.assertGreater(sandbox.status()['qualys']['sent_bytes'], 50_000_000)

    def test_memory_does_not_depend_on_the_size_of_a_page(self):
        sandbox = self.sandbox(hosts=1500 if SANITIZED else 16000, detections=25, page_size=100000, no_gzip=True, store='hashes')
        run = self.run_collector(sandbox, 'run', '--once')
        peak = 0
        while run.process.poll() is None:
            try:
                peak = max(peak, run.peak_memory_kib())
            except (OSError, TypeError):
                break
            time.sleep(0.01)
        self.assertEqual(run.wait(), 0)
        self.assert_arrived(sandbox)
        if not SANITIZED:
            self.assertGreater(sandbox.status()['qualys']['sent_bytes'], 480_000_000)
            self.assertLess(peak, 24 * 1024)  # the memory contract: memory_test


class Frames(harness.Case):
    def test_a_line_is_the_official_frame_with_compact_json(self):
        sandbox = self.sandbox(hosts=20, detections=3, environment='dev', tag='host_list_detection=my.app.qualys.test')
        self.once(sandbox)
        for line in sandbox.events():
            frame = re.fullmatch(
                r'<14>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+ my\.app\.qualys\.test: (\{.*\})', line)
            self.assertIsNotNone(frame, line[:200])
            event = json.loads(frame[1])
            self.assertEqual(list(event)[-2:], ['@devo_environment', '@devo_pulling_id'])
            self.assertRegex(event['@devo_pulling_id'], r'^\d{13}$')
            self.assertEqual(json.dumps(event, ensure_ascii=False, separators=(',', ':')), frame[1])


class Pull(harness.Case):
    def test_pull_writes_the_events_without_frame_and_touches_nothing(self):
        sandbox = self.sandbox(hosts=30, detections=4, page_size=10)
        run = self.run_collector(sandbox, 'pull', 'host_list_detection')
        self.assertEqual(run.wait(), 0, run.log())
        events = [json.loads(line) for line in run.out.splitlines()]
        self.assertGreater(len(events), 30)
        self.assertEqual(sandbox.events(), [])
        self.assertEqual(list((sandbox.folder / 'state').glob('*.json')), [])

    def test_pull_stops_at_its_limit(self):
        sandbox = self.sandbox(hosts=30, detections=4)
        run = self.run_collector(sandbox, 'pull', 'host_list_detection', '--limit', '7')
        self.assertEqual(run.wait(), 0, run.log())
        self.assertEqual(len(run.out.splitlines()), 7)

    def test_pull_with_a_limit_of_nothing_asks_for_nothing(self):
        sandbox = self.sandbox(hosts=30, detections=4)
        run = self.run_collector(sandbox, 'pull', 'host_list_detection', '--limit', '0')
        self.assertEqual(run.wait(), 0, run.log())
        self.assertEqual(run.out, b'')
        self.assertEqual(sandbox.status()['qualys']['recent'], [])

    def test_pull_begins_where_the_configuration_says(self):
        sandbox = self.sandbox(hosts=30, detections=4, start_time='host_list_detection=2026-01-02T03:04:05Z')
        run = self.run_collector(sandbox, 'pull', 'host_list_detection')
        self.assertEqual(run.wait(), 0, run.log())
        self.assertIn('2026-01-02T03:04:05Z', json.dumps(sandbox.status()['qualys']['recent']))

    def test_pull_raw_writes_the_answer_as_received(self):
        sandbox = self.sandbox(hosts=5, detections=2)
        run = self.run_collector(sandbox, 'pull', 'host_list_detection', '--raw')
        self.assertEqual(run.wait(), 0, run.log())
        self.assertIn(b'<HOST_LIST_VM_DETECTION_OUTPUT>', run.out)
        self.assertIn(b'<!DOCTYPE', run.out)


def all_ended(devo):
    """Whether Devo has read every connection to its end."""
    ends = ('orderly_ends', 'ends_without_notice', 'resets', 'refused_handshakes')
    return devo['connections'] == sum(devo[end] for end in ends)


def host_of(line):
    return int(re.search(r'"ID":"(\d+)"', line)[1])


if __name__ == '__main__':
    harness.main()
