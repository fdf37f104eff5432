"""The KnowledgeBase: pulled whole by few calls, then by what was modified, through refusals, cuts and kills."""
import datetime
import json
import re
import resource
import signal
import subprocess
import time

import harness

KB = 'knowledge_base'


def hours_ago(hours):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)).strftime('%Y-%m-%dT%H:%M:%SZ')


def small_disk():
    """No file can grow beyond 64 KiB: the store can be made, and nothing be saved in it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))


class KnowledgeBase(harness.Case):
    def kb(self, **options):
        return self.sandbox(KB, settle_delay=0, **options)

    def kb_calls(self, sandbox):
        return [call['parameters'] for call in sandbox.calls() if call['endpoint'] == KB]

    def qids(self, sandbox):
        """Those that arrived, in their order."""
        return [int(re.search(r'"QID":"(\d+)"', line)[1]) for line in sandbox.events()]

    def next_qid(self, sandbox):
        """In front of which all is confirmed."""
        path = sandbox.folder / 'state' / 'qualys.1001.knowledge_base.json'
        return json.loads(path.read_bytes())['state']['next_qid'] if path.exists() else 1

    def test_the_first_pull_takes_the_ids_and_then_slices_and_a_second_one_what_was_modified(self):
        sandbox = self.kb(qids=5000)
        self.assert_no_warning(self.once(sandbox))
        self.assert_arrived(sandbox, KB)
        calls = self.kb_calls(sandbox)
        self.assertEqual([call['details'] for call in calls], ['None', 'All', 'All', 'All'])
        self.assertNotIn('truncation_limit', str(calls))

        sandbox.control(touch_qids={'first': 3, 'count': 4000, 'every': 100, 'at': hours_ago(1)})
        self.once(sandbox)
        self.assert_arrived(sandbox, KB)
        calls = self.kb_calls(sandbox)
        self.assertEqual(len(calls), 5)
        self.assertIn('last_modified_after', calls[-1])
        self.once(sandbox)
        self.assert_arrived(sandbox, KB)  # the overlap brings them again, and they are known

    def test_two_hundred_thousand_take_few_calls(self):
        sandbox = self.kb(qids=200000, store='hashes', results_max=100)
        self.assertEqual(self.run_collector(sandbox).wait(600), 0)
        self.assert_arrived(sandbox, KB)
        self.assertLessEqual(len(self.kb_calls(sandbox)), 120)
        before = len(self.kb_calls(sandbox))
        self.once(sandbox)
        self.assertLessEqual(len(self.kb_calls(sandbox)) - before, 2)

    def test_without_a_list_of_ids_ranges_of_numbers_are_walked(self):
        sandbox = self.kb(qids=3000, refuse_id_list=True)
        log = self.once(sandbox)
        self.assertIn('by ranges of numbers', log)
        self.assert_arrived(sandbox, KB)

    def test_an_older_version_is_asked_where_the_newest_is_gone(self):
        sandbox = self.kb(qids=300, old_versions=True, retired='knowledge_base/4.0')
        sandbox.edit_config(('    tls:', '    api_versions: {knowledge_base: auto}\n    tls:'))
        self.once(sandbox)
        self.assert_arrived(sandbox, KB)

    def test_an_account_without_the_permission_stops_this_service_alone(self):
        sandbox = self.sandbox(f'{KB},host_list', qids=30, hosts=20, settle_delay=0,
                               fault=f'error:status=403,code=2012,endpoint={KB}')
        began = time.monotonic()
        log = self.once(sandbox, status=1)
        self.assertLess(time.monotonic() - began, 250)  # not the 300 s of --give-up-after
        self.assert_arrived(sandbox, 'host_list')
        self.assertIn(KB, log)
        doctor = self.run_collector(sandbox, 'doctor')
        self.assertEqual(doctor.wait(), 1)
        self.assertIn(b'a permission of its own', doctor.out)

    def test_cuts_lose_nothing_and_double_nothing(self):
        sandbox = self.kb(qids=3000, no_gzip=True,
                          fault=[f'cut:after=90000,how=rst,nth=2,times=3,endpoint={KB}', f'internal:nth=7,endpoint={KB}'])
        self.once(sandbox)
        self.assert_arrived(sandbox, KB)

    def test_an_entry_that_never_comes_is_left_out_and_the_others_arrive(self):
        sandbox = self.kb(qids=40, stuck_qid='10010')
        sandbox.edit_config(('    tls:', '    idle_timeout_in_seconds: 3\n    first_byte_timeout_in_seconds: 6\n    tls:'))
        log = self.once(sandbox)
        self.assertIn('QID 10010', log)
        self.assert_arrived(sandbox, KB)
        sandbox.control(set={'stuck_qid': []})
        self.assertIn('QID 10010 came', self.once(sandbox))
        self.assertEqual(sandbox.verdict()['services'][KB]['received'], 40)

    def test_a_kill_in_each_slice_loses_nothing_and_bounds_what_comes_again(self):
        # Each run finds a slice of its own standing in its middle, so it is killed there however fast it is.
        sandbox = self.kb(qids=12000, no_gzip=True)
        sandbox.edit_config(('    tls:', '    idle_timeout_in_seconds: 3600\n    tls:'))
        firsts, may_come_again, before = [], 0, 0
        for kill in range(1, 6):
            # The list of ids, the slice that the last kill left open, and then this one.
            sandbox.control(set={'fault': [f'stall:nth={min(kill, 2) + 1},after=300000,endpoint={KB}']})
            run = self.run_collector(sandbox, 'run')
            harness.wait_for(lambda: sandbox.status()['qualys']['faults'].get('stall') == kill, 'a slice that stands')
            first = int(self.kb_calls(sandbox)[-1].get('id_min', 1))
            harness.wait_for(lambda: any(qid >= first for qid in self.qids(sandbox)), 'events of the slice')
            # What is in front of it is confirmed; its last entry may be asked for again.
            in_front = max([qid for qid in self.qids(sandbox) if qid < first], default=0)
            harness.wait_for(lambda: self.next_qid(sandbox) >= in_front, 'the checkpoint of the slice in front')
            run.kill()
            sandbox.wait_read()
            firsts.append(first)
            arrived = self.qids(sandbox)
            may_come_again += sum(qid >= self.next_qid(sandbox) for qid in arrived[before:])
            before = len(arrived)
        self.assertEqual(sorted(set(firsts)), firsts, 'a slice after the other')
        self.assertLess(len(set(arrived)), 12000)
        sandbox.control(set={'fault': []})
        self.once(sandbox)
        self.assert_arrived(sandbox, KB, duplicates=may_come_again)

    def test_one_cycle_ends_when_the_disk_takes_no_table(self):
        sandbox = self.kb(qids=4000, results_min=6000, results_max=6000, store='hashes')
        log = self.once(sandbox, '--give-up-after', '20', status=1, preexec_fn=small_disk)
        self.assertRegex(log, r'ERROR .*checkpoint.* could not be saved: .*\[checkpoint_unsaved\]')
        self.once(sandbox)
        self.assert_arrived(sandbox, KB, duplicates=4000)

    def test_without_events_the_index_is_kept_and_nothing_is_sent(self):
        sandbox = self.kb(qids=300, no_kb_deliver=True)
        self.once(sandbox)
        self.assertEqual(sandbox.events(), [])
        self.once(sandbox)
        self.assertEqual(len(self.kb_calls(sandbox)), 3)

    def test_long_texts_are_left_out_on_request(self):
        sandbox = self.kb(qids=300, no_kb_texts=True)
        self.once(sandbox)
        self.assert_arrived(sandbox, KB)
        self.assertFalse([line for line in sandbox.events() if '"SOLUTION"' in line])

    def test_a_damaged_index_is_set_aside_and_made_again(self):
        sandbox = self.kb(qids=3000)
        self.once(sandbox)
        data = next((sandbox.folder / 'state').glob('store/*/data.mdb'))
        with open(data, 'r+b') as file:
            file.truncate(5000)
        log = self.once(sandbox)
        self.assertRegex(log, 'WARNING.*set aside|WARNING.*unusable')
        found = sandbox.verdict()['services'][KB]
        self.assertEqual((found['missing'], found['altered'], found['duplicates']), (0, 0, 3000), found)
        self.once(sandbox)
        self.assertEqual(sandbox.verdict()['services'][KB]['duplicates'], 3000)


class Join(harness.Case):
    """What the KnowledgeBase says beside each detection."""

    MEMBERS = ['CVSS', 'TITLE', 'NOBODY', 'CVE_LIST', 'SOFTWARE_LIST', 'THREAT_INTELLIGENCE']

    def both(self, **options):
        options = {'qids': 400, 'hosts': 40, 'detections': 10, 'settle_delay': 0, 'enrich': self.MEMBERS, **options}
        return self.sandbox(f'{KB},host_list_detection', **options)

    def events_of(self, sandbox, table):
        lines = (line.split(f' {table}: ', 1) for line in sandbox.events())
        return [json.loads(line[1]) for line in lines if len(line) == 2]

    def joined(self, entry):
        """What a detection must say of an entry, made out of the entry's own event."""
        said = {name: entry[name] for name in self.MEMBERS if name in entry}
        if 'CVE_LIST' in said:
            said['CVE_LIST'] = [cve['ID'] for cve in said['CVE_LIST'].get('CVE', [])]
        return said

    def assert_joined(self, sandbox, detections=None):
        """Each detection whose QID is in the KnowledgeBase says so; returns how many have none."""
        entries = {event['QID']: event for event in self.events_of(sandbox, 'my.app.qualys.knowledgebase')}
        without = 0
        for event in detections or self.events_of(sandbox, 'vuln.qualys.hostdetections'):
            entry = entries.get(event.get('DETECTION', {}).get('QID'))
            if entry is None:
                without += 1
                self.assertNotIn('KNOWLEDGE_BASE', event)
                continue
            names = list(event)
            self.assertEqual(names[names.index('DETECTION') + 1], 'KNOWLEDGE_BASE')
            self.assertEqual(json.dumps(event['KNOWLEDGE_BASE']), json.dumps(self.joined(entry)))
        return without

    def test_a_detection_carries_the_named_members_of_its_entry(self):
        sandbox = self.both()
        self.once(sandbox, '--service', KB)
        self.once(sandbox, '--service', 'host_list_detection')
        without = self.assert_joined(sandbox)
        self.assertGreater(without, 10)  # a fifth has a QID that nobody knows
        self.assert_arrived(sandbox, KB)
        self.assert_arrived(sandbox)

    def pulled(self, sandbox):
        """What `pull` writes, and its log."""
        done = subprocess.run([harness.COLLECTOR, 'pull', 'host_list_detection', '-c', sandbox.config], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    def test_pull_by_hand_writes_the_join_as_devo_gets_it(self):
        sandbox = self.both()
        events, log = self.pulled(sandbox)
        self.assertNotIn('KNOWLEDGE_BASE', str(events))
        self.assert_one_line(log, 'knowledge_base', 'cannot be read')
        self.once(sandbox, '--service', KB)
        self.once(sandbox, '--service', 'host_list_detection')
        events, log = self.pulled(sandbox)
        self.assert_one_line(log, 'WARNING', '`NOBODY` is no documented member')
        self.assert_no_warning('\n'.join(line for line in log.splitlines() if '`NOBODY`' not in line))
        self.assertGreater(len(events), 0)
        self.assert_joined(sandbox, events)
        of_cycle = [event | {'@devo_pulling_id': ''} for event in self.events_of(sandbox, 'vuln.qualys.hostdetections')]
        self.assertCountEqual([json.dumps(event | {'@devo_pulling_id': ''}) for event in events], map(json.dumps, of_cycle))

    def test_what_is_missed_is_fetched_by_its_id_and_is_there_the_next_time(self):
        # The KnowledgeBase begins now, so its first window is empty: all detections miss.
        sandbox = self.both(request_period=2, start_time=f'{KB}={hours_ago(0)}')
        run = self.run_collector(sandbox, 'run')
        asked = harness.wait_for(
            lambda: [call['parameters'] for call in sandbox.calls() if 'ids' in call['parameters'] and call['endpoint'] == KB],
            'a call by ids')
        self.assertLessEqual(len(asked[0]['ids'].split(',')), 500)
        known = re.compile('my.app.qualys.knowledgebase')
        harness.wait_for(lambda: sum(1 for line in sandbox.events() if known.search(line)) > 50, 'their entries')
        harness.wait_for(lambda: 'KNOWLEDGE_BASE' in str(sandbox.events()) or not sandbox.control(touch={}), 'a joined detection')
        run.process.terminate()
        self.assertEqual(run.wait(), 0)
        found = sandbox.verdict()['services']
        for service in (KB, 'host_list_detection'):
            for kind in ('invented', 'altered'):
                self.assertEqual(found[service][kind], 0, found)
        # In vain once: nobody knows those QIDs, and the quarter of an hour has not passed.
        calls = [call for call in sandbox.calls() if 'ids' in call['parameters'] and call['endpoint'] == KB]
        self.assertLessEqual(len(calls), 3)

    def test_other_members_are_fetched_again_and_nothing_is_sent_again(self):
        sandbox = self.both(hosts=5)
        self.once(sandbox, '--service', KB)
        sandbox.edit_config(('- TITLE', '- CATEGORY'))
        self.once(sandbox, '--service', KB)
        self.assert_arrived(sandbox, KB)
        self.MEMBERS = ['CVSS', 'CATEGORY', 'NOBODY', 'CVE_LIST', 'SOFTWARE_LIST', 'THREAT_INTELLIGENCE']
        self.once(sandbox, '--service', 'host_list_detection')
        self.assert_joined(sandbox)

    def test_kills_lose_nothing_of_either(self):
        # Each run finds both services standing in the middle of an answer, further on each time.
        sandbox = self.both(qids=6000, hosts=150, page_size=10, no_gzip=True)
        sandbox.edit_config(('    tls:', '    idle_timeout_in_seconds: 3600\n    tls:'))
        for kill in range(1, 6):
            sandbox.control(set={'fault': [f'stall:nth=2,after={100000 * kill},endpoint={KB}',
                                           f'stall:nth=2,after={4000 * kill},endpoint=detections']})
            before = len(sandbox.events())
            run = self.run_collector(sandbox, 'run')
            harness.wait_for(lambda: sandbox.status()['qualys']['faults'].get('stall') == 2 * kill, 'both to stand')
            harness.wait_for(lambda: len(sandbox.events()) > before, 'events')
            run.kill()
        sandbox.wait_read()
        for table in ('my.app.qualys.knowledgebase', 'vuln.qualys.hostdetections'):
            self.assertGreater(len(self.events_of(sandbox, table)), 0)
        sandbox.control(set={'fault': []})
        self.once(sandbox)
        found = sandbox.verdict()['services']
        for service in (KB, 'host_list_detection'):
            for kind in ('missing', 'invented', 'altered'):
                self.assertEqual(found[service][kind], 0, found)

    def test_a_damaged_index_costs_a_warning_and_the_join_until_it_is_there_again(self):
        sandbox = self.both(hosts=5)
        self.once(sandbox, '--service', KB)
        data = next((sandbox.folder / 'state').glob('store/*/data.mdb'))
        data.write_bytes(b'nonsense' * 4000)
        self.assertIn('WARNING', self.once(sandbox, '--service', 'host_list_detection'))
        self.assertNotIn('KNOWLEDGE_BASE', str(sandbox.events()))
        self.once(sandbox, '--service', KB)
        sandbox.control(touch={'at': hours_ago(0)})
        self.once(sandbox, '--service', 'host_list_detection')
        self.assertIn('KNOWLEDGE_BASE', str(sandbox.events()))

    def test_enrich_needs_the_service(self):
        sandbox = self.sandbox('host_list_detection', enrich='TITLE')
        validate = self.run_collector(sandbox, 'validate')
        self.assertEqual(validate.wait(), 78)
        self.assertIn('knowledge_base', validate.log() + validate.out.decode())


if __name__ == '__main__':
    harness.main()
