"""What job-runner-worker 2.1.2 sends, byte for byte, from the start of a worker to the end of a run.

That program is Python 2; this is its conversation in any Python 3, with nothing but the standard library: signed with
the header `Authentication`, no trailing slash lost, `meta.next` and `resource_uri` followed as they stand.
"""

import hashlib
import hmac
import http.client
import json
import sys
import urllib.parse

KEY, SECRET = "", "verysecret"
NOW = "2013-01-01 00:00:00.123456+00:00"


class Client:
    """RestResource of job-runner-worker, on http.client."""

    def __init__(self, base):
        url = urllib.parse.urlparse(base)
        self.host, self.port = url.hostname, url.port

    def send(self, method, path, data=None, headers=None):
        body = json.dumps(data) if data is not None else ""
        if headers is None:
            message = method + path + body
            digest = hmac.new(SECRET.encode(), message.encode(), hashlib.sha1).hexdigest()
            headers = {"Authentication": "ApiKey %s:%s" % (KEY, digest)}
        if body:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.host, self.port)
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def get(self, path):
        status, body = self.send("GET", path)
        assert status == 200, (path, status, body)
        return body

    def patch(self, path, data):
        status, body = self.send("PATCH", path, data)
        assert status == 202, (path, status, body)

    def all(self, path):
        objects = []
        while path:
            page = self.get(path)
            objects += page["objects"]
            path = page["meta"]["next"]
        return objects


def operator(client, resource, data):
    headers = {"Authorization": "Bearer the-operator"}
    status, body = client.send("POST", "/api/v1/%s/" % resource, data, headers)
    assert status == 201, (resource, status, body)
    return body["resource_uri"]


def set_up(client, name):
    worker = operator(client, "worker", {"title": name, "api_key": name, "secret": SECRET})
    pool = operator(client, "worker_pool", {"title": name, "workers": [worker]})
    project = operator(client, "project", {"title": name, "worker_pools": [pool]})
    body = "#!/bin/sh\n{{ content|safe }}\n"
    template = operator(client, "job_template", {"title": name, "project": project, "body": body})
    job = {"title": name, "job_template": template, "worker_pool": pool, "script_content_partial": "echo h\u00e9"}
    job = operator(client, "job", job)
    return [operator(client, "run", {"job": job, "is_manual": True}) for _ in range(3)]


def reset_unfinished(client):
    """What a worker does when it starts: gives back what an earlier life of it had taken."""
    for state in ("in_queue", "started"):
        for run in client.all("/api/v1/run/?state=%s&worker__api_key=%s" % (state, KEY)):
            client.patch(run["resource_uri"], {"enqueue_dts": None, "start_dts": None})


def enqueue(client, uri):
    run = client.get(uri)
    workers = client.get("/api/v1/worker/")
    assert len(workers["objects"]) == 1, "it sees itself alone"
    if run["enqueue_dts"] is None:
        me = workers["objects"][0]["resource_uri"]
        client.patch(uri, {"enqueue_dts": NOW, "worker": me})


def execute(client, uri):
    client.patch(uri, {"start_dts": NOW})
    job = client.get(client.get(uri)["job"])
    assert job["script_content"].startswith("#!"), job["script_content"]
    client.patch(uri, {"pid": 4711})
    run = client.get(uri)
    log = {"run": uri, "content": "h\u00e9 \n"}
    if run["run_log"] is None:
        status, body = client.send("POST", "/api/v1/run_log/", log)
        assert status == 201, (status, body)
    else:
        client.patch(run["run_log"], {"content": log["content"]})
    client.patch(uri, {"return_dts": NOW, "return_success": True})


def ping(client):
    me = client.get("/api/v1/worker/")["objects"][0]
    client.patch(me["resource_uri"], {"ping_response_dts": NOW, "worker_version": "2.1.2", "concurrent_jobs": 4})


def kill(client, run):
    status, body = client.send("POST", "/api/v1/kill_request/", {"run": run})
    assert status == 201, (status, body)
    uri = body["resource_uri"]
    assert client.get(uri)["run"] == run
    client.patch(uri, {"enqueue_dts": NOW})
    client.patch(uri, {"execute_dts": NOW})


def main():
    global KEY
    client, KEY = Client(sys.argv[1]), sys.argv[2]
    first, second, third = set_up(client, KEY)
    reset_unfinished(client)
    ping(client)
    enqueue(client, first)
    enqueue(client, first)
    execute(client, first)
    # A worker that was killed in the middle of a run begins it again.
    enqueue(client, second)
    client.patch(second, {"start_dts": NOW})
    reset_unfinished(client)
    assert client.get(second)["enqueue_dts"] is None
    enqueue(client, second)
    execute(client, second)
    execute_twice, _ = client.send("PATCH", second, {"return_dts": NOW, "return_success": True})
    assert execute_twice == 202
    enqueue(client, third)
    client.patch(third, {"start_dts": NOW})
    client.patch(third, {"pid": 4712})
    kill(client, third)
    client.patch(third, {"return_dts": NOW, "return_success": False})
    done = client.all("/api/v1/run/?state=completed&limit=1&worker__api_key=%s" % KEY)
    assert len(done) == 3, done


main()
