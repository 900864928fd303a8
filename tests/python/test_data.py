"""linnet.Data: layouts, parts, images, and what is wrong with them."""
import csv
import os
import unittest

import helper
import numpy as np

import linnet


class Parts(helper.Case):
    kinds = ("idx", "photos")

    def test_idx(self):
        data = linnet.Data(self.data["idx"])
        self.assertEqual(data.classes, [str(i) for i in range(10)])
        self.assertEqual(data.counts, {"train": 240, "val": 0, "test": 60})
        self.assertTrue(data.watches_test)
        self.assertFalse(linnet.Data(self.data["idx"], split="200,40").watches_test)
        self.assertEqual(data.channels, 1)
        self.assertTrue(data.has_parts)
        self.assertEqual(len(data), 300)
        self.assertEqual(data.class_counts[:, 1].tolist(), [24] * 10)
        self.assertEqual({data.sample(int(n)).part for n in data.numbers("test")}, {"test"})

    def test_photos(self):
        data = linnet.Data(self.data["photos"], split="40,12,8", seed=42)
        self.assertEqual(data.classes, ["cat", "dog"])
        self.assertEqual(data.counts, {"train": 40, "val": 12, "test": 8})
        self.assertFalse(data.has_parts)
        samples = data.samples("val")
        self.assertEqual(len(samples), 12)
        for sample in samples:
            self.assertEqual((sample.part, sample.path.split("/")[0]), ("val", sample.name))
        numbers = np.concatenate([data.numbers(part) for part in ("train", "val", "test")])
        self.assertEqual(sorted(numbers.tolist()), list(range(60)))

    def test_split_as_numbers(self):
        """A sequence of numbers is the same as their text."""
        one = linnet.Data(self.data["photos"], split=(40, 12, 8), seed=42)
        other = linnet.Data(self.data["photos"], split="40,12,8", seed=42)
        self.assertEqual(one.numbers("train").tolist(), other.numbers("train").tolist())

    def test_save_split(self):
        data = linnet.Data(self.data["photos"], split="40,12,8")
        data.save_split("split.csv")
        with open("split.csv", newline="", encoding="utf-8") as lines:
            self.assertEqual(sum(row["part"] == "val" for row in csv.DictReader(lines)), 12)
        again = linnet.Data(self.data["photos"], split_file="split.csv")
        self.assertEqual(again.numbers("test").tolist(), data.numbers("test").tolist())

    def test_images(self):
        data = linnet.Data(self.data["photos"])
        image, label = data[32]
        self.assertEqual((image.shape, image.dtype, label), ((80, 80, 3), np.dtype("uint8"), 1))
        self.assertEqual(data.sample(32).path, "dog/10.png")  # byte order: 0, 1, 10
        for channel in range(3):
            self.assertEqual(image[:, :, channel].tolist(), helper.photo(40).tolist())
        self.assertLessEqual(max(data.image(0, side=40).shape[:2]), 40)
        with self.assertRaises(IndexError):
            data[60]
        with self.assertRaises(linnet.UsageError) as refused:
            data.image(60)
        self.assertEqual(refused.exception.code, "data-sample")

    def test_closed(self):
        with linnet.Data(self.data["photos"]) as data:
            self.assertIn("2 classes", repr(data))
        self.assertIn("closed", repr(data))
        with self.assertRaises(ValueError):
            data.image(0)
        data.close()

    def test_html(self):
        text = linnet.Data(self.data["photos"])._repr_html_()
        self.assertIn("<table>", text)
        self.assertIn("data:image/png;base64,", text)


class Wrong(helper.Case):
    kinds = ("photos",)

    def test_missing(self):
        with self.assertRaises(linnet.InputError) as refused:
            linnet.Data("nowhere")
        error = refused.exception
        self.assertEqual((error.status, error.code, error.file), (-3, "data-missing", "nowhere"))
        self.assertIn("nowhere", error.message)
        self.assertNotIn("[data-missing]", str(error))
        self.assertIsInstance(error, ValueError)

    def test_unknown_option(self):
        with self.assertRaisesRegex(TypeError, "'splits'; did you mean 'split'"):
            linnet.Data(self.data["photos"], splits="80,10,10")
        with self.assertRaisesRegex(linnet.UsageError, "^limit"):
            linnet.Data(self.data["photos"], limit=-5)
        with self.assertRaises(linnet.UsageError):
            linnet.Data(self.data["photos"], split="70,70,70")

    def test_check(self):
        folder = helper.make("photos", os.path.join(self.folder, "bad"))
        with open(os.path.join(folder, "cat/broken.png"), "wb") as out:
            out.write(b"\x89PNG\r\n\x1a\n")
        with open(os.path.join(folder, "cat/0.png"), "rb") as source, open(os.path.join(folder, "dog/copy.png"), "wb") as out:
            out.write(source.read())
        found = linnet.Data(folder).check()
        self.assertEqual((found.images, found.readable), (62, 61))
        self.assertEqual([bad.path for bad in found.bad], ["cat/broken.png"])
        self.assertTrue(found.bad[0].code.startswith("img-"))
        across = [group for group in found.duplicates if group.across_classes]
        self.assertEqual([sorted(group.paths) for group in across], [["cat/0.png", "dog/copy.png"]])
        self.assertTrue(across[0].identical)
        self.assertIn("cat/broken.png", found._repr_html_())


if __name__ == "__main__":
    helper.main()
