"""The optimisers compared with torch.optim: the same weights and gradients, ten steps, with and without weight decay.

    optim.py OPTIM_RUN

Exit status 77: torch is not installed.
"""
import subprocess
import sys

try:
    import torch
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

COUNT, STEPS = 1000, 10


def noise():
    """The same generator as in optim_run.c."""
    state = 1
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield (state >> 19) / 4096 - 1


def take(numbers):
    return torch.tensor([next(numbers) for _ in range(COUNT)], dtype=torch.float32)


def reference(name, lr, momentum, decay):
    """[STEPS][COUNT]: the weights after each step."""
    numbers = noise()
    weights = torch.nn.Parameter(take(numbers))
    optimiser = {
        'sgd': lambda: torch.optim.SGD([weights], lr, momentum=momentum, weight_decay=decay),
        'nesterov': lambda: torch.optim.SGD([weights], lr, momentum=momentum, weight_decay=decay, nesterov=True),
        'adam': lambda: torch.optim.Adam([weights], lr, weight_decay=decay),
        'adamw': lambda: torch.optim.AdamW([weights], lr, weight_decay=decay),
        'rmsprop': lambda: torch.optim.RMSprop([weights], lr, momentum=momentum, weight_decay=decay),
    }[name]()
    rows = []
    for _ in range(STEPS):
        weights.grad = take(numbers)
        optimiser.step()
        rows.append(weights.detach().clone())
    return torch.stack(rows)


def main():
    program = sys.argv[1]
    worst = 0
    for case in [('sgd', 0.1, 0, 0), ('sgd', 0.1, 0.9, 0), ('sgd', 0.1, 0.9, 0.05), ('nesterov', 0.1, 0.9, 0.05),
                 ('adam', 0.01, 0, 0), ('adam', 0.01, 0, 0.05), ('adamw', 0.01, 0, 0), ('adamw', 0.01, 0, 0.5),
                 ('rmsprop', 0.001, 0, 0), ('rmsprop', 0.001, 0.9, 0.05)]:
        output = subprocess.run([program, *map(str, case), str(COUNT)], check=True, capture_output=True).stdout
        ours = torch.tensor([float(line) for line in output.split()]).reshape(STEPS, COUNT)
        difference = float((ours - reference(*case)).abs().max())
        print(f'{case}: largest difference {difference:.2g}')
        worst = max(worst, difference)
    if not worst < 2e-6:
        sys.exit(f'the weights differ by {worst:.2g}')


main()
