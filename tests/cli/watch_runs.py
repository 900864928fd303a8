"""Run folders for the tests of `linnet serve RUN`.

    watch_runs.py good FOLDER      one run in each state; prints nothing and stays, holding the lock of the run `training`
    watch_runs.py hostile FOLDER   run folders whose files are not what a run writes
"""
import fcntl
import json
import os
import random
import struct
import sys
import time
import zlib

HEADER = 'epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,images_per_s\n'


def png(width=40, height=30):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + bytes((x * 6 + y) % 256 for x in range(width)) for y in range(height))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def put(folder, name, content):
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def progress(**more):
    fields = {'state': 'training', 'part': 'train', 'watched': 'val', 'epoch': 4, 'epochs': 30, 'step': 12, 'steps': 40,
              'loss': 0.41, 'acc': 0.82, 'lr': 0.015, 'images_per_s': 61.5, 'time_s': 75.2, 'eta_s': 650, 'best_epoch': 2,
              'resumed_epoch': 0, 'locked': True, 'message': None}
    return json.dumps({**fields, **more}, indent=2)


def results(epochs):
    rows = (f'{i},{10.5 * i:.3f},0.01,{2 / i:.9g},{1 - 0.9 / i:.9g},{"nan" if i == 3 else 2.1 / i},{1 - 1 / i},60.{i % 10}\n'
            for i in range(1, epochs + 1))
    return HEADER + ''.join(rows)


def run(base, name, epochs=3, args=None, live=None):
    folder = os.path.join(base, name)
    os.makedirs(folder)
    put(folder, 'args.json', json.dumps({'data': '/data/고양이와 개', 'model': 'resnet18', 'epochs': 30, 'lr': 0.015, 'strict': False,
                                         'weights': None, 'seed': 7} if args is None else args, ensure_ascii=False))
    put(folder, 'results.csv', results(epochs))
    put(folder, 'train_batch.png', png())
    if live:
        put(folder, 'progress.json', live)
    return folder


def mistakes(folder):
    put(folder, 'worst_mistakes.png', png())
    put(folder, 'worst_mistakes.csv', 'epoch,path,label,predicted,probability,loss\n3,고양이/1.jpg,고양이,개,0.99,4.6\n'
        '3,"a,""b"".jpg",개,아주_긴_이름의_고양이_품종_하나,0.91,2.4\n')


def test_files(folder):
    put(folder, 'metrics.json', json.dumps({'count': 400, 'loss': 0.3, 'acc': 0.9, 'acc_low': 0.87, 'acc_high': 0.92,
                                            'classes': ['고양이', '개'], 'confusion': [[180, 20], [20, 180]]}))
    put(folder, 'top_losses.png', png())
    put(folder, 'confusion_matrix.png', png())


def good(base):
    training = run(base, 'training', live=progress(resumed_epoch=2))
    mistakes(training)
    run(base, 'dead', live=progress())
    run(base, 'stopped', live=progress(state='stopped', part=None))
    run(base, 'failed', live=progress(state='failed', part=None, message='step 9: loss is nan; a smaller --lr may help'))
    test_files(run(base, 'finished', 30, live=progress(state='finished', part=None, epoch=30)))
    test_files(run(base, 'old', 12))
    run(base, '이름', live=progress(state='stopped'))
    os.makedirs(os.path.join(base, 'no_run'))
    os.symlink('finished', os.path.join(base, 'link'))
    lock = os.open(training, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    print('locked', flush=True)
    while os.getppid() != 1:
        time.sleep(0.2)


def hostile(base):
    for name, content in (('deep', '[' * 100000), ('deep_object', '{"a":' * 100000), ('cut', '{"model": "resn'), ('empty', ''),
                          ('array', '[1, 2]'), ('nul', '{"model": "a\0b"}'), ('numbers', '{"epochs": 1e999, "lr": -, "x": 00}'),
                          ('latin', b'{"model": "\xff\xfe"}'), ('many', '{' + ','.join(f'"k{i}": "{"v" * 300}"' for i in range(2000)) + '}'),
                          ('types', '{"state": 7, "epoch": "x", "epochs": {}, "locked": "no", "loss": [1], "message": {"a": 1}, "acc": null}')):
        folder = run(base, name)
        for file in ('args.json', 'progress.json', 'metrics.json'):
            put(folder, file, content)
    for name, content in (('rows', HEADER + '1,2,3\n'), ('words', HEADER + 'a,b,c,d,e,f,g,h\n'), ('header', 'a,b\n1,2\n'),
                          ('long', HEADER + '1' * 3000000), ('nothing', ''), ('infinite', HEADER + '1,inf,nan,-inf,1e999,-0,nan,0\n'),
                          ('minus', HEADER + '-1,1,1,1,1,1,1,1\n'), ('epochs', results(30000)[:4000000])):
        put(run(base, name, live=progress()), 'results.csv', content)
        put(os.path.join(base, name), 'worst_mistakes.csv', content)
    links = run(base, 'links')
    put(base, 'outside.json', '{"model": "outside"}')
    put(base, 'outside.png', png())
    for file in ('results.csv', 'progress.json', 'metrics.json', 'worst_mistakes.csv'):
        if os.path.exists(os.path.join(links, file)):
            os.remove(os.path.join(links, file))
        os.symlink('../outside.json', os.path.join(links, file))
    os.remove(os.path.join(links, 'train_batch.png'))
    os.symlink('../outside.png', os.path.join(links, 'train_batch.png'))
    pipes = run(base, 'pipes')
    for file in ('results.csv', 'train_batch.png'):
        os.remove(os.path.join(pipes, file))
    for file in ('results.csv', 'progress.json', 'metrics.json', 'worst_mistakes.csv', 'train_batch.png'):
        os.mkfifo(os.path.join(pipes, file))
    huge = run(base, 'huge')
    for file in ('results.csv', 'progress.json', 'metrics.json', 'train_batch.png'):
        with open(os.path.join(huge, file), 'wb') as out:
            out.truncate(1 << 33)
    folders = run(base, 'folders')
    for file in ('progress.json', 'metrics.json', 'worst_mistakes.png'):
        os.mkdir(os.path.join(folders, file))
    run(base, 'a"b<i>&amp; c')
    run(base, 'x' * 200)
    random.seed(1)
    whole = {'args.json': json.dumps({'model': 'lenet', 'epochs': 3}).encode(), 'progress.json': progress().encode(),
             'results.csv': results(5).encode(), 'metrics.json': b'{"acc": 0.5, "acc_low": 0.4}'}
    for i in range(60):
        folder = run(base, f'mutated{i}')
        for file, content in whole.items():
            bytes_ = bytearray(content)
            for _ in range(random.randint(1, 8)):
                bytes_[random.randrange(len(bytes_))] = random.randrange(256)
            put(folder, file, bytes(bytes_[:random.randint(0, len(bytes_))]) if i % 3 == 0 else bytes(bytes_))


{'good': good, 'hostile': hostile}[sys.argv[1]](sys.argv[2])
