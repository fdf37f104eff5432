"""Windows end by the earlier of both clocks, and a difference is named."""
import datetime
import signal

import harness
from harness import wait_for

OFFSET = 600


def moment(text):
    return datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ').replace(tzinfo=datetime.timezone.utc)


class Clocks(harness.Case):
    def ends(self, sandbox):
        return [moment(call['parameters']['vm_processed_before']) for call in sandbox.calls()
                if 'vm_processed_before' in call['parameters']]

    def test_where_qualys_clock_is_behind_ours_windows_end_by_it_until_they_agree(self):
        self.behind()

    def test_an_answer_without_a_date_is_dated_by_its_own_datetime(self):
        self.behind(no_date=True)

    def behind(self, **options):
        sandbox = self.sandbox(hosts=12, page_size=8, request_period=1, settle_delay=5, **options)
        sandbox.control(set={'date_offset': -OFFSET})
        run = self.run_collector(sandbox, 'run')
        wait_for(lambda: len(self.ends(sandbox)) >= 2, 'windows with an end')
        now = datetime.datetime.now(datetime.timezone.utc)
        for end in self.ends(sandbox):
            self.assertLess(end, now - datetime.timedelta(seconds=OFFSET))
        self.assert_one_line(run.log(), 'WARNING', 'clock of this machine is', 'ahead of')

        sandbox.control(set={'date_offset': 0})
        wait_for(lambda: 'agrees with that of' in run.log(), 'the clocks to agree')
        begun = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=60)
        wait_for(lambda: self.ends(sandbox)[-1] > begun, 'a window that ends today')
        self.assertEqual(run.kill(signal.SIGTERM), 0)
        self.assert_arrived(sandbox)


if __name__ == '__main__':
    harness.main()
