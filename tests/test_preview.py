"""A chosen photo is shown, or the page says why it is not."""

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from browser_support import watched
from http_support import picture
from phone_files import encode, scene

HEIC: FilePayload = {"name": "IMG_1.HEIC", "mimeType": "", "buffer": encode(scene(), "HEIF")}
JPEG: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
TEXT: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"}
NO_PREVIEW = (
    "No preview: this browser cannot show the photo. The service reads HEIC and TIFF all the same."
)


@pytest.mark.parametrize(
    ("file", "shown", "said"), [(HEIC, False, True), (JPEG, True, False), (TEXT, False, False)]
)
def test_a_photo_is_shown_or_a_sentence_says_why_not(
    service: str, browser: Browser, file: FilePayload, shown: bool, said: bool
) -> None:
    with watched(browser) as page:
        page.goto(service)
        slot = page.locator(".slot", has=page.locator("#file"))
        page.locator("#file").set_input_files(file)
        # What cannot be drawn is taken away; what can is shown.
        expect(slot.locator(".thumb:visible")).to_have_count(int(shown))
        expect(slot.locator(".thumb")).to_have_count(int(shown))
        expect(slot.get_by_text(NO_PREVIEW)).to_be_visible(visible=said)
        expect(slot.locator(".held-name")).to_contain_text(file["name"])
