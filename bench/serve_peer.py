"""serve_peer.py torch|onnxruntime|openvino|openvino-streams: resnet18 behind FastAPI, built as in FastAPI's tutorials. The answer to a
JPEG sent by POST /predict is its probabilities as JSON. bench/serve runs this script in the peer's own Python."""
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading

import fastapi
import numpy
import uvicorn
from PIL import Image

SIDE = 224
MEAN, STD = numpy.float32([0.485, 0.456, 0.406]), numpy.float32([0.229, 0.224, 0.225])


def torch_engine():
    import torch
    import torchvision
    network = torchvision.models.resnet18().eval()

    def run(images):
        with torch.inference_mode():
            return torch.softmax(network(torch.from_numpy(images)), 1).numpy()
    return run


def exported():
    """The network as `linnet export` writes it, so that this Python needs no torch."""
    linnet = os.environ.get("LINNET", os.path.join(os.path.dirname(__file__), "../build/release/linnet"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "resnet18.onnx")
        subprocess.run([linnet, "export", "resnet18", "-o", path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(path, "rb") as file:
            return file.read()


def softmax(logits):
    e = numpy.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def onnxruntime_engine():
    import onnxruntime
    session = onnxruntime.InferenceSession(exported(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: softmax(session.run(None, {name: images})[0])


def openvino_engine(hint="LATENCY"):
    """LATENCY: all threads on one picture. THROUGHPUT: a stream for each, so that pictures run side by side."""
    import openvino
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(exported(), b""), "CPU", {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": "f32"})
    mine = threading.local()

    def run(images):
        if not hasattr(mine, "request"):
            mine.request = compiled.create_infer_request()
        return softmax(mine.request.infer([images])[0])
    return run


def main():
    run = {"torch": torch_engine, "onnxruntime": onnxruntime_engine, "openvino": openvino_engine,
           "openvino-streams": lambda: openvino_engine("THROUGHPUT")}[sys.argv[1]]()
    app = fastapi.FastAPI()

    # Not async: FastAPI runs it in its threads, so that the engine's threads overlap with decoding.
    @app.post("/predict")
    def predict(body: bytes = fastapi.Body(media_type="application/octet-stream")):
        picture = Image.open(io.BytesIO(body)).convert("RGB").resize((SIDE, SIDE))
        image = ((numpy.asarray(picture, numpy.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)[None]
        return {"probabilities": run(numpy.ascontiguousarray(image))[0].tolist()}

    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run([listening])


main()
