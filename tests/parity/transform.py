"""Augmentation compared with torchvision: each operation bit by bit, the whole chain of a training image, and the random
choices by their distributions (Kolmogorov and Smirnov's two-sample test, and chi squared), with fixed seeds.

    transform.py TRANSFORM_DUMP

Exit status 77: torch, torchvision, PIL or NumPy is not installed.
"""
import math
import os
import random
import sys
import tempfile
import warnings

try:
    import numpy as np
    import torch
    import torchvision.transforms as T
    import torchvision.transforms.functional as F
    from PIL import Image
    from torchvision.transforms.autoaugment import TrivialAugmentWide, _apply_op
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

import image_zoo
from image import MEAN, STD, Linnet, Report, same

warnings.simplefilter('ignore')
OPS = list(TrivialAugmentWide()._augmentation_space(31))
BINS = 31
NEAREST = T.InterpolationMode.NEAREST
FIELDS = ('left top right bottom flip shift_x shift_y op magnitude first second third fourth brightness contrast '
          'saturation hue erase_left erase_top erase_width erase_height').split()


def theirs_of(result):
    array = np.asarray(result)
    return array if array.ndim == 3 else array[:, :, None]


# ---- pixels ----------------------------------------------------------------------------------------------------------

def pictures():
    """Noise has every value and every edge; the smooth picture is like a photo; small ones consist of borders only."""
    noise = np.random.RandomState(1)
    for width, height in ((224, 224), (61, 40), (40, 61), (3, 3), (5, 2), (1, 1)):
        yield f'noise {width}x{height}', Image.fromarray(noise.randint(0, 256, (height, width, 3), np.uint8))
    yield 'smooth', image_zoo.picture(97, 64).convert('RGB')
    yield 'dark', Image.fromarray(noise.randint(40, 90, (50, 50, 3), np.uint8))
    yield 'flat', Image.new('RGB', (20, 30), (17, 17, 200))


def check_magnitudes(linnet, report):
    ours = linnet.ask('magnitudes', np.float32)[0]
    for op, (values, _) in enumerate(TrivialAugmentWide()._augmentation_space(BINS).values()):
        theirs = values.float().expand(BINS).numpy() if values.ndim == 0 else values.float().numpy()
        if np.allclose(ours[op], theirs, rtol=1e-6, atol=0):  # torch's own last bit depends on the processor
            report.count('magnitudes')
        else:
            report.fail(OPS[op], f'magnitudes {ours[op]}, torchvision has {theirs}')


def check_operations(linnet, path, report):
    for op, (name, (values, signed)) in enumerate(TrivialAugmentWide()._augmentation_space(BINS).items()):
        strengths = [0.0] if values.ndim == 0 else [float(v) for v in values]
        strengths += [-v for v in strengths] if signed else []
        for title, image in pictures():
            image.save(path, 'PPM')
            for grey in (False, True):
                source = image.convert('L') if grey else image
                for strength in strengths:
                    theirs = theirs_of(_apply_op(source, name, strength, NEAREST, None))
                    ours = linnet.ask(f'trivial {op} {strength!r} {"grey:" if grey else ""}{path}')
                    if isinstance(ours, str) or not same(ours, theirs):
                        report.fail(f'{name} {strength} on {title}, grey {grey}', 'other pixels than torchvision')
                    else:
                        report.count('operations')


def check_knobs(linnet, path, report):
    knobs = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
    draw = random.Random(7)
    for k, adjust in enumerate(knobs):
        for title, image in pictures():
            image.save(path, 'PPM')
            for grey in (False, True):
                source = image.convert('L') if grey else image
                for _ in range(20):
                    factor = float(np.float32(draw.uniform(-0.5, 0.5) if k == 3 else draw.uniform(0, 2)))
                    ours = linnet.ask(f'knob {k} {factor!r} {"grey:" if grey else ""}{path}')
                    if isinstance(ours, str) or not same(ours, theirs_of(adjust(source, factor))):
                        report.fail(f'{adjust.__name__} {factor} on {title}, grey {grey}',
                                    'other pixels than torchvision')
                    else:
                        report.count('knobs')


def check_colours(linnet, path, report):
    """Hue, for every possible colour."""
    every = np.arange(1 << 24, dtype=np.uint32)
    rgb = np.stack([every >> 16, every >> 8 & 255, every & 255], 1).astype(np.uint8).reshape(4096, 4096, 3)
    image = Image.fromarray(rgb)
    image.save(path, 'PPM')
    for factor in (0.0, 0.3125, -0.1):
        wrong = (linnet.ask(f'knob 3 {factor!r} {path}') != np.asarray(F.adjust_hue(image, factor))).any(2).sum()
        if wrong:
            report.fail(f'hue {factor}', f'{wrong} of 16777216 colours are not torchvision\'s')
        else:
            report.count('hues of every colour')


# ---- the chain -------------------------------------------------------------------------------------------------------

def chain(image, d, size):
    """Applies torchvision's transforms with these choices."""
    left, top, right, bottom = (int(d[k]) for k in FIELDS[:4])
    image = F.resized_crop(image, top, left, bottom - top, right - left, [size, size])
    if d['flip']:
        image = F.hflip(image)
    image = _apply_op(image, OPS[int(d['op'])], d['magnitude'], NEAREST, None)
    knobs = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation)
    for k in ('first', 'second', 'third', 'fourth'):
        if d[k] < 3:
            image = knobs[int(d[k])](image, d[FIELDS[13 + int(d[k])]])
    tensor = F.normalize(F.to_tensor(image), MEAN, STD)
    return F.erase(tensor, int(d['erase_top']), int(d['erase_left']), int(d['erase_height']), int(d['erase_width']),
                   torch.tensor(0.0)).numpy()


def check_chain(linnet, path, report):
    """size is 224, for which the erased rectangles of `draws` are drawn."""
    for width, height in ((500, 375), (230, 640)):
        image = image_zoo.picture(width, height).convert('RGB')
        image.save(path, 'PPM')
        rows = linnet.ask(f'draws strong 1 {width} {height} 60', np.float32)[0]
        for index, row in enumerate(rows):
            ours = linnet.ask(f'apply strong 224 {index} {path}', np.float32)
            theirs = chain(image, dict(zip(FIELDS, (float(v) for v in row))), 224)
            worst = np.abs(ours - theirs).max()
            if worst > 1e-6:
                report.fail(f'chain {width}x{height} {index}', f'{worst} from torchvision')
            else:
                report.count('chains')


# ---- distributions ---------------------------------------------------------------------------------------------------

SAMPLES = 20000


def distance(a, b):
    """Kolmogorov and Smirnov's: the largest gap between the two samples' distributions."""
    both = np.concatenate([a, b])
    return np.abs(np.searchsorted(np.sort(a), both, 'right') / len(a) -
                  np.searchsorted(np.sort(b), both, 'right') / len(b)).max()


def compare(name, a, b, report):
    """The limit is the gap that one pair of samples of the same distribution in ten thousand would exceed. Seeds are fixed,
    so the test passes always or never."""
    limit = 2.23 * math.sqrt((len(a) + len(b)) / (len(a) * len(b)))
    gap = distance(np.asarray(a, float), np.asarray(b, float))
    if gap > limit:
        report.fail(name, f'distributions are {gap:.4f} apart; {limit:.4f} would be chance')
    else:
        report.count('distributions')


def compare_counts(name, counts, shares, report):
    """Chi squared against known shares; its mean is n - 1, its deviation sqrt(2 (n - 1)): five of them is the limit."""
    expected = np.asarray(shares, float) / np.sum(shares) * np.sum(counts)
    freedom = len(counts) - 1
    chi = ((np.asarray(counts) - expected) ** 2 / expected).sum()
    if chi > freedom + 5 * math.sqrt(2 * freedom):
        report.fail(name, f'chi squared is {chi:.1f} with {freedom} degrees of freedom')
    else:
        report.count('frequencies')


def drawn(linnet, level, photos, width, height):
    rows = linnet.ask(f'draws {level} {photos} {width} {height} {SAMPLES}', np.float32)[0]
    return {name: rows[:, i].astype(float) for i, name in enumerate(FIELDS)}


def check_boxes(linnet, report):
    for level, scale in (('light', (0.5, 1)), ('medium', (0.08, 1))):
        for width, height in ((500, 375), (64, 48), (300, 40), (40, 300), (7, 5)):
            torch.manual_seed(1)
            blank = Image.new('L', (width, height))
            theirs = np.array([T.RandomResizedCrop.get_params(blank, scale, (3 / 4, 4 / 3)) for _ in range(SAMPLES)])
            top, left, h, w = theirs.T.astype(float)
            d = drawn(linnet, level, 1, width, height)
            our_w, our_h = d['right'] - d['left'], d['bottom'] - d['top']
            name = f'boxes {level} {width}x{height}'
            compare(f'{name}: area', our_w * our_h, w * h, report)
            compare(f'{name}: ratio', our_w / our_h, w / h, report)
            compare(f'{name}: left', d['left'], left, report)
            compare(f'{name}: top', d['top'], top, report)
            compare(f'{name}: place', d['left'] / np.maximum(width - our_w, 1) + d['top'] * 1000,
                    left / np.maximum(width - w, 1) + top * 1000, report)
            if (d['right'] > width).any() or (d['bottom'] > height).any() or (our_w < 1).any() or (our_h < 1).any():
                report.fail(name, 'a box leaves the picture')


def check_choices(linnet, report):
    d = drawn(linnet, 'strong', 0, 32, 32)
    compare_counts('flip', np.bincount(d['flip'].astype(int), minlength=2), [1, 1], report)
    for axis in ('shift_x', 'shift_y'):
        compare_counts(axis, np.bincount(d[axis].astype(int) + 4, minlength=9), [1] * 9, report)
    both = (d['shift_x'] + 4) * 9 + d['shift_y'] + 4
    compare_counts('shifts together', np.bincount(both.astype(int), minlength=81), [1] * 81, report)
    check_trivial(d, report)
    check_jitter(d, report)
    check_erasing(d, report)


def check_trivial(d, report):
    ops = d['op'].astype(int)
    compare_counts('operations', np.bincount(ops, minlength=len(OPS)), [1] * len(OPS), report)
    for op, (values, signed) in enumerate(TrivialAugmentWide()._augmentation_space(BINS).values()):
        if values.ndim == 0:
            continue
        got = d['magnitude'][ops == op]
        levels, shares = np.unique(values.float().numpy().astype(float), return_counts=True)
        places = [np.isclose(np.abs(got), level).sum() for level in levels]
        if sum(places) != len(got):
            report.fail(OPS[op], 'a magnitude that torchvision does not have')
        compare_counts(f'{OPS[op]}: magnitudes', places, shares, report)
        if signed:
            compare_counts(f'{OPS[op]}: signs', [(got < 0).sum(), (got > 0).sum()], [1, 1], report)
        elif (got < 0).any():
            report.fail(OPS[op], 'has a sign')


def check_jitter(d, report):
    torch.manual_seed(2)
    jitter = T.ColorJitter(0.4, 0.4, 0.4)
    params = [T.ColorJitter.get_params(jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
              for _ in range(SAMPLES)]
    for i, name in enumerate(('brightness', 'contrast', 'saturation')):
        compare(name, d[name], [p[1 + i] for p in params], report)
    orders = [d[k].astype(int) for k in ('first', 'second', 'third', 'fourth')]
    code = ((orders[0] * 4 + orders[1]) * 4 + orders[2]) * 4 + orders[3]
    counts = np.unique(code, return_counts=True)[1]
    if len(counts) != 24:
        report.fail('jitter', f'{len(counts)} orders of 24')
    compare_counts('orders of the knobs', counts, [1] * len(counts), report)


def check_erasing(d, report):
    torch.manual_seed(3)
    blank = torch.zeros(1, 224, 224)
    theirs = [T.RandomErasing.get_params(blank, (0.02, 0.33), (0.3, 3.3), [0.0])[:4] for _ in range(SAMPLES)]
    top, left, h, w = np.array(theirs, float).T
    here = d['erase_width'] > 0
    compare_counts('erased', [here.sum(), (~here).sum()], [1, 9], report)
    compare('erased: area', (d['erase_width'] * d['erase_height'])[here], w * h, report)
    compare('erased: ratio', (d['erase_width'] / np.maximum(d['erase_height'], 1))[here], w / h, report)
    compare('erased: left', d['erase_left'][here], left, report)
    compare('erased: top', d['erase_top'][here], top, report)


def main(dump):
    report = Report()
    linnet = Linnet(dump)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'picture')
        check_magnitudes(linnet, report)
        check_operations(linnet, path, report)
        check_knobs(linnet, path, report)
        check_colours(linnet, path, report)
        check_chain(linnet, path, report)
    check_boxes(linnet, report)
    check_choices(linnet, report)
    for what, n in sorted(report.counts.items()):
        print(f'{n:6} {what}')
    print(f'{len(report.failures)} failures')
    return 1 if report.failures else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
