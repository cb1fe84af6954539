#!/usr/bin/python3
"""Looks at a status page as a browser does: Tests/Page/check.py URL DIRECTORY

At 1280 and 420 pixels, light and dark: no error on the console, nothing wider than the screen, every part there, nothing
loaded from elsewhere, and parts that change by themselves. Screenshots go to DIRECTORY. Debian: chromium
chromium-driver python3-selenium fonts-dejavu-core. Exit code 1 and one line for each thing that is wrong.
"""

import base64
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

PARTS = ["head", "summary", "figures", "flow", "stages", "partitions", "windows", "rejections", "notes", "run"]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]


class Check:
    def __init__(self, url, directory):
        self.url = url
        self.directory = directory
        self.wrong = []
        options = Options()
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(30)

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(what)

    def run(self):
        try:
            for width in (1280, 420):
                for scheme in ("light", "dark"):
                    self.look(width, scheme)
            self.watch()
            self.without_script()
            for line in self.driver.get_log("browser"):
                self.wrong.append(f"console: {line['level']} {line['message']}")
        finally:
            self.driver.quit()
        for line in self.wrong:
            print(line)
        return 1 if self.wrong else 0

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def script(self, text):
        return self.driver.execute_script("return " + text)

    def look(self, width, scheme):
        place = f"{width} px, {scheme}"
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.command(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.driver.get(self.url)
        for part in PARTS:
            size = self.script(f"(document.getElementById('{part}') || {{}}).offsetHeight")
            self.expect(size, f"{place}: the part {part} is not there")
        wide = self.script("document.documentElement.scrollWidth")
        self.expect(wide <= width, f"{place}: {wide} pixels wide")
        # Whoever cannot tell the colours apart reads the words.
        modes = self.script("[...document.querySelectorAll('.stage .mode')].map(m => m.textContent.trim())")
        self.expect(
            modes and all(mode.split()[0] in ("batch", "stream") for mode in modes), f"{place}: modes are {modes}")
        dark = self.script("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)[0] < 80")
        self.expect(dark == (scheme == "dark"), f"{place}: the background is not {scheme}")
        foreign = self.script(
            "performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin))")
        self.expect(not foreign, f"{place}: loaded from elsewhere: {foreign}")
        height = self.script("document.documentElement.scrollHeight")
        shot = self.command(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
        with open(f"{self.directory}/page-{width}-{scheme}.png", "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def watch(self):
        """The page goes on by itself, and what is folded out stays so."""
        self.driver.execute_script("document.querySelector('#run details').open = true")
        before = self.script("document.getElementById('figures').innerHTML")
        deadline = time.time() + 10
        while time.time() < deadline:
            if self.script("document.getElementById('figures').innerHTML") != before:
                break
            time.sleep(0.2)
        else:
            self.wrong.append("the page does not go on by itself")
        self.expect(self.script("document.querySelector('#run details').open"), "what was folded out is folded in")
        self.expect(self.script("document.getElementById('connection').hidden"), "the page says that it has no news")

    def without_script(self):
        """The numbers are there without JavaScript, and stay as they are."""
        self.command("Emulation.setScriptExecutionDisabled", value=True)
        self.driver.get(self.url)
        self.command("Emulation.setScriptExecutionDisabled", value=False)
        text = self.script("document.getElementById('partitions').innerText")
        self.expect("offset" in text, "without JavaScript there are no numbers")


if __name__ == "__main__":
    sys.exit(Check(sys.argv[1], sys.argv[2]).run())
