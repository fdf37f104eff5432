"""Debian's Chromium, steered over its debugging pipe (Chrome DevTools Protocol): no driver and no library is needed."""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

CHROMIUM = shutil.which('chromium')


def out_of_the_way(descriptor):
    """The same under a number that is not one of those the browser wants."""
    other = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 20)
    os.close(descriptor)
    return other


class Browser:
    """One tab. What it asks for, logs and refuses is kept in `requests` and `complaints`."""

    def __init__(self, patience=60):
        self.patience = patience
        self.profile = tempfile.mkdtemp(prefix='qdc-browser-')
        self.requests, self.complaints = [], []
        self.next_id, self.unread = 0, b''
        commands, self.write_end = map(out_of_the_way, os.pipe())
        self.read_end, answers = map(out_of_the_way, os.pipe())
        arguments = [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
                     '--remote-debugging-pipe', f'--user-data-dir={self.profile}', 'about:blank']
        # The browser reads commands from descriptor 3 and answers on 4; the shell puts them there.
        self.process = subprocess.Popen(
            ['bash', '-c', f'exec "$@" 3<&{commands} 4>&{answers}', 'bash', *arguments],
            pass_fds=(commands, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.session = None
        target = self.ask('Target.createTarget', url='about:blank')['targetId']
        self.session = self.ask('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.ask(f'{domain}.enable')

    def _read(self, deadline):
        while b'\0' not in self.unread:
            ready, _, _ = select.select([self.read_end], [], [], max(0, deadline - time.monotonic()))
            more = os.read(self.read_end, 1 << 20) if ready else b''
            if not more:
                raise AssertionError('the browser does not answer')
            self.unread += more
        message, self.unread = self.unread.split(b'\0', 1)
        return json.loads(message)

    def _note(self, message):
        what, told = message.get('method'), message.get('params', {})
        if what == 'Network.requestWillBeSent':
            self.requests.append(told['request']['url'])
        elif what == 'Log.entryAdded':
            self.complaints.append(told['entry']['text'])
        elif what == 'Runtime.consoleAPICalled':
            self.complaints.append(str(told['args']))
        elif what == 'Runtime.exceptionThrown':
            self.complaints.append(json.dumps(told['exceptionDetails']))

    def ask(self, method, **parameters):
        self.next_id += 1
        message = {'id': self.next_id, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b'\0')
        deadline = time.monotonic() + self.patience
        while True:
            answer = self._read(deadline)
            if answer.get('id') != self.next_id:
                self._note(answer)
            elif 'error' in answer:
                raise AssertionError(f'{method}: {answer["error"]}')
            else:
                return answer['result']

    def run(self, script):
        """The value of a JavaScript expression in the page."""
        answer = self.ask('Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in answer:
            raise AssertionError(str(answer['exceptionDetails']))
        return answer['result'].get('value')

    def wait_for(self, script, what):
        deadline = time.monotonic() + self.patience
        while not self.run(script):
            if time.monotonic() > deadline:
                raise AssertionError(f'{what} did not come; the page shows: {self.run("document.body.innerText")}')
            time.sleep(0.1)

    def go_to(self, url):
        self.ask('Page.navigate', url=url)

    def look_as(self, width=1280, height=900, dark=False):
        self.ask('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.ask('Emulation.setEmulatedMedia',
                 features=[{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    def picture(self, path):
        """The whole page as a PNG file."""
        data = self.ask('Page.captureScreenshot', captureBeyondViewport=True)['data']
        with open(path, 'wb') as out:
            out.write(base64.b64decode(data))

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.profile, ignore_errors=True)
