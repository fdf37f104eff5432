"""The verbs plan and top: what they say is what the program does, and they disturb nobody."""
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import termios
import threading

import harness
from harness import free_port, wait_for

ALL = ['host_list', 'host_list_detection', 'user_activity', 'vm_scans']
PASSWORD = 'Tr0ub4dor-and-3-horses'


class PlanAndTop(harness.Case):
    def ready(self, **options):
        """With the port of the status endpoint fixed, so that it can be found."""
        self.port = free_port()
        return self.sandbox(','.join(ALL), **{
            'hosts': 30, 'page_size': 10, 'scans': 2, 'activity': 10, 'status_port': self.port, 'password': PASSWORD,
            'request_period': 3600,  # one cycle of each service, however long a test takes
            **options})

    def running(self, sandbox):
        """An instance that has been through a cycle of each service."""
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: run.log().count(': complete;') >= len(ALL), 'a cycle of each service')
        return run

    def end(self, run):
        self.assertEqual(run.kill(signal.SIGTERM), 0)

    def verb(self, sandbox, *arguments, status=0, **options):
        run = self.run_collector(sandbox, *arguments, **options)
        self.assertEqual(run.wait(), status, run.log())
        text = run.out.decode()
        self.assertNotIn(PASSWORD, text + run.log())
        return text, run.log()

    def plan(self, sandbox):
        """The plan by service."""
        plan = json.loads(self.verb(sandbox, 'plan', '--json')[0])
        self.assertEqual([one['service'] for one in plan['services']], ALL)
        return plan, {one['service']: one for one in plan['services']}

    def assert_same_call(self, planned, made):
        """But for what the clock decides."""
        clock = ('launched_after_datetime', 'since_datetime', 'until_datetime', 'vm_processed_before')
        fixed = lambda form: {name: value for name, value in form.items() if name not in clock}
        self.assertTrue(planned['url'].endswith(made['path']), (planned, made))
        self.assertEqual(planned['method'], made['method'])
        self.assertEqual(planned['parameters'].keys(), made['parameters'].keys())
        self.assertEqual(fixed(planned['parameters']), fixed(made['parameters']))

    # plan

    def test_the_first_calls_are_those_that_are_planned(self):
        sandbox = self.ready(filter=['host_list.ids=1-9000000'])
        endpoints = {'host_list': 'hosts', 'host_list_detection': 'detections', 'user_activity': 'activity', 'vm_scans': 'scan_list'}
        for _ in ('without a checkpoint', 'with one'):
            before = len(sandbox.calls())
            _, planned = self.plan(sandbox)
            self.assertEqual(len(sandbox.calls()), before)  # planning asks nobody
            self.once(sandbox)
            for service, endpoint in endpoints.items():
                made = next(call for call in sandbox.calls()[before:] if call['endpoint'] == endpoint)
                self.assert_same_call(planned[service]['first_call'], made)
        self.assertEqual(planned['host_list']['first_call']['parameters']['ids'], '1-9000000')

    def test_it_resumes_inside_a_window_where_the_next_cycle_does(self):
        sandbox = self.ready(fault='error:endpoint=detections,nth=3,times=100,status=400,code=1905')
        self.once(sandbox, status=1)
        sandbox.control(set={'fault': []})
        before = len(sandbox.calls())
        one = self.plan(sandbox)[1]['host_list_detection']
        self.assertRegex(one['position'], r'^host \d+$')
        self.assertIn('id_min', one['first_call']['parameters'])
        self.assertEqual(one['window'], {'from': None, 'until': None})
        self.once(sandbox)
        made = next(call for call in sandbox.calls()[before:] if call['endpoint'] == 'detections')
        self.assert_same_call(one['first_call'], made)

    def test_it_says_all_of_it_to_people(self):
        sandbox = self.ready(request_period=120)
        text, _ = self.verb(sandbox, 'plan')
        self.assertEqual(re.findall(r'(?m)^(\w+) of qualys', text), ALL)
        for words in (r'host_list of qualys \(1001\): every 120 s, at least 30 calls an hour', r'first call  POST https://localhost:\d+/api/5\.0/',
                      r'  status = New,Active,Re-Opened\n', r'page size   10\n', r'lanes       1 call at once\n', r'window      .* to .*\n',
                      rf'quota       not known: no running instance answers at http://127\.0\.0\.1:{self.port} ',
                      r'expected    not known: no running instance answers'):
            self.assertRegex(text, words)
        self.assertEqual(text.count('page size'), 3)  # lists of scans have no pages

    def test_a_service_whose_pages_follow_each_other_has_one_call_at_once(self):
        sandbox = self.ready()
        sandbox.edit_config((r'lanes: \d+', 'lanes: auto'))
        _, planned = self.plan(sandbox)
        self.assertEqual(planned['user_activity']['lanes'], 1)
        self.assertEqual(planned['user_activity']['first_call']['then'], 'a further page while Qualys says that more follow')
        self.assertIsNone(planned['host_list']['lanes'])
        self.assertIn('a list of ids', planned['host_list']['first_call']['then'])

    def test_a_store_that_is_gone_is_begun_again(self):
        sandbox = self.sandbox('knowledge_base,host_list_detection', hosts=6, qids=12, settle_delay=0, deliver='changes', enrich=['TITLE'])
        plan = lambda: {one['service']: one['first_call'] for one in json.loads(self.verb(sandbox, 'plan', '--json')[0])['services']}
        self.once(sandbox)
        self.assertEqual(plan()['knowledge_base']['parameters']['details'], 'All')
        self.assertIn('vm_processed_after', plan()['host_list_detection']['parameters'])
        for spoil in (lambda: shutil.rmtree(sandbox.folder / 'state/store'),
                      lambda: next((sandbox.folder / 'state/store').glob('*/data.mdb')).write_bytes(b'x' * 9000)):
            spoil()
            before = len(sandbox.calls())
            planned = plan()
            self.once(sandbox)
            for service, endpoint in (('knowledge_base', 'knowledge_base'), ('host_list_detection', 'detections')):
                made = next(call for call in sandbox.calls()[before:] if call['endpoint'] == endpoint)
                self.assert_same_call(planned[service], made)
            self.assertEqual(planned['knowledge_base']['parameters']['details'], 'None')
            self.assertNotIn('vm_processed_after', planned['host_list_detection']['parameters'])

    def test_hosts_in_quarantine_are_named_and_counted(self):
        sandbox = self.ready(request_period=3600)
        self.once(sandbox)
        states = json.loads(self.verb(sandbox, 'state', 'export', 'host_list')[0])['states']
        state = states[0]['state']
        state['quarantine'] = [{'host': 4711, 'from': '', 'since': '2024-01-10T09:47:08Z', 'reason': 'cut\x1b[2J'}]
        self.verb(sandbox, 'state', 'set', 'host_list', json.dumps(state))
        one = self.plan(sandbox)[1]['host_list']
        self.assertEqual(one['quarantined'], [{'kind': 'host', 'id': '4711', 'since': '2024-01-10T09:47:08Z', 'reason': 'cut\\x1b[2J'}])
        self.assertEqual(one['least_calls_per_hour'], 2)
        text, _ = self.verb(sandbox, 'plan')
        self.assertIn('quarantine  host 4711 since 2024-01-10T09:47:08Z: cut\\x1b[2J\n', text)

    def test_the_quota_left_is_asked_of_the_running_instance_which_goes_on(self):
        sandbox = self.ready()
        run = self.running(sandbox)
        before = len(sandbox.calls())
        plan, planned = self.plan(sandbox)
        self.assertTrue(plan['instance']['answers'])
        for service in ALL:
            self.assertEqual(planned[service]['quota']['limit'], 300)
            self.assertLess(planned[service]['quota']['remaining'], 300)
        self.assertEqual(planned['host_list']['quota']['remaining'], 297)  # three pages
        self.assertEqual(planned['host_list']['expected_calls'], 3)
        self.assertGreaterEqual(planned['host_list']['expected_seconds'], 0)
        text = self.verb(sandbox, 'plan')[0]
        self.assertRegex(text, r'quota       297 of 300 calls left in 3600 s of host_list')
        self.assertRegex(text, r'expected    as the last cycle: 3 calls in \d+\.\d s\n')
        self.assertEqual(len(sandbox.calls()), before)
        self.end(run)

    def test_a_damaged_checkpoint_is_told_and_the_others_are_planned(self):
        sandbox = self.ready()
        for _ in range(2):  # as many generations
            self.once(sandbox)
        for file in (sandbox.folder / 'state').glob('*.host_list.*json'):
            file.write_text('{"format":1,')
        planned = self.plan(sandbox)[1]
        self.assertEqual({name: one['usable'] for name, one in planned.items()},
                         {name: name != 'host_list' for name in ALL})
        self.assertIsNone(planned['host_list']['first_call'])
        self.assertIn('damaged', planned['host_list']['problem'])
        self.assertRegex(self.verb(sandbox, 'plan')[0], r'state       cannot be used: it would not start\n  problem ')

    def test_nothing_is_planned_for_a_configuration_that_cannot_be_used(self):
        sandbox = self.ready()
        sandbox.edit_config((r'page_size: 10', 'page_size: many'))
        for verb in ('plan', 'top'):
            text, log = self.verb(sandbox, verb, status=78)
            self.assertEqual(text, '')
            self.assertIn('page_size', log)

    # top

    def test_where_all_is_well_top_says_so_and_what_happened(self):
        sandbox = self.ready()
        run = self.running(sandbox)
        text, log = self.verb(sandbox, 'top')
        self.assertEqual(log, '')
        self.assertTrue(text.startswith('All 4 services are up to date\n'), text)
        self.assertNotIn('\x1b', text)
        for words in ('  host_list  resting', 'received 30  sent 30  confirmed 30  data up to ', 'page size 10',
                      'host_list  297 of 300 calls left in 60 min', '  devo_1  localhost:', 'unconfirmed 0 B'):
            self.assertIn(words, text)
        self.end(run)

    def test_no_line_is_wider_than_the_terminal(self):
        sandbox = self.ready()
        run = self.running(sandbox)
        for columns, width in (('60', 60), ('75', 75), ('20', 60), ('nonsense', 80)):
            text, _ = self.verb(sandbox, 'top', '--once', env={**os.environ, 'COLUMNS': columns})
            self.assertLessEqual(max(map(len, text.splitlines())), width)
        self.end(run)

    def test_as_json_it_is_what_the_endpoint_says(self):
        sandbox = self.ready()
        run = self.running(sandbox)
        report = json.loads(self.verb(sandbox, 'top', '--json')[0])
        self.assertEqual(sorted(one['service'] for one in report['services']), ALL)
        self.end(run)

    def test_on_a_terminal_it_draws_again_until_it_is_interrupted(self):
        sandbox = self.ready()
        run = self.running(sandbox)
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 10, 72, 0, 0))
        top = subprocess.Popen([harness.COLLECTOR, 'top', '--config', sandbox.config], stdout=theirs, stderr=theirs,
                               env={name: value for name, value in os.environ.items() if name != 'COLUMNS'})
        self.addCleanup(top.kill)
        os.close(theirs)
        seen = b''
        while seen.count(b'\x1b[H') < 3:
            seen += os.read(ours, 4096)
        top.send_signal(signal.SIGINT)
        self.assertEqual(top.wait(harness.PATIENCE), 0)
        os.close(ours)
        drawings = [re.sub(r'\x1b\[\w+', '', text).splitlines() for text in seen.decode().split('\x1b[H')[1:3]]
        for lines in drawings:
            self.assertTrue(lines[0].startswith('All 4 services are up to date'), lines)
            self.assertLess(len(lines), 10)  # nothing scrolls
            self.assertLessEqual(max(map(len, lines)), 72)
        self.assertNotIn('/s)', ''.join(drawings[0]))
        self.assertIn('sent 30 (0/s)', ''.join(drawings[1]))
        self.end(run)

    def test_the_key_q_ends_it_and_the_terminal_is_as_before(self):
        sandbox = self.ready()
        run = self.running(sandbox)
        ours, theirs = os.openpty()
        before = termios.tcgetattr(theirs), fcntl.fcntl(theirs, fcntl.F_GETFL)
        top = subprocess.Popen([harness.COLLECTOR, 'top', '--config', sandbox.config], stdin=theirs, stdout=theirs, stderr=theirs)
        self.addCleanup(top.kill)
        seen = b''
        while b'\x1b[H' not in seen:
            seen += os.read(ours, 4096)
        os.write(ours, b'x q')
        self.assertEqual(top.wait(harness.PATIENCE), 0)
        self.assertEqual((termios.tcgetattr(theirs), fcntl.fcntl(theirs, fcntl.F_GETFL)), before)
        os.close(ours)
        os.close(theirs)
        self.end(run)

    def test_without_an_instance_top_says_where_it_looked(self):
        sandbox = self.ready()
        text, log = self.verb(sandbox, 'top', status=1)
        self.assertEqual(text, '')
        self.assert_one_line(log, f'No running instance answers at http://127.0.0.1:{self.port}', 'refused')

    def test_a_status_endpoint_that_cannot_be_found_is_told(self):
        for to, why in (('enabled: false', 'globals.status.enabled is false'), ('port: 0', 'globals.status.port is 0')):
            sandbox = self.ready()
            sandbox.edit_config((rf'port: {self.port}', to))
            self.assertIn(why, self.verb(sandbox, 'top', status=1)[1])
            self.assertIn(f'quota       not known: {why}', self.verb(sandbox, 'plan')[0])

    def test_something_else_on_that_port_is_no_instance(self):
        answers = [b'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}', b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
                   b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"services":[]}', b'SSH-2.0-OpenSSH\r\n', b'']
        for answer in answers:
            with self.subTest(answer=answer):
                sandbox = self.ready()
                self.answer_with(answer)
                self.assert_one_line(self.verb(sandbox, 'top', status=1)[1], 'No running instance answers')
                self.assertRegex(self.verb(sandbox, 'plan')[0], 'quota       not known: ')

    def test_one_that_never_answers_is_waited_for_with_a_limit(self):
        sandbox = self.ready()
        with socket.create_server(('127.0.0.1', self.port)):
            self.assert_one_line(self.verb(sandbox, 'top', status=1)[1], 'No running instance answers')

    def test_control_characters_of_an_answer_do_not_reach_the_terminal(self):
        sandbox = self.ready()
        hostile = 'a\x1b[2J\x9b31m\x7fb'
        body = json.dumps({'version': hostile, 'services': [
            {'input': hostile, 'service': hostile, 'phase': 'pulling', 'doing': hostile}]}, ensure_ascii=False).encode()
        lines = f'qualys-devo-collector {hostile}\n'.encode()
        self.answer_with(b'HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n' % len(body) + body,
                         b'HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n' % len(lines) + lines)
        for form in ('--once', '--json'):
            text, _ = self.verb(sandbox, 'top', form)
            self.assertEqual([c for c in text if c < ' ' and c != '\n' or '\x7f' <= c <= '\x9f'], [], form)
            self.assertIn('[2J', text)
        self.assertEqual(json.loads(text)['version'], hostile)

    def answer_with(self, answer, text=None):
        """Anybody who asks on the port of the status gets these bytes; for a terminal, `text`."""
        listener = socket.create_server(('127.0.0.1', self.port))
        self.addCleanup(listener.close)

        def serve():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                try:
                    with peer:
                        asked = peer.recv(65536)
                        peer.sendall(text if text and b'/status.txt' in asked else answer)
                except OSError:
                    pass  # that one has gone

        threading.Thread(target=serve, daemon=True).start()


if __name__ == '__main__':
    harness.main()
