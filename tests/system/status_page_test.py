"""The status page in Debian's Chromium, and the metrics before promtool; both over a made-up report.

QDC_STATUS_DEMO names tests/support/status_demo.cpp's program. QDC_PICTURES=FOLDER keeps pictures of the page there.
"""
import json
import os
import pathlib
import subprocess
import unittest
import urllib.request

import browser
import harness

DEMO = os.environ['QDC_STATUS_DEMO']
PICTURES = os.environ.get('QDC_PICTURES')


class StatusCase(unittest.TestCase):
    def serve(self, mood='busy', port=0):
        process = subprocess.Popen([DEMO, mood, str(port)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        process.url = f'http://127.0.0.1:{process.stdout.readline().strip()}/'
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdout.close()

    @staticmethod
    def fetch(process, path):
        with urllib.request.urlopen(process.url + path, timeout=harness.PATIENCE) as answer:
            return answer.read()


class Metrics(StatusCase):
    def test_promtool_finds_nothing_to_complain_about(self):
        for mood in ('busy', 'quiet', 'fresh'):
            with self.subTest(mood=mood):
                text = self.fetch(self.serve(mood), 'metrics')
                self.assertEqual(harness.complaints(text), [])

    def test_the_status_is_json_that_says_the_same(self):
        process = self.serve('quiet')
        report = json.loads(self.fetch(process, 'status'))
        self.assertEqual([one['phase'] for one in report['services']], ['pulling', 'resting'])
        self.assertIn(b'service_phase{input="qualys",service="host_list",phase="resting"} 1', self.fetch(process, 'metrics'))


@unittest.skipUnless(browser.CHROMIUM, 'chromium is not installed')
class Page(StatusCase):
    def open(self, mood='busy', port=0, **look):
        process = self.serve(mood, port)
        tab = browser.Browser()
        self.addCleanup(tab.close)
        tab.look_as(**look)
        tab.go_to(process.url)
        tab.wait_for('document.querySelector("#inputs .card") !== null', 'a card')
        return process, tab

    def picture(self, tab, name):
        if PICTURES:
            tab.picture(pathlib.Path(PICTURES) / f'{name}.png')

    def test_everything_is_there_in_words(self):
        _, tab = self.open()
        shown = tab.run('document.body.innerText').replace('\xa0', ' ')
        for words in ('host_list_detection', 'vm_scans', 'user_activity', 'qualys-eu',
                      'Pulling', 'Resting', 'Waiting', 'Login refused', 'Starting', 'Stopped',
                      '31 min ago', 'page size 1,000', 'at host 4411873', '2 quarantined hosts',
                      'Last cycle: complete, 188,120 events', '50 s ago, 3 times',
                      '241 of 300 calls left in 60 min', 'Refused until', 'the calls of this hour are used up',
                      'collector-eu.devo.io:443', 'Connected', 'Cannot connect', '8.0 MiB', 'confirmed mostly within 50 ms',
                      'domain.crt', 'ends in 11 days', '2 log lines lost'):
            self.assertIn(words, shown)

    def test_the_headline_says_what_needs_attention(self):
        for mood, title in (('busy', '6 need attention'), ('quiet', 'Both services are up to date'), ('fresh', 'Starting')):
            with self.subTest(mood=mood):
                _, tab = self.open(mood)
                self.assertEqual(tab.run('document.querySelector("h1").innerText.trim()'), title)
                self.assertEqual(tab.run('document.title'), title + ' \u2013 Qualys to Devo')

    def test_what_needs_attention_is_what_the_status_says_and_leads_there(self):
        process, tab = self.open()
        told = json.loads(self.fetch(process, 'status'))['attention']
        self.assertEqual([one['level'] for one in told], ['bad'] * 4 + ['warn'] * 3)
        shown = tab.run('[...document.querySelectorAll("#attention li")].map(one => [one.className, one.innerText.trim()])')
        self.assertEqual([words for _, words in shown][:4], [f"{one['who']}: {one['text']} [{one['id']}]" for one in told][:4])
        self.assertEqual([level for level, _ in shown], [one['level'] for one in told])
        self.assertEqual(tab.run('''[...document.querySelectorAll("#attention a")].filter(
            link => !document.getElementById(decodeURIComponent(link.hash.slice(1)))).length'''), 0)
        self.assertEqual(tab.run('document.querySelectorAll("#attention a").length'), len(told))

    def test_markup_in_what_comes_from_outside_is_text(self):
        _, tab = self.open()
        self.assertIn('code 1960: <script>alert(1)</script> waits 30 s', tab.run('document.body.innerText'))
        self.assertEqual(tab.run('document.querySelectorAll("script").length'), 1)

    def test_nothing_is_asked_for_but_the_page_and_the_status_and_nothing_is_refused(self):
        process, tab = self.open()
        tab.wait_for('performance.getEntriesByType("resource").length > 1', 'a second look')
        self.assertEqual({url for url in tab.requests if not url.startswith('data:')}, {process.url, process.url + 'status'})
        self.assertEqual(tab.complaints, [])

    def test_the_policy_stops_what_the_page_does_not_bring_along(self):
        _, tab = self.open()
        refused = tab.run('''new Promise(done => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", event => {
                if (seen.push(event.effectiveDirective) === 2) done(seen.sort().join());
            });
            const added = document.createElement("script");
            added.textContent = "window.broken_in = true";
            document.body.append(added);
            const image = document.createElement("img");
            image.src = "https://outside.invalid/x.png";
            document.body.append(image);
        })''')
        self.assertEqual(refused, 'img-src,script-src-elem')
        self.assertIsNone(tab.run('window.broken_in'))

    def test_the_rates_come_alive(self):
        _, tab = self.open('quiet')
        rate = 'document.querySelector("#tiles .value").textContent'
        tab.wait_for(f'/^[0-9,]+\\/s$/.test({rate})', 'a rate')
        tab.wait_for('document.querySelector("#tiles .line").getAttribute("d").split("L").length > 2', 'a line')

    def test_it_says_when_the_collector_does_not_answer_and_goes_on_when_it_does(self):
        port = harness.free_port()
        process, tab = self.open(port=port)
        self.assertTrue(tab.run('document.getElementById("lost").hidden'))
        self.end(process)
        tab.wait_for('/has not answered for/.test(document.body.innerText)', 'the notice')
        self.assertEqual(tab.run('document.title'), 'No answer \u2013 Qualys to Devo')
        self.picture(tab, 'lost')
        self.serve('busy', port=port)
        tab.wait_for('document.getElementById("lost").hidden', 'the end of the notice')

    def test_it_fits_a_phone_and_the_dark(self):
        for dark in (False, True):
            with self.subTest(dark=dark):
                _, tab = self.open(width=360, height=740, dark=dark)
                self.assertLessEqual(tab.run('document.documentElement.scrollWidth'), 360)
                self.picture(tab, 'phone-dark' if dark else 'phone')
                ground = tab.run('getComputedStyle(document.body).backgroundColor')
                self.assertEqual(ground, 'rgb(17, 20, 22)' if dark else 'rgb(243, 244, 242)')

    def test_text_stands_out_from_its_ground_in_light_and_dark(self):
        # WCAG 2.1, 1.4.3: at least 4.5 to 1.
        contrast = '''(() => {
            const light = colour => colour.match(/[\\d.]+/g).slice(0, 3)
                .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
            const card = light(getComputedStyle(document.querySelector(".card")).backgroundColor);
            return [...document.querySelectorAll(".card .label, .card .facts, .card h3, .state, .soft")].map(one => {
                const ink = light(getComputedStyle(one).color);
                return (Math.max(ink, card) + 0.05) / (Math.min(ink, card) + 0.05);
            });
        })()'''
        for dark in (False, True):
            with self.subTest(dark=dark):
                _, tab = self.open(dark=dark)
                self.assertGreaterEqual(min(tab.run(contrast)), 4.5)
                self.picture(tab, 'dark' if dark else 'light')

    def test_every_state_has_a_word_and_every_chart_a_name(self):
        _, tab = self.open()
        self.assertEqual(tab.run('[...document.querySelectorAll(".state:not([hidden])")].filter(one => !one.innerText.trim()).length'), 0)
        self.assertEqual(tab.run('[...document.querySelectorAll("svg.chart")].filter(one => !one.getAttribute("aria-label")).length'), 0)
        self.assertEqual(tab.run('document.querySelectorAll("[role=meter]:not([aria-label])").length'), 0)


if __name__ == '__main__':
    harness.main()
