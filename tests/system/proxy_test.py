"""Through a proxy: it is told only where to connect; its login is used and never shown."""
import base64
import os
import re
import socket
import threading

import harness

LOGIN = 'gate:pr0xy pass'
ENCODED = 'gate:pr0xy%20pass'
BASIC = base64.b64encode(LOGIN.encode()).decode()


def environment(**more):
    """This one's, with no proxy but those of `more`."""
    names = ('http_proxy', 'https_proxy', 'no_proxy')
    return {name: value for name, value in os.environ.items() if name.lower() not in names} | more


class Proxy:
    """Opens tunnels (CONNECT) for whoever knows the login; notes what was asked."""

    def __init__(self, login=None, answer=None):
        self.basic = login and base64.b64encode(login.encode()).decode()
        self.answer = answer
        self.heads = []
        self.tunnelled = 0
        self.server = socket.create_server(('127.0.0.1', 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        head = b''
        while b'\r\n\r\n' not in head:
            piece = client.recv(4096)
            if not piece:
                return client.close()
            head += piece
        head = head.decode('latin-1')
        self.heads.append(head)
        known = not self.basic or f'proxy-authorization: basic {self.basic}'.lower() in head.lower() and self.basic in head
        answer = self.answer or (None if known else '407 Proxy Authentication Required')
        if answer:
            client.sendall(f'HTTP/1.1 {answer}\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'.encode())
            return client.close()
        host, port = re.match(r'CONNECT (\S+):(\d+) HTTP/1\.1', head).groups()
        peer = socket.create_connection((host, int(port)))
        client.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
        threading.Thread(target=self._pump, args=(peer, client, False), daemon=True).start()
        self._pump(client, peer, True)

    def _pump(self, source, target, upstream):
        try:
            while piece := source.recv(65536):
                self.tunnelled += len(piece) if upstream else 0
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.server.close()


class Proxies(harness.Case):
    def proxy(self, **options):
        made = Proxy(**options)
        self.addCleanup(made.close)
        return made

    def through(self, sandbox, url):
        sandbox.edit_config((r'    id: 1001\n', f'    id: 1001\n    proxy: "{url}"\n'))

    def test_a_configured_proxy_carries_every_call(self):
        sandbox, proxy = self.sandbox(hosts=12, page_size=6), self.proxy(login=LOGIN)
        self.through(sandbox, f'http://{ENCODED}@127.0.0.1:{proxy.port}')
        log = self.once(sandbox, '-v', env=environment())
        self.assert_arrived(sandbox)
        self.assertGreater(len(proxy.heads), 0)
        port = sandbox.ready['qualys_port']
        for head in proxy.heads:
            self.assertRegex(head, rf'^CONNECT localhost:{port} HTTP/1\.1\r\nHost: ')
            self.assertNotIn('\r\nAuthorization:', head)  # Qualys' login is for Qualys
        for secret in ('pr0xy', ENCODED, BASIC):
            self.assertNotIn(secret, log)

    def test_the_environment_names_one_when_the_configuration_does_not(self):
        for name in ('HTTPS_PROXY', 'https_proxy'):
            with self.subTest(name=name):
                sandbox, proxy = self.sandbox(hosts=6), self.proxy()
                self.once(sandbox, env=environment(**{name: f'http://127.0.0.1:{proxy.port}'}))
                self.assert_arrived(sandbox)
                self.assertEqual(sum(f":{sandbox.ready['qualys_port']} " in head for head in proxy.heads), 1)

    def test_no_proxy_is_obeyed(self):
        for value in ('localhost', '*', 'example.com, localhost'):
            with self.subTest(NO_PROXY=value):
                sandbox, proxy = self.sandbox(hosts=6), self.proxy()
                self.once(sandbox, env=environment(HTTPS_PROXY=f'http://127.0.0.1:{proxy.port}', NO_PROXY=value))
                self.assert_arrived(sandbox)
                self.assertEqual(proxy.heads, [])

    def test_the_configuration_wins_over_the_environment(self):
        sandbox, good, other = self.sandbox(hosts=6), self.proxy(), self.proxy()
        self.through(sandbox, f'http://127.0.0.1:{good.port}')
        self.once(sandbox, env=environment(HTTPS_PROXY=f'http://127.0.0.1:{other.port}', NO_PROXY='localhost'))
        self.assert_arrived(sandbox)
        self.assertEqual((len(good.heads), len(other.heads)), (1, 0))

    def test_the_environment_counts_for_both_ends(self):
        sandbox, proxy = self.sandbox(hosts=6), self.proxy()
        self.once(sandbox, env=environment(HTTPS_PROXY=f'http://127.0.0.1:{proxy.port}'))
        self.assertIn(f":{sandbox.ready['qualys_port']} ", ''.join(proxy.heads))
        self.assertIn(f":{sandbox.ready['devo_port']} ", ''.join(proxy.heads))
        self.assert_arrived(sandbox)

    def test_an_output_goes_directly_when_it_says_so(self):
        sandbox, proxy = self.sandbox(hosts=6), self.proxy()
        sandbox.edit_config((r'( +)chain:', r'\1proxy: none\n\1chain:'))
        self.once(sandbox, env=environment(HTTPS_PROXY=f'http://127.0.0.1:{proxy.port}'))
        self.assertNotIn(f":{sandbox.ready['devo_port']} ", ''.join(proxy.heads))
        self.assert_arrived(sandbox)

    def test_a_wrong_login_is_said_without_the_password(self):
        sandbox, proxy = self.sandbox(hosts=6), self.proxy(login=LOGIN)
        self.through(sandbox, f'http://gate:wr0ng-pass@127.0.0.1:{proxy.port}')
        log = self.once(sandbox, '--give-up-after', '1', '-v', status=1, env=environment())
        self.assertRegex(log, rf'ERROR .*127\.0\.0\.1:{proxy.port}.*407')
        for secret in ('wr0ng-pass', base64.b64encode(b'gate:wr0ng-pass').decode()):
            self.assertNotIn(secret, log)
        self.assertEqual(sandbox.status()['qualys']['requests'], {})

    def test_a_login_that_is_wanted_and_missing_is_said(self):
        sandbox, proxy = self.sandbox(hosts=6), self.proxy(login=LOGIN)
        self.through(sandbox, f'http://127.0.0.1:{proxy.port}')
        log = self.once(sandbox, '--give-up-after', '1', status=1, env=environment())
        self.assertRegex(log, rf'ERROR .*127\.0\.0\.1:{proxy.port}.*login')

    def test_a_proxy_that_is_away_or_refuses_is_named(self):
        closed = harness.free_port()
        refusing = self.proxy(answer='403 Forbidden')
        for port, words in ((closed, 'refused'), (refusing.port, '403')):
            with self.subTest(words=words):
                sandbox = self.sandbox(hosts=6)
                self.through(sandbox, f'http://127.0.0.1:{port}')
                log = self.once(sandbox, '--give-up-after', '1', status=1, env=environment())
                self.assertRegex(log, rf'ERROR .*127\.0\.0\.1:{port}.*{words}')

    def test_a_bad_proxy_url_is_found_before_the_start(self):
        sandbox = self.sandbox(hosts=6)
        self.through(sandbox, 'socks5://gate:s3cret-word@127.0.0.1:1')
        log = self.once(sandbox, status=78)
        self.assertIn('inputs.qualys.proxy', log)
        self.assertNotIn('s3cret-word', log)


if __name__ == '__main__':
    harness.main()
