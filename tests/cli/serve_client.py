"""A client of `linnet serve` for the tests.

    serve_client.py CASE URL [ARGS...]

Each case is a function below. It prints nothing and exits 0, or fails with the reason.
"""
import base64
import http.client
import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time
import urllib.parse

URL = urllib.parse.urlsplit(sys.argv[2]) if len(sys.argv) > 2 else None


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def ask(method, path, body=None, headers=None, timeout=60, connected=lambda: None):
    """(status, headers, body) of one request on a connection of its own. Calls connected() before the request is sent."""
    connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=timeout)
    try:
        connection.connect()
        connected()
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def ask_json(method, path, body=None, headers=None, status=200):
    got, _, text = ask(method, path, body, headers)
    assert got == status, (path, got, text)
    return json.loads(text)


def form(files, boundary='linnet-test'):
    """(body, headers) of a form with [(file name, bytes)]."""
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
             f'Content-Type: application/octet-stream\r\n\r\n'.encode() + data + b'\r\n' for name, data in files]
    return (b''.join(parts) + f'--{boundary}--\r\n'.encode(),
            {'Content-Type': f'multipart/form-data; boundary={boundary}'})


def alive():
    assert ask_json('GET', '/healthz') == {'status': 'ok'}


# ---- the same numbers as predict -----------------------------------------------------------------------------------

FIELDS = ('label', 'predicted', 'probability', 'energy', 'unknown', 'top', 'probabilities')


def number_texts(text):
    """The probabilities as they are printed."""
    return re.findall(r'"probabilities": \[([^\]]*)\]', text)


def assert_close(got, expected):
    """The kernels of a batch may add in another order than those for one picture."""
    assert all(abs(a - b) <= 1e-5 for a, b in zip(got, expected, strict=True)), (got, expected)


def numbers(texts):
    return [float(number) for text in texts for number in text.split(',')]


def same_as_predict(predicted, *paths):
    """PREDICTED is a file with a `linnet predict --json` of each path alone, one after the other."""
    texts = number_texts(read(predicted).decode())
    assert len(texts) == len(paths), texts
    for path, expected in zip(paths, texts):
        status, _, text = ask('POST', '/predict', read(path))
        assert status == 200 and number_texts(text.decode()) == [expected], (path, expected, text)
    body, headers = form([(os.path.basename(path), read(path)) for path in paths])
    status, _, text = ask('POST', '/predict?top=2', body, headers)
    assert status == 200, text
    assert_close(numbers(number_texts(text.decode())), numbers(texts))
    answer = json.loads(text)
    assert [p['path'] for p in answer['predictions']] == [os.path.basename(path) for path in paths]
    assert all(len(p['top']) == 2 and set(FIELDS) <= set(p) for p in answer['predictions'])
    answers = [None] * (4 * len(paths))  # at the same time, so that they share batches

    def one(i):
        answers[i] = number_texts(ask('POST', '/predict', read(paths[i % len(paths)]))[2].decode())[0]
    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(answers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_close(numbers(answers), numbers(4 * texts))


def models(picture, *names):
    listed = ask_json('GET', '/models')['models']
    assert [m['name'] for m in listed] == list(names), listed
    for model in listed:
        answer = ask_json('POST', f'/predict?model={model["name"]}', read(picture))
        assert answer['model'] == model['name']
        assert len(answer['predictions'][0]['probabilities']) == len(model['classes'])
    refusal = ask_json('POST', '/predict?model=nobody', read(picture), status=404)
    assert refusal['code'] == 'serve-model', refusal


def explains(explained, *paths):
    """EXPLAINED is the `linnet explain --json` of all paths."""
    expected = json.loads(read(explained))
    body, sent = form([(os.path.basename(path), read(path)) for path in paths])
    status, _, text = ask('POST', '/predict?explain=1', body, sent)
    plain = ask('POST', '/predict', body, sent)[2].decode()
    assert status == 200, text[:500]
    assert_close(numbers(number_texts(text.decode())), numbers(number_texts(plain)))
    for p, other in zip(json.loads(text)['predictions'], expected, strict=True):
        got = p['explanation']
        assert base64.b64decode(got['map'])[:8] == b'\x89PNG\r\n\x1a\n'
        assert [got[key] for key in ('class', 'predicted', 'method', 'layer')] == \
            [other[key] for key in ('class', 'predicted', 'method', 'layer')] and got['class'] == p['top'][0]['class']
        for a, b in zip([got[key] for key in ('probability', 'logit', 'most')] + got['box'],
                        [other[key] for key in ('probability', 'logit', 'most')] + other['box'], strict=True):
            assert abs(a - b) <= 1e-4 * max(1, abs(b)), (got, other)
    last = json.loads(text)['predictions'][0]['top'][-1]['class']
    name = urllib.parse.quote(last)
    picture = read(paths[0])
    p = ask_json('POST', f'/predict?explain=1&class={name}', picture)['predictions'][0]
    assert p['explanation']['class'] == last != p['explanation']['predicted'] and p['explanation']['most'] >= 0
    assert 'explanation' not in ask_json('POST', '/predict?explain=0', picture)['predictions'][0]
    for query in ('explain=2', 'explain=', 'class=' + name, 'explain=1&class=', 'explain=1&class=nobody', 'explain=1&class=99',
                  'explain=1&class=-1', 'explain=1&class=0x'):
        assert ask('POST', '/predict?' + query, picture)[0] == 400, query
    assert ask('POST', '/predict?explain=1', b'garbage')[0] == 422
    body, sent = form([('a.png', picture), ('b.png', b'garbage')])
    good, bad = ask_json('POST', '/predict?explain=1', body, sent)['predictions']
    assert 'explanation' in good and bad['code'] == 'img-format' and 'explanation' not in bad
    body, sent = form([(f'{i}.png', picture) for i in range(9)])
    assert ask('POST', '/predict', body, sent)[0] == 200 and ask('POST', '/predict?explain=1', body, sent)[0] == 413
    together(picture)


def together(picture):
    """More explanations at the same time than the queue holds: each request gets 200 or 503."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask('POST', '/predict?explain=1', picture)[0])) for _ in range(40)]
    for thread in threads:
        thread.start()
    alive()
    for thread in threads:
        thread.join()
    assert len(answers) == 40 and set(answers) <= {200, 503} and 200 in answers, answers


# ---- who may talk to the server ------------------------------------------------------------------------------------

def hosts(picture):
    data = read(picture)
    for host in ('evil.example', f'evil.example:{URL.port}', 'localhost.evil.example', '127.0.0.1.evil.example', '',
                 'localhost:80:80', 'localhost:x', '10.0.0.1', '[::2]', f'localhost@evil.example:{URL.port}'):
        for method, path in (('GET', '/'), ('GET', '/models'), ('POST', '/predict')):
            status = ask(method, path, data if method == 'POST' else None, {'Host': host})[0]
            assert status in (400, 403), (host, path, status)
    for host in ('localhost', f'localhost:{URL.port}', f'127.0.0.1:{URL.port}', '[::1]:9000', 'LOCALHOST', 'friend.example',
                 'friend.example:80', 'exact.example:81'):
        assert ask('POST', '/predict', data, {'Host': host})[0] == 200, host
    assert ask('GET', '/', None, {'Host': 'exact.example:82'})[0] == 403
    own = f'localhost:{URL.port}'
    for origin in ('http://evil.example', 'null', 'http://localhost:1', f'http://{own}.evil.example', f'ftp://{own}', ''):
        assert ask('POST', '/predict', data, {'Host': own, 'Origin': origin})[0] == 403, origin
    for origin in (f'http://{own}', f'https://{own}'):
        assert ask('POST', '/predict', data, {'Host': own, 'Origin': origin})[0] == 200, origin


def headers(_):
    for path in ('/', '/page.js', '/models', '/nothing', '/healthz'):
        _, got, _ = ask('GET', path)
        assert "default-src 'none'" in got['Content-Security-Policy'], path
        assert "frame-ancestors 'none'" in got['Content-Security-Policy']
        assert got['X-Content-Type-Options'] == 'nosniff' and got['Referrer-Policy'] == 'no-referrer'
        assert not [name for name in got if name.lower().startswith('access-control-')]
    page = ask('GET', '/')[2].decode()
    for outside in ('http://', 'https://', 'style=', 'onclick', '<script>'):
        assert outside not in page, outside


def token(secret, picture):
    data = read(picture)
    for free in ('/', '/page.css', '/page.js', '/healthz', '/openapi.json'):
        assert ask('GET', free)[0] == 200, free
    for wrong in (None, secret, f'Basic {secret}', f'Bearer {secret}x', f'Bearer {secret[:-1]}', 'Bearer ', f'Bearer x{secret[1:]}'):
        sent = {} if wrong is None else {'Authorization': wrong}
        for method, path in (('GET', '/models'), ('GET', '/metrics'), ('POST', '/predict')):
            status, got, _ = ask(method, path, data if method == 'POST' else None, sent)
            assert status == 401 and got['WWW-Authenticate'] == 'Bearer', (wrong, path, status)
    assert ask('POST', '/predict', data, {'Authorization': f'Bearer {secret}'})[0] == 200


# ---- what must not end the server ----------------------------------------------------------------------------------

def memory_of(pid):
    return int(re.search(r'VmRSS:\s+(\d+)', read(f'/proc/{pid}/status').decode())[1]) / 1024


def raw(data, timeout=10):
    """The first line of the answer to these bytes, "" if the connection was closed."""
    with socket.create_connection((URL.hostname, URL.port), timeout=timeout) as s:
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server answered and closed before it had everything
        try:
            return s.makefile('rb').readline().decode('latin-1').strip()
        except OSError:
            return ''


def too_long(head):
    """A head that the server does not read to its end gets 4xx, or nothing if the connection is closed before the answer arrives."""
    answers = [raw(head) for _ in range(10)]
    assert all(not answer or re.search(' (400|413|414|431) ', answer) for answer in answers), answers
    assert any(answers), 'no answer arrived'


def limits(pid, picture):
    before = memory_of(pid)
    head = f'POST /predict HTTP/1.1\r\nHost: localhost\r\n'
    for length in (1 << 30, 1 << 40, (1 << 20) + 1):
        assert ' 413 ' in raw(f'{head}Content-Length: {length}\r\n\r\n'.encode()), length
    with socket.create_connection((URL.hostname, URL.port), timeout=10) as s:  # a client that sends the body regardless
        s.sendall(f'{head}Content-Length: {1 << 30}\r\n\r\n'.encode())
        sent = 0
        try:
            while sent < 1 << 30:
                sent += s.send(bytes(1 << 20))
        except OSError:
            pass
        assert sent < 1 << 28, sent
    assert memory_of(pid) < before + 16, (before, memory_of(pid))
    assert ' 4' in raw(f'{head}Content-Length: 99999999999999999999999\r\n\r\n'.encode())
    assert ' 4' in raw(f'{head}Content-Length: -1\r\n\r\n'.encode())
    assert ' 411 ' in raw(f'{head}Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n'.encode())
    too_long(f'GET / HTTP/1.1\r\nHost: localhost\r\nX: {"x" * 100000}\r\n\r\n'.encode())
    too_long(f'GET /{"x" * 100000} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
    for path in ('/../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/v2/models/..%2f..%2fetc', '//', '/page.js/', '/predict/..'):
        assert ask('GET', path)[0] == 404, path
    assert ask('DELETE', '/predict')[0] == 405 and ask('GET', '/predict')[0] == 405
    assert ask('POST', '/predict', b'')[0] == 400
    assert ask('POST', '/predict?top=0', read(picture))[0] == 400
    assert ask('POST', '/predict?top=x', read(picture))[0] == 400
    body, sent = form([(f'{i}.png', read(picture)) for i in range(5)])
    assert ask('POST', '/predict', body, sent)[0] == 413  # --max-images 4
    names = ['../../etc/passwd', 'a"b', 'x' * 1000, '\x1b[31m', '..']
    for name in names:
        body, sent = form([(name, read(picture))])
        assert ask('POST', '/predict', body, sent)[0] in (200, 400), name
    alive()


def bombs(*paths):
    for path in paths:
        got = ask_json('POST', '/predict', read(path), status=422)
        assert got['predictions'][0]['code'].startswith('img-'), got
    alive()


def slow(picture, count):
    """Clients that send a byte now and then, half of them in the header, half in the body, beside a fast one."""
    clients = []
    for i in range(int(count)):
        s = socket.create_connection((URL.hostname, URL.port), timeout=10)
        s.sendall(b'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n' + (b'\r\nx' if i % 2 else b'X-Slow: '))
        clients.append(s)
    began = time.monotonic()
    for _ in range(5):
        for s in clients[::20]:
            try:
                s.sendall(b'x')
            except OSError:
                pass  # its time was up already
        assert ask('POST', '/predict', read(picture), timeout=20)[0] == 200
    assert time.monotonic() - began < 15
    # Clients that keep sending are cut off too, when their time (--timeout 3s) is up.
    end, open_ones = time.monotonic() + 30, clients
    while open_ones and time.monotonic() < end:
        time.sleep(0.5)
        still = []
        for s in open_ones:
            try:
                s.sendall(b'x')
                still.append(s)
            except OSError:
                s.close()
        open_ones = still
    assert not open_ones, f'{len(open_ones)} of {count} slow clients are still connected'
    alive()


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at:at] = rng.choice([b'\r\n', b'--', b'"', b'\\', b';', b'\0', b'--linnet-test', b'\r\n--linnet-test--', b'='])
        elif kind == 2:
            del data[at:at + rng.randrange(40)]
        elif kind == 3:
            data[at:at] = data[max(0, at - 60):at]
        else:
            del data[at:]
    return bytes(data)


def garbage(picture, count):
    """Mutated requests: whole ones with a mutated form, and bytes that are hardly HTTP."""
    rng = random.Random(7)
    body, sent = form([('a.png', read(picture)), ('b.png', b'none')])
    whole = (f'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {sent["Content-Type"]}\r\n'
             f'Content-Length: {len(body)}\r\n\r\n').encode() + body
    seen = set()
    for i in range(int(count)):
        if i % 3 == 0:
            raw(mutate(rng, whole[:600]), timeout=1)
        else:
            seen.add(ask('POST', '/predict', mutate(rng, body), sent)[0])
    assert seen <= {200, 400, 413, 422}, seen
    assert {200, 400} & seen, seen
    alive()


# ---- the end, and what is counted ----------------------------------------------------------------------------------

def drain(pid, picture, count, name):
    """Requests that are queued when the signal arrives are answered. All are connected before."""
    data, answers, explained = read(picture), [], []
    ready = threading.Barrier(int(count) + 2).wait

    def one():
        body, sent = form([(f'{i}.png', data) for i in range(8)])
        answers.append(ask('POST', '/predict', body, sent, connected=ready)[0])
    threads = [threading.Thread(target=lambda: explained.append(ask('POST', '/predict?explain=1', data, connected=ready)))]
    threads += [threading.Thread(target=one) for _ in range(int(count))]
    for thread in threads:
        thread.start()
    ready()
    end = time.monotonic() + 20
    while time.monotonic() < end and b'linnet_queue_depth 0' in ask('GET', '/metrics')[2] and len(answers) == 0:
        pass
    os.kill(int(pid), signal.Signals['SIG' + name])
    for thread in threads:
        thread.join()
    assert len(answers) == int(count) and set(answers) <= {200, 503} and 200 in answers, answers
    status, _, text = explained[0]
    explanation = json.loads(text)['predictions'][0]['explanation'] if status == 200 else {'code': 'serve-stopping'}
    assert status in (200, 503) and ('map' in explanation or explanation['code'] == 'serve-stopping'), (status, text[:300])


def metrics(picture):
    data = read(picture)
    for _ in range(3):
        ask('POST', '/predict', data)
    ask('POST', '/predict', b'garbage')
    ask('GET', '/nothing')
    status, got, text = ask('GET', '/metrics')
    assert status == 200 and got['Content-Type'].startswith('text/plain; version=0.0.4'), got
    values, types = {}, {}
    for line in text.decode().splitlines():
        if line.startswith('# TYPE '):
            types[line.split()[2]] = line.split()[3]
        elif not line.startswith('#'):
            match = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? (-?[\d.e+-]+|NaN|\+Inf)', line)
            assert match, line
            values[match[1] + (match[2] or '')] = float(match[3])
            assert re.sub('_(bucket|sum|count)$', '', match[1]) in types or match[1] in types, line
    assert values['linnet_requests_total{path="/predict",status="200"}'] == 3
    assert values['linnet_requests_total{path="/predict",status="422"}'] == 1
    assert values['linnet_requests_total{path="other",status="404"}'] == 1
    assert values['linnet_images_total{outcome="predicted"}'] == 3
    assert values['linnet_images_total{outcome="refused"}'] == 1
    assert values['linnet_batch_size_bucket{le="+Inf"}'] == values['linnet_batch_size_count'] == 4
    assert values['linnet_request_seconds_count'] == 5 and values['linnet_queue_depth'] == 0
    assert types['linnet_batch_size'] == 'histogram' and types['linnet_queue_depth'] == 'gauge'


def full(picture, count):
    """More pictures at the same time than --max-queue: 503 with Retry-After, and the others are answered."""
    body, sent = form([(f'{i}.png', read(picture)) for i in range(4)])
    answers = []

    def one():
        status, got, _ = ask('POST', '/predict', body, sent)
        answers.append((status, got.get('Retry-After')))
    threads = [threading.Thread(target=one) for _ in range(int(count))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {(200, None), (503, '1')} and (200, None) in answers, answers
    alive()


def openapi(*paths):
    """The file names every path of the server (PATHS, "METHOD /path") and no other; references resolve."""
    doc = ask_json('GET', '/openapi.json')
    named = {f'{method.upper()} {path}' for path, methods in doc['paths'].items() for method in methods}
    pages = {'GET /', 'GET /page.css', 'GET /page.js', 'GET /evidence.js', 'GET /icon.svg', 'GET /openapi.json', 'GET /common.js',
             'GET /chart.js', 'GET /runs', 'GET /runs.css', 'GET /runs.js'}
    assert named | pages == set(paths), named ^ set(paths)
    schemas = doc['components']['schemas']
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(doc)):
        assert name in schemas, name


if __name__ == '__main__':
    globals()[sys.argv[1]](*sys.argv[3:])
