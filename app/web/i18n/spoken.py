"""A finished page in another language: its texts are looked up, its structure stays.

Templates are written once, in English. Whatever stands between tags and in attributes that
are read out goes through the catalogue; code, what people typed and citations do not: they
stand in ``<code>``, ``<pre>``, ``<textarea>`` or under ``translate="no"``.
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from app.web.i18n.catalogue import SOURCE, Catalogue

_PARTS: Final = re.compile(r"(<script\b.*?</script>|<style\b.*?</style>|<!.*?>|<[^>]+>)", re.DOTALL)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
_ATTRIBUTES: Final = re.compile(r'\b(alt|title|aria-label|aria-valuetext|placeholder)="([^"]*)"')
_JSON: Final = re.compile(r'(<script type="application/json"[^>]*>)(.*)(</script>)', re.DOTALL)
_SILENT: Final = ("code", "pre", "textarea")
_VOID: Final = ("br", "hr", "img", "input", "link", "meta", "path", "circle", "rect", "line")
TEXTS: Final = ("texts", "words", "overall")
"""Keys of the sentences in a page's JSON data: they are translated, the rest is not."""
_SPACE: Final = re.compile(r"\s+")


def spoken(page: str, catalogue: Catalogue) -> str:
    """Return a page in the catalogue's language; in English it comes back as it is."""
    if catalogue.language == SOURCE:
        return page
    return "".join(_translated(page, catalogue.say)).replace(
        f'<html lang="{SOURCE}">', f'<html lang="{catalogue.language}">', 1
    )


def texts_of(page: str) -> Iterator[str]:
    """Yield every text of a page that a translation has to know, in order."""
    heard: list[str] = []

    def listen(text: str) -> str:
        heard.append(text)
        return text

    for _ in _translated(page, listen):
        pass
    yield from (text for text in heard if re.search(r"[A-Za-z]{2}", text))


def _translated(page: str, say: Callable[[str], str]) -> Iterator[str]:
    silent = 0
    for number, part in enumerate(_PARTS.split(page)):
        if number % 2 == 0:
            yield part if silent else _text(part, say)
        elif found := _JSON.fullmatch(part):
            data = json.loads(found[2])
            yield f"{found[1]}{_as_script(_data(data, say))}{found[3]}"
        else:
            silent = max(0, silent + _silence(part, silent))
            yield part if silent else _ATTRIBUTES.sub(lambda one: _attribute(one, say), part)


def _silence(tag: str, silent: int) -> int:
    """Return by how much a tag changes the depth of silence."""
    found = _TAG.match(tag)
    if found is None or tag.endswith("/>") or found[2] in _VOID:
        return 0
    starts = found[2] in _SILENT or 'translate="no"' in tag
    if found[1]:
        return -1 if silent else 0
    return 1 if silent or starts else 0


def _text(part: str, say: Callable[[str], str]) -> str:
    plain = _SPACE.sub(" ", html.unescape(part).replace("\xa0", " ")).strip()
    if not plain:
        return part
    before = part[: len(part) - len(part.lstrip())]
    after = part[len(part.rstrip()) :]
    return f"{before}{html.escape(say(plain), quote=False)}{after}"


def _attribute(found: re.Match[str], say: Callable[[str], str]) -> str:
    plain = html.unescape(found[2])
    return f'{found[1]}="{html.escape(say(plain))}"' if plain.strip() else found[0]


def _data(value: Any, say: Callable[[str], str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {**value, **{key: _said(value[key], say) for key in TEXTS if key in value}}


def _said(value: Any, say: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _said(one, say) for name, one in value.items()}
    return say(value) if isinstance(value, str) else value


def _as_script(value: Any) -> str:
    """Write JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
