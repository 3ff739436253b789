"""The client list in a real browser: encrypted, locked, exported, deleted, and never sent."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, expect

from app.reports.environment import data_uri
from app.server import create_app
from app.service.settings import Settings
from browser_support import assert_accessible, chromium, watched
from clients_support import (
    NAME,
    PASSPHRASE,
    add_client,
    create_list,
    keep,
    measurement,
    run,
    show_client,
    stored,
    unlock,
)
from http_support import NobodyEstimator, picture, running

PICTURE = {"left": {"jpeg": data_uri(picture(240, 180), "image/jpeg"), "scale": 0.5}}
NAMED = Settings(allowed_hosts=("clinic.test",), without_keys=True)
OTHER_PASSPHRASE = "purple monkey dishwasher"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running(create_app(NobodyEstimator(), NAMED)) as address:
        yield address


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    # A name that is neither loopback nor https: no encryption there.
    with chromium(playwright, "--host-resolver-rules=MAP clinic.test 127.0.0.1") as one:
        yield one


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser) as one:
        yield one


@pytest.fixture
def listed(page: Page, service: str) -> Page:
    """A list with a client, of whom a result with a photo was kept."""
    create_list(page, service)
    add_client(page)
    keep(page, measurement(), "2026-03-14", PICTURE)
    return page


def test_before_it_is_created_the_page_says_what_is_at_stake(page: Page, service: str) -> None:
    page.goto(f"{service}/clients")
    told = page.locator(".told")
    expect(told).to_contain_text("Nobody can recover it")
    expect(told).to_contain_text("encrypted with your passphrase")
    page.locator("#page-new").fill(PASSPHRASE)
    page.locator("#page-again").fill(OTHER_PASSPHRASE)
    page.get_by_role("button", name="Create the list").click()
    expect(page.get_by_role("alert").filter(has_text="passphrases differ")).to_be_visible()
    assert stored(page) == {}


def test_nothing_readable_is_stored(listed: Page) -> None:
    found = stored(listed)
    assert len(found["records"]) == 3, "settings, client, result"
    assert len(found["pictures"]) == 1
    text = json.dumps(found)
    for secret in ("Erika", "Mustermann", "2026", "03-14", "98.6", "thigh", "left", "jpeg", "days"):
        assert secret not in text
    assert PASSPHRASE not in text
    everything = [*found["records"], *found["pictures"]]
    assert {tuple(sorted(one)) for one in everything} == {("data", "id", "iv")}
    vectors = [one["iv"]["text"] for one in [*everything, found["vault"][0]["wrapped"]]]
    assert len(set(vectors)) == len(vectors), "a fresh IV for each"
    assert {len(one) for one in vectors} == {12}
    (vault,) = found["vault"]
    assert vault["iterations"] >= 600_000
    assert len(vault["salt"]["text"]) >= 16


def test_the_length_of_a_record_does_not_tell_that_of_a_name(page: Page, service: str) -> None:
    create_list(page, service)
    add_client(page, "Al")
    add_client(page, "Maximiliane von und zu Oberhausen-Unterhausen")
    assert len({len(one["data"]["text"]) for one in stored(page)["records"]}) == 1


def test_the_key_cannot_be_taken_out(listed: Page) -> None:
    script = "crypto.subtle.exportKey('raw', it.opened().key).then(() => 'out', (e) => e.name)"
    assert run(listed, "list", script) == "InvalidAccessError"


def test_encrypting_the_same_again_gives_other_bytes(listed: Page) -> None:
    code = """Promise.all([1, 2].map(async () => {
      const { seal } = await import(new URL("clients/vault.js", base));
      const { iv, data } = await seal(it.opened().key, "a", 1);
      return [...iv, ...data];
    }))"""
    first, second = run(listed, "list", code)
    assert first[:12] != second[:12]
    assert first[12:] != second[12:]


def test_a_wrong_passphrase_is_told_and_opens_nothing(listed: Page) -> None:
    listed.reload()
    unlock(listed, OTHER_PASSPHRASE)
    expect(listed.get_by_text("Wrong passphrase.")).to_be_visible()
    expect(listed.get_by_role("button", name="Lock now")).to_be_hidden()
    unlock(listed)
    expect(listed.locator(".name")).to_have_text(f"{NAME} 1 result")


@pytest.mark.parametrize("how", ["button", "leaving"])
def test_locked_again(listed: Page, how: str) -> None:
    show_client(listed)
    if how == "button":
        listed.get_by_role("button", name="Lock now").click()
    else:
        listed.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    expect(listed.locator('[data-do="unlock"]')).to_be_visible()
    assert "Erika" not in listed.content()
    assert run(listed, "list", "(() => { try { it.opened(); } catch (e) { return e.message; } })()")


def test_passphrase_changed(listed: Page) -> None:
    before = stored(listed)
    listed.get_by_text("Export, import, passphrase").click()
    form = listed.locator('form[data-do="passphrase"]')

    def change(old: str) -> None:
        form.locator("[name=before]").fill(old)
        for name in ("passphrase", "again"):
            form.locator(f"[name={name}]").fill(OTHER_PASSPHRASE)
        form.get_by_role("button").click()

    change("not the passphrase")
    expect(form.get_by_text("Wrong passphrase.")).to_be_visible()
    assert stored(listed) == before
    change(PASSPHRASE)
    expect(listed.get_by_text("The passphrase is changed.")).to_be_visible()
    after = stored(listed)
    assert after["records"] == before["records"]
    assert after["vault"][0]["salt"] != before["vault"][0]["salt"]
    listed.reload()
    unlock(listed)
    expect(listed.get_by_text("Wrong passphrase.")).to_be_visible()
    unlock(listed, OTHER_PASSPHRASE)
    expect(listed.locator(".name")).to_have_count(1)


def exported(page: Page, folder: Path) -> Path:
    page.get_by_text("Export, import, passphrase").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export the list").click()
    path = folder / "list.json"
    download.value.save_as(path)
    assert re.fullmatch(r"thomas-test-clients-[\d-]+\.json", download.value.suggested_filename)
    return path


def import_file(page: Page, path: Path, passphrase: str) -> None:
    form = page.locator('form[data-do="bring-in"]:visible')
    form.locator("[name=file]").set_input_files(path)
    form.locator("[name=passphrase]").fill(passphrase)
    form.get_by_role("button", name="Import").click()


def test_exported_and_imported_on_another_device(
    listed: Page, browser: Browser, service: str, tmp_path: Path
) -> None:
    path = exported(listed, tmp_path)
    text = path.read_text("utf-8")
    assert not any(secret in text for secret in ("Erika", "2026-03", "thigh", "image/jpeg"))
    with watched(browser) as other:
        other.goto(f"{service}/clients")
        other.get_by_text("Start from an exported file").click()
        import_file(other, path, OTHER_PASSPHRASE)
        expect(other.get_by_text("Wrong passphrase.")).to_be_visible()
        assert stored(other) == {}
        import_file(other, path, PASSPHRASE)
        expect(other.get_by_text("Added from the file: 2.")).to_be_visible()
        kept = run(other, "list", "it.resultsOf(it.clients()[0].id)")
        assert [one["result"] for one in kept] == [measurement()]
        assert run(other, "list", "it.picturesOf(given)", kept[0]["id"]) == PICTURE
        other.reload()
        unlock(other)
        expect(other.locator(".name")).to_have_text(f"{NAME} 1 result")


def test_imported_into_a_list_adds_what_is_new_and_only_that(
    listed: Page, browser: Browser, service: str, tmp_path: Path
) -> None:
    path = exported(listed, tmp_path)
    import_file(listed, path, PASSPHRASE)
    expect(listed.get_by_text("Added from the file: 0.")).to_be_visible()
    with watched(browser) as other:
        create_list(other, service, days="3000")
        add_client(other, "Anna")
        other.get_by_text("Export, import, passphrase").click()
        import_file(other, path, PASSPHRASE)
        expect(other.get_by_text("Added from the file: 2.")).to_be_visible()
        expect(other.locator(".name")).to_have_count(2)
        assert run(other, "list", "it.days()") == 3000
        kept = run(other, "list", "it.resultsOf(it.clients()[1].id)")
        assert run(other, "list", "it.picturesOf(given)", kept[0]["id"]) == PICTURE


@pytest.mark.parametrize("damage", ["not JSON", "weak", "flipped", "swapped"])
def test_a_damaged_file_is_refused_whole(listed: Page, tmp_path: Path, damage: str) -> None:
    path = exported(listed, tmp_path)
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    first, second, *_ = content["records"]
    if damage == "weak":
        content["vault"]["iterations"] = 1000
    elif damage == "flipped":
        first["data"] = ("B" if first["data"][0] == "A" else "A") + first["data"][1:]
    else:
        first["data"], second["data"] = second["data"], first["data"]
        first["iv"], second["iv"] = second["iv"], first["iv"]
    path.write_text("{" if damage == "not JSON" else json.dumps(content), "utf-8")
    before = stored(listed)
    import_file(listed, path, PASSPHRASE)
    expect(listed.get_by_text("not an exported client list, or it is damaged")).to_be_visible()
    assert stored(listed) == before


def test_a_damaged_record_does_not_lock_the_others_away(listed: Page) -> None:
    keep(listed, measurement(1.0), "2026-05-01")
    listed.evaluate(
        """async () => {
          const open = indexedDB.open("thomas-test-clients");
          const db = await new Promise((done) => { open.onsuccess = () => done(open.result); });
          const room = db.transaction("records", "readwrite").objectStore("records");
          const all = room.getAll();
          const rows = await new Promise((done) => { all.onsuccess = () => done(all.result); });
          const longest = rows.sort((a, b) => b.data.length - a.data.length)[0];
          longest.data[0] ^= 1;
          await new Promise((done) => { room.put(longest).onsuccess = done; });
          db.close();
        }"""
    )
    listed.reload()
    unlock(listed)
    expect(listed.get_by_text("Records damaged and left out: 1.")).to_be_visible()
    expect(listed.locator(".name")).to_have_text(f"{NAME} 1 result")


def confirm(page: Page) -> None:
    page.locator("#confirm").get_by_role("button", name="Delete").click()


def test_deleted_result_client_and_list(listed: Page) -> None:
    keep(listed, measurement(2.0), "2026-05-01", PICTURE)
    show_client(listed)
    remove = listed.get_by_role("button", name="Delete the result of Mar 14, 2026")
    remove.click()
    listed.locator("#confirm").get_by_role("button", name="Cancel").click()
    assert len(stored(listed)["records"]) == 4
    remove.click()
    confirm(listed)
    expect(remove).to_have_count(0)
    assert {room: len(rows) for room, rows in stored(listed).items()} == {
        "vault": 1, "records": 3, "pictures": 1,
    }  # fmt: skip
    listed.get_by_role("button", name="Delete this client").click()
    confirm(listed)
    expect(listed.locator(".name")).to_have_count(0)
    assert {room: len(rows) for room, rows in stored(listed).items()} == {
        "vault": 1, "records": 1, "pictures": 0,
    }  # fmt: skip
    listed.get_by_text("Export, import, passphrase").click()
    listed.get_by_role("button", name="Delete the list").click()
    confirm(listed)
    expect(listed.get_by_role("button", name="Create the list")).to_be_visible()
    assert "thomas-test-clients" not in str(
        listed.evaluate("indexedDB.databases().then((all) => JSON.stringify(all))")
    )


def test_deleted_by_age_when_the_list_is_opened(page: Page, service: str) -> None:
    page.clock.install(time="2026-03-20T10:00:00Z")
    create_list(page, service, days="30")
    for name, day in (("Anna", "2026-03-18"), ("Berta", "2026-03-19"), ("Carla", "")):
        add_client(page, name)
        for on in filter(None, (day, "2026-04-10" if name == "Berta" else "")):
            client = f"it.clients().find((one) => one.name === {json.dumps(name)}).id"
            code = f"it.keep({client}, given.on, given.result, given.pictures)"
            run(page, "list", code, {"on": on, "result": measurement(), "pictures": PICTURE})
    page.clock.set_system_time("2026-04-16T10:00:00Z")
    page.reload()
    unlock(page)
    expect(page.locator(".name")).to_have_count(3)
    page.clock.set_system_time("2026-04-25T10:00:00Z")
    page.reload()
    unlock(page)
    expect(page.get_by_text("Results deleted because of their age: 2.")).to_be_visible()
    expect(page.locator(".name strong")).to_have_text(["Berta"])
    assert len(stored(page)["records"]) == 3, "settings, Berta, her newer result"
    assert len(stored(page)["pictures"]) == 1
    page.get_by_text("Export, import, passphrase").click()
    page.locator("#days").fill("5")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Results deleted because of their age: 1.")).to_be_visible()


def test_a_list_replaced_in_another_window_is_not_written_to(listed: Page) -> None:
    with listed.context.expect_page() as opening:
        listed.evaluate("window.open(location.href)")
    other = opening.value
    unlock(other)
    other.get_by_text("Export, import, passphrase").click()
    other.get_by_role("button", name="Delete the list").click()
    confirm(other)
    expect(other.get_by_role("button", name="Create the list")).to_be_visible()
    listed.locator("#new-name").fill("Late")
    listed.get_by_role("button", name="Add", exact=True).click()
    expect(listed.get_by_text("changed in another window")).to_be_visible()
    assert stored(other) == {}


@pytest.mark.parametrize("why", ["insecure", "no storage", "no script"])
def test_where_it_cannot_work_it_says_why(browser: Browser, service: str, why: str) -> None:
    with watched(browser, scripts=why != "no script") as page:
        if why == "no storage":
            refuse = "() => { throw new DOMException('denied', 'SecurityError'); }"
            page.add_init_script(f"indexedDB.open = {refuse};")
        address = service.replace("127.0.0.1", "clinic.test") if why == "insecure" else service
        page.goto(f"{address}/clients")
        told = {
            "insecure": "needs an encrypted connection (https)",
            "no storage": "lets pages store nothing",
            "no script": "therefore needs JavaScript",
        }
        # Playwright finds no text in <noscript>.
        place = (
            page.locator("noscript p") if why == "no script" else page.locator(".blocked:visible")
        )
        expect(place).to_contain_text(told[why])
        expect(place).to_be_visible()
        expect(page.locator("form.gate:visible, [data-names]:visible")).to_have_count(0)


def test_no_request_carries_anything_of_a_client(page: Page, service: str, tmp_path: Path) -> None:
    sent: list[Request] = []
    page.context.on("request", lambda one: sent.append(one))
    create_list(page, service)
    add_client(page)
    keep(page, measurement(), "2026-03-14", PICTURE)
    show_client(page)
    path = exported(page, tmp_path)
    import_file(page, path, PASSPHRASE)
    expect(page.get_by_text("Added from the file: 0.")).to_be_visible()
    page.get_by_role("button", name="Lock now").click()
    unlock(page)
    expect(page.locator(".name")).to_have_count(1)
    asked = [one for one in sent if not one.url.startswith("blob:")]
    assert asked
    assert {one.method for one in asked} == {"GET"}
    assert all(one.post_data is None for one in asked)
    shell = "|clients|help|healthz|sw.js|manifest.webmanifest"
    known = re.compile(rf"{re.escape(service)}/({shell}|static/[\w./-]+)")
    assert [one.url for one in asked if not known.fullmatch(one.url)] == []
    assert page.evaluate("document.cookie + JSON.stringify(localStorage)") == "{}"


@pytest.mark.parametrize("state", ["none", "locked", "open"])
def test_accessible(listed: Page, service: str, state: str) -> None:
    if state == "locked":
        listed.reload()
    elif state == "none":
        listed.evaluate("indexedDB.deleteDatabase('thomas-test-clients')")
        listed.reload()
        expect(listed.get_by_role("button", name="Create the list")).to_be_visible()
    else:
        keep(listed, measurement(-9.0), "2026-05-01")
        show_client(listed)
        listed.get_by_text("Export, import, passphrase").click()
        expect(listed.locator(".trend svg")).to_have_count(2)
    assert_accessible(listed)
