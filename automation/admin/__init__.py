"""The automation room in Django admin: opening hours, rules, service levels, satisfaction."""

from automation.admin import calendars, rules, service_levels, surveys

__all__ = ["calendars", "rules", "service_levels", "surveys"]
