"""A language model that always says the same, with the interface of OpenAI's: no model is asked, and no other host."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


def _choice(asked):
    asks_for_tool = asked.get("tools") and not any(message["role"] == "tool" for message in asked["messages"])
    if not asks_for_tool:
        return {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Because it is so."}}
    name = asked["tools"][0]["function"]["name"]
    used = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": '{"city": "Bonn"}'}}
    return {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": None, "tool_calls": [used]}}


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        base = {"id": "chatcmpl-1", "created": 1700000000, "model": asked["model"]}
        if asked["model"] == "broken":
            return self._send(400, {"error": {"message": "this model is broken", "type": "invalid_request_error"}})
        if self.path.endswith("/embeddings"):
            data = [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}]
            return self._send(200, {"object": "list", "data": data, "model": asked["model"], "usage": {"prompt_tokens": 2, "total_tokens": 2}})
        if asked.get("stream"):
            words = ["Because ", "it is so."]
            chunks = [{**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None}]} for word in words]
            chunks.append({**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
            return self._write(200, "text/event-stream", text.encode())
        return self._send(200, {**base, "object": "chat.completion", "choices": [_choice(asked)], "usage": USAGE})

    def _send(self, status, value):
        self._write(status, "application/json", json.dumps(value).encode())

    def _write(self, status, kind, data):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def start():
    """Its base URL; it ends with the process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/v1"
