"""The status endpoint of the real program, and what follows from its state."""
import json
import re
import socket
import urllib.error
import urllib.request

from harness import PATIENCE, Case, complaints, main, wait_for

ALL = 'vm_scans,host_list,host_list_detection,user_activity'


class Status(Case):
    def running(self, sandbox, *arguments, **options):
        run = self.run_collector(sandbox, 'run', *arguments, **options)
        found = wait_for(lambda: re.search(r'Status page: (http://\S+?)/?$', run.log(), re.M), 'the address of the page')
        run.url = found[1]
        return run

    def get(self, run, path):
        try:
            with urllib.request.urlopen(run.url + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metrics(self, run):
        found = {}
        for line in self.get(run, '/metrics')[1].splitlines():
            if not line.startswith('#'):
                name, value = line.rsplit(' ', 1)
                found[name.removeprefix('qualys_devo_collector_')] = float(value)
        return found

    def complete(self, run, service='host_list_detection', cycles=1):
        key = f'pull_cycles_total{{input="qualys",service="{service}",outcome="complete"}}'
        wait_for(lambda: self.metrics(run).get(key, 0) >= cycles, f'{cycles} complete cycle(s) of {service}')

    def test_the_metrics_add_up_to_what_arrived(self):
        sandbox = self.sandbox(ALL, hosts=30, scans=3, activity=50)
        run = self.running(sandbox)
        for service in ALL.split(','):
            self.complete(run, service)
        seen = self.metrics(run)
        verdict = sandbox.verdict()['services']
        for service in ALL.split(','):
            at = f'{{input="qualys",service="{service}"}}'
            arrived = self.assert_arrived(sandbox, service)['expected']
            self.assertEqual(seen['events_confirmed_total' + at], seen['events_sent_total' + at], service)
            self.assertGreaterEqual(seen['events_confirmed_total' + at], arrived, verdict)
            self.assertGreater(seen['watermark_timestamp_seconds' + at], 1.7e9)
            self.assertGreater(seen['last_success_timestamp_seconds' + at], 1.7e9)
            self.assertGreater(seen['request_period_seconds' + at], 0)
        self.assertNotIn('service_failing', ' '.join(seen))
        self.assertEqual(self.get(run, '/readyz')[0], 200)
        self.assertEqual(self.get(run, '/healthz')[0], 200)
        self.assertEqual(self.get(run, '/nothing')[0], 404)
        self.assertEqual(self.get(run, '/')[0], 200)
        self.assertEqual(complaints(self.get(run, '/metrics')[1].encode()), [])

    def test_a_service_whose_checkpoint_is_damaged_names_the_way_out(self):
        sandbox = self.sandbox('host_list,user_activity', hosts=5)
        (sandbox.folder / 'state').mkdir(exist_ok=True)
        for generation in ('', '.prev'):
            (sandbox.folder / 'state' / f'qualys.1001.host_list{generation}.json').write_text('{"gen')
        run = self.running(sandbox)
        self.complete(run, 'user_activity')
        found = json.loads(self.get(run, '/status')[1])['attention']
        self.assertEqual([(one['id'], one['part']) for one in found], [('state_damaged', 'service qualys host_list')])
        self.assertIn('`state reset host_list`', found[0]['text'])

    def test_receipts_add_up(self):
        sandbox = self.sandbox(hosts=30, page_size=10)
        run = self.running(sandbox)
        self.complete(run)
        service = json.loads(self.get(run, '/status')[1])['services'][0]
        receipt = service['last']
        self.assertEqual(receipt['outcome'], 'complete')
        self.assertEqual(receipt['pages'], 3)
        self.assertEqual(receipt['sent'], len(sandbox.events()))
        self.assertEqual(receipt['confirmed'], receipt['received'] - receipt['duplicate'] - receipt['filtered'])
        line = rf"Receipt of pull cycle \d+: complete; .* {receipt['confirmed']} confirmed"
        wait_for(lambda: re.search(line, run.log()), 'the receipt in the log')

    def test_a_port_that_is_taken_fails_the_start(self):
        with socket.create_server(('127.0.0.1', 0)) as other:
            port = other.getsockname()[1]
            sandbox = self.sandbox(hosts=5, status_port=port)
            run = self.run_collector(sandbox, 'run')
            self.assertEqual(run.wait(), 1)
            self.assertIn(f'cannot listen on 127.0.0.1 port {port}', run.log())
            self.assertEqual(sandbox.status()['qualys']['requests'], {})

    def test_switched_off_it_takes_no_port(self):
        sandbox = self.sandbox(hosts=5)
        sandbox.edit_config((r'    port: 0', '    enabled: false'))
        self.assertNotIn('Status page', self.once(sandbox))

    def test_a_secret_that_is_mended_is_tried_at_once(self):
        sandbox = self.sandbox(hosts=5)
        right = re.search(r'password: (.*)', sandbox.config.read_text())[1].strip('\'"')
        secret = sandbox.folder / 'credentials' / 'password'
        secret.parent.mkdir(exist_ok=True)
        secret.write_text('not-this-one')
        secret.chmod(0o600)
        sandbox.edit_config((r'password: .*', 'password_file: password'))
        run = self.running(sandbox)
        wait_for(lambda: 'none of its services calls before' in run.log(), 'the refusal')
        self.assertIn('service_phase{input="qualys",service="host_list_detection",phase="refused"}', ' '.join(self.metrics(run)))
        self.assertIn('service_failing{input="qualys",service="host_list_detection",reason="login"}', self.metrics(run))
        secret.write_text(json.loads(f'"{right}"') if '\\' in right else right)
        self.complete(run)
        self.assert_arrived(sandbox)


if __name__ == '__main__':
    main()
