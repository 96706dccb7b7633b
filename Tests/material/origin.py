"""A small origin for tests: the same answers over http and https on the loopback address.

Usage: origin.py CERTIFICATE KEY; prints the two ports as JSON, then serves until its standard input ends.
"""

import http.server
import json
import ssl
import sys
import threading


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path.startswith("/redirect?"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path.startswith("/broken?"):
            secret = self.headers.get("Authorization", "")
            self.wfile.write({
                "line": f"HTTP/1.1 2x0 {secret}\r\n\r\n", "field": f"HTTP/1.1 200 OK\r\n{secret.replace(' ', '-')}\x01: x\r\n\r\n",
                "length": f"HTTP/1.1 200 OK\r\nContent-Length: {secret}\r\n\r\n"}[self.path.partition("?")[2]].encode())
            self.close_connection = True
            return
        report = json.dumps({
            "method": self.command, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
            "bytes": len(body), "secure": isinstance(self.connection, ssl.SSLSocket)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            report = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (report[:7], report[7:], b""))
        else:
            self.send_header("Content-Length", str(len(report)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(report)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

    def log_message(self, *arguments):
        pass


def serve(context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
print(json.dumps({"http": serve(), "https": serve(context)}), flush=True)
sys.stdin.read()
