"""An application around Django and `authlib`."""

import site_pages as pages
from site_pages import CLIENT

pages.configure(
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
)

from authlib.integrations.django_client import OAuth
from django.shortcuts import redirect
from django.urls import path


def keep(name, token, refresh_token=None, access_token=None):
    """Called when the library has used the refresh token."""
    kept.update(token)


kept = {}
oauth = OAuth(update_token=keep)
oauth.register(
    "postern",
    client_id=CLIENT["id"],
    client_secret=CLIENT["secret"],
    server_metadata_url=f"{CLIENT['issuer']}/.well-known/openid-configuration",
    client_kwargs={"scope": CLIENT["scope"], "code_challenge_method": "S256"},
)


def start(request):
    if "state" in request.GET:
        oauth.postern.validate_logout_response(request)
    if not kept:
        return pages.show({"user": None})
    return pages.show({"user": oauth.postern.userinfo(token=kept), "claims": kept["userinfo"], "access": kept["access_token"]})


def log_in(request):
    return oauth.postern.authorize_redirect(request, CLIENT["url"] + "/callback")


def callback(request):
    kept.update(oauth.postern.authorize_access_token(request))
    return redirect("/")


def refresh(request):
    # The library refreshes by itself what has expired.
    kept["expires_at"] = 1
    return redirect("/")


def log_out(request):
    id_token = kept["id_token"]
    kept.clear()
    return oauth.postern.logout_redirect(request, post_logout_redirect_uri=CLIENT["url"] + "/", id_token_hint=id_token)


urlpatterns = [
    path("", start),
    path("log-in", log_in),
    path("callback", callback),
    path("refresh", refresh),
    path("log-out", log_out),
]

pages.serve()
