"""A headless Chromium for the tests of the page, over the DevTools protocol with nothing but the standard library.

    with Browser() as browser:
        browser.size(390, 844, dark=True)
        browser.open('http://127.0.0.1:8080/')
        browser.run('document.title')
"""
import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request


def find():
    """The path of Chromium, or None."""
    return shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')


class WebSocket:
    """The part of RFC 6455 that the protocol needs: text messages, masked by the client."""

    def __init__(self, url):
        at = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((at.hostname, at.port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f'GET {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                            f'Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n'.encode())
        self.file = self.socket.makefile('rb')
        assert b' 101 ' in self.file.readline()
        while self.file.readline() != b'\r\n':
            pass

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = bytes([0x81, 0x80 | (size if size < 126 else 126 if size < 65536 else 127)])
        head += b'' if size < 126 else struct.pack('>H' if size < 65536 else '>Q', size)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def receive(self):
        whole = b''
        while True:
            first, size = self.file.read(2)
            if size >= 126:
                size = struct.unpack('>H' if size == 126 else '>Q', self.file.read(2 if size == 126 else 8))[0]
            data = self.file.read(size)
            if first & 15 in (0, 1):
                whole += data
                if first & 128:
                    return whole.decode()


class Browser:
    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [find(), '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
             '--disable-background-networking', '--remote-debugging-port=0', f'--user-data-dir={self.folder}', 'about:blank'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        file, end = os.path.join(self.folder, 'DevToolsActivePort'), time.monotonic() + 60
        while not (os.path.exists(file) and open(file).read().count('\n')):
            assert self.process.poll() is None and time.monotonic() < end, 'Chromium did not start'
            time.sleep(0.1)
        port = open(file).readline().strip()
        pages = json.load(urllib.request.urlopen(f'http://127.0.0.1:{port}/json/list'))
        self.web = WebSocket(next(page['webSocketDebuggerUrl'] for page in pages if page['type'] == 'page'))
        self.number, self.complaints = 0, []
        for domain in ('Page', 'Runtime', 'Log', 'DOM'):
            self.call(f'{domain}.enable')
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, **params):
        self.number += 1
        self.web.send(json.dumps({'id': self.number, 'method': method, 'params': params}))
        while True:
            message = json.loads(self.web.receive())
            self.note(message)
            if message.get('id') == self.number:
                assert 'error' not in message, message
                return message['result']

    def note(self, message):
        """What the console would show in red: exceptions, files that were not loaded, breaches of the policy."""
        params = message.get('params', {})
        if message.get('method') == 'Runtime.exceptionThrown':
            self.complaints.append(params['exceptionDetails'])
        if message.get('method') == 'Log.entryAdded' and params['entry']['level'] == 'error':
            self.complaints.append(params['entry']['text'])

    def size(self, width, height, dark):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call('Emulation.setTouchEmulationEnabled', enabled=width < 600)
        self.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    def open(self, url):
        self.call('Page.navigate', url=url)
        self.wait('document.readyState === "complete"')

    def run(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        got = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        assert 'exceptionDetails' not in got, got
        return got['result'].get('value')

    def wait(self, expression, seconds=60):
        end = time.monotonic() + seconds
        while not self.run(expression):
            assert time.monotonic() < end, f'not within {seconds} s: {expression}'
            time.sleep(0.05)

    def choose(self, selector, *paths):
        """Files for an <input type="file">."""
        root = self.call('DOM.getDocument')['root']['nodeId']
        node = self.call('DOM.querySelector', nodeId=root, selector=selector)['nodeId']
        self.call('DOM.setFileInputFiles', nodeId=node, files=[os.path.abspath(path) for path in paths])

    def key(self, name, code):
        for kind in ('keyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=name, code=name, windowsVirtualKeyCode=code)

    def picture(self, path):
        got = self.call('Page.captureScreenshot', format='png', captureBeyondViewport=True)
        with open(path, 'wb') as out:
            out.write(base64.b64decode(got['data']))
