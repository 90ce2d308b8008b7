"""Uploads streams of random content that python-subunit writes, and compares what the server reads in them with what was said.

    refstack_subunit.py FLOW URL SEED
"""

import datetime
import hashlib
import io
import json
import random
import sys
import urllib.request

from subunit import TestProtocolClient
from subunit.v2 import ByteStreamToStreamResult, StreamResultToBytes
from testtools import StreamToExtendedDecorator

FLOW, URL, SEED = sys.argv[1:4]
DICE = random.Random(SEED)
START = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
OUTCOMES = ["success", "success", "fail", "skip", "xfail", "uxsuccess"]


def call(path, body=None, token=""):
    """The answer to a request, as bytes; any status of an error ends the program."""
    headers = {"X-Result-Token": token, "Content-Type": "application/x-subunit"}
    request = urllib.request.Request(URL + path, data=body, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def text(longest):
    """Any letters, most of them not ASCII."""
    letters = "abcXYZ019 ._-:/äöüß€𝄞日本"
    return "".join(DICE.choice(letters) for _ in range(DICE.randint(1, longest))).strip() or "x"


def run(plain):
    """A stream of version 2, and its tests in the order in which they began. `plain` leaves out what version 1 cannot say."""
    out, tests, now = io.BytesIO(), [], START
    writer = StreamResultToBytes(out)
    for number in range(DICE.randint(1, 60)):
        test_id = "%d.%s" % (number, "acme.t%d" % DICE.randrange(9) if plain else text(200))
        worker = None if plain else DICE.choice([None, "0", "1/2"])
        tags = sorted({"tag%d" % DICE.randrange(5) for _ in range(DICE.randrange(4))})
        writer.status(test_id=test_id, test_status="inprogress", timestamp=now, route_code=worker)
        attachments = {}
        for _ in range(DICE.randrange(3)):
            name = "file%d" % len(attachments)
            content = DICE.randbytes(DICE.randrange(5000))
            cut = DICE.randrange(len(content) + 1)
            mime = "application/octet-stream"
            for piece in (content[:cut], content[cut:]):
                writer.status(test_id=test_id, file_name=name, file_bytes=piece, mime_type=mime, route_code=worker)
            attachments[name] = hashlib.sha256(content).hexdigest()
        now += datetime.timedelta(microseconds=DICE.randrange(10**8))
        outcome = DICE.choice(OUTCOMES)
        writer.status(test_id=test_id, test_status=outcome, timestamp=now, test_tags=tags or None, route_code=worker)
        tests.append(dict(id=test_id, status=outcome, worker=worker, tags=tags, attachments=attachments,
                          stopped_at=now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")))
    return out.getvalue(), tests


def compare(stream, tests, with_files):
    sent = json.loads(call("/v1/results", stream))
    token = sent["result_token"]
    found = json.loads(call("/v1/results/%s/tests?per_page=1000" % sent["test_id"], token=token))["tests"]
    assert len(found) == len(tests), (len(found), len(tests))
    for test, said in zip(found, tests):
        for key in ("id", "status", "worker", "tags", "stopped_at"):
            assert test[key] == said[key], (key, test, said)
        if with_files:
            files = {file["name"]: file["sha256"] for file in test["attachments"]}
            assert files == said["attachments"], (files, said)
            for name, digest in files.items():
                path = "/v1/results/%s/tests/%d/attachments/%s" % (sent["test_id"], test["index"], name)
                assert hashlib.sha256(call(path, token=token)).hexdigest() == digest, path
    assert call("/v1/results/%s/file" % sent["test_id"], token=token) == stream


def streams_of_version_2():
    """Every test, tag, time, worker and attachment arrives as it was written."""
    for _ in range(10):
        stream, tests = run(plain=False)
        compare(stream, tests, with_files=True)


def streams_of_version_1():
    """The same runs as text, which keeps neither workers nor the names of reasons."""
    for _ in range(10):
        binary, tests = run(plain=True)
        out = io.BytesIO()
        decorator = StreamToExtendedDecorator(TestProtocolClient(out))
        decorator.startTestRun()
        ByteStreamToStreamResult(io.BytesIO(binary), non_subunit_name="stdout").run(decorator)
        decorator.stopTestRun()
        compare(out.getvalue(), tests, with_files=False)


globals()[FLOW]()
