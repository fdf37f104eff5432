"""How much may come again, measured from outside: from the state files and from what the sandbox has received."""
import collections
import re
import threading
import time

from conservation_faults import BATCH

TAGS = {'vm_scans': 'vuln.qualys.vulnerabilities', 'host_list': 'vuln.qualys.hosts',
        'host_list_detection': 'vuln.qualys.hostdetections', 'user_activity': 'vuln.qualys.useractivitylog',
        'knowledge_base': 'my.app.qualys.knowledgebase'}
CHANGES_TAG = 'my.app.qualys.changes'  # of host_list_detection as well
HOST = re.compile(rb'"ID":"(\d+)"')


class Observer:
    """Notes every few milliseconds how long the receiver's file is and which state files are there."""

    def __init__(self, folder, services, lanes):
        self.services = services
        self.lanes = lanes
        self.log = folder / 'devo' / 'events.log'
        self.states = {name: folder / 'state' / f'qualys.1001.{name}.json' for name in services}
        self.sizes = [(0.0, 0)]  # (when, bytes of the file that were there by then)
        self.saves = {name: [] for name in services}  # when each seen generation was written
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def stop(self):
        self.ending.set()
        self.thread.join()

    def previous(self, service):
        return self.states[service].with_suffix('.prev.json')

    def _watch(self):
        while not self.ending.wait(0.01):
            size = written_at(self.log, lambda found: found.st_size) or 0
            self.sizes.append((time.time(), size))
            for name, state in self.states.items():
                at = written_at(state)
                if at and at not in self.saves[name][-1:]:
                    self.saves[name].append(at)

    def lines(self, begin=0, end=None, with_changes=True):
        """{service: [line]} of a part of the receiver's file."""
        found = {name: [] for name in self.services}
        if not self.log.exists():
            return found
        names = {tag.encode() + b':': name for name, tag in TAGS.items()}
        if with_changes:
            names[CHANGES_TAG.encode() + b':'] = 'host_list_detection'
        for line in self.log.read_bytes()[begin:end].splitlines(keepends=True):
            parts = line.split(b' ', 4)
            if len(parts) == 5 and names.get(parts[3]) in found:
                found[names[parts[3]]].append(line)
        return found

    def after_crash(self, window, damaged=None):
        """Bytes that may come again when the collector starts now from the state files that are there; of the service
        `damaged` from the generation before the newest.

        A state holds what was confirmed when its writing began; that is after the generation before it was written. So
        what arrived after that may be missing in it; and of what arrived before as much as was unconfirmed then: `window`.
        A host that is in it by a part comes again as a whole, one in each lane.
        """
        total = 0
        for name in self.services:
            newest = written_at(self.previous(name) if name == damaged else self.states[name])
            older = [at for at in self.saves[name] if newest and at < newest]
            since = older[-1] if older else 0.0
            place = max(size for when, size in self.sizes if when <= since)
            before = sum(map(len, self.lines(0, place)[name]))
            total += min(before, window) + sum(map(len, self.lines(place)[name]))
        return total + self.after_stop()

    def after_stop(self):
        """Bytes that may come again after an orderly stop: the hosts that were in work, one in each lane."""
        hosts = collections.Counter()
        for body in {body_of(line) for line in self.lines().get('host_list_detection', [])}:
            identity = HOST.search(body)
            hosts[identity[1] if identity else b''] += len(body) + 200
        return sum(size for _, size in hosts.most_common(self.lanes))

    def repeated(self, verdict):
        """Bytes that did come again. Two equal rows of the log are two events, and only `verify` knows which those are:
        so of each service as many of its repeated lines as `verify` counts duplicates, the longest. Of changes it tells the
        bytes itself."""
        total = verdict['services'].get('changes', {}).get('duplicate_bytes', 0)
        for name, lines in self.lines(with_changes=False).items():
            copies = collections.Counter(body_of(line) for line in lines)
            longest = sorted((len(body) for body, count in copies.items() for _ in range(count - 1)), reverse=True)
            total += sum(longest[:verdict['services'][name]['duplicates']])
        return total


def body_of(line):
    """Without the frame and without what the collector adds."""
    begin, end = line.find(b': {'), line.rfind(b',"@devo_pulling_id"')
    return line[begin + 2:end]


def written_at(path, what=lambda found: found.st_mtime_ns / 1e9):
    try:
        return what(path.stat())
    except FileNotFoundError:
        return None


def window_of(replay_buffer, delayed):
    """Bytes that can be without confirmation at once: what the replay buffer holds, twice, because a connection may be
    confirmed before the one ahead of it; without limit when Devo was told to answer late."""
    return 1 << 40 if delayed else 2 * max(replay_buffer, BATCH)
