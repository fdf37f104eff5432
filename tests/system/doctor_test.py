"""The verb doctor: one line for each check, the right one fails, with what helps; little is asked and nothing is sent."""
import datetime
import email.utils
import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import threading

import harness
import proxy_test

PASSWORD = 'Tr0ub4dor-and-3-horses'
SERVICES = ['vm_scans', 'host_list', 'host_list_detection', 'user_activity']


def make_certificate(folder, name, days=365):
    """A self-signed certificate for localhost: (certificate file, key file). With days < 1 it has expired."""
    certificate, key, config = (folder / f'{name}.{ending}' for ending in ('crt', 'key', 'cnf'))
    config.write_text('[ca]\ndefault_ca=c\n[c]\ndatabase=%s\nserial=%s\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n'
                      'x509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=DNS:localhost\n'
                      % (folder / f'{name}.db', folder / f'{name}.serial', folder))
    (folder / f'{name}.db').touch()
    (folder / f'{name}.serial').write_text('01\n')
    request = folder / f'{name}.csr'
    now = datetime.datetime.now(datetime.timezone.utc)
    end = now + datetime.timedelta(days=days)
    begin = min(end, now) - datetime.timedelta(days=2)
    for command in (
            ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', '/CN=localhost'],
            ['ca', '-batch', '-config', config, '-selfsign', '-keyfile', key, '-in', request, '-out', certificate,
             '-notext', '-startdate', begin.strftime('%Y%m%d%H%M%SZ'), '-enddate', end.strftime('%Y%m%d%H%M%SZ')]):
        subprocess.run(['openssl', *command], check=True, capture_output=True)
    return certificate, key


class Dated:
    """Answers about.php with a clock that is wrong, and everything else with 500."""

    def __init__(self, certificate, key, ahead):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b'<?xml version="1.0"?><ABOUT><WEB-VERSION>10.1</WEB-VERSION></ABOUT>'
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.send_error(500)

            def date_time_string(self, timestamp=None):
                now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=ahead)
                return email.utils.format_datetime(now, usegmt=True)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Doctor(harness.Case):
    def ready(self, *arguments, **options):
        return self.sandbox(','.join(SERVICES), *arguments, hosts=6, scans=2, activity=10, password=PASSWORD, **options)

    def doctor(self, sandbox, status, config=None, env=None):
        """The checks as (input or output, check) → object; both forms say the same, and no secret."""
        run = self.run_collector(sandbox, 'doctor', '--json', config=config, env=env)
        code = run.wait()
        text = run.out.decode()
        self.assertEqual(code, status, text + run.log())
        self.assertEqual(run.log(), '')
        self.assertNotIn(PASSWORD, text)
        checks = json.loads(text)
        return {(one.get('input') or one.get('output') or '', one['check']): one for one in checks}

    def bad(self, checks):
        return {where: one['status'] for where, one in checks.items() if one['status'] in ('warn', 'fail')}

    def assert_fails(self, checks, where, words, fix):
        """It, and nothing but it."""
        self.assertEqual(self.bad(checks), {where: 'fail'}, checks)
        self.assertRegex(checks[where]['result'], words)
        self.assertRegex(checks[where]['fix'], fix)

    def test_where_all_is_well_every_check_says_so(self):
        sandbox = self.ready()
        run = self.run_collector(sandbox, 'doctor')
        self.assertEqual(run.wait(), 0, run.out)
        lines = run.out.decode().splitlines()
        for check in ('name resolution', 'proxy', 'connection', 'certificate', 'login',
                      *SERVICES, *(f'{name} quota' for name in SERVICES), *(f'{name} tag' for name in SERVICES)):
            self.assertTrue([line for line in lines if line.startswith(f'ok    qualys  {check:<25}  ')], (check, lines))
        for check in ('chain file', 'certificate file', 'key', 'name resolution', 'connection', 'certificate', 'acceptance'):
            self.assertTrue([line for line in lines if line.startswith(f'ok    devo_1  {check:<25}  ')], (check, lines))
        for check in ('configuration', 'state directory', 'disk space'):
            self.assertTrue([line for line in lines if line.startswith(f'ok    -       {check:<25}  ')], (check, lines))
        self.assertEqual(run.log(), '')

    def test_little_is_asked_and_nothing_is_sent(self):
        sandbox = self.ready()
        checks = self.doctor(sandbox, 0)
        self.assertEqual([call['endpoint'] for call in sandbox.calls()],
                         ['about', 'scan_list', 'hosts', 'detections', 'activity', 'activity', 'hosts'])
        self.assertEqual(sandbox.events(), [])
        self.assertEqual(list((sandbox.folder / 'state').glob('*.json')), [])
        self.assertEqual(checks['qualys', 'host_list quota']['result'], '299 of 300 calls in 3600 s left')

    def test_what_the_account_is_and_sees(self):
        checks = self.doctor(self.ready(), 0)
        self.assertEqual(checks['qualys', 'role']['status'], 'ok')
        self.assertIn('Manager', checks['qualys', 'role']['result'])
        self.assertEqual(checks['qualys', 'hosts']['result'], 'the account sees 6 hosts')

    def test_a_reader_sees_less_and_that_is_a_warning(self):
        sandbox = self.ready(refuse_username=True)
        checks = self.doctor(sandbox, 0)
        self.assertEqual(self.bad(checks), {('qualys', 'role'): 'warn'})
        self.assertRegex(checks['qualys', 'role']['result'], r'Reader|no manager')

    def test_a_refused_login_is_tried_once(self):
        sandbox = self.ready()
        sandbox.edit_config((PASSWORD, 'wr0ng-w0rd'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('qualys', 'login'), r'HTTP 401', r'inputs\.qualys\.credentials')
        self.assertEqual(len(sandbox.calls()), 1)
        self.assertEqual(checks['qualys', 'host_list']['status'], 'skip')
        self.assertNotIn('wr0ng-w0rd', json.dumps(list(checks.values())))

    def test_a_service_that_refuses_the_account_is_the_last_one_asked(self):
        sandbox = self.ready(fault='login:endpoint=hosts')
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('qualys', 'host_list'), r'HTTP 401', r'permission')
        self.assertEqual([call['endpoint'] for call in sandbox.calls()], ['about', 'scan_list', 'hosts'])

    def test_a_missing_permission_leaves_the_other_services_alone(self):
        sandbox = self.ready(fault='error:endpoint=hosts,status=403,code=0')
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('qualys', 'host_list'), r'HTTP 403', r'permission')
        self.assertEqual(checks['qualys', 'user_activity']['status'], 'ok')

    def test_an_error_under_200_is_a_refusal(self):
        sandbox = self.ready(fault='error:endpoint=activity,status=200,code=1904')
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('qualys', 'user_activity'), r'HTTP 200, code 1904', r'.')

    def test_a_limit_is_a_warning_with_the_wait(self):
        sandbox = self.ready(fault='rate:endpoint=hosts,wait=23')
        checks = self.doctor(sandbox, 0)
        self.assertEqual(checks['qualys', 'host_list']['status'], 'warn')
        self.assertIn('23 s', checks['qualys', 'host_list']['fix'])

    def test_a_quota_that_is_nearly_used_up_is_a_warning(self):
        sandbox = self.ready(rate_limit=300, phantom_calls=290)
        checks = self.doctor(sandbox, 0)
        self.assertEqual(checks['qualys', 'host_list quota']['status'], 'warn', checks)

    def test_an_unknown_host(self):
        sandbox = self.ready()
        sandbox.edit_config((r'hostname: \S+', 'hostname: no-such-host.invalid'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('qualys', 'name resolution'), 'no-such-host.invalid', 'DNS')
        self.assertEqual(checks['qualys', 'login']['status'], 'skip')
        self.assertEqual(checks['devo_1', 'acceptance']['status'], 'ok')

    def test_a_wrong_ca_for_qualys(self):
        sandbox = self.ready()
        sandbox.edit_config((r'qualys-ca\.crt', 'chain.crt'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('qualys', 'connection'), 'certificate', r'inputs\.qualys\.tls\.ca_file')
        self.assertEqual(sandbox.calls(), [])

    def test_a_wrong_name_for_qualys(self):
        sandbox = self.ready()
        sandbox.edit_config((r'hostname: localhost', 'hostname: 127.0.0.2'))
        checks = self.doctor(sandbox, 1)
        self.assertEqual(list(self.bad(checks)), [('qualys', 'connection')])

    def test_a_wrong_ca_for_devo(self):
        sandbox = self.ready()
        sandbox.edit_config((r'chain: chain\.crt', 'chain: qualys-ca.crt'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('devo_1', 'connection'), 'certificate', r'outputs\.devo_1\.config\.chain')

    def test_a_client_certificate_that_devo_does_not_know(self):
        sandbox = self.ready()
        make_certificate(sandbox.folder / 'certs', 'stranger')
        sandbox.edit_config((r'domain\.(crt|key)', r'stranger.\1'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('devo_1', 'acceptance'), 'ended the connection', r'outputs\.devo_1\.config\.cert')

    def test_a_key_of_another_certificate(self):
        sandbox = self.ready()
        make_certificate(sandbox.folder / 'certs', 'stranger')
        sandbox.edit_config((r'domain\.key', 'stranger.key'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('devo_1', 'key'), 'stranger.key', r'outputs\.devo_1\.config\.key')
        self.assertEqual(checks['devo_1', 'connection']['status'], 'skip')

    def test_a_client_certificate_that_has_expired_or_soon_will(self):
        for days, found in ((-1, 'fail'), (9.5, 'warn')):
            with self.subTest(days=days):
                sandbox = self.ready()
                make_certificate(sandbox.folder / 'certs', 'old', days)
                sandbox.edit_config((r'domain\.(crt|key)', r'old.\1'))
                one = self.doctor(sandbox, 1)['devo_1', 'certificate file']
                self.assertEqual(one['status'], found)
                self.assertRegex(one['result'], 'expired' if found == 'fail' else '9 days left')

    def test_of_trusted_certificates_the_one_in_use_counts(self):
        for days in (4000, -1):  # one that nobody needs, which lives longer or has expired
            with self.subTest(days=days):
                sandbox = self.ready()
                other, _ = make_certificate(sandbox.folder / 'certs', 'other', days)
                chain = sandbox.folder / 'certs' / 'chain.crt'
                chain.write_text(other.read_text() + chain.read_text())
                checks = self.doctor(sandbox, 0)
                self.assertRegex(checks['devo_1', 'chain file']['result'], '^CN=Sandbox Devo CA: 36')

    def test_a_closed_port_of_devo(self):
        sandbox = self.ready()
        closed = harness.free_port()
        sandbox.edit_config((r'port: [1-9]\d+', f'port: {closed}'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('devo_1', 'connection'), 'refused', r'outputs\.devo_1\.config\.address and its port')

    def test_through_a_proxy(self):
        sandbox, proxy = self.ready(), proxy_test.Proxy(login=proxy_test.LOGIN)
        self.addCleanup(proxy.close)
        url = f'http://{proxy_test.ENCODED}@127.0.0.1:{proxy.port}'
        sandbox.edit_config((r'    id: 1001\n', f'    id: 1001\n    proxy: "{url}"\n'))
        checks = self.doctor(sandbox, 0)
        self.assertEqual(checks['qualys', 'name resolution']['result'], '127.0.0.1 is 127.0.0.1')
        self.assertEqual(checks['qualys', 'proxy']['result'], f'127.0.0.1:{proxy.port}, from inputs.qualys.proxy')
        self.assertGreater(len(proxy.heads), 0)
        self.assertNotIn('pr0xy', json.dumps(list(checks.values())))

    def test_devo_through_a_proxy(self):
        sandbox, proxy = self.ready(), proxy_test.Proxy(login=proxy_test.LOGIN)
        self.addCleanup(proxy.close)
        url = f'http://{proxy_test.ENCODED}@127.0.0.1:{proxy.port}'
        sandbox.edit_config((r'( +)chain:', rf'\1proxy: "{url}"\n\1chain:'))
        checks = self.doctor(sandbox, 0)
        self.assertEqual(checks['devo_1', 'name resolution']['result'], '127.0.0.1 is 127.0.0.1')
        self.assertEqual(checks['devo_1', 'proxy']['result'], f'127.0.0.1:{proxy.port}, from outputs.devo_1.config.proxy')
        self.assertEqual(checks['qualys', 'proxy']['result'], 'none')
        self.assertRegex(proxy.heads[0], rf"^CONNECT localhost:{sandbox.ready['devo_port']} ")
        self.assertNotIn('pr0xy', json.dumps(list(checks.values())))

    def test_both_ends_through_the_proxy_of_the_environment(self):
        sandbox, proxy = self.ready(), proxy_test.Proxy()
        self.addCleanup(proxy.close)
        url = f'http://127.0.0.1:{proxy.port}'
        checks = self.doctor(sandbox, 0, env=proxy_test.environment(HTTPS_PROXY=url))
        for end, port in (('qualys', 'qualys_port'), ('devo_1', 'devo_port')):
            self.assertEqual(checks[end, 'proxy']['result'], f'127.0.0.1:{proxy.port}, from HTTPS_PROXY of the environment')
            self.assertIn(f':{sandbox.ready[port]} ', ''.join(proxy.heads))

    def test_a_proxy_that_does_not_let_through_to_devo(self):
        sandbox, proxy = self.ready(), proxy_test.Proxy(answer='403 Forbidden')
        self.addCleanup(proxy.close)
        sandbox.edit_config((r'( +)chain:', rf'\1proxy: "http://127.0.0.1:{proxy.port}"\n\1chain:'))
        checks = self.doctor(sandbox, 1)
        self.assert_fails(checks, ('devo_1', 'connection'), rf'through 127\.0\.0\.1:{proxy.port}: .*403', 'proxy')
        self.assertEqual(checks['devo_1', 'acceptance']['status'], 'skip')

    def test_a_proxy_of_the_environment_that_cannot_be_used(self):
        sandbox = self.ready()
        checks = self.doctor(sandbox, 1, env=proxy_test.environment(HTTPS_PROXY='socks5://gate:pr0xy-w0rd@127.0.0.1:1'))
        self.assertEqual(self.bad(checks), {('qualys', 'proxy'): 'fail', ('devo_1', 'proxy'): 'fail'})
        self.assertEqual(checks['devo_1', 'connection']['status'], 'skip')
        self.assertNotIn('pr0xy-w0rd', json.dumps(list(checks.values())))

    def test_a_proxy_that_is_away(self):
        sandbox = self.ready()
        closed = harness.free_port()
        sandbox.edit_config((r'    id: 1001\n', f'    id: 1001\n    proxy: "http://gate:pr0xy-w0rd@127.0.0.1:{closed}"\n'))
        checks = self.doctor(sandbox, 1)
        self.assertEqual(checks['qualys', 'connection']['status'], 'fail')
        self.assertIn(f'127.0.0.1:{closed}', checks['qualys', 'proxy']['result'])
        self.assertNotIn('pr0xy-w0rd', json.dumps(list(checks.values())))

    def test_a_clock_that_is_wrong(self):
        for ahead, found in ((0, 'ok'), (120, 'warn'), (-900, 'fail')):
            with self.subTest(ahead=ahead):
                sandbox = self.ready()
                certificate, key = make_certificate(sandbox.folder / 'certs', 'dated')
                qualys = Dated(certificate, key, ahead)
                self.addCleanup(qualys.close)
                sandbox.edit_config((r'hostname: \S+', f'hostname: localhost:{qualys.port}'), (r'qualys-ca\.crt', 'dated.crt'))
                checks = self.doctor(sandbox, 1)
                self.assertEqual(checks['qualys', 'clock']['status'], found, checks['qualys', 'clock'])
                self.assertEqual(checks['qualys', 'login']['status'], 'ok')

    def test_a_state_directory_that_a_collector_holds(self):
        sandbox = self.ready()
        collector = self.run_collector(sandbox, 'run')
        harness.wait_for(lambda: sandbox.events(), 'the first event')
        checks = self.doctor(sandbox, 0)
        self.assertIn('in use by a running collector', checks['', 'state directory']['result'])
        self.assertIsNone(collector.process.poll())

    def test_a_missing_state_directory_is_not_made(self):
        sandbox = self.ready()
        sandbox.edit_config((r'directory_name: state', 'directory_name: elsewhere'))
        self.doctor(sandbox, 0)
        self.assertFalse(list(pathlib.Path(sandbox.folder).rglob('elsewhere')))

    def test_a_secret_that_a_server_shows_stays_hidden(self):
        for how in ('text', 'reason', 'location'):
            with self.subTest(how=how):
                sandbox = self.ready(fault=f'echo:how={how},status=400')
                checks = self.doctor(sandbox, 1)
                self.assertNotIn('acme_ab1', json.dumps(list(checks.values())))

    def test_a_configuration_that_cannot_be_used(self):
        sandbox = self.ready()
        sandbox.edit_config((r'username: \S+', 'usernames: x'))
        checks = self.doctor(sandbox, 78)
        self.assertEqual({check for _, check in checks}, {'configuration'})
        self.assertEqual(sandbox.calls(), [])


if __name__ == '__main__':
    harness.main()
