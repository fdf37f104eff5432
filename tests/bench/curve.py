"""Cost and memory over the size of a page and the number of inputs, and their plot."""
import rows
import site_process
import svg

SIZES = [1, 5, 20, 50, 200, 500, 2000]  # MB
INPUTS = [1, 3, 10, 30, 100]
PAGE_OF_AN_INPUT = 10  # MB
ROUNDS = 3
LONG = 1000  # MB: from here on one round is long enough
PYTHON_UP_TO = 200  # MB: it holds the page several times


def measure(site):
    found = {'sizes': [], 'inputs': []}
    for size in SIZES:
        case = site_process.Case(megabytes=size)
        names = ['collector', 'floor-gathered'] + (['python'] if size <= PYTHON_UP_TO else [])
        found['sizes'] += compared(site, case, names)
    for inputs in INPUTS:
        case = site_process.Case(megabytes=PAGE_OF_AN_INPUT, inputs=inputs)
        found['inputs'] += compared(site, case, ['collector'])
    return found


def compared(site, case, names):
    print(f'curve: {case} …', flush=True)
    return rows.compare(site, case, names, ROUNDS if case.megabytes < LONG else 1)


def series(runs, program, across, figure):
    return [(run[across], run[figure]) for run in runs if run['program'] == program]


def plot(found):
    sizes, inputs = found['sizes'], found['inputs']
    names = ['collector', 'floor-gathered', 'python']

    def by_size(figure):
        return {name: series(sizes, name, 'megabytes', figure) for name in names}

    def by_inputs(figure):
        return {'collector': series(inputs, 'collector', 'inputs', figure)}

    return svg.figure([
        svg.Panel('CPU in units of a bare Expat parse (R)', 'page, MB', by_size('r')),
        svg.Panel('CPU, ms per MB of XML', 'page, MB', by_size('cpu_ms_per_mb')),
        svg.Panel('peak memory, MiB', 'page, MB', by_size('peak_mib')),
        svg.Panel('CPU (R)', 'inputs, 10 MB each', by_inputs('r')),
        svg.Panel('CPU, ms per MB of XML', 'inputs, 10 MB each', by_inputs('cpu_ms_per_mb')),
        svg.Panel('peak memory, MiB', 'inputs, 10 MB each', by_inputs('peak_mib')),
    ])
