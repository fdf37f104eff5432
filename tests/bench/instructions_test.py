"""The gate on the hot path: instructions per byte of XML, in units of a bare Expat parse of the same bytes.

    instructions_test.py BENCH_FOLDER COLLECTOR     where the build put decode_once, expat_yardstick and bench_site

Counted by callgrind, so neither the machine nor its other work can blur it; and as the slope between two sizes of page,
so that starting does not count. A figure above its limit says that the path has become longer: find out why
(`callgrind_annotate` on what `valgrind --tool=callgrind decode_once ours PAGE` leaves), or, if it is worth it, raise the
limit in the same change and say so. When it has become shorter, lower the limit.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# What was measured, and 3 %.
DECODING_LIMIT = 1.26  # from the page to the frames
WHOLE_LIMIT = 1.48     # the real program: HTTPS in, mutual TLS out, checkpoints, confirmation
SMALL, LARGE = 500_000, 2_000_000  # bytes of page
TRIES = 5


# Meson sets it, and it makes every malloc() and free() write all over the memory.
UNPERTURBED = {name: value for name, value in os.environ.items() if name != 'MALLOC_PERTURB_'}


def instructions(folder, *command):
    done = subprocess.run(
        ['valgrind', '--tool=callgrind', f'--callgrind-out-file={folder}/callgrind', *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace', env=UNPERTURBED)
    if done.returncode != 0:
        raise SystemExit(f'{command[0]}: status {done.returncode}\n{done.stderr[-2000:]}')
    return int(re.search(r'Collected : (\d+)', done.stderr)[1])


def written_page(bench, size, folder):
    page = folder / f'{size}.xml'
    with open(page, 'wb') as out:
        subprocess.run([bench / 'expat_yardstick', '--write', str(size)], stdout=out, check=True)
    return page


def whole_run(folder, collector, site, size):
    """One page of `size` bytes through the real program: (connections to Devo, instructions)."""
    shutil.rmtree(folder / 'site' / 'state')
    (folder / 'site' / 'state').mkdir()
    served = ask(site, f'serve {size} 0 0')['detections']
    count = instructions(folder, collector, 'run', '--once', '--config', folder / 'site' / 'config' / 'config.yaml')
    seen = ask(site, 'report')
    if seen['events'] != served:
        raise SystemExit(f'{seen["events"]} of {served} events arrived')
    return seen['connections'], count


def over_one_connection(configuration):
    """How many connections a page takes with `confirm: eof` depends on how quickly each was confirmed, and a handshake is as
    much as 100 KB of page. With `confirm: tcp` it is one."""
    text = configuration.read_text()
    changed = re.sub(r'( +)(chain: \S+)', r'\1\2\n\1confirm: tcp', text, count=1)
    if changed == text:
        raise SystemExit(f'{configuration}: there is no line for the chain')
    configuration.write_text(changed)


def whole_runs(folder, collector, site):
    """What the large page takes beyond the small one. On a busy machine a run may need a connection more, and a handshake
    is as much as 100 KB of page: only runs with as many connections are compared."""
    small, large = {}, {}
    for _ in range(TRIES):
        for size, counts in ((SMALL, small), (LARGE, large)):
            connections, count = whole_run(folder, collector, site, size)
            counts[connections] = min(count, counts.get(connections, count))
        alike = sorted(small.keys() & large.keys())
        if alike:
            return large[alike[0]] - small[alike[0]]
    raise SystemExit(f'no two runs with as many connections: {small}, {large}')


def ask(site, line):
    site.stdin.write(line + '\n')
    site.stdin.flush()
    return json.loads(site.stdout.readline())


def measure(bench, collector, folder):
    """Instructions between the small page and the large one."""
    small, large = (written_page(bench, size, folder) for size in (SMALL, LARGE))
    found = {}
    for way in ('expat', 'ours'):
        counts = [instructions(folder, bench / 'decode_once', way, page) for page in (small, large)]
        found[way] = counts[1] - counts[0]
    site = subprocess.Popen(
        [bench / 'bench_site', folder / 'site'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with site:
        site.stdout.readline()
        over_one_connection(folder / 'site' / 'config' / 'config.yaml')
        found['whole'] = whole_runs(folder, collector, site)
        site.stdin.close()
    return found, large.stat().st_size - small.stat().st_size


def main(bench, collector):
    if shutil.which('valgrind') is None:
        raise SystemExit('valgrind is not installed: packaging/install-dependencies test')
    with tempfile.TemporaryDirectory(prefix='qdc-instructions-') as folder:
        found, size = measure(pathlib.Path(bench), collector, pathlib.Path(folder))
    failed = 0
    print(f'bare Expat: {found["expat"] / size:.1f} instructions per byte of XML')
    for way, words, limit in (('ours', 'page to frames', DECODING_LIMIT), ('whole', 'whole run', WHOLE_LIMIT)):
        ratio = found[way] / found['expat']
        print(f'{words}: {found[way] / size:.1f} instructions per byte, {ratio:.3f} x Expat; limit {limit:.3f}')
        failed += not 1 < ratio <= limit
    print(f'{2 - failed} passed, {failed} failed')
    return failed


sys.exit(main(*sys.argv[1:]))
