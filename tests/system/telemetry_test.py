"""What the collector sends to Devo about itself."""
import re
import signal
import time

import harness
from harness import wait_for

TAG = 'devo.collectors.out.local.'


class Telemetry(harness.Case):
    def test_the_log_arrives_as_events_and_is_nobodys_invention(self):
        sandbox = self.sandbox('host_list', hosts=20)
        log = self.once(sandbox)
        self.assert_arrived(sandbox, 'host_list')
        told = sandbox.self_events()
        self.assertEqual(sandbox.verdict()['telemetry'], len(told))
        receipts = [event for tag, event in told
                    if tag == TAG + 'info' and event['msg'].startswith('Receipt of pull cycle')]
        self.assertEqual(len(receipts), 1, told)
        self.assertEqual((receipts[0]['input_name'], receipts[0]['service_name']), ('qualys', 'host_list'))
        self.assertEqual(receipts[0]['level'], 'info')
        # From the first line of the log on, word for word; what comes after the last flush stays at home.
        messages = [event['msg'] for tag, event in told if tag.startswith(TAG)]
        self.assertGreater(len(messages), 10)
        logged = [line.split(' -> ', 1)[1] for line in log.splitlines()]
        self.assertEqual(messages, logged[:len(messages)])

    def test_warnings_and_errors_have_their_own_tags(self):
        sandbox = self.sandbox('host_list', hosts=5, fault='login')
        self.once(sandbox, status=1)
        levels = {tag[len(TAG):] for tag, _ in sandbox.self_events() if tag.startswith(TAG)}
        self.assertEqual(levels, {'info', 'warning', 'error'})

    def test_the_messages_sent_are_told_as_the_official_line_and_as_a_metric(self):
        sandbox = self.sandbox('host_list', hosts=20)
        log = self.once(sandbox)
        self.assertRegex(log, r'DevoSenderManagerMonitor\(standard_senders,devo_1\) -> Number of available senders: 1, '
                              r'sender manager internal queue size: \d+\n')
        self.assertRegex(log, r'Standard - Total number of messages sent: 20, messages sent since '
                              r'"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00": 20 \(elapsed \d+\.\d{3} seconds\)\n')
        metrics = [event for tag, event in sandbox.self_events() if tag == 'devo.collector.metric.message_sent']
        self.assertEqual(len(metrics), 1)
        self.assertEqual(metrics[0]['msg_sent']['part_counter'], 20)
        self.assertGreater(metrics[0]['msg_sent']['part_bytes'], 20 * 100)

    def test_it_is_sent_while_the_collector_runs_and_to_its_end(self):
        sandbox = self.sandbox('host_list', hosts=5)
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: sandbox.status()['devo']['lines']['telemetry'], 'the first line')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        told = [event.get('msg', '') for _, event in sandbox.self_events()]
        self.assertIn('Received signal 15: stopping in order', told)
        self.assertEqual(len(told), len(set(told)), told)
        self.assertNotIn('not confirmed', run.log())
        self.assert_arrived(sandbox, 'host_list')

    def test_a_hanging_devo_does_not_hold_up_the_end(self):
        sandbox = self.sandbox('host_list', hosts=5, devo_fault='no_answer')
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: sandbox.status()['devo']['lines']['telemetry'], 'the first line')
        began = time.monotonic()
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - began, 30)  # 9 s, and what a busy machine adds

    def test_internal_events_false_turns_it_off(self):
        sandbox = self.sandbox('host_list', hosts=5)
        sandbox.edit_config((r'globals:\n', 'globals:\n  internal_events: false\n'))
        log = self.once(sandbox)
        self.assert_arrived(sandbox, 'host_list')
        self.assertEqual(sandbox.self_events(), [])
        self.assertIn('Standard - Total number of messages sent: 5', log)

    def test_a_secret_is_masked_there_too(self):
        sandbox = self.sandbox('host_list', hosts=5, password='s3cret-Pass', fault='echo:how=plain,status=400')
        self.once(sandbox, '--give-up-after', '1', status=1)
        told = '\n'.join(event.get('msg', '') for _, event in sandbox.self_events())
        self.assertTrue(re.search('API Error', told), told)
        self.assertNotIn('s3cret-Pass', told)


if __name__ == '__main__':
    harness.main()
