"""The squad page in a real browser, with answers of the service that are made here."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from app.csv_tables import read_table
from app.service.openapi import EXAMPLE
from browser_support import assert_accessible
from http_support import (
    picture,
)
from vision.criteria import RULE_SETS
from vision.flags import FLAG_KINDS


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    """A page that complains of nothing but answers that are no success."""
    context, complaints = browser.new_context(), list[str]()
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{service}/squad")
    yield page
    context.close()
    assert [one for one in complaints if not one.startswith("Failed to load resource")] == []


def result(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(EXAMPLE), **changes}


def judged(verdict: str, thigh_deg: float, status: str = "final") -> dict[str, Any]:
    """A result whose thigh, cut-off 0°, has an error bar of ±4°."""
    thigh = {
        "value": thigh_deg, "interval": [thigh_deg - 4, thigh_deg + 4], "source": "automatic",
    }  # fmt: skip
    finding = {"criterion": "thigh", "verdict": verdict, "cutoff_deg": 0.0, "text": ""}
    return result(
        verdict=verdict,
        status=status,
        thigh_deg=thigh,
        findings=[finding],
        flags=[],
        measurable=True,
    )


def refused(*codes: str) -> dict[str, Any]:
    flags = [{"code": code, "blocking": True, "text": "", "advice": ""} for code in codes]
    none = dict.fromkeys(("thigh_deg", "knee_flexion_deg", "tested_leg"))
    return result(
        verdict="not_measurable", measurable=False, flags=flags, findings=[],
        status="provisional", **none,
    )  # fmt: skip


class Service:
    """Answers in the place of the service, when asked to."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        self.page = page
        self.automatic: dict[str, Any] | None = None
        page.route("**/v1/measure", self.take)

    def take(self, route: Route) -> None:
        if self.automatic is not None:
            route.fulfill(json=self.automatic)
        else:
            self.held.append(route)

    def wait(self, count: int) -> None:
        while len(self.held) < count:
            self.page.wait_for_timeout(10)  # routes are handled meanwhile

    def sent(self, place: int) -> str:
        return (self.held[place].request.post_data_buffer or b"").decode("latin-1")

    def answer(self, name: str, json: Any, status: int = 200, **headers: str) -> None:
        """Answer the request with the photo of a name."""
        place = next(n for n in range(len(self.held)) if f'filename="{name}"' in self.sent(n))
        self.held.pop(place).fulfill(status=status, json=json, headers=headers)


@pytest.fixture
def answers(page: Page) -> Service:
    return Service(page)


def bring(page: Page, *names: str) -> None:
    photo = picture()
    files: Any = [{"name": name, "mimeType": "image/jpeg", "buffer": photo} for name in names]
    page.locator("#squad-files").set_input_files(files)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def order(page: Page) -> list[str]:
    return page.locator(".squad-file").all_inner_texts()


def status(page: Page) -> Locator:
    return page.locator(".squad-status")


# --- the table ----------------------------------------------------------------------------------


def test_the_table_fills_two_at_a_time_with_doubt_first(page: Page, answers: Service) -> None:
    given_ = {
        "a.jpg": judged("pass", -20),
        "b.jpg": judged("fail", 20),
        "c.jpg": judged("borderline", 3),
        "d.jpg": judged("pass", -9, "provisional"),
        "e.jpg": judged("borderline", 1),
        "f.jpg": refused("no_person"),
    }
    bring(page, *given_)
    waiting = list(given_)
    for name, said in given_.items():
        answers.wait(min(2, len(waiting)))
        assert len(answers.held) == min(2, len(waiting)), "two at a time, in the order they came"
        expect(page.get_by_role("progressbar")).to_be_visible()
        answers.answer(name, said)
        waiting.remove(name)
        expect(row(page, name)).to_have_attribute("data-state", "done")
    assert order(page) == ["f.jpg", "e.jpg", "c.jpg", "d.jpg", "b.jpg", "a.jpg"]
    expect(status(page)).to_have_text("6 of 6 photos measured; to look at again: 3.")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(row(page, "b.jpg")).to_contain_text("20.0° ± 4.0°")
    expect(row(page, "a.jpg")).to_contain_text("−20.0° ± 4.0°")
    expect(row(page, "a.jpg").locator(".squad-verdict")).to_have_text("Pass")
    expect(row(page, "d.jpg").locator(".squad-verdict")).to_have_text("Passes so far")
    kind = FLAG_KINDS["no_person"]
    expect(row(page, "f.jpg").locator(".squad-doubt")).to_have_text(f"{kind.text} {kind.advice}")


def test_a_busy_service_is_asked_again_when_it_says_so(page: Page, answers: Service) -> None:
    bring(page, "a.jpg")
    for status_code, code in ((503, "busy"), (429, "too_many_requests")):
        answers.wait(1)
        answers.answer("a.jpg", {"code": code}, status_code, **{"Retry-After": "1"})
        expect(row(page, "a.jpg")).to_contain_text("tried again after 1 s")
    answers.wait(1)
    answers.answer("a.jpg", judged("pass", -20))
    expect(row(page, "a.jpg").locator(".squad-verdict")).to_have_text("Pass")


def test_stopped_and_failed_rows_can_be_tried_again(page: Page, answers: Service) -> None:
    bring(page, "a.jpg", "b.jpg", "c.jpg")
    answers.wait(2)
    answers.answer("a.jpg", {"code": "truncated_image", "detail": "English"}, 422)
    expect(row(page, "a.jpg")).to_contain_text("Truncated image.")
    page.get_by_role("button", name="Stop").click()
    for name in ("b.jpg", "c.jpg"):
        expect(row(page, name).locator(".squad-verdict")).to_have_text("Stopped")
    answers.held.clear()
    answers.automatic = judged("pass", -20)
    row(page, "c.jpg").get_by_role("button", name="Try again").click()
    expect(row(page, "c.jpg").locator(".squad-verdict")).to_have_text("Pass")
    page.get_by_role("button", name="Try the failed rows again").click()
    for name in ("a.jpg", "b.jpg"):
        expect(row(page, name).locator(".squad-verdict")).to_have_text("Pass")
    expect(page.get_by_role("button", name="Try the failed rows again")).to_be_hidden()


def test_a_service_that_is_gone_loses_nothing(page: Page) -> None:
    page.route("**/v1/measure", lambda route: route.abort())
    bring(page, "a.jpg")
    expect(row(page, "a.jpg")).to_contain_text("The service did not answer. Try again.")


def test_the_leg_is_asked_where_the_photo_does_not_say_it(page: Page, answers: Service) -> None:
    bring(page, "a.jpg", "b.jpg")
    answers.wait(2)
    answers.answer("b.jpg", refused("side_uncertain", "no_person"))
    answers.answer("a.jpg", refused("side_uncertain"))
    which = page.get_by_role("group", name="Which leg hangs in a.jpg?")
    which.get_by_role("button", name="Left").click()
    answers.wait(1)
    assert 'name="leg"\r\n\r\nleft' in answers.sent(0)
    answers.answer("a.jpg", judged("fail", 9))
    expect(row(page, "a.jpg").locator(".squad-verdict")).to_have_text("Fail")
    expect(page.get_by_role("group")).to_have_count(0)


def test_another_rule_judges_every_row_anew(page: Page, answers: Service) -> None:
    for_athletes = RULE_SETS["ferber-2010"]
    answers.automatic = judged("pass", -20)
    bring(page, "a.jpg")
    expect(row(page, "a.jpg").locator(".squad-verdict")).to_have_text("Pass")
    answers.automatic = None
    page.get_by_label("Judged by").select_option(for_athletes.id)
    expect(page.get_by_text(for_athletes.population)).to_be_visible()
    answers.wait(1)
    assert f'name="criteria"\r\n\r\n{for_athletes.id}' in answers.sent(0)
    answers.answer("a.jpg", judged("fail", 9))
    expect(row(page, "a.jpg").locator(".squad-verdict")).to_have_text("Fail")


def test_thirty_rows_and_pictures_only(page: Page, answers: Service) -> None:
    answers.automatic = judged("pass", -20)
    text: Any = {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"a"}
    page.locator("#squad-files").set_input_files(text)
    expect(status(page)).to_have_text("letter.txt is not a picture.")
    bring(page, *(f"{n}.jpg" for n in range(32)))
    expect(page.get_by_role("row")).to_have_count(31)
    expect(status(page)).to_contain_text("At most 30 photos fit into the table: 2 were left out.")
    expect(status(page)).to_contain_text("30 of 30")
    page.get_by_role("button", name="Remove 7.jpg").click()
    expect(page.get_by_role("row")).to_have_count(30)
    expect(status(page)).to_contain_text("29 of 29")


def test_a_row_does_not_move_away_while_its_person_is_typed(page: Page, answers: Service) -> None:
    bring(page, "a.jpg", "b.jpg")
    answers.wait(2)
    person = page.get_by_label("Person in b.jpg")
    person.press_sequentially("An")
    answers.answer("b.jpg", judged("borderline", 1))
    expect(row(page, "b.jpg")).to_have_attribute("data-state", "done")
    person.press_sequentially("na")
    expect(person).to_have_value("Anna")
    expect(person).to_be_focused()
    assert order(page) == ["a.jpg", "b.jpg"]
    person.press("Tab")
    expect(page.locator(".squad-file").first).to_have_text("b.jpg")


def test_leaving_asks_while_the_table_is_unsaved(page: Page, answers: Service) -> None:
    answers.automatic = judged("pass", -20)
    asks = "!window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    assert page.evaluate(asks) is False
    bring(page, "a.jpg")
    expect(row(page, "a.jpg").locator(".squad-verdict")).to_have_text("Pass")
    assert page.evaluate(asks) is True
    with page.expect_download():
        page.get_by_role("button", name="CSV (commas").click()
    assert page.evaluate(asks) is False


def test_axe_finds_nothing(page: Page, answers: Service) -> None:
    assert_accessible(page)
    bring(page, "a.jpg", "b.jpg", "c.jpg", "d.jpg")
    for name, said in (
        ("a.jpg", refused("side_uncertain")),
        ("b.jpg", judged("borderline", 1)),
        ("c.jpg", judged("fail", 9, "provisional")),
    ):
        answers.wait(1)
        answers.answer(name, said)
        expect(row(page, name)).to_have_attribute("data-state", "done")
    assert_accessible(page)


def test_a_persons_name_is_never_a_formula(page: Page, answers: Service, tmp_path: Path) -> None:
    answers.automatic = judged("pass", -20)
    bring(page, "=cmd.jpg")
    page.get_by_label("Person in =cmd.jpg").fill("@SUM(1;2)")
    expect(page.locator(".squad-verdict").first).to_have_text("Pass")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV for spreadsheets").click()
    assert download.value.suggested_filename.startswith("squad 20")
    download.value.save_as(tmp_path / "squad.csv")
    data = (tmp_path / "squad.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfpath;subject;session;")
    assert b"\n'=cmd.jpg;\"'@SUM(1;2)\";" in data
    table = read_table(data, "squad.csv")
    ((_, cells),) = table.rows
    assert dict(zip(table.columns, cells, strict=True))["thigh_deg"] == "-20,0"
