"""All four services and the official configuration, as a user of the official collector would meet them."""
import hashlib
import json
import os
import pickle
import re
import subprocess
import time

import harness
from harness import COLLECTOR, wait_for

ALL = 'vm_scans,host_list,host_list_detection,user_activity'


class Services(harness.Case):
    def assert_all_arrived(self, sandbox, services=ALL):
        return {name: self.assert_arrived(sandbox, name) for name in services.split(',')}

    def test_every_event_of_the_four_services_arrives_once_and_a_second_cycle_brings_nothing(self):
        sandbox = self.sandbox(ALL, hosts=150, detections=6, page_size=50)
        log = self.once(sandbox)
        first = self.assert_all_arrived(sandbox)
        self.assertRegex(log, r'Fetched scan with reference scan/\d+\.\d+ \(no\. 1 out of \d+\)')
        self.once(sandbox)
        again = self.assert_all_arrived(sandbox)
        self.assertEqual({k: v['received'] for k, v in first.items()}, {k: v['received'] for k, v in again.items()})

    def test_a_second_cycle_brings_only_what_changed(self):
        services = 'host_list,host_list_detection'
        sandbox = self.sandbox(services, hosts=200, detections=4, page_size=60, settle_delay=0)
        self.once(sandbox)
        before = self.assert_all_arrived(sandbox, services)
        time.sleep(1.1)  # Qualys' clock has seconds: the change must lie behind the first window
        sandbox.control(touch={'first': 10, 'count': 30, 'every': 3})
        time.sleep(1.1)
        log = self.once(sandbox)
        after = self.assert_all_arrived(sandbox, services)
        self.assertEqual(after['host_list']['received'] - before['host_list']['received'], 10)
        self.assertIn('vm_processed_after', json.dumps(sandbox.status()['qualys']['recent']))
        self.assertIn('The data is up to date!', log)

    def test_hosts_of_the_overlap_that_come_again_unchanged_are_dropped(self):
        sandbox = self.sandbox('host_list', hosts=80, settle_delay=0)
        sandbox.control(touch={'first': 0, 'count': 20, 'every': 1})
        time.sleep(1.1)
        self.once(sandbox)
        log = self.once(sandbox)
        self.assertRegex(log, r'Number of events received: 20; Number of duplicated events filtered out: 20;')
        self.assertEqual(len(sandbox.events()), 80)

    def test_a_scan_that_was_running_is_fetched_when_it_is_finished(self):
        sandbox = self.sandbox('vm_scans', scans=12, findings=8)
        self.once(sandbox)
        before = self.assert_arrived(sandbox, 'vm_scans')
        sandbox.control(move_scans={'count': 0})
        sandbox.control(move_scans={'count': 0})
        self.once(sandbox)
        after = self.assert_arrived(sandbox, 'vm_scans')
        self.assertGreater(after['received'], before['received'])

    def test_rows_that_arrive_during_the_walk_are_neither_lost_nor_doubled(self):
        sandbox = self.sandbox('user_activity', activity=400, page_size=50, arrivals=3, settle_delay=0)
        self.once(sandbox)
        time.sleep(1.1)
        self.once(sandbox)
        self.assert_arrived(sandbox, 'user_activity')

    def test_each_framing_of_the_activity_log_is_read(self):
        for framing in ('bare', 'framed', 'footer'):
            with self.subTest(framing=framing):
                sandbox = self.sandbox('user_activity', activity=120, page_size=50, activity_framing=framing)
                self.once(sandbox)
                self.assert_arrived(sandbox, 'user_activity')

    def test_own_activity_is_left_out_when_asked(self):
        sandbox = self.sandbox('user_activity', activity=200, exclude_own_activity=True)
        self.once(sandbox)
        self.assert_arrived(sandbox, 'user_activity')
        self.assertNotIn('"User Name":"acme_ab1"', '\n'.join(sandbox.events()))

    def test_only_the_service_asked_for_runs(self):
        sandbox = self.sandbox(ALL, hosts=10)
        self.once(sandbox, '--service', 'host_list')
        self.assertEqual(set(sandbox.status()['qualys']['requests']), {'hosts'})

    def test_official_filters_are_sent(self):
        sandbox = self.sandbox('host_list,host_list_detection', hosts=30, detections=4, filter=[
            'host_list.details=All/AGs', 'host_list.show_tags=1', 'host_list.show_asset_id=1',
            'host_list_detection.status=New,Fixed', 'host_list_detection.show_reopened_info=1'])
        self.once(sandbox)
        self.assert_all_arrived(sandbox, 'host_list,host_list_detection')

    def test_pull_writes_the_events_of_each_service(self):
        sandbox = self.sandbox(ALL, hosts=12, detections=3, scans=6, activity=40)
        for service in ALL.split(','):
            with self.subTest(service=service):
                run = self.run_collector(sandbox, 'pull', service)
                self.assertEqual(run.wait(), 0, run.log())
                events = [json.loads(line) for line in run.out.splitlines()]
                self.assertGreater(len(events), 3)
        self.assertEqual(sandbox.events(), [])


class Outputs(harness.Case):
    def test_every_output_gets_every_event(self):
        one, two = self.sandbox(hosts=40, detections=3), self.sandbox(hosts=1)
        certs = two.folder / 'certs'
        text = one.config.read_text()
        second = f'''  devo_2:
    type: relay
    config: {{address: localhost, port: {two.ready['devo_port']}, chain: {certs}/chain.crt, cert: {certs}/domain.crt, key: {certs}/domain.key}}
inputs:'''
        one.config.write_text(text.replace('inputs:', second))
        self.once(one)
        self.assert_arrived(one)
        strip = lambda lines: sorted(line.split(': ', 1)[1] for line in lines)
        self.assertEqual(strip(one.events()), strip(two.events()))

    def test_gzip_members_in_the_stream_are_confirmed_like_the_rest(self):
        sandbox = self.sandbox(hosts=60, detections=5, page_size=20)
        sandbox.edit_config((r'key: domain.key', 'key: domain.key\n      compress: true'))
        self.once(sandbox)
        self.assert_arrived(sandbox)
        self.assertGreater(sandbox.status()['devo']['gzip_members'], 0)

    def test_console_writes_frames_to_standard_output(self):
        sandbox = self.sandbox(hosts=10, detections=2)
        sandbox.edit_config((r'(?s)  devo_1:.*?inputs:', '  here: {type: console, config: {destination: stdout}}\ninputs:'))
        run = self.run_collector(sandbox, 'run', '--once')
        self.assertEqual(run.wait(), 0, run.log())
        events = [line for line in run.out.decode().splitlines() if ' devo.collector' not in line]
        self.assertRegex(events[0], r'^<14>.* vuln\.qualys\.hostdetections: \{')

    def test_one_cycle_gives_up_when_devo_is_away(self):
        sandbox = self.sandbox(hosts=10, devo_fault='refuse')
        log = self.once(sandbox, '--give-up-after', '2', status=1)
        self.assertRegex(log, r'ERROR .*Nothing that was sent has been confirmed for 2 s')
        sandbox.control(set={'devo_fault': []})
        self.once(sandbox)
        self.assert_arrived(sandbox)


class Configuration(harness.Case):
    def test_obfuscation_masks_before_anything_leaves(self):
        sandbox = self.sandbox(hosts=20, detections=2)
        rules = '''services:
      host_list_detection:
        obfuscation_data:
          - name: [IP]
          - name: [DETECTION, RESULTS]
            value: "gone"
          - name: [DNS_DATA, "*"]
            string_patterns: ["srv[0-9]+"]'''
        sandbox.edit_config((r'services:\n\s+host_list_detection:', rules))
        self.once(sandbox)
        for line in sandbox.events():
            event = json.loads(line.split(': ', 1)[1])
            self.assertEqual(event.get('IP', '****SANITIZED****'), '****SANITIZED****')
            self.assertEqual(event.get('DETECTION', {}).get('RESULTS', 'gone'), 'gone')

    def test_the_official_pages_own_sample_runs_with_warnings_on_the_right_line(self):
        sandbox = self.sandbox(ALL, hosts=12, detections=2, scans=4, activity=30)
        sandbox.edit_config(
            (r'      vm_scans:', '      vm_scans::'),
            (r'      host_list_detection:', '      host_list_detection::'),
            (r'(host_list_detection::\n)',
             r'\1        filters:\n           details: All ,   \n           show_tags: “1”\n'
             '           status: \n             - New\n             - Active\n             - Re-Opened\n'))
        wrong = 1 + sandbox.config.read_text().splitlines().index('      vm_scans::')
        check = subprocess.run([COLLECTOR, 'validate', '--json', '-c', sandbox.config], stdout=subprocess.PIPE)
        problems = json.loads(check.stdout)
        self.assertEqual(check.returncode, 0, problems)
        self.assertIn(wrong, [problem['line'] for problem in problems])
        self.assertEqual({problem['severity'] for problem in problems}, {'warning'})
        self.once(sandbox)
        self.assertEqual(sandbox.verdict()['services']['vm_scans']['missing'], 0)

    def test_the_collector_servers_pair_of_files_runs(self):
        sandbox = self.sandbox('host_list', hosts=10)
        certs, ports = sandbox.folder / 'certs', sandbox.ready
        job = {'global_overrides': {'debug': False}, 'inputs': {'qualys': {
            'id': '00123', 'enabled': True,
            'credentials': {'hostname': f"localhost:{ports['qualys_port']}", 'username': 'acme_ab1', 'password': 'pä ss:%&+/=?#'},
            'tls': {'ca_file': ports['qualys_ca']}, 'services': {'host_list': {'request_period_in_seconds': 60}}}}}
        collector = {'job_id': 1, 'job_name': 'from_the_server', 'state_store': {'type': 'memory'}, 'loggers': {'devo': {
            'type': 'devo_platform', 'config': {'url': 'localhost', 'port': ports['devo_port'], 'chain_loc': str(certs / 'chain.crt'),
                                                'cert_loc': str(certs / 'domain.crt'), 'key_loc': str(certs / 'domain.key')}}}}
        (sandbox.folder / 'job_config.json').write_text(json.dumps(job))
        (sandbox.folder / 'collector_config.json').write_text(json.dumps(collector))
        self.once(sandbox, '--job_config_loc', sandbox.folder / 'job_config.json',
                  '--collector_config_loc', sandbox.folder / 'collector_config.json')
        self.assert_arrived(sandbox, 'host_list')

    def test_a_reload_takes_a_good_configuration_and_refuses_a_bad_one(self):
        sandbox = self.sandbox(hosts=20, detections=2, request_period=1)
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: 'The data is up to date!' in run.log(), 'the first cycle')
        good = sandbox.config.read_text()
        run.process.send_signal(harness.signal.SIGHUP)
        wait_for(lambda: 'The configuration is the same: nothing is interrupted' in run.log(), 'the reload that changes nothing')
        sandbox.config.write_text(good.replace('localhost', 'https://localhost', 2))
        run.process.send_signal(harness.signal.SIGHUP)
        wait_for(lambda: 'The reload is refused' in run.log(), 'the refusal')
        sandbox.config.write_text(good.replace('request_period_in_seconds: 1', 'request_period_in_seconds: 2'))
        run.process.send_signal(harness.signal.SIGHUP)
        wait_for(lambda: 'Reloaded: the new configuration is in use' in run.log(), 'the reload')
        wait_for(lambda: 'Starting data collection every 2 seconds' in run.log(), 'the new period')
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0)
        self.assert_arrived(sandbox)

    def test_each_service_that_is_asked_for_has_to_be_configured(self):
        sandbox = self.sandbox('host_list,user_activity', hosts=10, activity=10, request_period=1)
        log = self.once(sandbox, '--service', 'host_list', '--service', 'vm_scans', status=2)
        self.assertIn('No input has the service vm_scans, which was asked for', log)
        self.assertNotIn('Pull Started', log)
        # A reload that takes one away is refused, and what runs goes on.
        run = self.run_collector(sandbox, 'run', '--service', 'host_list', '--service', 'user_activity')
        wait_for(lambda: run.log().count('The data is up to date!') >= 2, 'the first cycles')
        text = sandbox.config.read_text()
        self.assertIn('      user_activity:', text)
        sandbox.config.write_text(text.replace('      user_activity:', '      vm_scans:'))
        run.process.send_signal(harness.signal.SIGHUP)
        wait_for(lambda: 'The reload is refused' in run.log(), 'the refusal')
        self.assertIn('No input has the service user_activity, which was asked for', run.log())
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0)
        self.assert_arrived(sandbox, 'host_list')

    def test_of_several_reloads_while_the_first_waits_for_devo_the_last_good_one_counts(self):
        sandbox = self.sandbox('host_list', hosts=20, request_period=1, devo_fault='no_answer:seconds=8')
        run = self.run_collector(sandbox, 'run')
        good = sandbox.config.read_text()
        wait_for(lambda: sandbox.status()['devo']['orderly_ends'], 'our end of a connection, which is not answered yet')

        def reload(text, number):
            fresh = sandbox.config.with_suffix('.fresh')
            fresh.write_text(text)
            fresh.replace(sandbox.config)  # at once: the one before may still be read
            run.process.send_signal(harness.signal.SIGHUP)
            wait_for(lambda: run.log().count('Reloading the configuration') == number, f'reload {number}')

        reload(good.replace('request_period_in_seconds: 1', 'request_period_in_seconds: 2'), 1)
        reload(good.replace('localhost', 'https://localhost', 2), 2)
        wait_for(lambda: 'The reload is refused' in run.log(), 'the refusal')
        reload(good, 3)
        wait_for(lambda: 'Reloaded: the new configuration is in use' in run.log(), 'the reload')
        wait_for(lambda: run.log().count('Starting data collection every 1 seconds') == 2, 'the first period again')
        self.assertNotIn('Starting data collection every 2 seconds', run.log())
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0)
        self.assert_arrived(sandbox, 'host_list', duplicates=20)  # Devo is left before it answers


class NextPassword(harness.Case):
    def rotated(self, next_password=None):
        """A sandbox whose configuration has a password that is no good any more, and the next one in a file."""
        sandbox = self.sandbox('host_list', hosts=10)
        good = re.search(r'password: (.*)', sandbox.config.read_text())[1].strip().strip('"\'')
        secret = sandbox.folder / 'credentials' / 'next'
        secret.parent.mkdir(exist_ok=True)
        secret.write_text((next_password or good) + '\n')
        secret.chmod(0o600)
        sandbox.edit_config((r'( *)password: .*', r'\1password: no-good-any-more\n\1next_password_file: next'))
        return sandbox

    def test_the_next_password_is_used_when_the_first_is_refused_with_a_warning(self):
        sandbox = self.rotated()
        log = self.once(sandbox)
        self.assertEqual(log.count('the one of next_password_file is used'), 1, log)
        self.assert_arrived(sandbox, 'host_list')

    def test_a_running_collector_takes_it_without_a_restart(self):
        sandbox = self.rotated()
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: len(sandbox.events()) == 10, 'the events')
        self.assertEqual(run.kill(harness.signal.SIGTERM), 0)
        self.assertEqual(run.log().count('the one of next_password_file is used'), 1)

    def test_a_next_password_that_is_refused_too_is_not_tried_again(self):
        sandbox = self.rotated('no-good-either')
        run = self.run_collector(sandbox, 'run', '--once')
        self.assertEqual(run.wait(), 1)
        self.assertEqual(run.log().count('the one of next_password_file is used'), 1, run.log())


class State(harness.Case):
    def verb(self, sandbox, *arguments, status=0, text=None):
        done = subprocess.run([COLLECTOR, 'state', *arguments, '-c', sandbox.config], input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8')
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def test_show_export_reset_and_set_move_checkpoints(self):
        sandbox = self.sandbox('host_list', hosts=10)
        self.once(sandbox)
        self.assertIn('qualys/1001/host_list  generation', self.verb(sandbox, 'show'))
        kept = json.loads(self.verb(sandbox, 'export'))['states'][0]['state']
        self.verb(sandbox, 'reset', 'host_list')
        self.verb(sandbox, 'set', 'host_list', '-', text=json.dumps(kept))
        log = self.once(sandbox)
        self.assertIn('Number of events received: 0;', log)
        self.verb(sandbox, 'set', 'host_list', '{"nonsense": 1}', status=1)
        self.verb(sandbox, 'reset', 'host_list')
        self.assertIn('Number of events received: 10;', self.once(sandbox))

    def said(self, sandbox, *arguments, status=0):
        done = subprocess.run([COLLECTOR, 'state', *arguments, '-c', sandbox.config],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8')
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def test_a_reset_says_how_to_go_back_and_of_everything_has_to_be_asked_for(self):
        sandbox = self.sandbox('host_list,user_activity', hosts=10, activity=10)
        self.once(sandbox)
        self.assertIn('--all', self.said(sandbox, 'reset', status=2))
        before = self.verb(sandbox, 'export')
        log = self.said(sandbox, 'reset', '--all')
        self.assertEqual(json.loads(self.verb(sandbox, 'export'))['states'], [])
        moves = re.findall(r"mv '([^']*)' '([^']*)'", log)
        self.assertEqual(len(moves), 2, log)
        for kept, name in moves:
            os.rename(kept, name)
        self.assertEqual(self.verb(sandbox, 'export'), before)

    def test_no_secret_and_no_certificate_is_needed(self):
        sandbox = self.sandbox('host_list', hosts=10)
        self.once(sandbox)
        sandbox.edit_config((r'password: .*', 'password_file: /nowhere'), (r'key: .*', 'key: /run/credentials/none/key'))
        self.assertIn('host_list', self.verb(sandbox, 'show'))
        done = subprocess.run([COLLECTOR, 'validate', '-c', sandbox.config], stdout=subprocess.PIPE, encoding='utf-8')
        self.assertEqual(done.returncode, 78)
        self.assertIn('qualys-devo-as-unit', done.stdout)

    def test_an_import_says_what_it_took_over_and_fails_when_that_is_nothing(self):
        sandbox = self.sandbox(ALL, hosts=10)
        official = sandbox.folder / 'official'
        official.mkdir()
        self.assertIn('0 of 4 services taken over', self.said(sandbox, 'import', str(official), status=1))
        left = {'@persistence_version': 1, 'start_time_str': None, 'last_event_time_str': '2026-01-02T03:04:05Z', 'last_ids': []}
        for service in ('host_list', 'vm_scans'):
            name = hashlib.md5(f'qualys;1001;{service};None'.encode()).hexdigest()
            (official / name).write_bytes(pickle.dumps(left, protocol=pickle.HIGHEST_PROTOCOL))
        self.assertIn('2 of 4 services taken over, up to 2026-01-02T03:04:05Z', self.said(sandbox, 'import', str(official)))
        # A damaged one is named, and keeps no other from being taken over.
        (official / hashlib.md5(b'qualys;1001;user_activity;None').hexdigest()).write_bytes(b'damaged')
        said = self.said(sandbox, 'import', str(official))
        self.assertIn('2 of 4 services taken over', said)
        self.assertIn("qualys/1001/user_activity: the official collector's state cannot be used", said)

    def test_an_imported_time_in_the_future_becomes_now(self):
        sandbox = self.sandbox(ALL, hosts=10, scans=6)
        official = sandbox.folder / 'official'
        official.mkdir()
        left = {'@persistence_version': 1, 'start_time_str': None, 'last_event_time_str': '2031-01-02T03:04:05Z', 'last_ids': []}
        for service in ALL.split(','):
            name = hashlib.md5(f'qualys;1001;{service};None'.encode()).hexdigest()
            (official / name).write_bytes(pickle.dumps(left, protocol=pickle.HIGHEST_PROTOCOL))
        said = self.said(sandbox, 'import', str(official))
        self.assertIn("qualys/1001/vm_scans: the official collector's last event, 2031-01-02T03:04:05Z, lies in the future", said)
        self.assertIn('4 of 4 services taken over, up to 20', said)
        self.assertNotIn('2031', self.verb(sandbox, 'export'))

    def test_the_official_collectors_state_is_taken_over(self):
        sandbox = self.sandbox(ALL, hosts=10, scans=6, activity=40)
        official = sandbox.folder / 'official'
        official.mkdir()
        now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
        left = {'@persistence_version': 1, 'start_time_str': now, 'last_event_time_str': now, 'last_ids': []}
        for service in ALL.split(','):
            name = subprocess.run(['md5sum'], input=f'qualys;1001;{service};None'.encode(), stdout=subprocess.PIPE).stdout[:32].decode()
            (official / name).write_bytes(pickle.dumps(left, protocol=pickle.HIGHEST_PROTOCOL))
        self.verb(sandbox, 'import', str(official))
        self.assertIn(now, self.verb(sandbox, 'show', 'user_activity'))
        log = self.once(sandbox)
        self.assertIn('Data retrieved from the persistence', log)
        self.assertEqual(sandbox.verdict()['services']['host_list']['received'], 0)

    def test_a_changed_start_time_resets_with_the_official_warning(self):
        sandbox = self.sandbox('host_list', hosts=10, start_time='host_list=2026-01-01T00:00:00Z')
        self.once(sandbox)
        sandbox.edit_config((r'2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'))
        log = self.once(sandbox)
        self.assertRegex(log, r'WARNING .*Some changes have been detected and the persistence needs to be updated\. '
                              r'Previous content: \{.*\}\. New content: \{')

    def test_without_state_every_cycle_begins_anew(self):
        sandbox = self.sandbox('host_list', hosts=10)
        self.once(sandbox, '--no-save-state')
        self.assertEqual(list((sandbox.folder / 'state').glob('*.json')), [])


if __name__ == '__main__':
    harness.main()
