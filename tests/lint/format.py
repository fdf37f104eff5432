"""Names the files that clang-format (first argument) would change, below the project (second argument).

Another release of clang-format lays some things out differently, so only the one that .clang-format is written for counts.
"""
import pathlib
import subprocess
import sys

tool, project = sys.argv[1], pathlib.Path(sys.argv[2])
if 'version 14.' not in subprocess.run([tool, '--version'], stdout=subprocess.PIPE, text=True).stdout:
    print('not clang-format 14: nothing is compared')
    sys.exit(0)
files = sorted(str(path) for folder in ('src', 'tests') for path in (project / folder).rglob('*') if path.suffix in ('.hpp', '.cpp'))
changed = subprocess.run([tool, '--dry-run', *files], stderr=subprocess.PIPE, text=True).stderr
wrong = sorted({line.split(':')[0] for line in changed.splitlines() if 'clang-format-violations' in line})
print('\n'.join(wrong))
sys.exit(1 if wrong else 0)
