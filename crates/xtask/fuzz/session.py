"""Requests of an administrator, for schemathesis: a session with a second factor, and ids that exist.

The second factor is computed by pyotp, which shares no code with the portal.
"""

import os
import time

import pyotp
import requests
import schemathesis

URL = os.environ["POSTERN_FUZZ_URL"]
LOG_IN = {"email": os.environ["POSTERN_FUZZ_EMAIL"], "password": os.environ["POSTERN_FUZZ_PASSWORD"]}


def cookies(answer):
    """The `Cookie` header for the next request. The cookies are `Secure`, so `requests` would not send them over HTTP."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in answer.cookies)


class Administrator:
    """The administrator of the account that is tried."""

    def __init__(self):
        self.key = None
        self.account = None
        self.users = []
        self.cookies = None

    def session(self):
        """The `Cookie` header of a session that has not ended. Many routes answer 401 without ending it."""
        mine = requests.get(f"{URL}/api/me/sessions", headers={"Cookie": self.cookies or ""})
        if mine.status_code != 200:
            self.cookies = self.log_in()
        return self.cookies

    def log_in(self):
        """Logs in with a new code; the `Cookie` header."""
        answer = requests.post(f"{URL}/api/sign-in", json=LOG_IN)
        step = answer.json()
        if step["step"] == "set_up":
            self.key = step["security_key"].replace(" ", "")
            route = "/api/set-up/confirm"
        else:
            time.sleep(30)
            route = "/api/sign-in/code"
        code = {"code": pyotp.TOTP(self.key).now()}
        answer = requests.post(f"{URL}{route}", json=code, headers={"Cookie": cookies(answer)})
        self.account = answer.json()["accounts"][0]["id"]
        users = f"{URL}/api/accounts/{self.account}/users?per_page=100"
        page = requests.get(users, headers={"Cookie": cookies(answer)}).json()
        self.users = [user["id"] for user in page["items"] if user["email"] != LOG_IN["email"]]
        return cookies(answer)


ADMINISTRATOR = Administrator()


@schemathesis.auth(refresh_interval=500)
class Session:
    """Sends every request with the administrator's cookies. A code stays fresh for ten minutes."""

    def get(self, case, context):
        return ADMINISTRATOR.session()

    def set(self, case, data, context):
        case.headers["Cookie"] = data


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Ids that exist, in three of four requests."""
    for name, known in [("account", [ADMINISTRATOR.account]), ("user", ADMINISTRATOR.users)]:
        value = path_parameters.get(name) if path_parameters else None
        if value is not None and any(known) and len(str(value)) % 4:
            path_parameters[name] = known[len(str(value)) % len(known)]
    return path_parameters
