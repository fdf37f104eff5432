"""Changes beside everything else: lanes, quarantine, hosts that vanish, a join, obfuscation, a reload, a full disk."""
import collections
import json
import os
import re
import signal
import urllib.request

import harness
from conservation_schedule import FAILING_DISK, FAKE_TIME
from estate import EstateCase
from harness import wait_for


def events_of(hosts, names, change):
    return [f'{host}.{host}{name[1:]} {change}' for host in hosts for name in names]


class Lanes(EstateCase):
    HOSTS = range(1, 61)
    NAMES = ['f1', 'f2', 'f3']

    def with_ranges(self):
        """So many hosts that a window is cut into twelve ranges, which four lanes walk."""
        sandbox, estate, player = self.estate(lanes=4, page_size=5)
        for host in self.HOSTS:
            estate.scan(host, **dict.fromkeys(self.NAMES, 'New'))
        return sandbox, estate, player

    def test_several_ranges_at_once_give_each_change_once(self):
        sandbox, estate, player = self.with_ranges()
        player.set_gate(3)
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), sorted(events_of(self.HOSTS, self.NAMES, 'new')))

        wanted = []
        for host in self.HOSTS:
            estate.scan(host)
            if host % 7 == 0:
                estate.scan(host, f1='Fixed')
                wanted += events_of([host], ['f1'], 'fixed')
            if host % 11 == 0:
                estate.scan(host, f2=None)
                wanted += events_of([host], ['f2'], 'gone')
            if host % 13 == 0:  # it is in the list of ids alone
                wanted += events_of([host], estate.hosts[host], 'gone')
                wanted = [event for event in wanted if event != f'{host}.{host}1 fixed']
                estate.hosts[host] = {}
            if host % 17 == 0:
                estate.scan(host, f4='New')
                wanted += events_of([host], ['f4'], 'new')
        player.set_gate(3)
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), sorted(wanted))
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])

    def test_a_kill_while_ranges_are_open_loses_nothing(self):
        sandbox, estate, player = self.with_ranges()
        player.set_gate(1000)
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: player.waiting >= 3, 'several ranges')
        run.kill()
        sandbox.wait_read()
        player.set_gate(0)
        self.once(sandbox)
        self.assertEqual(set(self.changes(sandbox)), set(events_of(self.HOSTS, self.NAMES, 'new')))
        estate.scanned = set(self.HOSTS)
        estate.scan(30, f1='Fixed')
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), ['30.301 fixed'])


class Quarantine(EstateCase):
    def test_a_host_that_does_not_come_has_lost_nothing(self):
        sandbox, estate, _ = self.estate(page_size=2)
        for host in range(1, 9):
            estate.scan(host, f1='New', f2='New')
        self.once(sandbox)
        self.changes(sandbox)

        estate.scanned = set()
        estate.unreadable = {5}
        estate.scan(4, f1='Fixed')
        estate.scan(5, f1='Fixed', f2=None)
        estate.scan(6, f1='Fixed', f2=None)
        log = self.once(sandbox)
        self.assertIn('host 5', log)
        self.assertIn('quarantine', log)
        self.assertEqual(self.changes(sandbox), ['4.41 fixed', '6.61 fixed', '6.62 gone'])

        # Still unreadable, and in another window's list of ids.
        estate.scan(5)
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])

        estate.unreadable = set()
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), ['5.51 fixed', '5.52 gone'])


@harness.unittest.skipUnless(FAKE_TIME, 'no library that moves the clock')
class HostGone(EstateCase):
    def later(self, sandbox, hours, *arguments, **options):
        """One cycle so many hours from now."""
        environment = dict(os.environ) | {'LD_PRELOAD': FAKE_TIME, 'FAKETIME': f'+{hours}h',
                                          'FAKETIME_DONT_FAKE_MONOTONIC': '1'}
        return self.once(sandbox, *arguments, env=environment, **options)

    def three_hosts(self):
        sandbox, estate, player = self.estate()
        for host in (1, 2, 3):
            estate.scan(host, f1='New', f2='New')
        self.once(sandbox)
        self.changes(sandbox)
        estate.scanned = set()
        return sandbox, estate, player

    def test_a_host_that_two_complete_lists_lack_a_day_apart_is_gone_once(self):
        sandbox, estate, _ = self.three_hosts()
        estate.purge(2)
        for hours in (1, 25, 26, 48):  # the second of them asks for the first list without it
            self.later(sandbox, hours)
            self.assertEqual(self.changes(sandbox), [], hours)
        self.later(sandbox, 50)
        self.assertEqual(self.changes(sandbox), ['2. host_gone'])
        for hours in (51, 80, 110):
            self.later(sandbox, hours)
            self.assertEqual(self.changes(sandbox), [], hours)

        # When it comes back it is a new host.
        estate.scan(2, f1='Active')
        self.later(sandbox, 111)
        self.assertEqual(self.changes(sandbox), ['2.21 new'])

    def test_a_host_that_comes_back_in_between_is_not_gone(self):
        sandbox, estate, _ = self.three_hosts()
        findings = estate.hosts.pop(2)
        self.later(sandbox, 25)
        estate.hosts[2] = findings
        self.later(sandbox, 50)
        estate.purge(2)
        self.later(sandbox, 75)
        self.assertEqual(self.changes(sandbox), [])
        self.later(sandbox, 100)
        self.assertEqual(self.changes(sandbox), ['2. host_gone'])

    def test_a_list_that_is_not_complete_makes_no_host_missing(self):
        sandbox, estate, _ = self.three_hosts()
        estate.purge(3)
        # Neither as the first list without it, nor as the second: cut in the middle, or ended early by Qualys itself.
        for hours, fault in ((25, 'lists_broken'), (50, 'lists_short')):
            for attempt in range(2):
                setattr(estate, fault, 1000)
                self.later(sandbox, hours + attempt * 2)
                self.assertEqual(self.changes(sandbox), [], (hours, fault))
            setattr(estate, fault, 0)
            self.later(sandbox, hours + 5)
            self.assertEqual(self.changes(sandbox), ['3. host_gone'] if hours == 50 else [])


class Join(harness.Case):
    def test_a_change_carries_what_the_knowledge_base_says(self):
        for deliver, tags in (('changes', {'vuln.qualys.hostdetections'}),
                              ('all_and_changes', {'vuln.qualys.hostdetections', 'my.app.qualys.changes'})):
            with self.subTest(deliver=deliver):
                sandbox = self.sandbox('knowledge_base,host_list_detection', hosts=30, detections=8, qids=300,
                                       enrich=['TITLE', 'CVE_LIST'], deliver=deliver, settle_delay=0)
                self.once(sandbox, '--service', 'knowledge_base')
                self.once(sandbox, '--service', 'host_list_detection')
                sandbox.control(touch={'first': 0, 'count': 20})
                self.once(sandbox, '--service', 'host_list_detection')
                self.assert_arrived(sandbox, 'changes')
                if deliver != 'changes':
                    self.assert_arrived(sandbox)
                self.assert_joined(sandbox, tags)

    def assert_joined(self, sandbox, tags):
        events = [(line.split(' ', 4)[3][:-1], json.loads(line[line.index('{'):])) for line in sandbox.events()]
        titles = {event['QID']: event['TITLE'] for _, event in events if 'VULN_TYPE' in event}
        found = collections.Counter()
        for tag, event in events:
            if 'DETECTION' not in event:
                continue
            title = titles.get(event['DETECTION'].get('QID'))
            if event.get('@change') == 'gone' or title is None:
                self.assertNotIn('KNOWLEDGE_BASE', event)
                continue
            names = list(event)
            self.assertEqual(names[names.index('DETECTION') + 1], 'KNOWLEDGE_BASE')
            self.assertEqual(event['KNOWLEDGE_BASE']['TITLE'], title)
            found[tag] += 1
            if '@change' in event:
                self.assertEqual(names[names.index('DETECTION') + 2], '@change')
                found[event['@change']] += 1
        self.assertLessEqual(tags | {'new', 'changed', 'fixed', 'reopened'}, set(found), found)


class Reload(EstateCase):
    def test_other_members_that_count_from_now_on_make_nothing_changed(self):
        sandbox, estate, _ = self.estate('deliver: changes\nchanges:\n  ignore: [QDS]', request_period=1)
        for host in (1, 2, 3):
            estate.scan(host, f1='New', f2='New')
        run = self.run_collector(sandbox, 'run')
        arrived = []

        def seen(event):
            arrived.extend(self.changes(sandbox))
            return event in arrived
        wait_for(lambda: seen('3.32 new'), 'the first pull')

        reloads = 0
        for ignored, results, marker in (
                ('[QDS, RESULTS]', 'second', 'Fixed'), ('[RESULTS]', 'third', 'Active'), ('[QDS]', 'third', 'Fixed')):
            sandbox.edit_config((r'ignore: \[.*\]', f'ignore: {ignored}'))
            run.process.send_signal(signal.SIGHUP)
            reloads += 1
            wait_for(lambda: run.log().count('Reloaded: the new configuration is in use') == reloads, 'the reload')
            arrived.clear()
            for host in (1, 2):
                estate.scan(host, f1=('New', results), f2=('New', results))
            estate.scan(3, f1=marker)  # the last host of a window: what is before it has been compared
            kind = 'fixed' if marker == 'Fixed' else 'reopened'
            wait_for(lambda: seen(f'3.31 {kind}'), 'the host behind them')
            self.assertEqual(arrived, [f'3.31 {kind}'], ignored)

        arrived.clear()
        estate.scan(1, f1=('New', 'fourth'))
        wait_for(lambda: seen('1.11 changed'), 'a change of what counts again')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assertEqual(arrived + self.changes(sandbox), ['1.11 changed'])


class Obfuscation(EstateCase):
    def test_what_is_masked_counts_and_what_it_was_is_not_said(self):
        rules = ('deliver: changes\nobfuscation_data:\n  - name: [DETECTION, RESULTS]\n    value: "masked"\n'
                 '  - name: [DETECTION, STATUS]\n    value: "hidden"\n  - name: [IP]')
        sandbox, estate, _ = self.estate(rules)
        estate.scan(1, f1=('New', 'first'), f2=('New', 'first'))
        self.once(sandbox)
        self.events(sandbox)
        estate.scan(1, f1=('New', 'second'))
        self.once(sandbox)
        (_, event), = self.events(sandbox)
        self.assertEqual((event['@change'], event['@was']), ('changed', {'SEVERITY': '3'}))
        self.assertEqual((event['DETECTION']['RESULTS'], event['DETECTION']['STATUS']), ('masked', 'hidden'))
        self.assertEqual(event['IP'], '****SANITIZED****')
        estate.scan(1, f1=('Fixed', 'second'), f2=None)
        self.once(sandbox)
        found = self.events(sandbox)
        self.assertEqual({event['@change']: event['@was'] for _, event in found},
                         {'fixed': {'SEVERITY': '3'}, 'gone': {'SEVERITY': '3'}})
        self.assertNotIn('New', str(found))

    def test_other_rules_make_nothing_changed(self):
        sandbox, estate, _ = self.estate('deliver: changes\nobfuscation_data:\n  - name: [DETECTION, RESULTS]')
        estate.scan(1, f1='New', f2='New')
        self.once(sandbox)
        self.changes(sandbox)
        sandbox.edit_config((r'RESULTS\]', 'SEVERITY]'))
        estate.scan(1, f2='Fixed')
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), ['1.12 fixed'])


@harness.unittest.skipUnless(FAILING_DISK, 'no library that lets a disk fail')
class FullDisk(EstateCase):
    def with_full_disk(self, call):
        """A collector whose store cannot be written while events of a change are under way."""
        sandbox, estate, _ = self.estate(request_period=1)
        for host in range(1, 30):
            estate.scan(host, f1='New', f2='New')
        self.once(sandbox)
        self.changes(sandbox)
        order = sandbox.folder / 'failing-disk'
        order.write_text('')
        environment = dict(os.environ) | {'LD_PRELOAD': FAILING_DISK, 'QDC_FAILING_DISK_ORDER': str(order),
                                          'QDC_FAILING_DISK_BELOW': str(sandbox.folder / 'state' / 'store')}
        run = self.run_collector(sandbox, 'run', env=environment)
        wait_for(lambda: 'The data is up to date' in run.log(), 'a cycle')
        order.write_text(f'{call} ENOSPC')
        estate.scanned = set()
        for host in range(1, 30):
            estate.scan(host, f1='Fixed')
        wait_for(lambda: 'could not be saved' in run.log(), 'the disk to be full')
        return sandbox, estate, run, order

    WANTED = sorted(events_of(range(1, 30), ['f1'], 'fixed'))

    def test_a_disk_that_has_space_again_brings_nothing_again(self):
        for call in ('pwrite', 'fsync'):
            with self.subTest(call=call):
                sandbox, estate, run, order = self.with_full_disk(call)
                order.write_text('')
                wait_for(lambda: 'is saved again' in run.log(), 'the disk to have space')
                self.assertEqual(run.kill(signal.SIGTERM), 0)
                self.once(sandbox)  # what no window of the other one brought
                self.assertEqual(self.changes(sandbox), self.WANTED)
                self.once(sandbox)
                self.assertEqual(self.changes(sandbox), [])

    def test_a_kill_while_the_disk_is_full_repeats_some_and_loses_none(self):
        sandbox, estate, run, _ = self.with_full_disk('pwrite')
        run.kill()
        sandbox.wait_read()
        self.once(sandbox)
        self.assertEqual(set(self.changes(sandbox)), set(self.WANTED))
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])

    def test_a_store_that_cannot_be_opened_at_the_start_is_opened_when_it_can_be(self):
        sandbox, estate, _ = self.estate(status_port=0)
        estate.scan(1, f1='New')
        in_its_place = sandbox.folder / 'state' / 'store'
        in_its_place.write_text('')
        log = self.once(sandbox, '--give-up-after', '1', status=1)
        self.assertIn('store_unusable', log)
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: 'cannot be opened' in run.log(), 'the store to be missed')
        page = wait_for(lambda: re.search(r'Status page: (http://[^/]+)', run.log()), 'the address')[1]
        ask = lambda path: urllib.request.urlopen(page + path, timeout=harness.PATIENCE).read().decode()
        report = json.loads(ask('/status'))
        self.assertEqual([one['id'] for one in report['attention']], ['store_unusable'])
        self.assertIn('cannot be opened', report['attention'][0]['text'])
        self.assertRegex(ask('/metrics'), r'(?m)^qualys_devo_collector_service_failing\{.*reason="store_unusable"\} 1$')
        in_its_place.unlink()
        wait_for(lambda: 'The data is up to date' in run.log(), 'a cycle')
        wait_for(lambda: 'reason="store_unusable"' not in ask('/metrics'), 'the metrics to say so')
        self.assertIn('is open now', run.log())
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assertEqual(self.changes(sandbox), ['1.11 new'])


class OtherVersion(EstateCase):
    def test_a_store_of_another_version_is_set_aside_and_every_finding_is_new(self):
        sandbox, estate, _ = self.estate()
        estate.scan(1, f1='New')
        estate.scan(2, f1='Fixed')
        self.once(sandbox)
        everything = self.changes(sandbox)
        data = next((sandbox.folder / 'state' / 'store').glob('*/data.mdb'))
        content = data.read_bytes()
        # Of LMDB itself: the number behind the mark with which both of its first pages begin.
        mark = bytes.fromhex('dec0efbe') + (1).to_bytes(4, 'little')
        self.assertEqual(content.count(mark), 2)
        data.write_bytes(content.replace(mark, mark[:4] + (2).to_bytes(4, 'little')))
        log = self.once(sandbox)
        self.assert_one_line(log, 'WARNING', 'store', 'could not be used')
        self.assertEqual(self.changes(sandbox), everything)
        self.assertTrue(list((sandbox.folder / 'state' / 'store').glob('*.unusable')))
        self.once(sandbox)
        self.assertEqual(self.changes(sandbox), [])


if __name__ == '__main__':
    harness.main()
