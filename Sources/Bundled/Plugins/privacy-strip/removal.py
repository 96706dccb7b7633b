"""Makes the copy without metadata. Whether it is one is for the caller to look at."""

import os

import webp
from cloister import Failure, codes
from rules import is_position
from tags import COMMAND, NAME, linked, tags_of

UNREADABLE = ("the document cannot be rewritten", "it is damaged, or of a kind that exiftool cannot write")
# Beyond the picture: text, other pictures, and what cameras append behind its end.
BESIDE = ["-XMP:all=", "-IPTC:all=", "-Photoshop:all=", "-MakerNotes:all=", "-Comment=", "-MPF:all=", "-trailer:all="]
PERSONAL_EXIF = ["Artist", "Copyright", "OwnerName", "SerialNumber", "LensSerialNumber", "CameraSerialNumber", "ImageUniqueID", "XPAuthor",
                 "XPComment", "XPKeywords", "XPSubject", "XPTitle", "UserComment", "ImageDescription", "DocumentName", "HostComputer", "PageName",
                 "ImageHistory", "ImageTitle", "Photographer", "ImageEditor", "SecurityClassification", "ThumbnailImage", "PreviewImage"]
# Tags that a TIFF picture needs stand in one directory with those that it does not.
SHARED_EXIF = ["-CommonIFD0=", "-Make=", "-Model=", "-Software=", "-ModifyDate="]


def remove(call, path, kind, mode):
    """The path of a new file below the exchange folder."""
    if kind == "image/webp":
        return webp.without_metadata(call, path)
    if kind == "application/pdf":
        # 2 says that it is not encrypted, or no PDF at all, which the next step tells apart.
        if call.execute(["/usr/bin/qpdf", "--requires-password", path]).returncode in (0, 3):
            raise Failure(codes.PLUGIN_FAILED, "the document is encrypted", "take the protection off first")
        return rewritten(call, write(call, path, pdf_arguments(call, path, mode), ".pdf"))
    return write(call, path, arguments(kind, mode), WRITABLE[kind])


def remove_one_by_one(call, path, kind, tags):
    return write(call, path, one_by_one(tags), WRITABLE[kind])


# What exiftool writes, and the names that it knows it by.
WRITABLE = {"image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif", "image/gif": ".gif", "image/heic": ".heic", "image/avif": ".avif"}


def arguments(kind, mode):
    if mode == "all":
        shared = SHARED_EXIF if kind == "image/tiff" else []
        return ["-all=", "--ICC_Profile:all", *shared, "-trailer:all=", "-tagsfromfile", "@", "-Orientation", "-ColorSpaceTags"]
    gps = ["-GPS:all=", "-XMP:GPS*=", "-MPF:all=", "-trailer:all="]
    if mode == "gps":
        return gps
    # The second directory of a JPEG is its thumbnail; of a TIFF, its next page.
    thumbnail = ["-IFD1:all="] if kind != "image/tiff" else []
    return [*gps, *BESIDE, *thumbnail, *(f"-EXIF:{name}=" for name in PERSONAL_EXIF)]


def pdf_arguments(call, path, mode):
    if mode != "gps":
        return ["-all:all="]
    return one_by_one([tag for tag in tags_of(call, path) if is_position(tag)])


def one_by_one(tags):
    """What general rules leave: the tag where it can be written, the maker's notes as a whole where it is one of theirs."""
    if any(tag.family == "MakerNotes" for tag in tags):
        return ["-MakerNotes:all=", *one_by_one([tag for tag in tags if tag.family != "MakerNotes"])]
    return [f"-{tag.group}:{tag.tag}=" for tag in tags if NAME.fullmatch(tag.group) and NAME.fullmatch(tag.tag)][:500]


def write(call, path, arguments, suffix):
    made = call.new_file(suffix)
    os.unlink(made)  # exiftool writes no file that is there
    with linked(path, suffix) as link:  # without its suffix exiftool would make a file from scratch
        done = call.execute([*COMMAND, *arguments, "-o", made, link])
    if not os.path.exists(made):
        if done.returncode < 0:
            done.require()
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    return made


def rewritten(call, path):
    """What exiftool takes out of a PDF is still in the file; qpdf copies only what the document refers to."""
    made = call.new_file(".pdf")
    call.execute(["/usr/bin/qpdf", "--warning-exit-0", "--object-streams=preserve", path, made]).require(*UNREADABLE)
    return made
