"""What the applications in Python share: their settings, their pages, and a server."""

import json
import os
from html import escape
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.http import HttpResponse

CLIENT = json.loads(os.environ["CLIENT"])


class Server(ThreadingMixIn, WSGIServer):
    # A browser opens connections before it needs them, and each keeps a thread.
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def configure(**more):
    """Sets Django up, with sessions in memory."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="nothing that is worth anything",
        ROOT_URLCONF="__main__",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        DEBUG=True,
        USE_TZ=True,
        **more,
    )
    import django

    django.setup()


def show(value):
    """A page that shows a value."""
    text = escape(json.dumps(value))
    return HttpResponse(f'<!doctype html><html lang="en"><title>Client</title><link rel="icon" href="data:,"><h1>Client</h1><pre>{text}</pre>')


def serve():
    """Serves the application until the process ends."""
    from django.core.wsgi import get_wsgi_application

    make_server("127.0.0.1", CLIENT["port"], get_wsgi_application(), Server, Quiet).serve_forever()
