"""Targets and what if in Chromium: set a target, move a lever by keyboard, keep a scenario; no scripts."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from customers.permissions import MANAGER
from metrics.models import Run
from tests.browser_shop import Visit, visit
from tests.builders import make_user
from tests.kpi_builders import YEAR, make_kpi, make_worked_figures
from tests.value_builders import make_group, make_peers, publish

pytestmark = pytest.mark.browser

LAST = date(2025, 12, 1)


@pytest.fixture
def run(transactional_db: None) -> Run:
    """The worked example, and a shop of € 100 a customer a year: 2 years, margin 40 %, CAC € 125."""
    run = make_worked_figures()
    make_peers(
        run, revenue=10_000, contribution=4_000, retention_numerator=50, retention_denominator=100,
        lifetime_years=2, future_years=2,
    )  # fmt: skip
    make_group(run)
    make_kpi(run, "orders", LAST, YEAR, 5)
    return publish(run)


@pytest.fixture
def manager(run: Run, live_server: Any, chromium_path: str) -> Iterator[Visit]:
    with visit(chromium_path, live_server.url, user=make_user("max", role=MANAGER)) as found:
        yield found
        assert found.complaints == []


def test_a_target_is_set_and_judged(manager: Visit) -> None:
    page = manager.open(reverse("targets"))
    manager.follow(page.get_by_role("main").get_by_role("link", name="Stel een doel"))
    expect(page.get_by_label("Eerste dag")).to_be_hidden()
    page.get_by_label("KPI").select_option(label="Klantbehoudspercentage")
    page.get_by_label("Periode").select_option(label="andere dagen…")
    page.get_by_label("Eerste dag").fill("2025-01-01")
    page.get_by_label("Laatste dag").fill("2026-12-31")
    page.get_by_label("Doel", exact=True).fill("0,35")
    manager.follow(page.get_by_role("button", name="Opslaan"))
    expect(page.locator(".errorlist")).to_contain_text("schrijf 35% of 0,35%")
    page.get_by_label("Doel", exact=True).fill("35%")
    manager.follow(page.get_by_role("button", name="Opslaan"))
    card = page.locator(".target-card")
    expect(card).to_contain_text("Op doel: 31,7 procentpunt boven het doel.")  # 2 of 3
    manager.follow(card.get_by_role("link", name=re.compile("Verwijder")))
    manager.follow(page.get_by_role("button", name="Verwijder"))
    expect(page.get_by_role("main")).to_contain_text("Nog geen doelen")


def test_a_lever_moved_by_keyboard_changes_the_value_and_the_address(manager: Visit) -> None:
    page = manager.open(reverse("whatif"))
    slider = page.get_by_role("slider", name="Marge")
    slider.focus()
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("spinbutton", name="Marge")).to_have_value("2")
    values = page.locator(".whatif-values")
    expect(values).to_contain_text("+€ 4,00")  # 200 × 0.02
    expect(page).to_have_url(re.compile(r"margin=2\b"))
    page.get_by_role("spinbutton", name="Marge").fill("5")
    expect(values).to_contain_text("+€ 10,00")
    expect(slider).to_have_value("5")
    expect(page.locator("#whatif-parts-data")).to_be_attached()


def test_a_scenario_is_kept_opened_and_removed(manager: Visit) -> None:
    page = manager.open(reverse("whatif") + "?margin=5")
    page.get_by_label("Naam van het scenario").fill("Betere marge")
    manager.follow(page.get_by_role("button", name="Bewaar", exact=True))
    row = page.get_by_role("row", name=re.compile("Betere marge"))
    expect(row).to_contain_text("Marge +5,0 %‑punt")
    row.get_by_role("checkbox").check()
    manager.follow(page.get_by_role("button", name="Naast elkaar"))
    expect(page.get_by_role("columnheader", name=re.compile("Betere marge"))).to_be_visible()
    manager.open(reverse("whatif"))
    manager.follow(page.get_by_role("button", name=re.compile("Verwijder.*Betere marge")))
    expect(page.get_by_role("row", name=re.compile("Betere marge"))).to_have_count(0)


def test_without_javascript_levers_are_numbers_and_a_button(
    run: Run, live_server: Any, chromium_path: str
) -> None:
    user = make_user("max", role=MANAGER)
    with visit(chromium_path, live_server.url, user=user, java_script_enabled=False) as found:
        page = found.page
        page.goto(live_server.url + reverse("whatif"))
        expect(page.get_by_role("slider", name="Marge")).to_be_hidden()
        page.get_by_role("spinbutton", name="Marge").fill("5")
        page.get_by_role("button", name="Bereken").click()
        expect(page.locator(".whatif-values")).to_contain_text("+€ 10,00")
