"""The daemon as a service: how it starts, as whom it runs, who may talk to it, how it reloads."""
import grp
import os
import pwd
import stat

from host import (CLOISTER, SERVICE, cloister, expect, journal, journal_cursor, main_process, messages, must, run, show,
                  wait)
from report import check, note

SOCKET = "/run/cloister/control.sock"


@check("the first connection to the control socket starts the daemon")
def activation():
    must("systemctl", "enable", "cloister.service")
    must("systemctl", "start", "cloister.socket")
    expect(show(SERVICE, "ActiveState") == "inactive", "the service runs before anybody connected")
    status = cloister("status")
    expect(show(SERVICE, "ActiveState") == "active", show(SERVICE, "ActiveState"))
    expect(status["processID"] == main_process(), f"{status['processID']} answers, not {main_process()}")


@check("the service reaches READY as its own user, without a capability")
def ready():
    expect(show(SERVICE, "SubState") == "running", show(SERVICE, "SubState"))
    expect(show(SERVICE, "StatusText") != "", "the daemon sends no STATUS=")
    lines = open(f"/proc/{main_process()}/status", encoding="ascii").read().splitlines()
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    own = str(pwd.getpwnam("cloister").pw_uid)
    expect(fields["Uid"].split() == [own] * 4, fields["Uid"])
    for kind in ["CapEff", "CapPrm", "CapInh", "CapAmb"]:
        expect(int(fields[kind], 16) == 0, f"{kind}: {fields[kind]}")


@check("the control socket belongs to the group cloister with mode 0660, and systemd made it")
def socket():
    status = os.stat(SOCKET)
    expect(stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o660, oct(status.st_mode))
    expect(grp.getgrgid(status.st_gid).gr_name == "cloister", f"group {status.st_gid}")
    expect(show("cloister.socket", "SubState") == "running", show("cloister.socket", "SubState"))


@check("members of the group reach the daemon, others get exit status 69 or 77 and a hint")
def access():
    drop = ["setpriv", "--reuid=nobody", "--clear-groups"]
    must("setpriv", "--reuid=nobody", "--regid=cloister", "--clear-groups", CLOISTER, "status")
    refused = run(*drop, "--regid=nogroup", CLOISTER, "status")
    expect(refused.returncode in (69, 77) and refused.stderr.strip(), f"exit {refused.returncode}: {refused.stderr}")


@check("doctor and status say that memory, processes and cpu are enforced, and that plugins have users of their own")
def enforced():
    status = cloister("status")
    for enforcement in [status["enforcement"], cloister("doctor")["daemon"]["enforcement"]]:
        for resource in ["memory", "processes", "cpu", "kill"]:
            expect(enforcement[resource] is True, f"{resource}: {enforcement}")
    expect(SERVICE in status["enforcement"]["controlGroup"], status["enforcement"]["controlGroup"])
    expect(status["identities"] == "subordinate", status["identities"])


@check("log records carry fields in the journal")
def fields():
    cursor = journal_cursor()
    cloister("tenant", "create", "journal")
    cloister("tenant", "delete", "journal", "--yes")

    def found():
        return [entry for entry in journal(cursor, "-u", "cloister") if entry.get("CLOISTER_TENANT") == "journal"]

    entry = wait(30, "an entry with CLOISTER_TENANT=journal", found)[0]
    expect(entry["SYSLOG_IDENTIFIER"] == "cloister" and entry["PRIORITY"].isdigit(), str(entry))


@check("systemctl reload goes through RELOADING to READY in the same process")
def reload():
    process, cursor = main_process(), journal_cursor()
    # On this level systemd logs every notification that it gets.
    must("systemctl", "log-level", "debug")
    try:
        must("systemctl", "reload", "cloister")
        wait(60, "READY after RELOADING", lambda: notified(cursor, "RELOADING=1", "READY=1"))
    finally:
        must("systemctl", "log-level", "info")
    expect(main_process() == process, "reload changed the process")
    expect(cloister("status")["state"] == "ready", str(cloister("status")))


def notified(cursor, *words):
    """Whether systemd was told these words, one after the other."""
    rest = iter([text for text in messages(cursor, "_PID=1", f"UNIT={SERVICE}") if "notification" in text])
    return all(any(word in text for text in rest) for word in words)


@check("systemd-analyze security finds an exposure below 6")
def exposure():
    text = must("systemd-analyze", "security", "--no-pager", SERVICE)
    line = [line for line in text.splitlines() if "Overall exposure" in line][0]
    note(line)
    note("\n".join(line for line in text.splitlines() if line.startswith("✗")))
    expect(float(line.split(":")[1].split()[0]) < 6, line)
