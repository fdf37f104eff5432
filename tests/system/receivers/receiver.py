"""syslog-ng and rsyslog as processes that one test starts, stops and starts again."""
import os
import pathlib
import re
import signal
import subprocess
import time

from harness import PATIENCE, free_port, wait_for

HERE = pathlib.Path(__file__).parent


class Receiver:
    """Listens on loopback with mutual TLS and appends each line it gets to `events`, unchanged.

    The port stays the same when it is started again. `certs` is what certificates.make() made.
    """

    template = ''
    settings = {}

    def __init__(self, root, work, certs, events):
        work.mkdir()
        self.root = root
        self.work = work
        self.events = events
        self.port = free_port()
        self.process = None
        text = (HERE / self.template).read_text()
        values = {'PORT': self.port, 'CERTS': certs, 'EVENTS': events, 'WORK': work, **self.settings}
        self.config = work / 'receiver.conf'
        self.config.write_text(re.sub('@([A-Z]+)@', lambda found: str(values[found[1]]), text))

    def start(self):
        with open(self.work / 'receiver.log', 'ab') as output:
            self.process = subprocess.Popen(
                self.command(), stdout=output, stderr=output,
                env={**os.environ, 'LD_LIBRARY_PATH': ':'.join(map(str, self.libraries()))})
        wait_for(lambda: is_listening(self.port) or self.process.poll() is not None, 'the receiver')
        if self.process.poll() is not None:
            raise AssertionError(f'{self.config} does not start:\n{self.log()}')

    def freeze(self):
        """It reads no more; returns when much that it has not read lies in its kernel. Any stop() comes to it all the same.

        A connection that was about to end carries no more, and the next one cannot begin: then it reads on for a moment,
        and is stopped again."""
        def is_full():
            self.process.send_signal(signal.SIGSTOP)
            end = time.monotonic() + 1
            while unread_bytes(self.port) < 20_000:
                if time.monotonic() > end:
                    self.process.send_signal(signal.SIGCONT)
                    return False
                time.sleep(0.02)
            return True
        wait_for(is_full, 'bytes that the receiver has not read')

    def stop(self, number=signal.SIGTERM):
        """Returns when it is gone; after SIGTERM it has written what it had read."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.send_signal(signal.SIGCONT)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f'the receiver did not end:\n{self.log()}') from None

    def log(self):
        return (self.work / 'receiver.log').read_text(errors='replace')[-3000:]

    def command(self):
        raise NotImplementedError

    def libraries(self):
        return [*self.root.glob('usr/lib/*-linux-*'), *self.root.glob('lib/*-linux-*'), self.root / 'usr/lib/syslog-ng']


class SyslogNg(Receiver):
    """The events pass through a queue in memory: it may have ended its side of a connection before they are in the file."""

    template = 'syslog-ng.conf.in'
    settings = {'TLS': ''}

    def command(self):
        modules = ':'.join(map(str, self.root.glob('usr/lib/syslog-ng/[0-9]*')))
        return [self.root / 'usr/sbin/syslog-ng', '--foreground', '--stderr', '--no-caps', f'--module-path={modules}',
                '--cfgfile', self.config, '--pidfile', self.work / 'pid', '--persist-file', self.work / 'persist',
                '--control', self.work / 'control']

    def reload(self):
        """Closes the listener and all connections (`keep-alive(no)`) and opens the listener again."""
        self.process.send_signal(signal.SIGHUP)
        self.process.send_signal(signal.SIGCONT)


class SyslogNgTls12(SyslogNg):
    settings = {'TLS': ', no-tlsv13'}


class Rsyslog(Receiver):
    """Without a queue: what it has read is in the file before it reads on, so before it ends its side."""

    template = 'rsyslog.conf.in'
    settings = {'DRIVER': 'ossl', 'QUEUE': 'queue.type="Direct"'}

    def command(self):
        modules = ':'.join(map(str, self.root.glob('usr/lib/*/rsyslog')))
        return [self.root / 'usr/sbin/rsyslogd', '-n', '-f', self.config, '-i', self.work / 'pid', '-M', modules]


class RsyslogGnutls(Rsyslog):
    """With the usual queue in memory, for whose end it waits when it is stopped in order."""

    settings = {'DRIVER': 'gtls', 'QUEUE': 'queue.type="LinkedList" queue.timeoutShutdown="60000"'}


def is_listening(port):
    """As the kernel says it: a probing connection would be one more client."""
    return any(state == '0A' for state, _ in sockets(port))


def unread_bytes(port):
    """Of the connections to the port; a listener's number counts connections."""
    return sum(unread for state, unread in sockets(port) if state != '0A')


def sockets(port):
    """State and unread bytes of each of the receiver's sockets (proc(5), /proc/net/tcp)."""
    rows = [line.split() for line in pathlib.Path('/proc/net/tcp').read_text().splitlines()[1:]]
    return [(row[3], int(row[4].split(':')[1], 16)) for row in rows if row[1] == f'0100007F:{port:04X}']
