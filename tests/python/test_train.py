"""linnet.train, linnet.resume, evaluation, callbacks, Ctrl-C, and what is shown meanwhile."""
import contextlib
import io
import math
import os
import signal
import subprocess
import sys
import threading
import unittest
import warnings

import helper
import numpy as np

import linnet


def quiet(function, *args, **options):
    """(result, what it printed)."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        result = function(*args, **options)
    return result, out.getvalue()


class Train(helper.Case):
    kinds = ("idx", "photos")

    def test_the_shortest_program(self):
        """Train, evaluate, predict: from a path, into a run folder, and from the folder again."""
        model, shown = quiet(linnet.train, self.data["idx"], "lenet", epochs=3)
        self.assertEqual(model.run, os.path.join("runs", "train"))
        self.assertEqual(len(model.history), 3)
        self.assertEqual(model.history["epoch"].tolist(), [1, 2, 3])
        self.assertLess(model.history["train_loss"][2], model.history["train_loss"][0])
        self.assertEqual(len([line for line in shown.splitlines() if line.strip()[:1].isdigit()]), 3)
        self.assertNotIn("\r", shown)
        self.assertIn("test accuracy", shown)
        metrics = model.evaluate()
        self.assertEqual((metrics.count, metrics.confusion.shape, metrics.confusion.dtype), (60, (10, 10), np.dtype(np.int64)))
        self.assertEqual(metrics.acc, model.result.test_acc)
        self.assertAlmostEqual(metrics.acc, np.trace(metrics.confusion) / 60)
        self.assertGreater(metrics.acc, 0.5)
        self.assertTrue(metrics.acc_low < metrics.acc <= metrics.acc_high)
        self.assertTrue(math.isnan(metrics.auc))
        self.assertEqual(sum(row.count for row in metrics.per_class), 60)
        self.assertIn("<table>", metrics._repr_html_())
        self.assertIn("precision", str(metrics))
        opened = linnet.Model("runs/train")
        self.assertEqual(opened.evaluate().confusion.tolist(), metrics.confusion.tolist())
        self.assertIn("<svg", model._repr_html_())
        for name in ("report.html", "results.png", "best.safetensors"):
            self.assertTrue(os.path.exists(os.path.join(model.run, name)), name)

    def test_same_bits_as_the_program(self):
        run = subprocess.run([os.environ["LINNET_PROGRAM"], "train", self.data["idx"], "-m", "lenet5", "--epochs", "1", "--seed", "5",
                              "--batch-size", "16", "--lr", "0.003", "--threads", "1", "--project", "bits", "--name", "program", "-q"],
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        model = linnet.train(self.data["idx"], "lenet5", epochs=1, seed=5, batch_size=16, lr=0.003, threads=1, project="bits",
                             name="python", progress=False)
        program = linnet.Model("bits/program").state_dict()
        for name, values in model.state_dict().items():
            self.assertEqual(values.tobytes(), program[name].tobytes(), name)

    def test_folders(self):
        """Runs are numbered; project=None writes nothing; a run that is refused leaves no folder."""
        data = linnet.Data(self.data["idx"])
        for expected in ("f/a", "f/a2"):
            self.assertEqual(linnet.train(data, "lenet5", epochs=1, project="f", name="a", progress=False).run, expected)
        before = sorted(os.listdir("."))
        self.assertIsNone(linnet.train(data, "lenet5", epochs=1, project=None, progress=False).run)
        with self.assertRaises(linnet.UsageError):
            linnet.train(data, "lenet5", momentum=0.9, opt="adam", project="refused", progress=False)
        self.assertEqual(sorted(os.listdir(".")), before)
        os.mkdir("the user's")
        with self.assertRaises(linnet.UsageError):
            linnet.train(data, "lenet5", momentum=0.9, opt="adam", project="the user's", progress=False)
        self.assertEqual(os.listdir("the user's"), [])

    def test_a_model_is_trained_further(self):
        data = linnet.Data(self.data["idx"])
        model = linnet.train(data, "lenet5", epochs=1, project=None, progress=False)
        name, first = next(iter(model.state_dict().items()))
        again = linnet.train(data, model, epochs=1, project=None, progress=False)
        self.assertIs(again, model)
        self.assertNotEqual(first.tobytes(), model.state_dict()[name].tobytes())
        result = model.train(data, epochs=2, project=None, progress=False)
        self.assertEqual((result.epochs, len(model.history)), (2, 2))

    def test_a_file_is_trained_further_on_other_classes(self):
        """The last layer is new, the others begin with the file's weights."""
        linnet.Model("lenet5", linnet.Data(self.data["idx"]), imgsz=32, channels=3, seed=8).save("start.safetensors")
        model = linnet.train(self.data["photos"], "start.safetensors", epochs=0, project=None, progress=False)
        before, after = linnet.Model("start.safetensors").state_dict(), model.state_dict()
        self.assertEqual(model.classes, ["cat", "dog"])
        self.assertEqual([name for name in before if before[name].tobytes() != after[name].tobytes()][-1].split(".")[0],
                         list(before)[-1].split(".")[0])
        self.assertEqual(before["c1.weight"].tobytes(), after["c1.weight"].tobytes())

    def test_refusals(self):
        data = linnet.Data(self.data["idx"])
        for options, error, words in (({"epoch": 1}, TypeError, "did you mean 'epochs'"), ({"split": "1,1,1"}, TypeError, "open already"),
                                      ({"lr": -1}, linnet.UsageError, "^lr"), ({"opt": "sdg"}, linnet.UsageError, "did you mean sgd"),
                                      ({"recipe": "slow"}, linnet.UsageError, "recipe"), ({"time": "soon"}, linnet.UsageError, "^time"),
                                      ({"model": "lenet6"}, linnet.UsageError, "did you mean lenet")):
            with self.assertRaisesRegex(error, words):
                linnet.train(data, project=None, progress=False, **{"model": "lenet5", **options})
        with self.assertRaisesRegex(TypeError, "exists already"):
            linnet.train(data, linnet.Model("lenet5"), imgsz=64, project=None, progress=False)
        with self.assertRaises(linnet.InputError):  # the classes of the data are not the model's
            linnet.Model("lenet5", linnet.Data(self.data["photos"])).evaluate(data)
        with self.assertRaisesRegex(linnet.UsageError, "no data of its own"):
            linnet.Model("lenet5").evaluate()
        with self.assertRaisesRegex(ValueError, "'validation'; expected 'train'"):
            linnet.Model("lenet5", data).evaluate(part="validation")

    def test_unreadable_images_are_a_warning(self):
        folder = helper.make("photos", os.path.join(self.folder, "broken"))
        for name in ("cat/3.png", "dog/4.png"):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write("hello")
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            linnet.train(folder, "lenet5", epochs=2, imgsz=32, project=None, progress=False)
        found = [w for w in seen if issubclass(w.category, linnet.ImageWarning)]
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0].filename, __file__)
        self.assertRegex(str(found[0].message), "^2 images could not be read and were left out; the first: ")


class Callbacks(helper.Case):
    kinds = ("idx",)

    def test_events(self):
        events = []
        linnet.train(self.data["idx"], "lenet5", epochs=2, project="runs", name="events", progress=False, callbacks=events.append)
        kinds = [event.kind for event in events]
        self.assertEqual((kinds.count("start"), kinds.count("epoch")), (1, 2))
        steps = [event for event in events if event.kind == "step" and event.part == "train" and event.epoch == 1]
        self.assertEqual([event.step for event in steps], list(range(1, 9)))  # 240 images, 32 a step
        self.assertTrue(any(event.path.endswith("best.safetensors") for event in events if event.kind == "file"))

    def test_an_exception_stops_the_training(self):
        def stop(event):
            if event.kind == "step" and event.epoch == 2:
                raise RuntimeError("enough")
        with self.assertRaisesRegex(RuntimeError, "enough"):
            linnet.train(self.data["idx"], "lenet5", epochs=3, name="enough", progress=False, callbacks=[stop])
        self.assertEqual(linnet.resume("runs/enough", progress=False).history["epoch"].tolist(), [2, 3])

    def test_the_model_is_busy(self):
        """A callback that uses the model which is being trained is refused, not a crash."""
        model = linnet.Model("lenet5", linnet.Data(self.data["idx"]))
        image = np.zeros((28, 28, 3), np.uint8)
        with self.assertRaises(linnet.UsageError) as refused:
            model.train(model.data, epochs=1, project=None, progress=False, callbacks=lambda event: model.predict(image))
        self.assertEqual(refused.exception.code, "model-busy")
        self.assertEqual(model.predict(image).logits.shape, (10,))


class Interrupt(helper.Case):
    kinds = ("idx",)

    def test_ctrl_c_saves_and_resume_continues_to_the_same_bits(self):
        def interrupt(event):
            if event.kind == "step" and (event.epoch, event.step) == (2, 3):
                os.kill(os.getpid(), signal.SIGINT)
        options = {"epochs": 2, "seed": 2, "threads": 1, "project": "runs", "progress": False}
        whole = linnet.train(self.data["idx"], "lenet5", name="whole", **options)
        before = signal.getsignal(signal.SIGINT)
        with self.assertRaises(KeyboardInterrupt) as stopped:
            linnet.train(self.data["idx"], "lenet5", name="cut", callbacks=interrupt, **options)
        self.assertIsInstance(stopped.exception, linnet.Interrupted)
        self.assertNotIsInstance(stopped.exception, Exception)
        self.assertEqual((stopped.exception.run, stopped.exception.status), ("runs/cut", -130))
        self.assertIn("linnet.resume('runs/cut')", str(stopped.exception))
        self.assertEqual(signal.getsignal(signal.SIGINT), before)
        resumed = linnet.resume("runs/cut", progress=False)
        for name, values in whole.state_dict().items():
            self.assertEqual(values.tobytes(), resumed.state_dict()[name].tobytes(), name)
        self.assertEqual(resumed.run, "runs/cut")

    def test_ctrl_c_from_outside(self):
        """The signal of a terminal reaches a script that is inside the library."""
        script = ("import linnet\n"
                  f"linnet.train({self.data['idx']!r}, 'lenet5', epochs=100000, name='script', progress=False,\n"
                  "             callbacks=lambda e: print(e.kind, flush=True) if e.kind == 'start' else None)\n")
        run = subprocess.Popen([sys.executable, "-B", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        self.assertEqual(run.stdout.readline(), "start\n")
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("linnet.errors.Interrupted: ", errors)
        self.assertTrue(os.path.exists("runs/script/last.safetensors"))

    def test_other_threads(self):
        """In a thread that is not the main one, signals are left alone and training works."""
        found = []
        thread = threading.Thread(target=lambda: found.append(linnet.train(self.data["idx"], "lenet5", epochs=1, project=None,
                                                                           progress=False)))
        thread.start()
        thread.join()
        self.assertEqual(len(found[0].history), 1)

    def test_a_stack_for_signals(self):
        """oneDNN points the stack register at the heap, so a handler needs a stack of its own."""
        from linnet._signals import _SS_DISABLE, _Stack, give_stack
        import ctypes

        def flags():
            stack = _Stack()
            self.assertEqual(ctypes.CDLL(None).sigaltstack(None, ctypes.byref(stack)), 0)
            return stack.flags
        found = []
        thread = threading.Thread(target=lambda: (found.append(flags()), give_stack(), found.append(flags())))
        thread.start()
        thread.join()
        self.assertEqual([flag & _SS_DISABLE for flag in found], [_SS_DISABLE, 0])
        # Python's handlers use that stack: SA_ONSTACK is in the flags of struct sigaction, behind the handler and the mask.
        signal.signal(signal.SIGUSR1, lambda *_: None)
        action = ctypes.create_string_buffer(256)
        ctypes.CDLL(None).sigaction(signal.SIGUSR1, None, action)
        self.assertTrue(int.from_bytes(action.raw[136:140], "little") & 0x08000000)


class Notebook(helper.Case):
    kinds = ("idx",)

    def test_a_table_and_curves_that_grow(self):
        """With IPython's kernel, one output is replaced by a longer one after each epoch."""
        class Handle:
            def update(self, html):
                shown.append(html)

        class Module:
            def __init__(self, **names):
                vars(self).update(names)

        def display(html, display_id=False):
            shown.append(html)
            return Handle()
        shown = []
        shell = Module(kernel=object())
        fake = {"IPython": Module(get_ipython=lambda: shell), "IPython.display": Module(HTML=str, display=display)}
        sys.modules.update(fake)
        try:
            model, printed = quiet(linnet.train, self.data["idx"], "lenet5", epochs=3, project=None)
        finally:
            for name in fake:
                del sys.modules[name]
        self.assertEqual(printed, "")
        rows = [html.count("<tr>") for html in shown[:-1]]
        self.assertEqual(rows, sorted(rows))
        self.assertEqual(rows[-1], 4)  # the head and three epochs
        self.assertIn("<polyline", shown[-2])
        self.assertIn("<progress", shown[0])
        self.assertIn("test accuracy", shown[-1])

    def test_epochs_without_evaluation_are_bridged(self):
        from linnet import _html
        bridged = _html.curves("loss", [("val", "red", [0.5, math.nan, 0.7])])
        self.assertEqual((bridged.count("<polyline"), bridged.count("<circle")), (1, 0))
        diverged = _html.curves("loss", [("val", "red", [0.5, math.inf, 0.7])])
        self.assertEqual((diverged.count("<polyline"), diverged.count("<circle")), (0, 2))

    def test_html_is_escaped(self):
        """Names of classes and files are foreign text."""
        from linnet import _html
        self.assertNotIn("<b", _html.table(["<b>"], [["<b>"]]) + _html.bars(["<b>"], [0.5]))
        self.assertIn("&lt;", _html.escape("<"))
        self.assertEqual(_html.escape("a\udcffb"), "a?b")


if __name__ == "__main__":
    helper.main()
