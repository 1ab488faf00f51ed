"""Background work of this room."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from accounts import invitations


@shared_task(name=invitations.SEND_TASK)
def send_invitation(invitation_id: str) -> None:
    """One mail with a link to join; nothing when it has left or is over."""
    invitations.send_mail(UUID(invitation_id))
