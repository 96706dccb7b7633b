"""The bundled plugins, as their manifests describe them: which of their tools take a document, and what else those need."""

import sys

import samples

sys.path.append(str(samples.MATERIAL / "python"))
import yaml  # noqa: E402

PLUGINS = samples.TOP / "Sources" / "Bundled" / "Plugins"
CONFIGURATIONS = {"virus-scan": {"signatures": "/plugin/signatures"}}

# What a plugin is for; everything else is given to it too, but less often.
IMAGES = ("jpeg", "png", "tiff", "webp", "gif")
READS = {"barcode": (*IMAGES, "pdf"), "invoice-fields": ("pdf", "text"), "language": ("pdf", "text"), "pdf-signatures": ("pdf",),
         "pdf-text": ("pdf",), "pii": ("pdf", "text"), "virus-scan": ("pe", "zip", "pdf"), "exif-metadata": (*IMAGES, "pdf")}
# What takes seconds where others take milliseconds gets fewer files, not fewer kinds of damage.
SLOW = {"ocr": 0.2, "duplicates": 0.4, "barcode": 0.4, "pii": 0.6, "privacy-strip": 0.7, "thumbnail": 0.7}


class Target:
    """One plugin with its tools."""

    def __init__(self, manifest, folder):
        self.id = manifest["id"]
        self.folder = folder
        self.configuration = CONFIGURATIONS.get(self.id, {})
        self.tools = manifest.get("tools", [])
        self.filters = {hook["event"] for hook in manifest.get("hooks", []) if hook["kind"] == "filter"}
        self.deadline = seconds(str(manifest.get("deadlines", {}).get("call", "30s")))

    @property
    def weight(self):
        return SLOW.get(self.id, 1.0)

    def documents_of(self, tool):
        """The properties of the input that are filled with a document."""
        return [name for name, schema in tool.get("input", {}).get("properties", {}).items() if schema.get("format") == "document"]

    def rest(self, tool, chance):
        """Values for what else the input requires, damaged text among them."""
        schema = tool.get("input", {})
        names = [name for name in schema.get("required", []) if name not in self.documents_of(tool)]
        return {name: value_for(schema["properties"][name], chance) for name in names}


def value_for(schema, chance):
    if "enum" in schema:
        return chance.choice(schema["enum"])
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "array":
        return [value_for(schema.get("items", {}), chance) for _ in range(schema.get("minItems", 1))]
    if kind == "object":
        return {name: value_for(schema["properties"][name], chance) for name in schema.get("required", [])}
    text = "".join(chr(chance.choice([0x20, 0x41, 0x7F, 0xE4, 0x2028, 0x1F600, 0x5C, 0x22])) for _ in range(chance.randrange(1, 40)))
    return text[:schema.get("maxLength", 40)]


def seconds(text):
    for suffix, factor in (("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)):
        if text.endswith(suffix):
            return float(text[:-len(suffix)]) * factor
    return float(text)


def targets():
    return [Target(yaml.safe_load(path.read_text()), path.parent) for path in sorted(PLUGINS.glob("*/plugin.yaml"))]
