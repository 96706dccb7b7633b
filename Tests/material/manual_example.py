"""Python functions from the manual, so that what people copy from there is what the tests run."""

import pathlib

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Manual"


def example(page, name):
    """The function of that name from the first Python example of the page."""
    text = (MANUAL / page).read_text()
    code = text.split("```python\n", 1)[1].split("```", 1)[0]
    names = {}
    exec(compile(code, page, "exec"), names)
    return names[name]
