"""Searches every byte of files for tokens and capabilities: leaks.py SECRETS FOLDER-OR-FILE...

SECRETS is a file with one secret a line, which whoever was given one has added; a list that is empty is itself a finding,
since then there was nothing to look for. Each is looked for as it is, reversed, in hex and in base64 at its three
alignments, and a token by its signature and its claims too. What has the form of one counts as well, known or not. First it plants some in a file of its
own and must find them there: a search that finds nothing is worth as much as that. Tells places and never what is there.
"""

import base64
import os
import re
import sys
import tempfile

SEGMENT = re.compile(rb"[A-Za-z0-9+/_=-]{16,}")
SHORTEST = 24  # of what is looked for: shorter parts would be found in anything
FORMS = {
    "a capability": re.compile(rb"/e/[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])"),
    "a token": re.compile(rb"eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
}


def forms_of(secret):
    yield secret
    yield secret[::-1]
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for alignment in range(3):
        # Only whole characters that no neighbour has a part in.
        coded = base64.b64encode(bytes(alignment) + secret)[(0, 2, 3)[alignment] :]
        coded = coded.rstrip(b"=")[:-1]
        yield coded
        yield coded.translate(bytes.maketrans(b"+/", b"-_"))


class Search:
    """What is looked for, by its first characters."""

    def __init__(self, secrets):
        self.by_start = {}
        for secret in secrets:
            parts = secret.split(b".")
            for part in [secret, *parts[1:]]:  # the header of a token is no secret
                if len(part) >= SHORTEST:
                    for form in forms_of(part):
                        self.by_start.setdefault(form[:16], set()).add(form)

    def kinds(self, content):
        found = {kind for kind, form in FORMS.items() if form.search(content)}
        for run in SEGMENT.finditer(content):
            for at in range(run.start(), run.end() - 15):
                forms = self.by_start.get(content[at : at + 16])
                if forms and any(content.startswith(form, at) for form in forms):
                    found.add("a known secret")
        return found


def files(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in os.walk(path):
            for name in names:
                yield os.path.join(folder, name)


def read(path):
    if os.path.islink(path) or not os.path.isfile(path):
        return b""  # sockets and pipes hold nothing
    with open(path, "rb") as file:
        return file.read()


def control(search, secrets):
    """Names what is not found although it is there."""
    missed = []
    made = b"eyJhbGciOiJub25lIn0" + b"x" * 16 + b".eyJpc3MiOiJub2JvZHkifQ." + b"y" * 32
    planted = [b"GET /e/" + b"Ab3_" * 8 + b" ", made]
    for secret in secrets[:3] + secrets[-3:]:
        planted += [b'{"x":"' + form + b'"}' for form in forms_of(secret.split(b".")[-1])]
    for number, text in enumerate(planted):
        with tempfile.NamedTemporaryFile() as file:
            file.write(os.urandom(500) + b"\n" + text + b"\n" + os.urandom(500))
            file.flush()
            if not search.kinds(read(file.name)):
                missed.append(f"planted secret {number}")
    return missed


def main(secrets_file, *paths):
    with open(secrets_file, "rb") as file:
        secrets = sorted(set(file.read().split()))
    if not secrets:
        print("no secret is known: there was nothing to look for")
        return 1
    search = Search(secrets)
    missed = control(search, secrets)
    for name in missed:
        print(f"the search misses {name}")
    searched, size, leaks = 0, 0, 0
    for path in files(paths):
        if os.path.realpath(path) == os.path.realpath(secrets_file):
            continue
        content = read(path)
        searched, size = searched + 1, size + len(content)
        for kind in sorted(search.kinds(content)):
            leaks += 1
            print(f"{kind} in {path}")
    print(f"{len(secrets)} secrets, {searched} files, {size} bytes, {leaks} leaks")
    return 1 if leaks or missed or not searched else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
