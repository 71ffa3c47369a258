"""Runs one cell in the Go kernel of the Jupyter that this Python has, and prints what it said.

Usage: python cell.py FILE
"""

import sys

from jupyter_client.manager import start_new_kernel

with open(sys.argv[1], encoding="utf-8") as file:
    cell = file.read()
manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=120)
try:
    reply = client.execute_interactive(cell, timeout=120)
    print(reply["content"]["status"])
finally:
    client.stop_channels()
    manager.shutdown_kernel()
