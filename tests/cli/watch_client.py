"""A client of `linnet serve RUN` for the tests: watch_client.py CASE URL [ARGS...]"""
import base64
import http.client
import json
import os
import re
import sys
import threading
import time
import urllib.parse

URL = urllib.parse.urlsplit(sys.argv[2])


def ask(path, headers=None, method='GET'):
    connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=20)
    try:
        connection.request(method, path, None, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def ask_json(path, status=200):
    got, headers, text = ask(path)
    assert got == status and headers['X-Content-Type-Options'] == 'nosniff', (path, got, text[:300])
    return json.loads(text)


def run_json(name, status=200):
    return ask_json(f'/runs/{urllib.parse.quote(name)}.json', status)


def states(folder):
    listed = ask_json('/runs.json')
    got = {run['name']: run['state'] for run in listed['runs']}
    assert got == {'training': 'training', 'dead': 'dead', 'stopped': 'stopped', 'failed': 'failed', 'finished': 'finished',
                   'old': 'finished', '이름': 'stopped'}, got
    assert listed['models'] == 0 and listed['folder'] is True
    run = run_json('training')
    assert run['arch'] == 'resnet18' and run['data'] == '/data/고양이와 개' and run['planned'] == 30 and run['done'] == 3, run
    assert run['history']['epoch'] == [1, 2, 3] and run['history']['val_loss'][2] is None and run['history']['lr'] == [0.01] * 3
    assert run['best_epoch'] == 3 and run['progress']['step'] == 12 and run['progress']['eta_s'] == 650
    assert run['progress']['resumed_epoch'] == 2 and 0 <= run['age_s'] < 600 and run['problem'] is None
    assert [m['path'] for m in run['mistakes']] == ['고양이/1.jpg', 'a,"b".jpg'] and run['mistakes'][1]['predicted'].startswith('아주')
    assert set(run['pictures']) == {'train_batch.png', 'worst_mistakes.png'}
    assert run['settings']['lr'] == '0.015' and run['settings']['strict'] == 'false'
    assert run_json('finished')['test_acc'] == 0.9 and run_json('old')['test_acc_low'] == 0.87
    assert 'smaller --lr' in run_json('failed')['progress']['message']
    assert run_json('link', 404)['code'] == 'serve-run' and run_json('no_run', 404)
    unchanged(folder)
    pictures(folder)
    begins(folder)


def unchanged(folder):
    """304 without a body until a file changes; a run that is resumed later shows."""
    for path in ('/runs.json', '/runs/dead.json', '/runs/dead/train_batch.png'):
        etag = ask(path)[1]['ETag']
        status, headers, body = ask(path, {'If-None-Match': etag})
        assert (status, body, headers['ETag']) == (304, b'', etag), path
        assert ask(path, {'If-None-Match': '"0"'})[0] == 200
    etag = ask('/runs/dead.json')[1]['ETag']
    with open(os.path.join(folder, 'dead', 'results.csv'), 'a') as file:
        file.write('4,50,0.01,1,0.5,1,0.5,60\n')
    status, headers, body = ask('/runs/dead.json', {'If-None-Match': etag})
    assert status == 200 and headers['ETag'] != etag and json.loads(body)['done'] == 4


def pictures(folder):
    with open(os.path.join(folder, 'dead', 'train_batch.png'), 'rb') as file:
        content = file.read()
    status, headers, body = ask('/runs/dead/train_batch.png')
    assert (status, headers['Content-Type'], body) == (200, 'image/png', content)
    for path in ('/runs/dead/results.csv', '/runs/dead/args.json', '/runs/dead/best.safetensors', '/runs/dead/..', '/runs/dead/.',
                 '/runs/dead/worst_mistakes.png', '/runs/../dead/train_batch.png', '/runs/..%2fdead/train_batch.png', '/runs/%2e%2e.json',
                 '/runs/..json', '/runs/dead%00.json', '/runs/link/train_batch.png', '/runs//train_batch.png'):
        status, _, body = ask(path)
        assert status == 404 and b'error' in body, (path, status, body[:200])
    assert ask('/runs/dead.json', method='POST')[0] == 405


def begins(folder):
    """A new run appears without a restart of the server, and a removed one disappears."""
    os.makedirs(os.path.join(folder, 'later'))
    with open(os.path.join(folder, 'later', 'args.json'), 'w') as file:
        file.write('{"model": "lenet"}')
    assert run_json('later')['state'] == 'stopped' and 'later' in [run['name'] for run in ask_json('/runs.json')['runs']]
    os.remove(os.path.join(folder, 'later', 'args.json'))
    run_json('later', 404)


def hostile(_):
    """The answer for every folder is JSON; a fault is reported in one line."""
    runs = ask_json('/runs.json')['runs']
    assert len(runs) > 80, len(runs)
    for run in runs:
        one = run_json(run['name'])
        assert one['problem'] is None or '\n' not in one['problem'], one['problem']
        ask(f'/runs/{urllib.parse.quote(run["name"])}/train_batch.png')
    for name, line in (('deep', 'args.json is not the JSON'), ('cut', 'args.json is not'), ('rows', 'row 1 is not'), ('words', 'row 1 is not'),
                       ('header', 'header'), ('links', 'links are not followed'), ('pipes', 'not a regular file'), ('huge', 'bytes'),
                       ('folders', 'progress.json')):
        assert line in run_json(name)['problem'], (name, run_json(name)['problem'])
    assert run_json('links')['done'] == 0 and run_json('links')['pictures'] == {}
    for name in ('links', 'pipes', 'huge'):
        assert ask(f'/runs/{name}/train_batch.png')[0] == 404, name
    assert run_json('a"b<i>&amp; c')['name'] == 'a"b<i>&amp; c'
    assert ask_json('/healthz') == {'status': 'ok'}


def guard(secret):
    for host in ('evil.example', '', '127.0.0.1.evil.example'):
        for path in ('/', '/runs', '/runs.json', '/runs/training.json', '/runs/training/train_batch.png'):
            assert ask(path, {'Host': host})[0] in (400, 403), (host, path)
    for path in ('/runs.json', '/runs/dead.json', '/runs/dead/train_batch.png'):
        assert ask(path, {'Authorization': f'Bearer {secret}x'})[0] == 401, path
        assert ask(path, {'Authorization': f'Bearer {secret}', 'Origin': 'http://evil.example'})[0] == 403, path
        status, headers, _ = ask(path, {'Authorization': f'Bearer {secret}'})
        assert status == 200 and "default-src 'none'" in headers['Content-Security-Policy'], path
    for path in ('/runs', '/runs.js', '/runs.css', '/common.js', '/chart.js'):
        status, _, body = ask(path)
        text = body.decode().replace('http://www.w3.org/2000/svg', '')
        assert status == 200 and not re.search('https?://|style="|onclick|innerHTML', text), path


def both(name):
    """A trained run is a model and a run."""
    models, runs = ask_json('/models'), ask_json('/runs.json')
    assert [m['name'] for m in models['models']] == [name] and models['runs'] is True and runs['models'] == 1
    assert [(run['name'], run['state']) for run in runs['runs']] == [(name, 'finished')]
    assert b'Which class is it?' in ask('/')[2] and b'Lay over' in ask('/runs')[2]


def png_size(data):
    assert data[:8] == b'\x89PNG\r\n\x1a\n', data[:8]
    return int.from_bytes(data[16:20], 'big'), int.from_bytes(data[20:24], 'big')


def explains(folder, data):
    """Each mistake has its photo and its map, kept until the model changes; the map of the data; paths that do not exist."""
    run = run_json('one')
    count = len(run['mistakes'])
    assert run['explains'] is True and count > 1 and 'map.png' in run['pictures'], run
    for i, mistake in enumerate(run['mistakes']):
        got = ask_json(f'/runs/one/mistakes/{i + 1}.json')
        assert (got['path'], got['label'], got['class']) == (mistake['path'], mistake['label'], mistake['predicted']), (got, mistake)
        assert abs(got['probability'] - mistake['probability']) < 1e-4, (got['probability'], mistake)
        sizes = [png_size(base64.b64decode(got[key])) for key in ('photo', 'map')]
        times = -(-max(got['width'], got['height']) // 320)
        assert sizes[0] == (got['width'] // times, got['height'] // times) and max(sizes[1]) == 320, (sizes, got['width'], got['height'])
    first = ask('/runs/one/mistakes/1.json')
    assert ask('/runs/one/mistakes/1.json', {'If-None-Match': first[1]['ETag']})[0] == 304
    assert ask('/runs/one/mistakes/1.json')[2] == first[2]
    for path in ('0', '11', '-1', '1x', '1.5', '99999999999999999999', '%00', '../1'):
        assert ask(f'/runs/one/mistakes/{path}.json')[0] == 404, path
    assert ask('/runs/none/mistakes/1.json')[0] == 404 and ask('/runs/one/mistakes/1.json', method='POST')[0] == 405
    with open(os.path.join(folder, 'embed', 'map.png'), 'rb') as file:
        assert ask('/runs/one/map.png')[2] == file.read()
    os.utime(os.path.join(folder, 'best.safetensors')) # another model: nothing is kept
    together(count)
    broken(folder, data)


def together(count):
    """More requests at the same time than the queue holds: each gets 200 or 503, and other requests do not wait."""
    answers = []
    threads = [threading.Thread(target=lambda n=n: answers.append(ask(f'/runs/one/mistakes/{n % count + 1}.json')[0])) for n in range(40)]
    for thread in threads:
        thread.start()
    assert ask_json('/healthz') == {'status': 'ok'}
    for thread in threads:
        thread.join()
    assert len(answers) == 40 and set(answers) <= {200, 503} and 200 in answers, answers


def broken(folder, data):
    """Links, other models and data that are gone: a line each, and the server goes on."""
    os.rename(os.path.join(folder, 'embed'), os.path.join(folder, 'elsewhere'))
    os.symlink('elsewhere', os.path.join(folder, 'embed'))
    assert ask('/runs/one/map.png')[0] == 404 and 'map.png' not in run_json('one')['pictures']
    best = os.path.join(folder, 'best.safetensors')
    os.rename(data, data + '.gone')
    os.utime(best)
    status, _, body = ask('/runs/one/mistakes/1.json')
    assert status == 422 and b'data' in body, (status, body[:300])
    os.rename(data + '.gone', data)
    ask_json('/runs/one/mistakes/1.json')
    with open(os.path.join(folder, 'worst_mistakes.csv'), 'w') as file:
        file.write('epoch,path,label,predicted,probability,loss\n1,gone/1.jpg,고양이,개,0.9,3\n1,/etc/passwd,고양이,개,0.9,3\n')
    for number in (1, 2):
        assert ask_json(f'/runs/one/mistakes/{number}.json', 422)['code'] == 'serve-image'
    os.rename(best, best + '.file')
    os.symlink('best.safetensors.file', best)
    assert run_json('one')['explains'] is False and ask('/runs/one/mistakes/1.json')[0] == 404
    os.remove(best)
    with open(best, 'wb') as file:
        file.write(b'not a model')
    assert ask_json('/runs/one/mistakes/1.json', 422)['code']
    assert ask_json('/healthz') == {'status': 'ok'}


def follow(*_):
    """Follows a run to its end: the last answer is the finished run."""
    seen, done = [], []
    while True:
        try:
            runs = ask_json('/runs.json')['runs']
            if runs:
                run = run_json(runs[0]['name'])
                seen.append(run['state'])
                assert run['explains'] is False
                done.append(run['done'])
        except OSError:
            break
        time.sleep(0.2)
    assert 'training' in seen and seen[-1] == 'finished' and done == sorted(done), (seen, done)


globals()[sys.argv[1]](*(sys.argv[3:] or [None]))
