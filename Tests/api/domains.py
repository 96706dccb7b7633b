"""Domains with a real name server and a real Caddy: from a claim to a served page, and back."""

import http.client
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from daemon import TOP, Daemon, free_port

BASE, OWN = "cloister.test", "documents.acme.test"


class NameServer:
    """dnsmasq, started anew for other records."""

    def __init__(self):
        self.port, self.process = free_port(), None

    def serve(self, *records):
        self.stop()
        self.process = subprocess.Popen(
            # Not where an ordinary user looks for programs.
            ["/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces",
             "--listen-address=127.0.0.1", f"--port={self.port}", "--local=/test/", "--user=", "--group=", "--pid-file=", *records],
            stdin=subprocess.DEVNULL)
        wait(lambda: connects(self.port), "dnsmasq does not listen")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def made(folder, name, *options):
    """A certificate that signs itself, and its key."""
    chain, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", chain,
         "-subj", f"/O=Elsewhere/CN={name}", "-addext", f"subjectAltName=DNS:{name}", *options], check=True, capture_output=True)
    return chain, key


class OtherServer:
    """Serves TLS in Caddy's place, with another certificate."""

    def __init__(self, port, chain, key):
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", chain, "-key", key, "-www"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(lambda: connects(port), "openssl does not listen")

    def stop(self):
        self.process.kill()
        self.process.wait()


class Caddy:
    """With the configuration that is shipped, on ports of its own and with an authority of its own."""

    def __init__(self, folder, upstream, port):
        self.port, self.folder = port, folder
        options = (f"{{\n\tadmin off\n\thttp_port {free_port()}\n\thttps_port {self.port}\n\tlocal_certs\n\tskip_install_trust\n"
                   f"\tstorage file_system {folder}/caddy\n")
        text = (TOP / "systemd/Caddyfile").read_text().replace("127.0.0.1:8080", f"127.0.0.1:{upstream}")
        head, brace, rest = text.partition("\n{\n")
        (folder / "Caddyfile").write_text(head + "\n" + options + rest)
        assert brace, "the shipped Caddyfile has no options"
        self.log = open(folder / "caddy.log", "wb")
        self.process = subprocess.Popen(
            ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
        wait(lambda: connects(self.port) and self.root.exists(), "caddy does not listen")

    @property
    def root(self):
        return self.folder / "caddy/pki/authorities/local/root.crt"

    def get(self, name, path="/", host=None, headers=()):
        """Status and text under a name, with a certificate that is good for it; None where there is none."""
        context = ssl.create_default_context(cafile=self.root)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as plain:
                with context.wrap_socket(plain, server_hostname=name) as secure:
                    lines = [f"GET {path} HTTP/1.1", f"Host: {host or name}", "Connection: close", *headers]
                    secure.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
                    answer = http.client.HTTPResponse(secure)
                    answer.begin()
                    return answer.status, answer.read().decode(), dict(answer.getheaders())
        except ssl.SSLError:
            return None

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


def wait(condition, why):
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    sys.exit(f"domains: {why}")


def main(build):
    for program in ("caddy", "dnsmasq"):
        if not shutil.which(program, path="/usr/bin:/usr/sbin"):
            sys.exit(f"domains: {program} is missing (make test-packages)")
    folder = Path(tempfile.mkdtemp(prefix="cloister-domains-"))
    names = NameServer()
    secure = free_port()
    daemon = Daemon(
        build, folder, f"domains: {{base: {BASE}, addresses: [127.0.0.1], name-server: '127.0.0.1:{names.port}', "
        f"certificates: {{port: {secure}, trust: ['{folder}/caddy/pki/authorities/local/root.crt']}}}}\n")
    caddy = None
    passed = 0

    def expect(what, condition, seen):
        nonlocal passed
        if not condition:
            print((folder / "caddy.log").read_text()[-3000:] if caddy else "")
            daemon.fail(f"{what}: {seen}")
        passed += 1

    def domain(command, *more):
        return daemon.command("whitelabel", "domain", command, *more, "--tenant", "acme")

    try:
        names.serve()
        daemon.wait_until_ready()
        caddy = Caddy(folder, daemon.port, secure)
        daemon.command("tenant", "create", "acme")
        (folder / "look.yaml").write_text("productName: Akten & Co\ncss: 'h1 { color: red } @import url(x);'\n")
        daemon.command("whitelabel", "config", "set", folder / "look.yaml", "--tenant", "acme")

        seen = caddy.get(BASE)
        expect("the base domain is the house's", seen and seen[0] == 200 and "<h1>Cloister</h1>" in seen[1], seen)
        expect("a name that nobody has gets no certificate", caddy.get("other.test") is None, "one")
        seen = caddy.get(BASE, host="other.test")
        expect("a host that nobody has is misdirected", seen[0] == 421, seen)
        seen = caddy.get(BASE, f"/certificates/ask?domain={BASE}")
        expect("only this machine asks about certificates", seen[0] == 404, seen)

        claim = domain("add", OWN)
        expect("a claim is pending", claim["state"] == "pending", claim)
        expect("and has no certificate", caddy.get(OWN) is None, "one")
        expect("without records it stays so", domain("check", OWN)["state"] == "pending", "")
        proof, route = [f"--txt-record=_cloister-challenge.{OWN},{claim['records'][0]['value']}"], [f"--host-record={OWN},127.0.0.1"]
        names.serve(*proof)
        expect("with the token it is owned", domain("check", OWN)["state"] == "owned", "")
        expect("and still has no certificate", caddy.get(OWN) is None, "one")
        names.serve(*proof, *route)
        seen = domain("check", OWN)
        expect("with an address of ours it is routed", seen["state"] in ("routed", "certified"), seen)
        seen = caddy.get(OWN)
        expect("its page is the tenant's", seen and seen[0] == 200 and "<h1>Akten &amp; Co</h1>" in seen[1], seen)
        wait(lambda: domain("show", OWN)["state"] == "active", "the domain does not become active")
        seen = domain("show", OWN)
        expect("whose certificate was seen", "Caddy" in seen["certificate"]["issuer"] and seen["reason"] is None, seen)
        seen = caddy.get(OWN, "/brand/custom.css")
        expect("so is its style, filtered", seen[1] == ".branded h1 { color: red; }\n", seen)
        seen = caddy.get(OWN, "/nowhere", headers=["Accept: text/html"])
        expect("so are its errors", seen[0] == 404 and "Akten &amp; Co" in seen[1], seen)
        seen = caddy.get(BASE)
        expect("the house's stay its own", "Akten" not in seen[1], seen)

        domain("add", f"acme.{BASE}")
        seen = caddy.get(f"acme.{BASE}")
        expect("a subdomain is served at once", seen and "Akten &amp; Co" in seen[1], seen)

        caddy.stop()
        expect("while nobody serves it, it stays", domain("check", OWN)["state"] == "active", "")
        for what, options, reason in (
            ("an authority that nobody trusts", (OWN,), "which is not trusted here"), ("another name", ("else.test",), "bears else.test"),
        ):
            other = OtherServer(secure, *made(folder, *options))
            seen = domain("check", OWN)
            expect(f"with a certificate of {what} it dangles", seen["state"] == "dangling" and reason in seen["reason"], seen)
            other.stop()
            caddy = Caddy(folder, daemon.port, secure)
            # A certificate that Caddy has is used once it may be: it asks before.
            wait(lambda: caddy.get(OWN), "the certificate of a dangling domain cannot be renewed")
            seen = domain("check", OWN)
            expect("and comes back with a good one", seen["state"] == "certified", seen)
            seen = caddy.get(OWN)
            expect("which is served", seen and seen[0] == 200, seen)
            wait(lambda: domain("show", OWN)["state"] == "active", "the domain does not become active again")
            if what != "another name":
                caddy.stop()

        names.serve(*route)
        seen = domain("check", OWN)
        expect("without its token it dangles", seen["state"] == "dangling" and seen["reason"], seen)
        seen = caddy.get(OWN)
        expect("and is not served, whatever certificate there is", not seen or seen[0] == 421, seen)
        names.serve(*proof, *route)
        expect("until it is back", domain("check", OWN)["state"] == "certified", "")
        domain("delete", OWN)
        seen = caddy.get(OWN)
        expect("one that was given up is not served", not seen or seen[0] == 421, seen)
    finally:
        if caddy:
            caddy.stop()
        names.stop()
        daemon.stop()
    shutil.rmtree(folder)
    print(f"domains: {passed} passed, 0 failed")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
