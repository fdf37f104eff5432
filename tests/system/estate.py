"""A Qualys whose hosts and findings a test sets one by one, and a collector that sends changes of them."""
import json
import re
import threading
import urllib.parse

import harness
from doctor_test import make_certificate
from raw_answers_test import ABOUT, HOSTS, LIGHT, Player, answer

DETECTIONS = '/api/5.0/fo/asset/host/vm/detection/'
# What a player needs to say so that more than one call may be under way.
CONCURRENCY = ('X-Concurrency-Limit-Limit: 10', 'X-Concurrency-Limit-Running: 1')


class Broken(bytes):
    """An answer that ends too early."""


class Estate:
    """Hosts with findings, as Qualys shows them. `scanned`: the hosts that windows after the first one bring."""

    def __init__(self):
        self.hosts = {}
        self.scanned = set()
        self.cut = 0  # so many answers of detections end in their middle
        self.stands_at = None  # an answer of detections stops for good behind this share of it
        self.unreadable = set()  # hosts at which every answer ends
        self.lists_broken = 0  # so many lists of all ids end in their middle
        self.lists_short = 0  # so many lists of all ids end with the first half of them, and say so

    def scan(self, host, **findings):
        """finding=status, or finding=(status, results); None: it is gone."""
        known = self.hosts.setdefault(host, {})
        for name, content in findings.items():
            if content is None:
                known.pop(name, None)
            else:
                known[name] = content if isinstance(content, tuple) else (content, 'as ever')
        self.scanned.add(host)

    def purge(self, host):
        del self.hosts[host]
        self.scanned.discard(host)

    def asked(self, form):
        """With `ids` a single one."""
        first = int(form.get('ids', form.get('id_min', 1)))
        last = int(form.get('ids', form.get('id_max', 10 ** 9)))
        return [host for host in sorted(self.hosts) if first <= host <= last
                and ('vm_processed_after' not in form or host in self.scanned)]

    def list_of_ids(self, form):
        ids = self.asked(form)
        of_all = 'vm_processed_after' not in form
        rest = ids[len(ids) // 2:] if of_all and self.lists_short else []
        listed = ''.join(f'<ID>{host}</ID>' for host in ids[:len(ids) - len(rest)])
        whole = answer(200, '<?xml version="1.0"?><HOST_LIST_OUTPUT><RESPONSE>'
                            f'<ID_SET>{listed}</ID_SET>{more(rest)}</RESPONSE></HOST_LIST_OUTPUT>', *CONCURRENCY)
        self.lists_short -= 1 if rest else 0
        if of_all and self.lists_broken:
            self.lists_broken -= 1
            return Broken(whole[:-40])
        return whole

    def detections(self, form):
        shown = {}
        for host in self.asked(form):
            found = {name: content for name, content in self.hosts[host].items() if content[0] in form['status'].split(',')}
            if found:
                shown[host] = found
        limit = int(form.get('truncation_limit', 0)) or len(shown)
        hosts, rest = list(shown)[:limit], list(shown)[limit:]
        written = ''.join(self.written(host, shown[host]) for host in hosts)
        listed = f'<HOST_LIST>{written}</HOST_LIST>' if written else ''
        whole = answer(200, '<?xml version="1.0"?><HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE>'
                            f'{listed}{more(rest)}</RESPONSE></HOST_LIST_VM_DETECTION_OUTPUT>', *CONCURRENCY)
        for host in hosts:
            if host in self.unreadable:
                return Broken(whole[:whole.index(f'<IP>10.0.0.{host}<'.encode())])
        if self.cut:
            self.cut -= 1
            return Broken(whole[:len(whole) // 2])
        return whole

    def written(self, host, findings):
        found = ''.join(f'<DETECTION><UNIQUE_VULN_ID>{host}{name[1:]}</UNIQUE_VULN_ID><QID>{name[1:]}</QID>'
                        f'<SEVERITY>3</SEVERITY><STATUS>{status}</STATUS><RESULTS>{results}</RESULTS></DETECTION>'
                        for name, (status, results) in sorted(findings.items()))
        return f'<HOST><ID>{host}</ID><IP>10.0.0.{host}</IP><DETECTION_LIST>{found}</DETECTION_LIST></HOST>'


def more(rest):
    """How an answer says that these follow."""
    if not rest:
        return ''
    return ('<WARNING><CODE>1980</CODE><TEXT>record limit exceeded</TEXT>'
            f'<URL>https://localhost{HOSTS}?action=list&amp;id_min={rest[0]}</URL></WARNING>')


class Living(Player):
    """A Qualys that answers out of an estate."""

    def __init__(self, certificate, key, estate):
        self.estate = estate
        self.gate = 0  # calls for a range wait until so many of them have waited at once
        self.waiting = 0
        self.moved = threading.Condition()
        super().__init__(certificate, key, {})

    def serve(self, peer):
        try:
            with peer, self.context.wrap_socket(peer, server_side=True) as stream, stream.makefile('rb') as lines:
                while request := lines.readline().decode():
                    length = 0
                    while line := lines.readline().strip():
                        if line.lower().startswith(b'content-length:'):
                            length = int(line.split(b':')[1])
                    path = request.split(' ')[1]
                    form = dict(urllib.parse.parse_qsl(lines.read(length).decode()))
                    self.calls.append((path, form, 0))
                    reply = self.reply(path, form)
                    if path == DETECTIONS and self.estate.stands_at is not None:
                        stream.sendall(reply[:int(self.estate.stands_at * len(reply))])
                        lines.read()  # until the other side is gone
                        return
                    stream.sendall(reply)
                    if isinstance(reply, Broken):
                        return
        except OSError:
            pass

    def reply(self, path, form):
        if path == LIGHT:
            return ABOUT
        if path == HOSTS:
            return self.estate.list_of_ids(form)
        self.wait_at_gate(form)
        return self.estate.detections(form)

    def wait_at_gate(self, form):
        if 'id_max' not in form:
            return
        with self.moved:
            self.waiting += 1
            self.moved.notify_all()
            self.moved.wait_for(lambda: self.waiting >= self.gate, harness.PATIENCE)

    def set_gate(self, count):
        with self.moved:
            self.gate, self.waiting = count, 0
            self.moved.notify_all()


class EstateCase(harness.Case):
    def estate(self, keys='deliver: changes', **options):
        """A sandbox for Devo, and a Qualys that answers out of an estate."""
        estate = Estate()
        sandbox = self.sandbox(hosts=1, settle_delay=0, **options)
        certificate, key = make_certificate(sandbox.folder / 'certs', 'player')
        player = Living(certificate, key, estate)
        self.addCleanup(player.close)
        lines = ''.join(f'\n        {line}' for line in keys.split('\n'))
        sandbox.edit_config((r'hostname: \S+', f'hostname: localhost:{player.port}'), (r'qualys-ca\.crt', 'player.crt'),
                            (r'(      host_list_detection:)', rf'\1{lines}'))
        self.seen = 0
        return sandbox, estate, player

    def events(self, sandbox):
        """What arrived since the last look: (tag, event)."""
        lines = sandbox.events()
        fresh, self.seen = lines[self.seen:], len(lines)
        return [(re.match(r'<14>\S+ \S+ \S+ (\S+): ', line)[1], json.loads(line[line.index('{'):])) for line in fresh]

    def changes(self, sandbox):
        """"HOST.FINDING change", those of one look in order."""
        return sorted(f"{event['ID']}.{event.get('DETECTION', {}).get('UNIQUE_VULN_ID', '')} {event['@change']}"
                      for _, event in self.events(sandbox))
