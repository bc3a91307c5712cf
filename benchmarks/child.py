"""Runs a command and prints what it took, as JSON: seconds, those of the processor, the most bytes.

Between a benchmark and what it measures: the kernel counts the memory of who starts a process as
the process's own, and this one is small. What the command prints is dropped, but for its errors.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    started = time.monotonic()
    child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    print(json.dumps([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024]))
    sys.exit(child.returncode)


if __name__ == "__main__":
    main()
