"""What views of the thread share: a message as its bubble, a form as what it says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.middleware import AgentRequest
from conversations.errors import Malformed
from conversations.models import Message
from conversations.selectors import bubble_messages


def draw_bubble(request: AgentRequest, message: Message, status: int = 201) -> HttpResponse:
    drawn = bubble_messages([message.pk])[message.pk]
    return render(request, "inbox/bubble.html", {"message": drawn}, status=status)


def bubble_html(message: Message) -> str:
    drawn = bubble_messages([message.pk])[message.pk]
    return render_to_string("inbox/bubble.html", {"message": drawn})


def cleaned(form: forms.Form) -> dict[str, Any]:
    """What the form holds; raises `Malformed`."""
    if not form.is_valid():
        raise Malformed({name: [str(e) for e in found] for name, found in form.errors.items()})
    return form.cleaned_data
