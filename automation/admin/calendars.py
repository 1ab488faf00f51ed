"""Opening hours as a table of the week, with the fortnight to come; away messages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin_base import KeptAdmin, ReadOnlyAdmin, display
from automation.away import away_text
from automation.calendars import Day, hours_of, preview
from automation.holiday_names import is_region, regions
from automation.hours import is_open, next_opening
from automation.models import AwayNotice, BusinessCalendar, NumberHours, SpecialDay
from automation.week_text import (
    Overlapping,
    Unreadable,
    as_json,
    from_json,
    read_day,
    write_day,
)
from automation.words import opening_words, unknown_places
from contacts.models import Contact

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMES = (
    *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday")),
    *(_("Saturday"), _("Sunday")),
)
_HOURS = _("9:00–12:00, 13:00–18:00. Empty: closed. 22:00–6:00 ends on the next day.")


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]
    """A line for each day of the week; one list for country and state."""

    region = forms.ChoiceField(
        label=capfirst(_("public holidays of")),
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text=_("Closed on these days, unless a special day says otherwise."),
    )

    class Meta:
        model = BusinessCalendar
        fields = ("name", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.fields.get("region")
        if not isinstance(region, forms.ChoiceField):
            return  # to be read only
        region.choices = [("", _("none")), *regions()]
        parts = (self.instance.country, self.instance.subdivision)
        region.initial = "-".join(part for part in parts if part)
        zones = [(name, name) for name in sorted(available_timezones())]
        self.fields["time_zone"] = forms.ChoiceField(
            label=capfirst(_("time zone")),
            choices=zones,
            initial=self.instance.time_zone,
            widget=UnfoldAdminSelect2Widget,
        )
        week = from_json(self.instance.week)
        for name, spans in zip(DAYS, week, strict=True):
            self.fields[name].initial = write_day(spans)

    def clean_region(self) -> str:
        region: str = self.cleaned_data["region"]
        country, _dash, part = region.partition("-")
        if region and not is_region(country, part):
            raise forms.ValidationError(_("We know no public holidays of this region."))
        return region

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        week = [self._read(name, cleaned.get(name, "")) for name in DAYS]
        self.instance.week = as_json(week)
        country, _dash, part = cleaned.get("region", "").partition("-")
        self.instance.country, self.instance.subdivision = country, part
        return cleaned

    def _read(self, name: str, text: str) -> Any:
        try:
            return read_day(text)
        except Unreadable:
            self.add_error(name, _("Please write hours like 9:00–12:00, 13:00–18:00."))
        except Overlapping:
            self.add_error(name, _("These hours lie over each other."))
        return ()


for _name, _label in zip(DAYS, _NAMES, strict=True):
    CalendarForm.base_fields[_name] = CalendarForm.declared_fields[_name] = forms.CharField(
        label=_label, required=False, max_length=120, widget=UnfoldAdminTextInputWidget
    )
CalendarForm.base_fields[DAYS[0]].help_text = _HOURS


class SpecialDayInline(TabularInline):
    model = SpecialDay
    extra = 0
    fields = ("name", "first_day", "last_day", "opens", "closes")


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(KeptAdmin):
    form = CalendarForm
    list_display = ("name", "show_state", "time_zone", "show_region", "show_week")
    search_fields = ("name",)
    inlines = (SpecialDayInline,)
    readonly_fields = ("show_preview",)

    def get_fieldsets(self, request: HttpRequest, obj: BusinessCalendar | None = None) -> Any:
        said = (
            (None, {"fields": ("name", "time_zone", "region")}),
            (_("Week"), {"fields": DAYS}),
        )
        ahead = (_("The next 14 days, as saved"), {"fields": ("show_preview",)})
        return (*said, ahead) if obj else said

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("special_days")

    @display(description=_("now"), label={True: "success", False: None})
    def show_state(self, calendar: BusinessCalendar) -> tuple[bool, str]:
        there = is_open(hours_of(calendar), timezone.now())
        return there, gettext("open") if there else gettext("closed")

    @display(description=_("public holidays of"))
    def show_region(self, calendar: BusinessCalendar) -> str:
        return "-".join(filter(None, (calendar.country, calendar.subdivision))) or "–"

    @display(description=_("week"))
    def show_week(self, calendar: BusinessCalendar) -> str:
        days = ((formats.date_format(_monday(n), "D"), spans) for n, spans in _week(calendar))
        return " · ".join(f"{day} {spans}" for day, spans in days if spans) or gettext("closed")

    @display(description=_("preview"))
    def show_preview(self, calendar: BusinessCalendar) -> SafeString:
        today = timezone.now().astimezone(hours_of(calendar).zone).date()
        rows = format_html_join(
            "",
            "<tr><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>",
            (_day_cells(day) for day in preview(calendar, today)),
        )
        return format_html(
            '<div class="consent-page"><table class="consent-table">{}</table></div>', rows
        )


def _week(calendar: BusinessCalendar) -> list[tuple[int, str]]:
    return [(at, write_day(spans)) for at, spans in enumerate(from_json(calendar.week))]


def _monday(step: int) -> date:
    """Some Monday, and the days after it."""
    return date(2026, 1, 5) + timedelta(days=step)


def _day_cells(day: Day) -> tuple[str, str, SafeString]:
    named = format_html("<b>{}</b>", day.name)
    when = formats.date_format(day.day, "D, j. F")
    return when, write_day(day.spans) or gettext("closed"), named


class NumberHoursForm(forms.ModelForm):  # type: ignore[type-arg]
    """Placeholders are checked: a customer shall never read one."""

    class Meta:
        model = NumberHours
        fields = (
            *("business_number", "calendar", "is_active"),
            *("away_de", "away_en", "holiday_de", "holiday_en"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("away_de", "away_en", "holiday_de", "holiday_en"):
            if name in self.fields:
                self.fields[name].widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("away_de", "away_en", "holiday_de", "holiday_en"):
            if unknown := unknown_places(cleaned.get(name, "")):
                message = _("Nothing would take the place of {{%(name)s}}.")
                error = forms.ValidationError(message, params={"name": unknown[0]})
                self.add_error(name, error)
        return cleaned


@admin.register(NumberHours)
class NumberHoursAdmin(KeptAdmin):
    form = NumberHoursForm
    list_display = ("business_number", "calendar", "show_state", "show_opens")
    list_select_related = ("business_number", "calendar")
    list_filter = ("is_active",)
    readonly_fields = ("show_preview",)

    def get_fieldsets(self, request: HttpRequest, obj: NumberHours | None = None) -> Any:
        said = (
            (None, {"fields": ("business_number", "calendar", "is_active")}),
            (_("Away message"), {"fields": ("away_de", "away_en")}),
            (_("On holidays"), {"fields": ("holiday_de", "holiday_en")}),
        )
        shown = (_("As a customer would read it now"), {"fields": ("show_preview",)})
        return (*said, shown) if obj else said

    def get_readonly_fields(self, request: HttpRequest, obj: NumberHours | None = None) -> Any:
        return (*self.readonly_fields, "business_number") if obj else self.readonly_fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("calendar__special_days")

    @display(description=_("away message"), label={True: "success", False: None})
    def show_state(self, hours: NumberHours) -> tuple[bool, str]:
        return hours.is_active, gettext("on") if hours.is_active else gettext("off")

    @display(description=_("somebody is there"))
    def show_opens(self, hours: NumberHours) -> str:
        calendar, now = hours_of(hours.calendar), timezone.now()
        if is_open(calendar, now):
            return gettext("now")
        opens = next_opening(calendar, now)
        local = opens.astimezone(calendar.zone) if opens else None
        language = get_language() or "de"
        return opening_words(local, now.astimezone(calendar.zone).date(), language)

    @display(description=_("preview"))
    def show_preview(self, hours: NumberHours) -> SafeString:
        shown = []
        for language in ("de", "en"):
            customer = Contact(name="Karla Kundin", language=language)
            with override(language):
                shown.append((language, away_text(hours, customer, timezone.now())))
        return format_html_join("", '<p class="mb-2"><b>{}</b> {}</p>', shown)


@admin.register(AwayNotice)
class AwayNoticeAdmin(ReadOnlyAdmin):
    """Who was told that nobody is there."""

    list_display = ("created_at", "conversation", "day")
    list_select_related = ("conversation__contact", "conversation__business_number")
    search_fields = ("=conversation__id", "conversation__contact__name")
    date_hierarchy = "day"
    fields = ("conversation", "day", "message", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        found = super().get_queryset(request)
        return found.prefetch_related("conversation__contact__identities")
