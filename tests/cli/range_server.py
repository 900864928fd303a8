"""A local file server for the tests of fetching: ranges as in RFC 9110, section 14, and simulated failures.

    range_server.py FOLDER LOG [--no-range] [--cut N] [--hold FILE]

The port is printed first. Each request is a line of LOG: the path, the range or "-", the answer.
--no-range: every answer is the whole file. --cut N: an answer breaks off after N bytes of it.
--hold FILE: half of an answer waits until FILE exists.
"""
import http.server
import os
import re
import sys
import time

FOLDER, LOG = sys.argv[1:3]
NO_RANGE = '--no-range' in sys.argv
CUT = int(sys.argv[sys.argv.index('--cut') + 1]) if '--cut' in sys.argv else None
HOLD = sys.argv[sys.argv.index('--hold') + 1] if '--hold' in sys.argv else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def note(self, answer):
        with open(LOG, 'a', encoding='utf-8') as out:
            print(self.path, self.headers.get('Range', '-'), answer, file=out)

    def refuse(self, code, **headers):
        self.note(code)
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def begin_of(self, size):
        wanted = re.fullmatch(r'bytes=(\d+)-', self.headers.get('Range', ''))
        return int(wanted[1]) if wanted and not NO_RANGE else None

    def do_GET(self):
        if self.path.startswith('/moved/'):
            return self.refuse(302, Location=self.path[len('/moved'):])
        if self.path.startswith('/round/'):
            return self.refuse(302, Location=self.path)
        if self.path.startswith('/elsewhere/'):
            return self.refuse(302, Location='file:///etc/passwd')
        path = os.path.join(FOLDER, os.path.basename(self.path))
        if not os.path.isfile(path):
            return self.refuse(404)
        with open(path, 'rb') as file:
            content = file.read()
        begin = self.begin_of(len(content))
        if begin is not None and begin >= len(content):
            return self.refuse(416, Content_Range=f'bytes */{len(content)}')
        self.note(200 if begin is None else 206)
        self.send_response(200 if begin is None else 206)
        if begin is not None:
            self.send_header('Content-Range', f'bytes {begin}-{len(content) - 1}/{len(content)}')
        content = content[begin or 0:]
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        half = len(content) // 2 if HOLD else 0
        self.wfile.write(content[:half])
        self.wfile.flush()
        while HOLD and not os.path.exists(HOLD):
            time.sleep(0.01)
        self.wfile.write(content[half:] if CUT is None else content[half:CUT])
        self.wfile.flush()
        self.close_connection = CUT is not None


with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
