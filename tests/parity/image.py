"""src/image compared with PIL: each file of a zoo decodes to PIL's pixels or is refused; truncated and damaged ones too;
resizing to the bit; preprocessing as torchvision's.

    image.py IMAGE_DUMP IMAGE_MAKE [PHOTOS]

Exit status 77: PIL or NumPy is not installed.
"""
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    from PIL import Image, ImageFile, ImageOps
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

import image_odd
import image_zoo

warnings.simplefilter('ignore')
Image.MAX_IMAGE_PIXELS = None
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Linnet:
    """image_dump at the other end of a pipe."""

    def __init__(self, program, environment=None):
        self.program, self.environment = program, environment
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.environment)

    def ask(self, command, kind=np.uint8):
        """An array, or the error as a string "code text"."""
        self.process.stdin.write(command.encode() + b'\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode().rstrip('\n').split(' ', 4)
        self.damage = answer[4] if len(answer) > 4 else ''
        if answer == ['']:
            status = self.process.wait()
            self.start()
            return f'crash {status}'
        if answer[0] == 'fail':
            return ' '.join(answer[2:])
        width, height, channels = (int(v) for v in answer[1:4])
        data = self.process.stdout.read(width * height * channels * np.dtype(kind).itemsize)
        shape = (height, width, channels) if kind == np.uint8 else (channels, height, width)
        return np.frombuffer(data, kind).reshape(shape)


class Report:
    def __init__(self):
        self.failures = []
        self.counts = {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def fail(self, name, why):
        self.failures.append(name)
        if len(self.failures) <= 40:
            print(f'FAIL {name}: {why}')


def upright(image):
    """PIL rotates TIFFs when it loads them, and exif_transpose would rotate them a second time."""
    return image if image.format == 'TIFF' else ImageOps.exif_transpose(image)


def overlaid(image):
    """A plain TIFF that lists more strips than the picture has: PIL draws the surplus strips over the picture."""
    places = [tile[1] for tile in image.tile]
    return image.format == 'TIFF' and image.tag_v2.get(284, 1) == 1 and len(set(places)) < len(places)


class TooSlow(Exception):
    pass


def stop_pil(number, frame):
    raise TooSlow


def by_pil(data, seconds=2):
    """PIL's pixels, or None if it refuses the file or takes too long: its decoder for the run lengths of BMP is written in Python."""
    signal.signal(signal.SIGALRM, stop_pil)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        image = Image.open(io.BytesIO(data))
        return None if overlaid(image) else np.asarray(upright(image).convert('RGB'))
    except Exception:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def stored_by_pil(data):
    """PIL's pixels without EXIF rotation: the expected result if the EXIF block is broken and PIL gives up."""
    try:
        image = Image.open(io.BytesIO(data))
        return None if overlaid(image) else np.asarray(image.convert('RGB'))
    except Exception:
        return None


def same(a, b):
    return a.shape == b.shape and np.array_equal(a, b)


def refused(ours):
    return isinstance(ours, str) and ours.startswith('img-')


def decoded(linnet, path, data):
    with open(path, 'wb') as out:
        out.write(data)
    return linnet.ask('decode ' + path)


def check_zoo(linnet, path, files, report):
    """If PIL reads a file, we must read the same pixels or report it as unsupported."""
    for name, data in files:
        ours, theirs = decoded(linnet, path, data), by_pil(data)
        if isinstance(ours, str) and not refused(ours):
            report.fail(name, ours)
        elif theirs is None:
            report.count('refused by both' if refused(ours) else 'read by us alone')
        elif refused(ours):
            if ours.startswith('img-unsupported'):
                report.count('not supported')
                print(f'  {name}: {ours}')
            else:
                report.fail(name, f'PIL reads it; {ours}')
        elif same(ours, theirs):
            check_damage(linnet, name, report)
        else:
            wrong = 'another size' if ours.shape != theirs.shape else f'{np.count_nonzero(ours != theirs)} samples differ'
            report.fail(name, wrong)


def check_damage(linnet, name, report):
    """Damaged pictures, and only those, must be reported as damaged."""
    if (name in image_odd.DAMAGED) == bool(linnet.damage):
        report.count('equal, damaged' if linnet.damage else 'equal')
    else:
        report.fail(name, f'said to be damaged: {linnet.damage or "no"}')


def check_strangers(linnet, path, report):
    """Other files must be refused with a message that names their format; if one is read, it must have PIL's pixels."""
    for name, data, word in image_odd.strangers():
        ours = decoded(linnet, path, data)
        if refused(ours) and ours.startswith('img-format') and word in ours:
            report.count('strangers named')
        elif not isinstance(ours, str) and (theirs := by_pil(data)) is not None and same(ours, theirs):
            report.count('strangers no more')
        else:
            report.fail(name, f'"{word}" is not in: {ours}')


def check_broken(linnet, path, name, data, what, report):
    """A truncated or damaged file must be refused or give PIL's pixels. If PIL refuses a file that we read, it must have PIL's
    pixels as stored, or at least not crash: PIL is stricter with some trailers and with EXIF."""
    ours = decoded(linnet, path, data)
    if refused(ours):
        if '.tif' not in name and by_pil(data) is not None:
            report.fail(f'{name} {what}', f'PIL reads it; {ours}')
        report.count(f'{what}: refused')
        return ours
    if isinstance(ours, str):
        report.fail(f'{name} {what}', ours)
        return ours
    theirs = by_pil(data)
    if theirs is None:
        theirs = stored_by_pil(data)
    if theirs is None:
        report.count(f'{what}: read by us alone')
    elif same(ours, theirs):
        report.count(f'{what}: equal')
    else:
        report.fail(f'{name} {what}', 'other pixels than PIL')
    return ours


def check_cuts(linnet, path, files, report, points=12):
    draw = random.Random(1)
    for name, data in files:
        for _ in range(points):
            n = draw.randrange(len(data))
            answer = check_broken(linnet, path, f'{name}[:{n}]', data[:n], 'cut', report)
            # A file truncated in its header has no rows yet; otherwise the message must name the row.
            if refused(answer) and answer.startswith('img-truncated'):
                if ' row ' not in answer and not answer.endswith('ends in its header'):
                    report.fail(name, 'no row in: ' + answer)


def check_flips(linnet, path, files, report, times=12):
    draw = random.Random(2)
    for name, data in files:
        for i in range(times):
            rotten = bytearray(data)
            for _ in range(draw.choice((1, 1, 3))):
                rotten[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            check_broken(linnet, path, f'{name} flip {i}', bytes(rotten), 'flipped', report)


def check_resize(linnet, path, report, times=150):
    draw = random.Random(3)
    filters = [Image.BILINEAR, Image.BICUBIC]
    for i in range(times):
        source = image_zoo.picture(draw.choice((1, 2, 7, 31, 64, 200, 333)), draw.choice((1, 3, 16, 65, 130))).convert('RGB')
        source.save(path, 'PNG')
        kind, width, height = draw.randrange(2), draw.choice((1, 2, 9, 64, 150, 224)), draw.choice((1, 5, 63, 64, 100, 256))
        box = (0, 0, *source.size)
        if i % 3:
            left, right = sorted(draw.uniform(0, source.width) for _ in range(2))
            top, bottom = sorted(draw.uniform(0, source.height) for _ in range(2))
            box = (left, top, max(right, left + 0.01), max(bottom, top + 0.01))
            if box[2] > source.width or box[3] > source.height:
                continue
        if i % 3 == 2:
            box = (int(box[0]), int(box[1]), int(box[2]) or 1, int(box[3]) or 1)
            if box[0] >= box[2] or box[1] >= box[3]:
                continue
        x, y = draw.randrange(width), draw.randrange(height)
        crop = (x, y, draw.randint(1, width - x), draw.randint(1, height - y))
        theirs = np.asarray(source.resize((width, height), filters[kind], box=box))
        theirs = theirs[y:y + crop[3], x:x + crop[2]]
        numbers = ' '.join(repr(v) for v in (*box, *crop))
        ours = linnet.ask(f'resize {kind} {width} {height} {numbers} {path}')
        if isinstance(ours, str) or not same(ours, theirs):
            report.fail(f'resize {source.size} {kind} {width} {height} {numbers}', 'other pixels than PIL')
        else:
            report.count('resized')
        grey = linnet.ask('grey ' + path)
        if not same(grey[:, :, 0], np.asarray(source.convert('L'))):
            report.fail('grey', 'other pixels than PIL')


def check_preprocess(linnet, path, report):
    """Torchvision's definition, without torchvision: Resize(int), CenterCrop, ToTensor, Normalize."""
    draw = random.Random(4)
    for _ in range(40):
        source = image_zoo.picture(draw.randint(1, 400), draw.randint(1, 300)).convert('RGB')
        source.save(path, 'PNG')
        check_photo(linnet, path, source, draw.randint(1, 300), draw.randint(1, 280), report)


def check_photo(linnet, path, image, size, crop, report):
    width, height = image.size
    short, long = min(width, height), max(width, height)
    scaled = int(size * long / short)
    resized = image.resize((size, scaled) if width <= height else (scaled, size), Image.BILINEAR)
    canvas = Image.new('RGB', (max(crop, resized.width), max(crop, resized.height)))
    canvas.paste(resized, (max(0, (crop - resized.width) // 2), max(0, (crop - resized.height) // 2)))
    left, top = round((canvas.width - crop) / 2), round((canvas.height - crop) / 2)
    pixels = np.asarray(canvas.crop((left, top, left + crop, top + crop))).astype(np.float32) / np.float32(255)
    theirs = ((pixels - np.float32(MEAN)) / np.float32(STD)).transpose(2, 0, 1)
    ours = linnet.ask(f'preprocess {crop} {crop} 3 {size} 0 {path}', np.float32)
    if isinstance(ours, str) or not np.allclose(ours, theirs, rtol=0, atol=1e-6):
        report.fail(f'preprocess {path} {image.size} {size} {crop}', 'other numbers than torchvision')
    else:
        report.count('preprocessed')


def check_photos(linnet, folder, report):
    """The chapter's photos: pixels, and the tensors for validation by torchvision if it is installed."""
    try:
        import torchvision.transforms as transforms
        chain = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                                    transforms.Normalize(MEAN, STD)])
    except ImportError:
        chain = None
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(n for n in names if n.endswith('.jpg')):
            path = os.path.join(root, name)
            image = ImageOps.exif_transpose(Image.open(path)).convert('RGB')
            ours = linnet.ask('decode ' + path)
            if isinstance(ours, str) or not same(ours, np.asarray(image)):
                report.fail(path, 'other pixels than PIL')
            elif not chain:
                check_photo(linnet, path, image, 256, 224, report)
            else:
                ours = linnet.ask(f'preprocess 224 224 3 256 0 {path}', np.float32)
                worst = np.abs(ours - chain(image).numpy()).max()
                report.count('photos')
                if worst > 1e-6:
                    report.fail(path, f'{worst} from torchvision')


def main(dump, maker, photos=None):
    report = Report()
    linnet = Linnet(dump)
    files = [*image_zoo.zoo(maker), *image_odd.odd(maker)]
    print(f'{len(files)} files, PIL {Image.__version__}')
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'image')
        check_zoo(linnet, path, files, report)
        check_strangers(linnet, path, report)
        # truncates and damages enough files of each kind, not each of a hundred sizes
        some = [f for f in files if len(f[1]) < 40000][::3]
        check_cuts(linnet, path, some, report)
        check_flips(linnet, path, some, report)
        check_resize(linnet, path, report)
        check_preprocess(linnet, path, report)
    if photos and os.path.isdir(photos):
        check_photos(linnet, photos, report)
    else:
        print(f'skipped: no photos in {photos} (cmake -DLINNET_PHOTOS=...)')
    for what, n in sorted(report.counts.items()):
        print(f'{n:6} {what}')
    print(f'{len(report.failures)} failures')
    return 1 if report.failures or not report.counts.get('equal') else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
