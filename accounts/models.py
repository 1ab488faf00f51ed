"""Agents, teams, roles and API tokens: who works here and what they may do."""

from __future__ import annotations

import hashlib
import secrets
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.demo import may_enter


class Role(models.TextChoices):
    """What an agent may do. `conversations/access.py` says what each may see."""

    ADMIN = "admin", _("Admin")
    LEAD = "lead", _("Team lead")
    AGENT = "agent", _("Agent")
    READ_ONLY = "read_only", _("Read-only")


class Team(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class AgentManager(BaseUserManager["Agent"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> Agent:
        agent = self.model(email=self.normalize_email(email).lower(), **fields)
        agent.set_password(password)
        agent.save(using=self._db)
        return agent

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> Agent:
        return self.create_user(
            email, password, **{"role": Role.ADMIN, "is_superuser": True, **fields}
        )

    def get_by_natural_key(self, username: str | None) -> Agent:
        return self.get(email__iexact=username)


class Agent(AbstractBaseUser, PermissionsMixin):
    """A staff member, signed in by e-mail address."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.AGENT)
    teams = models.ManyToManyField(Team, related_name="agents", blank=True, verbose_name=_("teams"))
    language = models.CharField(
        _("language"), max_length=5, choices=[("de", "Deutsch"), ("en", "English")], default="de"
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[AgentManager] = AgentManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="agent_email_whatever_its_case"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether Django admin lets this agent in."""
        return self.is_active and (self.is_superuser or self.role == Role.ADMIN)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Admins may everything that an admin page offers; nobody else enters. Roles, not
        hand-set permissions, decide."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @property
    def may_write(self) -> bool:
        return self.is_active and self.role != Role.READ_ONLY

    @property
    def sees_all_teams(self) -> bool:
        return self.role in (Role.ADMIN, Role.LEAD)

    @property
    def initials(self) -> str:
        words = (self.name or self.email).split()
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


class ApiToken(models.Model):
    """A REST token. Only its digest is stored; the token itself is shown once."""

    PREFIX = "hd_"

    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("agent")
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("ends with"), max_length=4, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"…{self.hint}"

    @staticmethod
    def digest_of(token: str) -> str:
        """SHA-256 is enough: the token has 256 random bits, nobody guesses it."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, agent: Agent, name: str = "") -> str:
        """Store a new token for `agent` and return it, this one time."""
        token = cls.PREFIX + secrets.token_urlsafe(32)
        cls.objects.create(agent=agent, name=name, digest=cls.digest_of(token), hint=token[-4:])
        return token

    @classmethod
    def agent_of(cls, token: str) -> Agent | None:
        """The active agent a token speaks for, or None."""
        row = (
            cls.objects.select_related("agent")
            .filter(digest=cls.digest_of(token), revoked_at=None, agent__is_active=True)
            .first()
        )
        if row is None or not may_enter(row.agent.email):
            return None
        now = timezone.now()
        if row.last_used_at is None or (now - row.last_used_at).total_seconds() > 60:
            cls.objects.filter(pk=row.pk).update(last_used_at=now)
        return row.agent


class Severity(models.TextChoices):
    INFO = "info", _("For information")
    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")


class AdminNotice(models.Model):
    """Something a person must see to. `accounts/notices.py` raises and settles them.

    One row per `kind` and `subject` (`"number:3"`, `"template:17"`) until it is settled; raised
    again meanwhile, it counts. `text` is an English sentence of the catalogues with `params`.
    """

    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("concerns"), max_length=120, blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    text = models.TextField(_("what happened"))
    params = models.JSONField(default=dict, blank=True)
    link = models.CharField(_("where to see to it"), max_length=200, blank=True)
    raised_at = models.DateTimeField(_("raised at"))
    last_raised_at = models.DateTimeField(_("last raised at"))
    times = models.PositiveIntegerField(_("times"), default=1)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("settled by"),
    )

    class Meta:
        ordering = ("-last_raised_at", "-id")
        verbose_name = _("admin notice")
        verbose_name_plural = _("admin notices")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject"),
                condition=models.Q(settled_at=None),
                name="admin_notice_once_until_settled",
            ),
        )

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """What happened, in the reader's language."""
        return gettext(self.text) % self.params if self.params else gettext(self.text)
