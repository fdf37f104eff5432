"""Certificates as a user makes them, with the openssl command."""
import subprocess


def make(folder):
    """Into `folder`, each as NAME.crt and NAME.key: `ca` and, signed by it, `server` (for localhost), `collector` and
    `unlisted`, which no receiver permits; `stranger_ca` and, signed by it, `stranger`, which calls itself collector too."""
    folder.mkdir()
    for authority in ('ca', 'stranger_ca'):
        _openssl(folder, 'req', '-x509', *_new_key(authority), '-subj', f'/CN={authority}',
                 '-days', '2', '-out', f'{authority}.crt')
    _signed(folder, 'server', 'ca', 'localhost', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
    _signed(folder, 'collector', 'ca', 'collector', 'extendedKeyUsage=clientAuth')
    _signed(folder, 'unlisted', 'ca', 'unlisted', 'extendedKeyUsage=clientAuth')
    _signed(folder, 'stranger', 'stranger_ca', 'collector', 'extendedKeyUsage=clientAuth')


def _signed(folder, name, authority, common_name, extension):
    _openssl(folder, 'req', *_new_key(name), '-subj', f'/CN={common_name}', '-out', f'{name}.csr')
    (folder / f'{name}.ext').write_text(extension + '\n')
    _openssl(folder, 'x509', '-req', '-in', f'{name}.csr', '-CA', f'{authority}.crt', '-CAkey', f'{authority}.key',
             '-CAcreateserial', '-days', '2', '-extfile', f'{name}.ext', '-out', f'{name}.crt')


def _new_key(name):
    return '-newkey', 'rsa:2048', '-nodes', '-keyout', f'{name}.key'


def _openssl(folder, *arguments):
    done = subprocess.run(['openssl', *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise AssertionError(f'openssl {" ".join(arguments)} failed:\n{done.stderr}')
