"""Drives the real teuthology (from its package, unchanged) against a running app.

    paddles_teuthology.py FLOW BASE_URL NAME

FLOW is one of the functions that are marked `flow` below; NAME is unique, so that flows share a store. Everything
that talks to the server is teuthology's own code. Only what needs real machines is replaced: see `without_hardware`.
"""

import argparse
import datetime
import faulthandler
import os
import subprocess
import sys
import types

import yaml

DOMAIN = "lab.example"
FLOWS = {}
# teuthology waits and tries again without end; a flow that takes this many seconds shows where it stands, and fails.
LONGEST_FLOW = 240
LONGEST_PROGRAM = 120


def flow(function):
    """Makes a function callable by its name from the command line."""
    FLOWS[function.__name__] = function
    return function


def same(got, wanted, what):
    """Fails unless both are equal."""
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


class Lab:
    """One run of its own, and what teuthology is told about the server."""

    def __init__(self, base_url, name):
        self.base_url, self.name = base_url, name
        self.run = f"bo-2031-05-06_07:08:09-rados-{name}-testing-default-gibba"
        self.machine_type = f"type-{name}"
        self.archive = os.path.join(os.environ["HOME"], "archive")
        os.makedirs(self.archive)
        settings = {
            "results_server": base_url,
            "lock_server": base_url + "/",
            "lab_domain": DOMAIN,
            "archive_base": self.archive,
            "reserve_machines": 0,
        }
        with open(os.path.expanduser("~/.teuthology.yaml"), "w", encoding="utf-8") as file:
            yaml.safe_dump(settings, file)

    def job(self, job_id, **more):
        """What a dispatcher pushes for a job: its whole configuration."""
        job = {
            "name": self.run,
            "job_id": str(job_id),
            "owner": "scheduled_bo@lab",
            "machine_type": self.machine_type,
            "description": f"rados/basic/case-{job_id}",
            "suite": "rados",
            "branch": "main",
            "seed": 4711,
            "subset": "1/9",
            "roles": [["mon.a", "osd.0"], ["client.0"]],
            "tasks": [{"install": None}, {"ceph": {"fs": "xfs"}}],
            "overrides": {"ceph": {"conf": {"osd": {"debug osd": 20}}}},
            "archive_path": os.path.join(self.archive, self.run, str(job_id)),
        }
        return {**job, **more}

    def node(self, number):
        """The name of one of this lab's nodes."""
        return f"{self.name}n{number}.{DOMAIN}"

    def add_nodes(self, count):
        """Brings nodes into the inventory, as teuthology-update-inventory does."""
        from teuthology.lock import ops

        for number in range(count):
            ops.update_inventory(
                {"name": self.node(number), "machine_type": self.machine_type, "up": True,
                 "locked": False, "is_vm": False, "os_type": "ubuntu", "os_version": "22.04",
                 "arch": "x86_64", "ssh_pub_key": f"ssh-ed25519 key{number}"})

    def program(self, name, *arguments, status=0):
        """Runs one of the package's programs and gives what it printed."""
        program = os.path.join(os.path.dirname(sys.executable), name)
        for _ in range(3):
            done = subprocess.run(
                [program, *arguments], capture_output=True, text=True, check=False, timeout=LONGEST_PROGRAM)
            said = done.stdout + done.stderr
            # See keep_the_event_loop_busy(): here it cannot be kept busy, but every program may be run again.
            if "gevent.exceptions.LoopExit" not in said:
                break
        assert done.returncode == status, f"{name} {arguments} ended with {done.returncode}:\n{said}"
        return said


def without_hardware():
    """Powering a node off needs the node; all else of locking is left as it is."""
    from teuthology.lock import ops

    ops.stop_node = lambda name, status: None


@flow
def a_job_is_reported_from_queue_to_pass(lab):
    from teuthology.report import ResultsReporter, try_push_job_info

    reporter = ResultsReporter()
    try_push_job_info(lab.job(1), {"status": "queued"})
    same(reporter.get_run(lab.run)["status"], "queued", "run")
    try_push_job_info(lab.job(1), {"status": "waiting"})
    targets = {f"ubuntu@{lab.node(1)}": "ssh-rsa k1"}
    try_push_job_info(lab.job(1), {"status": "running", "targets": targets, "pid": 4242})
    job = reporter.get_jobs(lab.run, "1")
    same((job["status"], job["targets"], job["pid"]), ("running", targets, "4242"), "running job")
    assert job["started"], "a job that runs has started"
    try_push_job_info(lab.job(1), {"success": True, "status": "pass", "duration": 61.7})
    job = reporter.get_jobs(lab.run, "1")
    same((job["status"], job["duration"], job["overrides"]), ("pass", 62, lab.job(1)["overrides"]), "job")
    try_push_job_info(lab.job(1), {"status": "dead"})
    same(reporter.get_jobs(lab.run, "1")["status"], "pass", "a result that a late report would overwrite")
    run = reporter.get_run(lab.run)
    same((run["status"], run["results"]["pass"], run["user"]), ("finished pass", 1, "bo"), "run")


@flow
def an_archive_is_reported_once_and_can_be_refreshed(lab):
    def store(job_id, name, text):
        folder = os.path.join(lab.archive, lab.run, str(job_id))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            yaml.safe_dump(text, file)

    for job_id in (1, 2, 3):
        store(job_id, "orig.config.yaml", lab.job(job_id))
        store(job_id, "info.yaml", {"pid": 100 + job_id, "owner": "bo@desk"})
    store(1, "summary.yaml", {"success": True, "duration": 12.5})
    store(2, "summary.yaml", {"success": False, "failure_reason": "Command failed", "duration": 3.0})

    lab.program("teuthology-report", "-a", lab.archive, "-r", lab.run)
    said = lab.program("teuthology-report", "-a", lab.archive, "-r", lab.run)
    assert "already present; skipped" in said, said
    same(statuses(lab), {"1": "pass", "2": "fail", "3": "unknown"}, "after the report")
    lab.program("teuthology-report", "-a", lab.archive, "-r", lab.run, "-D")
    same(statuses(lab), {"1": "pass", "2": "fail", "3": "dead"}, "after the rest was marked dead")


@flow
def results_are_waited_for_and_mailed(lab):
    from teuthology.report import try_push_job_info

    try_push_job_info(lab.job(1), {"status": "pass", "success": True, "duration": 60})
    try_push_job_info(lab.job(2), {"status": "fail", "success": False, "failure_reason": "it broke"})
    lab.program("teuthology-wait", "--run", lab.run, status=1)
    said = lab.program("teuthology-results", "--archive-dir", lab.archive, "--name", lab.run,
                       "--email", "bo@lab.example", "--dry-run", "--timeout", "5")
    assert f"Subject: 1 fail, 1 pass in {lab.run}" in said, said
    assert "it broke" in said, said


@flow
def a_run_can_be_run_again(lab):
    from teuthology import suite
    from teuthology.report import try_push_job_info

    try_push_job_info(lab.job(1), {"status": "pass", "success": True})
    try_push_job_info(lab.job(2), {"status": "fail", "success": False})
    try_push_job_info(lab.job(3), {"status": "dead", "success": False})
    wanted = types.SimpleNamespace(
        rerun=lab.run, rerun_statuses=["fail", "dead"], seed=-1, subset=None, no_nested_subset=None,
        filter_in=[], suite=None)
    suite.get_rerun_conf_overrides(wanted)
    same((wanted.suite, wanted.seed, wanted.subset), ("rados", 4711, (1, 9)), "settings")
    same(sorted(wanted.filter_in), ["rados/basic/case-2", "rados/basic/case-3"], "descriptions")


@flow
def jobs_and_runs_are_deleted(lab):
    from requests import HTTPError
    from teuthology.report import ResultsReporter, try_delete_jobs, try_push_job_info

    for job_id in (1, 2):
        try_push_job_info(lab.job(job_id), {"status": "queued"})
    try_delete_jobs(lab.run, ["1"])
    same(statuses(lab), {"2": "queued"}, "after one job was deleted")
    try_delete_jobs(lab.run, ["2"])
    try:
        ResultsReporter().get_run(lab.run)
    except HTTPError as error:
        same(error.response.status_code, 404, "a run whose last job was deleted")
    else:
        raise AssertionError("the run is still there")


@flow
def nodes_are_locked_and_unlocked(lab):
    from teuthology.lock import ops, query

    without_hardware()
    lab.add_nodes(3)
    free = {"machine_type": lab.machine_type, "up": True, "locked": False}
    same(len(query.list_locks(count=2, **free)), 2, "nodes, at most two")
    context = argparse.Namespace(machine_type=lab.machine_type)
    locked = ops.lock_many(context, 2, lab.machine_type, user="bo@desk", description="testing", reimage=False)
    same(len(locked), 2, "locked nodes")
    same(ops.lock_many(context, 2, lab.machine_type, user="cy@desk", reimage=False), [], "one node is not two")
    (left,) = [node["name"] for node in query.list_locks(**free)]
    assert ops.lock_one(left, "cy@desk", "mine").ok, "the last free node"
    same(ops.lock_one(left, "bo@desk", "mine").status_code, 403, "somebody else's node")
    same(query.get_status(left)["locked_by"], "cy@desk", "owner")
    assert not ops.unlock_one(left, "bo@desk", "mine"), "unlocked by another"
    assert ops.unlock_one(left, "cy@desk", "mine"), "not unlocked by its owner"
    assert ops.unlock_many([name.split("@")[-1] for name in locked], "bo@desk"), "not unlocked"
    same(len(query.list_locks(**free)), 3, "free nodes in the end")


@flow
def the_lock_program_shows_and_changes_nodes(lab):
    lab.add_nodes(2)
    node, owner = lab.node(0), ["--owner", "bo@desk"]
    lab.program("teuthology-lock", "--lock", *owner, "--desc", "mine", node)
    said = lab.program("teuthology-lock", "--list", "--all", "--machine-type", lab.machine_type)
    assert '"locked_by": "bo@desk"' in said and lab.node(1) in said, said
    assert "ssh-ed25519 key0" in lab.program("teuthology-lock", "--list-targets", *owner, node)
    lab.program("teuthology-lock", "--lock", "--owner", "cy@desk", node, status=1)
    lab.program("teuthology-lock", "--update", "--status", "down", "--desc", "broken fan", lab.node(1))
    said = lab.program("teuthology-lock", "--brief", "--all", "--status", "down",
                       "--machine-type", lab.machine_type)
    assert "broken fan" in said and lab.name in said, said
    assert lab.machine_type in lab.program("teuthology-lock", "--summary", "--machine-type", lab.machine_type)


@flow
def a_dispatcher_locks_for_a_job_and_its_supervisor_unlocks(lab):
    from teuthology import dispatcher
    from teuthology.dispatcher import supervisor
    from teuthology.lock import query
    from teuthology.report import try_push_job_info

    without_hardware()
    lab.add_nodes(2)
    config = dispatcher.lock_machines(lab.job(1))
    same(len(config["targets"]), 2, "a node for each role")
    same(statuses(lab), {"1": "running"}, "job")
    nodes = query.list_locks(machine_type=lab.machine_type, locked=True)
    same({node["description"] for node in nodes}, {config["archive_path"]}, "descriptions")
    try_push_job_info(config, {"status": "pass", "success": True})
    supervisor.unlock_targets(config)
    same(query.list_locks(machine_type=lab.machine_type, locked=True), [], "locked nodes")


@flow
def nodes_of_finished_jobs_are_found_and_freed(lab):
    from teuthology.lock import ops, query
    from teuthology.report import try_push_job_info

    without_hardware()
    lab.add_nodes(2)
    for number, (job_id, status) in enumerate([(1, "running"), (2, "dead")]):
        past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)
        extra = {"status": status, "updated": past.strftime("%Y-%m-%d %H:%M:%S")}
        try_push_job_info(lab.job(job_id), extra)
        assert ops.lock_one(lab.node(number), lab.name, lab.job(job_id)["archive_path"]).ok
    same([node["name"] for node in query.find_stale_locks(lab.name)], [lab.node(1)], "stale nodes")
    same(ops.unlock_one_safe(lab.node(0), lab.name), False, "unlocked a node in use")
    same(ops.unlock_one_safe(lab.node(1), lab.name), True, "unlocked a stale node")


@flow
def a_killed_run_is_dead(lab):
    from teuthology.report import try_push_job_info

    # A number that no process has, so that nothing is killed.
    for job_id, status in [(1, "running"), (2, "waiting"), (3, "pass")]:
        try_push_job_info(lab.job(job_id), {"status": status, "pid": 2**22 + 1})
    lab.program("teuthology-kill", "-o", "bo@desk", "-r", lab.run, "-j", "1")
    same(statuses(lab), {"1": "dead", "2": "waiting", "3": "pass"}, "after one job was killed")
    lab.program("teuthology-kill", "-p", "-r", lab.run)
    same(statuses(lab), {"1": "dead", "2": "dead", "3": "pass"}, "after the run was killed")


def statuses(lab):
    """The status of each job, read as teuthology-wait does."""
    from teuthology.report import ResultsReporter

    jobs = ResultsReporter().get_jobs(lab.run, fields=["job_id", "status"])
    return {job["job_id"]: job["status"] for job in jobs}


def keep_the_event_loop_busy():
    """Gives gevent a timer to wait for. teuthology patches the standard library with gevent, whose lock gives up with
    LoopExit when it yields for a moment in a program that has nothing else to wait for; a real dispatcher always has."""
    import teuthology  # noqa: F401 (patches on import)
    import gevent

    gevent.spawn(gevent.sleep, 3600)
    gevent.sleep(0)


if __name__ == "__main__":
    faulthandler.dump_traceback_later(LONGEST_FLOW, exit=True)
    # Before the first import of teuthology, which reads its settings once.
    LAB = Lab(*sys.argv[2:])
    keep_the_event_loop_busy()
    FLOWS[sys.argv[1]](LAB)
