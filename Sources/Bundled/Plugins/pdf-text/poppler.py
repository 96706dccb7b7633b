"""Runs poppler's command-line tools: with a limit, and with a reason a person understands."""

from cloister import Failure, codes

FOLDER = "/usr/bin/"


class Locked(Failure):
    """The document opens with a password only."""

    def __init__(self):
        super().__init__(codes.PLUGIN_FAILED, "the document is encrypted", "it opens with a password only")


def run(arguments, call, most):
    """What a tool prints, at most so many bytes of it, and whether that was all. Raises `Failure` for what it cannot open."""
    done = call.execute([FOLDER + arguments[0], *arguments[1:]], limit=most, cut=True)
    if b"Incorrect password" in done.stderr:
        raise Locked()
    if done.returncode == 1:
        raise Failure(codes.PLUGIN_FAILED, "the document cannot be opened", "it is not a PDF, or too damaged to be read as one")
    done.require()
    return done.stdout, not done.truncated
