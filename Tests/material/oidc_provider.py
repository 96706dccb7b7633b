"""A real OpenID provider, oidc-provider-mock, for tests of logins: oidc_provider.py FOLDER [PORT].

Prints its port. Where FOLDER has a file `fault`, it does what that names: another `issuer`, `nonce` or `audience` in its
tokens, an unknown `key`, none at all (`nameless`), `expired` and `unsigned` ones, or `discovery`, which names another
issuer. Ends with its standard input.
"""

import pathlib
import sys
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".build/material/oidc"))

import flask
import werkzeug.serving
from oidc_provider_mock import _app

folder = pathlib.Path(sys.argv[1])


def fault():
    path = folder / "fault"
    return path.read_text() if path.exists() else ""


class Code(_app.OpenIDCode):
    def get_jwt_config(self, grant, client=None):
        config = super().get_jwt_config(grant, client)
        if fault() != "nameless":
            config["kid"] = "unknown" if fault() == "key" else _app.storage.jwk.thumbprint()
        if fault() == "issuer":
            config["iss"] = "https://evil.example"
        if fault() == "audience":
            config["aud"] = ["another client"]
        if fault() == "expired":
            config["exp"] = -3600
        return config

    def get_authorization_code_claims(self, code):
        claims = super().get_authorization_code_claims(code)
        return dict(claims, nonce="another nonce") if fault() == "nonce" else claims

    def encode_id_token(self, token, request):
        text = super().encode_id_token(token, request)
        text = text if isinstance(text, str) else text.decode()
        if fault() == "unsigned":
            text = ".".join(["eyJhbGciOiJub25lIn0", text.split(".")[1], ""])
        return text


_app.OpenIDCode = Code
app = _app.app()
app.debug = False


@app.after_request
def discovery(response):
    if fault() == "discovery" and flask.request.path.startswith("/.well-known/"):
        response.set_data(response.get_data().replace(b'"issuer": "http://', b'"issuer": "http://evil.'))
    return response


@app.after_request
def state(response):
    """With a refusal, too: RFC 6749 section 4.1.2.1."""
    given = flask.request.args.get("state")
    if given and "error=" in (response.location or "") and "state=" not in response.location:
        response.location += "&state=" + urllib.parse.quote(given)
    return response


port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
werkzeug.serving.WSGIRequestHandler.log = lambda *words: None
server = werkzeug.serving.make_server("127.0.0.1", port, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
