"""The tables on standard output."""

COLUMNS = [
    ('program', '{program:<15}'),
    ('R', '{r:>6.2f}'),
    ('CPU s', '{cpu_seconds:>7.3f}'),
    ('ms/MB', '{cpu_ms_per_mb:>6.1f}'),
    ('events/CPU s', '{events_per_cpu_second:>12,.0f}'),
    ('MB/CPU s', '{xml_mb_per_cpu_second:>8.1f}'),
    ('wall/CPU', '{wall_over_cpu:>8.2f}'),
    ('peak MiB', '{peak_mib:>8.1f}'),
    ('bytes/event', '{bytes_per_event:>11.0f}'),
    ('R of each round', ' {rounds_text}'),
]


def say_conditions(machine, options):
    print(f'{machine["cpu"]}, {machine["cores"]} cores, Linux {machine["kernel"]}; rounds: {options.rounds}')


def width(form):
    return int(''.join(c for c in form.split(':')[1] if c.isdigit() or c == '.').split('.')[0]) if ':' in form else 0


def show(runs):
    if not runs:
        return runs
    expat = sum(run['expat_seconds'] for run in runs) / len(runs)
    scheduling = 'SCHED_RR' if runs[0]['realtime'] else 'ordinary scheduling'
    print(f'\n{runs[0]["case"]}; bare Expat {1000 * expat:.0f} ms = 1 R; {scheduling}')
    heads = [name.ljust(width(form)) if '<' in form else name.rjust(width(form)) for name, form in COLUMNS]
    print('  '.join(heads))
    for run in runs:
        row = dict(run, rounds_text=' '.join(f'{r:.2f}' for r in run['r_all']))
        print('  '.join(form.format(**row) for _, form in COLUMNS), flush=True)
    ratio = against_python(runs)
    if ratio:
        print(f'events per CPU second: the collector does {ratio:.1f} times what the Python yardstick does')
    return runs


def against_python(runs):
    speed = {run['program']: run['events_per_cpu_second'] for run in runs}
    return speed['collector'] / speed['python'] if {'collector', 'python'} <= speed.keys() else None


def show_rows(rows):
    print()
    for name, value in rows.items():
        print(f'{name:<60} {value:>9.2f}')
