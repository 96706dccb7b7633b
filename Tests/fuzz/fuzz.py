"""Damaged files for every bundled plugin, through a real daemon with sealed children. Called by `run`."""

import collections
import contextlib
import os
import queue
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import samples  # noqa: E402
from control import Control, Refused  # noqa: E402
from daemon import Daemon  # noqa: E402
from damage import damaged  # noqa: E402
from targets import IMAGES, READS, targets  # noqa: E402

TENANT = "fuzz"
CONNECTIONS = 4
CALLS_A_CONNECTION = 25
"""The daemon keeps a connection's documents, at most 64, until the connection ends."""
PLUGINS_AT_LEAST = 15
DEADLINE = 20.0
# For the way through the socket, a restart of a child, and a machine that is busy with other things.
GRACE = 15.0
HOOKS_EVERY = 10
"""Of so many files one also becomes a document of the tenant and passes through the filters."""
CHAIN_PATIENCE = 300.0
"""For a whole chain of filters, each with a deadline of its own."""
GROWTH = 64 << 20
"""What the daemon's resident memory may grow by from the last good call before the damage to the last one after it."""

# What a damaged file never leads to: a fault of the daemon, or a plugin that is not there.
UNEXPECTED = {-32603: "internal fault", -31992: "shutting down", -31991: "retry later", -31988: "unreachable"}
# A plugin's own defect, in the words of the SDK; and an output that its own manifest does not allow.
DEFECT = re.compile(r"failed: \w*(Error|Exception|Interrupt|Exit)\b|[Tt]raceback|\boutput\b.*\b(expected|schema|satisf)")


class Run:
    def __init__(self, count, seed, build, folder):
        self.count, self.seed, self.folder = count, seed, folder
        self.good = samples.samples(folder)
        self.targets = targets()
        self.build = build
        self.problems = []
        self.outcomes = collections.Counter()
        self.codes = collections.Counter()
        self.kinds = collections.Counter()
        self.words = collections.Counter()
        self.turns = collections.Counter()
        self.times = collections.defaultdict(list)
        self.lock = threading.Lock()

    def problem(self, text):
        with self.lock:
            self.problems.append(text)
            if len(self.problems) <= 20:
                print(f"fuzz: {text}", flush=True)

    def install(self):
        """The plugins where the daemon finds them: readable for every user, with the programs that were built."""
        for target in self.targets:
            place = self.folder / "plugins" / target.id
            shutil.copytree(target.folder, place, ignore=shutil.ignore_patterns("tests", "__pycache__", "*.swift"))
            program = self.build / target.id
            if program.is_file():
                shutil.copy2(program, place)
        for root, folders, files in os.walk(self.folder / "plugins"):
            for name in (*folders, *files):
                path = Path(root, name)
                path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.is_dir() or os.access(path, os.X_OK) else 0))

    def register(self, control):
        control.ask("tenant/create", id=TENANT, memory=4 << 30, processes=2000, cpu=64, disk=20 << 30)
        for target in self.targets:
            control.ask("plugin/run", tenant=TENANT, folder=target.id, configuration=target.configuration)

    def fits(self, target, sample):
        return sample.kind in READS.get(target.id, (*IMAGES, "pdf", "text"))

    def good_calls(self):
        """For every plugin a tool and a file that it answers with a result, found by trying."""
        found = {}
        for target in self.targets:
            reason = "it has no tool"
            with self.connection() as control:
                for tool, sample in [(tool, sample) for tool in target.tools for sample in self.candidates(target, tool)]:
                    try:
                        self.call(control, target, tool, sample and sample.data, sample and sample.name, random.Random(0))
                        found[target.id] = (target, tool, sample)
                        break
                    except Refused as refused:
                        reason = refused.message
                else:
                    self.problem(f"{target.id}: no good call: {reason}")
        return found

    def connection(self):
        return contextlib.closing(Control(self.daemon.socket, 120))

    def candidates(self, target, tool):
        if not target.documents_of(tool):
            return [None]
        first = {sample.kind: sample for sample in reversed(self.good) if self.fits(target, sample)}
        return list(first.values()) or self.good

    def call(self, control, target, tool, data, name, chance):
        documents = {}
        for place in target.documents_of(tool):
            documents[place] = control.upload(TENANT, name, data)
        return control.ask("plugin/call", tenant=TENANT, plugin=target.id, tool=tool["name"], input=target.rest(tool, chance),
                           documents=documents, deadlineMs=int(min(DEADLINE, target.deadline) * 1000))

    def jobs(self):
        """Every plugin in turn, so that each gets its share whatever the count; its tools in turn, files mostly of its kind."""
        chance = random.Random(self.seed)
        turns, debt = collections.Counter(), dict.fromkeys((target.id for target in self.targets), 0.0)
        number = 0
        while number < self.count:
            for target in self.targets:
                debt[target.id] += target.weight
                if debt[target.id] < 1 or number >= self.count:
                    continue
                debt[target.id] -= 1
                tools = [tool for tool in target.tools if target.documents_of(tool) or tool.get("input", {}).get("properties")]
                tool = tools[turns[target.id] % len(tools)]
                turns[target.id] += 1
                fitting = [sample for sample in self.good if self.fits(target, sample)]
                sample = chance.choice(fitting if fitting and chance.random() < 0.85 else self.good)
                yield number, target, tool, sample
                number += 1

    def damage(self):
        work = queue.SimpleQueue()
        for job in self.jobs():
            work.put(job)
        threads = [threading.Thread(target=self.worker, args=(work,)) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.5)
            if not self.daemon.alive:
                self.problem("the daemon has ended")
                break
        for thread in threads:
            thread.join(DEADLINE + GRACE)

    def worker(self, work):
        control, calls = None, 0
        while self.daemon.alive:
            try:
                job = work.get_nowait()
            except queue.Empty:
                return
            if control and calls % CALLS_A_CONNECTION == 0:
                control.close()
                control = None
            calls += 1
            try:
                control = control or Control(self.daemon.socket, DEADLINE + GRACE)
                self.one(control, *job)
                if job[0] % HOOKS_EVERY == 0:
                    self.chain(*job)
            except (OSError, ValueError) as error:
                number, target, tool, sample = job
                self.problem(f"file {number} ({sample.name}) to {target.id} {tool['name']}: {type(error).__name__}: {error}")
                control = None

    def one(self, control, number, target, tool, sample):
        kind, data = damaged(sample.data, self.seed * 1_000_003 + number)
        place = f"file {number} ({sample.name}, {kind}) to {target.id} {tool['name']}"
        begun = time.monotonic()
        code = None
        try:
            self.call(control, target, tool, data, f"{number}-{sample.name}", random.Random(number))
        except Refused as refused:
            code = refused.code
            message = refused.message if isinstance(refused.message, str) else ""
            self.look(place, code, message)
        taken = time.monotonic() - begun
        if taken > min(DEADLINE, target.deadline) + GRACE:
            self.problem(f"{place}: took {taken:.1f} s")
        with self.lock:
            self.outcomes[target.id, "refused" if code else "answered"] += 1
            self.kinds[kind] += 1
            if code:
                self.codes[code] += 1
                self.words[code, re.sub(r"[0-9]+", "#", message)[:100]] += 1
            self.times[target.id].append(taken)

    def chain(self, number, target, tool, sample):
        """The damaged file as a document of the tenant, through every filter, with values that nobody sends."""
        kind, data = damaged(sample.data, self.seed * 1_000_003 + number)
        chance = random.Random(number)
        with contextlib.closing(Control(self.daemon.socket, CHAIN_PATIENCE)) as control:
            place = f"file {number} ({sample.name}, {kind})"
            try:
                handle = control.upload(TENANT, f"{number}-{sample.name}", data)
                document = control.ask("document/keep", handle=handle)["document"]
            except Refused as refused:
                # Kept out, which a virus scan may do.
                self.look(f"{place} at document/keep", refused.code, refused.message)
                return
            for event in sorted({event for target in self.targets for event in target.filters}):
                try:
                    report = control.ask("hook/apply", tenant=TENANT, event=event, document=document, value=hostile_value(chance))
                except Refused as refused:
                    self.look(f"{place} at {event}", refused.code, refused.message)
                    continue
                for step in report["steps"]:
                    with self.lock:
                        self.turns[step["plugin"], step["outcome"]] += 1
                    if step["outcome"] == "failed":
                        self.look(f"{place} at {event}, {step['plugin']}", None, step["reason"])
                made = (report["value"].get("document") or {}).get("document", document)
                if made != document:
                    control.ask("document/delete", tenant=TENANT, document=made)
            control.ask("document/delete", tenant=TENANT, document=document)

    def look(self, place, code, message):
        """A refusal must be one clear line, and no fault of the daemon's or defect of a plugin's."""
        if not message or "\n" in message or code in UNEXPECTED or DEFECT.search(message):
            self.problem(f"{place}: not a clear error: {code} {message[:300]!r}")

    def repeat(self, good):
        """Calls again what went well before, and tells how often each plugin was started again."""
        for target, tool, sample in good.values():
            with self.connection() as control:
                try:
                    self.call(control, target, tool, sample and sample.data, sample and sample.name, random.Random(0))
                except Refused as refused:
                    self.problem(f"{target.id}: a good call after the damage: {refused.message}")
        with self.connection() as control:
            plugins = control.ask("plugin/list", tenant=TENANT)["plugins"]
        for plugin in plugins:
            if plugin["state"] == "quarantined":
                self.problem(f"{plugin['id']} is quarantined")
        return {plugin["id"]: sum(instance["restarts"] for instance in plugin["instances"]) for plugin in plugins}

    def whole(self):
        print(f"fuzz: seed {self.seed}, {self.count} files, {len(self.targets)} plugins, {len(self.good)} good files", flush=True)
        if len(self.targets) < PLUGINS_AT_LEAST:
            self.problem(f"only {len(self.targets)} plugins are bundled, {PLUGINS_AT_LEAST} expected")
        self.install()
        self.daemon = Daemon(self.build, samples.TOP, self.folder)
        try:
            self.daemon.wait_until_ready()
            number = self.daemon.process.pid
            with self.connection() as control:
                self.register(control)
            good = self.good_calls()
            before = self.daemon.resident()
            begun = time.monotonic()
            self.damage()
            taken = time.monotonic() - begun
            restarts = self.repeat(good) if self.daemon.alive else {}
            if not self.daemon.alive or self.daemon.process.pid != number:
                self.problem("the daemon is not the one that was started")
            after = self.daemon.resident() if self.daemon.alive else 0
            if after - before > GROWTH:
                self.problem(f"the daemon grew by {(after - before) >> 20} MiB, {GROWTH >> 20} are allowed")
            status = self.daemon.stop() if self.daemon.alive else self.daemon.process.returncode
            if status != 0:
                self.problem(f"the daemon ended with status {status}")
            time.sleep(0.5)
            for left in self.daemon.left():
                self.problem(f"process {left} is left behind")
        finally:
            self.daemon.end()
        self.summary(restarts, before, after, taken)
        return not self.problems

    def summary(self, restarts, before, after, taken):
        print(f"{'plugin':18} {'answered':>8} {'refused':>8} {'median':>8} {'longest':>8} {'restarts':>8}")
        for target in self.targets:
            times = sorted(self.times[target.id]) or [0.0]
            print(f"{target.id:18} {self.outcomes[target.id, 'answered']:8} {self.outcomes[target.id, 'refused']:8} "
                  f"{times[len(times) // 2]:7.2f}s {times[-1]:7.2f}s {restarts.get(target.id, 0):8}")
        total = sum(self.outcomes.values())
        if total != self.count:
            self.problem(f"{total} of {self.count} calls ended")
        print("damage: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items())))
        for (code, words), count in self.words.most_common(int(os.environ.get("WORDS", "0"))):
            print(f"  {count:5} {code} {words}")
        for target in self.targets:
            turns = {outcome: self.turns[target.id, outcome] for outcome in ("done", "skipped", "failed")}
            if target.filters:
                print(f"filters of {target.id}: " + ", ".join(f"{outcome} {count}" for outcome, count in turns.items()))
                if self.count >= 50 * HOOKS_EVERY and not turns["done"]:
                    self.problem(f"{target.id}: none of its filters ever passed a document on")
        print("errors: " + ", ".join(f"{code} {count}" for code, count in sorted(self.codes.items())))
        print(f"fuzz: {total} calls in {taken:.0f} s; the daemon {before >> 20} MiB before, {after >> 20} MiB after; "
              f"{len(self.daemon.children)} processes below it, none left; {len(self.problems)} problems (seed {self.seed})")


def hostile_value(chance):
    """A value for filters of documents: the host says which document it is, the rest is whatever somebody wrote."""
    deep = []
    for _ in range(60):
        deep = [deep]
    groups = [{}, {"EXIF": {"GPSLatitude": "\u202e" * 40, "Make": None}}, {"": {"": ""}}, {"File": {"Size": -1e308}},
              {f"g{number}": {"t": number} for number in range(2000)}, {"X": {"deep": deep}}, {"Text": {"t": "\x00\ud7ff" * 5000}}]
    odd = [{}, {"metadata": []}, {"metadata": {"EXIF": 7}}, {"document": []}, {"metadata": None, "more": [1, {}]}]
    if chance.random() < 0.3:
        return chance.choice(odd)
    return {"metadata": chance.choice(groups), "document": {"document": "doc-0", "name": "../../x", "size": -1}}


def main():
    count, seed, build, keep = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).resolve(), sys.argv[4]
    if count < 1:
        raise SystemExit("fuzz: a count from 1 on")
    for program in ("cloister", "cloister-launch"):
        if not os.access(build / program, os.X_OK):
            raise SystemExit(f"fuzz: {build / program} is missing: make release, or name another folder with BUILD")
    folder = Path(tempfile.mkdtemp(prefix="cloister-fuzz-"))
    folder.chmod(0o755)
    try:
        whole = Run(count, seed, build, folder).whole()
        if not whole:
            print((folder / "serve.log").read_text(errors="replace")[-3000:], file=sys.stderr)
        sys.exit(0 if whole else 1)
    finally:
        if keep:
            print(f"fuzz: kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


main()
