"""Bad input: each case gives one clear line that says what happened and what happens next; nothing is lost."""
import re
import resource
import shutil
import signal

import harness
from harness import wait_for


class BadInput(harness.Case):
    def test_a_wrong_password_ends_the_service_at_once(self):
        sandbox = self.sandbox(hosts=10)
        sandbox.edit_config((r'password: .*', 'password: wrong-secret-one'))
        log = self.once(sandbox, status=1)
        self.assert_one_line(log, 'host_list_detection', 'HTTP 401', 'code 2000', 'user name or password', 'next cycle')
        self.assertNotIn('wrong-secret-one', log)
        # The light call tells a wrong login from a missing permission; more would lock the account.
        self.assertEqual(sandbox.status()['qualys']['requests'], {'detections': 1, 'about': 1})

    def test_a_wrong_password_costs_no_more_calls_with_four_services(self):
        sandbox = self.sandbox('vm_scans,host_list,host_list_detection,user_activity', hosts=10)
        sandbox.edit_config((r'password: .*', 'password: wrong-secret-one'))
        self.once(sandbox, status=1)
        self.assertEqual(sum(sandbox.status()['qualys']['requests'].values()), 2)

    def test_an_unknown_host_is_named(self):
        sandbox = self.sandbox(hosts=10)
        sandbox.edit_config((r'hostname: .*', 'hostname: qualys.invalid'))
        log = self.once(sandbox, '--give-up-after', '1', status=1)
        self.assertRegex(log, r'ERROR .*qualys\.invalid:443: .*not found.*No more tries in this cycle')

    def test_a_qualys_certificate_of_the_wrong_authority_is_refused(self):
        sandbox = self.sandbox(hosts=10)
        sandbox.edit_config((r'ca_file: .*', f'ca_file: {sandbox.folder}/certs/chain.crt'))
        log = self.once(sandbox, '--give-up-after', '1', status=1)
        self.assertRegex(log, r"ERROR .*the peer's certificate is not accepted: .*No more tries in this cycle")
        self.assertEqual(sandbox.status()['qualys']['requests'], {})

    def test_a_devo_certificate_of_the_wrong_authority_is_refused_and_nothing_is_checkpointed(self):
        sandbox = self.sandbox(hosts=10)
        shutil.copy(sandbox.folder / 'certs' / 'qualys-ca.crt', sandbox.folder / 'certs' / 'chain.crt')
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: "certificate is not accepted" in run.log(), 'the refusal')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assertIn('nothing is lost; trying again', run.log())
        self.assertEqual(list((sandbox.folder / 'state').glob('*.json')), [])

    def test_a_client_certificate_that_devo_does_not_know_is_refused_and_nothing_is_lost(self):
        sandbox = self.sandbox(hosts=10)
        certs = sandbox.folder / 'certs'
        for kind in ('crt', 'key'):
            shutil.copy(certs / f'domain.{kind}', certs / f'good.{kind}')
            shutil.copy(certs / f'stranger.{kind}', certs / f'domain.{kind}')
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: 'No connection to' in run.log(), 'the refusal')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assertRegex(run.log(), r'No connection to .*unknown ca.*\[output_unreachable\]')
        for kind in ('crt', 'key'):
            shutil.copy(certs / f'good.{kind}', certs / f'domain.{kind}')
        self.once(sandbox)
        self.assert_arrived(sandbox)

    def test_a_page_cut_in_the_middle_goes_on_at_the_host_where_it_stopped(self):
        for how in ('fin', 'rst', 'no_last_chunk'):
            with self.subTest(how=how):
                sandbox = self.sandbox(hosts=200, detections=10, page_size=100, no_gzip=True,
                                       fault=f'cut:nth=2,after=300000,how={how}')
                log = self.once(sandbox)
                self.assert_one_line(log, 'reading the answer', 'Next try in', 'from host ')
                self.assert_arrived(sandbox)
                self.assertEqual(sandbox.status()['qualys']['faults'], {'cut': 1})

    def test_html_instead_of_xml_is_shown_and_tried_again(self):
        for status in (200, 503):
            with self.subTest(status=status):
                sandbox = self.sandbox(hosts=20, fault=f'html:nth=1,status={status}')
                log = self.once(sandbox)
                self.assert_one_line(log, '/api/5.0/fo/asset/host/vm/detection/', 'Next try in')
                self.assert_arrived(sandbox)

    def test_a_cursor_that_stands_still_ends_the_cycle(self):
        sandbox = self.sandbox(hosts=50, page_size=10, fault='repeat_cursor')
        log = self.once(sandbox, status=1)
        self.assert_one_line(log, 'next page would begin where this one did', 'next cycle')

    def test_an_entity_declaration_is_never_resolved_and_its_page_is_asked_for_again(self):
        sandbox = self.sandbox(hosts=20, fault='entity:nth=1')
        log = self.once(sandbox)
        self.assert_one_line(log, 'entity', 'Next try in')
        self.assert_arrived(sandbox)

    def test_a_full_disk_at_the_checkpoint_leaves_the_earlier_one_and_says_so(self):
        sandbox = self.sandbox(hosts=60, page_size=20)
        log = self.once(sandbox, status=1, preexec_fn=full_disk)
        self.assertRegex(log, r'ERROR .*checkpoint of host_list_detection could not be saved: File too large\. .*tried again')
        self.assertEqual(list((sandbox.folder / 'state').glob('*.json')), [])
        self.once(sandbox)
        expected = sandbox.verdict()['services']['host_list_detection']['expected']
        self.assert_arrived(sandbox, duplicates=expected)

    def test_a_damaged_checkpoint_falls_back_to_the_one_before(self):
        sandbox = self.sandbox(hosts=60, page_size=20)
        self.once(sandbox)
        state = sandbox.folder / 'state' / 'qualys.1001.host_list_detection.json'
        state.write_text(state.read_text()[:40])
        log = self.once(sandbox)
        self.assertRegex(log, r'WARNING .*newest checkpoint is not usable')
        self.assert_arrived(sandbox, duplicates=10**9)

    def test_a_service_without_a_readable_checkpoint_stops_alone_and_without_any_the_program_ends(self):
        sandbox = self.sandbox(services='host_list,host_list_detection', hosts=10)
        for generation in range(2):
            self.once(sandbox)

        def damage(service):
            for file in (sandbox.folder / 'state').glob(f'qualys.1001.{service}.*'):
                file.write_text('{')
        damage('host_list')
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: re.search(r'checkpoint of host_list could not be read.*\[state_damaged\]', run.log())
                 and 'Pull Started' in run.log(), 'the other service')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        damage('host_list_detection')
        run = self.run_collector(sandbox, 'run')
        self.assertEqual(run.wait(), 1)
        self.assertIn('No service could start', run.log())

    def test_a_second_instance_on_the_same_state_ends_with_75(self):
        sandbox = self.sandbox(hosts=10)
        first = self.run_collector(sandbox, 'run')
        wait_for(lambda: 'Pull Started' in first.log(), 'the first instance')
        log = self.once(sandbox, status=75)
        self.assertIn(f'cannot be used: another instance holds the state directory (process {first.process.pid})', log)

    def test_wrong_usage_ends_with_2_and_a_wrong_configuration_with_78(self):
        sandbox = self.sandbox(hosts=10)
        for arguments in (['frobnicate'], ['run', '--frobnicate'], ['run', '--service', 'nonsense']):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_collector(sandbox, *arguments).wait(), 2)
        sandbox.edit_config((r'port: \d+', 'port: many'), (r'username: .*', ''))
        log = self.once(sandbox, status=78)
        self.assertIn('outputs.devo_1.config.port', log)
        self.assertIn('username', log)


def full_disk():
    """No file can grow beyond 100 bytes; state files are larger."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


if __name__ == '__main__':
    harness.main()
