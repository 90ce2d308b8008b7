"""job-runner-worker 2.1.2 itself, in Python 2.7, through whole lives of runs.

Its own functions take, execute, give back and kill runs and answer pings; what they need of gevent and ZeroMQ is a
queue and a process, which the standard library has.
"""

import os
import subprocess
import sys
import tempfile
import types

BASE, KEY, SECRET, TOKEN = sys.argv[1], sys.argv[2], "verysecret", "the-operator"


def stand_in(name, **contents):
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    sys.modules[name] = module
    if "." in name:
        package, last = name.rsplit(".", 1)
        setattr(sys.modules[package], last, module)


import Queue

stand_in("gevent")
stand_in("gevent.queue", Empty=Queue.Empty)
stand_in("gevent_subprocess", Popen=subprocess.Popen, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT)
stand_in("zmq")
stand_in("zmq.green")

folder = tempfile.mkdtemp()
settings = os.path.join(folder, "worker.ini")
with open(settings, "w") as file_obj:
    file_obj.write("[job_runner_worker]\napi_base_url=%s\napi_key=%s\nsecret=%s\nscript_temp_path=%s\n"
                   % (BASE, KEY, SECRET, folder))
os.environ["CONFIG_PATH"] = settings

import requests
from job_runner_worker import cleanup, enqueuer, worker
from job_runner_worker.models import KillRequest, RequestClientError, Run, RunLog, Worker


def operator(resource, data):
    answer = requests.post("%s/api/v1/%s/" % (BASE, resource), data=enqueuer.json.dumps(data),
                           headers={"authorization": "Bearer " + TOKEN, "content-type": "application/json"})
    assert answer.status_code == 201, (resource, answer.status_code, answer.content)
    return answer.json["resource_uri"]


def number(uri):
    return int(uri.rstrip("/").rsplit("/", 1)[1])


class Once(Queue.Queue):
    """Asks its loop to end when there is nothing more to do."""

    def __init__(self, work):
        Queue.Queue.__init__(self)
        self.work = work

    def get(self, block=True):
        if self.work.empty():
            return "exit"
        raise Queue.Empty


def take(run):
    """What the worker does when it is told of a run over ZeroMQ."""
    runs, events = Queue.Queue(), Queue.Queue()
    enqueuer._handle_enqueue_action({"run_id": number(run), "action": "enqueue"}, runs, events)
    return runs, events


def execute(run):
    runs, events = take(run)
    assert runs.qsize() == 1, "the run was taken"
    worker.execute_run(runs, events, Once(runs))
    return [enqueuer.json.loads(events.get())["event"] for _ in range(events.qsize())]


def main():
    me = operator("worker", {"title": KEY, "api_key": KEY, "secret": SECRET})
    pool = operator("worker_pool", {"title": KEY, "workers": [me]})
    project = operator("project", {"title": KEY, "worker_pools": [pool]})
    template = operator("job_template", {"title": KEY, "project": project, "body": "#!/bin/sh\n{{ content|safe }}\n"})

    def job(title, script):
        return operator("job", {"title": title, "job_template": template, "worker_pool": pool,
                                "script_content_partial": script})

    def run(of):
        return operator("run", {"job": of, "is_manual": True})

    # A ping is answered with what the worker says of itself.
    enqueuer._handle_ping_action({"action": "ping"})
    seen = Worker.get_list("/api/v1/worker/")
    assert [w.resource_uri for w in seen] == [me]
    assert (seen[0].worker_version, seen[0].concurrent_jobs) == ("2.1.2", 4)
    assert seen[0].ping_response_dts

    # A run that succeeds, with text that is not ASCII, and one that fails.
    good = run(job("good", u"echo h\u00e9"))
    assert execute(good) == ["enqueued", "started", "returned"]
    done = Run(good)
    assert done.return_success is True and done.pid > 0, done._data
    assert done.run_log.content == u"h\u00e9\n", repr(done.run_log.content)
    bad = run(job("bad", "echo no; exit 3"))
    execute(bad)
    assert Run(bad).return_success is False
    assert Run(bad).run_log.content == "no\n"

    # Told twice, it takes a run once.
    again = take(bad)
    assert again[0].qsize() == 0

    # A worker that was killed in the middle of a run begins it again, and its log is replaced.
    third = run(job("third", "echo whole"))
    take(third)
    Run(third).patch({"start_dts": "2013-01-01 00:00:00.123456+00:00"})
    RunLog("/api/v1/run_log/").post({"run": third, "content": "half"})
    cleanup.reset_incomplete_runs()
    assert Run(third).enqueue_dts is None and Run(third).start_dts is None
    execute(third)
    assert Run(third).run_log.content == "whole\n"

    # A kill request ends the process of its run.
    fourth = run(job("fourth", "sleep 600"))
    take(fourth)
    Run(fourth).patch({"start_dts": "2013-01-01 00:00:00+00:00"})
    process = subprocess.Popen(["sleep", "600"])
    Run(fourth).patch({"pid": process.pid})
    kill = operator("kill_request", {"run": fourth})
    kills, events = Queue.Queue(), Queue.Queue()
    enqueuer._handle_kill_action({"kill_request_id": number(kill), "action": "kill"}, kills, events)
    worker.kill_run(kills, events, Once(kills))
    assert process.wait() == -9
    assert KillRequest(kill).execute_dts
    Run(fourth).patch({"return_dts": "2013-01-01 00:00:01+00:00", "return_success": False})

    # It follows the pages of a list, and a refusal is an error that it does not try again.
    assert len(Run.get_list("/api/v1/run/", params={"limit": 1, "worker__api_key": KEY})) == 4
    try:
        Run(fourth).patch({"return_dts": "2013-01-01 00:00:01+00:00", "return_success": True})
    except RequestClientError as refusal:
        assert "409" in str(refusal), refusal
    else:
        raise AssertionError("a second outcome was taken")


main()
