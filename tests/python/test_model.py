"""linnet.Model: prediction from every kind of input, weights by name, explanation, features, files."""
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import helper
import numpy as np

import linnet


class Loaded(helper.Case):
    kinds = ("photos", "png")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.photos = linnet.Data(cls.data["photos"])
        cls.model = linnet.Model("resnet18d_half", cls.photos, imgsz=64, seed=3)
        cls.path = os.path.join(cls.data["photos"], "cat/7.png")
        with open(cls.path, "rb") as source:
            cls.bytes = source.read()
        cls.pixels = cls.photos.image([s.path for s in map(cls.photos.sample, range(60))].index("cat/7.png"))


class Predict(Loaded):
    def test_one_image_in_every_form(self):
        """A path, a Path, bytes, an array and a PIL image of one picture have the same bits."""
        expected = self.model.predict(self.path)
        self.assertIn(expected.name, ("cat", "dog"))
        self.assertEqual((expected.width, expected.height, expected.path), (80, 80, self.path))
        self.assertEqual(expected.probabilities.dtype, np.float32)
        self.assertAlmostEqual(float(expected.probabilities.sum()), 1, places=6)
        forms = [helper.pathlib.Path(self.path), self.bytes, bytearray(self.bytes), memoryview(self.bytes), self.pixels,
                 self.pixels[:, :, 0], self.pixels[:, :, :1], np.dstack([self.pixels, self.pixels[:, :, 0]])]
        try:
            from PIL import Image
            forms += [Image.open(self.path), Image.fromarray(self.pixels)]
        except ImportError:
            pass
        for form in forms:
            self.assertEqual(self.model.predict(form).logits.tolist(), expected.logits.tolist(), type(form))

    def test_crops_and_mirrors(self):
        """Arrays with strides of their own are read as numpy reads them."""
        canvas = np.zeros((200, 300, 3), np.uint8)
        canvas[50:130, 100:180] = self.pixels
        logits = self.model.predict(self.pixels).logits.tolist()
        self.assertEqual(self.model.predict(canvas[50:130, 100:180]).logits.tolist(), logits)
        mirrored = self.model.predict(self.pixels[:, ::-1]).logits.tolist()
        self.assertEqual(self.model.predict(np.ascontiguousarray(self.pixels[:, ::-1])).logits.tolist(), mirrored)
        self.assertNotEqual(mirrored, logits)

    def test_upright(self):
        """A PIL image is turned by its EXIF orientation, as the file is."""
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("no PIL")
        picture = Image.fromarray(self.pixels)
        exif = picture.getexif()
        exif[0x0112] = 6
        picture.save("turned.png", exif=exif)
        with Image.open("turned.png") as opened:
            self.assertEqual(self.model.predict(opened).logits.tolist(), self.model.predict("turned.png").logits.tolist())

    def test_several(self):
        found = self.model.predict([self.path, self.pixels, self.bytes])
        self.assertEqual([p.index for p in found], [0, 1, 2])
        self.assertEqual(len({tuple(p.logits.tolist()) for p in found}), 1)
        self.assertEqual(len(self.model.predict(np.stack([self.pixels] * 5))), 5)
        self.assertEqual(self.model.predict([]), [])
        folder = self.model.predict(os.path.join(self.data["photos"], "cat"))
        self.assertEqual(len(folder), 30)
        self.assertEqual(folder[2].path, os.path.join(self.data["photos"], "cat/10.png"))

    def test_as_the_program(self):
        self.model.save("m.safetensors")
        out = subprocess.run([os.environ["LINNET_PROGRAM"], "predict", "m.safetensors", self.path, "--logits", "-o", "p.csv"],
                             capture_output=True, text=True)
        self.assertEqual(out.returncode, 0, out.stderr)
        with open("p.csv", encoding="utf-8") as lines:
            row = lines.read().splitlines()[1].split(",")
        logits = linnet.Model("m.safetensors").predictor(batch_size=1)(self.path)[0].logits  # the program's batch for one picture
        self.assertEqual([np.float32(x) for x in row[-2:]], list(logits))

    def test_bad_images(self):
        """The error of a single image is raised. With several images, it is kept in the prediction of the bad one."""
        with open("notes.png", "w", encoding="utf-8") as out:
            out.write("hello")
        for image, code in (("notes.png", "img-format"), (b"", "img-empty"), ("gone.png", "file-open")):
            with self.assertRaises(linnet.InputError) as refused:
                self.model.predict(image)
            self.assertEqual(refused.exception.code, code)
        found = self.model.predict(["notes.png", self.path])
        self.assertEqual((found[0].error.code, found[0].label, found[1].error), ("img-format", -1, None))
        self.assertIn("notes.png", str(found[0]))
        for image, error in ((self.pixels / 255, TypeError), (np.zeros((4, 4, 2), np.uint8), ValueError), (7, TypeError),
                             (np.zeros((0, 4, 3), np.uint8), linnet.UsageError)):
            with self.assertRaises(error):
                self.model.predict(image)

    def test_predictor(self):
        with self.model.predictor(features=True, picture=40, batch_size=4) as predictor:
            found = predictor([self.path] * 6)
        self.assertEqual(found[0].features.shape, (256,))
        self.assertLessEqual(max(found[5].picture.shape[:2]), 40)
        with self.assertRaises(ValueError):
            predictor(self.path)
        with self.assertRaisesRegex(TypeError, "did you mean 'batch_size'"):
            self.model.predictor(batch_sise=4)
        with self.assertRaises(linnet.InputError):
            self.model.predictor(strict=True)(["gone.png"])

    def test_threads(self):
        """Four threads with one model and one predictor give the same bits as one."""
        expected = self.model.predict(self.path).logits.tolist()
        predictor, wrong = self.model.predictor(), []

        def work():
            for _ in range(3):
                for found in (self.model.predict(self.path), predictor(self.path)[0]):
                    if found.logits.tolist() != expected:
                        wrong.append(found)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_top_and_html(self):
        found = self.model.predict(self.path)
        self.assertEqual(found.top(1), [(found.name, found.probability)])
        self.assertIn("data:image/png", found._repr_html_())
        self.assertIn("%", str(found))
        self.assertIn("<table>", self.model.predict([self.path, self.path])._repr_html_())

    def test_features(self):
        rows = self.model.features([self.path, self.pixels])
        self.assertEqual((rows.shape, rows.dtype), ((2, 256), np.float32))
        self.assertEqual(rows[0].tolist(), rows[1].tolist())
        self.assertEqual(self.model.features(self.path).tolist(), rows[0].tolist())
        weight, bias = (self.model.state_dict()[name] for name in ("fc.weight", "fc.bias"))
        np.testing.assert_allclose(weight @ rows[0] + bias, self.model.predict(self.path).logits, rtol=1e-4, atol=1e-5)

    def test_a_folder_is_several_images(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(self.path, folder)
            self.assertEqual(self.model.features(folder).shape, (1, 256))
            self.assertEqual(len(self.model.predict(folder)), 1)
            self.assertIsInstance(self.model.explain(folder, method="occlusion"), list)
        self.assertEqual(self.model.features([]).shape, (0, 0))

    def test_embed(self):
        found = self.model.embed(self.photos)
        self.assertEqual((found.features.shape, len(found), found.places.shape), ((60, 256), 60, (60, 2)))
        self.assertEqual(found.labels.tolist(), [0] * 30 + [1] * 30)
        nearest = found.nearest(found.features[5], 3)
        self.assertEqual(nearest[0][0], found.paths[5])
        self.assertAlmostEqual(nearest[0][1], 1, places=9)
        found.draw("map.png", title="features")
        with open("map.png", "rb") as picture:
            self.assertEqual(picture.read(4), b"\x89PNG")

    def test_explain(self):
        found = self.model.explain(self.pixels, target="dog")
        self.assertEqual((found.name, found.method, found.target), ("dog", "gradcam", 1))
        self.assertEqual(found.map.shape, (2, 2))
        self.assertEqual(found.picture.tolist(), self.pixels.tolist())
        self.assertEqual(found.overlay.shape, self.pixels.shape)
        self.assertEqual(self.model.explain(self.bytes, target=1).map.tolist(), found.map.tolist())
        self.assertEqual(len(self.model.explain([self.path, self.bytes], layer="layer2", method="layercam")), 2)
        found.save("overlay.png")
        self.assertEqual(self.model.predict("overlay.png").width, 80)
        self.assertIn("data:image/png", found._repr_html_())
        with self.assertRaises(linnet.UsageError) as refused:
            self.model.explain(self.path, target="cow")
        self.assertEqual(refused.exception.code, "explain-class")
        with self.assertRaises(linnet.InputError):
            self.model.explain("gone.png")


class Weights(Loaded):
    def test_there_and_back(self):
        """A state_dict, loaded into another network, makes it predict the same bits."""
        other = linnet.Model("resnet18d_half", self.photos, imgsz=64, seed=4)
        before = other.predict(self.path).logits.tolist()
        self.assertNotEqual(before, self.model.predict(self.path).logits.tolist())
        self.assertEqual(other.load_state_dict(self.model.state_dict()), ([], []))
        self.assertEqual(other.predict(self.path).logits.tolist(), self.model.predict(self.path).logits.tolist())
        state = self.model.state_dict()
        self.assertEqual((state["conv1.6.weight"].shape, state["conv1.6.weight"].dtype), ((32, 16, 3, 3), np.float32))
        self.assertIn("bn1.running_var", state)

    def test_a_change_is_a_change(self):
        other = linnet.Model("resnet18d_half", self.photos, imgsz=64, seed=3)
        state = other.state_dict()
        state["fc.weight"] = np.zeros_like(state["fc.weight"])
        state["fc.bias"] = np.array([3.0, 1.0])  # float64, which is converted
        other.load_state_dict(state)
        self.assertEqual(other.predict(self.path).logits.tolist(), [3, 1])

    def test_refusals(self):
        state = self.model.state_dict()
        bias = state.pop("fc.bias")
        with self.assertRaisesRegex(linnet.UsageError, "missing: fc.bias; unexpected: head.bias"):
            self.model.load_state_dict({**state, "head.bias": bias})
        self.assertEqual(self.model.load_state_dict({**state, "head.bias": bias}, strict=False), (["fc.bias"], ["head.bias"]))
        with self.assertRaisesRegex(linnet.UsageError, r"fc.bias: the shape is \[3\]; the model's is \[2\]"):
            self.model.load_state_dict({**state, "fc.bias": np.zeros(3)})
        self.assertEqual(self.model.load_state_dict({**state, "fc.bias": bias, "bn1.num_batches_tracked": np.int64(0)}), ([], []))

    def test_files(self):
        self.model.save("saved.safetensors")
        opened = linnet.Model("saved.safetensors")
        self.assertEqual((opened.arch, opened.classes, opened.imgsz, opened.run), ("resnet18d_half", ["cat", "dog"], 64, None))
        self.assertEqual(opened.predict(self.path).logits.tolist(), self.model.predict(self.path).logits.tolist())
        self.assertLess(self.model.export("m.onnx", check=True), 1e-4)
        with self.assertRaises(linnet.UsageError):
            self.model.export("m.tflite")
        with self.assertRaises(linnet.FileError) as refused:
            self.model.save("no/such/folder.safetensors")
        self.assertIsInstance(refused.exception, OSError)
        self.assertIn("folder", str(refused.exception))

    def test_text(self):
        """The network's text makes the same network."""
        again = linnet.Model.from_text(self.model.text, seed=3)
        self.assertEqual(again.parameters, self.model.parameters)
        self.assertIn("conv1", self.model.summary())
        self.assertIn("<pre>", self.model.summary()._repr_html_())


class Names(helper.Case):
    def test_architectures(self):
        self.assertIn("resnet50", linnet.architectures())
        with self.assertRaisesRegex(linnet.UsageError, "did you mean resnet18"):
            linnet.Model("resnet19")
        with self.assertRaises(linnet.InputError):
            linnet.Model("gone.safetensors")
        with self.assertRaisesRegex(TypeError, "architecture's name"):
            linnet.Model("gone.safetensors", imgsz=64)

    def test_closed(self):
        """A predictor borrows its model, so closing the model ends both, and nothing crashes."""
        model = linnet.Model("lenet5")
        predictor = model.predictor()
        model.close()
        for use in (model.state_dict, lambda: predictor(np.zeros((4, 4, 3), np.uint8)), lambda: model.parameters):
            with self.assertRaises(ValueError):
                use()
        self.assertIn("closed", repr(model))

    def test_program(self):
        """python -m linnet is the program, with its exit status."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        for args, status in ((["--version"], 0), (["predict"], 2)):
            run = subprocess.run([sys.executable, "-B", "-m", "linnet", *args], capture_output=True, text=True, env=environment)
            self.assertEqual(run.returncode, status, run.stderr)
        run = subprocess.run([sys.executable, "-B", "-m", "linnet", "models", "--json"], capture_output=True, text=True,
                             env=environment)
        self.assertEqual(sorted(m["name"] for m in json.loads(run.stdout)), sorted(linnet.architectures()))

    def test_version(self):
        self.assertEqual(linnet.__version__, linnet.version())
        self.assertFalse(math.isnan(float(linnet.onednn_version().split(".")[0])))


if __name__ == "__main__":
    helper.main()
