"""The page of figures: opt-ins and opt-outs, who is subscribed, what waits, whether all holds."""

from __future__ import annotations

import csv
import io
from datetime import date

from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext

from consent.charts import bars
from consent.figures import PERIODS, Figures, as_rows, figures_of, standing
from consent.models import ConsentRecord

USUAL = 30


def figures_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """`?days=7|30|90|365`; `&format=csv` gives the figures. Who may is decided by the caller."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    days = int(asked) if (asked := request.GET.get("days", "")).isdecimal() else USUAL
    figures = figures_of(days if days in PERIODS else USUAL)
    if request.GET.get("format") == "csv":
        return _as_csv(figures)
    context = {
        **site.each_context(request),
        "title": gettext("Consents in figures"),
        "opts": ConsentRecord._meta,
        "figures": figures,
        "chart": bars([(_day_words(day), row.ins, row.outs) for day, row in figures.by_day]),
        "standing": standing(),
        "periods": [(days, days == figures.days) for days in PERIODS],
        "ledger": reverse("admin:consent_consentrecord_changelist"),
        "requests": reverse("admin:consent_datarequest_changelist"),
    }
    return TemplateResponse(request, "consent/figures.html", context)


def _day_words(day: date) -> str:
    """A day, or the week that begins with it, as short as can be."""
    return formats.date_format(day, gettext("j M"))


def _as_csv(figures: Figures) -> HttpResponse:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("figure", "of", "measure", "value"))
    for figure, of, measure, value in as_rows(figures):
        # A topic may be called anything.
        harmless = f"'{of}" if of.startswith(("=", "+", "-", "@", "\t")) else of
        writer.writerow((figure, harmless, measure, value))
    name = f"consents-{figures.since.isoformat()}-{figures.until.isoformat()}.csv"
    return HttpResponse(
        text.getvalue().encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
