"""PyTorch networks whose ReLUs or max poolings sit at a kink.

If the input of a ReLU lies within rounding of 0, the last bit decides whether its gradient passes. If the two largest inputs of a
pooling lie within rounding of each other, the last bit decides which of them gets the gradient. Two correct programs may then differ by
much. Kinks finds such inputs, and moves single ones to the other side, by twice their distance.

    with Kinks() as kinks:
        places = kinks.near(lambda: net(x))
        kinks.moved = places[:1]
        net(x)      # with one ReLU or pooling on its other side
"""
from tv import nn, torch

ROUNDING = 1e-5  # of the tensor's root mean square: the rounding error of float32 sums of some thousand products


class Kinks:
    """Handles one pass at a time, which starts with begin(). Calls of ReLUs and poolings are numbered from 0 within a pass."""

    def __enter__(self):
        self.moved, self.call, self.gaps = [], 0, None
        self.real = nn.functional.relu, nn.functional.max_pool2d
        nn.functional.relu, nn.functional.max_pool2d = self.relu, self.max_pool2d
        return self

    def __exit__(self, *_):
        nn.functional.relu, nn.functional.max_pool2d = self.real

    def begin(self):
        self.call = 0

    def near(self, forward):
        """(call, flat index, distance) of the inputs at a kink, the nearest first."""
        self.gaps, found = [], []
        self.begin()
        forward()
        for call, (scale, gaps) in enumerate(self.gaps):
            bound = ROUNDING * scale
            found += [(abs(float(gaps[i])) / bound, call, int(i), float(gaps[i])) for i in (gaps.abs() < bound).nonzero()[:, 0]]
        self.gaps = None
        return [place[1:] for place in sorted(found)]

    def pass_on(self, x, gaps):
        """The input with the elements in `moved` moved. gaps(): each element's distance to its kink; inf: it has no kink."""
        if self.gaps is not None:
            self.gaps.append((float(x.detach().square().mean().sqrt()), gaps().flatten()))
        here = [(i, gap) for call, i, gap in self.moved if call == self.call]
        self.call += 1
        if not here:
            return x
        step = torch.zeros_like(x).flatten()
        for i, gap in here:
            step[i] = 2 * gap
        return x + step.view_as(x)

    def relu(self, x, inplace=False):
        return self.real[0](self.pass_on(x, lambda: -x.detach()))

    def max_pool2d(self, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        assert dilation == 1 and not return_indices and x.shape[0] == 1
        args = {'kernel_size': kernel_size, 'stride': stride, 'padding': padding, 'ceil_mode': ceil_mode}
        return self.real[1](self.pass_on(x, lambda: runner_up_gaps(x.detach(), self.real[1], args)), **args)


def runner_up_gaps(x, max_pool2d, args):
    """How far each input lies below the largest of a window, the least over the windows in which another one is larger. An input equal
    to the largest does not count: it is a zero of a ReLU, which passes no gradient, or a copy of the same element, in any precision."""
    largest, at = max_pool2d(x, return_indices=True, **args)
    size, (channels, height, width) = args['kernel_size'], x.shape[1:]
    flat, gaps = x[0].flatten(1), torch.full((channels, height * width), torch.inf, dtype=x.dtype)
    rows, columns = (torch.arange(n) * (args['stride'] or size) - args['padding'] for n in largest.shape[2:])
    for dy in range(size):
        for dx in range(size):
            y, z = (rows + dy)[:, None], (columns + dx)[None]
            inside = (y >= 0) & (y < height) & (z >= 0) & (z < width)
            place = y.clamp(0, height - 1) * width + z.clamp(0, width - 1)
            lack = largest[0] - flat[:, place.flatten()].view_as(largest[0])
            lack[(at[0] == place) | (lack == 0) | ~inside] = torch.inf
            for c, i in (lack < ROUNDING * largest[0]).flatten(1).nonzero():
                j = place.flatten()[i]
                gaps[c, j] = min(gaps[c, j], lack[c].flatten()[i])
    return gaps
