"""The client list of a browser: opened as a person does, and read as somebody who finds the device."""

import json
from typing import Any, Final

from playwright.sync_api import Page, expect

from app.results.schemas import MeasurementOut
from app.service.openapi import EXAMPLE

PASSPHRASE: Final = "correct horse battery staple"
NAME: Final = "Erika Mustermann"

DUMP: Final = """async () => {
  const open = indexedDB.open("thomas-test-clients");
  open.onupgradeneeded = () => open.transaction.abort();
  const db = await new Promise((done) => {
    open.onsuccess = () => done(open.result);
    open.onerror = () => done(null);
  });
  if (!db) return "{}";
  const found = {};
  for (const room of db.objectStoreNames) {
    const all = db.transaction(room).objectStore(room).getAll();
    found[room] = await new Promise((done) => { all.onsuccess = () => done(all.result); });
  }
  db.close();
  return JSON.stringify(found, (_, value) =>
    value instanceof Uint8Array ? { text: String.fromCharCode(...value) } : value);
}"""
"""All that is stored; bytes as text of as many characters. Empty if there is no list."""
SCRIPT: Final = """async ([file, text]) => {
  const base = document.querySelector('script[type="module"]').src;
  const it = await import(new URL(`clients/${file}.js`, base));
  const given = JSON.parse(text);
  return JSON.stringify((await (CODE)) ?? null);
}"""
"""The module at the address that the page uses, so that both see the same list."""


def stored(page: Page) -> dict[str, list[dict[str, Any]]]:
    """Everything in the browser's database."""
    found: dict[str, list[dict[str, Any]]] = json.loads(page.evaluate(DUMP))
    return found


def run(page: Page, file: str, code: str, given: Any = None) -> Any:
    """Evaluate an expression of ``it``, the page's own module, and ``given``."""
    return json.loads(page.evaluate(SCRIPT.replace("CODE", code), [file, json.dumps(given)]))


def measurement(
    thigh_deg: float = 6.1, knee_deg: float = 98.6, half_deg: float = 4.0, **fields: Any
) -> dict[str, Any]:
    """A result of one photo, the left leg unless told otherwise."""

    def angle(value: float) -> dict[str, Any]:
        return {
            "value": value,
            "interval": [round(value - half_deg, 1), round(value + half_deg, 1)],
        }

    changed = {"thigh_deg": angle(thigh_deg), "knee_flexion_deg": angle(knee_deg), **fields}
    return MeasurementOut.model_validate({**EXAMPLE, **changed}).model_dump(mode="json")


def create_list(page: Page, address: str, days: str = "") -> None:
    page.goto(f"{address}/clients")
    page.locator("#page-new").fill(PASSPHRASE)
    page.locator("#page-again").fill(PASSPHRASE)
    page.locator("#page-days").fill(days)
    page.get_by_role("button", name="Create the list").click()
    expect(page.get_by_role("button", name="Lock now")).to_be_visible()


def unlock(page: Page, passphrase: str = PASSPHRASE) -> None:
    page.locator('[data-do="unlock"] [name=passphrase]').fill(passphrase)
    page.get_by_role("button", name="Open", exact=True).click()


def add_client(page: Page, name: str = NAME) -> None:
    page.locator("#new-name").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_focused()


def keep(
    page: Page, result: dict[str, Any], on: str, pictures: dict[str, Any] | None = None
) -> None:
    """Keep a result for the first client, as the dialog does, and show it."""
    code = "it.keep(it.clients()[0].id, given.on, given.result, given.pictures)"
    run(page, "list", code, {"on": on, "result": result, "pictures": pictures or {}})


def show_client(page: Page, name: str = NAME) -> None:
    page.locator(".name", has_text=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_focused()
