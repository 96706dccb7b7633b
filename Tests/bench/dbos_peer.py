"""The peer of `cloister bench workflow`: the same chains of steps under DBOS on SQLite.

    dbos_peer.py FOLDER times STEPS COUNT
        prints the seconds of each of COUNT runs of so many steps, one after the other
    dbos_peer.py FOLDER rate STEPS CLIENTS SECONDS
        prints the runs per second of so many clients, each of which begins its next run when the last has ended

Its database is in FOLDER. What it takes to start is not counted.
"""

import json
import logging
import sys
import threading
import time
from pathlib import Path

from dbos import DBOS

DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{Path(sys.argv[1]).resolve()}/dbos.sqlite",
             "run_admin_server": False, "log_level": "CRITICAL"})
logging.disable(logging.CRITICAL)


@DBOS.step()
def add(number):
    return number + 1


@DBOS.workflow()
def chain(steps):
    number = 0
    for _ in range(steps):
        number = add(number)
    return number


def timed(steps):
    start = time.perf_counter()
    assert chain(steps) == steps
    return time.perf_counter() - start


def rate(steps, clients, seconds):
    counts = [0] * clients
    end = time.perf_counter() + seconds

    def client(index):
        while time.perf_counter() < end:
            timed(steps)
            counts[index] += 1

    threads = [threading.Thread(target=client, args=(index,)) for index in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


DBOS.launch()
what, *numbers = sys.argv[2:]
numbers = [int(each) for each in numbers]
# The first runs of a process are its slowest, and the other engine has had some, too.
for _ in range(5):
    timed(numbers[0])
print(json.dumps([timed(numbers[0]) for _ in range(numbers[1])] if what == "times" else rate(*numbers)))
DBOS.destroy()
