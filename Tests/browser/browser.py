"""A browser for a test, and what it finds wrong with the page that it shows."""

import contextlib
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

TOP = Path(__file__).resolve().parents[2]
AXE = TOP / ".build/material/browser/axe_playwright_python/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WAIT = 30
WIDE = (1000, 800)

# In the order of the document, which is that of the keyboard: nothing here has a positive tabindex.
REACHED = """return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea')]"""
# Whether the element that has the focus can be seen, and is seen to have it.
SEEN = """
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0
        && box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight"""
WIDER = """
    return [...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > innerWidth + 0.5)
        .map(each => each.outerHTML.slice(0, 80))"""
EXAMINE = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, rules: {'target-size': {enabled: true}}}).then(
        result => done(result.violations.map(rule => `${rule.id}: ${rule.help}: ${rule.nodes.map(node =>
            node.html.slice(0, 120) + ' ' + [...node.any, ...node.all].map(each => each.message).join('; ')).join(' | ')}`)),
        problem => done([String(problem)]))"""


# Complete, and with the focus where the page wants it: that comes after it is complete.
SETTLED = """
    const first = document.querySelector('[autofocus]');
    return !window.isLeft && document.readyState === 'complete' && (!first || document.activeElement === first)"""


class Fault(Exception):
    """Something that a page, or the way through the pages, should not have."""


class Browser:
    """Reaches `names` at `port` of this machine, and nothing but this machine. Believes the authority `root`."""

    def __init__(self, folder, port, root, names, pictures):
        self.pictures = pictures
        home = folder / "home"
        store = home / ".pki/nssdb"
        for each in (store, home / "tmp"):
            each.mkdir(parents=True)
        for more in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "test", "-i", str(root)]):
            subprocess.run(["certutil", "-d", f"sql:{store}", *more], stdin=subprocess.DEVNULL, check=True, timeout=WAIT)
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        rules = ", ".join(f"MAP {name}:443 127.0.0.1:{port}" for name in names)
        for argument in (
                "--headless=new", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
                "--disable-quic", "--disable-search-engine-choice-screen", "--force-prefers-reduced-motion", "--lang=en",
                "--no-first-run", f"--window-size={WIDE[0]},{WIDE[1]}",
                f"--host-resolver-rules={rules}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        # Its keeper of passwords would ask.
        options.add_experimental_option("prefs", {"credentials_enable_service": False})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        environment = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        self.driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver", env=environment))
        self.driver.set_page_load_timeout(WAIT)
        self.driver.set_script_timeout(WAIT)

    def stop(self):
        self.driver.quit()

    # Ways

    def open(self, address):
        self.driver.get(address)
        self.settle(f"{address} is not complete")

    def settle(self, why):
        self.until(lambda: self.driver.execute_script(SETTLED), why)

    @property
    def host(self):
        return urlsplit(self.driver.current_url).hostname

    @property
    def path(self):
        return urlsplit(self.driver.current_url).path

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "main").text

    @property
    def status(self):
        return self.driver.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus")

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def style(self, selector, name):
        return self.one(selector).value_of_css_property(name)

    @contextlib.contextmanager
    def leaving(self):
        """Waits until another page has taken the place of this one."""
        address = self.driver.current_url
        self.driver.execute_script("window.isLeft = true")
        yield
        self.settle(f"nothing followed {address}")

    @staticmethod
    def until(condition, why):
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except WebDriverException:
                # Between two pages there may be nothing to ask.
                pass
            time.sleep(0.02)
        raise Fault(why)

    def press(self, selector):
        with self.leaving():
            self.one(selector).click()

    def type(self, *keys):
        """At whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def fill(self, **values):
        """Fields by their names, and then Enter."""
        for name, value in values.items():
            field = self.one(f"[name={name}]")
            field.clear()
            field.send_keys(value)
        with self.leaving():
            self.type(Keys.ENTER)

    def forget(self):
        """All cookies, as another person's browser has none of them."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    # What is wrong

    def log(self):
        """What the browser's console was told since it was last read."""
        return [each["message"] for each in self.driver.get_log("browser")]

    def examine(self):
        """What axe-core finds, contrast in the scheme that is on included."""
        if not self.driver.execute_script("return Boolean(window.axe)"):
            self.driver.execute_script(AXE.read_text())
        return self.driver.execute_async_script(EXAMINE, RULES)

    def dark(self, is_dark):
        features = [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def resize(self, width=None):
        """As wide as the window again, without a width."""
        if width is None:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        else:
            self.driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride", {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False})

    def too_wide(self):
        """What reaches beyond the right edge, if the page can be scrolled there."""
        root = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return self.driver.execute_script(WIDER) or ["the page"] if self.driver.execute_script(root) else []

    def keyboard(self):
        """What Tab does not come to, comes to out of turn, or does not show."""
        expected = self.driver.execute_script(REACHED)
        start = self.driver.switch_to.active_element
        found, wrong = [], []
        for _ in range(len(expected) + 2):
            self.type(Keys.TAB)
            element = self.driver.switch_to.active_element
            if element in found:
                break
            if element.tag_name == "body":
                continue
            found.append(element)
            if not self.driver.execute_script(SEEN):
                wrong.append(f"has the focus and does not show it: {element.get_attribute('outerHTML')[:80]}")
        first = found.index(expected[0]) if expected and expected[0] in found else 0
        if found[first:] + found[:first] != expected:
            wrong.append(f"Tab goes {[each.get_attribute('outerHTML')[:60] for each in found]}")
        self.driver.execute_script("document.activeElement.blur(); arguments[0].focus()", start)
        return wrong

    def names(self):
        """What the fields are called by what reads pages aloud."""
        return [each.accessible_name for each in self.driver.execute_script(REACHED) if each.tag_name in ("input", "select", "textarea")]

    def seen(self, selector):
        """Whether nothing of the kind is beyond the edges of the window."""
        return self.driver.execute_script("""
            return [...document.querySelectorAll(arguments[0])].map(each => each.getBoundingClientRect())
                .every(box => box.top >= 0 && box.bottom <= innerHeight)""", selector)

    def up(self):
        """To the upper edge, where a person begins to read."""
        self.driver.execute_script("scrollTo(0, 0)")

    def picture(self, name):
        self.driver.save_screenshot(str(self.pictures / f"{name}.png"))
