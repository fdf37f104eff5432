"""No credential in any output, however a server provokes it: each answer here shows the login that it got."""
import base64
import re
import urllib.parse
import urllib.request

import harness

USER = 'acme_ab1'
PASSWORDS = ['pä ss:%&+/=?#', 'Tr0ub4dor-and-3-horses']


def forms(password):
    """What must not be seen, and the pieces of it that a cut excerpt could show."""
    basic = base64.b64encode(f'{USER}:{password}'.encode()).decode()
    long = [password, basic, urllib.parse.quote(password, safe=''), urllib.parse.quote_plus(password)]
    pieces = [text[at:at + 6] for text in (basic, password) for at in range(len(text) - 5)]
    return long + pieces


class Secrets(harness.Case):
    def outputs(self, password, fault, service, *arguments):
        """Everything that a run under that fault writes, but for the events."""
        sandbox = self.sandbox(service, hosts=6, scans=3, activity=20, user=USER, password=password, no_gzip=True, fault=fault)
        run = self.run_collector(sandbox, *arguments)
        run.wait()
        self.assertGreater(sandbox.status()['qualys']['faults'].get('echo', 0), 0)
        texts = [run.log(), run.out.decode(errors='replace')]
        texts += [file.read_text() for file in (sandbox.folder / 'state').glob('*')]
        texts += [line for line in sandbox.lines() if 'devo.collector' in line]
        return '\n'.join(texts)

    def assert_silent(self, how, service='host_list_detection', endpoint='detections', status=400):
        fault = f'echo:how={how},status={status},endpoint={endpoint}'
        for password in PASSWORDS:
            for log_format in ('text', 'json'):
                with self.subTest(how=how, service=service, status=status, password=password, log_format=log_format):
                    text = self.outputs(password, fault, service, 'run', '--once', '--give-up-after', '1', '-v',
                                        '--log-format', log_format)
                    self.assertIn('API Error', text)  # there was something to say
                    shown = [form for form in forms(password) if form in text]
                    self.assertEqual(shown, [], text[-2000:])

    def test_in_the_text_of_an_error(self):
        self.assert_silent('text')
        self.assert_silent('text', status=200)

    def test_on_a_page_for_people(self):
        self.assert_silent('page', status=503)
        self.assert_silent('page', status=200)

    def test_in_a_reason_phrase(self):
        self.assert_silent('reason', status=503)

    def test_in_a_location(self):
        self.assert_silent('location')

    def test_around_the_place_where_xml_breaks(self):
        self.assert_silent('broken', status=200)

    def test_around_the_place_where_json_breaks(self):
        self.assert_silent('json', 'vm_scans', 'scan_fetch', status=200)

    def test_the_user_name_is_hidden_too(self):
        for how, status in (('text', 400), ('page', 200), ('broken', 200)):
            with self.subTest(how=how):
                text = self.outputs(PASSWORDS[1], f'echo:how={how},status={status}', 'host_list_detection',
                                    'run', '--once', '--give-up-after', '1')
                self.assertNotIn(USER, text)

    def test_in_status_and_metrics(self):
        for password in PASSWORDS:
            with self.subTest(password=password):
                sandbox = self.sandbox(hosts=6, user=USER, password=password, no_gzip=True, fault='echo:how=text,status=400')
                run = self.run_collector(sandbox, 'run')
                found = harness.wait_for(lambda: re.search(r'Status page: (http://[^/]+)', run.log()), 'the address')
                harness.wait_for(lambda: 'API Error' in run.log(), 'the fault')
                text = ''
                for path in ('/status', '/metrics', '/'):
                    with urllib.request.urlopen(found[1] + path, timeout=harness.PATIENCE) as answer:
                        text += answer.read().decode()
                self.assertIn('HTTP 400', text)  # the error is there to be seen
                self.assertEqual([form for form in forms(password) if form in text], [], text[:3000])
                self.assertNotIn(USER, text)

    def test_pull_does_not_show_them_either(self):
        text = self.outputs(PASSWORDS[1], 'echo:how=text,status=400', 'host_list_detection', 'pull', 'host_list_detection')
        self.assertEqual([form for form in forms(PASSWORDS[1]) if form in text], [])


if __name__ == '__main__':
    harness.main()
