"""`make install`, as an operator runs it from a checkout with a release build."""
import grp
import os
import pathlib
import pwd
import shutil

from host import MANIFEST, PROBE, SOURCE, expect, must, output
from report import check

WATCHED = ["/usr/local", "/usr/lib/systemd", "/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d", "/etc"]
# Users and groups stay after a removal, because files belong to them.
STAYING = {f"/etc/{name}{suffix}" for name in ["passwd", "group", "shadow", "gshadow", "subuid", "subgid"]
           for suffix in ["", "-"]}


def files():
    """Everything where an installation may put something."""
    found = set()
    for root in WATCHED:
        for folder, folders, names in os.walk(root):
            found |= {os.path.join(folder, name) for name in folders + names}
    return found - STAYING


before = files()


@check("make install puts programs, profiles, plugins, units and a user with subordinate ids in place")
def install():
    must("make", "-C", SOURCE, "install")
    for path in ["bin/cloister", "lib/cloister/cloister-launch", "lib/cloister/cloister-worker",
                 "share/cloister/profiles/default.yaml",
                 "share/cloister/plugins/exif-metadata/plugin.yaml", "share/cloister/plugins/checksum/checksum", "share/cloister/sdks/README.md",
                 "lib/systemd/system/cloister.service", "share/bash-completion/completions/cloister"]:
        expect(pathlib.Path("/usr/local", path).is_file(), f"/usr/local/{path} is missing")
    sources = [path for path in files() if "/sdks/" not in path and (path.endswith(".swift") or "/tests/" in path)]
    expect(not [path for path in sources if path.startswith("/usr/local/share/cloister")], f"installed: {sources}")
    user = pwd.getpwnam("cloister")
    expect(user.pw_shell.endswith("nologin") and user.pw_uid != 0, f"user: {user}")
    expect(grp.getgrgid(user.pw_gid).gr_name == "cloister", "the user's group is not cloister")
    for file in ["/etc/subuid", "/etc/subgid"]:
        lines = [line for line in pathlib.Path(file).read_text().splitlines() if line.startswith("cloister:")]
        expect(len(lines) == 1 and lines[0].endswith(":65536"), f"{file}: {lines}")


@check("installing again changes nothing, and keeps a changed configuration")
def again():
    configuration = pathlib.Path("/etc/cloister/cloister.yaml")
    first, shipped = files(), configuration.read_text()
    must("make", "-C", SOURCE, "install")
    expect(files() == first, f"different: {files() ^ first}")
    configuration.write_text(shipped + "# an operator's remark\n")
    said = must("make", "-C", SOURCE, "install")
    expect("remark" in configuration.read_text() and "kept" in said, f"configuration overwritten: {said}")
    configuration.write_text(shipped)


@check("systemd finds nothing to complain about in the units")
def verify():
    said = output("systemd-analyze", "verify", "--man=no", "cloister.service", "cloister.socket")
    expect("cloister" not in said, said)


@check("the probe is installed as a plugin beside the programs")
def probe():
    pathlib.Path(PROBE).mkdir()
    shutil.copy(MANIFEST, PROBE)
    shutil.copy("/usr/local/lib/cloister/cloister-probe", PROBE)
