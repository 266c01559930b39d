"""The one settings file. `config.env` reads the environment; `.env.example` lists every variable."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from config.env import (
    BASE_DIR,
    base_domain,
    database_url,
    env,
    is_local,
    kept_key,
    port,
    redis_url,
    unified_environment,
    var_dir,
)

DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = var_dir()
PORT = port()
BASE_DOMAIN = base_domain()
OPERATORS_HOST = f"ops.{BASE_DOMAIN}"
IS_LOCAL = is_local()
# The port that people type: none behind a proxy that answers on 443.
PUBLIC_SCHEME = "http" if IS_LOCAL else "https"
PUBLIC_PORT_SUFFIX = f":{PORT}" if IS_LOCAL and PORT != 80 else ""

SECRET_KEY = kept_key("SECRET_KEY", "Set it to a long random text that stays the same across restarts.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
FIELD_ENCRYPTION_KEYS = kept_key(
    "FIELD_ENCRYPTION_KEY", "Set it to a Fernet key; `python manage.py make_key` prints one."
).split(",")

UNIFIED_API_URL = env.str("UNIFIED_API_URL", default="https://api.unified.to").rstrip("/")
UNIFIED_API_KEY = env.str("UNIFIED_API_KEY", default="")
UNIFIED_WORKSPACE_ID = env.str("UNIFIED_WORKSPACE_ID", default="")
UNIFIED_WORKSPACE_SECRET = env.str("UNIFIED_WORKSPACE_SECRET", default="")
UNIFIED_ENV = unified_environment()

DAGSTER_HOME = env.str("DAGSTER_HOME", default=str(VAR_DIR / "dagster"))
# Where the private Dagster webserver listens; a click posts launchRun there. Empty: the sensor starts the run instead.
DAGSTER_URL = env.str("DAGSTER_URL", default=f"http://127.0.0.1:{PORT + 2}").rstrip("/")
# Where runs queue for the workers; empty: the Redis server that also is the shared cache.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")

ALLOWED_HOSTS = [BASE_DOMAIN, f".{BASE_DOMAIN}"]
USE_X_FORWARDED_HOST = False

# Ours come first, so that our commands and templates win over a library's of the same name.
SHARED_APPS = [
    "tenants",
    "accounts",
    "etl_defs",
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "ninja",
]
TENANT_APPS = ["aging"]
INSTALLED_APPS = SHARED_APPS + TENANT_APPS

TENANT_MODEL = "tenants.Company"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_SYNC_ROUTER = "tenants.router.CompanyRouter"
DATABASE_ROUTERS = ["tenants.router.CompanyRouter"]
ROOT_URLCONF = "config.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
OPERATORS_URLCONF = "config.urls_ops"


def _role_password(role: str) -> str:
    """Log-in roles other than the owner are made by us; their passwords follow from SECRET_KEY."""
    return hmac.new(SECRET_KEY.encode(), f"database role {role}".encode(), hashlib.sha256).hexdigest()


def _databases() -> dict[str, Any]:
    owner = env.db_url_config(database_url())
    options = dict(owner.get("OPTIONS") or {})
    if "host" in options:  # a Unix socket's folder
        owner["HOST"] = options.pop("host")
    base = {**owner, "OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "TIME_ZONE": None}

    def login(suffix: str, **extra: Any) -> dict[str, Any]:
        role = f"{owner['NAME']}_{suffix}"
        pool = {"min_size": 0, "max_size": 10, "timeout": 5, "max_lifetime": 600}
        return {
            **base,
            "USER": role,
            "PASSWORD": _role_password(role),
            "OPTIONS": {**options, "pool": pool},
            **extra,
        }

    return {
        "default": login("tenant", ENGINE="tenants.backend", ROLE_PER_COMPANY=True),
        "control": login("control", ENGINE="django.db.backends.postgresql"),
        "owner": {**base, "ENGINE": "tenants.backend"},
    }


DATABASES = _databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_redis = redis_url()
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis}
    if _redis
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenants.middleware.CompanyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.MembershipMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "NAME": "jinja2",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "config.jinja.environment", "trim_blocks": True, "lstrip_blocks": True},
    },
    {
        "NAME": "django",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
# The frame around a company's pages, for packages that may not import the one that makes it.
COMPANY_SHELL = "aging.web.shell.company_shell"
WSGI_APPLICATION = "config.wsgi.application"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# A session outlives the browser but never the day; accounts.sessions ends it sooner when it is left alone.
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_SCHEME
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_FORMS = {"login": "accounts.forms.LogInForm", "signup": "accounts.forms.SignUpForm"}
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Ledgerline"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
USERSESSIONS_TRACK_ACTIVITY = False

# Browsers accept Secure and __Host- cookies on http://*.localhost; PLAIN_COOKIES=1 is for a client that does not.
_plain = env.bool("PLAIN_COOKIES", default=False) and IS_LOCAL
SESSION_COOKIE_NAME = "sid" if _plain else "__Host-sid"
CSRF_COOKIE_NAME = "csrf" if _plain else "__Host-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not _plain
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not IS_LOCAL:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        # The connect form is answered with a redirect to the authorization page, and forms may lead from the bare
        # domain to a company's own host: browsers check the targets of redirects too.
        "form-action": [
            "'self'",
            f"{PUBLIC_SCHEME}://{BASE_DOMAIN}{PUBLIC_PORT_SUFFIX}",
            f"{PUBLIC_SCHEME}://*.{BASE_DOMAIN}{PUBLIC_PORT_SUFFIX}",
            UNIFIED_API_URL,
            "https:",
        ],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Source maps are for debuggers; compressing them, and a second copy of everything, took 30 s of the first start.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "ico", "webp", "woff2", "gz", "br")

EMAIL_URL = env.str("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'mail'}")
vars().update(env.email_url_config(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Ledgerline <no-reply@{BASE_DOMAIN}>")

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
