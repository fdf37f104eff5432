"""syslog-ng and rsyslog out of the distribution's packages, unpacked beside each other.

Installed they exclude each other, and a test has no business replacing the machine's own syslog. So their packages are
downloaded and unpacked into a folder that outlives the test, once.
"""
import fcntl
import os
import pathlib
import re
import shutil
import subprocess

# Each set is resolved alone: together apt refuses them.
WANTED = (('syslog-ng-core',), ('rsyslog', 'rsyslog-openssl', 'rsyslog-gnutls'))
# Another apt may hold the lock for a while; the folder need not be readable for apt's own user.
APT = ('apt-get', '-o', 'DPkg::Lock::Timeout=500', '-o', 'APT::Sandbox::User=root', '-qq')


def root():
    """The folder in which they are unpacked. QDC_RECEIVERS names another place than the default."""
    cache = pathlib.Path(os.environ.get('QDC_RECEIVERS') or f'/var/tmp/qdc-receivers-{os.getuid()}')
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    if cache.stat().st_uid != os.getuid():
        raise AssertionError(f'{cache} belongs to someone else: programs in it are not started')
    unpacked = cache / 'root'
    with open(cache / 'lock', 'w') as lock:
        # Two builds may run this test at a time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not unpacked.exists():
            _unpack(cache, unpacked)
    return unpacked


def _unpack(cache, unpacked):
    unfinished = cache / 'unfinished'
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        names = _closure()
    except AssertionError:
        # A fresh image has no package lists.
        _run(*([] if os.getuid() == 0 else ['sudo']), *APT, 'update')
        names = _closure()
    _run(*APT, 'download', *names, cwd=unfinished)
    for package in sorted(unfinished.glob('*.deb')):
        _run('dpkg-deb', '--extract', package, unfinished / 'root')
    (unfinished / 'root').rename(unpacked)
    shutil.rmtree(unfinished)


def _closure():
    """The packages themselves and the libraries that this machine does not have."""
    names = set()
    for wanted in WANTED:
        plan = _run(*APT, '--simulate', '-o', 'Debug::NoLocking=1', 'install', '--no-install-recommends', *wanted)
        names.update(wanted, re.findall(r'^Inst (\S+)', plan, re.MULTILINE))
    return sorted(names)


def _run(*command, **options):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive', 'LC_ALL': 'C'}, **options)
    if done.returncode != 0:
        raise AssertionError(f'{" ".join(map(str, command))} failed:\n{done.stderr}{done.stdout}')
    return done.stdout
