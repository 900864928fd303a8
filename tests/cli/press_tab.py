"""press_tab.py SETUP LINE WORD... -- SHELL...: starts the shell on a terminal, gives it SETUP, types LINE and two tabs, and exits
with 0 as soon as the shell shows every WORD. After a minute it prints what the shell has shown and exits with 1."""
import os
import pty
import re
import select
import sys
import time

DASHES = sys.argv.index("--")
SETUP, LINE, WORDS, SHELL = sys.argv[1], sys.argv[2], sys.argv[3:DASHES], sys.argv[DASHES + 1:]
END = time.monotonic() + 60


def read_until(done):
    """Reads the terminal until done(text) or until the time is up; returns the text without escape sequences."""
    shown = b""
    while True:
        ready = select.select([terminal], [], [], max(0, END - time.monotonic()))[0]
        try:
            chunk = os.read(terminal, 65536) if ready else b""
        except OSError:
            chunk = b""
        shown += chunk
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>()][0-9A-B]?|\r", "", shown.decode(errors="replace"))
        if done(text):
            return text
        if not chunk:
            print(text)
            sys.exit(1)


pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="xterm", COLUMNS="200", LINES="50")
    os.execvp(SHELL[0], SHELL)
# The shell evaluates the sum, so the echo of the line that asks for it is not taken for the answer.
os.write(terminal, f"{SETUP}; echo ready$((40 + 2))\n".encode())
read_until(lambda text: "ready42" in text)
os.write(terminal, LINE.encode() + b"\t\t")
read_until(lambda text: all(word in text for word in WORDS))
os.kill(pid, 9)
