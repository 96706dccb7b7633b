"""What counts as a position, as personal, and as anything that a picture does not need to be shown."""

import re

KINDS = {"image/jpeg", "image/png", "image/tiff", "image/webp", "image/gif", "image/heic", "image/avif", "application/pdf"}

# Groups of the first family, as ExifTool calls them, that describe the file or are computed from other tags.
ABOUT_THE_FILE = {"ExifTool", "System", "File", "Composite", "SourceFile"}
# What decodes the picture: colours and the form of the data.
FORM = {"JFIF", "ICC_Profile", "APP14", "GIF", "QuickTime"}

POSITION = re.compile(
    r"GPS|Latitude|Longitude|^Geo(?!TiffDoubleParams|TiffAsciiParams|TiffDirectory)|^Location|^WorldTimeLocation$|^City\d?$|^State$"
    r"|^Country|^Province|^Landmark|^Sub-?location|^HometownCity$|^PlaceName|^AreaInformation|^Event(Location|City)")
PERSON = re.compile(
    r"Artist|Author|Owner|Copyright|Creator|Byline|By-line|Photographer|Serial|UniqueID|^XP(Author|Comment|Keywords|Subject|Title)$"
    r"|Comment|ImageDescription|Caption|DocumentName|HostComputer|PageName|ImageHistory|ImageTitle|ImageEditor|Company"
    r"|SecurityClassification|UserName|FaceInfo|PersonIn|Region(Person|Name)|^(Thumbnail|Preview|JpgFromRaw)(Image|Offset|Length|TIFF)?$"
    r"|^MakerNote|^DeviceName|^CameraID|^ImageNumber$|^OffsetSchema$|^Padding$")
# Of Exif, which is kept when only what is personal goes, and of the forms that keep free text beside what decodes them.
EXIF_FORM = re.compile(
    r"^(ImageWidth|ImageHeight|ImageLength|BitsPerSample|Compression|PhotometricInterpretation|StripOffsets|StripByteCounts|RowsPerStrip"
    r"|SamplesPerPixel|PlanarConfiguration|[XY]Resolution|ResolutionUnit|Predictor|(Old)?SubfileType|Orientation|YCbCr(Positioning|SubSampling"
    r"|Coefficients)|ReferenceBlackWhite|ColorSpace|ExifVersion|ComponentsConfiguration|FlashpixVersion|ExifImage(Width|Height)|ExifByteOrder"
    r"|Tile(Width|Length|Offsets|ByteCounts)|ExtraSamples|SampleFormat|ColorMap|FillOrder|T[46]Options|JPEGTables|PageNumber"
    r"|Interop(Index|Version)|Gamma|WhitePoint|PrimaryChromaticities|TransferFunction|Thresholding|SubIFD\w*)$")
PNG_FORM = re.compile(
    r"^(ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace|Gamma|SRGBRendering|Palette|Transparency|BackgroundColor"
    r"|PixelsPerUnit[XY]|PixelUnits|SignificantBits|WhitePoint[XY]|(Red|Green|Blue)[XY]|PaletteHistogram|AnimationFrames|AnimationPlays"
    r"|ProfileName|StereoMode|VirtualImageWidth|VirtualImageHeight|VirtualPageUnits|CleanAperture\w*)$")
PDF_FORM = re.compile(r"^(PDFVersion|Linearized|PageCount|PageLayout|PageMode|Language|HasXFA|TaggedPDF|Encryption|UserAccess|Trapped|Signing\w*"
                      r"|Permissions|EmbeddedImage\w*|MDP\w*|FillInForm\w*|AcroForm\w*|Warning)$")
# Free text and people of files that are built as QuickTime is: beside them it only describes the picture.
QUICKTIME_TEXT = {"Keys", "ItemList", "UserData", "iTunes"}


def is_position(tag):
    if tag.family in ABOUT_THE_FILE or tag.is_empty:
        return False
    # The version of an empty block tells nothing, and the EXIF standard asks for it.
    return bool(POSITION.search(tag.tag)) and tag.tag != "GPSVersionID"


def is_personal(tag):
    if tag.family == "File":
        return tag.tag == "Comment"
    if tag.family == "PrintIM":
        return False  # how a printer is to treat the colours; it stands among the camera's settings
    if tag.family in ABOUT_THE_FILE or tag.family in FORM or tag.family == "PNG" and PNG_FORM.search(tag.tag):
        return tag.family == "QuickTime" and (tag.group in QUICKTIME_TEXT or bool(PERSON.search(tag.tag)))
    if tag.family == "EXIF":
        return tag.group == "IFD1" and not EXIF_FORM.search(tag.tag) or bool(PERSON.search(tag.tag)) and not tag.is_empty
    if tag.family == "RIFF":
        return tag.tag.startswith("Unknown")  # a block that ExifTool does not read
    if tag.family == "PDF":
        return not PDF_FORM.search(tag.tag)
    return True  # XMP, IPTC, Photoshop, maker notes, text chunks and whatever is not known to be harmless


def is_more_than_form(tag):
    if tag.family == "EXIF":
        return not EXIF_FORM.search(tag.tag)
    return tag.family == "PrintIM" or is_position(tag) or is_personal(tag)


def is_about_people(tag):
    return is_position(tag) or is_personal(tag)


MODES = {"gps": is_position, "personal": is_about_people, "all": is_more_than_form}
