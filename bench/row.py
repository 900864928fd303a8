"""A measured row (a record of measure.take_row), and the figures derived from it."""
import statistics

import cases
import measure

NOISY = 0.1  # a row is marked if its rounds differ by more, or if other processes used more of the machine meanwhile


class Row:
    def __init__(self, record):
        self.record, self.case = record, record["case"]
        self.name = cases.name(self.case)
        self.ours = {ours["version"]: ours for ours in record["ours"]}
        self.variants = record["variants"]
        ran = [v for v in self.variants if v["rates"]]
        self.best = max(ran, key=lambda v: v["rate"]) if ran else None

    def median(self, version, figure):
        """Median over Linnet's rounds; None if that program was not measured."""
        if version not in self.ours:
            return None
        return statistics.median(result[figure] for result in self.ours[version]["rounds"])

    def gain(self, version, dtype):
        """Median over Linnet's rounds of the rate in 8 bits over that in dtype; None if not measured."""
        rounds = self.ours[version]["rounds"] if version in self.ours else []
        gains = [result["images_per_s"] / result[f"{dtype}_images_per_s"] for result in rounds if f"{dtype}_images_per_s" in result]
        return statistics.median(gains) if gains else None

    def share(self, version, of):
        """Share of the floor or the roof (both in images/s); None if not measured."""
        floor = self.ours[version]["floor"] if version in self.ours else None
        return floor["images_per_s"] / floor[of] if floor else None

    def ratios(self, version):
        """Ratio of Linnet to the best peer in each round."""
        if version not in self.ours or not self.best:
            return []
        return [result["images_per_s"] / rate for result, rate in zip(self.ours[version]["rounds"], self.best["rates"])]

    def ratio(self, version):
        ratios = self.ratios(version)
        return statistics.median(ratios) if ratios else None

    def least_memory(self):
        """The peers' variant that used the least memory; None if none reported it."""
        told = [v for v in self.variants if v["rss_mb"]]
        return min(told, key=lambda v: v["rss_mb"]) if told else None

    def spread(self):
        """Highest over lowest rate minus one, for Linnet's rounds and the best peer's; the larger of the two."""
        series = [[result["images_per_s"] for result in ours["rounds"]] for ours in self.ours.values()]
        series += [self.best["rates"]] if self.best else []
        return max((max(rates) / min(rates) - 1 for rates in series if rates), default=0)

    def noise(self):
        """Reasons to doubt the row; "" if there are none."""
        told = []
        if self.record["busy"] > NOISY:
            told.append(f"other processes used {100 * self.record['busy']:.0f} % of the machine before it")
        if self.spread() > NOISY:
            told.append(f"its rounds differ by {100 * self.spread():.0f} %")
        return " and ".join(told)

    def fastest_left_out(self):
        """Names of variants that did not race although they were close to the best; always empty after a single run."""
        return [v["title"] for v in self.variants
                if not v["rates"] and v["rate"] and self.best and v["rate"] > self.best["rate"] / measure.KEEP]
