"""A web site on this machine, for what downloads."""

import http.server
import threading
import time
from dataclasses import dataclass, field

import pytest


@dataclass
class Site:
    """What the server does, and what it was asked."""

    content: bytes = bytes(range(256)) * 4000  # 1,024,000 bytes
    tag: str = '"v1"'
    modified: str = ""
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)  # bytes before each cut
    answers: list[int] = field(default_factory=list)  # errors before the first answer
    shift: int = 0  # a wrong Content-Range
    length: bool = True
    silent_after: int = 0  # bytes, then nothing more comes
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server.site
        wanted = self.headers.get("Range", "")
        condition = self.headers.get("If-Range", "")
        site.asked.append((wanted, condition))
        first = int(wanted[6:-1]) if wanted and site.ranges else 0
        if condition and condition not in (site.tag, site.modified):
            first = 0
        if site.answers:
            self.send_error(site.answers.pop(0))
        elif first >= len(site.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(site.content)}")
            self.end_headers()
        else:
            self.give(site, first)

    def give(self, site, first):
        body = site.content[first:]
        place = f"bytes {first + site.shift}-{len(site.content) - 1}/*"
        heads = {
            "ETag": site.tag,
            "Last-Modified": site.modified,
            "Content-Range": place if first else "",
            "Content-Length": str(len(body)) if site.length else "",
        }
        self.send_response(206 if first else 200)
        for name in filter(heads.get, heads):
            self.send_header(name, heads[name])
        self.end_headers()
        if site.silent_after:
            self.wfile.write(body[: site.silent_after])
            site.silent_after = 0
            time.sleep(0.5)
            return
        self.wfile.write(body[: site.cut_after.pop(0)] if site.cut_after else body)


@pytest.fixture
def site():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.site = Site(url=f"http://127.0.0.1:{server.server_address[1]}/x.bin")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.site
        server.shutdown()
        thread.join()
