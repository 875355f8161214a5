"""PNG files of at most 256 colours: a page needs no more, and they take half the room.

The browser decodes its own picture and names each pixel's colour; what is written here is the file.
"""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any, Final

#: Colours of a picture, the most frequent first and those left out that are hardly different from one before,
#: until 256 are left; and which of them each pixel is nearest to.
INDEX: Final = """async (source) => {
    const picture = new Image();
    picture.src = source;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const bytes = context.getImageData(0, 0, picture.width, picture.height).data;
    const pixels = new Uint32Array(bytes.length / 4);
    const counts = new Map();
    for (let i = 0; i < pixels.length; i += 1) {
        const colour = (bytes[4 * i] << 16) | (bytes[4 * i + 1] << 8) | bytes[4 * i + 2];
        pixels[i] = colour;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const compare = (one, other) => counts.get(other) - counts.get(one) || one - other;
    const ranked = [...counts.keys()].sort(compare);
    const apart = (one, other) => {
        const [red, green, blue] = [16, 8, 0].map((bits) => ((one >> bits) & 255) - ((other >> bits) & 255));
        return red * red + green * green + blue * blue;
    };
    const nearest = (palette, colour) => palette.reduce(
        (best, known, place) => (apart(colour, known) < apart(colour, palette[best]) ? place : best), 0);
    let palette = ranked;
    for (let least = 8; palette.length > 256; least *= 2) {
        palette = [];
        for (const colour of ranked) {
            if (palette.every((known) => apart(colour, known) >= least)) palette.push(colour);
        }
    }
    const places = new Map(ranked.map((colour) => [colour, nearest(palette, colour)]));
    let text = "";
    for (const colour of pixels) text += String.fromCharCode(places.get(colour));
    return {width: picture.width, height: picture.height, palette, indices: btoa(text)};
}"""


def write_small_png(path: Path, picture: bytes, page: Any) -> None:
    """Write a PNG picture with an indexed palette; ``page`` is a blank one of the browser that decodes it."""
    source = "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
    found = page.evaluate(INDEX, source)
    width, height = found["width"], found["height"]
    indices = base64.b64decode(found["indices"])
    rows = b"".join(b"\0" + indices[place : place + width] for place in range(0, width * height, width))
    colours = b"".join(colour.to_bytes(3, "big") for colour in found["palette"])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (("IHDR", header), ("PLTE", colours), ("IDAT", zlib.compress(rows, 9)), ("IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks))


def _chunk(name: str, data: bytes) -> bytes:
    tagged = name.encode("ascii") + data
    return struct.pack(">I", len(data)) + tagged + struct.pack(">I", zlib.crc32(tagged))
