"""The one table of what WhatsApp takes (reference, section 7.1), for composer, API and worker."""

from __future__ import annotations

from conversations.gateway import ContentLimits

LIMITS = ContentLimits(
    text=4096,
    caption=1024,
    body=1024,
    list_body=4096,
    header=60,
    footer=60,
    buttons=3,
    button_title=20,
    button_id=256,
    list_button=20,
    sections=10,
    rows=10,  # of all sections together
    section_title=24,
    row_id=200,
    row_title=24,
    row_description=72,
    link_text=20,
    url=2000,
    flow_button=30,
    products=30,
    contacts=257,
    card_body=160,
    cards=10,
    template_value=1024,  # a whole body has no more
    template_body=1024,
    coupon_code=15,
    payload=256,
    reaction_days=30,
)
