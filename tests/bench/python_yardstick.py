#!/usr/bin/python3
"""What a collector in Python does with the same page: the libraries and the habits of the official one, in one process.

    python_yardstick.py QUALYS_PORT DEVO_PORT CERTS

requests takes the whole page, xmltodict makes a tree of it, each detection becomes a dictionary and a line of JSON, and
each line is one TLS write behind two calls of select(), as in Devo's SDK. The official collector does more: a queue between
two processes, state, logs. Needs python3-requests and python3-xmltodict; exit status 3 says that one is missing.
"""
import json
import select
import socket
import ssl
import sys
import time

try:
    import requests
    import xmltodict
except ImportError as missing:
    print(missing)
    sys.exit(3)


def connect(port, certs):
    context = ssl.create_default_context(cafile=f'{certs}/chain.crt')
    context.load_cert_chain(f'{certs}/domain.crt', f'{certs}/domain.key')
    return context.wrap_socket(socket.create_connection(('localhost', port)), server_hostname='localhost')


def as_list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def events(page):
    hosts = xmltodict.parse(page)['HOST_LIST_VM_DETECTION_OUTPUT']['RESPONSE']['HOST_LIST']['HOST']
    for host in as_list(hosts):
        detections = host.pop('DETECTION_LIST') or {}
        for detection in as_list(detections.get('DETECTION')):
            yield {**host, 'DETECTION': detection}


def send(devo, line):
    select.select([], [devo], [], 5)
    devo.sendall(line)
    select.select([devo], [], [], 0)


def main(qualys_port, devo_port, certs):
    devo = connect(int(devo_port), certs)
    answer = requests.get(
        f'https://localhost:{qualys_port}/api/5.0/fo/asset/host/vm/detection/?action=list', verify=f'{certs}/qualys-ca.crt',
        auth=('user', 'password'), headers={'X-Requested-With': 'yardstick'}, timeout=300)
    name = socket.gethostname()
    pulling_id = str(int(time.time() * 1000))
    for event in events(answer.content):
        event['@devo_pulling_id'] = pulling_id
        now = time.strftime('%Y-%m-%d %H:%M:%S.000', time.gmtime())
        text = json.dumps(event, ensure_ascii=False, separators=(',', ':'))
        send(devo, f'<14>{now} {name} vuln.qualys.hostdetections: {text}\n'.encode())
    devo.unwrap().close()


main(*sys.argv[1:])
