"""Every page in Chromium, full and empty: accessible, fit for a phone, steady, without complaint, in Dutch.

A new page is one line in ``PAGES`` or, where its address answers with no page, in ``NO_PAGES``; a URL in
neither fails. Each page is opened in Dutch and in English, under the real content policy, and looked at in
light, in dark and on a phone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import get_resolver, reverse
from playwright.sync_api import Page

from customers.demo.plan import Plan
from customers.demo.shop import FILES, generate_shop
from customers.imports import pipeline
from customers.models import Customer, ProgrammeMembership, Upload, UploadBatch
from customers.permissions import ADMIN
from customers.persons.decisions import decline
from customers.quality.measure import measure_all, measure_uploads
from metrics.models import CalculationSettings, CustomerValue, Run, Scenario, Target
from metrics.pipeline import recalculate
from tests.browser_paper import check_paper
from tests.browser_shop import DESKTOP, PHONE, ROOT, Visit, visit
from tests.builders import make_customer, make_order, make_refund, make_upload, make_user
from tests.target_builders import make_target
from tests.uploading import ORDERS, UNSETTLED

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    const describe = (node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`;
    return found.violations
        .filter((rule) => rule.impact === "serious" || rule.impact === "critical")
        .map((rule) => `${rule.id}: ${rule.nodes.slice(0, 3).map(describe).join("; ")}`);
}"""
UNFOLD = "document.querySelectorAll('details.fold').forEach((fold) => { fold.open = true; })"
#: What is wider than the page, outside of what scrolls by itself.
FIND_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1
        && !node.closest(".table-scroll, .tabs, .visually-hidden"))
    .slice(0, 3).map((node) => `${node.tagName}.${node.className}`)"""
#: Words that stick out of what they stand in, and boxes that cut off what is in them.
FIND_CUT = """() => {
    const HOLDERS = "td, th, dd, dt, li, label, .button, .badge, .card, .callout, main";
    const clips = (node) => ["hidden", "clip"].includes(getComputedStyle(node).overflowX);
    const isForEars = (node) =>
        node && (getComputedStyle(node).clipPath !== "none" || isForEars(node.parentElement));
    const isShown = (node) => node.checkVisibility() && !isForEars(node) && !node.closest(
        ".visually-hidden, script, option, select, textarea, input, [aria-hidden=true]");
    const found = [...document.querySelectorAll("main *")]
        .filter((node) => isShown(node) && clips(node) && node.scrollWidth > node.clientWidth + 1)
        .map((node) => `${node.tagName}.${node.className}`);
    const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const text = words.currentNode;
        if (!text.data.trim() || !isShown(text.parentElement)) continue;
        const box = text.parentElement.closest(HOLDERS).getBoundingClientRect();
        const range = document.createRange();
        range.selectNodeContents(text);
        if ([...range.getClientRects()].some(({ left, right, width }) =>
            width > 1 && (right > box.right + 1 || left < box.left - 1))) found.push(text.data.trim());
    }
    return found.slice(0, 5);
}"""
#: How far the page moved under its reader while it was loaded, as browsers count that; 0.1 is a lot.
ADD_UP_SHIFTS = """() => {
    const observer = new PerformanceObserver(() => {});
    observer.observe({ type: "layout-shift", buffered: true });
    return observer.takeRecords().reduce((sum, shift) => sum + shift.value, 0);
}"""
MOST_SHIFT = 0.05
READ_TEXTS = """() => [...document.querySelectorAll(
        "h2, h3, th[scope=col], main label, main button, legend, summary, dt, .lead, .purpose, .help")]
    .map((node) => node.innerText.trim().replace(/\\s+/g, " ")).filter((text) => /\\p{L}{3}/u.test(text))"""
#: Texts of the site that read the same in both languages.
SAME_IN_BOTH = {
    "CAC", "CAC full_cac", "CSAT", "CSAT csat", "CSAT per segment", "Effect", "NPS", "NPS per segment",
    "Imports", "KPI", "LTV:CAC", "LTV:CAC ltv_cac", "Manager",
    "MBG/NBD", "Menu", "Model", "NPS nps", "Parameter", "RFM", "RMSE", "Scenario", "Segment", "Top",
    "twice@example.nl",
}  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """A page to look at: the name of its URL, and what its address needs in the full shop."""

    name: str
    arguments: Callable[[], dict[str, Any]] = dict
    query: str = ""
    also_empty: bool = False

    def address(self) -> str:
        return reverse(self.name, kwargs=self.arguments()) + self.query


def the_upload(file_name: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"uuid": Upload.objects.filter(file_name=file_name).latest("pk").uuid}


def the_batch() -> dict[str, Any]:
    return {"uuid": UploadBatch.objects.get().uuid}


def the_customer(external_id: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"pk": Customer.objects.get(external_id=external_id).pk}


def the_best() -> dict[str, Any]:
    return {"pk": CustomerValue.objects.get(rank_realised=1).customer_id}


PAGES = [
    Sight("overview", also_empty=True),
    Sight("overview", query="?window=month"),
    Sight("customers", also_empty=True),
    Sight("customers", query="?method=loyalty&country=NL&first_from=2024-01-01&value_min=10"),
    Sight("customers", query="?value_min=99999999"),
    Sight("customer", the_best),
    Sight("customer", the_customer("only-refunds")),
    Sight("customer", the_customer("objects")),
    Sight("customer_erase", the_customer("objects")),
    Sight("erasures", also_empty=True),
    Sight("predictions", also_empty=True),
    Sight("channels", also_empty=True),
    Sight("channels", query="?window=month&sort=spend"),
    Sight("channel", query="?channel=Google+Ads"),
    Sight("cohorts", also_empty=True),
    Sight("cohorts", query="?rows=quarter&show=payback"),
    Sight("cohorts", query="?rows=channel&show=contribution"),
    Sight("cohorts", query="?rows=first_category&show=payback"),
    Sight("satisfaction", also_empty=True),
    Sight("satisfaction", query="?scale=csat&by=rfm"),
    Sight("programmes", also_empty=True),
    Sight("potential", also_empty=True),
    Sight("potential_customers", lambda: {"quarter": "all"}),
    Sight("potential_customers", lambda: {"quarter": "maintain"}),
    Sight("at_risk", also_empty=True),
    Sight("targets", also_empty=True),
    Sight("target_add", also_empty=True),
    Sight("target_edit", lambda: {"pk": Target.objects.get(kpi="revenue").pk}),
    Sight("target_remove", lambda: {"pk": Target.objects.get(kpi="revenue").pk}),
    Sight("whatif", query="?retention=2&order_value=5&retention_cost=1", also_empty=True),
    Sight("whatif_compare", also_empty=True),
    Sight("segments", also_empty=True),
    Sight("segment_scheme", lambda: {"scheme": "rfm"}, also_empty=True),
    Sight("segment_scheme", lambda: {"scheme": "tier"}),
    Sight("segment_scheme", lambda: {"scheme": "lifecycle"}),
    Sight("segment_scheme", lambda: {"scheme": "segment"}),
    Sight("segment_moves", lambda: {"scheme": "rfm"}, also_empty=True),
    Sight("segment", lambda: {"scheme": "rfm", "segment": "new"}),
    Sight("segment_thresholds", also_empty=True),
    Sight("segment_own_add", query="?country=NL", also_empty=True),
    Sight("segment_own_add"),
    Sight("uploads", also_empty=True),
    *(
        Sight("upload", the_upload(name))
        for name in ("orders.csv", "unsettled.csv", "bad.csv", *Upload.State.values)
        if name not in ("done", "received")
    ),
    Sight("upload_undo", the_upload("orders.csv")),
    Sight("batch", the_batch),
    Sight("batch_undo", the_batch),
    Sight("uploads", query="?state=failed&file=failed"),
    Sight("quality", also_empty=True),
    Sight("quality_rows", lambda: {"key": "orders_without_customer"}),
    Sight("quality_rows", lambda: {"key": "same_email"}),
    Sight("quality_rows", lambda: {"key": "refunds_differ"}),
    Sight("upload_quality", lambda: {**the_upload("orders.csv")(), "key": "orders_without_customer"}),
    Sight("persons", also_empty=True),
    Sight("runs", also_empty=True),
    Sight("settings", also_empty=True),
    Sight("users", also_empty=True),
    Sight("user_add", also_empty=True),
    Sight("user_edit", lambda: {"pk": make_user("joost").pk}),
    Sight("user_password", lambda: {"pk": make_user("jan").pk}),
    Sight("password_change"),
    Sight("password_change_done"),
    Sight("help", also_empty=True),
]
#: Seen signed out, fragments of pages that are looked at, files, and forms that send on.
NO_PAGES = {
    "upload_without",
    "upload_file", "upload_again", "batch_start", "batch_files", "batch_confirm", "batch_cancel",
    "login", "logout", "set_language", "upload_progress", "run_progress", "upload_confirm", "upload_cancel",
    "upload_rejects", "quality_measure", "quality_export", "upload_quality_export", "person_decide",
    "person_take_back", "recalculate", "customers_search", "customers_export",
    "channels_export", "campaigns_export", "cohorts_export", "satisfaction_export", "potential_export",
    "at_risk_export", "predictions_export", "potential_table_export", "target_changes_export",
    "overview_bridge_export", "overview_top_export",
    "overview_cards",
    "overview_export",
    "segment_export", "segment_advice", "segment_own_remove",
    "targets_export", "whatif_export", "scenario_save", "scenario_remove",
}  # fmt: skip


def fill_shop(folder: Path) -> None:
    """The demo's shop, small, through the import; uploads and calculations in every state."""
    shop = generate_shop(Plan(customers=60), folder)
    for kind in FILES:
        assert pipeline.import_file(shop.path(kind), kind=kind).state == Upload.State.DONE
    add_odd_ones(folder)
    recalculate(Run.objects.get(state=Run.State.QUEUED).pk)
    for state in (Run.State.FAILED, Run.State.RUNNING):
        Run.objects.create(settings=CalculationSettings.current(), state=state, error="Schijf vol.", total=9)


def add_odd_ones(folder: Path) -> None:
    """What a shop that goes well does not have: objections, uploads in every state, doubtful persons."""
    make_refund("2026-01-05", "20", customer=make_customer("only-refunds"))
    make_order(make_customer("objects", objects_to_profiling=True), "2026-01-05", "20")
    bad = folder / "bad.csv"
    bad.write_text(ORDERS)
    pipeline.import_file(bad)
    user = make_user("marieke")
    pipeline.receive(ContentFile(UNSETTLED.encode()), "unsettled.csv", user)
    batch = UploadBatch.objects.create(user=user)
    for name, text in {"together.csv": ORDERS, "and_unsettled.csv": UNSETTLED}.items():
        pipeline.receive(ContentFile(text.encode()), name, user, batch=batch)
    make_upload(file_name="at_it.csv", state=Upload.State.RUNNING, step="staging", batch=batch, size=2_000)
    for state in set(Upload.State.values) - {Upload.State.DONE, Upload.State.RECEIVED}:
        errors = [{"code": "no_rows", "data": {}}]
        make_upload(file_name=state, state=state, errors=errors, user=user, size=2_000)
    for number in ("K1", "K2"):
        make_customer(number, email="twice@example.nl")
    decline("others@example.nl", ["K8", "K9"], user)
    set_targets()
    measure_uploads()
    measure_all()


def set_targets() -> None:
    """Over, under way and to come; of a sum, a rate and a channel."""
    make_target("revenue", "2020-01-01", "2030-12-31", "1000000")
    make_target("orders", "2000-01-01", "2040-12-31", "500", channel="ads")
    make_target("retention_rate", "2025-01-01", "2040-12-31", "0.35")
    make_target("aov", "2024-01-01", "2024-12-31", "90")
    make_target("new_customers", "2040-01-01", "2040-12-31", "100", segment="country = NL")
    Scenario.objects.create(name="Meer behoud", levers={"retention": "2"})


def look(reader: Visit, path: str, language: str = "nl") -> list[str]:
    """Return what is wrong with a page: to axe, in light and dark, on a phone and on paper."""
    page = reader.open(path)
    wrong = check_frame(page, language)
    if (shift := page.evaluate(ADD_UP_SHIFTS)) > MOST_SHIFT:
        wrong.append(f"moves while it is loaded: {shift:.2f}")
    page.evaluate(UNFOLD)
    page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{scheme}: {found}" for found in page.evaluate(RUN_AXE)]
    wrong += [f"cut off: {found}" for found in page.evaluate(FIND_CUT)]
    page.set_viewport_size({"width": PHONE, "height": 844})
    if reader.is_too_wide():
        wrong.append(f"wider than {PHONE}: {page.evaluate(FIND_WIDE)}")
    wrong += [f"on a phone: {found}" for found in page.evaluate(RUN_AXE)]
    wrong += [f"cut off on a phone: {found}" for found in page.evaluate(FIND_CUT)]
    wrong += check_paper(page)
    page.set_viewport_size({"width": DESKTOP, "height": 900})
    return wrong


def check_frame(page: Page, language: str) -> list[str]:
    """Return what is wrong with language, title and first heading."""
    wrong = []
    if page.locator("html").get_attribute("lang") != language:
        wrong.append(f"not in {language}")
    if not page.title().removesuffix(" · Klantwaarde").strip() or "·" not in page.title():
        wrong.append(f"title: {page.title()!r}")
    headings = page.locator("h1").all_inner_texts()
    if len(headings) != 1 or not headings[0].strip():
        wrong.append(f"first headings: {headings}")
    return wrong


def read_texts(page: Page, sight: Sight) -> set[str]:
    """Return the texts of the site itself; the heading of a page about one thing may be its name."""
    heading = set(page.locator("h1").all_inner_texts()) if sight.arguments is dict else set()
    return heading | set(page.evaluate(READ_TEXTS))


def list_names_of_the_shop() -> set[str]:
    """Return what the shop itself has named: channels and categories, which stand in heads of tables."""
    names = CustomerValue.objects.values_list("channel", "first_category").distinct()
    programmes = ProgrammeMembership.objects.values_list("programme", flat=True).distinct()
    return {name for pair in names for name in pair} | set(programmes)


def look_at_all(chromium_path: str, address: str, sights: list[Sight]) -> None:
    """Look at pages in both languages; fails with all that is wrong with any of them."""
    admin = make_user("beheer", role=ADMIN)
    paths = {sight.address(): sight for sight in sights}
    wrong: list[str] = []
    texts: dict[str, dict[str, set[str]]] = {"nl": {}, "en": {}}
    for language, read in texts.items():
        with visit(chromium_path, address, user=admin, reduced_motion="reduce") as reader:
            reader.read(language)
            for path, sight in paths.items():
                wrong += [f"{path} ({language}): {found}" for found in look(reader, path, language)]
                read[path] = read_texts(reader.page, sight)
    as_they_are = SAME_IN_BOTH | list_names_of_the_shop()
    for path in paths:
        same = texts["nl"][path] & texts["en"][path] - as_they_are
        wrong += [f"{path}: not Dutch: {text}" for text in sorted(same)]
    assert not wrong, "\n".join(wrong)


def test_every_url_is_looked_at_or_is_no_page():
    names = {pattern.name for pattern in get_resolver().url_patterns}
    assert names == {sight.name for sight in PAGES} | NO_PAGES


def test_every_page_of_a_shop_with_figures(live_server, transactional_db, chromium_path, tmp_path):
    fill_shop(tmp_path)
    look_at_all(chromium_path, live_server.url, PAGES)


def test_every_page_of_a_shop_without_anything(live_server, transactional_db, chromium_path):
    look_at_all(chromium_path, live_server.url, [sight for sight in PAGES if sight.also_empty])


@pytest.mark.parametrize(("path", "status"), [("/no-such-page/", 404), ("/users/", 403)])
def test_pages_that_say_no(live_server, transactional_db, chromium_path, path, status):
    options = {"bypass_csp": True, "reduced_motion": "reduce"}
    with visit(chromium_path, live_server.url, user=make_user("marieke"), **options) as reader:
        assert look(reader, path) == []
        said = reader.complaints.pop()
        assert f"status of {status}" in said


def test_the_pages_before_signing_in(live_server, transactional_db, chromium_path):
    with visit(chromium_path, live_server.url, bypass_csp=True, reduced_motion="reduce") as reader:
        assert look(reader, reverse("login")) == []
