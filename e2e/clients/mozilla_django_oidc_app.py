"""An application around Django and `mozilla-django-oidc`. After two seconds it asks the portal silently whether the user is still there."""

from urllib.parse import urlencode

import site_pages as pages
from site_pages import CLIENT

ISSUER = CLIENT["issuer"]

pages.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:app?mode=memory&cache=shared"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "mozilla_django_oidc"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "mozilla_django_oidc.middleware.SessionRefresh",
    ],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    OIDC_RP_CLIENT_ID=CLIENT["id"],
    OIDC_RP_CLIENT_SECRET=CLIENT["secret"],
    OIDC_RP_SCOPES="openid email",
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}/oidc/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}/oidc/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}/oidc/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/oidc/keys",
    OIDC_OP_LOGOUT_URL_METHOD="__main__.log_out_at_portal",
    OIDC_USE_PKCE=True,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS=2,
    ALLOW_LOGOUT_GET_METHOD=True,
    LOGIN_REDIRECT_URL="/",
    LOGOUT_REDIRECT_URL="/",
)

from django.core.management import call_command
from django.urls import path
from mozilla_django_oidc import views


def log_out_at_portal(request):
    parameters = {"id_token_hint": request.session["oidc_id_token"], "post_logout_redirect_uri": CLIENT["url"] + "/"}
    return f"{ISSUER}/oidc/sign-out?{urlencode(parameters)}"


def start(request):
    return pages.show({"user": {"email": request.user.email} if request.user.is_authenticated else None})


urlpatterns = [
    path("", start),
    path("log-in", views.OIDCAuthenticationRequestView.as_view(), name="oidc_authentication_init"),
    path("callback", views.OIDCAuthenticationCallbackView.as_view(), name="oidc_authentication_callback"),
    path("log-out", views.OIDCLogoutView.as_view(), name="oidc_logout"),
]

call_command("migrate", verbosity=0)
pages.serve()
