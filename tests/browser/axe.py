"""axe-core in a page: what of WCAG 2.2 A and AA it finds broken, and how it is said."""

from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT

SOURCE = ROOT / "dashboard" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const runOnly = { type: "tag", values: tags };
  const { passes, violations } = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  const said = ({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`;
  return { checked: passes.length, violations: violations.map(({ id, help, nodes }) => (
    { id, help, nodes: nodes.slice(0, 4).map(said), count: nodes.length })) };
}"""


@cache
def _source() -> str:
    if not SOURCE.is_file():
        pytest.skip("axe-core is not installed: run `make dashboard`")
    return SOURCE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong on a page as it stands, in words; empty where nothing is."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(_source())
    found: dict[str, Any] = page.evaluate(_RUN)
    assert found["checked"] > 5, "axe saw a page, not a blank"
    return [
        f"{one['id']} ({one['count']}×): {one['help']}\n    " + "\n    ".join(one["nodes"])
        for one in found["violations"]
    ]
