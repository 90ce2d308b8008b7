"""Does what StackTach's clients do: stacky (the command line tool), yagi's confirmation, the worker of 2012.

stacky was never published as a package and is Python 2, so this sends its requests (URLs with and without their last
slash, the same parameters, the same library) and treats the answers as it does: the first row gives the
titles of a table, cells are centred, times go through a decimal parser. What would make it fail, fails here.

    stacktach_stacky.py FLOW URL NAME
"""

import datetime
import decimal
import json
import os
import sys
import time
import urllib.parse
import urllib.request

import prettytable
import requests

FLOW, URL, NAME = sys.argv[1:4]
UUID = "8559a9b6-f873-46d0-b4db-%012x" % (hash(NAME) & 0xFFFFFFFFFFFF)
REQUEST = "req-" + UUID


def fetch(path, params=None):
    """stacky exits at any status but 200."""
    answer = requests.get(URL + path, params=params)
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    return answer


def table(path, params=None):
    """Prints a table as stacky does; gives its rows without the titles."""
    results = fetch(path, params).json()
    assert isinstance(results, list), results
    if not results:
        return []
    rows = list(results)
    shown = prettytable.PrettyTable(rows.pop(0))
    for row in rows:
        shown.add_row(row)
    print(shown)
    return rows


def stamp(when):
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")


def event(name, when, service="compute", **payload):
    body = {
        "message_id": "%s-%s-%s" % (NAME, name, stamp(when)),
        "publisher_id": service + ".cmp-1.north-1",
        "event_type": name,
        "priority": "INFO",
        "timestamp": stamp(when),
        "_context_request_id": REQUEST,
        "_context_project_id": "t-" + NAME,
        "payload": dict({"instance_id": UUID, "tenant_id": "t-" + NAME, "state": "active"}, **payload),
    }
    return ["monitor.info", body]


def send(*pairs):
    answer = requests.post(URL + "/stacktach/notifications/?deployment=" + NAME, json=list(pairs))
    assert answer.status_code == 201, answer.text
    return answer.json()["results"]


def seed():
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=60)
    later = lambda seconds: now + datetime.timedelta(seconds=seconds)
    launched = later(3).strftime("%Y-%m-%d %H:%M:%S")
    return send(
        event("compute.instance.update", now, service="api"),
        event("compute.instance.create.start", later(1)),
        event("compute.instance.create.end", later(4), launched_at=launched, instance_type_id="2"),
        event("compute.instance.delete.end", later(9), launched_at=launched, terminated_at=launched),
        event("compute.instance.exists", later(20), launched_at=launched),
    )


def stacky_lists_and_tables():
    results = seed()
    names = [row[1] for row in table("/stacky/deployments/")]
    assert NAME in names
    assert ["compute.instance.create.end"] in table("/stacky/events/")
    assert ["cmp-1.north-1"] in table("/stacky/hosts/")
    assert len(table("/stacky/uuid/", {"uuid": UUID, "service": "nova"})) == 5
    assert table("/stacky/timings/uuid/", {"uuid": UUID})[0][0] == "."
    assert table("/stacky/timings/", {"name": "compute.instance.create"})
    bounds = {"name": "compute.instance.create", "end_when_min": "%f" % (time.time() - 3600)}
    assert table("/stacky/timings/", bounds)
    assert any(row[0] == "compute.instance.create" for row in table("/stacky/summary/"))
    assert len(table("/stacky/request/", {"request_id": REQUEST})) == 5
    search = {"field": "tenant", "value": "t-" + NAME, "limit": 3, "service": "nova"}
    assert len(table("/stacky/search/", search)) == 3
    assert any(row[2] == UUID for row in table("/stacky/kpi/"))
    assert table("/stacky/kpi/t-%s/" % NAME)[0][1] == "0d 00:00:04.00"
    for kind in ("launches", "deletes", "exists"):
        assert len(table("/stacky/usage/" + kind, {"instance": UUID})) == 1
        table("/stacky/usage/" + kind, {})
    show(results[0]["id"])
    assert fetch("/stacky/show/999999999/", {"service": "nova"}).content == b"", "not found, says stacky"


def show(number):
    fields, text, uuid = fetch("/stacky/show/%s/" % number, {"service": "nova"}).json()
    shown = prettytable.PrettyTable(fields.pop(0))
    for row in fields:
        shown.add_row(row)
    assert json.loads(text)[1]["event_type"] == "compute.instance.update"
    assert table("/stacky/uuid/", {"uuid": uuid, "service": "nova"})


def stacky_watches():
    seed()
    last, seen = "%f" % (time.time() - 300), 0
    for _ in range(3):
        params = {"service": "nova", "since": last, "event_name": ""}
        columns, rows, last = fetch("/stacky/watch/0/", params).json()
        "+" + "+".join("-" * width for width in columns) + "+"
        for number, kind, day, clock, deployment, name, uuid in rows:
            cells = [str(number).center(columns[0]), kind, clock.center(columns[2])]
            cells += [deployment.center(columns[3]), name.center(columns[4]), uuid.center(columns[5])]
            seen += uuid == UUID
            print("|".join(cells))
    assert seen == 5, seen


def stacky_reads_reports():
    now = decimal.Decimal(str(time.time()))
    document = [{"report_format": "json", "raw_text": False, "title": NAME}, ["Name", "N"], ["a", 1]]
    report = {
        "name": NAME,
        "period_start": "2026-03-10 00:00:00",
        "period_end": "2026-03-10 23:59:59",
        "json": document,
    }
    stored = requests.post(URL + "/stacktach/reports/", json=report)
    assert stored.status_code == 201, stored.text
    path = "/stacky/reports?created_from=%f&created_to=%f" % (now - 60, now + 60)
    rows = [row for row in table(path) if row[4] == NAME]
    for cell in rows[0][1:4]:
        datetime.datetime.fromtimestamp(int(decimal.Decimal(str(cell))), datetime.timezone.utc)
    shown = fetch("/stacky/report/%s" % rows[0][0]).json()
    assert shown[0].get("raw_text", False) is False and shown[1:] == document[1:]


def yagi_confirms():
    """yagi sends a PUT without a content type and without the last slash, and accepts nothing but 200."""
    exists = seed()[4]["message_id"]
    body = {"messages": {"nova": {exists: {"status": 201, "event_id": "urn:uuid:1"}}, "glance": {}}, "version": 2}
    request = urllib.request.Request(URL + "/db/confirm/usage/exists/batch", json.dumps(body).encode(), method="PUT")
    request.add_unredirected_header("Content-Type", "")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200 and answer.read() == b""
    found = requests.get(URL + "/db/usage/exists", params={"instance": UUID}).json()["exists"]
    assert [(row["send_status"], row["event_id"]) for row in found] == [(201, "urn:uuid:1")], found


def the_forwarder_empties_a_queue():
    """Our own forwarder, on a bus inside this process."""
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../components/stacktach"))
    import forwarder
    import kombu

    given = ["--broker", "memory://", "--queue", NAME, "--url", URL, "--deployment", NAME, "--seconds", "0.2"]
    bus = kombu.Connection("memory://")
    queue = bus.SimpleQueue(NAME)
    begin = datetime.datetime(2026, 3, 10, tzinfo=datetime.timezone.utc)
    for second in range(250):
        _, body = event("compute.instance.update", begin + datetime.timedelta(seconds=second))
        queue.put({"oslo.version": "2.0", "oslo.message": json.dumps(body)})
    queue.put("no notification")
    forwarder.Forwarder(forwarder.arguments(given)).run(bus, until_empty=True)
    assert queue.qsize() == 0
    events = table("/stacky/uuid/", {"uuid": UUID, "limit": 1000})
    assert len(events) == 250 and {row[3] for row in events} == {NAME}
    kept = requests.get(URL + "/stacktach/rejected/?limit=1000").json()["rejected"]
    assert any(item["deployment"] == NAME for item in kept)


def the_worker_of_2012_ships():
    made = requests.post(URL + "/stacktach/deployments/", json={"name": NAME}).json()
    now = datetime.datetime.now(datetime.timezone.utc)
    form = {"args": json.dumps(event("compute.instance.update", now))}
    url = "%s/stacktach/%d/data/" % (URL, made["deployment"]["id"])
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
        assert answer.status < 400
    assert table("/stacky/uuid/", {"uuid": UUID, "service": "nova"})[0][3] == NAME


globals()[FLOW]()
