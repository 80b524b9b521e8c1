"""A Chromium that is told what to do over a pipe: no driver, no open port."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from streaming_analytics.errors import UserError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 30


def find_chromium() -> str:
    """Return the path of the system's Chromium, or of what CHROMIUM names.

    Raises:
        UserError: There is none.
    """
    for name in (os.environ.get("CHROMIUM"), *_NAMES):
        found = name and shutil.which(name)
        if found:
            return found
    raise UserError(
        "there is no Chromium on this machine; install it (on Debian: "
        "apt-get install chromium) or set CHROMIUM to its path"
    )


class Page:
    """One tab, with what it logged and asked for.

    Attributes:
        problems: Errors of the console and exceptions, as text.
        requests: Addresses that the page asked for, itself included.
    """

    def __init__(self, pipe: "_Pipe") -> None:
        """Open a blank tab."""
        self._pipe = pipe
        self.problems: list[str] = []
        self.requests: list[str] = []
        target = pipe.call("Target.createTarget", {"url": "about:blank"}, None)
        attached = pipe.call(
            "Target.attachToTarget",
            {"targetId": target["targetId"], "flatten": True},
            None,
        )
        self._session = attached["sessionId"]
        pipe.listeners[self._session] = self._hear
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable")

    def resize(self, width: int, height: int, *, scale: float = 1) -> Self:
        """Set the window's inner size in CSS pixels, and the screen's density."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )
        return self

    def set_time_zone(self, name: str) -> Self:
        """Put the page's clock into a time zone, as Europe/Berlin."""
        self._call("Emulation.setTimezoneOverride", timezoneId=name)
        return self

    def open(self, address: str, ready: str = "true") -> Self:
        """Open `address` and wait until the expression `ready` is true."""
        self._call("Page.navigate", url=address)
        self.wait_for(f"document.readyState === 'complete' && Boolean({ready})")
        return self

    def wait_for(self, expression: str) -> None:
        """Wait until the JavaScript expression is true.

        Raises:
            TimeoutError: It did not become true; tells what the page logged.
        """
        deadline = time.monotonic() + _SECONDS
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{expression} is still false; {self.problems}")
            time.sleep(0.05)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, promises awaited."""
        found = self._call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in found:
            raise ValueError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key, as `Tab` or `ArrowRight`."""
        codes = {"Tab": 9, "Enter": 13, "ArrowRight": 39, "ArrowLeft": 37, " ": 32}
        # Without its text a key moves the focus but activates nothing.
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self._call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=codes[key],
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    def picture(self, *, is_whole: bool = True) -> bytes:
        """Return a PNG of the whole page, or of what the window shows."""
        shot = self._call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=is_whole
        )
        return base64.b64decode(shot["data"])

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._pipe.call(method, parameters, self._session)

    def _hear(self, method: str, told: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            thrown = details.get("exception", {}).get("description", "")
            self.problems.append(f"{details['text']} {thrown}")
        elif method == "Runtime.consoleAPICalled" and told["type"] in (
            "error",
            "warning",
            "assert",
        ):
            self.problems.append(
                " ".join(
                    str(argument.get("value", argument.get("description")))
                    for argument in told["args"]
                )
            )
        elif method == "Log.entryAdded" and told["entry"]["level"] in (
            "error",
            "warning",
        ):
            self.problems.append(told["entry"]["text"])


@contextmanager
def browser() -> Generator["Browser"]:
    """Run a headless Chromium for the time being, with a profile of its own.

    Raises:
        UserError: There is no Chromium, or it does not start.
    """
    program = find_chromium()
    # Chromium reads commands from descriptor 3 and answers on 4.
    commands_in, commands_out = os.pipe()
    answers_in, answers_out = os.pipe()
    with tempfile.TemporaryDirectory(
        prefix="streaming-chromium-", ignore_cleanup_errors=True
    ) as profile:
        process = subprocess.Popen(
            [
                "/bin/bash",
                "-c",
                f'exec "$@" 3<&{commands_in} 4>&{answers_out}',
                "bash",
                program,
                "--headless=new",
                "--remote-debugging-pipe",
                # Files of this machine only; a container has no user namespaces.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                f"--user-data-dir={profile}",
            ],
            pass_fds=(commands_in, answers_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands_in)
        os.close(answers_out)
        pipe = _Pipe(commands_out, answers_in)
        try:
            yield Browser(pipe)
        finally:
            os.close(commands_out)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(answers_in)


class Browser:
    """A running Chromium."""

    def __init__(self, pipe: "_Pipe") -> None:
        """Speak through `pipe`."""
        self._pipe = pipe

    def page(self) -> Page:
        """Open a tab."""
        return Page(self._pipe)


def address_of(path: Path) -> str:
    """Return the address that opens a file from disk."""
    return path.resolve().as_uri()


class _Pipe:
    """Chromium's DevTools protocol: JSON messages that end in a zero byte."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._buffer = b""
        self._ids = itertools.count(1)
        self.listeners: dict[str, Any] = {}

    def call(
        self, method: str, parameters: dict[str, Any], session: str | None
    ) -> dict[str, Any]:
        """Send a command and return its result; events on the way are heard."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self._commands, data) :]
        except BrokenPipeError as error:
            raise UserError("Chromium ended before it could be used") from error
        while True:
            answer = self._read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise ValueError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            listener = self.listeners.get(answer.get("sessionId", ""))
            if listener is not None and "method" in answer:
                listener(answer["method"], answer["params"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], _SECONDS)
            data = os.read(self._answers, 1 << 20) if ready else b""
            if not data:
                raise UserError("Chromium does not answer; is it able to start here?")
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)
