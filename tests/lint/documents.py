"""Holds what is shipped beside the program against the program: man pages, completions, alert rules, dashboard.

    documents.py PROJECT COLLECTOR

The man pages are Markdown below packaging/docs/. Their lists of verbs, options, keys, members, metrics, alerts and errors
are compared with the code here, so that they stay complete.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PREFIX = 'qualys_devo_collector_'
# ids of errors that the official collector's page names
OFFICIAL = ['InitVariablesError 1', 'InitVariablesError 2', 'InitVariablesError 3', 'SetupError 102', 'PullError']


def read(*parts):
    return pathlib.Path(sys.argv[1], *parts).read_text()


def has_word(text, word):
    return re.search(rf'(?<![\w-]){re.escape(word)}(?![\w-])', text) is not None


def page(name):
    """One page: "1", or "events.7"."""
    dash = '' if name[0].isdigit() else '-'
    return read('packaging', 'docs', f'qualys-devo-collector{dash or "."}{name}.md')


def parts_of(text, mark):
    """Heading to text of the parts below headings of one level: '## ', '### '."""
    pieces = re.split(rf'^{re.escape(mark)}(.+)\n', text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2]))


def entries_of(text):
    """The items of lists that begin with a bold name, and their text on one line."""
    items = re.findall(r'^- (\*\*.*\n(?:  .*\n)*)', text, re.MULTILINE)
    return [(re.match(r'\*\*(.+?)\*\*', item)[1], re.sub(r'\s*\n\s*', ' ', item).strip()) for item in items]


def sources_below(*parts):
    paths = sorted(pathlib.Path(sys.argv[1], 'src', *parts).rglob('*.[ch]pp'))
    return [path.read_text() for path in paths]


# ---- the command line


def help_of(*verb):
    """What --help says of a verb: its options and its own verbs."""
    text = subprocess.run([sys.argv[2], *verb, '--help'], stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = re.findall(r'^ +((?:-\w, ?)?--[\w-]+)', text, re.MULTILINE)
    options = [name for line in lines for name in re.split(', ?', line)]
    below = re.split(r'^subcommands:\n', text, flags=re.MULTILINE | re.IGNORECASE)
    return options, re.findall(r'^  (\w+)', below[1], re.MULTILINE) if len(below) == 2 else []


def completion_form(shell, option):
    if shell != 'fish':
        return option
    return '-l ' + option[2:] if option.startswith('--') else '-s ' + option[1:]


def command_line_faults():
    sections = parts_of(page('1').replace('*', ' '), '## ')
    about_verb = parts_of(sections['VERBS'], '### ')
    general = sections['OPTIONS']
    completions = {shell: read('packaging', 'completions', shell) for shell in ('bash', 'zsh', 'fish')}

    def missing(whose, options, text):
        for option in options:
            if not has_word(text, option):
                yield f'the page of the command does not have {option} of {whose}'
            for shell, completion in completions.items():
                if not has_word(completion, completion_form(shell, option)):
                    yield f'completions/{shell} does not have {option} of {whose}'

    options, verbs = help_of()
    yield from missing('the program', options, general + about_verb['run'])
    for verb in verbs:
        if verb not in about_verb:
            yield f'the page of the command has no section for {verb}'
            continue
        options, actions = help_of(verb)
        yield from missing(verb, options, about_verb[verb] + general)
        for action in actions:
            if not has_word(about_verb[verb], action):
                yield f'the page of the command does not have {verb} {action}'
        for shell, text in completions.items():
            yield from (f'completions/{shell} does not have {word}' for word in [verb, *actions] if not has_word(text, word))
    yield from (f'the page of the command has {verb}, the program has not' for verb in about_verb if verb not in verbs)


# ---- the configuration


def keys_of_schema():
    """Of every part: name and default."""
    rule = r'^ +(?:(required|optional|number|choice|idle|alias)\(|\{)part::\w+, "(\w+)"(.*)'
    for kind, name, rest in re.findall(rule, read('src', 'settings', 'schema.cpp'), re.MULTILINE):
        texts = re.findall(r'"([^"]*)"', rest)
        # The default is the last text: behind a form, a range or a choice's words.
        yield name, texts[-1] if texts and kind in ('optional', 'number', 'choice') else ''


def keys_of_services():
    for text in sources_below('services'):
        yield from re.findall(r'constexpr key \w+\{\s*"(\w+)"(?:,[^,}]*,\s*"?([^",{}]*)"?)?', text)
        for name, rest in re.findall(r'\{\.name = "(\w+)", \.form = \w+([^}]*)\}', text):
            standard = re.search(r'\.standard = "([^"]*)"', rest)
            yield name, standard[1] if standard else ''


def filters_of_services():
    """Parameters that `filters` may name: those that the collector does not set itself."""
    for text in sources_below('services'):
        for table in re.findall(r'constexpr filter \w+\[\] = \{\n(.*?)\n\};', text, re.DOTALL):
            for name, form in re.findall(r'\{"(\w+)"(?:, (\w+))?', table):
                if form != 'ours':
                    yield name


def key_faults():
    about = page('configuration.5')
    keys = [*keys_of_schema(), *keys_of_services()]
    names = {name for name, _ in keys} | {*filters_of_services()}
    for text in sources_below('services'):
        names |= {*re.findall(r'constexpr qualys::endpoint \w+\{\s*"(\w+)"', text)}
    names |= {*re.findall(r'^QDC_SERVICE\((\w+)\)', read('src', 'services', 'catalogue.def'), re.MULTILINE)}
    for name in sorted(names):
        if not re.search(rf'`(?:\w+\.)*{name}`', about):
            yield f'the page of the configuration does not have the key {name}'
    for listed in re.findall(r'^- `([\w.]+)`', about, re.MULTILINE):
        if listed.split('.')[-1] not in names:
            yield f'the page of the configuration has the key {listed}, the program has not'
    # A default stands in brackets behind its key, wherever the key has one.
    for name, standard in sorted({*keys}):
        if standard and not re.search(rf'`(?:\w+\.)*{name}`\s\([^)]*\b{re.escape(standard)}\b', about, re.IGNORECASE):
            yield f'the page of the configuration does not say that {name} is {standard} by default'
    versions = re.findall(r'api_version\{"([\d.]+)"', '\n'.join(sources_below('services')))
    yield from (f'the page of the configuration does not have the version {one}' for one in versions if one not in about)


# ---- events


def event_faults():
    """Each service's table, and every member that is documented."""
    about = page('events.7')
    text = '\n'.join(sources_below('services'))
    for table in re.findall(r'\.table = "([\w.]+)"', text):
        if not has_word(about, table):
            yield f'the page of the events does not have the table {table}'
    members = []
    for path in sorted(pathlib.Path(sys.argv[1], 'src', 'services').rglob('*vocabulary.cpp')):
        vocabulary = re.sub(r'//.*', '', path.read_text().split('_vocabulary()')[0])
        members += re.findall(r'"(\w+)"', vocabulary.split('namespace\n{', 1)[1])
    for listed in re.findall(r'std::vector<std::string> members\(\)\n\{\n    return \{(.*?)\};', text, re.DOTALL):
        members += re.findall(r'"([^"]+)"', listed)
    for member in members:
        if f'`{member}`' not in about and not (member.startswith('MITRE_') and has_word(about, member)):
            yield f'the page of the events does not have the member {member}'


# ---- errors


def codes_of_qualys():
    """The rows of the table of refusals, as the page names them."""
    text = read('src', 'qualys', 'refusal.cpp')
    named = dict(re.findall(r'constexpr int (\w+) = (\d+);', text))
    for status, first, last in re.findall(r'^ +row\{(\w+), (\w+), (\w+), ', text, re.MULTILINE):
        first, last = named.get(first, first), named.get(last, last)
        if status != 'any':
            yield 'HTTP ' + status
        else:
            yield 'code ' + (first if first == last else f'{first} to {last}')


def program_text():
    """All sources, with the parts of a string that stands on several lines put together."""
    sources = sorted(pathlib.Path(sys.argv[1], 'src').rglob('*.cpp'))
    return re.sub(r'"\s*\n\s*"', '', '\n'.join(path.read_text() for path in sources))


def ids_of_program():
    return re.findall(r'^QDC_TROUBLE\((\w+), ', read('src', 'base', 'trouble_ids.def'), re.MULTILINE)


def error_faults():
    """Each id stands in its page once, with what to check and how to fix; the log lines quoted there exist."""
    entries = entries_of(parts_of(page('operations.7'), '## ')['ERRORS'])
    ids = [name for name, _ in entries]
    source = program_text()
    written = [f'{kind} {int(code)}' for kind, code in re.findall(r'(\w+Error) \[CODE:(\d+)\]', source)]
    known = {*ids_of_program(), *written, *OFFICIAL, *codes_of_qualys()}
    yield from (f'no line of the log has the id {name}' for name in ids if name not in known)
    yield from (f'nothing in the program uses the id {name}' for name in ids_of_program() if f'trouble_id::{name}' not in source)
    for name in sorted(known):
        if ids.count(name) != 1:
            yield f'the page of the operation explains the error {name} {ids.count(name)} times'
    for name, text in entries:
        for part in ('*Check:* ', '*Fix:* '):
            if part not in text:
                yield f'the page of the operation does not say of {name}: {part}'
        for line in re.findall(r'“(.+?)”', text):
            if line not in source:
                yield f'the page of the operation quotes for {name} what the program does not say: {line}'
    # An alert sends its reader to ids of this section.
    advice = ' '.join(read('packaging', 'prometheus', 'alerts.yaml').split())
    for name in {name for names in re.findall(r'See ([^.]+)\.', advice) for name in names.split(', ')} - {*ids}:
        yield f'an alert points to the error {name}, which the page of the operation does not have'


def record_faults():
    """log_origin takes no warning and no error without an id; nor may a record that is made by hand lack it."""
    for path in sorted(pathlib.Path(sys.argv[1], 'src').rglob('*.cpp')):
        for record in re.findall(r'\{\s*log_level::(?:warning|error),.*?\}\s*[;)]', path.read_text(), re.DOTALL):
            if 'trouble_id::' not in record and '.id' not in record:
                yield f'{path.name}: a warning or an error without an id: {" ".join(record.split())[:80]}'


# ---- metrics


def expressions_of_dashboard():
    board = json.loads(read('packaging', 'grafana', 'dashboard.json'))
    return [target['expr'] for panel in board['panels'] for target in panel.get('targets', [])]


def families():
    """Name to type, labels and values of labels, of a report that has something of everything."""
    golden = read('tests', 'data', 'status', 'busy.metrics')
    found = {}
    for name, kind in re.findall(r'^# TYPE (\w+) (\w+)', golden, re.MULTILINE):
        samples = re.findall(rf'^{name}(?:_count|_sum)?\{{(.*)\}} ', golden, re.MULTILINE)
        labels = [re.findall(r'(\w+)="([^"]*)"', sample) for sample in samples]
        found[name.removeprefix(PREFIX)] = kind, {label for sample in labels for label, _ in sample}, labels
    return found


def metrics_page_faults():
    """Each family with its type and labels, and the values of labels that are words."""
    about = page('metrics.7')
    listed = {}
    for item in re.findall(r'^- (\*\*.*\n(?:  .*\n)*)', parts_of(about, '## ')['METRICS'], re.MULTILINE):
        for name, form in re.findall(r'\*\*([a-z_]+)\*\*\s+\(([^)]*)\)', item):
            kind, _, labels = re.sub(r'\s+', ' ', form).partition('; ')
            listed[name] = kind, {label for label in labels.split(', ') if label}, item
    for name, (kind, labels, samples) in families().items():
        if name not in listed:
            yield f'the page of the metrics does not have {name}'
            continue
        if listed[name][0] != kind:
            yield f'the page of the metrics calls {name} a {listed[name][0]}'
        # What it was built from is made up in the report; a family without samples shows no labels.
        if samples and name != 'build_info' and listed[name][1] != labels:
            yield f'the page of the metrics gives {name} the labels {sorted(listed[name][1])}, it has {sorted(labels)}'
        for label, value in {pair for sample in samples for pair in sample}:
            if label in ('phase', 'outcome') and f'`{value}`' not in listed[name][2]:
                yield f'the page of the metrics does not say of {name}: {label} {value}'
    yield from (f'the page of the metrics has {name}, the program has not' for name in listed.keys() - families().keys())
    waits = re.findall(r'case \w+::\w+:\n\s+return "(\w+)";', read('src', 'collect', 'subscription.cpp'))
    for reason in waits:
        if f'`{reason}`' not in listed['qualys_wait_seconds_total'][2]:
            yield f'the page of the metrics does not have the reason {reason} to wait'


def alert_faults():
    rules = read('packaging', 'prometheus', 'alerts.yaml')
    alerts = dict(re.findall(r'alert: (\w+)\n.*?severity: (\w+)', rules, re.DOTALL))
    about = parts_of(page('metrics.7'), '## ')['ALERTS']
    listed = dict(re.findall(r'\*\*(Qualys\w+)\*\*\s+\((\w+)', about))
    for name in sorted({*alerts} | {*listed}):
        if alerts.get(name) != listed.get(name):
            yield f'the alert {name} is {alerts.get(name)}, the page of the metrics says {listed.get(name)}'
        if name in alerts and name not in read('packaging', 'prometheus', 'alerts_test.yaml'):
            yield f'alerts_test.yaml has no test of {name}'


def metric_faults():
    golden = read('tests', 'data', 'status', 'busy.metrics')
    known = set(re.findall(r'^([a-z_]+)[{ ]', golden, re.MULTILINE))
    used = {'alerts.yaml': read('packaging', 'prometheus', 'alerts.yaml')}
    used['alerts_test.yaml'] = read('packaging', 'prometheus', 'alerts_test.yaml')
    used['dashboard.json'] = '\n'.join(expressions_of_dashboard())
    for where, text in used.items():
        for name in sorted(set(re.findall(rf'\b(?:{PREFIX}|process_)[a-z_]+', text)) - known):
            yield f'{where}: there is no metric {name}'
        for label, values in re.findall(r'\b(phase|outcome)=~?"([\w|]+)"', text):
            missing = [value for value in values.split('|') if f'{label}="{value}"' not in golden]
            yield from (f'{where}: there is no {label} {value}' for value in missing)


# ---- the files themselves


def commands_for(folder):
    """Readers of these files, each with what it is to read."""
    project = pathlib.Path(sys.argv[1], 'packaging')
    expressions = [text.replace('$__rate_interval', '5m') for text in expressions_of_dashboard()]
    rules = [{'record': f'panel{n}', 'expr': text} for n, text in enumerate(expressions)]
    as_rules = folder / 'dashboard.yaml'
    as_rules.write_text(json.dumps({'groups': [{'name': 'dashboard', 'rules': rules}]}))
    yield ['promtool', 'check', 'rules', as_rules]
    yield from ([shell, '-n', project / 'completions' / shell] for shell in ('bash', 'zsh', 'fish'))
    if shutil.which('go-md2man') is None:
        return
    for markdown in sorted((project / 'docs').glob('*.md')):
        made = folder / markdown.stem
        subprocess.run([project / 'docs' / 'man-page', 'go-md2man', markdown, made], check=True)
        yield ['groff', '-man', '-t', '-Kutf8', '-ww', '-z', '-Tutf8', made]


def markdown_faults():
    """Code right behind a list would be taken for a part of its last item."""
    for path in sorted(pathlib.Path(sys.argv[1], 'packaging', 'docs').glob('*.md')):
        for line in re.findall(r'^- .*\n(?:  \S.*\n)*\n    (\S.*)', path.read_text(), re.MULTILINE):
            yield f'{path.name}: a list swallows the code that follows it: {line}'


def syntax_faults():
    """Lets the readers of these files read them, those that this machine has."""
    with tempfile.TemporaryDirectory() as folder:
        for command in commands_for(pathlib.Path(folder)):
            if shutil.which(command[0]) is None:
                continue
            answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            # groff warns and is content.
            if answer.returncode != 0 or (command[0] == 'groff' and answer.stdout):
                yield f'{command[0]} says of {pathlib.Path(command[-1]).name}: {answer.stdout}'


checks = [
    command_line_faults,
    key_faults,
    event_faults,
    error_faults,
    record_faults,
    metrics_page_faults,
    alert_faults,
    metric_faults,
    markdown_faults,
    syntax_faults,
]
faults = [fault for check in checks for fault in check()]
print('\n'.join(faults))
sys.exit(1 if faults else 0)
