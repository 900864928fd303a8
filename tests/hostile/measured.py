"""A command, with what it costs."""
import os
import subprocess
import tempfile
import threading

HANG_S = 120  # a command that takes longer is killed, so that the test can name the file


def run(command):
    """Status, stdout, stderr as bytes, seconds of processor time, megabytes."""
    environment = {**os.environ, 'OMP_WAIT_POLICY': 'passive', 'OMP_NUM_THREADS': '1'}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        timer = threading.Timer(HANG_S, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return (process.returncode, out.read(), err.read(), usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss / 1024)
