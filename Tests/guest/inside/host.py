"""The machine under test: its commands, its systemd and its control groups, as a check wants to ask them."""
import json
import os
import pathlib
import pwd
import re
import subprocess
import time

SOURCE = pathlib.Path("/root/cloister")
CLOISTER = "/usr/local/bin/cloister"
SERVICE = "cloister.service"
GROUPS = pathlib.Path("/sys/fs/cgroup")
PHOTO = SOURCE / ".build/material/images/large.jpg"
PDF = SOURCE / ".build/material/documents/default-testpage.pdf"
# The folder in which the probe becomes a plugin, the manifest that it gets, and its name there.
PROBE = "/usr/local/lib/cloister/probe-plugin"
MANIFEST = SOURCE / "Tests/probe/plugin.yaml"
# Seconds after which a command hangs. The emulated machine is ten times slower than a real one, and at a busy hour thirty.
PATIENCE = 360
PROBE_NAME = re.search(r"^id: *(\S+)", MANIFEST.read_text(), re.MULTILINE)[1]


def run(*command, timeout=PATIENCE, **options):
    """Ends normally whatever the command's exit status is."""
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, check=False, **options)


def output(*command, timeout=PATIENCE, **options):
    """What the command wrote, both streams; whatever its exit status is."""
    result = run(*command, timeout=timeout, **options)
    return result.stdout + result.stderr


def must(*command, timeout=PATIENCE, **options):
    """Standard output of a command that has to succeed."""
    result = run(*command, timeout=timeout, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def cloister(*words, timeout=PATIENCE, **options):
    """A command's reply as a value; it has to succeed."""
    return json.loads(must(CLOISTER, *words, "--json", timeout=timeout, **options))


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def wait(seconds, what, condition):
    """Asks again until the condition holds, and returns what it was; the wait is bounded."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.2)


def show(unit, name):
    return must("systemctl", "show", "--value", "-p", name, unit).strip()


def main_process():
    return int(show(SERVICE, "MainPID"))


def start():
    """Starts the service; it is READY when this returns."""
    must("systemctl", "start", SERVICE)


def as_service(name, command, timeout=PATIENCE):
    """Runs a command as the daemon's user in a delegated control group: its exit status, output and errors."""
    output, errors = pathlib.Path(f"/run/{name}.output"), pathlib.Path(f"/run/{name}.errors")
    pathlib.Path(f"/run/systemd/system/{name}.service").write_text(
        f"[Service]\nType=oneshot\nUser=cloister\nDelegate=yes\nTimeoutStartSec={timeout}\nExecStart={command}\n"
        f"StandardOutput=truncate:{output}\nStandardError=truncate:{errors}\n")
    must("systemctl", "daemon-reload")
    run("systemctl", "start", f"{name}.service", timeout=timeout + 60)
    return int(show(f"{name}.service", "ExecMainStatus")), output.read_text(), errors.read_text()


def drop_in(name, text):
    """Adds lines to the unit until the next boot, or takes them away again if the text is None."""
    path = pathlib.Path(f"/run/systemd/system/{SERVICE}.d/{name}.conf")
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    must("systemctl", "daemon-reload")


def journal_cursor():
    """The journal's last entry now."""
    text = output("journalctl", "-n", "0", "--show-cursor", "--no-pager")
    return [line.split(":", 1)[1].strip() for line in text.splitlines() if "-- cursor:" in line][0]


def journal(cursor, *matches):
    """Entries of the journal after the cursor, as dictionaries."""
    # Not --after-cursor: where the entry itself does not match, journalctl takes the first one that does for it.
    text = must("journalctl", "--no-pager", "-o", "json", f"--cursor={cursor}", *matches)
    entries = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [entry for entry in entries if entry["__CURSOR"] != cursor]


def messages(cursor, *matches):
    return [str(entry.get("MESSAGE")) for entry in journal(cursor, *matches)]


def ours(user_id):
    """Whether a user id is the daemon's or one of its children's."""
    if user_id == pwd.getpwnam("cloister").pw_uid:
        return True
    for line in pathlib.Path("/etc/subuid").read_text().splitlines():
        name, first, count = line.split(":")
        if name == "cloister" and int(first) <= user_id < int(first) + int(count):
            return True
    return False


def user(process):
    """The real user id of a living process; None for one that is gone."""
    try:
        for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("State:") and line.split()[1] in "ZX":
                return None
            if line.startswith("Uid:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def processes():
    """Every living process of the daemon and its children, wherever in the machine it is."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            identity = user(name)
            if identity is not None and ours(identity):
                found.append(int(name))
    return found


def groups(file, content):
    """Control groups of the service in which a file has this content."""
    found = []
    for path in (GROUPS / "system.slice" / SERVICE).rglob(file):
        try:
            if path.read_text().strip() == content:
                found.append(path.parent)
        except OSError:
            pass
    return found
