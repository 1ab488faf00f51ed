"""Pictures: a look at one with its small version, and a new one that WhatsApp takes."""

from __future__ import annotations

import io
from typing import BinaryIO

from PIL import Image, ImageOps, ImageSequence

from conversations.decoding.child import Result, Undecodable, run

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO")
MOST_PIXELS = 120_000_000
SMALL = 480  # px, the longer side
LARGEST_PICTURE = 5 * 1024 * 1024 - 16 * 1024
STICKER = 512  # px, both sides
LARGEST_STILL_STICKER = 100 * 1024
LARGEST_MOVING_STICKER = 500 * 1024
MOST_FRAMES = 400
_ORIENTATION = 0x0112
# What to try until the file is small enough: longer side, quality.
_LADDER = ((4096, 90), (4096, 80), (2560, 82), (1920, 78), (1280, 72))


def open_picture(source: BinaryIO) -> Image.Image:
    """The picture, not decoded yet. Raises `Undecodable` for one that is too large."""
    # Our own limit in pixels comes first; Pillow's is only a warning up to twice its value.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    image = Image.open(source, formats=FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise Undecodable("too_many_pixels")
    return image


def write_small(image: Image.Image, target: BinaryIO) -> None:
    """A WebP of at most `SMALL` pixels without any metadata."""
    small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail((SMALL, SMALL))
    bare = Image.new(small.mode, small.size)
    bare.paste(small)
    bare.save(target, "WEBP", quality=76, method=4)


def look(source: BinaryIO, target: BinaryIO) -> Result:
    """Size as it is seen (after EXIF's turn), whether it moves; writes the small version."""
    image = open_picture(source)
    width, height = image.size
    if image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8):
        width, height = height, width
    moves = getattr(image, "n_frames", 1) > 1 and image.format != "MPO"
    if image.format == "JPEG":
        image.draft(
            "RGB", (SMALL * 2, SMALL * 2)
        )  # decodes a large photo at a fraction of its size
    write_small(ImageOps.exif_transpose(image), target)
    return {"width": width, "height": height, "animated": moves}


def picture(source: BinaryIO, target: BinaryIO) -> Result:
    """A JPEG, or a PNG where something is transparent, of at most 5 MB, turned upright."""
    image = open_picture(source)
    if image.format == "GIF" and getattr(image, "n_frames", 1) > 1:
        raise Undecodable("moving")
    if image.format == "JPEG":
        image.draft("RGB", (_LADDER[0][0], _LADDER[0][0]))
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        content = _png(upright.convert("RGBA"))
        if content is not None:
            target.write(content)
            return {"mime_type": "image/png", **_size_of(content)}
    target.write(content := _jpeg(upright))
    return {"mime_type": "image/jpeg", **_size_of(content)}


def sticker(source: BinaryIO, target: BinaryIO) -> Result:
    """A WebP of 512 × 512, still or moving, within WhatsApp's limits."""
    image = open_picture(source)
    count = getattr(image, "n_frames", 1)
    if count > MOST_FRAMES:
        raise Undecodable("too_many_frames")
    frames = [_squared(frame) for frame in ImageSequence.Iterator(image)]
    limit = LARGEST_MOVING_STICKER if count > 1 else LARGEST_STILL_STICKER
    for quality in (90, 75, 60, 45, 30, 15):
        out = io.BytesIO()
        if count > 1:
            wait = int(image.info.get("duration") or 80)
            frames[0].save(
                out,
                "WEBP",
                save_all=True,
                append_images=frames[1:],
                duration=wait,
                loop=0,
                quality=quality,
            )
        else:
            frames[0].save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= limit:
            target.write(out.getvalue())
            return {"mime_type": "image/webp", "width": STICKER, "height": STICKER}
    raise Undecodable("too_large")


def _squared(frame: Image.Image) -> Image.Image:
    fitted = ImageOps.contain(frame.convert("RGBA"), (STICKER, STICKER))
    square = Image.new("RGBA", (STICKER, STICKER))
    square.paste(fitted, ((STICKER - fitted.width) // 2, (STICKER - fitted.height) // 2))
    return square


def _png(image: Image.Image) -> bytes | None:
    """The picture as PNG, or None when that is too large: then it becomes a JPEG on white."""
    for longest in (4096, 2048, 1280):
        smaller = image.copy()
        smaller.thumbnail((longest, longest))
        out = io.BytesIO()
        smaller.save(out, "PNG", optimize=longest < 4096)
        if out.tell() <= LARGEST_PICTURE:
            return out.getvalue()
    return None


def _jpeg(image: Image.Image) -> bytes:
    if image.has_transparency_data:
        ground = Image.new("RGB", image.size, "white")
        layer = image.convert("RGBA")
        ground.paste(layer, mask=layer)
        image = ground
    else:
        image = image.convert("RGB")
    for longest, quality in _LADDER:
        smaller = image.copy()
        smaller.thumbnail((longest, longest))
        out = io.BytesIO()
        smaller.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= LARGEST_PICTURE:
            return out.getvalue()
    raise Undecodable("too_large")


def _size_of(content: bytes) -> Result:
    with Image.open(io.BytesIO(content)) as image:
        return {"width": image.width, "height": image.height}


if __name__ == "__main__":
    run({"look": look, "picture": picture, "sticker": sticker})
