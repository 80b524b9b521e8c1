"""Pages in the machine's own Chromium, driven by playwright; none is downloaded."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import axe_playwright_python
import pytest
from playwright import sync_api

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MILLISECONDS = 30_000
_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")


def find_chromium() -> str | None:
    """Return the path of the machine's Chromium, or of what CHROMIUM names."""
    wanted = (os.environ.get("CHROMIUM"), *_NAMES)
    return next(filter(None, (name and shutil.which(name) for name in wanted)), None)


class Page:
    """One tab, with what it logged and asked for.

    Attributes:
        problems: Errors and warnings of the console, and exceptions, as text.
        requests: Addresses that the page asked for, itself included.
    """

    def __init__(self, page: sync_api.Page) -> None:
        self._page = page
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(_MILLISECONDS)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._hear)

    def _hear(self, message: sync_api.ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.problems.append(message.text)

    def open(self, address: str, ready: str = "true") -> Self:
        """Open `address` and wait until the expression `ready` is true."""
        self._page.goto(address)
        self.wait_for(ready)
        return self

    def resize(self, width: int, height: int) -> None:
        """Set the window's inner size in CSS pixels."""
        self._page.set_viewport_size({"width": width, "height": height})

    def wait_for(self, expression: str) -> None:
        """Wait until the JavaScript expression is true."""
        self._page.wait_for_function(f"() => Boolean({expression})")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, promises awaited."""
        return self._page.evaluate(f"() => ({expression.strip().rstrip(';')})")

    def press(self, key: str) -> None:
        """Press and release a key, as `Tab` or `ArrowRight`."""
        self._page.keyboard.press(key)

    def violations(self) -> list[str]:
        """Return what axe-core finds inaccessible, as rule, place and reason."""
        # Passed to the page as it is: a page's own policy forbids to add a script.
        self._page.evaluate(_AXE.read_text(encoding="utf-8") + "; null")
        found = self._page.evaluate("() => axe.run()")
        return [
            f"{one['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def paper(self) -> bytes:
        """Return the page as a browser prints it, as PDF."""
        return self._page.pdf(prefer_css_page_size=True, print_background=True)

    def picture(self) -> bytes:
        """Return a PNG of what the window shows."""
        return self._page.screenshot()


class Browser:
    """A running Chromium."""

    def __init__(self, browser: sync_api.Browser) -> None:
        self._browser = browser

    def page(
        self,
        width: int,
        height: int,
        *,
        scale: float = 1,
        time_zone: str | None = None,
    ) -> Page:
        """Open a tab.

        Args:
            width: Of the window inside, CSS pixels; below 600 it is a phone's.
            height: Of the window inside, CSS pixels.
            scale: Pixels of the screen to one of CSS.
            time_zone: Of the page's clock, as Europe/Berlin.
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            is_mobile=width < 600,
            timezone_id=time_zone,
        )
        return Page(context.new_page())


@contextmanager
def browser() -> Generator[Browser]:
    """Run a headless Chromium for the time being; a test without one is skipped."""
    program = find_chromium()
    if program is None:
        pytest.skip("needs chromium (apt-get install chromium), or CHROMIUM set to it")
    with sync_api.sync_playwright() as driver:
        running = driver.chromium.launch(
            executable_path=program,
            # Files of this machine only; root and containers have no sandbox.
            args=["--no-sandbox", "--hide-scrollbars", "--force-color-profile=srgb"],
        )
        try:
            yield Browser(running)
        finally:
            running.close()


def address_of(path: Path) -> str:
    """Return the address that opens a file from disk."""
    return path.resolve().as_uri()
