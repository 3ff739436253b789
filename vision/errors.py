"""One hierarchy of errors, each with a stable code, a message with the actual value, and advice.

An exception means *no number could be produced* (a bad file, a bad option, a broken
installation). A photo that was decoded but does not qualify is not an error: the result is a
normal :class:`vision.measurement.Measurement` with a blocking flag.

``app`` assigns HTTP status and exit codes; this module is independent of both.
"""

from typing import ClassVar

from vision.sentences import Sentence


class ThomasTestError(Exception):
    """Base class of all errors that this project raises deliberately.

    Attributes
    ----------
    code : str
        Stable, documented, ``snake_case`` identifier.
    message : str
        What happened, with the value that caused it.
    advice : str
        One sentence of advice for the person at the camera or keyboard.
    photo : str
        The photo of an examination that it concerns: ``left`` or ``right``, optionally followed by
        ``_retest`` or ``_above``; empty if unknown or if there is only one photo.
    """

    code: ClassVar[str] = "error"
    advice: ClassVar[str] = Sentence("Please report this as a bug.")

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.photo = ""


class PhotoError(ThomasTestError):
    """The bytes are not a photo that this project can measure."""

    code = "photo_error"


class EmptyFile(PhotoError):
    """The file has zero bytes."""

    code = "empty_file"
    advice = Sentence("Choose the photo again: the file arrived empty.")


class FileTooLarge(PhotoError):
    """The file has more bytes than the limit."""

    code = "file_too_large"
    advice = Sentence("Send the photo in a smaller size, for example as a JPEG under 25 MB.")


class NotAnImage(PhotoError):
    """No image header was recognised."""

    code = "not_an_image"
    advice = Sentence("Send a photo: JPEG, PNG, WebP, HEIC or TIFF.")


class UnsupportedFormat(PhotoError):
    """The file is an image of a type that phones and cameras do not write."""

    code = "unsupported_format"
    advice = Sentence("Convert the picture to JPEG, PNG, WebP, HEIC or TIFF.")


class RawPhoto(PhotoError):
    """The file contains raw sensor data, which only a raw converter turns into a picture."""

    code = "raw_photo"
    advice = Sentence(
        "Send the JPEG or HEIC that the camera saves, or export one from the raw photo."
    )


class FormatNotInstalled(PhotoError):
    """The file is a HEIC, and the extra that decodes it is not installed."""

    code = "format_not_installed"
    advice = Sentence("Install HEIC with pip install pillow-heif, or send the photo as a JPEG.")


class VideoFile(PhotoError):
    """The file is a video, possibly the video part of a Live Photo."""

    code = "video_file"
    advice = Sentence("Send a photo, or a still picture from the video.")


class UnusableClip(PhotoError):
    """The clip is too long, holds nothing still, or cannot be decoded here."""

    code = "unusable_clip"
    advice = Sentence(
        "Film up to 20 seconds, with phone and position held still for two, or send photos."
    )


class AnimatedImage(PhotoError):
    """The file has several frames, and the tool does not guess which one to measure."""

    code = "animated_image"
    advice = Sentence("Send one still photo instead of an animation.")


class TruncatedImage(PhotoError):
    """The header is valid, but the pixels cannot be decoded."""

    code = "truncated_image"
    advice = Sentence("Copy or upload the photo again: part of the file is missing or damaged.")


class TooManyPixels(PhotoError):
    """The image has more pixels than the limit."""

    code = "too_many_pixels"
    advice = Sentence("Send the photo in a smaller size, up to 60 megapixels.")


class TooFewPixels(PhotoError):
    """The shorter side of the image is below the limit."""

    code = "too_few_pixels"
    advice = Sentence("Send the original photo: at least 200 pixels on its shortest side.")


class InvalidOption(ThomasTestError):
    """An option does not exist or is out of range."""

    code = "invalid_option"
    advice = Sentence("Correct the option; the message lists the possible values.")


class MismatchedPhotos(ThomasTestError):
    """The photos of one examination do not belong together."""

    code = "mismatched_photos"
    advice = Sentence(
        "Check which photo belongs to which leg and to which view, and send them again."
    )


class WeightsMissing(ThomasTestError):
    """A pose model file is missing from the installation."""

    code = "weights_missing"
    advice = Sentence("Install the package again: a model file is missing.")


class WeightsCorrupt(ThomasTestError):
    """A pose model file does not match its SHA-256 hash."""

    code = "weights_corrupt"
    advice = Sentence("Install the package again: a model file is damaged or was replaced.")


class DegenerateLimb(ThomasTestError):
    """Two joints coincide, so the angle between them is undefined."""

    code = "degenerate_limb"
    advice = Sentence("Place hip, knee and ankle at different points.")


def all_errors() -> tuple[type[ThomasTestError], ...]:
    """Return every concrete error class, sorted by code, for documentation and tests."""
    leaves: list[type[ThomasTestError]] = []
    queue = [ThomasTestError]
    while queue:
        children = queue.pop().__subclasses__()
        queue.extend(children)
        leaves.extend(child for child in children if not child.__subclasses__())
    return tuple(sorted(leaves, key=lambda error: error.code))
