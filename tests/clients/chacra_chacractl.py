"""Drives the real chacractl and tuspy (from their packages, unchanged) against a running app.

    chacra_chacractl.py FLOW BASE_URL NAME

FLOW is one of the functions that are marked `flow` below; NAME is unique. The app's key is `s3cret`.
"""

import argparse
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

FLOWS = {}


def flow(function):
    """Makes a function callable by its name from the command line."""
    FLOWS[function.__name__] = function
    return function


def same(got, wanted, what):
    """Fails unless both are equal."""
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


class Builder:
    """A build machine: chacractl with its configuration, and files to upload."""

    def __init__(self, base_url, name):
        self.base_url, self.project = base_url, name
        self.folder = f"{name}/main/a1/debian/bookworm/x86_64"
        self.home = os.environ["HOME"]
        self.configure("s3cret")

    def configure(self, key):
        with open(os.path.join(self.home, ".chacractl"), "w", encoding="utf-8") as file:
            file.write(f'url = "{self.base_url}"\nuser = "admin"\nkey = "{key}"\nssl_verify = False\n')

    def run(self, *arguments, files=()):
        """Runs chacractl; file names go to its standard input, as in the build scripts."""
        program = os.path.join(os.path.dirname(sys.executable), "chacractl")
        done = subprocess.run(
            [program, *arguments],
            input="".join(f"{name}\n" for name in files),
            capture_output=True,
            text=True,
            check=False,
        )
        print(arguments, done.returncode, done.stdout, done.stderr)
        return done.returncode

    def file(self, name, content):
        path = os.path.join(self.home, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def get(self, path):
        """A plain read, as a test machine does it; None when it is not there."""
        try:
            with urllib.request.urlopen(f"{self.base_url}/{path}") as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise


@flow
def a_project_is_made_once(builder):
    same(builder.run("exists", f"binaries/{builder.project}"), 1, "exists before")
    # Without a terminal it makes the project once for each line of its standard input.
    lines = ["once", "and again"]
    same(builder.run("project", "create", builder.project, files=lines), 0, "create")
    same(builder.get(f"binaries/{builder.project}/"), b"{}", "the project")


@flow
def files_are_uploaded_skipped_and_overwritten(builder):
    large = os.urandom(3_200_000)
    paths = [builder.file("one.deb", b"one"), builder.file("large+1.rpm", large)]
    same(builder.run("binary", "create", builder.folder, files=paths), 0, "create")
    same(builder.get(f"binaries/{builder.folder}/large+1.rpm"), large, "the large file")
    builder.file("one.deb", b"two")
    same(builder.run("binary", "create", builder.folder, files=paths[:1]), 0, "skip")
    same(builder.get(f"binaries/{builder.folder}/one.deb"), b"one", "the file was skipped")
    same(builder.run("binary", "create", builder.folder, "--force", files=paths[:1]), 0, "force")
    same(builder.get(f"binaries/{builder.folder}/one.deb"), b"two", "the file was replaced")
    flavored = f"{builder.folder}/flavors/debug"
    same(builder.run("binary", "create", flavored, files=paths[:1]), 0, "a flavor")
    listing = json.loads(builder.get(f"binaries/{flavored}/"))
    same(list(listing), ["one.deb"], "files of the flavor")


@flow
def files_are_deleted(builder):
    path = builder.file("one.deb", b"one")
    same(builder.run("binary", "create", builder.folder, files=[path]), 0, "create")
    same(builder.run("binary", "delete", f"{builder.folder}/one.deb"), 0, "delete")
    same(builder.get(f"binaries/{builder.project}/"), None, "the project went with its last file")


@flow
def existence_is_told_by_the_exit_status(builder):
    path = builder.file("one.deb", b"one")
    same(builder.run("binary", "create", builder.folder, files=[path]), 0, "create")
    parts = builder.folder.split("/")
    for depth in range(1, len(parts) + 1):
        part = "/".join(["binaries", *parts[:depth]])
        same(builder.run("exists", part), 0, part)
    same(builder.run("exists", f"binaries/{builder.folder}/one.deb"), 0, "the file")
    same(builder.run("exists", f"binaries/{builder.folder}/two.deb"), 1, "another file")
    same(builder.run("exists", f"binaries/{builder.project}/v2"), 1, "another ref")


@flow
def a_wrong_key_changes_nothing(builder):
    builder.configure("wrong")
    path = builder.file("one.deb", b"one")
    builder.run("project", "create", builder.project)
    builder.run("binary", "create", builder.folder, files=[path])
    same(builder.get(f"binaries/{builder.project}/"), None, "nothing was made")


@flow
def tuspy_uploads_in_pieces(builder):
    from tusclient import client

    content = os.urandom(2_500_000)
    path = builder.file("one.deb", content)
    target = f"/binaries/{builder.folder}/one.deb"
    headers = {"Authorization": "Basic YWRtaW46czNjcmV0"}
    tus = client.TusClient(f"{builder.base_url}/chacra/uploads", headers=headers)
    uploader = tus.uploader(path, chunk_size=700_000, metadata={"target": target})
    uploader.upload_chunk()
    same(builder.get(target[1:]), None, "nothing is there before the end")
    resumed = tus.uploader(path, chunk_size=700_000, url=uploader.url)
    same(resumed.offset, 700_000, "where it goes on")
    resumed.upload()
    same(builder.get(target[1:]), content, "the file")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flow", choices=FLOWS)
    parser.add_argument("base_url")
    parser.add_argument("name")
    arguments = parser.parse_args()
    FLOWS[arguments.flow](Builder(arguments.base_url, arguments.name))


if __name__ == "__main__":
    main()
