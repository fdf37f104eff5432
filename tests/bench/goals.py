"""What the project asks of itself, beside what was measured."""

# What, must, aim; where it stands in the result.
GOALS = [
    ('whole path, plain page of 50 MB, R', 1.9, 1.65, lambda found: run_of(found, gzip=0)['r']),
    ('whole path, gzip page of 50 MB, R', 2.2, 1.9, lambda found: run_of(found, gzip=1)['r']),
    ('parse and JSON alone, R', 1.25, 1.12, lambda found: found['rows']['parse and JSON alone, R']),
    ('events per CPU second against Python (at least)', 6, 7, lambda found: python_times(found)),
    ('peak memory, any page, also when Devo stalls, MiB', 24, 18, lambda found: peak(found)),
    ('growth of memory from 5 to 500 MB, MiB', 1, 0.25,
     lambda found: of_size(found, 500)['peak_mib'] - of_size(found, 5)['peak_mib']),
    ('CPU in R at 500 MB against 50 MB, % off', 10, 5,
     lambda found: 100 * abs(of_size(found, 500)['r'] / of_size(found, 50)['r'] - 1)),
    ('idle, four services, MiB', 14, 12, lambda found: found['rows']['idle, four services, MiB']),
    ('idle, four services, CPU %', 0.1, 0.1, lambda found: found['rows']['idle, four services, CPU %']),
    ('100 inputs idle, MiB', 32, 32, lambda found: found['rows']['100 inputs idle, MiB']),
    ('100 inputs all pulling, MiB', 128, 128, lambda found: found['rows']['100 inputs all pulling, peak MiB']),
    ('first XML byte to first event, ms', 5, 2,
     lambda found: found['rows']['first XML byte to first event at 5 MB/s, ms: collector']),
    ('start to first request, ms', 50, 50, lambda found: found['rows']['start to first request, ms']),
]


def run_of(found, gzip, program='collector', megabytes=50):
    plain = {'gzip': gzip, 'program': program, 'megabytes': megabytes, 'inputs': 1, 'rate': 0, 'slow': False}
    return next(run for run in found['runs'] if plain.items() <= run.items())


def of_size(found, megabytes):
    return next(run for run in found['curve']['sizes'] if (run['program'], run['megabytes']) == ('collector', megabytes))


def python_times(found):
    speeds = [run_of(found, 0, program)['events_per_cpu_second'] for program in ('collector', 'python')]
    return speeds[0] / speeds[1]


def peak(found):
    runs = found['runs'] + found.get('curve', {}).get('sizes', [])
    peaks = [run['peak_mib'] for run in runs if run['program'] == 'collector' and run['inputs'] == 1]
    return max(peaks + [found['rows']['peak with a receiver that stalls, MiB']])


def verdicts(found):
    """[{what, measured, must, aim, holds}] of what this run measured."""
    made = []
    for what, must, aim, figure in GOALS:
        try:
            measured = figure(found)
        except (KeyError, StopIteration, ValueError):
            continue  # not measured in this run
        better = (lambda a, b: a >= b) if 'at least' in what else (lambda a, b: a <= b)
        holds = 'aim' if better(measured, aim) else 'must' if better(measured, must) else 'NO'
        made.append({'what': what, 'measured': measured, 'must': must, 'aim': aim, 'holds': holds})
    return made


def show(made):
    if not made:
        return
    print(f'\n{"goal":<50} {"measured":>9} {"must":>7} {"aim":>7}  holds')
    for one in made:
        print(f'{one["what"]:<50} {one["measured"]:>9.2f} {one["must"]:>7g} {one["aim"]:>7g}  {one["holds"]}')
