"""One error tree: every failure has a stable code, a message with the actual value, and advice.

An exception means *no number could be produced* (a bad file, a bad option, a broken
installation). A photo that was read but does not qualify is not an error: it is a
normal :class:`vision.measurement.Measurement` with a blocking flag.

``app`` assigns HTTP status and exit codes; this module knows nothing of either.
"""

from typing import ClassVar

from vision.sentences import Sentence


class ThomasTestError(Exception):
    """Base of all errors raised on purpose by this project.

    Attributes
    ----------
    code : str
        Stable, documented, ``snake_case`` identifier.
    message : str
        What happened, with the value that caused it.
    advice : str
        One sentence telling the person at the camera or keyboard what to do.
    photo : str
        Which photo of an examination it is about: ``left`` or ``right``, alone or with
        ``_retest`` or ``_above`` after it; empty where that is not known or there is one photo.
    """

    code: ClassVar[str] = "error"
    advice: ClassVar[str] = Sentence("Please report this as a bug.")

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.photo = ""


class PhotoError(ThomasTestError):
    """The bytes are not a photo this project can measure."""

    code = "photo_error"


class EmptyFile(PhotoError):
    """Zero bytes."""

    code = "empty_file"
    advice = Sentence("Choose the photo again: the file arrived empty.")


class FileTooLarge(PhotoError):
    """More bytes than the limit."""

    code = "file_too_large"
    advice = Sentence("Send the photo in a smaller size, for example as a JPEG under 25 MB.")


class NotAnImage(PhotoError):
    """No image header was recognised."""

    code = "not_an_image"
    advice = Sentence("Send a photo: JPEG, PNG, WebP, HEIC or TIFF.")


class UnsupportedFormat(PhotoError):
    """An image, but of a kind that phones and cameras do not write."""

    code = "unsupported_format"
    advice = Sentence("Convert the picture to JPEG, PNG, WebP, HEIC or TIFF.")


class RawPhoto(PhotoError):
    """The sensor's own data, which only a raw converter turns into a picture."""

    code = "raw_photo"
    advice = Sentence(
        "Send the JPEG or HEIC that the camera saves, or export one from the raw photo."
    )


class VideoFile(PhotoError):
    """A video; a Live Photo's is one, too, beside its picture."""

    code = "video_file"
    advice = Sentence("Send a photo, or a still picture from the video.")


class UnusableClip(PhotoError):
    """A clip that is too long, shows no hold, or cannot be decoded here."""

    code = "unusable_clip"
    advice = Sentence(
        "Film up to 20 seconds, with phone and position held still for two, or send photos."
    )


class AnimatedImage(PhotoError):
    """Several frames: which one to measure is not ours to guess."""

    code = "animated_image"
    advice = Sentence("Send one still photo instead of an animation.")


class TruncatedImage(PhotoError):
    """The header is fine, the pixels are not."""

    code = "truncated_image"
    advice = Sentence("Copy or upload the photo again: part of the file is missing or damaged.")


class TooManyPixels(PhotoError):
    """More pixels than the limit."""

    code = "too_many_pixels"
    advice = Sentence("Send the photo in a smaller size, up to 60 megapixels.")


class TooFewPixels(PhotoError):
    """Shortest side under the limit."""

    code = "too_few_pixels"
    advice = Sentence("Send the original photo: at least 200 pixels on its shortest side.")


class InvalidOption(ThomasTestError):
    """A leg, level or rule-set that does not exist or is out of range."""

    code = "invalid_option"
    advice = Sentence("Correct the option; the message lists the possible values.")


class MismatchedPhotos(ThomasTestError):
    """Photos of one examination that do not belong together."""

    code = "mismatched_photos"
    advice = Sentence(
        "Check which photo belongs to which leg and to which view, and send them again."
    )


class WeightsMissing(ThomasTestError):
    """A pose model file is not where it is installed."""

    code = "weights_missing"
    advice = Sentence("Install the package again: a model file is missing.")


class WeightsCorrupt(ThomasTestError):
    """A pose model file does not match its SHA-256 sum."""

    code = "weights_corrupt"
    advice = Sentence("Install the package again: a model file is damaged or was replaced.")


class DegenerateLimb(ThomasTestError):
    """Two joints coincide, so the angle between them is undefined."""

    code = "degenerate_limb"
    advice = Sentence("Place hip, knee and ankle at different points.")


def all_errors() -> tuple[type[ThomasTestError], ...]:
    """Return every concrete error class, sorted by code (docs and tests iterate over it)."""
    leaves: list[type[ThomasTestError]] = []
    queue = [ThomasTestError]
    while queue:
        children = queue.pop().__subclasses__()
        queue.extend(children)
        leaves.extend(child for child in children if not child.__subclasses__())
    return tuple(sorted(leaves, key=lambda error: error.code))
