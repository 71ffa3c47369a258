"""Runs one cell in the Go kernel of the Jupyter that this Python has, and prints what it said.

It ends when all that the kernel started has ended: a go command of its language server may
outlive both by seconds on a busy machine.

Usage: python cell.py FILE
"""

import os
import subprocess
import sys
import time

from jupyter_client.manager import start_new_kernel


def programs(session):
    """The processes of a session. Jupyter gives each kernel one of its own."""
    listed = subprocess.run(["ps", "-A", "-o", "pid="], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = []
    for pid in map(int, listed.split()):
        try:
            if os.getsid(pid) == session:
                found.append(pid)
        except ProcessLookupError:  # it has ended since, as ps itself
            pass
    return found


with open(sys.argv[1], encoding="utf-8") as file:
    cell = file.read()
manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=120)
kernel = manager.provisioner.pid
try:
    reply = client.execute_interactive(cell, timeout=120)
    print(reply["content"]["status"])
finally:
    client.stop_channels()
    manager.shutdown_kernel()
    start = time.monotonic()
    while (left := programs(kernel)) and time.monotonic() - start < 120:
        time.sleep(0.1)
    print(f"{len(left)} programs left {time.monotonic() - start:.1f} s after the kernel")
