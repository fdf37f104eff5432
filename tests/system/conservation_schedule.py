"""One schedule of conservation.py: its data and faults, what is done to the collector, and the verdict."""
import collections
import dataclasses
import glob
import itertools
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import harness
from conservation_bound import Observer, window_of
from conservation_faults import READ_AHEAD, draw_faults
from harness import wait_for

# Libraries loaded in front of the C library: not under sanitizers, which want to be first themselves.
FAKE_TIME = None if harness.SANITIZED else next(iter(glob.glob('/usr/lib/*/faketime/libfaketime.so.1')), None)
FAILING_DISK = None if harness.SANITIZED else os.environ.get('QDC_FAILING_DISK')
KEEPS_SESSION = {'bad_hangup', 'suspend', 'long_suspend', 'refuse', 'few_descriptors'}
RELOADED = 'Reloaded: the new configuration is in use'
LEAVING = 'Leaving with events that are not confirmed'
TOO_SMALL = 100  # bytes that a file may have on the full disk; state files are larger, the probe at the start is not


@dataclasses.dataclass
class Outcome:
    number: int
    plan: str = ''
    failure: str = ''
    events: int = 0
    lost: int = 0
    wrong: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    duplicates: int = 0
    repeated: int = 0  # bytes
    bound: int = 0     # bytes
    received: int = 0  # bytes
    happened: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    seconds: float = 0


class Failed(AssertionError):
    pass


def expect(condition, what):
    if not condition:
        raise Failed(what)


class Schedule:
    """Follows from its two numbers. run() does everything, judge() decides, clean_up() leaves nothing behind."""

    def __init__(self, seed, number):
        self.draw = draw = random.Random(f'{seed}/{number}')
        everything = ['host_list_detection', 'host_list', 'vm_scans', 'user_activity']
        self.services = draw.choice([everything, everything, everything[:1], draw.sample(everything, 2)])
        self.page_size = draw.choice([7, 10, 20])
        self.hosts = draw.randint(30, 120)
        self.data = {
            'seed': draw.randint(1, 10**6), 'hosts': self.hosts, 'detections': draw.randint(3, 12),
            'results_max': draw.choice([200, 800, 3000]), 'scans': draw.randint(2, 5), 'findings': draw.randint(10, 50),
            'activity': draw.randint(40, 250), 'illegal_every': draw.choice([0, 0, 3]), 'no_gzip': draw.random() < 0.3,
        }
        self.replay_buffer = draw.choice([8 << 20, 1 << 20, 200_000, 50_000, 5_000])
        self.late = draw.random() < 0.25  # the faults come when the first inventory is delivered
        self.network, self.acts = draw_faults(draw, self.services)
        self.lanes = draw.randint(1, 8)
        if not FAKE_TIME:
            self.acts = ['terminate' if name.startswith('clock_') else name for name in self.acts]
        if not FAILING_DISK:
            self.acts = ['disk_full' if name == 'failing_disk' else name for name in self.acts]
        self.draw_store()
        self.clock = None  # offset in seconds that every incarnation lives with
        self.touched = 0
        self.hangups = 0
        self.incarnations = []
        self.disk_was_full = False
        self.bound = 0
        self.happened = collections.Counter()
        self.checked = None

    def draw_store(self):
        """What needs a store on disk: one schedule in five sends changes, one in five has the KnowledgeBase. Drawn behind
        everything else, which stays as it was without."""
        draw = self.draw
        self.deliver = 'all'
        # A session that ends without a confirmation forgets what it had found. A finding that vanishes before it is found
        # again is known to nobody, though Devo may have heard of it: nobody could tell whether something is missing.
        # Kills beside changes: changes_test.py and changes_more_test.py, where nothing vanishes meanwhile.
        if 'host_list_detection' in self.services and KEEPS_SESSION.issuperset(self.acts) and draw.random() < 0.6:
            self.deliver = draw.choice(['changes', 'all_and_changes'])
            self.data['deliver'] = self.deliver
        self.victims = list(self.services)
        if draw.random() < 0.2:
            # Its cycle begins once an hour: what fails in it is for knowledge_base_test.py.
            self.services = [*self.services, 'knowledge_base']
            self.data['qids'] = draw.randint(30, 200)
            if 'host_list_detection' in self.services and draw.random() < 0.5:
                self.data['enrich'] = ['TITLE', 'CVE_LIST']
        self.with_store = [name for name in self.services if name == 'knowledge_base'
                           or name == 'host_list_detection' and (self.deliver != 'all' or 'enrich' in self.data)]
        if self.with_store:
            self.acts = ['disk_full' if name == 'disk_full_run' else name for name in self.acts]
        # A connection that breaks sends what it carried behind what the next one carries: nobody could tell the order.
        in_order = not any(fault.side == 'devo_fault' for fault in self.network) and 'refuse' not in self.acts
        self.lively = self.deliver != 'all' and in_order and draw.random() < 0.6
        if self.lively:
            self.acts = [name for name in self.acts if not name.startswith('clock_')] + ['live']

    def plan(self):
        faults = [fault.text() for fault in self.network] + self.acts
        return (f'{",".join(self.services)} deliver={self.deliver} hosts={self.hosts} page_size={self.page_size} '
                f'lanes={self.lanes} replay_buffer={self.replay_buffer} late={self.late} faults: {"  ".join(faults)}')

    def run(self):
        self.sandbox = harness.Sandbox(
            ','.join(self.services), page_size=self.page_size, request_period=1, settle_delay=0, status_port=0,
            rate_limit=1_000_000, lanes=self.lanes, concurrency=10, **{name: value for name, value in self.data.items() if value is not False})
        self.sandbox.edit_config(
            (r'(      key: domain.key\n)', rf'\1      replay_buffer_in_bytes: {self.replay_buffer}\n'),
            (r'(    enabled: true\n)', r'\1    first_byte_timeout_in_seconds: 3\n    idle_timeout_in_seconds: 3\n'))
        self.observer = Observer(self.sandbox.folder, self.services, self.lanes)
        if not self.late:
            self.arm(self.network)
        self.start()
        if self.late:
            self.wait_complete('the first inventory')
            self.arm(self.network)
        for name in self.acts:
            self.pause()
            getattr(self, name)()
            self.happened[name] += 1
        self.wait_for_network_faults()
        self.sandbox.control(set={'fault': [], 'devo_fault': []})
        self.wait_complete('all events')
        self.add_fresh()
        self.wait_complete('fresh events')
        bound = self.bound
        self.stop_in_order()
        self.bound = bound  # all was delivered: no host was in work
        received = self.received()
        self.start('run', '--once')
        expect(self.run_now.wait() == 0, f'the last run failed:\n{self.log()[-2000:]}')
        self.look_at_end()
        expect(self.received() == received, f'the last start brought {self.received() - received} event(s) again')

    # What is done to the collector. A method each; conservation_faults.ACTS names them, but for the first one.

    def live(self):
        """Hosts come, change and vanish while they are paged. An earlier version of one may never have been seen."""
        for _ in range(self.draw.randint(3, 12)):
            some = {'first': self.draw.randrange(self.hosts), 'count': self.draw.randint(1, self.hosts),
                    'every': self.draw.randint(1, 7)}
            if self.draw.random() < 0.3:
                self.sandbox.control(purge=some | {'count': self.draw.randint(1, 5)})
            else:
                self.sandbox.control(touch=some)
            time.sleep(self.draw.choice([0, 0.01, 0.1]))
        # A host whose answer was cut comes again as what it has become.
        self.bound += self.observer.after_stop()

    def kill(self):
        self.end_by_kill()
        self.start()

    def terminate(self):
        self.stop_in_order()
        self.start()

    def hangup(self):
        self.wait_started()
        reloads = self.log().count(RELOADED)
        self.change_configuration()
        self.run_now.process.send_signal(signal.SIGHUP)
        self.wait_log(RELOADED, beyond=reloads)
        self.bound += self.observer.after_stop()  # what arrived while the old session ended belongs to it

    def bad_hangup(self):
        self.wait_started()
        good = self.sandbox.config.read_text()
        self.sandbox.config.write_text(good.replace('username:', 'nobody:'))
        self.run_now.process.send_signal(signal.SIGHUP)
        self.wait_log('The reload is refused')
        self.sandbox.config.write_text(good)

    def unconfirmed_reloads(self):
        """A session gives Devo 7 s to confirm; a slower one gets everything again that was on its way."""
        logs = [run.log() for run in self.incarnations]
        return sum(log[:log.rfind(RELOADED)].count(LEAVING) for log in logs if RELOADED in log)

    def hangup_storm(self):
        """More of them than reloads can happen."""
        self.wait_started()
        for _ in range(30):
            self.change_configuration()
            self.run_now.process.send_signal(signal.SIGHUP)
            time.sleep(self.draw.choice([0, 0, 0.02]))
        self.wait_log(RELOADED)

    def suspend(self):
        self.suspend_for(self.draw.choice([0.1, 0.5, 1.5]))

    def long_suspend(self):
        """Longer than every deadline that was under way."""
        self.suspend_for(12)

    def suspend_for(self, seconds):
        process = self.run_now.process
        process.send_signal(signal.SIGSTOP)
        wait_for(lambda: open(f'/proc/{process.pid}/stat').read().rpartition(')')[2].split()[0] == 'T', 'SIGSTOP')
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    def refuse(self):
        others = [fault.text() for fault in self.network if fault.side == 'devo_fault' and not self.has_happened(fault)]
        self.sandbox.control(set={'devo_fault': others + ['refuse']})
        self.wait_log('No connection to', beyond=self.log().count('No connection to'))
        self.sandbox.control(set={'devo_fault': others})

    def disk_full(self):
        """For a while."""
        self.wait_started()
        self.disk_was_full = True
        pid = self.run_now.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (TOO_SMALL, resource.RLIM_INFINITY))
        self.wait_log('could not be saved', beyond=self.log().count('could not be saved'))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def state_away(self):
        """The folder of the state is taken away from a running collector and comes back."""
        self.wait_started()
        folder = self.sandbox.folder / 'state'
        self.disk_was_full = True
        aside = folder.with_name('state-elsewhere')
        folder.rename(aside)
        self.wait_log('could not be saved', beyond=self.log().count('could not be saved'))
        aside.rename(folder)

    def failing_disk(self):
        """One kind of call fails on the state's files in one incarnation, from some moment on, for a while."""
        self.end_somehow()
        order = self.sandbox.folder / 'failing-disk'
        order.write_text('')
        self.start(disk=order)
        self.wait_started()
        self.disk_was_full = True
        call = self.draw.choice(['fsync', 'rename', 'write', 'open'])
        order.write_text(f'{call} {self.draw.choice(["EIO", "ENOSPC", "EROFS", "EDQUOT"])}')
        self.wait_log('could not be saved', beyond=self.log().count('could not be saved'))
        order.write_text('')

    def few_descriptors(self):
        """No file or socket can be opened for a second."""
        self.wait_started()
        self.disk_was_full = True  # a checkpoint may have been among what could not be opened
        pid = self.run_now.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f'/proc/{pid}/fd')), before[1]))
        time.sleep(1)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)

    def disk_full_run(self):
        """From the start to the end of an incarnation."""
        self.end_somehow()
        self.start(limit=TOO_SMALL)
        self.disk_was_full = True
        self.wait_log('could not be saved')
        self.end_somehow()
        self.start()

    def damage(self):
        victim = self.draw.choice(self.victims)
        self.wait_stirring(self.observer.previous(victim).exists, f'a second generation of {victim}')
        self.end_somehow()
        path = self.observer.states[victim]
        text = path.read_bytes()
        # In what the checksum protects: a wrong number of the generation, say, harms nothing and is not noticed.
        place = self.draw.randrange(text.index(b'"checksum":"') + 12, len(text) - 2)
        flipped = text[:place] + bytes([text[place] ^ 1 << self.draw.randrange(8)]) + text[place + 1:]
        path.write_bytes(self.draw.choice([text[:place], text[:self.draw.randrange(100)], flipped, bytes(len(text))]))
        self.bound += self.observer.after_crash(self.window(), damaged=victim)
        self.start()
        self.wait_log('newest checkpoint is not usable')

    def clock_step(self):
        """The wall clock is wrong during one incarnation."""
        self.stop_in_order()
        self.start(clock=self.draw.choice([-10_800, -600, -90, 30, 90, 7200]))
        self.wait_log('The data is up to date!')
        self.stop_in_order()
        self.start()

    def clock_jump(self):
        """The wall clock of a running collector jumps by hours, and back."""
        self.stop_in_order()
        self.start(clock=0)
        self.wait_log('The data is up to date!')
        self.set_clock(self.draw.choice([-10_800, 3600, 86_400]))
        asked = len(self.sandbox.calls())  # the log of idle cycles is short
        self.wait_stirring(lambda: self.expect_alive() or len(self.sandbox.calls()) > asked, 'another cycle')
        self.set_clock(0)
        self.stop_in_order()
        self.start()

    def clock_ahead(self):
        """From now on the clock is ahead in every incarnation."""
        self.stop_in_order()
        self.clock = self.draw.choice([120, 600, 7200])
        self.start()

    def change_configuration(self):
        """In something that does not matter: a reload that changes nothing interrupts nothing."""
        self.hangups += 1
        self.sandbox.edit_config((r'key: domain.key\n(      period_sender.*\n)?',
                                  f'key: domain.key\n      period_sender_stats_in_seconds: {300 + self.hangups}\n'))

    def set_clock(self, offset):
        (self.sandbox.folder / 'clock').write_text(f'{offset:+}s')

    # Incarnations.

    def start(self, *arguments, limit=None, clock=None, disk=None):
        def prepare():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        environment = dict(os.environ)
        clock = self.clock if clock is None else clock
        preloaded = []
        if clock is not None:
            self.set_clock(clock)
            preloaded.append(FAKE_TIME)
            environment |= {'FAKETIME_TIMESTAMP_FILE': str(self.sandbox.folder / 'clock'), 'FAKETIME_NO_CACHE': '1',
                            'FAKETIME_DONT_FAKE_MONOTONIC': '1'}
        if disk is not None:
            preloaded.append(FAILING_DISK)
            environment |= {'QDC_FAILING_DISK_ORDER': str(disk), 'QDC_FAILING_DISK_BELOW': str(self.sandbox.folder / 'state')}
        if preloaded:
            environment['LD_PRELOAD'] = ':'.join(preloaded)
        self.run_now = harness.Run(self.sandbox, *(arguments or ['run']), preexec_fn=prepare, env=environment)
        self.incarnations.append(self.run_now)

    def end_somehow(self):
        self.draw.choice([self.end_by_kill, self.stop_in_order])()

    def end_by_kill(self):
        self.expect_alive()
        expect(self.run_now.kill() == -signal.SIGKILL, 'the collector ended before it was killed')
        self.look_at_end()
        self.wait_drained()
        self.bound += self.observer.after_crash(self.window())
        self.disk_was_full = False

    def stop_in_order(self):
        self.wait_started()
        self.expect_alive()
        began = time.monotonic()
        status = self.run_now.kill(signal.SIGTERM)
        took = time.monotonic() - began
        expect(status == 0, f'exit status {status} after SIGTERM:\n{self.log()[-2000:]}')
        expect(took < 30, f'SIGTERM took {took:.1f} s')
        self.look_at_end()
        unconfirmed = 'Leaving ' in self.log()
        hindered = [fault for fault in self.network if fault.side == 'devo_fault'] or 'refuse' in self.acts
        expect(hindered or not unconfirmed, 'nothing hindered the confirmation, and the collector left without it')
        self.wait_drained()
        crash_like = unconfirmed or self.disk_was_full
        self.bound += self.observer.after_crash(self.window()) if crash_like else self.observer.after_stop()
        self.disk_was_full = False

    def wait_drained(self):
        """Until the sandbox has read what the ended collector left in its sockets; a stalled reader comes back too."""
        end = time.monotonic() + 20
        while self.sandbox.status()['devo']['open'] and time.monotonic() < end:
            time.sleep(0.02)

    def look_at_end(self):
        log = self.log()
        for sign in ('AddressSanitizer', 'runtime error:', 'terminate called'):
            expect(sign not in log, f'{sign}:\n{log[-4000:]}')

    def expect_alive(self):
        expect(self.run_now.process.poll() is None, f'the collector ended by itself:\n{self.log()[-3000:]}')

    def log(self):
        return self.run_now.log()

    def wait_started(self):
        """With a store, until it is open: without space there would be none, and its services would not begin."""
        for name in self.with_store or [None]:
            self.wait_log(f',{name},predefined) -> Pull Started' if name else 'Pull Started')

    def wait_log(self, words, beyond=0):
        def seen():
            self.expect_alive()
            return self.log().count(words) > beyond
        self.wait_stirring(seen, f'"{words}"')

    # Network faults and data.

    def arm(self, faults):
        for side in ('fault', 'devo_fault'):
            texts = [fault.text() for fault in faults if fault.side == side]
            if texts:
                self.sandbox.control(set={side: texts})

    def totals(self, side):
        return self.sandbox.status()['qualys' if side == 'fault' else 'devo']['faults']

    def has_happened(self, fault):
        return self.totals(fault.side).get(fault.kind, 0) > 0

    def wait_for_network_faults(self):
        for fault in self.network:
            attempts = itertools.count(1)
            rounds = (40 << doubled for doubled in itertools.count())
            arm_at = next(rounds)

            def struck():
                nonlocal arm_at
                self.expect_alive()
                # The next one is made to fit when there was traffic enough without it. Ever less often: a fault that is
                # under way is forgotten when it is armed again.
                if next(attempts) == arm_at and not self.has_happened(fault):
                    arm_at += next(rounds)
                    fault.make_certain()
                    self.sandbox.control(set={fault.side: [fault.text()]})
                return self.has_happened(fault)
            self.wait_stirring(struck, fault.text())

    def count_network_faults(self):
        for fault in self.network:
            times = self.totals(fault.side).get(fault.kind, 0)
            self.happened[fault.kind] += 1 if fault.kind == 'slow' else times  # that one counts its pauses
            if fault.repeats == 'after':
                self.bound += times * fault.keys['after']
            elif fault.repeats == 'read_ahead':
                self.bound += times * READ_AHEAD
            elif fault.repeats == 'buffer':
                self.bound += times * window_of(self.replay_buffer, False)

    def window(self):
        late = any(fault.kind in ('no_answer', 'stall', 'slow') for fault in self.network if fault.side == 'devo_fault')
        return window_of(self.replay_buffer, late)

    def pause(self):
        """To a random moment: of time, or of the delivery."""
        if self.draw.random() < 0.5:
            time.sleep(self.draw.uniform(0, 0.8))
            return
        wanted = self.received() + self.draw.randint(1, 400)
        end = time.monotonic() + 1.5
        while self.received() < wanted and time.monotonic() < end:
            time.sleep(0.01)

    def wait_stirring(self, condition, what):
        """Waits; whenever all is delivered, something new is given, so that there is traffic."""
        end = time.monotonic() + harness.PATIENCE
        next_stir = time.monotonic() + 0.5
        while not condition():
            if time.monotonic() > end:
                raise Failed(f'waited in vain for {what}\n{json.dumps(self.verdict(), indent=1)[:3000]}\n{self.log()[-3000:]}')
            if time.monotonic() > next_stir:
                next_stir = time.monotonic() + 0.7
                if self.complete():
                    self.add_fresh()
            time.sleep(0.03)

    def add_fresh(self):
        """Only to be called when all is delivered: a host's earlier version is not to be had any more."""
        count = min(self.hosts, 2 * self.page_size + 1)
        news = {}
        if {'host_list', 'host_list_detection'} & set(self.services):
            first = self.touched % max(1, self.hosts - count)
            if self.deliver != 'all' and self.draw.random() < 0.5:
                news['purge'] = {'first': self.draw.randrange(self.hosts), 'count': self.draw.randint(1, 3)}
            news['touch'] = {'first': first, 'count': count}
            self.touched += count
        if 'user_activity' in self.services:
            news['add_activity'] = {'count': 3}
        if 'vm_scans' in self.services:
            news['add_scans'] = {'count': 1}
        self.sandbox.control(**news)
        self.checked = None

    def received(self):
        return sum(count for kind, count in self.sandbox.status()['devo']['lines'].items() if kind != 'telemetry')

    def verdict(self):
        # Not Sandbox.verdict(): a sample of something long may end within a character.
        command = [harness.SANDBOX, 'verify', '--directory', self.sandbox.folder, '--json',
                   *(['--latest'] if self.lively else [])]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE).stdout.decode(errors='replace'))

    def complete(self):
        """Computing every event again is not cheap: only when something has arrived."""
        received = self.received()
        if self.checked is None or self.checked[0] != received:
            self.checked = (received, self.verdict())
        services = self.checked[1]['services'].values()
        return all(found['missing'] == 0 for found in services)

    def wait_complete(self, what):
        def done():
            self.expect_alive()
            return self.complete()
        try:
            wait_for(done, what)
        except AssertionError as error:
            raise Failed(f'{error}\n{json.dumps(self.verdict(), indent=1)[:3000]}\n{self.log()[-3000:]}')

    def judge(self, outcome):
        verdict = self.verdict()
        self.count_network_faults()
        self.bound += 30 * self.acts.count('hangup_storm') * self.observer.after_stop()  # each may be a reload of its own
        self.bound += self.unconfirmed_reloads() * sum(len(line) for lines in self.observer.lines().values() for line in lines)
        outcome.happened = self.happened
        outcome.events = sum(found['received'] for found in verdict['services'].values())
        outcome.lost = sum(found['missing'] for found in verdict['services'].values())
        for kind in ('invented', 'altered'):
            outcome.wrong[kind] = sum(found[kind] for found in verdict['services'].values())
        for kind in ('malformed', 'unknown_tag'):
            outcome.wrong[kind] = verdict[kind]
        outcome.duplicates = verdict['duplicates']
        outcome.repeated = self.observer.repeated(verdict)
        outcome.bound = self.bound
        outcome.received = sum(len(line) for lines in self.observer.lines().values() for line in lines)
        if self.data['illegal_every'] and 'host_list_detection' in self.services:
            self.happened['illegal characters'] += 1
            expect('\ufffd' in '\n'.join(self.sandbox.events()), 'no illegal character arrived')
        for service, found in verdict['services'].items():
            nothing = service == 'host_list_detection' and self.deliver == 'changes'
            if service in [*self.services, 'changes'] and not nothing:
                expect(found['expected'] > 0, f'{service} had nothing to deliver')
        expect(verdict['complete'], f'not complete: {json.dumps(verdict)[:3000]}')
        expect(outcome.repeated <= self.bound,
               f'{outcome.duplicates} duplicates, {outcome.repeated} bytes; {self.bound} are allowed: '
               f'{ {name: found["duplicates"] for name, found in verdict["services"].items()} }')

    def clean_up(self, keep):
        for run in self.incarnations:
            if run.process.poll() is None:
                run.process.send_signal(signal.SIGCONT)
                run.kill()
        if hasattr(self, 'observer'):
            self.observer.stop()
        if not hasattr(self, 'sandbox'):
            return
        if keep:
            kept = f'{self.sandbox.folder}-kept'
            shutil.copytree(self.sandbox.folder, kept)
            print(f'kept: {kept}', flush=True)
        self.sandbox.stop()
