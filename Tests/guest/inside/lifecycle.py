"""What is left when the daemon freezes, is killed or is stopped: nothing, and a new daemon where one is due."""
import os
import signal

from host import SERVICE, cloister, drop_in, expect, journal_cursor, main_process, messages, must, processes, show, start, user, wait
from quotas import call
from report import check, note


def children():
    """Processes of living children, of which one is an orphan that two forks and a session of its own took away."""
    for tenant in ["calm", "hungry"]:
        result = call(tenant, "orphan", {})
        expect(result.returncode == 0, result.stdout + result.stderr)
    found = [process for process in processes() if process != main_process()]
    expect(len(found) >= 4, f"expected children of two tenants, found {found}")
    return found


def gone(found):
    return not [process for process in found if user(process) is not None]


def restarted(process):
    return main_process() not in (0, process) and show(SERVICE, "SubState") == "running"


@check("kill -9 of the daemon leaves no child, also where systemd would leave them, and a new daemon answers")
def killed():
    drop_in("leave", "[Service]\nKillMode=process\n")
    try:
        found, process = children(), main_process()
        os.kill(process, signal.SIGKILL)
        wait(30, "every child gone", lambda: gone(found))
        wait(180, "a new daemon", lambda: restarted(process))
    finally:
        drop_in("leave", None)
    expect(cloister("status")["state"] == "ready", "the new daemon is not ready")
    result = call("calm", "echo", {"text": "again"})
    expect(result.returncode == 0 and "again" in result.stdout, result.stdout + result.stderr)


@check("the watchdog restarts a frozen daemon")
def frozen():
    found, process, cursor = children(), main_process(), journal_cursor()
    restarts = int(show(SERVICE, "NRestarts"))
    os.kill(process, signal.SIGSTOP)
    wait(180, "the watchdog", lambda: [text for text in messages(cursor, "_PID=1") if "Watchdog timeout" in text])
    wait(180, "a new daemon", lambda: restarted(process))
    expect(int(show(SERVICE, "NRestarts")) == restarts + 1, show(SERVICE, "NRestarts"))
    expect(gone(found), "children of the frozen daemon are left")
    expect(cloister("status")["state"] == "ready", "the new daemon is not ready")


@check("systemctl stop leaves no process and no control group, and the socket stays")
def stopped():
    found, cursor = children(), journal_cursor()
    must("systemctl", "stop", SERVICE)
    expect(show(SERVICE, "Result") == "success", show(SERVICE, "Result"))
    expect(gone(found) and not processes(), f"left: {processes()}")
    expect(show(SERVICE, "ControlGroup") == "" or not os.path.exists("/sys/fs/cgroup" + show(SERVICE, "ControlGroup")),
           show(SERVICE, "ControlGroup"))
    expect(show("cloister.socket", "SubState") == "listening", show("cloister.socket", "SubState"))
    forced = [text for text in messages(cursor, "_PID=1") if "SIGKILL" in text or "timed out" in text]
    expect(not forced, str(forced))
    start()
    note(f"tenants after the restart: {cloister('status')['tenants']}")
    expect(cloister("status")["tenants"] >= 5, "tenants did not outlive the restart")
