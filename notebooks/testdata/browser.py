"""Works JupyterLab in a headless Chromium as a person does, by mouse and menu, for the command's tests.

Usage: python browser.py CHROMIUM ADDRESS PICTURES SCENE

ADDRESS is JupyterLab's with its token, PICTURES a folder for screenshots, SCENE the name of a function below. What is seen is told on standard output, one JSON object a line; a scene that can't go
on tells what it waited for, leaves a last screenshot and ends with status 1.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time

import websocket  # a part of Jupyter's own server

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--window-size=1280,1000", "--remote-debugging-port=0", "--remote-allow-origins=*",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]  # nothing is to come from elsewhere


class Missing(Exception):
    """What was waited for didn't come."""


def tell(seen, **rest):
    print(json.dumps({"seen": seen, **rest}), flush=True)


class Page:
    """A tab of the browser, spoken to by the DevTools protocol."""

    def __init__(self, chromium, pictures):
        self.pictures, self.number, self.shots = pictures, 0, 0
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen([chromium, *FLAGS, "--user-data-dir=" + self.profile.name, "about:blank"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        told = os.path.join(self.profile.name, "DevToolsActivePort")
        end = time.monotonic() + 60
        while not os.path.exists(told) or os.path.getsize(told) < 10:
            if self.process.poll() is not None or time.monotonic() > end:
                raise Missing(f"{chromium} to start: it ended with {self.process.poll()}")
            time.sleep(0.05)
        with open(told, encoding="utf-8") as file:
            port, path = file.read().split()
        self.socket = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", timeout=60)
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=1280, height=1000, deviceScaleFactor=1, mobile=False)

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(20)
        self.profile.cleanup()

    def call(self, method, **params):
        self.number += 1
        sent = self.number
        message = {"id": sent, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == sent:
                if "error" in answer:
                    raise Missing(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if answer.get("method") == "Page.javascriptDialogOpening":  # "leave the page?"
                self.number += 1
                self.socket.send(json.dumps({"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}, "sessionId": self.session}))

    def js(self, code):
        """The value of a JavaScript expression in the page."""
        result = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise Missing(f"{code}: {result['exceptionDetails'].get('exception', {}).get('description', '')}")
        return result["result"].get("value")

    def wait(self, what, code, seconds=60.0):
        """Waits until an expression, which must not be an element, is true, and gives its value."""
        end = time.monotonic() + seconds
        while not (value := self.js(code)):
            if time.monotonic() > end:
                raise Missing(f"{what} within {seconds:.0f} s")
            time.sleep(0.05)
        return value

    def shot(self, name):
        """A screenshot, and the bytes of its file."""
        self.shots += 1
        content = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        with open(os.path.join(self.pictures, name + ".png"), "wb") as file:
            file.write(content)
        return content

    def press(self, x, y):
        """A click of the mouse."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def click(self, what, element, at=0.5):
        """Clicks on what an expression gives, such a share of its width from its left, once it is there and in sight."""
        place = self.wait(what, f"(() => {{ const e = {element}; if (!e) return null; const r = e.getBoundingClientRect(); "
                                f"return r.width && r.height ? [r.left + {at} * r.width, r.top + r.height / 2] : null; }})()", 30)
        self.press(*place)

    def key(self, key, code, number, text="", shift=False):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, windowsVirtualKeyCode=number, modifiers=8 if shift else 0,
                      **({"text": text} if text and kind == "keyDown" else {}))


class Lab(Page):
    """JupyterLab with a notebook."""

    IDLE = """document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"""
    WAITING = """[...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-InputArea-prompt')].some(p => p.textContent.includes('*'))"""
    DONE = f"!({WAITING}) && {IDLE}"
    # the outputs of the n-th code cell, or of all
    OUTPUTS = """[...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')].map(c => c.querySelector('.jp-OutputArea') || c)"""

    def open(self, address, name):
        base, _, token = address.partition("?")
        self.call("Page.navigate", url=f"{base.rstrip('/')}/tree/{name}?{token}")
        # The notebook's own mark is that of an idle kernel before there is any, and the status bar doesn't know how a Go kernel is before its first cell: the server knows.
        self.wait("a notebook with its kernel", f"!!document.querySelector('.jp-CodeCell') && fetch('/api/sessions?{token}').then(r => r.json()).then(all => "
                                                f"all.some(s => s.path === '{name}' && s.kernel.connections > 0))", 90)
        time.sleep(0.2)

    def menu(self, bar, item):
        """Chooses an item of a menu."""
        self.click(f"the menu {bar}", f"[...document.querySelectorAll('.lm-MenuBar-item')].find(e => e.textContent.trim() === '{bar}')")
        self.click(f"the item {item} of the menu {bar}",
                   f"[...document.querySelectorAll('.lm-Menu-item')].find(e => e.querySelector('.lm-Menu-itemLabel')?.textContent.trim() === '{item}')")

    def run_all(self):
        self.menu("Run", "Run All Cells")
        self.wait("cells to wait for their turn", self.WAITING, 20)

    def ended(self, seconds):
        self.wait("the end of the last cell", self.DONE, seconds)

    def interrupt(self, says=None):
        """Interrupts the kernel by the menu, and gives the seconds until nothing runs any more, or until some text is shown. To JupyterLab a Go cell that was stopped went well, so that after
        Run All Cells the next one runs: each is interrupted in turn."""
        start = time.monotonic()
        self.menu("Kernel", "Interrupt Kernel")
        if says:
            self.wait(f"the text {says!r}", f"{self.OUTPUTS}.some(o => o.innerText.includes({json.dumps(says)}))", 60)
        else:
            self.ended(60)
        took = time.monotonic() - start
        end = start + 120
        while not self.js(self.DONE) and time.monotonic() < end:
            self.menu("Kernel", "Interrupt Kernel")
            time.sleep(1)
        self.ended(60)
        return took

    def said(self, cell=None):
        """The text of all outputs, or of one code cell's, counted from 0."""
        which = self.OUTPUTS if cell is None else f"[{self.OUTPUTS}[{cell}]]"
        return self.js(f"{which}.map(o => o.innerText).join('\\n')")

    def into_sight(self, element):
        self.js(f"(() => {{ const e = {element}; if (e) e.scrollIntoView({{block: 'center'}}); }})()")
        time.sleep(0.3)

    def select(self, cell):
        """Clicks on the prompt of a code cell, which selects it."""
        prompt = f"document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt')[{cell}]"
        self.into_sight(prompt)
        self.click("a cell's prompt", prompt)

    def run(self, cell, picture=False, seconds=120.0):
        """Runs one code cell, and gives the seconds to its end, or until it shows a picture."""
        self.select(cell)
        start = time.monotonic()
        self.menu("Run", "Run Selected Cell")
        self.wait("the cell to run", self.WAITING, 20)
        if picture:
            self.wait("a picture", f"[...{self.OUTPUTS}[{cell}].querySelectorAll('img')].some(i => i.complete && i.naturalWidth)", seconds)
            took = time.monotonic() - start
            self.ended(seconds)
            return took
        self.ended(seconds)
        return time.monotonic() - start

    def save(self):
        self.menu("File", "Save Notebook")
        self.wait("the notebook to be saved", "!document.querySelector('.jp-mod-dirty')", 20)


SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output "
CURVE = f"[...document.querySelectorAll('{SHOWN} svg polyline')].pop()"
GLIMPSE = f"[...document.querySelectorAll('{SHOWN} img[alt^=\"what the flow makes\"]')].pop()"
PICTURE = f"[...document.querySelectorAll('{SHOWN} img')].some(i => i.complete && i.naturalWidth > 100)"


def first_picture(lab, address):
    """From opening the page to the first picture of the quickstart."""
    start = time.monotonic()
    lab.open(address, "quickstart.ipynb")
    opened = time.monotonic() - start
    lab.run_all()
    lab.wait("a picture", PICTURE, 120)
    seconds = time.monotonic() - start
    lab.into_sight(f"document.querySelector('{SHOWN} img')")
    lab.shot("first-picture")
    tell("first picture", opened=opened, seconds=seconds)
    lab.ended(600)
    lab.shot("quickstart-loaded")
    tell("end", said=lab.said())


def training(lab, address):
    """The quickstart from untrained flows: the curve moves, an interruption stops the cell, running all again ends well."""
    lab.open(address, "quickstart.ipynb")
    lab.shot("opened")
    lab.run_all()
    lab.wait("a curve of losses", f"!!({CURVE} && {GLIMPSE})", 180)
    for _ in range(3):  # pictures that come above push it down
        lab.into_sight(CURVE)
    before = lab.js(f"{CURVE}.getAttribute('points')")
    one = lab.shot("live-1")
    lab.wait("the curve to move", f"{CURVE}.getAttribute('points') !== '{before}'", 30)
    time.sleep(3)
    after = lab.js(f"{CURVE}.getAttribute('points')")
    two = lab.shot("live-2")
    tell("live", before=len(before.split()), after=len(after.split()), differ=one != two)
    took = lab.interrupt("interrupted at step")
    lab.into_sight(f"[...document.querySelectorAll('{SHOWN}')].find(o => o.innerText.includes('interrupted at step'))")
    lab.shot("interrupted")
    tell("interrupted", seconds=took, said=lab.said())
    lab.run_all()
    lab.ended(560)
    lab.shot("trained")
    tell("end", said=lab.said())
    lab.save()


def knobs(lab, address):
    """Sliders, one without and one with the kernel, and a cell that only loads and plots."""
    lab.open(address, "knobs.ipynb")
    lab.run(0)
    lab.run(1, seconds=300)  # trains a little, or loads
    tell("is only built", seconds=[lab.run(0) for _ in range(3)])
    tell("loads and plots", seconds=[lab.run(2, picture=True) for _ in range(3)])
    lab.into_sight(f"{lab.OUTPUTS}[2]")
    lab.shot("loaded")

    lab.run(3)
    move(lab, "slider", f"{lab.OUTPUTS}[3]")
    lab.key("ArrowLeft", "ArrowLeft", 37)
    time.sleep(0.3)
    tell("key", shows=lab.js(f"{lab.OUTPUTS}[3].querySelector('output').textContent"))

    lab.select(4)
    lab.menu("Run", "Run Selected Cell")
    lab.wait("the live slider", f"!!({lab.OUTPUTS}[4].querySelector('img') && {lab.OUTPUTS}[4].querySelector('input[type=range]'))", 60)
    move(lab, "live-slider", f"{lab.OUTPUTS}[4]")
    tell("live ended", seconds=lab.interrupt(), said=lab.said(4))
    lab.save()


def completion(lab, address):
    """In a cell below the one that imports, Tab completes names of a package and of a dot import, and Shift-Tab shows the documentation."""
    lab.open(address, "knobs.ipynb")
    lab.run(0)
    lab.select(0)
    lab.key("b", "KeyB", 66, "b")  # another cell, below
    cell = "document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')[1]"
    written = f"{cell}.querySelector('.cm-content').innerText"
    lab.wait("another cell", f"{cell}.querySelector('.cm-content').innerText.trim() === ''", 20)
    lab.click("its editor", f"{cell}.querySelector('.cm-content')")

    lab.call("Input.insertText", text="%%")
    lab.key("Enter", "Enter", 13, "\r")
    lab.call("Input.insertText", text="x := data.Tw")
    items = "[...document.querySelectorAll('.jp-Completer:not(.lm-mod-hidden) .jp-Completer-item')].map(i => i.innerText.trim())"
    start = time.monotonic()
    while not (offered := lab.js(items)):  # the kernel asks gopls once that has read the module, a quarter of a minute after the kernel's start
        if time.monotonic() > start + 120:
            raise Missing("completions of data.Tw within two minutes")
        lab.key("Tab", "Tab", 9)
        end = time.monotonic() + 5
        while not lab.js(items) and time.monotonic() < end:
            time.sleep(0.05)
    lab.shot("completion")
    tell("offered", seconds=time.monotonic() - start, said=" ".join(offered))
    lab.click("an offer", "[...document.querySelectorAll('.jp-Completer-item')].find(i => i.innerText.includes('TwoMoons'))")
    lab.wait("the completed name", f"{written}.includes('data.TwoMoons')", 20)

    lab.key("Enter", "Enter", 13, "\r")
    lab.call("Input.insertText", text="LossFig")
    start = time.monotonic()
    lab.key("Tab", "Tab", 9)
    lab.wait("the offer of a name of the dot import", f"{items}.includes('LossFigure')", 30)
    lab.key("Enter", "Enter", 13, "\r")
    lab.wait("the completed name of the dot import", f"{written}.includes('LossFigure')", 30)
    tell("completed", seconds=time.monotonic() - start, said=lab.js(written))

    start = time.monotonic()
    lab.key("Tab", "Tab", 9, shift=True)
    lab.wait("documentation", "(document.querySelector('.jp-Tooltip')?.innerText || '').length > 20", 30)
    lab.shot("documentation")
    tell("documentation", seconds=time.monotonic() - start, said=lab.js("document.querySelector('.jp-Tooltip').innerText"))
    lab.save()


def move(lab, name, output):
    """Moves a slider by the mouse, and tells of the pictures before and after."""
    lab.wait("the slider's picture", f"(() => {{ const i = {output}.querySelector('img'); return i && i.complete && i.naturalWidth; }})()", 60)
    lab.into_sight(f"{output}.querySelector('input[type=range]')")
    first, one = lab.js(f"{output}.querySelector('img').src"), lab.shot(name + "-1")
    start = time.monotonic()
    lab.click("the slider", f"{output}.querySelector('input[type=range]')", 0.7)
    lab.wait("another picture", f"{output}.querySelector('img').src !== {json.dumps(first)}", 30)
    took = time.monotonic() - start
    time.sleep(0.5)
    two = lab.shot(name + "-2")
    tell(name, differ=one != two, seconds=took, value=lab.js(f"{output}.querySelector('input[type=range]').value"))


SCENES = {scene.__name__: scene for scene in (first_picture, training, knobs, completion)}


def main(chromium, address, pictures, scene):
    lab = Lab(chromium, pictures)
    try:
        SCENES[scene](lab, address)
    except Missing as missing:
        lab.shot("missing-" + scene)
        tell("missing", what=str(missing))
        return 1
    finally:
        lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
