"""API keys: generated here, shown once, and stored only as hashes.

A key is 32 random bytes, so a plain SHA-256 is sufficient: nobody can try 2**256 of them, however
fast the hash is. Slow, salted hashes are for passwords that people choose (NIST SP 800-63B, section
5.1.2.2: look-up secrets of at least 112 bits are hashed with an approved one-way function, shorter
ones with a salt and a key derivation function).
"""

import hmac
import logging
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

PREFIX: Final = "thomas_"
"""Prefix of every key, so that people and secret scanners recognise it."""
KEY_BYTES: Final = 32
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
"""Pattern of a key's name. It appears in the log, so it names a place or a program, not a
patient."""
_LINE: Final = re.compile(rf"({NAME.pattern}):sha256:([0-9a-f]{{64}})")
_SEPARATORS: Final = re.compile(r"[\s,]+")
_log = logging.getLogger("thomas_test")


@dataclass(frozen=True, slots=True)
class Key:
    """A stored key.

    Attributes
    ----------
    name : str
        Name of its owner.
    digest : bytes
        Its SHA-256.
    """

    name: str
    digest: bytes

    def __str__(self) -> str:
        """Return the line for a key file."""
        return f"{self.name}:sha256:{self.digest.hex()}"


def new_key(name: str) -> tuple[str, Key]:
    """Generate a key.

    Parameters
    ----------
    name : str
        Lower-case letters, digits, ``.``, ``_`` and ``-``.

    Returns
    -------
    secret : str
        The key that its owner sends; it is not stored anywhere.
    key : Key

    Raises
    ------
    ValueError
        If the name has other characters or more than 40 of them.
    """
    if not NAME.fullmatch(name):
        raise ValueError(
            f"The name is {name[:50]!r}; it may have up to 40 small letters, digits and . _ -"
        )
    secret = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    return secret, Key(name, sha256(secret.encode()).digest())


def read_keys(text: str) -> tuple[Key, ...]:
    """Parse keys as written by :meth:`Key.__str__`: by line, space or comma, with ``#`` comments.

    Raises
    ------
    ValueError
        If a key has another form, or a name occurs twice. The message does not repeat the text,
        because it may contain the secret itself.
    """
    lines = (line.partition("#")[0] for line in text.splitlines())
    entries = [one for line in lines for one in _SEPARATORS.split(line) if one]
    keys = []
    for number, entry in enumerate(entries, start=1):
        found = _LINE.fullmatch(entry)
        if not found:
            raise ValueError(f"Key {number} is not of the form NAME:sha256:64 hexadecimal digits.")
        keys.append(Key(found[1], bytes.fromhex(found[2])))
    names = [key.name for key in keys]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"There is more than one key of the name {', '.join(sorted(twice))}.")
    return tuple(keys)


class Keyring:
    """The keys of a service, looked up in constant time.

    Parameters
    ----------
    keys : iterable of Key
    file : Path, optional
        Further keys; reloaded when the file changes, so that keys are added or removed without a
        restart.

    Raises
    ------
    ValueError, OSError
        If the file cannot be read, or contains no key.
    """

    def __init__(self, keys: Iterable[Key] = (), file: Path | None = None) -> None:
        self._given = tuple(keys)
        self._file = file
        self._stamp = self._look()
        self._filed = () if file is None else read_key_file(file)

    def __bool__(self) -> bool:
        """Return whether a key is required."""
        return bool(self._given or self._file)

    def owner(self, secret: str) -> str | None:
        """Return the name of a key; None if it is unknown.

        Every key is compared, each in constant time, so the duration reveals nothing.
        """
        self._refresh()
        digest = sha256(secret.encode()).digest()
        found = None
        for key in (*self._given, *self._filed):
            if hmac.compare_digest(key.digest, digest):
                found = key.name
        return found

    def _look(self) -> tuple[int, int, int] | None:
        """Return a stamp that changes with the file; None without a file."""
        try:
            found = self._file.stat() if self._file else None
        except OSError:
            return None
        return found and (found.st_mtime_ns, found.st_size, found.st_ino)

    def _refresh(self) -> None:
        if (stamp := self._look()) == self._stamp:
            return
        self._stamp = stamp
        try:
            self._filed = read_key_file(self._file) if self._file else ()
        except (OSError, ValueError) as error:
            # An incomplete file must not lock everybody out: the previous keys stay valid.
            _log.error("The file of keys was changed and cannot be used: %s", _said(error))
        else:
            _log.info("The file of keys was read again: %d keys.", len(self._filed))


def read_key_file(path: Path) -> tuple[Key, ...]:
    """Read a key file.

    Raises
    ------
    ValueError, OSError
        If it cannot be read, or contains no key.
    """
    keys = read_keys(path.read_text("utf-8"))
    if not keys:
        raise ValueError("There is no key in it.")
    return keys


def _said(error: OSError | ValueError) -> str:
    return str(error.strerror if isinstance(error, OSError) else error)
