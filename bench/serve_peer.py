"""serve_peer.py torch|onnxruntime: resnet18 behind FastAPI, as its tutorials build it: POST /predict with a JPEG, answered by the
probabilities as JSON. Run by bench/serve, in the peer's own Python."""
import io
import socket
import sys

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


def onnxruntime_engine():
    """The network as `linnet export` writes it, so that this Python needs no torch."""
    import os
    import subprocess
    import tempfile
    import onnxruntime
    linnet = os.environ.get("LINNET", os.path.join(os.path.dirname(__file__), "../build/release/linnet"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "resnet18.onnx")
        subprocess.run([linnet, "export", "resnet18", "-o", path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(images):
        logits = session.run(None, {name: images})[0]
        e = numpy.exp(logits - logits.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    return run


def main():
    run = {"torch": torch_engine, "onnxruntime": onnxruntime_engine}[sys.argv[1]]()
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
