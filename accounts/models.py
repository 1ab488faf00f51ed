"""Agents, teams, roles and API tokens: who works here and what they may do."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.demo import may_enter
from accounts.sayings import details, filled
from accounts.team_model import Team as Team  # noqa: PLC0414 (others know it from here)

LANGUAGE_CODE = RegexValidator(
    r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z", _("Language codes look like “de” or “pt-BR”.")
)


class Role(models.TextChoices):
    """What an agent may do. `conversations/access.py` says what each may see."""

    ADMIN = "admin", _("Admin")
    LEAD = "lead", _("Team lead")
    AGENT = "agent", _("Agent")
    READ_ONLY = "read_only", _("Read-only")


class Availability(models.TextChoices):
    """What agents say of themselves; whether they are there is `accounts/presence.py`'s."""

    ONLINE = "online", _("online")
    AWAY = "away", _("away")


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
    availability = models.CharField(
        _("says they are"),
        max_length=8,
        choices=Availability,
        default=Availability.ONLINE,
        db_default=Availability.ONLINE,
    )
    capacity = models.PositiveSmallIntegerField(
        _("conversations at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: no limit. What is handed out by itself keeps to it."),
    )
    languages = ArrayField(
        models.CharField(max_length=10, validators=[LANGUAGE_CODE]),
        verbose_name=_("answers in"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Codes like “de, en, da”, separated by commas. Empty: any language."),
    )
    # When a conversation was handed to them by itself last: whose turn it is.
    given_at = models.DateTimeField(_("last given one"), null=True, blank=True, editable=False)
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
    def sees_all_numbers(self) -> bool:
        """Whether no business number is closed to this agent: nothing at all is hidden."""
        return self.role == Role.ADMIN

    @property
    def sees_all_teams(self) -> bool:
        """Whether this agent sees every team's work on the business numbers open to them."""
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


class Invitation(models.Model):
    """A colleague whom an admin asked in. `accounts/invitations.py` makes, sends and ends them.

    The link is signed and holds `nonce`; a new nonce ends the links before it. Nothing of it is a
    password: whoever opens the link sets one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.AGENT)
    teams = models.ManyToManyField(Team, related_name="+", blank=True, verbose_name=_("teams"))
    language = models.CharField(
        _("language"), max_length=5, choices=[("de", "Deutsch"), ("en", "English")], default="de"
    )
    nonce = models.CharField(max_length=32, editable=False)
    invited_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("invited at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    agent = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agent"),
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_once_while_open",
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None

    @property
    def is_over(self) -> bool:
        """Open, but its link is too old."""
        return self.is_open and self.expires_at <= timezone.now()


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
        return filled(self.text, self.params)

    @property
    def details(self) -> str:
        """What somebody else (Meta) said of it, as they said it; often empty."""
        return details(self.params)


UNDO_SECONDS = 10
LONGEST_UNDO_S = 60


def check_time_zone(name: str) -> None:
    """Raises `ValidationError` for a name that no time zone has."""
    if name not in available_timezones():
        raise ValidationError(_("No time zone has this name."))


class Preferences(models.Model):
    """What agents set for themselves. One row per agent who ever changed something;
    `accounts/preferences.py` gives the others defaults."""

    agent = models.OneToOneField(
        Agent,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="preferences",
        verbose_name=_("agent"),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[check_time_zone],
        help_text=_("Empty: the company's."),
    )
    undo_send_s = models.PositiveSmallIntegerField(
        _("seconds to take a message back"),
        default=UNDO_SECONDS,
        validators=[MaxValueValidator(LONGEST_UNDO_S)],
        help_text=_("0: messages leave at once."),
    )
    desktop_notifications = models.BooleanField(_("desktop notifications"), default=True)
    push_notifications = models.BooleanField(_("also when the page is closed"), default=True)
    sound = models.BooleanField(_("sound"), default=True)
    title_count = models.BooleanField(_("number in the title"), default=True)
    badge = models.BooleanField(_("dot on the icon"), default=True)
    show_text = models.BooleanField(
        _("first words of the message in desktop notifications"), default=True, db_default=True
    )

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return str(self.agent)

    @property
    def zone(self) -> str:
        return self.time_zone or settings.TIME_ZONE
