"""first_prediction.py linnet|onnxruntime FILE: how long a program that has loaded the library waits for its first prediction by a
file of resnet18, and for the next one. Prints {"ready": ms, "first": ms, "next": ms}: the time to read the file and compile the
network, the time of the first picture of 224 px, and the median of 20 more.
"""
import json
import statistics
import sys
import time


def linnet_steps(file):
    import linnet

    picture = b"P6 224 224 255\n" + bytes(range(256)) * (3 * 224 * 224 // 256)
    linnet.architectures()  # loads the library

    def ready():
        model = linnet.Model(file)
        predictor = model.predictor(batch_size=1)
        return lambda: predictor([picture])
    return ready


def onnxruntime_steps(file):
    import numpy
    import onnxruntime

    def ready():
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        image = numpy.zeros([1, 3, 224, 224], numpy.float32)
        name = session.get_inputs()[0].name
        return lambda: session.run(None, {name: image})
    return ready


def timed(work):
    begin = time.perf_counter()
    result = work()
    return (time.perf_counter() - begin) * 1e3, result


ready_ms, predict = timed({"linnet": linnet_steps, "onnxruntime": onnxruntime_steps}[sys.argv[1]](sys.argv[2]))
first_ms, _ = timed(predict)
json.dump({"ready": ready_ms, "first": first_ms, "next": statistics.median(timed(predict)[0] for _ in range(20))}, sys.stdout)
