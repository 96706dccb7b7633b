"""Quotas that only control groups can hold: memory, processes and processor time of one tenant beside another."""
import json
import subprocess
import threading
import time

from host import (CLOISTER, PROBE, PROBE_NAME, cloister, expect, groups, journal_cursor, main_process, messages, must,
                  run, wait)
from report import check, note

MEBIBYTE = 1 << 20


def call(tenant, tool, value, seconds=60):
    """One call of the probe; the result with its exit status, output and what was said."""
    return run(CLOISTER, "plugin", "call", PROBE_NAME, tool, "--tenant", tenant, "--json", "--input", json.dumps(value),
               "--deadline", f"{seconds}s", timeout=seconds + 180)


def tenant(name, **quota):
    """A tenant with the probe running."""
    cloister("tenant", "create", name, *[word for key, value in quota.items() for word in (f"--{key}", value)])
    must(CLOISTER, "plugin", "run", PROBE, "--tenant", name)


class Sibling:
    """Another tenant's plugin, called again and again while something happens; every call has to be answered."""

    def __enter__(self):
        self.calls, self.failures, self.done = 0, [], threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()
        return self

    def work(self):
        while not self.done.is_set():
            result = call("calm", "echo", {"text": "still here"}, 20)
            self.calls += 1
            if result.returncode != 0 or "still here" not in result.stdout:
                self.failures.append(result.stdout + result.stderr)

    def __exit__(self, kind, error, trace):
        self.done.set()
        self.thread.join()
        if kind is None:
            expect(self.calls > 0 and not self.failures, f"{len(self.failures)} of {self.calls}: {self.failures[:1]}")
            note(f"the sibling answered {self.calls} calls")


def bomb(name, reason):
    """Lets a tenant's plugin fill memory, and expects that the kernel ends it as a whole, and nothing else."""
    process, cursor = main_process(), journal_cursor()
    with Sibling():
        result = call(name, "memory-bomb", {"bytes": 1024 * MEBIBYTE})
        expect(result.returncode == 1, f"exit {result.returncode}: {result.stdout}{result.stderr}")
        time.sleep(2)
    end = cloister("plugin", "show", PROBE_NAME, "--tenant", name)["lastExit"]
    expect(end["kind"] == "outOfMemory" and reason in end["reason"], str(end))
    killed = [text for text in messages(cursor, "-k") if "memory.oom.group set" in text]
    expect(len(killed) == 1 and f"/{name}/{PROBE_NAME}/" in killed[0], f"groups killed by the kernel: {killed}")
    note(f"{killed[0]}; {end['reason']}")
    expect(main_process() == process, "the daemon was restarted")


@check("a memory bomb is killed as a group while a sibling tenant keeps answering")
def memory():
    tenant("calm")
    # More than the 64 MiB that the plugin asks for: its own limit is the first to be reached.
    tenant("hungry", memory="96MiB")
    bomb("hungry", "limit 64MiB")


@check("a memory bomb is killed as a group where the tenant's quota is reached first")
def memory_of_tenant():
    tenant("thin", memory="40MiB")
    bomb("thin", "tenant's quota")


@check("after the memory bomb the tenant's next call works")
def memory_again():
    must(CLOISTER, "plugin", "restart", PROBE_NAME, "--tenant", "hungry")
    result = call("hungry", "echo", {"text": "back"})
    expect(result.returncode == 0 and "back" in result.stdout, result.stdout + result.stderr)


@check("a fork bomb stops at pids.max, and stopping the plugin ends every process of it")
def processes():
    tenant("forking", processes="48")
    with Sibling():
        result = call("forking", "fork-bomb", {"limit": 4096})
        group = groups("pids.max", "48")
        expect(len(group) == 1, f"control groups with pids.max 48: {group}")
        count, events = int((group[0] / "pids.current").read_text()), (group[0] / "pids.events").read_text()
        note(f"pids.current {count}, {events.strip()}; the bomb says {result.stdout.strip() or result.stderr.strip()}")
        expect(24 <= count <= 48, f"{count} processes")
        limited = [path for path in group[0].rglob("pids.events") if int(path.read_text().split()[1]) > 0]
        expect(limited or int(events.split()[1]) > 0, "no fork was refused by the control group")
    must(CLOISTER, "plugin", "stop", PROBE_NAME, "--tenant", "forking")
    wait(30, "an empty control group",
         lambda: not group[0].exists() or (group[0] / "pids.current").read_text().strip() == "0")


@check("a spinning child stays within 10 percent of its cpu quota")
def processor():
    tenant("spinning", cpu="0.5")
    command = [CLOISTER, "plugin", "call", PROBE_NAME, "spin", "--tenant", "spinning", "--deadline", "90s", "--input",
               json.dumps({"seconds": 40, "threads": 2})]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as spin:
        time.sleep(5)
        first = spent()
        time.sleep(25)
        second = spent()
        spin.kill()
    must(CLOISTER, "plugin", "stop", PROBE_NAME, "--tenant", "spinning")
    share = (second[1] - first[1]) / (second[0] - first[0])
    note(f"{share:.3f} processors of 0.5 over {second[0] - first[0]:.1f} s")
    expect(0.45 <= share <= 0.55, f"{share:.3f} processors")


@check("what a plugin writes counts for its tenant's disk quota, also where it is closed to the daemon")
def disk():
    tenant("writing", disk="16MiB")
    result = call("writing", "write", {"path": "/data/closed/large", "bytes": 24 * MEBIBYTE, "folderMode": 0o700})
    expect(result.returncode == 0, result.stdout + result.stderr)
    wait(90, "a refusal", lambda: "disk quota of tenant writing exceeded" in call("writing", "echo", {}).stderr)
    used = cloister("tenant", "show", "writing")["usage"]["diskBytes"]
    expect(used > 24 * MEBIBYTE, f"{used} bytes are said to be used")
    must(CLOISTER, "tenant", "quota", "writing", "--disk", "64MiB")
    wait(90, "an answer again", lambda: call("writing", "echo", {"text": "back"}).returncode == 0)
    note(f"{used} bytes")


def spent():
    """The moment, and the seconds of processor time of the spinning child until then."""
    before = time.monotonic()
    report = cloister("plugin", "show", PROBE_NAME, "--tenant", "spinning")
    after = time.monotonic()
    return (before + after) / 2, sum(child["cpuMicroseconds"] for child in report["instances"]) / 1e6
