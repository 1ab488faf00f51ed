"""The one settings file. What differs between environments is read from the environment, here
and nowhere else; `docs/operations.md` lists every name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from helpdesk.admin_navigation import (
    COMMAND,
    PETROL,
    SIDEBAR,
    STYLES,
    admin_script,
    favicon,
)
from helpdesk.embedded.locations import database_url as embedded_database_url
from helpdesk.embedded.locations import redis_url as embedded_redis_url
from helpdesk.environment import Environment, celery_url, database_from_url
from helpdesk.file_settings import keep_icons, media_storage, scanner_url
from helpdesk.mail_settings import mail_settings, public_url
from helpdesk.queue_settings import TASK_ROUTES, TRANSPORT_OPTIONS
from helpdesk.rest_settings import DESCRIPTION, REST
from helpdesk.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# -- Environment  --
DEVELOPMENT_VALUES = {
    "SECRET_KEY": "development-secret-key-development-secret-key-development",
    "WHATSAPP_APP_SECRET": "development-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "development-verify-token",
}
DEBUG = env.flag("DEBUG", default=True)


def _secret(name: str) -> str:
    """A secret that has a development value, which production refuses."""
    value = env.text(name, DEVELOPMENT_VALUES[name] if DEBUG else None)
    if not DEBUG and value == DEVELOPMENT_VALUES[name]:
        raise ImproperlyConfigured(f"{name} still has its development value; set a secret one.")
    return value


SECRET_KEY = _secret("SECRET_KEY")
if not DEBUG and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters.")
# Older keys: still read what they signed and encrypted while a key is being replaced.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", [])
PORT = env.number("PORT", 8000, 1, 65535)
SIMULATOR_PORT = env.number("SIMULATOR_PORT", 8001, 1, 65535)
DATA_DIR = Path(env.text("HELPDESK_DATA_DIR", str(BASE_DIR / "var"))).resolve()

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
if not DEBUG and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the helpdesk's host names.")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])
for _origin in CSRF_TRUSTED_ORIGINS:
    if not _origin.startswith(("http://", "https://")):
        raise ImproperlyConfigured("CSRF_TRUSTED_ORIGINS must be a list of https:// origins.")

# Where customers reach us: what links in messages and mails begin with.
PUBLIC_URL = public_url(env, f"http://127.0.0.1:{PORT}" if DEBUG else "", ALLOWED_HOSTS)
# How long a link to a customer's own page is valid.
OWN_PAGE_HOURS = env.number("OWN_PAGE_HOURS", 24, 1, 7 * 24)

# How many proxies stand in front, each adding to X-Forwarded-For: whose requests are counted.
PROXIES = env.number("PROXIES", 0 if DEBUG else 1, 0, 10)

# -- Applications  --
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "helpdesk.admin_config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "helpdesk",
    "accounts",
    "contacts",
    "consent",
    "conversations",
    "whatsapp",
    "inbox",
    "automation",
    "api",
]
MIDDLEWARE = [
    "helpdesk.middleware.CompressTextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "helpdesk.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.AgentMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "helpdesk.urls"
ASGI_APPLICATION = "helpdesk.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# -- Database, Redis, Celery, Channels  --
# The embedded servers are a laptop's; production names its own.
DATABASE_URL = env.text("DATABASE_URL", embedded_database_url(DATA_DIR) if DEBUG else None)
DATABASES = {"default": database_from_url(DATABASE_URL)}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"]["OPTIONS"],  # type: ignore[dict-item]
    "pool": {
        "min_size": 1,
        "max_size": env.number("DATABASE_POOL_SIZE", 20, 1, 500),
        "timeout": 10,
    },
}
# A pooled connection is checked before use, so a restarted PostgreSQL costs no request.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.url(
    "REDIS_URL", embedded_redis_url(DATA_DIR) if DEBUG else None, ("redis", "rediss", "unix")
)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "helpdesk",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
CHANNEL_LAYERS = {
    "default": {
        # A pub/sub layer may drop what nobody hears; sequence numbers make that good.
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL}], "prefix": "helpdesk"},
    }
}

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", celery_url(REDIS_URL))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_ROUTES = TASK_ROUTES
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_TRANSPORT_OPTIONS = TRANSPORT_OPTIONS
# A publish that cannot reach Redis fails fast: the row is on disk and the sweeper finds it.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# -- WhatsApp  --
WHATSAPP_GRAPH_URL = env.url(
    "WHATSAPP_GRAPH_URL",
    f"http://127.0.0.1:{SIMULATOR_PORT}" if DEBUG else "https://graph.facebook.com",
    ("http", "https"),
)
WHATSAPP_API_VERSION = env.matching("WHATSAPP_API_VERSION", "v25.0", r"v\d{2,3}\.0", "v25.0")
WHATSAPP_APP_SECRET = _secret("WHATSAPP_APP_SECRET")
WHATSAPP_VERIFY_TOKEN = _secret("WHATSAPP_VERIFY_TOKEN")
WHATSAPP_ACCESS_TOKEN = env.text(
    "WHATSAPP_ACCESS_TOKEN", "development-access-token" if DEBUG else ""
)
WHATSAPP_PHONE_NUMBER_ID = env.matching(
    "WHATSAPP_PHONE_NUMBER_ID", "106853218861309" if DEBUG else "", r"\d*", "106853218861309"
)
WHATSAPP_BUSINESS_ACCOUNT_ID = env.matching(
    "WHATSAPP_BUSINESS_ACCOUNT_ID", "104996122399160" if DEBUG else "", r"\d*", "104996122399160"
)
WHATSAPP_TIMEOUT_S = env.number("WHATSAPP_TIMEOUT_S", 20, 1, 120)
CONVERSATIONS_GATEWAY = "whatsapp.gateway.WhatsAppGateway"
# Messages on their way at once, per process that sends.
OUTBOUND_CONNECTIONS = env.number("OUTBOUND_CONNECTIONS", 16, 1, 200)
OUTBOUND_LEASE = timedelta(seconds=180)
UNCONFIRMED_GRACE = timedelta(minutes=10)

# -- People, language, time  --
AUTH_USER_MODEL = "accounts.Agent"
AUTHENTICATION_BACKENDS = ["accounts.backends.AgentBackend"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "inbox:inbox"
FIRST_PAGE_URL = "start:first"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
SITE_NAME = env.text("SITE_NAME", "Nordlicht Bahn" if DEBUG else "Helpdesk")
TIME_ZONE = env.text("TIME_ZONE", "Europe/Berlin")

# Where browsers may be told from (Web Push): host names, "*." for those below, whole origins.
PUSH_SERVICES = env.words(
    "PUSH_SERVICES",
    [
        "fcm.googleapis.com",
        "*.push.services.mozilla.com",
        "*.notify.windows.com",
        "web.push.apple.com",
    ],
)

# -- Files  --
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ADD_HEADERS_FUNCTION = keep_icons
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": media_storage(env, MEDIA_ROOT),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Where the consent ledger's signed heads are written, to be copied to where we cannot reach them;
# and what signs them (base64 of 32 bytes). Without a key of its own, one that SECRET_KEY gives.
LEDGER_HEADS_DIR = Path(env.text("LEDGER_HEADS_DIR", str(DATA_DIR / "ledger-heads"))).resolve()
LEDGER_SIGNING_KEY = env.matching(
    "LEDGER_SIGNING_KEY", "", r"|[A-Za-z0-9+/]{43}=", "base64 of 32 random bytes"
)
# Public keys (base64) of signing keys that were replaced: what was signed with them counts.
LEDGER_EARLIER_KEYS = env.words("LEDGER_EARLIER_KEYS", [])
# An erasure begins only when another agent than who entered it approves it.
ERASURE_NEEDS_TWO = env.flag("ERASURE_NEEDS_TWO", default=False)
# Another admin than who uploaded a file of consents must confirm it.
IMPORT_NEEDS_TWO = env.flag("IMPORT_NEEDS_TWO", default=False)
# Files are scanned before anybody sees them when this names a clamd.
CLAMAV_URL = scanner_url(env)
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# -- Mail  --
_MAIL = mail_settings(env, DATA_DIR / "mail" if DEBUG else None)
EMAIL_BACKEND, EMAIL_FILE_PATH = _MAIL.backend, _MAIL.folder
EMAIL_HOST, EMAIL_PORT = _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.use_tls, _MAIL.use_ssl
EMAIL_TIMEOUT = _MAIL.timeout_s
DEFAULT_FROM_EMAIL = _MAIL.sender

# -- Security  --
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
if not DEBUG:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
    # Load balancers ask over plain HTTP; Meta is answered by the ASGI door before Django.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

# -- REST  --
REST_FRAMEWORK = REST
SPECTACULAR_SETTINGS = DESCRIPTION

# -- Admin  --
UNFOLD = {
    "SITE_TITLE": _("Helpdesk"),
    "SITE_HEADER": _("Helpdesk"),
    "SITE_SYMBOL": "forum",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": favicon}],
    "COLORS": {"primary": PETROL},
    "STYLES": STYLES,
    "SCRIPTS": [admin_script],
    "COMMAND": COMMAND,
    "SIDEBAR": SIDEBAR,
    "DASHBOARD_CALLBACK": "helpdesk.admin_overview.overview",
}

# -- Logs: events with ids, never message text or phone numbers  --
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "helpdesk.logs.LineFormatter",
            "fmt": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
    },
    "filters": {
        # "Not ready yet" is an answer, not an error.
        "not_readiness": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: "/readyz" not in record.getMessage(),
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["not_readiness"],
        }
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
SENTRY_DSN = env.text("SENTRY_DSN", "")
