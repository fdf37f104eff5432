"""The faults a schedule is drawn from: what is told to the sandbox, and how much may come again because of it."""
import dataclasses

BATCH = 128 * 1024  # what the collector hands over at once, with room for the largest event
READ_AHEAD = 17 * 1024  # what the sandbox's TLS may take in with the end of a handshake: it is events, and they are kept


@dataclasses.dataclass
class NetworkFault:
    """A fault that the sandbox plays on one of its sides."""
    side: str  # 'fault': Qualys, 'devo_fault': Devo
    kind: str
    keys: dict
    repeats: str = ''  # what may come again each time it happens: '', 'after' (that many bytes), 'read_ahead' or 'buffer'

    def text(self):
        return self.kind + ':' + ','.join(f'{key}={value}' for key, value in self.keys.items())

    def make_certain(self):
        """It did not strike yet: now it takes the next answer or connection, however short that is."""
        self.keys['nth'] = 1
        if 'after' in self.keys:
            self.keys['after'] = min(self.keys['after'], 40)
        if 'lines' in self.keys:
            self.keys['lines'] = 1


# How an answer ends before its time: without an end, or with something else and then an end in order.
CUTS = ['fin', 'rst', 'no_last_chunk', 'garbage', 'error_document']


def _endpoints(services):
    names = {'host_list_detection': ['detections'], 'host_list': ['hosts'],
             'vm_scans': ['scan_list', 'scan_fetch'], 'user_activity': ['activity']}
    return [endpoint for service in services for endpoint in names[service]]


def _qualys(draw, services):
    endpoint = draw.choice(_endpoints(services))
    body = lambda: draw.choice([0, 1, draw.randrange(2, 300), draw.randrange(300, 12000)])
    host_pages = [name for name in ('detections', 'hosts') if name in _endpoints(services)]
    kinds = {
        'cut': lambda: {'after': body(), 'how': draw.choice(CUTS)},
        'html': lambda: {'status': draw.choice([200, 502, 503])},
        'internal': lambda: {'status': draw.choice([200, 500])},
        'concurrency': dict,
        'rate': lambda: {'wait': 1},
        'stall': lambda: {'after': body(), 'seconds': draw.choice([0, 1])},
        'silent': lambda: {'seconds': draw.choice([0, 1])},
        'slow': lambda: {'rate': draw.choice([5_000, 20_000, 100_000])},
        'error': lambda: {'status': 400, 'code': 1905},
        'junk': dict,
        'entity': dict,
        'duplicate_host': dict,
    }
    chances = {'cut': 6, 'stall': 2, 'duplicate_host': 2 if host_pages else 0}
    kind = draw.choices(list(kinds), [chances.get(name, 1) for name in kinds])[0]
    if kind == 'duplicate_host':
        return NetworkFault('fault', kind, {'endpoint': draw.choice(host_pages), 'nth': 2, 'times': 3})
    if kind in ('junk', 'entity') and endpoint not in host_pages + ['scan_list']:
        kind = 'cut'  # those two are XML's
    keys = {'endpoint': endpoint, 'nth': draw.randint(1, 3), **kinds[kind]()}
    if endpoint == 'activity' and keys.get('how') in ('garbage', 'error_document'):
        keys['how'] = 'fin'  # rows have no end: whatever follows them is one more row
    return NetworkFault('fault', kind, keys)


def _devo(draw):
    after = draw.choice([0, 1, draw.randrange(2, 2000), draw.randrange(2000, 60000)])
    kinds = {
        'reset': (5, lambda: {'after': after}, 'after'),
        'close_unread': (3, dict, 'read_ahead'),
        'close_after': (4, lambda: {'lines': draw.choice([1, 2, draw.randrange(3, 60)])}, 'buffer'),
        'stall': (2, lambda: {'after': after, 'seconds': draw.choice([1, 2])}, ''),
        'slow': (2, lambda: {'rate': draw.choice([8_000, 30_000, 200_000])}, ''),
        'no_answer': (3, lambda: {'seconds': draw.choice([1, 2, 2, 2, 0])}, 'buffer'),
    }
    kind = draw.choices(list(kinds), [chance for chance, _, _ in kinds.values()])[0]
    keys = {'nth': draw.randint(1, 4), 'times': draw.choice([1, 1, 2]), **kinds[kind][1]()}
    if kind == 'no_answer':
        keys['times'] = 1
    repeats = '' if kind == 'no_answer' and keys['seconds'] else kinds[kind][2]  # late is not lost
    # What a connection carries follows from what the ones before took. One that is suddenly slow may need more than the ten
    # seconds after which a Devo that has everything and does not answer counts as lost.
    if kind == 'slow' and keys['nth'] > 1:
        repeats = 'buffer'
    return NetworkFault('devo_fault', kind, keys, repeats)


# What the driver itself does: to the collector, its files and its port. `conservation.Schedule` has a method for each.
ACTS = {
    'kill': 8, 'terminate': 5, 'hangup': 4, 'bad_hangup': 1, 'suspend': 3, 'refuse': 3, 'disk_full': 3,
    'disk_full_run': 2, 'damage': 4, 'clock_step': 2, 'clock_jump': 2, 'clock_ahead': 1, 'long_suspend': 1,
    'hangup_storm': 2, 'state_away': 2, 'failing_disk': 4, 'few_descriptors': 2,
}


def draw_faults(draw, services):
    """One to four faults, no kind twice: (network faults, names of acts in their order)."""
    network, chosen, kinds = [], [], set()
    for _ in range(draw.choice([1, 2, 2, 3, 3, 4])):
        place = draw.random()
        if place < 0.5:
            act = draw.choices(list(ACTS), list(ACTS.values()))[0]
            if act not in chosen or act in ('kill', 'terminate'):
                chosen.append(act)
            continue
        fault = _qualys(draw, services) if place < 0.78 else _devo(draw)
        if fault.kind not in kinds:
            kinds.add(fault.kind)
            network.append(fault)
    return network, chosen
