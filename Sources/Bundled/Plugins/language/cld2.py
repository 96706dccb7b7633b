"""Google's Compact Language Detector 2 (Debian's libcld2-0), called through ctypes."""

import ctypes

LIBRARY = "libcld2.so.0"

DETECT = ("_ZN4CLD233ExtDetectLanguageSummaryCheckUTF8EPKcibPKNS_8CLDHintsEi"
          "PNS_8LanguageEPiPdPSt6vectorINS_11ResultChunkESaISA_EES7_PbS7_")
"""CLD2::ExtDetectLanguageSummaryCheckUTF8, of public/compact_lang_det.h."""

UNKNOWN = 26
UNKNOWN_ENCODING = 23
UNDETERMINED = "un"
BEST_EFFORT = 0x4000
"""Answers for short texts too; whether the answer can be relied on is said separately."""


class Hints(ctypes.Structure):
    _fields_ = [("content_language", ctypes.c_char_p), ("top_level_domain", ctypes.c_char_p),
                ("encoding", ctypes.c_int), ("language", ctypes.c_int)]


class Detector:
    """Raises OSError where the library is not installed."""

    def __init__(self):
        library = ctypes.CDLL(LIBRARY)
        self._detect = library[DETECT]
        self._detect.restype = ctypes.c_int
        self._detect.argtypes = [
            ctypes.c_char_p, ctypes.c_int, ctypes.c_bool, ctypes.POINTER(Hints), ctypes.c_int,
            ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_double), ctypes.c_void_p,
            ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_bool), ctypes.POINTER(ctypes.c_int)]
        self._code = self._text_of(library._ZN4CLD212LanguageCodeENS_8LanguageE)
        self._name = self._text_of(library._ZN4CLD212LanguageNameENS_8LanguageE)

    @staticmethod
    def _text_of(function):
        function.restype = ctypes.c_char_p
        function.argtypes = [ctypes.c_int]
        return lambda language: function(language).decode("ascii")

    def detect(self, text, html=False, hint=None):
        """What `text`, a string, is written in: `{"language", "reliable", "bytes", "languages"}`.

        `language` is null where the text says too little. `languages` holds at most three, the largest share first.
        """
        data = text.encode("utf-8", "replace")
        hints = Hints(hint.encode("ascii") if hint else None, None, UNKNOWN_ENCODING, UNKNOWN)
        languages, percents, scores = (ctypes.c_int * 3)(), (ctypes.c_int * 3)(), (ctypes.c_double * 3)()
        size, reliable, valid = ctypes.c_int(), ctypes.c_bool(), ctypes.c_int()
        best = self._detect(data, len(data), not html, ctypes.byref(hints), BEST_EFFORT, languages, percents, scores,
                            None, ctypes.byref(size), ctypes.byref(reliable), ctypes.byref(valid))
        found = [
            {**self._named(language), "percent": percent, "score": round(score, 1)}
            for language, percent, score in zip(languages, percents, scores)
            if language != UNKNOWN and percent > 0]
        known = best != UNKNOWN and self._code(best) != UNDETERMINED
        return {"language": self._named(best) if known else None, "reliable": bool(reliable.value) and known,
                "bytes": size.value, "languages": found}

    def _named(self, language):
        return {"code": self._code(language), "name": title(self._name(language))}


def title(name):
    """`NORWEGIAN_N` and `TG_UNKNOWN_LANGUAGE` the way people write them."""
    return " ".join(part.capitalize() for part in name.split("_"))
