"""Answers byte for byte, as gateways, firewalls and odd servers give them: what is made of each.

Each case is a script: what the n-th call of a path gets. What is not scripted gets an empty page, or a good light call.
"""
import collections
import json
import re
import socket
import ssl
import threading
import time

import harness
from doctor_test import make_certificate

LIGHT = '/msp/about.php'
HOSTS = '/api/5.0/fo/asset/host/'
LOG = '/api/2.0/fo/activity_log/'


def answer(status, body, *fields, reason='Reason', kind='application/xml'):
    body = body.encode()
    head = [f'HTTP/1.1 {status} {reason}', f'Content-Type: {kind}', *fields, f'Content-Length: {len(body)}']
    return '\r\n'.join([*head, '', '']).encode() + body


def simple_return(status, code, text):
    return answer(status, '<?xml version="1.0" encoding="UTF-8" ?>\n<SIMPLE_RETURN><RESPONSE>'
                          '<DATETIME>2026-11-22T10:00:00Z</DATETIME>'
                          f'<CODE>{code}</CODE><TEXT>{text}</TEXT></RESPONSE></SIMPLE_RETURN>')


def hosts(*ids):
    listed = ''.join(f'<HOST><ID>{id}</ID><IP>10.0.0.{id}</IP></HOST>' for id in ids)
    return answer(200, f'<?xml version="1.0"?><HOST_LIST_OUTPUT><RESPONSE><HOST_LIST>{listed}</HOST_LIST></RESPONSE>'
                       '</HOST_LIST_OUTPUT>')


ABOUT = answer(200, '<?xml version="1.0"?><ABOUT><WEB-VERSION>10.1</WEB-VERSION></ABOUT>')


class Player:
    """A server that plays scripts: {path: [bytes of the first answer, of the second ...]}; the last one stays."""

    def __init__(self, certificate, key, script, otherwise=None, close_notify=True):
        self.script = {LIGHT: [ABOUT], **script}
        self.otherwise = otherwise or hosts()
        self.close_notify = close_notify
        self.calls = []  # (path, body, time)
        self.count = collections.Counter()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[peer], daemon=True).start()

    def serve(self, peer):
        try:
            with peer, self.context.wrap_socket(peer, server_side=True) as stream, stream.makefile('rb') as lines:
                request = lines.readline().decode()
                if not request:
                    return  # doctor looks at the certificate alone
                length = 0
                while (line := lines.readline().strip()):
                    if line.lower().startswith(b'content-length:'):
                        length = int(line.split(b':')[1])
                path = request.split(' ')[1]
                self.calls.append((path, lines.read(length).decode(), time.monotonic()))
                answers = self.script.get(path, [self.otherwise])
                turn = min(self.count[path], len(answers) - 1)
                self.count[path] += 1
                stream.sendall(answers[turn])
                if self.close_notify:
                    stream.unwrap()
        except OSError:
            pass  # the other side has enough

    def paths(self):
        return [path for path, _, _ in self.calls]

    def close(self):
        self.listener.close()


class RawAnswers(harness.Case):
    def play(self, script, service='host_list', **options):
        """A sandbox for Devo, whose configuration names a player of the script as Qualys."""
        sandbox = self.sandbox(service, hosts=1, activity=1)
        certificate, key = make_certificate(sandbox.folder / 'certs', 'player')
        player = Player(certificate, key, script, **options)
        self.addCleanup(player.close)
        sandbox.edit_config((r'hostname: \S+', f'hostname: localhost:{player.port}'), (r'qualys-ca\.crt', 'player.crt'))
        return sandbox, player

    def doctor(self, sandbox, status):
        run = self.run_collector(sandbox, 'doctor')
        self.assertEqual(run.wait(), status, run.out.decode() + run.log())
        return run.out.decode()

    def test_a_code_of_the_login_is_the_logins_under_any_status(self):
        for status, code in ((409, 2002), (200, 2011), (403, 2012), (409, 2014), (503, 2007)):
            with self.subTest(status=status, code=code):
                refused = simple_return(status, code, 'User account is inactive')
                sandbox, player = self.play({HOSTS: [refused], LIGHT: [refused]})
                log = self.once(sandbox, status=1)
                self.assert_one_line(log, f'HTTP {status}, code {code}: User account is inactive', 'login is not tried again')
                self.assertEqual(player.paths(), [HOSTS, LIGHT])
                self.assertRegex(self.doctor(sandbox, 1), rf'(?m)^fail .* login .*code {code}')
                self.assertEqual(player.paths()[2:], [LIGHT])

    def test_a_refused_first_login_is_a_failed_setup_and_a_later_one_is_not(self):
        refused = answer(401, 'Unauthorized', kind='text/plain')
        sandbox, _ = self.play({HOSTS: [refused], LIGHT: [refused]})
        log = self.once(sandbox, status=1)
        self.assert_one_line(log, 'SetupError 102', 'HTTP 401')
        self.assertNotIn('has been successfully executed', log)
        more = answer(200, '<?xml version="1.0"?><HOST_LIST_OUTPUT><RESPONSE><HOST_LIST><HOST><ID>1</ID></HOST></HOST_LIST>'
                           '<WARNING><CODE>1980</CODE><URL>https://x/?id_min=2</URL></WARNING></RESPONSE></HOST_LIST_OUTPUT>')
        sandbox, _ = self.play({HOSTS: [more, refused], LIGHT: [refused]})
        log = self.once(sandbox, status=1)
        self.assertNotIn('SetupError', log)
        self.assert_one_line(log, 'PullError', 'HTTP 401')
        self.assertEqual(log.count('has been successfully executed'), 1)

    def test_hosts_out_of_order_are_all_delivered_wherever_their_answer_is_cut(self):
        listed = [9, 5, 7]
        whole = hosts(*listed)
        for at in (b'<HOST><ID>5', b'<HOST><ID>7', b'<IP>10.0.0.7'):
            with self.subTest(at=at):
                # What is asked for behind host 9 is empty, and a cut one is asked for again.
                sandbox, player = self.play({HOSTS: [whole[:whole.index(at)], whole, hosts()]})
                log = self.once(sandbox)
                self.assert_one_line(log, '[ids_disordered]')
                self.assertNotIn('id_min', player.calls[1][1])
                arrived = {json.loads(line.split(': ', 1)[1])['ID'] for line in sandbox.events()}
                self.assertEqual(arrived, {'9', '5', '7'})

    def test_maintenance_and_work_in_progress_are_waited_for(self):
        for status, code in ((409, 1999), (503, 1999), (200, 1981), (409, 1981), (403, 1999)):
            with self.subTest(status=status, code=code):
                sandbox, player = self.play({HOSTS: [simple_return(status, code, 'Later.'), hosts(1, 2)]})
                log = self.once(sandbox)
                self.assert_one_line(log, f'HTTP {status}, code {code}: Later.', 'Next try in')
                self.assertEqual(player.paths(), [HOSTS, HOSTS])
                self.assertEqual(len(sandbox.events()), 2)

    def test_interim_answers_are_skipped(self):
        interim = (b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n'
                   b'HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n')
        sandbox, player = self.play({HOSTS: [interim + hosts(1, 2)]})
        self.once(sandbox)
        self.assertEqual(player.paths(), [HOSTS])
        self.assertEqual(len(sandbox.events()), 2)

    def test_what_is_no_document_of_qualys_is_shown_and_may_be_a_firewalls(self):
        blocked = '{"errorCode":"ACCESS_DENIED","message":"IP 203.0.113.9 not in allow list"}'
        for status in (403, 400, 418):
            with self.subTest(status=status):
                sandbox, _ = self.play({HOSTS: [answer(status, blocked, kind='application/json')]})
                log = self.once(sandbox, '--give-up-after', '1', status=1)
                self.assert_one_line(log, f'HTTP {status}', blocked, 'firewall')
        sandbox, _ = self.play({HOSTS: [answer(429, blocked, kind='application/json'), hosts(1)]})
        self.assert_one_line(self.once(sandbox), 'HTTP 429', blocked, 'firewall', 'Next try in')
        page = '<html><head><title>Sign in | Proxy</title></head><body>Hotel</body></html>'
        sandbox, _ = self.play({HOSTS: [answer(503, page), hosts(1)]})
        self.assert_one_line(self.once(sandbox), 'HTTP 503', 'Sign in | Proxy', 'firewall', 'Next try in')
        sandbox, _ = self.play({}, otherwise=answer(403, blocked))
        self.assertIn('ACCESS_DENIED', self.doctor(sandbox, 1))

    def test_retry_after_is_the_least_wait(self):
        # A date is compared with the answer's own: our clock may be wrong.
        dated = ['Date: Fri, 27 Nov 2020 10:00:00 GMT', 'Retry-After: Fri, 27 Nov 2020 10:00:03 GMT']
        for status, fields in ((503, ['Retry-After: 3']), (429, ['Retry-After: 2']), (503, dated)):
            with self.subTest(status=status, fields=fields):
                sandbox, player = self.play({HOSTS: [answer(status, '<html>maintenance</html>', *fields), hosts(1)]})
                log = self.once(sandbox)
                first, second = player.calls
                self.assertGreaterEqual(second[2] - first[2], 1.9)
                self.assertRegex(log, r'Next try in [23]\.\d s')

    def test_a_host_that_knows_no_path_points_at_the_hostname(self):
        nothing = answer(404, '<html><body><h1>404 Not Found</h1></body></html>', kind='text/html')
        sandbox, player = self.play({LIGHT: [nothing]}, otherwise=nothing)
        log = self.once(sandbox, status=1)
        self.assert_one_line(log, 'HTTP 404', '404 Not Found', 'credentials.hostname')
        self.assertNotIn('api_versions', log)
        self.assertEqual(player.paths(), [HOSTS, LIGHT])
        found = self.doctor(sandbox, 1)
        self.assertRegex(found, r'(?m)^fail .* login .*HTTP 404.*credentials\.hostname')
        self.assertNotIn('api_versions', found)

    def test_one_unknown_path_points_at_its_version(self):
        sandbox, _ = self.play({HOSTS: [answer(404, 'no', kind='text/plain')]})
        self.assert_one_line(self.once(sandbox, status=1), 'HTTP 404', 'api_versions.host_list')
        self.assertRegex(self.doctor(sandbox, 1), r'(?m)^fail .* host_list .*HTTP 404.*api_versions\.host_list')

    def test_a_redirect_names_its_host_and_points_at_the_hostname(self):
        moved = answer(302, '', 'Location: https://user:hidden@www.example.com:8443/fo/login.php?token=hidden')
        sandbox, _ = self.play({LIGHT: [moved]}, otherwise=moved)
        log = self.once(sandbox, status=1)
        self.assert_one_line(log, 'HTTP 302', 'www.example.com', 'credentials.hostname')
        self.assertNotIn('hidden', log)
        found = self.doctor(sandbox, 1)
        self.assertRegex(found, r'(?m)^fail .* login .*www\.example\.com.*credentials\.hostname')
        self.assertNotIn('hidden', found)

    def test_a_body_that_ends_with_the_connection_alone_is_cut(self):
        rows = [f'"2026-11-27T06:4{n}:01Z","login","auth","n {n}","acme_ab1","Manager","203.0.113.4"\n' for n in range(6)]
        head = b'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n\r\n'
        names = '"Date","Action","Module","Details","User Name","User Role","User IP"\n'
        part, whole = (head + (names + ''.join(rows[-1:2:-1] if cut else rows[::-1])).encode() for cut in (True, False))
        for close_notify in (False, True):
            with self.subTest(close_notify=close_notify):
                sandbox, player = self.play({LOG: [part, whole]}, 'user_activity', close_notify=close_notify)
                log = self.once(sandbox, '--give-up-after', '2', status=0 if close_notify else 1)
                if close_notify:
                    self.assertEqual(player.paths(), [LOG])
                else:
                    self.assertIn('the connection ended before the answer did', log)
                    self.assertGreater(len(player.paths()), 1)

    def test_framing_without_end_takes_no_memory(self):
        start = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
        for endless in (start + b'5;x=' + b'y' * (8 << 20), start + b'0' * (8 << 20), start + b'0\r\n' + b'A: b\r\n' * (1 << 20),
                        b'HTTP/1.1 200 OK\r\n' + b'A: b\r\n' * (1 << 20)):
            with self.subTest(start=endless[:60]):
                sandbox, player = self.play({HOSTS: [endless, hosts(1)]})
                log = self.once(sandbox)
                self.assertEqual(len(re.findall('Next try in', log)), 1, log)
                self.assertEqual(player.paths(), [HOSTS, HOSTS])


if __name__ == '__main__':
    harness.main()
