"""A row as it was measured (measure.take_row's record), and what follows from it."""
import statistics

import cases
import measure

NOISY = 0.1  # a spread of the rounds that wide, or others that took so much of the machine, is said


class Row:
    def __init__(self, record):
        self.record, self.case = record, record["case"]
        self.name = cases.name(self.case)
        self.ours = {ours["version"]: ours for ours in record["ours"]}
        self.variants = record["variants"]
        ran = [v for v in self.variants if v["rates"]]
        self.best = max(ran, key=lambda v: v["rate"]) if ran else None

    def median(self, version, figure):
        """Of Linnet's rounds; None: that program has none here."""
        if version not in self.ours:
            return None
        return statistics.median(result[figure] for result in self.ours[version]["rounds"])

    def share(self, version, of):
        """Of the floor, the roof (images/s both); None: not measured."""
        floor = self.ours[version]["floor"] if version in self.ours else None
        return floor["images_per_s"] / floor[of] if floor else None

    def ratios(self, version):
        """Linnet over the best peer in each round."""
        if version not in self.ours or not self.best:
            return []
        return [result["images_per_s"] / rate for result, rate in zip(self.ours[version]["rounds"], self.best["rates"])]

    def ratio(self, version):
        ratios = self.ratios(version)
        return statistics.median(ratios) if ratios else None

    def least_memory(self):
        """The variant of the peers that took least; None: none told."""
        told = [v for v in self.variants if v["rss_mb"]]
        return min(told, key=lambda v: v["rss_mb"]) if told else None

    def spread(self):
        """The widest, of Linnet's rounds and the best peer's: highest over lowest, less one."""
        series = [[result["images_per_s"] for result in ours["rounds"]] for ours in self.ours.values()]
        series += [self.best["rates"]] if self.best else []
        return max((max(rates) / min(rates) - 1 for rates in series if rates), default=0)

    def noise(self):
        """What makes it less sure; "" where nothing does."""
        told = []
        if self.record["busy"] > NOISY:
            told.append(f"others took {100 * self.record['busy']:.0f} % of the machine before it")
        if self.spread() > NOISY:
            told.append(f"its rounds lie {100 * self.spread():.0f} % apart")
        return " and ".join(told)

    def fastest_left_out(self):
        """Names of variants that only qualified, with the best of them near enough to have raced: there are none in one run."""
        return [v["title"] for v in self.variants
                if not v["rates"] and v["rate"] and self.best and v["rate"] > self.best["rate"] / measure.KEEP]
