"""
An example of what a team runs to be sent its alerts by webhook: checked, kept once, and answered.

    pip install cryptography
    hub outbound verifier > verify_webhook.py                 # at the hub; or copy hub/outbound/verifier.py
    python webhook_receiver.py inbox.db 8000 whpk_...         # behind TLS; the key that `hub outbound keygen` printed

Every alert is a row of `inbox`; what takes it from there is the team's own system.
"""

import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from verify_webhook import WebhookError, verify

MOST = 2 << 20  # bytes of one webhook
TABLE = "create table if not exists inbox (id text primary key, body text not null)"


class Receiver(BaseHTTPRequestHandler):
    timeout = 20

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST:
            return self.answer(413)
        body = self.rfile.read(int(length))
        try:
            id = verify(self.headers, body, self.server.keys)
        except WebhookError:
            return self.answer(400)
        with closing(sqlite3.connect(self.server.file)) as inbox, inbox:
            # One act, so a message is neither lost nor taken twice; one that is known is answered like a new one.
            inbox.execute("insert or ignore into inbox values (?, ?)", (id, body.decode()))
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """A line for each alert would be one more place that holds them."""


def main(file, port, *keys):
    with closing(sqlite3.connect(file)) as inbox:
        inbox.execute(TABLE)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
    server.file, server.keys = file, keys
    print(f"127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
