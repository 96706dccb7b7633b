"""What the daemon does where quotas cannot be enforced, and under the harder variant of its unit."""
import json
import pathlib

from host import PHOTO, SERVICE, SOURCE, cloister, drop_in, expect, journal_cursor, messages, must, run, show, start
from plugins import plugin
from report import check, note

LENIENT = pathlib.Path("/etc/cloister/lenient.yaml")


@check("without delegation the daemon refuses to start, because its configuration requires enforced quotas")
def refused():
    must("systemctl", "stop", SERVICE)
    drop_in("delegation", "[Service]\nDelegate=no\n")
    cursor = journal_cursor()
    try:
        result = run("systemctl", "start", SERVICE)
        expect(result.returncode != 0, "it started")
        expect(show(SERVICE, "ExecMainStatus") == "78", f"exit {show(SERVICE, 'ExecMainStatus')}")
        expect(show(SERVICE, "ActiveState") == "failed", show(SERVICE, "ActiveState"))
        said = " ".join(messages(cursor, "-u", "cloister"))
        expect("require-enforced-quotas" in said, said)
    finally:
        drop_in("delegation", None)
        run("systemctl", "reset-failed", SERVICE)


@check("where the configuration allows it, the daemon starts without delegation and says what is not enforced")
def lenient():
    text = pathlib.Path("/etc/cloister/cloister.yaml").read_text()
    LENIENT.write_text(text.replace("require-enforced-quotas: true", "require-enforced-quotas: false"))
    drop_in("delegation", "[Service]\nDelegate=no\nExecStart=\n"
            f"ExecStart=/usr/local/bin/cloister serve --config {LENIENT}\n")
    try:
        start()
        enforcement = cloister("status")["enforcement"]
        expect(not enforcement["memory"] and not enforcement["processes"] and not enforcement["cpu"], str(enforcement))
        for resource in ["memory", "number of processes", "processor time"]:
            expect(any(resource in sentence for sentence in enforcement["missing"]), str(enforcement["missing"]))
        expect("QV-R51" in json.dumps(plugin("exif-metadata", "demo", PHOTO)), "the plugin found nothing")
    finally:
        run("systemctl", "stop", SERVICE)
        drop_in("delegation", None)
        LENIENT.unlink()
        run("systemctl", "reset-failed", SERVICE)


@check("under the drop-in with one identity a plugin runs sealed as the daemon's user")
def single():
    drop_in("single", (SOURCE / "systemd/single-identity.conf").read_text())
    try:
        start()
        expect(cloister("status")["identities"] == "single", cloister("status")["identities"])
        expect("QV-R51" in json.dumps(plugin("exif-metadata", "demo", PHOTO)), "the plugin found nothing")
        text = must("systemd-analyze", "security", "--no-pager", SERVICE)
        note([line for line in text.splitlines() if "Overall exposure" in line][0])
    finally:
        run("systemctl", "stop", SERVICE)
        drop_in("single", None)
        run("systemctl", "reset-failed", SERVICE)
    start()
