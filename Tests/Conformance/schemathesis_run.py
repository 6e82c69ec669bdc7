#!/usr/bin/env python3
"""schemathesis from PyPI against a running `nac serve`, for each of CAMARA's three specifications.

Each specification is gone through twice: as schemathesis makes requests up by itself, right ones and wrong ones, and with
devices, profiles and ids that the sandbox knows (schemathesis_hooks.py). Prints what was answered how often. Exit code 1
where an answer was a 5xx, was not documented or broke its schema, where wrong data was taken, or where fewer requests were
made than asked for.

    schemathesis_run.py [--nac .build/debug/nac] [--requests 10000] [--seed 1]
"""
import argparse, collections, concurrent.futures, json, os, pathlib, subprocess, sys, tempfile, time

from harness import ROOT, SPECIFICATIONS, Platform, environment

PACKAGE = "schemathesis==4.32.5"
APIS = {"quality-on-demand": ("/quality-on-demand/v1", 5), "qos-provisioning": ("/qos-provisioning/v0.4", 4), "qos-profiles": ("/qos-profiles/v1", 2)}

# What is not checked, and why.
EXCLUDED = {
    "negative_data_rejection": "a null counts as absent; wrong_data_is_refused in schemathesis_hooks.py checks all else",
    "positive_data_acceptance": "what a schema allows is refused where the device, profile or credential is wrong, or a property is not declared",
}
EXCLUDED_FOR = {
    "qos-provisioning": {"use_after_free": "a revoked assignment can be read for 360 s, UNAVAILABLE, as scenario getQosAssignmentById_02 has it"},
}


def command(python, api, base, seed, examples, is_known):
    return [
        python, "-m", "schemathesis.cli", "run", str(SPECIFICATIONS / f"{api}.yaml"), "--url", base + APIS[api][0],
        "--header", "X-RapidAPI-Key: sandbox", "--seed", str(seed), "--max-examples", str(examples), "--workers", "1",
        "--phases", "fuzzing,stateful" if is_known else "examples,coverage,fuzzing", "--mode", "positive" if is_known else "all",
        "--exclude-checks", ",".join([*EXCLUDED, *EXCLUDED_FOR.get(api, {})]), "--continue-on-failure", "--warnings", "off", "--no-color",
        "--suppress-health-check", "all", "--generation-database", "none"]


def drive(python, api, base, seed, examples, is_known):
    """What schemathesis said, whether it was content, and the answers' counts."""
    with tempfile.TemporaryDirectory() as folder:
        counts = pathlib.Path(folder) / "counts.json"
        settings = {
            **os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(pathlib.Path(__file__).parent),
            "PYTHONHASHSEED": "0", "NAC_BASE": base, "NAC_COUNTS": str(counts), "NAC_KNOWN": "1" if is_known else ""}
        done = subprocess.run(
            command(python, api, base, seed, examples, is_known), cwd=folder, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        answers = collections.Counter(json.loads(counts.read_text()) if counts.exists() else {})
        print(f"{api}, {'with what the sandbox knows' if is_known else 'as generated'}: {answers.total()} requests", flush=True)
        return done.stdout, done.returncode == 0, answers


def show(api, answers):
    by_operation = collections.defaultdict(collections.Counter)
    for key, count in answers.items():
        operation, status = key.split("\t")
        by_operation["methods that are not there" if status == "405" else operation][status] += count
    for operation, statuses in sorted(by_operation.items()):
        print(f"{api:<20}{operation:<40}" + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nac", default=str(ROOT / ".build/debug/nac"))
    parser.add_argument("--requests", type=int, default=10_000, help="over the three APIs together, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", help="a file for what the platform logs, at debug level")
    arguments = parser.parse_args()
    if not SPECIFICATIONS.is_dir():
        return print("schemathesis: skipped: needs the specifications in ../shared/specs beside the package")
    python, problem = environment("schemathesis", PACKAGE)
    if problem:
        return print(f"schemathesis: skipped: {PACKAGE} could not be installed; is PyPI reachable?\n{problem}")
    # Per operation, in each of the two ways. Boundaries and sequences of operations come on top: about 1,200 and a third more.
    examples = max((arguments.requests - 1200) // 22, 10)
    start = time.monotonic()
    runs = [(api, is_known) for is_known in (False, True) for api in APIS]
    log = open(arguments.log, "w") if arguments.log else subprocess.DEVNULL
    with Platform(os.path.abspath(arguments.nac), "--log-level", "debug", log=log) as platform:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = list(pool.map(lambda run: drive(python, run[0], platform.base, arguments.seed, examples, run[1]), runs))
        lives = platform.is_running()
    total = collections.defaultdict(collections.Counter)
    for (api, is_known), (output, is_content, counts) in zip(runs, results):
        total[api] += counts
        if not is_content:
            print(f"---- {api}, {'with what the sandbox knows' if is_known else 'as generated'}: schemathesis complains\n{output}")
    for api, answers in total.items():
        show(api, answers)
    requests = sum(answers.total() for answers in total.values())
    broken = sum(count for answers in total.values() for key, count in answers.items() if int(key.split("\t")[1]) >= 500)
    print(f"{requests} requests in {time.monotonic() - start:.0f} s, {broken} answered 5xx, {sum(not result[1] for result in results)} of {len(runs)} runs with complaints")
    if not lives:
        print("the platform is gone")
    if requests < arguments.requests:
        print(f"fewer than {arguments.requests}")
    return 1 if broken or not lives or requests < arguments.requests or not all(result[1] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
