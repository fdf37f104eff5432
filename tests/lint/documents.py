"""Holds what is shipped beside the program against the program: man page, completions, alert rules, dashboard.

    documents.py PROJECT COLLECTOR
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


def man_page():
    """The page's source with its escapes undone; requests stay at the beginnings of lines."""
    text = read('packaging', 'man', 'qualys-devo-collector.1')
    for escape, plain in (('\\-', '-'), ('\\fI', ''), ('\\fP', ''), ('\\&', '')):
        text = text.replace(escape, plain)
    return text


def parts_of(text, request):
    """Heading to text of the parts that a request (SH, SS) begins."""
    pieces = re.split(rf'^\.{request} (.+)\n', text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2]))


def plain_words(text):
    """Words of a macro line, as `.BR a ", " b` has them, without its quotes."""
    return text.replace('"', ' ')


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
    sections = parts_of(man_page(), 'SH')
    about_verb = {title.split()[0]: plain_words(text) for title, text in parts_of(sections['VERBS'], 'SS').items()}
    general = plain_words(sections['OPTIONS'])
    completions = {shell: read('packaging', 'completions', shell) for shell in ('bash', 'zsh', 'fish')}

    def missing(whose, options, page):
        for option in options:
            if not has_word(page, option):
                yield f'the man page does not have {option} of {whose}'
            for shell, text in completions.items():
                if not has_word(text, completion_form(shell, option)):
                    yield f'completions/{shell} does not have {option} of {whose}'

    options, verbs = help_of()
    yield from missing('the program', options, general + about_verb['run'])
    for verb in verbs:
        if verb not in about_verb:
            yield f'the man page has no section for {verb}'
            continue
        options, actions = help_of(verb)
        yield from missing(verb, options, about_verb[verb] + general)
        for action in actions:
            if not has_word(about_verb[verb], action):
                yield f'the man page does not have {verb} {action}'
        for shell, text in completions.items():
            yield from (f'completions/{shell} does not have {word}' for word in [verb, *actions] if not has_word(text, word))
    yield from (f'the man page has {verb}, the program has not' for verb in about_verb if verb not in verbs)


def key_faults():
    """Each configuration key with a meaning stands in the man page."""
    about = parts_of(man_page(), 'SH')['CONFIGURATION']
    rule = r'^ +(?:\{|required\(|optional\(|number\(|choice\()part::\w+, "(\w+)"'
    keys = re.findall(rule, read('src', 'settings', 'schema.cpp'), re.MULTILINE)
    # What services add: their keys, and the endpoints whose versions can be chosen.
    for path in sorted(pathlib.Path(sys.argv[1], 'src', 'services').rglob('*.[ch]pp')):
        keys += re.findall(r'constexpr (?:qualys::endpoint|key) \w+\{\s*"(\w+)"', path.read_text())
    keys += re.findall(r'^QDC_SERVICE\((\w+)\)', read('src', 'services', 'catalogue.def'), re.MULTILINE)
    for key in keys:
        if not has_word(about, key):
            yield f'the man page does not have the key {key}'


def codes_of_qualys():
    """The rows of the table of refusals, as the man page names them."""
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


def error_faults():
    """Each id stands in the man page once, with what to check and how to fix; the log lines quoted there exist."""
    about = parts_of(man_page(), 'SH')['ERRORS']
    entries = re.findall(r'^\.TP\n\.B (.+)\n((?:(?!\.TP|\.SS).*\n)*)', about, re.MULTILINE)
    ids = [name for name, _ in entries]
    decisions = read('src', 'collect', 'decision.cpp')
    reasons = re.findall(r'^ +row\{failure::.*, "(\w+)"\}', decisions, re.MULTILINE)
    source = program_text()
    written = [f'{kind} {int(code)}' for kind, code in re.findall(r'(\w+Error) \[CODE:(\d+)\]', source)]
    for name in sorted({*reasons, *written, *OFFICIAL, *codes_of_qualys(), *ids}):
        if ids.count(name) != 1:
            yield f'the man page explains the error {name} {ids.count(name)} times'
    for name, text in entries:
        yield from (f'the man page does not say of {name}: {part}' for part in ('Check:', 'Fix:') if part not in text)
        for line in re.findall(r'\\\(lq(.+?)\\\(rq', text):
            if line not in source:
                yield f'the man page quotes for {name} what the program does not say: {line}'
    # An alert sends its reader to ids of this section.
    advice = ' '.join(read('packaging', 'prometheus', 'alerts.yaml').split())
    for name in {name for names in re.findall(r'See ([^.]+)\.', advice) for name in names.split(', ')} - {*ids}:
        yield f'an alert points to the error {name}, which the man page does not have'


def expressions_of_dashboard():
    board = json.loads(read('packaging', 'grafana', 'dashboard.json'))
    return [target['expr'] for panel in board['panels'] for target in panel.get('targets', [])]


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
    for name in re.findall(r'alert: (\w+)', used['alerts.yaml']):
        if name not in used['alerts_test.yaml']:
            yield f'alerts_test.yaml has no test of {name}'


def syntax_faults():
    """Lets the readers of these files read them, those that this machine has."""
    project = pathlib.Path(sys.argv[1], 'packaging')
    expressions = [text.replace('$__rate_interval', '5m') for text in expressions_of_dashboard()]
    rules = [{'record': f'panel{n}', 'expr': text} for n, text in enumerate(expressions)]
    with tempfile.NamedTemporaryFile('w', suffix='.yaml') as as_rules:
        json.dump({'groups': [{'name': 'dashboard', 'rules': rules}]}, as_rules)
        as_rules.flush()
        for command in [
            ['groff', '-man', '-ww', '-z', '-Tutf8', project / 'man' / 'qualys-devo-collector.1'],
            ['promtool', 'check', 'rules', as_rules.name],
            *([shell, '-n', project / 'completions' / shell] for shell in ('bash', 'zsh', 'fish')),
        ]:
            if shutil.which(command[0]) is None:
                continue
            told = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            # groff warns and is content.
            if told.returncode != 0 or (command[0] == 'groff' and told.stdout):
                yield f'{command[0]} says: {told.stdout}'


faults = [*command_line_faults(), *key_faults(), *error_faults(), *metric_faults(), *syntax_faults()]
print('\n'.join(faults))
sys.exit(1 if faults else 0)
