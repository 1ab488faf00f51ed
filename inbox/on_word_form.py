"""The form by which an agent writes down what a customer said about being written to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from consent.models import Act, Topic
from contacts.models import Contact
from conversations.errors import Malformed
from conversations.services.consent_on_word import (
    ACTS,
    LONGEST_EVIDENCE,
    LONGEST_WORDS,
    OnWord,
    may_record,
    record_on_word,
)

_SENTENCES = {
    Act.WITHDRAWN: _("No longer wants to be written to"),
    Act.GRANTED: _("Agreed to be written to"),
}


class OnWordForm(forms.Form):
    """`reference` makes of a double click one entry."""

    reference = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    act = forms.ChoiceField(label=_("What the customer said"))
    topic = forms.ChoiceField(label=_("About"), required=False)
    words = forms.CharField(label=_("In their words"), max_length=LONGEST_WORDS)
    occurred_at = forms.DateTimeField(label=_("When"), required=False)
    evidence = forms.CharField(
        label=_("How and where"), max_length=LONGEST_EVIDENCE, required=False
    )

    def __init__(self, agent: Agent, data: Any = None) -> None:
        super().__init__(data, initial={"act": Act.WITHDRAWN}, prefix="word", auto_id="%s")
        self.agent = agent
        acts = [(str(act), _SENTENCES[act]) for act in ACTS if may_record(agent, act)]
        topics = [(topic.key, str(topic)) for topic in Topic.objects.filter(is_active=True)]
        self.fields["act"].choices = acts  # type: ignore[attr-defined]
        self.fields["topic"].choices = [("", _("All news and offers")), *topics]  # type: ignore[attr-defined]

    @property
    def may_grant(self) -> bool:
        return may_record(self.agent, Act.GRANTED)

    def write_down(self, contact: Contact) -> bool:
        """Whether it is in the ledger now; else the fields say what is wrong."""
        data = self.cleaned_data
        said = OnWord(
            act=data["act"],
            topic=data["topic"],
            words=data["words"],
            evidence=data["evidence"],
            occurred_at=data["occurred_at"],
            reference=str(data["reference"]),
        )
        try:
            record_on_word(contact, said, self.agent)
        except Malformed as error:
            for name, words in error.errors.items():
                self.add_error(name if name in self.fields else None, [str(w) for w in words])
        return not self.errors
