"""Only what changed arrives: new, changed, fixed, reopened, gone; the store behind it may be killed, damaged, deleted."""
import signal
import urllib.request

import harness
from estate import EstateCase
from harness import free_port, wait_for
from raw_answers_test import answer


class Changes(EstateCase):
    def test_only_what_changed_arrives(self):
        sandbox, estate, player = self.estate()
        estate.scan(1, f1='New', f2='Active')
        estate.scan(2, f1='Fixed')
        estate.scan(3, f1='New')
        log = self.once(sandbox)
        self.assert_no_warning(log)
        self.assertEqual(self.changes(sandbox), ['1.11 new', '1.12 new', '2.21 new', '3.31 new'])
        self.assertEqual(player.calls[0][1]['status'], 'New,Active,Re-Opened,Fixed')

        # Nothing changed: nothing comes.
        estate.scanned = {1, 2, 3}
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])

        # Each kind of change. Host 3 has lost its only finding: it is not in the detections at all.
        estate.scan(1, f1='Fixed', f2=('Active', 'another'), f3='New')
        estate.scan(2, f1='Active')
        estate.scan(3, f1=None)
        self.once(sandbox)
        events = {f"{event['ID']} {event['@change']}": event for _, event in self.events(sandbox)}
        self.assertEqual(sorted(events), ['1 changed', '1 fixed', '1 new', '2 reopened', '3 gone'])
        self.assertEqual(list(events['1 fixed'])[:5], ['ID', 'IP', 'DETECTION', '@change', '@was'])
        self.assertEqual(events['1 fixed']['@was'], {'STATUS': 'New', 'SEVERITY': '3'})
        self.assertEqual(events['1 changed']['DETECTION']['RESULTS'], 'another')
        gone = events['3 gone']
        self.assertEqual({name: gone[name] for name in gone if not name.startswith('@devo')},
                         {'ID': '3', 'DETECTION': {'UNIQUE_VULN_ID': '31'}, '@change': 'gone',
                          '@was': {'STATUS': 'New', 'SEVERITY': '3'}})
        self.assertNotIn('@was', events['1 new'])

        # A finding that is gone is gone once.
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])

    def test_both_ways_at_once(self):
        sandbox, estate, _ = self.estate('deliver: all_and_changes\nchanges_tag: my.app.estate.changes')
        estate.scan(1, f1='New', f2='Fixed')
        self.once(sandbox)
        events = self.events(sandbox)
        table, changes = 'vuln.qualys.hostdetections', 'my.app.estate.changes'
        self.assertEqual(sorted((tag, event['DETECTION']['QID'], event.get('@change')) for tag, event in events),
                         [(changes, '1', 'new'), (changes, '2', 'new'), (table, '1', None)])
        estate.scan(1, f1='Fixed')
        self.once(sandbox)
        self.assertEqual([(tag, event['@change']) for tag, event in self.events(sandbox)], [(changes, 'fixed')])

    def test_a_status_that_is_asked_for_the_changes_alone_is_not_sent_with_everything(self):
        sandbox, estate, _ = self.estate('deliver: all_and_changes\nchanges_tag: my.app.estate.changes\nfilters:\n  status: New')
        estate.scan(1, f1='New', f2='Active', f3='Fixed')
        self.once(sandbox)
        events = sorted((tag, event['DETECTION']['QID']) for tag, event in self.events(sandbox))
        table, changes = 'vuln.qualys.hostdetections', 'my.app.estate.changes'
        self.assertEqual(events, [(changes, '1'), (changes, '2'), (changes, '3'), (table, '1')])

    def test_the_first_pull_can_be_learnt_without_a_word(self):
        sandbox, estate, _ = self.estate('deliver: changes\nchanges:\n  baseline: silent\n  ignore: [RESULTS]')
        estate.scan(1, f1='New', f2='New')
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])
        estate.scan(1, f1=('New', 'another'), f2='Fixed')
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), ['1.12 fixed'])

    def test_a_refresh_sends_everything(self):
        sandbox, estate, _ = self.estate('deliver: changes\nfull_refresh_period_in_seconds: 1')
        estate.scan(1, f1='New', f2='New')
        self.once(sandbox)
        self.changes(sandbox)
        estate.scan(1, f2='Fixed')
        seen = []
        while '1.11 snapshot' not in seen:  # a refresh is due a second later
            self.once(sandbox)
            seen += self.changes(sandbox)
        self.assertIn('1.12 fixed', seen)

    def test_an_answer_that_is_cut_makes_nothing_gone(self):
        sandbox, estate, _ = self.estate()
        for host in range(1, 40):
            estate.scan(host, f1='New', f2='New', f3='New')
        self.once(sandbox)
        self.changes(sandbox)
        estate.scan(20, f2='Fixed')
        estate.cut = 1
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), ['20.202 fixed'])

    def test_a_kill_repeats_some_and_loses_none(self):
        sandbox, estate, _ = self.estate()
        sandbox.edit_config(('    tls:', '    idle_timeout_in_seconds: 3600\n    tls:'))
        for host in range(1, 300):
            estate.scan(host, **{f'f{each}': 'New' for each in range(1, 12)})
        wanted = {f'{host}.{host}{each} new' for host in range(1, 300) for each in range(1, 12)}
        for estate.stands_at in (0.1, 0.5, 0.9):
            arrived = len(sandbox.events())
            run = self.run_collector(sandbox, 'run')
            wait_for(lambda: len(sandbox.events()) > arrived, 'some of the events')
            run.kill(signal.SIGKILL)
        sandbox.wait_read()
        before = set(self.changes(sandbox))
        self.assertLess(len(before), len(wanted))
        estate.stands_at = None
        self.once(sandbox)
        self.assertEqual(before | set(self.changes(sandbox)), wanted)
        estate.scanned = set(estate.hosts)
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])

    def test_a_store_that_is_damaged_or_deleted_is_begun_again(self):
        sandbox, estate, _ = self.estate()
        estate.scan(1, f1='New')
        estate.scan(2, f1='New')
        self.once(sandbox)
        everything = self.changes(sandbox)
        estate.scanned = set()
        data = next((sandbox.folder / 'state' / 'store').glob('*/data.mdb'))

        data.write_bytes(b'x' * 100_000)
        log = self.once(sandbox)
        self.assert_one_line(log, 'WARNING', 'store', 'could not be used')
        self.assertEqual(self.changes(sandbox), everything)

        data.unlink()
        log = self.once(sandbox)
        self.assertIn('every finding is new', log)
        self.assertEqual(self.changes(sandbox), everything)
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])

    def test_the_state_verb_and_the_status_know_what_is_known(self):
        port = free_port()
        sandbox, estate, _ = self.estate(status_port=port)
        estate.scan(1, f1='New', f2='New')
        estate.scan(2, f1='New')
        run = self.run_collector(sandbox, 'run')
        ask = lambda: urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics', timeout=harness.PATIENCE).read().decode()
        wait_for(lambda: 'The data is up to date' in run.log(), 'a cycle')
        metrics = ask()
        self.assertRegex(metrics, r'(?m)^qualys_devo_collector_findings_known\{.*\} 3$')
        self.assertRegex(metrics, r'(?m)^qualys_devo_collector_changes_total\{.*change="new".*\} 3$')
        self.assertEqual(run.kill(signal.SIGTERM), 0)

        def state(*arguments):
            verb = self.run_collector(sandbox, 'state', *arguments)
            self.assertEqual(verb.wait(), 0, verb.log())
            return verb.out.decode()
        self.assertIn('2 hosts, 3 findings', state('show'))
        self.changes(sandbox)
        state('reset', 'host_list_detection')
        self.once(sandbox)
        self.assertEqual(len(self.changes(sandbox)), 3)

    def test_without_changes_there_is_no_store(self):
        sandbox, estate, _ = self.estate('deliver: all')
        estate.scan(1, f1='New')
        self.once(sandbox)
        self.assertEqual(len(self.events(sandbox)), 1)
        self.assertFalse((sandbox.folder / 'state' / 'store').exists())

    def test_a_list_of_ids_that_is_refused_stops_no_change(self):
        sandbox, estate, player = self.estate()
        player.estate.list_of_ids = lambda form: answer(500, 'not now')
        estate.scan(1, f1='New')
        log = self.once(sandbox, '--give-up-after', '2', status=1)
        self.assertEqual(self.changes(sandbox), ['1.11 new'])
        del player.estate.list_of_ids
        estate.scan(1, f1=None)
        self.once(sandbox)  # the list that was missing; the window that it ends has brought the finding
        self.assertEqual(self.changes(sandbox), [])
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), ['1.11 gone'])


if __name__ == '__main__':
    harness.main()
