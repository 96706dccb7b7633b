"""The index, in the host's storage: keys that are found by their beginning.

    document/ID              what is known about a document
    same/SHA256/ID           documents of these contents
    look/BAND/BYTE/HASH/ID   photographs, once for each of the eight bytes of their hash

Two hashes of which at most seven bits differ have one of eight bytes in common. So what looks the same is among the keys
of eight prefixes, whatever the size of the index.
"""

BANDS = 8


class Entry:
    __slots__ = ("sha256", "perceptual", "gradient", "name")

    def __init__(self, sha256, perceptual, gradient, name):
        self.sha256 = sha256
        self.perceptual = perceptual
        self.gradient = gradient
        self.name = name


class Index:
    def __init__(self, storage):
        self._storage = storage

    def add(self, document, entry):
        self.remove(document)
        for key in keys(document, entry):
            self._storage.put(key, True)
        # Last: an entry that is there is there as a whole.
        self._storage.put(f"document/{document}", {name: getattr(entry, name) for name in Entry.__slots__})

    def remove(self, document):
        entry = self.entry(document)
        if entry is None:
            return
        for key in keys(document, entry):
            self._storage.delete(key)
        self._storage.delete(f"document/{document}")

    def entry(self, document):
        value = self._storage.get(f"document/{document}")
        return Entry(**value) if value is not None else None

    def same(self, sha256):
        prefix = f"same/{sha256}/"
        for key in self._storage.keys(prefix):
            document = key.removeprefix(prefix)
            entry = self.entry(document)
            if entry is not None:
                yield document, entry

    def close(self, perceptual, distance):
        """Documents and how many bits their hashes are apart."""
        seen = set()
        for prefix in bands(perceptual):
            for key in self._storage.keys(prefix):
                known, _, document = key.removeprefix(prefix).partition("/")
                apart = bin(int(known, 16) ^ int(perceptual, 16)).count("1")
                if apart <= distance and document not in seen:
                    seen.add(document)
                    yield document, apart


def keys(document, entry):
    result = [f"same/{entry.sha256}/{document}"]
    if entry.perceptual is not None:
        result += [f"{prefix}{entry.perceptual}/{document}" for prefix in bands(entry.perceptual)]
    return result


def bands(perceptual):
    return [f"look/{band}/{perceptual[2 * band:2 * band + 2]}/" for band in range(BANDS)]
