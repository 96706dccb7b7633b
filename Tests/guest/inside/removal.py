"""`make uninstall`."""
import pathlib
import shutil

from host import PROBE, SOURCE, expect, must, processes, run
from installation import before, files
from report import check


def data():
    """Databases and folders of the daemon; what lies beside an open database goes when it is closed."""
    return sorted(path for path in pathlib.Path("/var/lib/cloister").glob("*") if path.is_dir() or path.suffix == ".db")


@check("make uninstall removes exactly what was installed, and keeps the data")
def uninstall():
    shutil.rmtree(PROBE)
    kept = data()
    said = must("make", "-C", SOURCE, "uninstall")
    expect("/var/lib/cloister" in said, said)
    expect(files() == before, f"different: {sorted(files() ^ before)}")
    expect(data() == kept, f"the data was {kept} and is {data()}")
    expect(not processes(), f"processes are left: {processes()}")
    expect(run("systemctl", "cat", "cloister.service").returncode != 0, "systemd still knows the unit")
    expect("nothing is installed" in must("make", "-C", SOURCE, "uninstall"), "a second removal does not say so")
