"""ONNX Runtime as a peer of bench/run: inference on its CPU provider. Needs onnxruntime, and torch, torchvision and onnx,
with which the network is exported.

The words of a variant: half (bf16); s8 or u8: ONNX Runtime's static quantisation with weights of that type, a scale for each output
channel, calibrated on the random images; linnet: the file in 8 bits that `linnet quantize` and `linnet export` write.

Its CPU provider has no bf16 kernels for these networks on x86-64 (release 1.32); the variant stays in the list so that a
release that has them is measured.
"""
import os
import subprocess
import tempfile
import warnings

import onnx  # noqa: F401  needed by the exporter; fails here in a Python without it, which then has no such peer
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import networks
import serve

VARIANTS = {"infer f32": ["sequential"], "infer bf16": ["sequential+half"], 
            "infer int8": ["sequential+s8", "sequential+u8", "sequential+linnet"]}


def export(net, images):
    """The ONNX file's bytes."""
    warnings.simplefilter("ignore")  # it suggests a newer exporter, which needs more packages and gives the same graph
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.onnx")
        torch.onnx.export(net, (images,), path, input_names=["images"], dynamo=False)
        with open(path, "rb") as file:
            return file.read()


class Images(CalibrationDataReader):
    def __init__(self, images):
        self.batches = iter([{"images": images}])

    def get_next(self):
        return next(self.batches, None)


def quantized(model, images, weights):
    """The file's bytes with QuantizeLinear and DequantizeLinear around the values of the layers in 8 bits."""
    with tempfile.TemporaryDirectory() as folder:
        plain, small = os.path.join(folder, "net.onnx"), os.path.join(folder, "int8.onnx")
        with open(plain, "wb") as file:
            file.write(model)
        quantize_static(plain, small, Images(images), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
                        weight_type=weights)
        with open(small, "rb") as file:
            return file.read()


def linnets(case):
    """The bytes of Linnet's own file of the network in 8 bits, with random weights and with scales from random images."""
    def linnet(*args):
        subprocess.run([case["linnet"], *args], cwd=folder, check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        for i in range(case["classes"]):  # a data set with the network's number of classes
            os.makedirs(os.path.join(folder, "data", str(i)))
            with open(os.path.join(folder, "data", str(i), "a.ppm"), "wb") as file:
                file.write(b"P6 16 16 255\n" + os.urandom(16 * 16 * 3))
        linnet("export", case["model"], "--classes", str(case["classes"]), "-o", "net.safetensors")
        linnet("quantize", case["model"], "--weights", "net.safetensors", "--calibrate", "data", "--method", "minmax", "--limit", "4",
               "-o", "int8.safetensors")
        linnet("export", "int8.safetensors", "-o", "int8.onnx")
        with open(os.path.join(folder, "int8.onnx"), "rb") as file:
            return file.read()


def make(case, words):
    torch.manual_seed(0)
    torch.set_num_threads(case["threads"])
    net = networks.network(case).eval()
    images = torch.rand(case["batch"], case["channels"], case["imgsz"], case["imgsz"]) * 2 - 1
    if "half" in words:
        net, images = net.to(torch.bfloat16), images.to(torch.bfloat16)
    opts = onnxruntime.SessionOptions()
    opts.intra_op_num_threads = case["threads"]
    opts.inter_op_num_threads = 1
    opts.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    opts.log_severity_level = 3
    model = linnets(case) if "linnet" in words else export(net, images)
    if "s8" in words or "u8" in words:
        model = quantized(model, images.numpy(), QuantType.QInt8 if "s8" in words else QuantType.QUInt8)
    session = onnxruntime.InferenceSession(model, opts, providers=["CPUExecutionProvider"])
    inputs = {session.get_inputs()[0].name: images.numpy()}

    def step():
        session.run(None, inputs)
    return step, networks.parameters(net)


serve.main({"peer": "ONNX Runtime", "module": "onnxruntime", "version": onnxruntime.__version__, "onednn": None,
            "variants": VARIANTS}, make)
