"""HEIC, the format of most iPhone photos: decoded if the extra ``heic`` is installed.

It is an extra because its wheel contains x265, an encoder under the GPL, which binds whoever hands
the wheel on (``THIRD_PARTY.md``). Importing this module registers the decoder with Pillow.
"""

try:
    from pillow_heif import register_heif_opener
except ImportError:
    READS_HEIC = False
else:
    register_heif_opener()
    READS_HEIC = True
