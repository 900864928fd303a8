"""The cases to measure: a case is a network, an operation and a data type; its topic is the table that it appears in."""

NETWORKS = ["resnet18", "resnet50", "vgg11", "vgg16", "vgg16_bn", "googlenet", "alexnet"]
IN_8_BITS = ["resnet18", "resnet50", "vgg16", "googlenet"]
SOME = ["resnet18", "resnet50", "vgg16", "googlenet", "alexnet"]  # for bf16, where all of NETWORKS would show nothing new

TOPICS = {
    "train": "Training, batch 16, 224 px",
    "infer": "Inference, batch 16, 224 px",
    "latency": "Inference, one image at a time",
    "memory": "Memory of training, batch 32, 224 px",
    "lenet": "LeNets",
}


def case(topic, model, mode, dtype, batch, imgsz=224, channels=3, classes=1000):
    return {"topic": topic, "model": model, "mode": mode, "dtype": dtype, "batch": batch, "imgsz": imgsz,
            "channels": channels, "classes": classes}


def all_cases():
    cases = []
    for dtype, models in ("f32", NETWORKS), ("bf16", SOME):
        cases += [case("train", model, "train", dtype, 16) for model in models]
        cases += [case("infer", model, "infer", dtype, 16) for model in models]
    for dtype, models in ("f32", NETWORKS), ("bf16", SOME[:2]):
        cases += [case("latency", model, "infer", dtype, 1) for model in models]
    for topic, batch in ("infer", 16), ("latency", 1):
        cases += [case(topic, model, "infer", "int8", batch) for model in IN_8_BITS]
    cases.append(case("memory", "resnet50", "train", "f32", 32))
    cases.append(case("lenet", "lenet", "train", "f32", 128, 28, 1, 10))
    cases.append(case("lenet", "lenet", "train", "f32", 32, 224, 3, 2))
    cases.append(case("lenet", "lenet5", "train", "f32", 128, 32, 1, 10))
    cases.append(case("lenet", "lenet", "infer", "f32", 128, 28, 1, 10))
    return cases


def name(case):
    """The text that --case searches; also the key of a row."""
    return f"{case['model']}, batch {case['batch']}, {case['imgsz']} px, {case['mode']}, {case['dtype']}"
