"""A real HTTP server that speaks OpenAI's chat protocol, and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the server does with one request."""

    text: str | None = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # sent in place of a reply of the protocol
    usage: tuple[int, int] | None = (100, 10)
    finish: str = "stop"
    refusal: str | None = None
    logprobs: Body | None = None
    wait: float = 0.0  # seconds before anything is sent
    cut: bool = False  # the connection closes halfway
    drip: float = 0.0  # seconds between single bytes


class Server:
    """Answers by a function of the request's body and its number, and keeps what it was asked."""

    def __init__(self, behave: Callable[[Body, int], Reply]) -> None:
        self.behave = behave
        self.keep = True  # otherwise only the first request is kept
        self.bodies: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        self.url = ""
        self.replies: list[Reply] = []

    def charged(self) -> int:
        """Tokens of all replies that went out with a usage."""
        return sum(sum(reply.usage) for reply in self.replies if reply.usage and reply.status == 200)


@contextmanager
def serving(behave: Callable[[Body, int], Reply]) -> Iterator[Server]:
    """Runs a server while the block does."""
    server = Server(behave)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                number = len(server.bodies)
                if server.keep or number == 0:
                    server.bodies.append(body)
                    server.headers.append(dict(self.headers))
                server.at_once += 1
                server.most_at_once = max(server.most_at_once, server.at_once)
            try:
                reply = server.behave(body, number)
                if server.keep:
                    with server.lock:
                        server.replies.append(reply)
                self.send(reply, stream=bool(body.get("stream")))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with server.lock:
                    server.at_once -= 1

        def send(self, reply: Reply, *, stream: bool) -> None:
            time.sleep(reply.wait)
            content = reply.raw
            if content is None:
                content = streamed(reply) if stream else whole(reply)
            head = f"HTTP/1.1 {reply.status} X\r\nContent-Length: {len(content)}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items()) + "\r\n"
            self.wfile.write(head.encode())
            sent = content[: len(content) // 2] if reply.cut else content
            if reply.drip:
                for byte in sent:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(reply.drip)
            else:
                self.wfile.write(sent)
            self.close_connection = reply.cut

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_address[1]}/v1"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def whole(reply: Reply) -> bytes:
    """Returns a reply in one piece."""
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish, "logprobs": reply.logprobs}
    return json.dumps(envelope("chat.completion", choice) | counted(reply)).encode()


def streamed(reply: Reply) -> bytes:
    """Returns a reply as server-sent events, three characters each."""
    text = reply.text or ""
    events: list[Body] = []
    for start in range(0, len(text), 3):
        delta = {"content": text[start : start + 3]}
        events.append(envelope("chat.completion.chunk", {"index": 0, "delta": delta, "finish_reason": None}))
    last = {"index": 0, "delta": {}, "finish_reason": reply.finish}
    events.append(envelope("chat.completion.chunk", last))
    events.append(envelope("chat.completion.chunk", None) | counted(reply))
    lines = [": awake", *(f"data: {json.dumps(event)}" for event in events), "data: [DONE]"]
    return "\n\n".join(lines).encode() + b"\n\n"


def envelope(kind: str, choice: Body | None) -> Body:
    return {"id": "1", "object": kind, "created": 0, "model": "m", "choices": [] if choice is None else [choice]}


def counted(reply: Reply) -> Body:
    if reply.usage is None:
        return {}
    tokens_in, tokens_out = reply.usage
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    return {"usage": usage}
