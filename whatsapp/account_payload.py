"""Meta's fields that speak of accounts and numbers, as structs; see `whatsapp/payload.py`."""

from __future__ import annotations

from typing import Any

from whatsapp.payload import Base, Scalar


class BanIn(Base):
    waba_ban_state: Any = None
    waba_ban_date: Scalar = None


class RestrictionIn(Base):
    restriction_type: str | None = None
    expiration: Scalar = None


class ViolationIn(Base):
    violation_type: str | None = None


class WabaIn(Base):
    waba_id: Scalar = None
    owner_business_id: Scalar = None


class AccountUpdateIn(Base):
    event: str | None = None
    waba_info: Any = None
    phone_number: Scalar = None
    ban_info: Any = None
    restriction_info: Any = None
    violation_info: Any = None


class AlertIn(Base):
    alert_severity: str | None = None
    alert_status: str | None = None
    alert_type: str | None = None
    alert_description: str | None = None


class AlertOfIn(Base):
    entity_type: str | None = None
    entity_id: Scalar = None
    alert_info: Any = None


class NumberIn(Base):
    """What the fields about one number share, and what each adds."""

    display_phone_number: Scalar = None
    event: str | None = None
    decision: str | None = None
    requested_verified_name: str | None = None
    current_limit: Scalar = None
    max_daily_conversations_per_business: Scalar = None
    username: str | None = None
    status: str | None = None


class CapabilityIn(Base):
    max_daily_conversations_per_business: Scalar = None
    max_daily_conversation_per_phone: Scalar = None
    max_phone_numbers_per_business: Scalar = None
    max_phone_numbers_per_waba: Scalar = None


class FlowIn(Base):
    event: str | None = None
    flow_id: Scalar = None
    new_status: str | None = None
    message: str | None = None


class PaymentIn(Base):
    configuration_name: str | None = None
    status: str | None = None
