"""One rank of PyTorch's DistributedDataParallel over gloo, for bench/ranks; runs inside a Python that has torch, and torchvision
for all but the LeNets.

    peer_ddp.py CASE VARIANT SECONDS      CASE: a case of cases.py as JSON, with the batch of this rank

RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT are in the environment, as torchrun sets them. Rank 0 prints one line:
{"peer", "images_per_s" of all ranks, "steps", "parameters"}. The step is that of peer_torch.py. The words of a variant: eager,
channels_last and fused as in peer_torch.py; view (gradients are views of the buckets, so that none is copied).
"""
import json
import statistics
import sys
import time

import torch
import torch.distributed as dist

import networks
import peer_torch

WARM_UP = 3  # DDP rebuilds its buckets after the first step


def make_step(case, words):
    net, images = peer_torch.make_net(case, words)
    labels = torch.randint(case["classes"], (case["batch"],))
    ddp = torch.nn.parallel.DistributedDataParallel(net, gradient_as_bucket_view="view" in words)
    sgd = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, **({"fused": True} if "fused" in words else {}))

    def step():
        sgd.zero_grad(set_to_none=True)
        loss = networks.loss(ddp(images), labels)
        loss.backward()
        sgd.step()
        return loss.item()
    return step, networks.parameters(net)


def steps_for(seconds, step):
    """The number of steps, the same on all ranks: rank 0 derives it from the time of a step."""
    begin = time.perf_counter()
    step()
    count = torch.tensor([max(3, int(seconds / (time.perf_counter() - begin)))])
    dist.broadcast(count, 0)
    return int(count)


def main():
    case, words, seconds = json.loads(sys.argv[1]), sys.argv[2].split("+"), float(sys.argv[3])
    dist.init_process_group("gloo")
    step, parameters = make_step(case, words)
    for _ in range(WARM_UP):
        step()
    times = []
    for _ in range(steps_for(seconds, step)):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    if dist.get_rank() == 0:
        rate = case["batch"] * dist.get_world_size() / statistics.median(times)
        print(json.dumps({"peer": f"PyTorch {torch.__version__}", "images_per_s": rate, "steps": len(times),
                          "parameters": parameters}))
    dist.barrier()
    dist.destroy_process_group()


main()
