"""Writes the methods of the Python client from the document that a daemon serves: client_methods.py BUILD CLIENT puts them in."""

import json
import keyword
import re
import sys
import tempfile
import textwrap
import urllib.request
from pathlib import Path

from daemon import Daemon

BEGIN, END = "# The daemon's document begins.\n", "# The daemon's document ends.\n"
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "Mapping[str, Any]"}


def resolved(document, schema):
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def python_type(document, schema):
    schema = resolved(document, schema)
    kinds = schema.get("type")
    if isinstance(kinds, list) and len(kinds) == 2 and "null" in kinds:
        inner = python_type(document, dict(schema, type=next(kind for kind in kinds if kind != "null")))
        return f"Optional[{inner}]"
    if kinds == "array":
        return f"Sequence[{python_type(document, schema.get('items', {}))}]"
    return TYPES.get(kinds, "Any") if isinstance(kinds, str) else "Any"


def name(text):
    word = re.sub(r"\W", "_", text)
    return word + "_" if keyword.iskeyword(word) or word == "self" else word


def method(document, path, verb, operation):
    parameters = operation.get("parameters", [])
    places = {place: [each for each in parameters if each["in"] == place] for place in ("path", "query", "header")}
    first, required, optional = [], [], []
    for each in places["path"]:
        first.append(f"{name(each['name'])}: {python_type(document, each['schema'])}")
    for each in places["query"] + places["header"]:
        kind, title = python_type(document, each["schema"]), name(each["name"])
        # Headers as Python writes names.
        title = title.lower() if each["in"] == "header" else title
        if each["required"]:
            required.append(f"{title}: {kind}")
        else:
            optional.append(f"{title}: Optional[{kind}] = None")
    arguments = [f'"{verb.upper()}"']
    text = re.sub(r"{(\w+)}", lambda match: "{_path(" + name(match[1]) + ")}", path)
    arguments.append(f'f"{text}"' if "{" in text else f'"{text}"')
    if places["query"]:
        pairs = ", ".join(
            f'"{each["name"]}": ' + ("self._tenant(tenant)" if each["name"] == "tenant" else name(each["name"])) for each in places["query"])
        arguments.append(f"query={{{pairs}}}")
    headers = [f'"{each["name"]}": {name(each["name"]).lower()}' for each in places["header"]]
    kinds = list(operation.get("requestBody", {}).get("content", {}).items())
    result = "Answer"
    if kinds and kinds[0][0] in ("application/json", "application/scim+json"):
        schema = resolved(document, kinds[0][1]["schema"])
        if "properties" in schema:
            needed, pairs = schema.get("required", []), []
            for member, inner in schema["properties"].items():
                kind = python_type(document, inner)
                if member in needed:
                    required.append(f"{name(member)}: {kind}")
                else:
                    optional.append(f"{name(member)}: Omittable[{kind}] = OMIT")
                pairs.append(f'"{member}": {name(member)}')
            arguments.append(f"body={{{', '.join(pairs)}}}")
        else:
            required.append("body: Mapping[str, Any]")
            arguments.append("body=body")
    elif kinds:
        required.append("content: Content")
        arguments.append("content=content")
        headers.insert(0, f'"Content-Type": "{kinds[0][0]}"')
    success = next(reply for status, reply in operation["responses"].items() if status.startswith("2"))
    answers = list(success.get("content", {}))
    if answers and answers[0] in ("*/*", "image/png"):
        result = "Stream"
        arguments.append("stream=True")
    elif answers and answers[0].startswith("text/"):
        result = "str"
    if any(each["name"] == "follow" for each in places["query"]):
        result = f"Union[{result}, Stream]"
    optional.append("headers: Optional[Mapping[str, str]] = None")
    arguments.append(f"headers={{{', '.join(headers)}{', ' if headers else ''}**(headers or {{}})}}" if headers else "headers=headers")
    signature = ["self"] + first + (["*"] if required or optional else []) + required + optional
    names = [each.partition(":")[0] for each in signature]
    if len(set(names)) != len(names):
        sys.exit(f"two arguments of {operation['operationId']} have one name: {names}")
    head = f"def {name(operation['operationId'])}({', '.join(signature)}) -> {result}:"
    if len(head) > 126:
        # An argument stays in one line.
        whole = textwrap.fill(", ".join(each.replace(" ", "\0") for each in signature), 118, initial_indent="    ", subsequent_indent="    ",
                              break_long_words=False, break_on_hyphens=False).replace("\0", " ")
        head = f"def {name(operation['operationId'])}(\n{whole},\n) -> {result}:"
    call = f"return self.request({', '.join(arguments)})"
    if len(call) > 122:
        call = "return self.request(\n" + "\n".join("    " + each + "," for each in arguments) + "\n)"
    summary = operation["summary"] + (f" {operation['description']}" if "description" in operation else "")
    doc = textwrap.fill(f'"""{operation["operationId"]}: {summary}"""', 122, subsequent_indent="")
    return head + "\n" + textwrap.indent(doc + "\n" + call, "    ")


def methods(document):
    parts = ["class Operations(Transport):\n" + textwrap.indent(
        '"""One method for each operation, written by Tests/api/client_methods.py."""\n\n'
        "def _tenant(self, tenant: Optional[str]) -> Optional[str]:\n    return self.tenant if tenant is None else tenant", "    ")]
    operations = [(operation["operationId"], path, verb, operation)
                  for path, verbs in document["paths"].items() for verb, operation in verbs.items()]
    for _, path, verb, operation in sorted(operations, key=lambda each: each[0]):
        parts.append(textwrap.indent(method(document, path, verb, operation), "    "))
    return "\n\n".join(parts) + "\n"


def written(text, document):
    """The client with the methods that the document asks for."""
    head, _, rest = text.partition(BEGIN)
    return head + BEGIN + methods(document) + "\n\n" + END + rest.partition(END)[2]


def served(build):
    """The document of a daemon of this build."""
    with tempfile.TemporaryDirectory(prefix="cloister-client-") as folder:
        daemon = Daemon(build.resolve(), Path(folder))
        daemon.wait_until_ready()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}/api/openapi.json", timeout=30) as answer:
                return json.load(answer)
        finally:
            daemon.stop()


if __name__ == "__main__":
    client = Path(sys.argv[2])
    client.write_text(written(client.read_text(), served(Path(sys.argv[1]))))
