"""OpenVINO as a peer of bench/run: inference on its CPU device. Needs openvino, and torch and torchvision, whose networks it
converts.

The words of a variant: latency (one stream, all threads work on the whole batch) or streams (as many streams as threads, each
with its part of the batch). For int8 it also needs nncf, which quantises the network, calibrated on random images.
"""
import openvino
import torch

import networks
import serve

VARIANTS = {"infer f32": ["latency", "streams"], "infer bf16": ["latency", "streams"],
            "infer int8": ["latency", "streams"]}


def quantized(model, shape):
    import nncf  # not needed for the other types
    return nncf.quantize(model, nncf.Dataset([(torch.rand(*shape) * 2 - 1).numpy() for _ in range(4)]), subset_size=4)


def compiled(case, net, batch, streams):
    """The network compiled for this batch. The type is set explicitly, because the default is the fastest one on the machine."""
    shape = [batch, case["channels"], case["imgsz"], case["imgsz"]]
    model = openvino.convert_model(net, example_input=torch.zeros(shape))
    model.reshape(shape)
    if case["dtype"] == "int8":
        model = quantized(model, shape)
    return openvino.Core().compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT",
        "INFERENCE_PRECISION_HINT": {"bf16": "bf16"}.get(case["dtype"], "f32"),
        "INFERENCE_NUM_THREADS": case["threads"],
        "NUM_STREAMS": streams,
    })


def make(case, words):
    streams = case["threads"] if "streams" in words else 1
    if case["batch"] % streams:
        raise RuntimeError(f"a batch of {case['batch']} cannot be divided among {streams} streams")
    torch.manual_seed(0)
    net = networks.network(case).eval()
    model = compiled(case, net, case["batch"] // streams, streams)
    requests = [model.create_infer_request() for _ in range(streams)]
    for request in requests:
        images = torch.rand(*model.input(0).shape) * 2 - 1
        request.set_input_tensor(openvino.Tensor(images.numpy().copy()))

    def step():
        for request in requests:
            request.start_async()
        for request in requests:
            request.wait()
    return step, networks.parameters(net)


serve.main({"peer": "OpenVINO", "module": "openvino", "version": openvino.__version__, "onednn": None, "variants": VARIANTS},
           make)
