"""What refstack-client needs around it: a stream to upload, and a cloud with a Tempest to run.

    refstack_refstack_client.py stream FILE             writes a stream of version 1, as Tempest's runner keeps it
    refstack_refstack_client.py test CPID ARGUMENTS...  is `refstack-client test ARGUMENTS...`

The latter is the program's own code from its arguments to its upload, and it runs the real Tempest. Two things are
played: Tempest's folder, which the package fixes and which has five tests here that need no cloud, and the cloud's
Keystone, which says the id that becomes the result's `cpid`.
"""

import http.server
import json
import os
import sys
import threading

import testtools
from subunit import TestProtocolClient

STREAM = [
    ("tempest.api.Servers.test_boot[id-7b1c0f6a-0000-4000-8000-000000000001,smoke]", "addSuccess"),
    ("tempest.api.Servers.test_boot[id-7b1c0f6a-0000-4000-8000-000000000001,smoke]", "addSuccess"),
    ("tempest.api.Images.test_scenario[gate](größe)", "addSuccess"),
    ("setUpClass (tempest.api.Broken)", "addFailure"),
    ("tempest.api.Servers.test_resize[id-7b1c0f6a-0000-4000-8000-000000000002]", "addFailure"),
    ("tempest.api.Servers.test_error", "addError"),
    ("tempest.api.Servers.test_skip", "addSkip"),
    ("tempest.plain", "addSuccess"),
]

CHECKS = '''
from testtools import TestCase
from testtools.testcase import WithAttributes, attr


class Servers(WithAttributes, TestCase):
    @attr("id-7b1c0f6a-0000-4000-8000-000000000001", "smoke")
    def test_boot(self):
        pass

    @attr("id-7b1c0f6a-0000-4000-8000-000000000002")
    def test_resize(self):
        self.fail("out of memory")

    @attr("id-7b1c0f6a-0000-4000-8000-000000000003")
    def test_new_name(self):
        pass

    @attr("id-7b1c0f6a-0000-4000-8000-000000000004")
    def test_flagged(self):
        pass

    @attr("id-7b1c0f6a-0000-4000-8000-000000000005")
    def test_nobody_asks_for(self):
        pass
'''


def stream(path):
    with open(path, "wb") as file:
        client = TestProtocolClient(file)
        for name, outcome in STREAM:
            test = testtools.PlaceHolder(name)
            client.startTest(test)
            reason = {"addSkip": ["no network"]}.get(outcome)
            if outcome in ("addFailure", "addError"):
                getattr(client, outcome)(test, details={"log": testtools.content.text_content("größer\n]\n")})
            else:
                getattr(client, outcome)(test, *(reason or []))
            client.stopTest(test)


def keystone(cpid):
    """The address of a server that says this id of itself, whoever asks."""

    class Keystone(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            body = json.dumps({"token": {"catalog": [{"type": "identity", "id": cpid}]}}).encode()
            self.send_response(201)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keystone)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d/v3" % server.server_port


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def test(cpid, *words):
    from refstack_client import refstack_client

    home = os.environ["HOME"]
    # The programs `tempest` and `stestr` are beside this interpreter.
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    os.mkdir(os.path.join(home, "tempest_checks"))
    write(os.path.join(home, ".stestr.conf"), "[DEFAULT]\ntest_path=./tempest_checks\ntop_dir=./\n")
    write(os.path.join(home, "tempest_checks/__init__.py"), "")
    write(os.path.join(home, "tempest_checks/test_compute.py"), CHECKS)
    accounts = write(os.path.join(home, "accounts.yaml"), "- {username: u, password: p, project_name: n}\n")
    settings = "[identity]\nuri_v3 = %s\n[auth]\ntest_accounts_file = %s\n" % (keystone(cpid), accounts)
    conf = write(os.path.join(home, "tempest.conf"), settings)
    client = refstack_client.RefstackClient(refstack_client.parse_cli_args(["test", "-c", conf, *words]))
    client.tempest_dir = home
    sys.exit(client.test())


if __name__ == "__main__":
    {"stream": stream, "test": test}[sys.argv[1]](*sys.argv[2:])
