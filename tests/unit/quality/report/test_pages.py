"""The same figures in every format, harmless whatever the topics are called."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.quality.report.cases import cases_of
from services.quality.report.charts import charts_of
from services.quality.report.document import Choices, Document, document_of
from services.quality.report.facts import fact_of, to_line
from services.quality.report.moments import Measure
from services.quality.report.pages import FORMATS, as_csv, as_json_text, html, markdown, metrics
from services.quality.report.plots import Curve, Point, curves
from services.quality.report.prices import Prices
from services.quality.report.reading import LicenceStep, Read
from services.quality.report.sorting import SortedLines
from services.quality.report.totals import Group, Period, totals_of
from tests.unit.quality.report.company import START_MS, Company
from warmline.events import Licence

PRICES = Prices(
    currency="EUR",
    person_hour=Decimal("36"),
    model_call=Decimal("0.004"),
    complaint=Decimal("25"),
)
EVIL = "<script>alert(1)</script>"


def document(
    inquiries: int = 1500, *, prices: Prices | None = PRICES, topic: str = "refund_status"
) -> Document:
    read = Read()
    with SortedLines() as lines:
        for where, event in Company(3, inquiries, late_market="UK").history():
            read.saw(where.name, event.time)
            found = fact_of(event)
            if found is not None:
                lines.add(to_line(*found).replace("refund_status", topic))
        states = ("draft", "licensed", "suspended")
        for number, state in enumerate(states):
            licence = Licence(
                topic=topic,
                language="en",
                state=state,
                lower_bound=0.96,
                sample=300,
                reason="test",
                forced=state == "licensed",
            )
            read.licences.append(LicenceStep(START_MS + number * 86_400_000, licence))
        draft = Licence(topic="due_date", language="en", state="draft", reason="test")
        read.licences.append(LicenceStep(START_MS, draft))
        period = Period(START_MS, read.newest_ms + 1, window_ms=0, late_ms=120_000)
        totals = totals_of(cases_of(lines), period)
    return document_of(totals, read, Choices(period, 0.05, 0.1, prices))


DOCUMENT = document()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def page_of(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    return page


def test_the_page_stands_alone_and_shows_every_chart_and_alert() -> None:
    text = html(DOCUMENT)
    page = page_of(text)
    assert page.links == []
    assert not re.search(r"url\(|@import|<link|<script", text)
    assert page.tags.count("svg") == len(charts_of(DOCUMENT)) >= 8
    assert any(alert.startswith("market UK: answered late") for alert in DOCUMENT.alerts)
    for alert in DOCUMENT.alerts:
        assert alert in page.cells
    assert "suspended 96.0 %" in text


def test_each_chart_is_well_formed_and_every_point_is_inside_it() -> None:
    for chart in charts_of(DOCUMENT):
        root = ElementTree.fromstring(chart.svg)  # noqa: S314 - our own text
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        for dot in root.iter("{http://www.w3.org/2000/svg}circle"):
            assert 0 <= float(dot.attrib["cx"]) <= width
            assert 0 <= float(dot.attrib["cy"]) <= height
        assert "nan" not in chart.svg


def test_a_topic_cannot_smuggle_code_into_any_format() -> None:
    evil = document(300, topic=EVIL)
    assert EVIL not in html(evil)
    assert "script" not in page_of(html(evil)).tags
    assert EVIL not in markdown(evil)
    formula = document(300, topic="=HYPERLINK(1)")
    cells = [cell for row in csv.reader(io.StringIO(as_csv(formula))) for cell in row]
    assert "'=HYPERLINK(1)/en" in cells
    assert not any(cell.startswith("=") for cell in cells)


def test_json_and_csv_hold_the_same_figures_and_money_stays_decimal() -> None:
    whole = json.loads(as_json_text(DOCUMENT))
    rows = list(csv.DictReader(io.StringIO(as_csv(DOCUMENT))))
    assert len(rows) == len(whole["figures"]) == len(DOCUMENT.figures)
    total = next(
        figure
        for figure in whole["figures"]
        if (figure["who"], figure["measure"]) == ("all inquiries", "total")
    )
    assert Decimal(total["value"]) > 0
    assert total["unit"] == "EUR"
    assert total["value"] in [row["value"] for row in rows]
    assert whole["about"]["inquiries"] == 1500
    assert whole["totals"]["endings"] == dict(DOCUMENT.totals.endings)


def test_a_topic_in_draft_with_judged_drafts_is_forecast_and_no_other() -> None:
    found = {
        (figure.subject, figure.measure): figure
        for figure in DOCUMENT.figures
        if figure.section == "forecast"
    }
    assert {subject for subject, _ in found} == {"due_date/en"}
    saved, wrong = found["due_date/en", "saved"], found["due_date/en", "answered wrongly"]
    cases = DOCUMENT.totals.groups[Group("due_date", "en", "")]
    right, bad = DOCUMENT.totals.drafts["due_date", "en"]
    drafted = cases.sums[Measure.ATTEMPTS]
    assert right + bad == drafted > 30
    cost = float(PRICES.person_hour) / 3_600_000 * cases.sums[Measure.PERSON_MS] / cases.size
    expected = drafted * (right / drafted * cost - float(PRICES.model_call))
    assert float(str(saved.value)) == pytest.approx(expected, abs=1e-3)
    assert wrong.value == pytest.approx(bad)


def test_without_prices_nothing_is_said_in_money() -> None:
    poor = document(300, prices=None)
    assert not any(figure.section == "worth" for figure in poor.figures)
    assert "No prices were given" in html(poor)
    assert "EUR" not in as_json_text(poor)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_same_events_give_the_same_bytes(form: str) -> None:
    assert FORMATS[form](document(300)) == FORMATS[form](document(300))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_topics_without_any_event_give_a_report_too(form: str) -> None:
    period = Period(0, 1, 0, 1000)
    empty = document_of(totals_of([], period), Read(), Choices(period, 0.05, 0.1, PRICES))
    assert FORMATS[form](empty)


def test_gaps_are_metrics_that_prometheus_can_read() -> None:
    families = {family.name: family for family in text_string_to_metric_families(metrics(DOCUMENT))}
    alerts = {
        (sample.labels["name"], sample.labels["matter"]): sample.value
        for sample in families["warmline_fairness_alert"].samples
        if sample.labels["by"] == "market"
    }
    assert alerts["UK", "answered late"] == 1
    assert alerts["DE", "answered late"] == 0
    assert len(families["warmline_fairness_gap"].samples) == len(DOCUMENT.gaps)


def test_a_curve_without_a_spread_and_one_without_bounds_are_drawn() -> None:
    endless = Point(1.0, 2.0, float("-inf"), float("inf"))
    text = curves(
        [Curve("flat & <plain>", [Point(0.0, 2.0, 2.0, 2.0), endless])],
        x_title="x",
        y_title="y",
        x_format=str,
        y_format=str,
    )
    assert ElementTree.fromstring(text) is not None  # noqa: S314
    assert "flat &amp; &lt;plain&gt;" in text


def test_licences_are_drawn_from_the_first_event_on_without_topics_that_were_always_peoples() -> (
    None
):
    period = replace(DOCUMENT.choices.period, since_ms=START_MS - 300 * 86_400_000)
    choices = replace(DOCUMENT.choices, period=period)
    quiet, busy = (
        Licence(topic=name, language="en", state="human_only", reason="test")
        for name in ("late_fee", "app")
    )
    licensed = busy.model_copy(update={"state": "licensed"})
    steps = [LicenceStep(0, quiet), LicenceStep(0, busy), LicenceStep(START_MS + 1000, licensed)]
    read = replace(DOCUMENT.read, licences=steps)
    charts = charts_of(replace(DOCUMENT, read=read, choices=choices))
    (chart,) = (chart for chart in charts if chart.title == "Licences over time")
    assert "late_fee" not in chart.svg
    assert "1 more were people's all the time" in chart.about
    root = ElementTree.fromstring(chart.svg)  # noqa: S314 - our own text
    boxes = root.iter("{http://www.w3.org/2000/svg}rect")
    widest = max(boxes, key=lambda box: float(box.attrib["width"]))
    assert "licensed" in "".join(widest.itertext())


def test_where_nothing_can_be_compared_the_report_says_so() -> None:
    with SortedLines() as lines:
        totals = totals_of(cases_of(lines), DOCUMENT.choices.period)
    empty = document_of(totals, Read(), DOCUMENT.choices)
    said = [figure for figure in empty.figures if "nothing is claimed" in figure.note]
    assert [figure.section for figure in said] == ["comparison", "worth"]
    assert markdown(empty).count("nothing is claimed") == 2


def test_long_names_in_a_legend_go_on_in_the_next_line_and_the_picture_grows() -> None:
    def drawn(names: list[str]) -> str:
        some = [Curve(name, [Point(0, 1, 1, 1), Point(1, 2, 2, 2)]) for name in names]
        return curves(some, x_title="x", y_title="y", x_format=str, y_format=str)

    few, many = drawn(["one"]), drawn(["a rather long name of a topic"] * 6)
    heights = [float(ElementTree.fromstring(one).attrib["height"]) for one in (few, many)]  # noqa: S314
    assert heights[1] > heights[0]
    for x, name in re.findall(r'<text x="([\d.]+)"[^>]*>(a rather long[^<]*)', many):
        assert float(x) + 6 * len(name) < 760
