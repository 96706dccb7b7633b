"""The plugin `pdf-signatures`: who signed a PDF, whether that person is known, and whether the document changed since."""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time

# Python runs isolated (-I), without the script's folder on its path.
sys.path.insert(0, os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import listing  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402

plugin = Plugin("pdf-signatures", "1.0.0")

MOST_BYTES = 64 << 20
MOST_SIGNATURES = 64
DETACHED = ("adbe.pkcs7.detached", "ETSI.CAdES.detached")
# The worse ones later: a document is as good as its worst signature.
STATES = ["valid", "expired", "unknown-issuer", "untrusted", "modified-after-signing", "unverifiable"]
UNKNOWN_ISSUER = ("unable to get local issuer certificate", "unable to get issuer certificate", "self-signed certificate",
                  "self-signed certificate in certificate chain", "unable to verify the first certificate")
EXPIRED = ("certificate has expired", "certificate is not yet valid")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


@plugin.configured
def check_anchors(configuration):
    for number, anchor in enumerate(configuration.get("trust-anchors", []), 1):
        if not CERTIFICATE.fullmatch(anchor.strip()):
            raise Failure(codes.INVALID_CONFIGURATION, f"trust anchor {number} is not a certificate",
                          "PEM text, from -----BEGIN CERTIFICATE----- on; one certificate each")


class Check:
    """One document, in a folder of its own below /tmp."""

    def __init__(self, call, document):
        self.call = call
        self.document = document
        self.anchors = plugin.configuration.get("trust-anchors", [])
        self.at_signing = plugin.configuration.get("validity", "now") == "signing-time"

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "document.pdf")
        os.symlink(self.document, self.path)
        with open(self.place("anchors.pem"), "w", encoding="ascii") as file:
            file.write("\n".join(anchor.strip() for anchor in self.anchors) + "\n")
        return self

    def __exit__(self, *exception):
        shutil.rmtree(self.folder)

    def place(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments, input=None):
        # TZ: pdfsig prints times without a zone. OPENSSL_CONF: the sandbox has no /etc/ssl.
        return self.call.execute(arguments, input=input, folder=self.folder, limit=4 << 20,
                                 environment={"TZ": "UTC", "OPENSSL_CONF": "/dev/null"})

    def pdfsig(self, *options):
        # Certificates are checked with openssl: pdfsig checks only the first signature's reliably. So it needs no
        # database of certificates, and gets a folder that does not exist.
        done = self.run("pdfsig", "-nocert", "-nssdir", self.place("none"), *options, self.path)
        # 2: there is no signature; 3: a field that nobody signed cannot be dumped.
        if done.returncode not in (0, 2, 3):
            if b"Incorrect password" in done.stderr:
                raise Failure(codes.PLUGIN_FAILED, "the document is encrypted", "it opens with a password only")
            raise Failure(codes.PLUGIN_FAILED, "the document cannot be opened", "it is not a PDF, or too damaged to be read as one")
        return done

    def signatures(self):
        done = self.pdfsig()
        if done.returncode == 2:
            return []
        listed = listing.read(done.stdout.decode("utf-8", "replace"))
        if len(listed) > MOST_SIGNATURES:
            raise Failure(codes.QUOTA_EXCEEDED, f"the document has more than {MOST_SIGNATURES} signatures")
        dumped = re.search(rb"^Dumping Signatures: (\d+)$", self.pdfsig("-dump").stdout, re.MULTILINE)
        if not dumped or max((signature.index for signature in listed), default=-1) >= int(dumped[1]):
            raise listing.unexpected()
        with open(self.path, "rb") as file:
            self.data = file.read()
        return [self.judged(signature) for signature in listed]

    def judged(self, signature):
        """What is known about one signature; `status` says the worst of it."""
        answer = {"field": signature.field, "signer": None, "subject": None, "issuer": None, "serial": None, "validFrom": None,
                  "validUntil": None, "time": moment(signature.time), "type": signature.type,
                  "coversWholeDocument": signature.whole, "reason": None}
        container = self.place(f"document.pdf.sig{signature.index}")
        covered = self.covered(signature)
        if covered is None or not os.path.isfile(container):
            return {**answer, "status": "unverifiable", "reason": "what it covers cannot be told"}
        if signature.type not in (*DETACHED, "adbe.pkcs7.sha1"):
            return {**answer, "status": "unverifiable", "reason": f"signatures of the type {signature.type} are not known here"}
        if not self.intact(container, covered, signature):
            return {**answer, **self.certificate(container), "status": "modified-after-signing", "reason": "its digest is another"}
        answer.update(self.certificate(container))
        answer["status"], answer["reason"] = self.trusted(container, covered, signature)
        return answer

    def covered(self, signature):
        """The bytes that a signature says it covers: all from the first on, but for itself in angle brackets."""
        if signature.ranges is None:
            return None
        start, gap, after, end = signature.ranges
        if start != 0 or not 0 < gap < after <= end <= len(self.data) or self.data[gap:gap + 1] != b"<" or self.data[after - 1:after] != b">":
            return None
        return self.data[:gap] + self.data[after:end]

    def cms(self, container, covered, signature, *options):
        """openssl's check of the container against the bytes that it covers. With -noverify, of the signature alone."""
        detached = signature.type in DETACHED
        content = ("-content", "/dev/stdin") if detached else ()
        return self.run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", container, *content, "-purpose", "any",
                        "-no-CApath", "-no-CAstore", *options, "-out", self.place("signed"), input=covered if detached else None)

    def intact(self, container, covered, signature):
        done = self.cms(container, covered, signature, "-noverify", "-signer", self.place("signer.pem"))
        if done.returncode != 0:
            return False
        if signature.type in DETACHED:
            return True
        with open(self.place("signed"), "rb") as file:
            return file.read(64) == hashlib.sha1(covered).digest()

    def trusted(self, container, covered, signature):
        anchors = ["-CAfile", self.place("anchors.pem"), "-partial_chain"] if self.anchors else ["-no-CAfile"]
        signed = moment(signature.time)
        if self.at_signing and signed:
            anchors += ["-attime", str(int(time.mktime(time.strptime(signed, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone))]
        done = self.cms(container, covered, signature, *anchors)
        if done.returncode == 0:
            return "valid", None
        reason = re.search(rb"Verify error: ?([^\n]{1,200})", done.stderr)
        reason = reason[1].decode("ascii", "replace").strip() if reason else "the certificate cannot be checked"
        if reason in EXPIRED:
            return "expired", reason
        return ("unknown-issuer" if reason in UNKNOWN_ISSUER else "untrusted"), reason

    def certificate(self, container):
        """Whose certificate it is, as openssl escapes it, so that every name stays on its line."""
        if not os.path.exists(self.place("signer.pem")):
            self.run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", container, "-noverify", "-nosigs",
                     "-no_content_verify", "-signer", self.place("signer.pem"), "-content", "/dev/null", "-out", "/dev/null")
        done = self.run("openssl", "x509", "-in", self.place("signer.pem"), "-noout", "-subject", "-issuer", "-serial", "-startdate",
                        "-enddate", "-dateopt", "iso_8601", "-nameopt", "RFC2253,utf8,-esc_msb")
        if os.path.exists(self.place("signer.pem")):
            os.unlink(self.place("signer.pem"))
        if done.returncode != 0:
            return {}
        values = dict(line.split("=", 1) for line in done.stdout.decode("utf-8", "replace").splitlines() if "=" in line)
        subject = values.get("subject", "")
        name = re.search(r"(?:^|,|\+)CN=((?:\\.|[^,+\\])*)", subject)
        return {"signer": re.sub(r"\\(.)", r"\1", name[1]) if name else None, "subject": subject, "issuer": values.get("issuer"),
                "serial": values.get("serial"), "validFrom": values.get("notBefore", "").replace(" ", "T") or None,
                "validUntil": values.get("notAfter", "").replace(" ", "T") or None}


def moment(text):
    """`Nov 26 2026 06:48:34` in UTC as ISO 8601, or None."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.strptime(text, "%b %d %Y %H:%M:%S"))
    except ValueError:
        return None


def checked(call, document):
    if document.size > MOST_BYTES:
        raise Failure(codes.QUOTA_EXCEEDED, f"the document has more than {MOST_BYTES >> 20} MiB")
    with Check(call, document.path) as check:
        signatures = check.signatures()
    if not signatures:
        return {"status": "none", "reason": None, "signatures": []}
    worst = max(signatures, key=lambda signature: STATES.index(signature["status"]))
    status, reason = worst["status"], worst["reason"]
    # An earlier signature need not cover what a later one added. But behind the last nothing may follow.
    if not any(signature["coversWholeDocument"] for signature in signatures) and STATES.index(status) < STATES.index("modified-after-signing"):
        status, reason = "modified-after-signing", "something was added behind the last signature"
    return {"status": status, "reason": reason, "signatures": signatures}


@plugin.tool("verify")
def verify(call, input):
    return checked(call, call.document())


@plugin.filter("metadata")
def metadata(call, value, context):
    """Adds the group `Signatures` to what is known about a signed PDF."""
    document = call.open(value["document"]["document"])
    try:
        found = checked(call, document)
    except Failure as failure:
        # A document that cannot be read is its own fault: a handler that fails too often is set aside.
        if failure.code != codes.PLUGIN_FAILED:
            raise
        return value
    if found["status"] == "none":
        return value
    group = {"Status": found["status"], "Count": len(found["signatures"]),
             "Signers": [signature["signer"] for signature in found["signatures"] if signature["signer"]]}
    return {**value, "metadata": {**value.get("metadata", {}), "Signatures": group}}


plugin.run()
