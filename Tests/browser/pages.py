"""The pages where people come in, as a person with a browser goes through them, and what a browser finds wrong with each."""

import base64
import email
import email.policy
import hashlib
import hmac
import http.client
import json
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from urllib.parse import urlsplit

from browser import TOP, Browser, Fault
from daemon import Daemon, free_port
from domains import Caddy
from selenium.webdriver.common.keys import Keys

HOUSE, ACME = "cloister.test", "acme.cloister.test"
ADA, PASSWORD, OTHER = "ada@example.com", "seven quiet herons wade", "nine loud geese overhead"
MAIL = "E-mail address"
LOOK = {
    "productName": "Akten & Co", "supportAddress": "help@acme.example",
    "colors": {"light": {"accent": "#7a1f5c", "on-accent": "#ffffff"}, "dark": {"accent": "#e6a3cc", "on-accent": "#2b0a20"}},
    "fonts": {"body": "serif", "heading": "mono"},
    "css": "h1 { letter-spacing: 3px; border-bottom: 2px solid #d06020 } p { background: url(https://elsewhere.test/x.png) }",
}


class Mailbox:
    """A program that takes mails as sendmail(8) does, and what it has taken."""

    def __init__(self, folder):
        self.folder, self.program = folder / "mails", folder / "sendmail"
        self.folder.mkdir()
        self.program.write_text(f"#!/bin/sh\ncat >{self.folder}/$$.new && mv {self.folder}/$$.new {self.folder}/$$.mail\n")
        self.program.chmod(0o755)
        self.read = set()

    def link(self, recipient):
        """The link of the next mail to somebody."""
        def find():
            for path in sorted(set(self.folder.glob("*.mail")) - self.read):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                links = re.findall(r"https://\S+", mail.get_content())
                if recipient in mail["To"] and links:
                    self.read.add(path)
                    found.append(links[0])
            return found

        found = []
        Browser.until(find, f"no mail with a link came to {recipient}")
        return found[0]


class Provider:
    """oidc-provider-mock, that knows one person."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-B", "-W", "ignore", TOP / "Tests/material/oidc_provider.py", folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        if not select.select([self.process.stdout], [], [], 30)[0]:
            sys.exit("browser: the provider does not start")
        self.port = int(self.process.stdout.readline())
        self.issuer = f"http://127.0.0.1:{self.port}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        claims = {"email": "grace@example.com", "email_verified": True, "name": "Grace Hopper"}
        connection.request("PUT", "/users/grace", json.dumps(claims), {"Content-Type": "application/json"})
        assert connection.getresponse().status == 204

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def logo():
    """A PNG, 240 x 80, half of it blue."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x20\x40\xa0" * 120 + b"\xf0\xa0\x20" * 120 for _ in range(80))
    header = struct.pack(">IIBBBBB", 240, 80, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def code(secret, later=0):
    """RFC 6238: that of this half minute, or of a later one."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + later), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def colour(text):
    """As a browser says it: rgb() of # and six digits."""
    return tuple(int(text[at:at + 2], 16) for at in (1, 3, 5))


def channels(text):
    return tuple(int(each) for each in re.findall(r"\d+", text)[:3])


def scan(browser, name):
    """What a scanner reads from the QR code in a picture that was taken of a page."""
    read = ["/usr/bin/zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", browser.pictures / f"{name}.png"]
    return subprocess.run(read, capture_output=True, text=True, timeout=30).stdout.strip()


class Visit:
    """One browser's way through the pages, with a look at each of them."""

    def __init__(self, browser, mailbox, provider):
        self.browser, self.mailbox, self.provider = browser, mailbox, provider
        self.passed, self.seen, self.faults, self.codes = 0, set(), [], []

    def expect(self, what, condition, seen=""):
        """What the rest of the way cannot go on without."""
        if not condition:
            self.browser.picture("fault")
            raise Fault(f"{what}: {seen or self.browser.driver.current_url + ': ' + self.browser.text}")
        self.passed += 1

    def find(self, what, condition, seen):
        """What is told at the end, with all else that is wrong."""
        if condition:
            self.passed += 1
        else:
            self.faults.append(f"{what}: {seen}")

    def quiet(self, name, *expected):
        """The console was told nothing but that this very page is a refusal, where it is to be one."""
        wrong = [each for each in self.browser.log() if not any(part in each for part in expected)]
        self.find(f"{name}: the console has nothing to say", not wrong, wrong)

    def look(self, name, path, status=200, fields=()):
        """Everything about the page that is shown."""
        browser = self.browser
        self.expect(f"{name} is at {path}", browser.path == path, browser.driver.current_url)
        self.expect(f"{name} has the status {status}", browser.status == status, browser.status)
        browser.picture(name)
        self.find(f"{name}: what is wrong is seen at once", browser.seen("[role=alert]"), "it is beyond an edge")
        self.find(f"{name}: fields are named", browser.names() == list(fields), browser.names())
        for why, found in (("axe-core", browser.examine()), ("the keyboard", browser.keyboard())):
            self.find(f"{name}: {why} finds nothing", not found, found)
        browser.dark(True)
        found = browser.examine()
        browser.up()
        browser.picture(f"{name}-dark")
        browser.dark(False)
        self.find(f"{name} when dark: axe-core finds nothing", not found, found)
        for width in (320, 360):
            browser.resize(width)
            found = browser.too_wide()
            self.find(f"{name} fits into {width} pixels", not found, found)
        browser.up()
        browser.picture(f"{name}-narrow")
        browser.resize()
        self.quiet(name, *([f"status of {status}"] if status >= 400 else []))
        self.seen.add(name)

    # What looks must find wrong

    def prove(self):
        """That a look would find what it looks for."""
        browser = self.browser
        browser.open(f"https://{HOUSE}/login")
        browser.driver.execute_script("""
            document.head.append(Object.assign(document.createElement('style'), {textContent: 'p { color: red }'}));
            document.querySelector('label[for=email]').remove();
            document.querySelector('a[href="/recovery"]').style.cssText = 'color: #ccc; outline: none; white-space: nowrap';
            document.querySelector('button').tabIndex = -1""")
        log = browser.log()
        self.expect("a violation of the policy is seen", any("Content Security Policy" in each for each in log), log)
        found = " ".join(browser.examine())
        self.expect("a field without a label is seen", "label:" in found, found)
        self.expect("text without contrast is seen", "color-contrast:" in found, found)
        found = " ".join(browser.keyboard())
        self.expect("a link that does not show its focus is seen", "does not show it: <a href=\"/recovery\"" in found, found)
        self.expect("a button that Tab passes over is seen", "Tab goes" in found, found)
        browser.driver.execute_script("document.querySelector('h1').style.width = '400px'")
        browser.resize(360)
        self.expect("what is too wide is seen", browser.too_wide(), "nothing")
        browser.resize()

    # Ways

    def house(self):
        browser = self.browser
        words = ("Text of the mail",)
        for name, path, status, fields in (
                ("start", "/", 200, ()), ("login", "/login", 200, ("Organisation", MAIL, "Password")),
                ("recovery", "/recovery", 200, ("Organisation", MAIL)), ("recovery-text", "/recovery/password", 200, words),
                ("invitation-text", "/invitation", 200, words), ("not-found", "/nowhere", 404, ())):
            browser.open(f"https://{HOUSE}{path}")
            self.look(name, path, status, fields)
        self.expect("nobody is logged in", not browser.driver.get_cookies() or "session" not in str(browser.driver.get_cookies()))
        browser.open(f"https://{HOUSE}/account")
        self.expect("whoever is not logged in is led to the login", browser.path == "/login")
        browser.open(f"https://{HOUSE}/login?tenant=acme")
        self.expect("the organisation is filled in", browser.one("#tenant").get_attribute("value") == "acme")

    def skip(self):
        """Past the header with the keyboard."""
        browser = self.browser
        browser.open(f"https://{HOUSE}/")
        browser.type(Keys.TAB)
        self.expect("the first thing Tab comes to leads past the header", browser.driver.switch_to.active_element.text.startswith("Skip"))
        browser.type(Keys.ENTER, Keys.TAB)
        self.expect("and the next is in the content", browser.driver.switch_to.active_element.text == "Log in")

    def accept(self):
        browser = self.browser
        link = self.mailbox.link(ADA)
        # Typed in, as by who has a mail without a link; and mistyped before.
        for name, text, status in (("invitation-mistyped", "no such text", 404), ("invitation", urlsplit(link).query.partition("=")[2], 200)):
            browser.open(f"https://{ACME}/invitation")
            browser.fill(text=text)
            self.look(name, "/invitation", status, ("Text of the mail",) if status == 404 else (MAIL, "Your name", "New password"))
        browser.open(link)
        self.expect("the invitation leads to the tenant's own host", browser.host == ACME, browser.host)
        fields = (MAIL, "Your name", "New password")
        browser.fill(name="Ada Lovelace", password="password")
        self.look("invitation-weak", "/invitation", 422, fields)
        self.expect("a weak password is told, and the name is kept",
                    "password is refused" in browser.one("[role=alert]").text
                    and browser.one("#name").get_attribute("value") == "Ada Lovelace")
        # Where the page says that something is wrong.
        browser.type(PASSWORD)
        with browser.leaving():
            browser.type(Keys.ENTER)
        self.look("welcome", "/invitation")
        browser.press("main a.button")
        self.expect("the way goes on to the login", browser.path == "/login")

    def login(self):
        """With the keyboard alone: the page says where to begin."""
        browser = self.browser
        fields = ("E-mail address", "Password")
        browser.type(ADA, Keys.TAB, "wrong password")
        with browser.leaving():
            browser.type(Keys.ENTER)
        self.look("login-wrong", "/login", 401, fields)
        self.expect("the address is kept and the password is not",
                    [browser.one(f"#{each}").get_attribute("value") for each in ("email", "password")] == [ADA, ""])
        with browser.leaving():
            browser.type(PASSWORD, Keys.ENTER)
        self.look("account", "/account")
        self.expect("the account is Ada's", "Ada Lovelace" in browser.text and "owner" in browser.text)
        cookies = {each["name"]: each for each in browser.driver.get_cookies()}
        session = cookies.get("__Host-session", {})
        self.expect("the session's cookie is for this host alone",
                    session.get("secure") and session.get("httpOnly") and session.get("domain") == ACME, cookies)

    def logout(self):
        browser = self.browser
        browser.press("main button")
        self.expect("the way out leads to the login", browser.path == "/login")
        browser.open(f"https://{ACME}/account")
        self.expect("who is out is out", browser.path == "/login")
        # Back over the login to where the account was. A browser keeps whole pages, also those that no cache may store.
        for path in ("/login", "/account"):
            browser.driver.back()
            self.find(f"the way back to {path} shows nobody's account", "Ada Lovelace" not in browser.text, browser.text)
        browser.until(lambda: browser.path == "/login" and "Log in" in browser.text, "what a browser has kept is not asked for anew")

    def second_factor(self):
        browser = self.browser
        browser.open(f"https://{ACME}/login")
        browser.fill(email=ADA, password=PASSWORD)
        browser.press('a[href="/account/second-factor"]')
        self.look("factor", "/account/second-factor", 200, (MAIL, "Your password"))
        browser.fill(password="wrong password")
        self.look("factor-wrong", "/account/second-factor", 422, (MAIL, "Your password"))
        # Where the page says that something is wrong.
        browser.type(PASSWORD)
        with browser.leaving():
            browser.type(Keys.ENTER)
        self.look("factor-begun", "/account/second-factor", 200, ("Code",))
        place = browser.driver.execute_script("return document.querySelector('svg.code').getBoundingClientRect().toJSON()")
        self.expect("the picture is seen at once", place["top"] >= 0 and place["width"] > 150, place)
        secret, link = browser.one("#secret").text.replace(" ", ""), browser.one("#uri").get_attribute("href")
        self.expect("the link has the text", f"secret={secret}&" in link, link)
        for scheme in ("", "-dark"):
            self.expect(f"a scanner reads the link from the picture{scheme}", scan(browser, f"factor-begun{scheme}") == link)
        browser.fill(code="000000")
        self.look("factor-missed", "/account/second-factor/confirm", 422, ("Code",))
        self.expect("the wrong code is where the page begins", browser.driver.switch_to.active_element.get_attribute("id") == "code")
        self.expect("the same secret is shown", browser.one("#secret").text.replace(" ", "") == secret)
        browser.fill(code=code(secret))
        self.look("factor-codes", "/account/second-factor/confirm")
        self.codes = [each.text for each in browser.all("ul.codes code")]
        self.expect("there are recovery codes", len(set(self.codes)) == 10, self.codes)
        browser.press('main a[href="/account"]')
        self.expect("the account says so", "set up" in browser.text and "not set up" not in browser.text)
        browser.press("main button")
        browser.fill(email=ADA, password=PASSWORD)
        self.look("code", "/login/code", 200, ("Code",))
        browser.type("000000")
        with browser.leaving():
            browser.type(Keys.ENTER)
        self.look("code-wrong", "/login/code", 401, ("Code",))
        # The one before was used up by the confirmation.
        browser.fill(code=code(secret, later=1))
        self.expect("the right code lets in", browser.path == "/account")
        browser.press("main button")
        self.quiet("second factor")

    def recover(self):
        browser = self.browser
        browser.open(f"https://{ACME}/login")
        browser.press('a[href^="/recovery"]')
        browser.fill(email=ADA)
        self.look("recovery-sent", "/recovery")
        browser.open(self.mailbox.link(ADA))
        self.look("recovery-link", "/recovery/password", 200, (MAIL, "New password"))
        browser.fill(password=OTHER)
        self.look("recovery-done", "/recovery/password")
        browser.press("main a.button")
        browser.fill(email=ADA, password=PASSWORD)
        self.expect("the old password opens nothing", browser.status == 401 and browser.path == "/login")
        browser.fill(password=OTHER)
        browser.fill(code=self.codes[0])
        self.expect("the new one does, with a recovery code", browser.path == "/account")
        browser.press("main button")
        self.quiet("recovery", "status of 401")

    def at_the_house(self):
        """At the host that is nobody's, with the name of the organisation."""
        browser = self.browser
        browser.open(f"https://{HOUSE}/login?tenant=acme")
        browser.fill(email=ADA, password=OTHER)
        browser.fill(code=self.codes[1])
        self.expect("the house lets a tenant's people in, too", (browser.host, browser.path) == (HOUSE, "/account"))
        browser.press("main button")
        self.quiet("login at the house")

    def change(self):
        """What people change of their own, with other sessions than this one."""
        browser = self.browser
        for number in (2, 3):
            browser.forget()
            browser.open(f"https://{ACME}/login")
            browser.fill(email=ADA, password=OTHER)
            browser.fill(code=self.codes[number])
        browser.press('a[href="/account/sessions"]')
        self.look("sessions", "/account/sessions")
        count = len(browser.all(".cards li"))
        self.expect("the sessions are there", count >= 2 and browser.text.count("This is the one") == 1, browser.text)
        browser.press(".cards button")
        self.look("sessions-ended", "/account/sessions")
        self.expect("one is ended", len(browser.all(".cards li")) == count - 1 and "One session was ended" in browser.text)
        browser.forget()
        browser.open(f"https://{ACME}/login")
        browser.fill(email=ADA, password=OTHER)
        browser.fill(code=self.codes[4])
        browser.open(f"https://{ACME}/account/sessions")
        browser.press('form[action$="end-others"] button')
        self.expect("all others are ended", len(browser.all(".cards li")) == 1 and not browser.all("main button"))
        browser.press('main a[href="/account/password"]')
        fields = (MAIL, "Your password until now", "New password")
        self.look("password", "/account/password", 200, fields)
        self.expect("the account has the tenant's colours", channels(browser.style("main button", "background-color")) == colour("#7a1f5c"))
        self.expect("and name, and not its style",
                    "Akten & Co" in browser.driver.title and browser.style("h1", "letter-spacing") == "normal", browser.driver.title)
        browser.fill(current="wrong password", new=PASSWORD)
        self.look("password-wrong", "/account/password", 422, fields)
        self.expect("what is wrong is said where it is", browser.driver.switch_to.active_element.get_attribute("id") == "current")
        browser.fill(current=OTHER, new="password")
        self.look("password-weak", "/account/password", 422, fields)
        self.expect("the new one, too", browser.driver.switch_to.active_element.get_attribute("id") == "new")
        browser.fill(current=OTHER, new=PASSWORD)
        self.look("password-done", "/account/password")
        browser.press('main a[href="/account"]')
        browser.press('a[href="/account/notifications"]')
        boxes = browser.all("input[type=checkbox]")
        names = [each.accessible_name for each in boxes]
        self.expect("each box says what it is for", len(set(names)) == len(names) > 10 and "A new API key Mail" in names, names)
        self.look("notifications", "/account/notifications", 200, names)
        box = browser.one('[name="key.created.mail"]')
        box.click()
        browser.press("main button")
        self.look("notifications-saved", "/account/notifications", 200, names)
        self.expect("the choice is kept", browser.one('[name="key.created.mail"]').is_selected() and "is saved" in browser.text)
        browser.press('main a[href="/account"]')
        browser.press('a[href="/account/second-factor"]')
        fields = (MAIL, "Your password", "Code")
        self.look("factor-there", "/account/second-factor", 200, fields)
        browser.fill(password=PASSWORD, code="000000")
        self.look("factor-kept", "/account/second-factor/remove", 422, fields)
        browser.fill(password=PASSWORD, code=self.codes[5])
        self.look("factor-off", "/account/second-factor/remove")
        browser.press('main a[href="/account"]')
        self.expect("the account says so, too", "not set up" in browser.text)
        browser.press("main button")
        self.quiet("changes")

    def provided(self):
        browser = self.browser
        browser.forget()
        browser.open(f"https://{ACME}/login")
        self.look("login-provider", "/login", 200, ("E-mail address", "Password"))
        browser.press('a[href^="/login/provider"]')
        self.expect("the button leads to the provider", browser.host == "127.0.0.1", browser.driver.current_url)
        with browser.leaving():
            browser.one("button[value=deny]").click()
        # What the provider's own page told the console is its own affair.
        browser.log()
        self.look("provider-refused", "/login/provider/back", 403)
        self.expect("who was refused is told", "The provider says no: access_denied" in browser.text)
        browser.press("main a.button")
        browser.press('a[href^="/login/provider"]')
        browser.one("input[name=sub]").send_keys("grace")
        with browser.leaving():
            browser.type(Keys.ENTER)
        browser.log()
        self.look("account-provider", "/account")
        self.expect("Grace is logged in", "Grace Hopper" in browser.text and "builder" in browser.text)
        for name in ("password", "second-factor"):
            browser.press(f'a[href="/account/{name}"]')
            self.expect(f"who has no password is told ({name})", "have no password here" in browser.text and not browser.all("main input"))
            browser.press('main a[href="/account"]')
        browser.press("main button")

    def foreign(self):
        """A form whose page's cookie is gone."""
        browser = self.browser
        browser.open(f"https://{ACME}/login")
        browser.forget()
        browser.fill(email=ADA, password=PASSWORD)
        self.look("refused", "/login", 403)
        browser.open(f"https://{ACME}/nowhere")
        self.look("not-found-branded", "/nowhere", 404)
        self.expect("errors have the tenant's name", "Akten & Co" in browser.driver.title)

    def branded(self):
        """What a tenant has chosen is what is seen, and only where it may be."""
        browser = self.browser
        browser.open(f"https://{ACME}/")
        self.look("start-branded", "/")
        self.expect("the title has the product's name", browser.driver.title.endswith("Akten & Co"), browser.driver.title)
        self.expect("links have the tenant's colour", channels(browser.style("main p:last-child a", "color")) == colour("#7a1f5c"))
        self.expect("buttons, too", channels(browser.style("main a.button", "background-color")) == colour("#7a1f5c"))
        self.expect("and their text", channels(browser.style("main a.button", "color")) == colour("#ffffff"))
        self.expect("text has the tenant's font", "serif" in browser.style("body", "font-family").lower())
        border = channels(browser.style("h1", "border-bottom-color"))
        self.expect("the style reaches the content", (browser.style("h1", "letter-spacing"), border) == ("3px", colour("#d06020")))
        self.expect("but not its addresses", browser.style("main p", "background-image") == "none")
        size = browser.driver.execute_script("""
            const logo = document.querySelector('img.logo'), box = logo.getBoundingClientRect();
            return [logo.complete, logo.naturalWidth, logo.naturalHeight, Math.round(box.width), Math.round(box.height)]""")
        self.expect("the logo is shown as it is", size == [True, 240, 80, 96, 32], size)
        self.expect("help is where the tenant says", browser.one("footer a").get_attribute("href") == "mailto:help@acme.example")
        browser.dark(True)
        self.expect("the dark has its own colours", channels(browser.style("main a.button", "background-color")) == colour("#e6a3cc"))
        browser.dark(False)
        browser.open(f"https://{ACME}/login")
        self.expect("the login has the colours", channels(browser.style("main button", "background-color")) == colour("#7a1f5c"))
        self.expect("and not the style", browser.style("h1", "letter-spacing") == "normal", browser.style("h1", "letter-spacing"))
        browser.open(f"https://{HOUSE}/")
        self.expect("the house keeps its own look", "Akten" not in browser.driver.page_source
                    and channels(browser.style("main a.button", "background-color")) == colour("#0b5cad"))


def prepare(daemon, folder, provider):
    daemon.command("tenant", "create", "acme")
    daemon.command("whitelabel", "domain", "add", ACME, "--tenant", "acme")
    daemon.command(
        "identity-provider", "set", provider.issuer, "--tenant", "acme", "--name", "Example ID", "--client-id", "cloister", "--domain",
        "example.com", "--role", "builder", "--secret", text="a secret of the test")
    (folder / "logo.png").write_bytes(logo())
    (folder / "look.json").write_text(json.dumps(LOOK))


def main(build):
    for program in ("caddy", "certutil", "chromium", "chromedriver"):
        if not shutil.which(program, path="/usr/bin:/usr/sbin"):
            sys.exit(f"browser: {program} is missing (make test-packages)")
    pictures = TOP / ".build/browser"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    folder = Path(tempfile.mkdtemp(prefix="cloister-browser-"))
    began = time.monotonic()
    mailbox, provider, secure = Mailbox(folder), Provider(folder), free_port()
    root = folder / "caddy/pki/authorities/local/root.crt"
    daemon = Daemon(
        build, folder, f"domains: {{base: {HOUSE}, addresses: [127.0.0.1], certificates: {{port: {secure}, trust: ['{root}']}}}}\n"
        f"notifications: {{mail: {{from: cloister@{HOUSE}, sendmail: {mailbox.program}}}}}\n"
        f"sign-in: {{address: 'https://{HOUSE}', allow-private: ['127.0.0.1:{provider.port}']}}\n")
    caddy = browser = None
    try:
        daemon.wait_until_ready()
        caddy = Caddy(folder, daemon.port, secure)
        prepare(daemon, folder, provider)
        browser = Browser(folder, caddy.port, caddy.root, (ACME, HOUSE), pictures)
        visit = Visit(browser, mailbox, provider)
        visit.prove()
        visit.house()
        visit.skip()
        # A request under its name makes the tenant's domain active, so that mails lead there.
        browser.open(f"https://{ACME}/")
        daemon.command("whitelabel", "logo", "set", folder / "logo.png", "--tenant", "acme")
        daemon.command("whitelabel", "config", "set", folder / "look.json", "--tenant", "acme")
        visit.branded()
        daemon.command("person", "invite", ADA, "--role", "owner", "--tenant", "acme")
        visit.accept()
        visit.login()
        visit.logout()
        visit.second_factor()
        visit.recover()
        visit.at_the_house()
        visit.change()
        visit.provided()
        visit.foreign()
    except Fault as fault:
        visit.faults.append(str(fault))
    finally:
        if browser:
            browser.stop()
        if caddy:
            caddy.stop()
        provider.stop()
        daemon.stop()
    if visit.faults:
        print((folder / "serve.log").read_text()[-2000:], *visit.faults, sep="\n", file=sys.stderr)
        sys.exit(f"browser: {len(visit.faults)} faults; pictures in .build/browser")
    # Some process of the browser's may still tidy up there.
    shutil.rmtree(folder, ignore_errors=True)
    took = f"{time.monotonic() - began:.0f} s"
    print(f"browser: {len(visit.seen)} pages looked at, {visit.passed} passed, 0 failed, in {took}; pictures in .build/browser")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
