"""A long-lived libsolv: one JSON request a line on stdin, one JSON answer a line on stdout.

{"id": 1, "load": {"arch", "repositories": [{"name", "priority", "folder" | "rpms"}], "installed": [provide...]}}
    -> {"id": 1, "loaded": {"packages": N}}
{"id": 2, "solve": {"install": [capability...], "recommends": false}}
    -> {"id": 2, "solved": {"steps": [{repository, name, evr, arch, location, sha256, size}...]}}
     | {"id": 2, "unsolved": {"problems": [text...], "missing": [{"capability", "requiredBy"}...]}}
Whatever else goes wrong: {"id": N, "failed": text}.

A folder holds repodata/; rpms are paths of RPM files. Lower priorities are preferred. `installed` is what the
one installed package, the seed root, provides.
"""

import hashlib
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

import solv

RELATIONS = {
    "<": solv.REL_LT,
    "<=": solv.REL_LT | solv.REL_EQ,
    "=": solv.REL_EQ,
    "==": solv.REL_EQ,
    ">=": solv.REL_GT | solv.REL_EQ,
    ">": solv.REL_GT,
}

# The files that every primary.xml lists. Source: createrepo_c(8), libsolv ext/repo_rpmmd.c.
IN_PRIMARY = re.compile(r"^/etc/|bin/|^/usr/lib/sendmail$")

PATHS = re.compile(r"(?:^|[\s(])(/[^\s()]+)")

CACHE = "/tmp/distrokit-solv"
REPOMD = "{http://linux.duke.edu/metadata/repo}"


class Solver:
    def __init__(self):
        self.universe = None
        self.pool = None
        self.has_all_files = False
        self.paths = {}

    def load(self, arch, repositories, installed):
        """Makes the pool anew, so that an answer depends on nothing but the universe and the question."""
        self.pool = None
        self.universe = (arch, repositories, installed)
        # The long lists of files are read only where a package asks for a path that the short ones leave out.
        if any(IN_PRIMARY.search(path) is None for path in self.fill(False)):
            self.fill(True)
        return {"packages": sum(repo.nsolvables for repo in self.pool.repos)}

    def fill(self, has_all_files):
        """Returns the paths that packages require."""
        arch, repositories, installed = self.universe
        pool = solv.Pool()
        pool.setdisttype(solv.Pool.DISTTYPE_RPM)
        pool.setarch(arch)
        self.paths = {}
        for description in repositories:
            repo = pool.add_repo(description["name"])
            repo.priority = -description["priority"]
            if "folder" in description:
                stream = opened(solv_file(description["folder"], has_all_files))
                if not repo.add_solv(stream, 0):
                    raise ValueError(str(pool.errstr))
                stream.close()
            else:
                self.load_rpms(repo, description["rpms"])
        seed = pool.add_repo("@installed")
        if installed:
            add_seed(pool, seed, installed)
        pool.installed = seed
        required = pool.addfileprovides_queue()
        pool.createwhatprovides()
        self.pool = pool
        self.has_all_files = has_all_files
        return [pool.id2str(dep) for dep in required]

    def load_rpms(self, repo, paths):
        for path in paths:
            solvable = repo.add_rpm(path, solv.Repo.REPO_REUSE_REPODATA | solv.Repo.REPO_NO_INTERNALIZE)
            if not solvable:
                raise ValueError("cannot read " + path + ": " + str(repo.pool.errstr))
            self.paths[solvable.id] = path
        repo.internalize()

    def job(self, text):
        """A package of that name is preferred to one that only provides it."""
        dep = dependency(self.pool, text)
        how = solv.Job.SOLVER_INSTALL
        if text.startswith("/"):
            found = [solvable.id for solvable in self.pool.whatprovides(dep)] or self.packages_with_file(text)
            if found:
                return self.pool.Job(how | solv.Job.SOLVER_SOLVABLE_ONE_OF, self.pool.towhatprovides(found))
        elif not text.startswith("("):
            name = text.split()[0]
            if any(solvable.name == name for solvable in self.pool.whatprovides(dep)):
                return self.pool.Job(how | solv.Job.SOLVER_SOLVABLE_NAME, dep.id)
        return self.pool.Job(how | solv.Job.SOLVER_SOLVABLE_PROVIDES, dep.id)

    def packages_with_file(self, path):
        flags = solv.Dataiterator.SEARCH_STRING | solv.Dataiterator.SEARCH_FILES
        flags |= solv.Dataiterator.SEARCH_COMPLETE_FILELIST
        return sorted({match.solvable.id for match in self.pool.Dataiterator(solv.SOLVABLE_FILELIST, path, flags)})

    def solve(self, install, recommends):
        if self.pool is None:
            raise ValueError("nothing is loaded")
        paths = PATHS.findall(" ".join(install))
        if not self.has_all_files and any(IN_PRIMARY.search(path) is None for path in paths):
            self.fill(True)
        jobs = [self.job(text) for text in install]
        solver = self.pool.Solver()
        solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 0 if recommends else 1)
        problems = solver.solve(jobs)
        if problems:
            return "unsolved", describe(problems)
        transaction = solver.transaction()
        transaction.order()
        return "solved", {"steps": [self.step(s) for s in transaction.steps() if s.repo.name != "@installed"]}

    def step(self, solvable):
        path = self.paths.get(solvable.id)
        facts = file_facts(path) if path is not None else metadata_facts(solvable)
        return {
            "repository": solvable.repo.name,
            "name": solvable.name,
            "evr": solvable.evr,
            "arch": solvable.arch,
            **facts,
        }


def opened(path, mode="r"):
    stream = solv.xfopen(path, mode)
    if stream is None:
        raise ValueError("cannot open " + path)
    return stream


def solv_file(folder, has_all_files):
    """The metadata of a folder in libsolv's own form, which is read ten times as fast; made once."""
    repomd = os.path.join(folder, "repodata", "repomd.xml")
    with open(repomd, "rb") as file:
        content = file.read()
    name = hashlib.sha256(repomd.encode() + b"\0" + content).hexdigest()
    path = os.path.join(CACHE, name + (".full" if has_all_files else ".short"))
    if os.path.exists(path):
        return path
    places = {
        data.get("type"): os.path.join(folder, data.find(REPOMD + "location").get("href"))
        for data in ElementTree.fromstring(content).findall(REPOMD + "data")
    }
    if "primary" not in places:
        raise ValueError(repomd + " names no primary")
    pool = solv.Pool()  # goes with its repositories when nothing holds it
    repo = pool.add_repo(folder)
    add_metadata(repo, places["primary"], 0)
    if has_all_files and "filelists" in places:
        add_metadata(repo, places["filelists"], solv.Repo.REPO_EXTEND_SOLVABLES)
    os.makedirs(CACHE, exist_ok=True)
    stream = opened(path + ".part", "w")
    repo.write(stream)
    stream.close()
    os.rename(path + ".part", path)
    return path


def add_metadata(repo, path, flags):
    stream = opened(path)
    if not repo.add_rpmmd(stream, None, flags):
        raise ValueError("cannot read " + path + ": " + str(repo.pool.errstr))
    stream.close()


def file_facts(path):
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return {"location": path, "sha256": sha256, "size": file.tell()}


def metadata_facts(solvable):
    checksum = solvable.lookup_checksum(solv.SOLVABLE_CHECKSUM)
    is_sha256 = checksum is not None and checksum.type == solv.REPOKEY_TYPE_SHA256
    return {
        "location": solvable.lookup_location()[0],
        "sha256": checksum.hex() if is_sha256 else None,
        "size": solvable.lookup_num(solv.SOLVABLE_DOWNLOADSIZE),
    }


def dependency(pool, text):
    if text.startswith("("):
        dep = pool.parserpmrichdep(text)
        if dep is None:
            raise ValueError("not a rich dependency that rpm knows: " + text)
        return dep
    parts = text.split()
    if len(parts) == 3 and parts[1] in RELATIONS:
        return pool.Dep(parts[0]).Rel(RELATIONS[parts[1]], pool.Dep(parts[2]))
    return pool.Dep(text)


def add_seed(pool, repo, provides):
    seed = repo.add_solvable()
    seed.name = "seed-root"
    seed.evr = "0-1"
    seed.arch = "noarch"
    for text in ["seed-root = 0-1", *provides]:
        seed.add_deparray(solv.SOLVABLE_PROVIDES, dependency(pool, text))


def describe(problems):
    texts = []
    missing = []
    for problem in problems:
        for rule in problem.findallproblemrules():
            for info in rule.allinfos():
                text = info.problemstr()
                if text not in texts:
                    texts.append(text)
                if info.type in (
                    solv.Solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP,
                    solv.Solver.SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP,
                    solv.Solver.SOLVER_RULE_JOB_UNKNOWN_PACKAGE,
                ):
                    entry = {
                        "capability": str(info.dep),
                        "requiredBy": None if info.solvable is None else str(info.solvable),
                    }
                    if entry not in missing:
                        missing.append(entry)
    return {"problems": texts, "missing": missing}


def answer(solver, request):
    if "load" in request:
        return "loaded", solver.load(**request["load"])
    return solver.solve(**request["solve"])


def main():
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    solver = Solver()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            kind, value = answer(solver, request)
        except Exception as error:  # every fault belongs to its request; the next one may be fine
            kind, value = "failed", f"{type(error).__name__}: {error}"
        answers.write(json.dumps({"id": request["id"], kind: value}) + "\n")
        answers.flush()


main()
