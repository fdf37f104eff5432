"""Shows that a new service is a folder and a line: adds a toy to a copy of the sources, builds and runs it.

    toy_service.py PROJECT BUILD

Only what the toy touches is compiled, with the commands of BUILD: its own files, the catalogue, and the link.
"""
import http.server
import json
import os
import pathlib
import shlex
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading

PROJECT, BUILD = (pathlib.Path(one).resolve() for one in sys.argv[1:3])
PROGRAM = 'src/qualys-devo-collector'
EVENTS = '{"NAME":"drum"}\n{"NAME":"kazoo"}\n'
ABOUT = '<ABOUT><WEB-VERSION>10.39.1.0-1</WEB-VERSION></ABOUT>\n'


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        sys.exit(f'{shlex.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}')
    return done.stdout


def add_toy(scratch):
    """A copy of the sources with the toy in it: its folder, and its line in the catalogue."""
    shutil.copytree(PROJECT / 'src', scratch / 'src')
    services = scratch / 'src' / 'services'
    shutil.copytree(PROJECT / 'tests' / 'lint' / 'toy' / 'toy', services / 'toy')
    with open(services / 'catalogue.def', 'a') as catalogue:
        catalogue.write('QDC_SERVICE(toy)\n')
    return services


def compile_here(command, source, scratch):
    """The command that compiles one file of BUILD, turned to `source`; where its object is."""
    made = scratch / (source.stem + '.o')
    words = [word for word in shlex.split(command) if word != 'ccache']
    words[words.index('-o') + 1] = str(made)
    words[words.index('-MF') + 1] = scratch / 'dependencies'
    words[words.index('-c') + 1] = source
    # The copy comes before the original, and is the whole of it: nothing else may be found first.
    words = [f'-I{scratch / "src"}' if word == '-I../src' else word for word in words]
    run(words, cwd=BUILD)
    return made


def build(services, scratch):
    known = json.loads((BUILD / 'compile_commands.json').read_text())
    catalogue = next(one for one in known if one['file'].endswith('services/catalogue.cpp'))
    made = [compile_here(catalogue['command'], services / name, scratch) for name in ('catalogue.cpp', 'toy/toy.cpp')]
    link = run(['ninja', '-C', BUILD, '-t', 'commands', PROGRAM]).splitlines()[-1]
    words = shlex.split(link)
    words = words[1:] if words[0].endswith('ccache') else words
    program = scratch / 'collector'
    words[words.index('-o') + 1] = str(program)
    # In front of the libraries: the old catalogue in there is then not wanted any more.
    first = next(i for i, word in enumerate(words) if word.endswith('.a'))
    run(words[:first] + made + words[first:], cwd=BUILD)
    return program


class Qualys(http.server.BaseHTTPRequestHandler):
    asked = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode()
        self.asked.append((self.path, body))
        text = {'/api/1.0/fo/toy/': EVENTS, '/msp/about.php': ABOUT}.get(self.path)
        self.send_response(404 if text is None else 200)
        self.send_header('Content-Length', str(len(text or '')))
        self.end_headers()
        self.wfile.write((text or '').encode())

    do_GET = do_POST

    def log_message(self, *_):
        pass


def serve(scratch):
    """Plays Qualys; returns its port. Its certificate is ca.pem."""
    run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
         '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
         '-keyout', scratch / 'key.pem', '-out', scratch / 'ca.pem'])
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Qualys)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(scratch / 'ca.pem', scratch / 'key.pem')
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def configuration(port, scratch):
    (scratch / 'config').mkdir()
    file = scratch / 'config' / 'config.yaml'
    file.write_text(f'''
globals: {{name: toybox, status: {{enabled: false}}}}
inputs:
  qualys:
    id: 1
    credentials: {{hostname: "localhost:{port}", username: user, password: word}}
    tls: {{ca_file: {scratch / "ca.pem"}}}
    api_versions: {{toy_list: 1.0}}
    services:
      toy:
        loudness: 7
        filters: {{colour: [red, GREEN]}}
outputs:
  console: {{type: console}}
''')
    os.chmod(file, 0o600)
    return file


def expect(condition, what):
    if not condition:
        sys.exit(what)


def main():
    with tempfile.TemporaryDirectory(prefix='qdc-toy-') as folder:
        scratch = pathlib.Path(folder)
        program = build(add_toy(scratch), scratch)
        config = configuration(serve(scratch), scratch)
        environment = {**os.environ, 'NO_PROXY': 'localhost'}

        def collector(*words):
            return subprocess.run([program, *words, '-c', config], env=environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=120)

        checked = collector('validate', '--json')
        expect(checked.returncode == 0 and json.loads(checked.stdout) == [], f'validate: {checked}')
        told = collector('doctor', '--json')
        expect('"toy"' in told.stdout and '"toy quota"' in told.stdout, f'doctor: {told}')
        expect(('/api/1.0/fo/toy/', 'action=list') in Qualys.asked, f'doctor asked {Qualys.asked}')
        planned = collector('plan')
        expect('loudness = 7' in planned.stdout and 'toy_list' in planned.stdout, f'plan: {planned}')
        pulled = collector('pull', 'toy')
        names = [json.loads(line)['NAME'] for line in pulled.stdout.splitlines()]
        expect(pulled.returncode == 0 and names == ['drum', 'kazoo'], f'pull: {pulled}')
        expect(Qualys.asked[-1] == ('/api/1.0/fo/toy/', 'action=list&colour=Red%2CGreen&loudness=7'), Qualys.asked[-1])
        helped = collector('pull', '--help')
        expect('knowledge_base or toy' in ' '.join(helped.stdout.split()), f'help: {helped}')


main()
