"""Receives webhooks: writes down the bodies whose signature is right, as its folder's file `secret` has it.

The first request gets 503, as of a receiver that is just coming up. Verifies as the manual's example does. Ends with
its standard input.
"""

import http.server
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from manual_example import example

folder = pathlib.Path(sys.argv[1])
verify = example("notifications.md", "verify")
requests = 0


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global requests
        requests += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 503
        if requests > 1:
            try:
                verify((folder / "secret").read_text(), self.headers, body)
                with open(folder / "verified", "ab") as file:
                    file.write(body + b"\n")
                status = 204
            except ValueError:
                status = 400
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
