"""A client of the Open Inference Protocol of `linnet serve` for the tests.

    serve_infer_client.py CASE URL [ARGS...]

Each case is a function below. It prints nothing and exits 0, or fails with the reason.
"""
import base64
import json
import random
import struct
import sys

from serve_client import alive, ask, ask_json, assert_close, mutate, read

INFER = '/v2/models/tiny/infer'


def tensor(name, datatype, shape, **more):
    return {'name': name, 'datatype': datatype, 'shape': shape, **more}


def infer(inputs, status=200, binary=b'', path=INFER, **more):
    head = json.dumps({'inputs': inputs, **more}).encode()
    sent = {'Inference-Header-Content-Length': str(len(head))} if binary else {}
    return ask_json('POST', path, head + binary, sent, status)


def v2(pixels, *paths):
    """The flow of a client. PIXELS: a PPM file with the pixels of the first picture."""
    assert ask_json('GET', '/v2/health/live') == {'live': True}
    assert ask_json('GET', '/v2/health/ready') == {'ready': True}
    assert ask_json('GET', '/v2')['name'] == 'linnet'
    assert ask_json('GET', '/v2/models/tiny/ready') == {'ready': True}
    assert ask('GET', '/v2/models/nobody/ready')[0] == 404 and ask('GET', '/v2/models/nobody')[0] == 404
    assert ask('POST', '/v2/models/nobody/infer', b'{}')[0] == 404
    about = ask_json('GET', '/v2/models/tiny')
    assert [(t['name'], t['datatype']) for t in about['inputs']] == [('image', 'BYTES'), ('pixels', 'UINT8')]
    assert [t['name'] for t in about['outputs']] == ['probabilities', 'logits', 'label']
    classes = about['outputs'][0]['shape'][1]
    data = [read(path) for path in paths]
    expected = [ask_json('POST', '/predict', d)['predictions'][0] for d in data]
    files = [base64.b64encode(d).decode() for d in data]
    n = len(files)

    def check(answer, count=n):
        assert answer['model_name'] == 'tiny', answer
        outputs = {o['name']: o for o in answer['outputs']}
        assert outputs['probabilities']['shape'] == [count, classes] and outputs['label']['shape'] == [count]
        assert_close(outputs['probabilities']['data'], [p for e in expected[:count] for p in e['probabilities']])
        assert outputs['label']['data'] == [e['predicted'] for e in expected[:count]]
        assert len(outputs['logits']['data']) == count * classes
    check(infer([tensor('image', 'BYTES', [n], data=files)]))
    check(infer([tensor('image', 'BYTES', [n, 1], data=[[f] for f in files])]))
    check(infer([{'data': files, 'shape': [n], 'datatype': 'BYTES', 'name': 'image', 'parameters': {'content_type': 'base64'}}],
                parameters={'a': [1, {'b': None}]}, id='x'))
    answer = infer([tensor('image', 'BYTES', [1], data=files[:1])], id='한 "7"', outputs=[{'name': 'label'}])
    assert answer['id'] == '한 "7"' and [o['name'] for o in answer['outputs']] == ['label'], answer
    elements = b''.join(struct.pack('<I', len(d)) + d for d in data)
    check(infer([tensor('image', 'BYTES', [n], parameters={'binary_data_size': len(elements)})], binary=elements))
    magic, size, high, rgb = read(pixels).split(b'\n', 3)
    width, height = map(int, size.split())
    assert (magic, high) == (b'P6', b'255') and len(rgb) == width * height * 3
    check(infer([tensor('pixels', 'UINT8', [1, height, width, 3], data=list(rgb))]), 1)
    check(infer([tensor('pixels', 'UINT8', [1, height, width, 3], parameters={'binary_data_size': len(rgb)})], binary=rgb), 1)

    for bad in ([], [tensor('image', 'BYTES', [1], data=files[:1])] * 2, [tensor('image', 'BYTES', [2], data=files[:1])],
                [tensor('image', 'BYTES', [1], data=files[:2])], [tensor('image', 'BYTES', [0], data=[])],
                [tensor('image', 'BYTES', [-1], data=[])], [tensor('image', 'BYTES', [1, 2], data=files[:2])],
                [tensor('image', 'BYTES', [1], data=['not base64!'])], [tensor('image', 'BYTES', [1])],
                [tensor('image', 'FP32', [1], data=[1.5])], [tensor('other', 'BYTES', [1], data=files[:1])],
                [tensor('pixels', 'UINT8', [1, 1, 1, 3], data=[0, 256, 0])], [tensor('pixels', 'UINT8', [1, 1, 1, 3], data=[0, 0])],
                [tensor('pixels', 'UINT8', [1, 1, 1, 1], data=[0])], [tensor('pixels', 'UINT8', [1, 1 << 40, 1 << 40, 3], data=[0])],
                [tensor('pixels', 'UINT8', [1, 1, 1, 3], data=[0, 0.5, 0])],
                [tensor('image', 'BYTES', [1], parameters={'binary_data_size': 1 << 60})]):
        infer(bad, status=400)
    infer([tensor('image', 'BYTES', [1], data=files[:1])], status=400, outputs=[{'name': 'nothing'}])
    infer([tensor('image', 'BYTES', [2], parameters={'binary_data_size': 6})], status=400, binary=b'\1\0\0\0xy')
    infer([tensor('image', 'BYTES', [1], parameters={'binary_data_size': 5})], status=400, binary=b'\xff\xff\xff\xffx')
    infer([tensor('image', 'BYTES', [100000], data=files[:1])], status=413)
    infer([tensor('image', 'BYTES', [1], data=[base64.b64encode(b'garbage').decode()])], status=422)
    for text in (b'', b'{', b'[]', b'{"inputs": [}', b'{"inputs": []} x', b'null', b'[' * 100000, b'{"a":' * 100000):
        assert ask('POST', INFER, text)[0] == 400, text[:20]
    alive()


def infer_garbage(picture, count):
    rng = random.Random(11)
    file = base64.b64encode(read(picture)).decode()
    seeds = [json.dumps({'id': 'a', 'inputs': [tensor('image', 'BYTES', [1], data=[file])], 'outputs': [{'name': 'label'}]}).encode(),
             json.dumps({'inputs': [tensor('pixels', 'UINT8', [1, 2, 2, 3], data=list(range(12)))]}).encode()]
    seen = set()
    for i in range(int(count)):
        seen.add(ask('POST', INFER, mutate(rng, seeds[i % 2]))[0])
    assert seen <= {200, 400, 413, 422} and 400 in seen, seen
    alive()


if __name__ == '__main__':
    globals()[sys.argv[1]](*sys.argv[3:])
