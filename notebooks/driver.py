"""Runs a notebook in Jupyter, cell by cell, and writes it with its outputs, and as a page.

Usage: python driver.py SOURCE FOLDER NOTEBOOK PAGE [STEPS EPOCHS]

The cells of SOURCE run with FOLDER as their working directory; the result is written to NOTEBOOK (.ipynb) and PAGE (.html), also
where a cell failed or the run was stopped. With STEPS and EPOCHS, flows train for at most so many where a cell says how long.
What goes on is told on standard output, one JSON object a line. The run is stopped when standard input ends, so that it never
outlives whoever started it.
"""

import asyncio
import html.parser
import json
import os
import re
import sys
import threading
import time

import nbformat
from jinja2 import DictLoader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter


def tell(event, **rest):
    print(json.dumps({"event": event, **rest}), flush=True)


async def run(client, cells):
    """Runs the cells in turn until one fails. Gives whether all went well."""
    async with client.async_setup_kernel():
        tell("kernel", pid=getattr(client.km.provisioner, "pid", None) or 0)
        try:
            info = await client.async_wait_for_reply(client.kc.kernel_info())
            if info is not None:
                client.nb.metadata["language_info"] = info["content"]["language_info"]
            for number, (index, cell) in enumerate(cells, 1):
                tell("start", cell=number, of=len(cells), source=cell.source)
                start = time.monotonic()
                try:
                    await client.async_execute_cell(cell, index, execution_count=number)
                except CellExecutionError:
                    tell("failed", cell=number, of=len(cells), source=cell.source, text=complaint(cell))
                    return False
                if status := bad_end(cell):
                    text = complaint(cell)
                    cell.outputs.append(nbformat.v4.new_output("error", ename=status, evalue=text.partition("\n")[0]))
                    tell("failed", cell=number, of=len(cells), source=cell.source, text=text)
                    return False
                tell("done", cell=number, of=len(cells), source=cell.source, seconds=time.monotonic() - start)
        except asyncio.CancelledError:
            # GoNB leaves the program of a cell running when it is shut down; interrupted it ends it first.
            await client.km.interrupt_kernel()
            await asyncio.sleep(0.5)
            raise
    return True


def bad_end(cell):
    """The exit status of a cell's program that panicked or gave up, else "". To GoNB, and so to Jupyter, such a cell went
    well: it only writes the status to standard error, as the last thing."""
    for output in reversed(cell.outputs):
        if output.output_type == "stream" and output.name == "stderr":
            last = output.text.rstrip().rpartition("\n")[2]
            return last if re.fullmatch(r"exit status \d+|signal: .+", last) else ""
    return ""


class Text(html.parser.HTMLParser):
    """The text of a piece of HTML, for GoNB shows the errors of the compiler as HTML."""

    def __init__(self):
        super().__init__()
        self.parts, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("style", "script")
        if tag in ("br", "div", "p"):
            self.parts.append("\n")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def complaint(cell):
    """What a failed cell has to say: what it wrote to standard error, what the compiler said, or else the error itself."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            parts.append(output.text)
        elif output.output_type == "display_data" and "text/html" in output.data:
            parser = Text()
            parser.feed(output.data["text/html"])
            parts.append("".join(parser.parts))
    if not any(part.strip() for part in parts):
        parts = [f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"]
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts))
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


# The page is nbconvert's own without what it would load from elsewhere: pictures are in it, and it needs no script.
PAGE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block jupyter_widgets %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
"""


def write(nb, notebook, page):
    nbformat.write(nb, notebook)
    exporter = HTMLExporter(extra_loaders=[DictLoader({"page.html.j2": PAGE})], template_file="page.html.j2")
    name = os.path.splitext(os.path.basename(notebook))[0]
    body, _ = exporter.from_notebook_node(nb, resources={"metadata": {"name": name}})
    with open(page, "w", encoding="utf-8") as file:
        file.write(body)


def shorten(cells, steps, epochs):
    """Makes every .Steps(n) in these cells at most steps, and every .Epochs(n) at most epochs. Gives how many there are."""
    most, calls = {"Steps": int(steps), "Epochs": int(epochs)}, 0
    for cell in cells:
        cell.source, n = re.subn(
            r"\.(Steps|Epochs)\(([0-9_]+)\)", lambda call: f".{call[1]}({min(int(call[2]), most[call[1]])})", cell.source
        )
        calls += n
    return calls


async def main(source, folder, notebook, page, *most):
    nb = nbformat.read(source, as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    cells = [(i, c) for i, c in enumerate(nb.cells) if c.cell_type == "code" and c.source.strip()]
    if most and not shorten([c for _, c in cells], *most):
        tell("long")
    client = NotebookClient(
        nb,
        timeout=None,
        kernel_name="gonb",
        record_timing=False,
        coalesce_streams=True,  # GoNB sends a panic word by word
        resources={"metadata": {"path": folder}},
    )

    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(run(client, cells))

    def watch():
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(task.cancel)

    threading.Thread(target=watch, daemon=True).start()
    good = False
    try:
        good = await task
    except asyncio.CancelledError:
        pass
    except DeadKernelError:
        tell("broken", text="the kernel died")
    finally:
        write(nb, notebook, page)
        tell("written")
    return good


if __name__ == "__main__":
    status = 0 if asyncio.run(main(*sys.argv[1:])) else 1
    sys.stdout.flush()
    os._exit(status)  # the thread that waits for standard input would hold up an ordinary exit
