"""What Qualys or a proxy in front of it may answer instead of data: one clear line each, the right next step, no loss.

The conditions are those of the API's guide (limits; appendix of error codes) and what gateways send.
"""
import socket

import harness

HOSTS = 'host_list_detection'
PATHS = {HOSTS: '/api/5.0/fo/asset/host/vm/detection/', 'user_activity': '/api/2.0/fo/activity_log/',
         'vm_scans': '/api/2.0/fo/scan/'}
ENDPOINTS = {HOSTS: 'detections', 'user_activity': 'activity', 'vm_scans': 'scan_fetch'}


class Refusals(harness.Case):
    def one(self, fault, service=HOSTS, **options):
        """A sandbox with little data whose first answer of the service is the fault; and what every line has to say."""
        mark = ',' if ':' in fault else ':'
        sandbox = self.sandbox(service, hosts=12, detections=2, page_size=5, scans=4, findings=4, activity=30,
                               fault=f'{fault}{mark}nth=1,endpoint={ENDPOINTS[service]}', **options)
        return sandbox, [service, PATHS[service], f"localhost:{sandbox.ready['qualys_port']}"]

    def assert_gets_over(self, fault, *words, service=HOSTS, **options):
        """It is tried again in the same cycle, and everything arrives once."""
        with self.subTest(fault=fault, service=service):
            sandbox, always = self.one(fault, service, **options)
            log = self.once(sandbox)
            self.assert_one_line(log, *always, *words, 'Next try in')
            self.assert_arrived(sandbox, service)

    def assert_ends_the_cycle(self, fault, *words, service=HOSTS, follows='next cycle', **options):
        """It is not tried again in this cycle; the next one brings everything once. Returns the log."""
        with self.subTest(fault=fault, service=service):
            sandbox, always = self.one(fault, service, **options)
            log = self.once(sandbox, status=1)
            self.assert_one_line(log, *always, *words, follows)
            sandbox.control(set={'fault': []})
            self.once(sandbox)
            self.assert_arrived(sandbox, service)
            return log

    def test_a_login_that_is_refused_ends_the_service_at_once(self):
        for fault, words in {
                'login': ['HTTP 401', 'code 2000', 'Bad Login/Password', 'user name or password'],
                'expired': ['HTTP 200', 'code 2001', 'This account has expired.'],
                'registration': ['HTTP 409', 'code 2003', 'Registration must be completed', 'user interface'],
                'html:status=403': ['HTTP 403', 'permission']}.items():
            self.assert_ends_the_cycle(fault, *words)

    def test_a_refused_login_is_not_tried_again_with_that_endpoint(self):
        sandbox, _ = self.one('login')
        self.once(sandbox, status=1)
        self.assertEqual(sandbox.status()['qualys']['requests']['detections'], 1)

    def test_a_wrong_request_is_not_repeated_in_the_cycle(self):
        for code in (1901, 1903, 1904, 1905, 1907, 1908, 1922):
            self.assert_ends_the_cycle(f'error:status=400,code={code}', 'HTTP 400', f'code {code}', 'was told to answer so')
        for status in (413, 414, 418):
            self.assert_ends_the_cycle(f'html:status={status}', f'HTTP {status}', 'not accepted')

    def test_a_retired_version_names_the_key_that_chooses_it(self):
        sandbox = self.sandbox(hosts=12, retired='detections/5.0')
        log = self.once(sandbox, status=1)
        self.assert_one_line(log, PATHS[HOSTS], 'HTTP 404', 'retired', 'api_versions.host_list_detection', 'next cycle')
        # The light call that shows that the host is right.
        self.assertEqual(sandbox.status()['qualys']['answers'], {'404': 1, '200': 1})

    def test_too_many_calls_at_once_wait_for_a_place(self):
        for fault, words in {'concurrency': ['HTTP 409', 'code 1960', 'calls run at once'],
                             'html:status=409': ['HTTP 409'], 'html:status=429': ['HTTP 429', 'limit']}.items():
            self.assert_gets_over(fault, *words)

    def test_calls_that_are_used_up_wait_as_long_as_was_said(self):
        words = ['HTTP 409', 'code 1965', 'for another 1 seconds', 'used up', 'Next try in 1.']
        self.assert_gets_over('rate:wait=1', *words)
        self.assert_gets_over('rate:wait=1,how=item', *words)

    def test_an_error_inside_qualys_is_tried_again(self):
        self.assert_gets_over('internal', 'Internal error')
        self.assert_gets_over('internal:status=500', 'HTTP 500', 'Internal error')
        self.assert_gets_over('error:status=500,code=999', 'HTTP 500', 'code 999', 'internal error')

    def test_pages_for_people_are_tried_again(self):
        for status in (502, 503, 504):
            self.assert_gets_over(f'html:status={status}', f'HTTP {status}')
        self.assert_gets_over('html:status=200', 'begins with', 'not the API')

    def test_an_answer_that_is_no_whole_document_is_tried_again(self):
        self.assert_gets_over('empty', 'root element')
        self.assert_gets_over('unclosed', 'before its root element was closed')
        self.assert_gets_over('other_root', 'SOMETHING_ELSE')
        for how in ('fin', 'rst', 'no_last_chunk'):  # behind its last byte
            self.assert_gets_over(f'cut:after=1000000000,how={how}', 'reading the answer', no_gzip=True)

    def test_an_error_in_xml_is_understood_where_csv_or_json_was_due(self):
        words = ['code 1905', 'was told to answer so']
        for status in (200, 400):
            fault = f'error:status={status},code=1905'
            self.assert_ends_the_cycle(fault, f'HTTP {status}', *words, service='user_activity')
            # A refused scan, while its list and the login are good, is tried again before it is left out.
            self.assert_gets_over(fault, f'HTTP {status}', *words, service='vm_scans')

    def test_a_text_answer_that_is_cut_or_none_is_tried_again(self):
        for service in ('user_activity', 'vm_scans'):
            self.assert_gets_over('empty', 'not the document', service=service)
            self.assert_gets_over('html:status=200', 'begins with', service=service)
            self.assert_gets_over('cut:after=300,how=fin', 'reading the answer', service=service, no_gzip=True)

    def test_a_redirect_is_not_followed(self):
        with socket.create_server(('127.0.0.1', 0)) as elsewhere:
            elsewhere.settimeout(0.2)
            target = f'https://127.0.0.1:{elsewhere.getsockname()[1]}/api/'
            for status in (301, 302, 307):
                self.assert_ends_the_cycle(f'redirect:status={status},to={target}', f'HTTP {status}', 'configured host only')
            with self.assertRaises(TimeoutError):
                elsewhere.accept()

    def test_the_next_page_is_asked_of_the_configured_host(self):
        # The sandbox's next-page URLs name a host that does not exist.
        sandbox = self.sandbox(hosts=12, detections=2, page_size=5)
        self.once(sandbox)
        self.assert_arrived(sandbox)
        self.assertEqual(sandbox.status()['qualys']['requests'], {'detections': 3})


if __name__ == '__main__':
    harness.main()
