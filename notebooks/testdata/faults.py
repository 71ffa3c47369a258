"""Runs a cell in a Go kernel again and again, and stops it again and again, for the command's tests.

Usage: python faults.py CELL ACTION…

CELL is a file with the cell's code, which prints "begun" first. Each ACTION runs it: "interrupt:SECONDS" and "restart:SECONDS" interrupt the cell or restart its kernel so long
after it has begun, or with "@WORD" after them so long after it says that word, "end" waits for its end. What came of each is told on standard output, one JSON object a line: how long the cell took to stop and what it said.
"""

import json
import queue
import sys
import time

from jupyter_client.manager import start_new_kernel


def text(message):
    content = message["content"]
    if message["msg_type"] == "stream":
        return content["text"]
    if message["msg_type"] in ("display_data", "update_display_data"):
        return content["data"].get("text/html", "")
    if message["msg_type"] == "error":
        return "\n".join(content["traceback"])
    return ""


class Cell:
    """One that is being run."""

    def __init__(self, client, code):
        self.client, self.said, self.idle = client, "", False
        self.id = client.execute(code)

    def read(self, until, seconds=600.0):
        """Reads what comes until a condition holds, or the cell has ended, or time is up."""
        end = time.monotonic() + seconds
        while not until() and not self.idle and (left := end - time.monotonic()) > 0:
            try:
                message = self.client.get_iopub_msg(timeout=min(left, 0.2))
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != self.id:
                continue
            self.said += text(message)
            self.idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


def main(path, actions):
    with open(path, encoding="utf-8") as file:
        code = file.read()
    manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=120)
    try:
        for action in actions:
            what, _, seconds = action.partition(":")
            cell = Cell(client, code)
            seconds, _, word = seconds.partition("@")
            cell.read(lambda: (word or "begun") in cell.said)
            cell.read(lambda: False, float(seconds or 3600))
            ended, start = cell.idle, time.monotonic()
            if not ended and what == "interrupt":
                manager.interrupt_kernel()
                cell.read(lambda: False, 60.0)
            elif not ended:
                # Not restart_kernel: it keeps the ports even where it is asked for new ones, and the old kernel's may not be free yet.
                client.stop_channels()
                manager.shutdown_kernel(now=True)
                manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=120)
            print(json.dumps({"action": action, "ended": ended, "seconds": time.monotonic() - start, "said": cell.said}), flush=True)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
