"""A peer's process that runs one variant of one network and speaks the protocol of serve.py."""
import json
import os
import selectors
import signal
import statistics
import subprocess
import tempfile

START_S = 120  # to import the peer's libraries
PREPARE_S = 180  # to make the network and, if the variant does, compile it
MEASURE_S = 120  # in addition to the requested time: warm-up and the least number of steps


class Failed(Exception):
    """A measurement failed; the text is for users."""


def peer_environment():
    """Our environment without variables that slow a peer down; OMP_NUM_THREADS stays, because it applies to both."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}


class PeerKind:
    """An installed peer: its script, the Python with its libraries, and the script's description of itself."""

    def __init__(self, python, script):
        self.python, self.script = python, str(script)
        try:
            done = subprocess.run([python, self.script, "--list"], env=peer_environment(), capture_output=True,
                                  text=True, timeout=START_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(str(error)) from error
        if done.returncode:
            raise Failed((done.stderr.strip().splitlines() or ["no message"])[-1])
        about = json.loads(done.stdout)
        self.peer, self.version, self.onednn = about["peer"], about["version"], about["onednn"]
        self.module, self.variants = about.get("module"), about["variants"]

    @property
    def title(self):
        return f"{self.peer} {self.version}" + (f" (oneDNN {self.onednn})" if self.onednn else "")


class Variant:
    """A variant's process, which waits for a request while others are measured."""

    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.qualifying = None  # images/s of the one measurement before the rounds
        self.rates = []  # images/s of each round
        self.rss_mb, self.failure = 0, None
        self.left_out = False  # by the flags of this run
        self.log = self.process = None

    def start(self):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([self.kind.python, self.kind.script, self.name], env=peer_environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        start_new_session=True)

    @property
    def title(self):
        return f"{self.kind.peer}, {self.name.replace('+', ', ')}"

    @property
    def rate(self):
        return statistics.median(self.rates) if self.rates else self.qualifying

    def ask(self, request, limit):
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            line = self.read_line(limit)
        except OSError:
            line = b""
        if not line:
            raise Failed(f"its process ended: {self.last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def read_line(self, limit):
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            if not ready.select(limit):
                raise Failed(f"no answer within {limit:.0f} s")
        return self.process.stdout.readline()

    def last_words(self):
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "no message"

    def prepare(self, case, parameters=None):
        """parameters: the expected number of parameters; None if it cannot be counted."""
        try:
            answer = self.ask({"prepare": case}, START_S + PREPARE_S)
            if parameters is not None and answer["parameters"] != parameters:
                raise Failed(f"another network: {answer['parameters']} parameters, Linnet's has {parameters}")
        except Failed as failure:
            self.fail(failure)

    def measure(self, seconds):
        """images/s; None after a failure, which also closes the process."""
        try:
            answer = self.ask({"measure": seconds}, seconds + MEASURE_S)
        except Failed as failure:
            self.fail(failure)
            return None
        self.rss_mb = answer.get("rss_mb", 0)
        return answer["images_per_s"]

    def qualify(self, seconds):
        self.qualifying = self.measure(seconds)

    def race(self, seconds):
        rate = self.measure(seconds)
        if rate is not None:
            self.rates.append(rate)

    def fail(self, failure):
        self.failure, self.rates, self.qualifying = str(failure), [], None
        self.close()

    def close(self):
        """Ends the process with all its children: compilers run in separate processes."""
        if not self.process or self.log.closed:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()

    def record(self):
        """The data to store."""
        return {"title": self.title, "kind": self.kind.title, "name": self.name, "qualifying": self.qualifying, "rates": self.rates,
                "rate": self.rate, "rss_mb": self.rss_mb, "failure": self.failure, "left_out": self.left_out}
