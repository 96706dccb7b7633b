"""`make uninstall`."""
import pathlib
import shutil

from host import PROBE, SOURCE, expect, must, processes, run
from installation import before, files
from report import check


@check("make uninstall removes exactly what was installed, and keeps the data")
def uninstall():
    shutil.rmtree(PROBE)
    said = must("make", "-C", SOURCE, "uninstall")
    expect("/var/lib/cloister" in said, said)
    expect(files() == before, f"different: {sorted(files() ^ before)}")
    expect(pathlib.Path("/var/lib/cloister").is_dir(), "the data is gone")
    expect(not processes(), f"processes are left: {processes()}")
    expect(run("systemctl", "cat", "cloister.service").returncode != 0, "systemd still knows the unit")
    expect("nothing is installed" in must("make", "-C", SOURCE, "uninstall"), "a second removal does not say so")
