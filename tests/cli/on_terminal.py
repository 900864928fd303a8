"""on_terminal.py COLUMNS COMMAND...: runs the command on a terminal of that width, copies its output, exits with its status."""
import fcntl
import os
import pty
import struct
import sys
import termios

columns, command = int(sys.argv[1]), sys.argv[2:]
parent, child = pty.openpty()
fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
pid = os.fork()
if pid == 0:
    os.close(parent)
    for fd in (0, 1, 2):
        os.dup2(child, fd)
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)
os.close(child)
while True:
    try:
        chunk = os.read(parent, 65536)
    except OSError:  # how Linux reports that the other end is closed
        break
    if not chunk:
        break
    sys.stdout.buffer.write(chunk)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
