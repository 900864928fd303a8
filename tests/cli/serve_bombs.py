"""serve_bombs.py FOLDER: pictures that a server must refuse at once."""
import os
import struct
import sys
import zlib


def png(width, height, data, depth=8, colour=2):
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
    head = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', data) + chunk(b'IEND', b'')


folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
for name, data in {
        'claims.png': png(60000, 60000, zlib.compress(b'\0' * 1000)),
        'zeros.png': png(30000, 30000, zlib.compress(b'\0' * (1 << 24))),
        'empty.gif': b'GIF89a' + struct.pack('<HH', 65535, 65535) + b'\0' * 8,
        'short.jpg': b'\xff\xd8\xff\xe0\0\x10JFIF\0' + b'\0' * 20,
        'text.png': b'hello, this is text',
        'script.svg': b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        'page.html': b'<!doctype html><script>alert(1)</script>'}.items():
    with open(os.path.join(folder, name), 'wb') as out:
        out.write(data)
