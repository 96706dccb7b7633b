"""The stamp: four bands, red, green, blue and how much of it is seen."""

import os

import vips
from cloister import Failure, codes

MARGIN = 0.03
FONT = "DejaVu Sans Bold"
# Pango takes a text for markup.
MARKUP = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


class Stamp:
    """What is stamped, made in the size that it is needed in."""

    def __init__(self, call, folder, wanted, image):
        self._call = call
        self._folder = folder
        self._image = vips.linked(folder, "stamp", image) if image is not None else None
        self._number = 0
        self.wanted = wanted

    def made(self, width, height):
        """Path, width and height of the stamp for a picture of that size: within it and its margins."""
        wide = max(8, round(width * self.wanted["size"] / 100 * (1 - 2 * MARGIN)))
        high = max(8, round(height * (1 - 2 * MARGIN)))
        path = self._turned(self._picture(wide, high) if self._image is not None else self._text(wide, high))
        values = vips.header(self._call, path)
        if values["width"] > wide or values["height"] > high:
            # Turned it needs more room.
            scale = min(wide / values["width"], high / values["height"])
            smaller = self._new()
            vips.run(self._call, "resize", path, smaller, scale)
            path, values = smaller, vips.header(self._call, smaller)
        return path, values["width"], values["height"]

    def places(self, width, height, wide, high):
        """Where the stamp goes, from the upper left corner; several places for a pattern."""
        margin = round(MARGIN * min(width, height))
        position = self.wanted["position"]
        if position == "tile":
            return [(x, y) for y in range(0, height, high + 2 * margin + 1) for x in range(0, width, wide + 2 * margin + 1)]
        x = margin if "left" in position else width - wide - margin if "right" in position else (width - wide) // 2
        y = margin if "top" in position else height - high - margin if "bottom" in position else (height - high) // 2
        return [(max(0, x), max(0, y))]

    def _text(self, wide, high):
        mask, alpha, black, colour, stamp = (self._new() for _ in range(5))
        text = self.wanted["text"].strip().translate(MARKUP)
        if not text:
            raise Failure(codes.INVALID_PARAMETERS, "text is empty")
        # Letters as large as fit into the box.
        vips.run(self._call, "text", mask, text, "--font", FONT, "--width", wide, "--height", high, "--align", "centre")
        red, green, blue = (int(self.wanted["color"][place:place + 2], 16) for place in (1, 3, 5))
        vips.run(self._call, "linear", mask, alpha, self.wanted["opacity"], 0, "--uchar")
        values = vips.header(self._call, mask)
        vips.run(self._call, "black", black, values["width"], values["height"], "--bands", 3)
        vips.run(self._call, "linear", black, colour, "1 1 1", f"{red} {green} {blue}", "--uchar")
        vips.run(self._call, "bandjoin", f"{colour} {alpha}", stamp)
        return stamp

    def _picture(self, wide, high):
        vips.header(self._call, self._image)
        small, colours, stamp = (self._new() for _ in range(3))
        # Shrunk or enlarged; only its first frame or page.
        self._call.execute(["/usr/bin/vipsthumbnail", self._image, "--size", f"{wide}x{high}", "--output", f"{small}[strip]"],
                           environment=vips.ENVIRONMENT).require(*vips.UNREADABLE)
        vips.run(self._call, "colourspace", small, colours, "srgb")
        if vips.header(self._call, colours)["bands"] == 3:
            clear = self._new()
            vips.run(self._call, "bandjoin_const", colours, clear, 255)
            colours = clear
        vips.run(self._call, "linear", colours, stamp, f"1 1 1 {self.wanted['opacity']}", "0 0 0 0", "--uchar")
        return stamp

    def _turned(self, path):
        if self.wanted["angle"] % 360 == 0:
            return path
        turned = self._new()
        vips.run(self._call, "similarity", path, turned, "--angle", -self.wanted["angle"])
        return turned

    def _new(self):
        self._number += 1
        return os.path.join(self._folder, f"{self._number}.png")
