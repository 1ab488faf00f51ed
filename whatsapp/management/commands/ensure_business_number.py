"""`manage.py ensure_business_number`: the first business number, as the environment names it."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from whatsapp.services import ensure_number_from_settings


class Command(BaseCommand):
    help = "Configure the business number of WHATSAPP_PHONE_NUMBER_ID (again and again: once)."

    def handle(self, *args: object, **options: object) -> None:
        """Say which number it is, or that the environment names none."""
        number = ensure_number_from_settings()
        if number is None:
            self.stdout.write("WHATSAPP_PHONE_NUMBER_ID is not set: no business number made.")
        else:
            self.stdout.write(f"business number {number.phone_number_id}")
