"""What schemathesis does here beside what it does by itself; it loads this file (SCHEMATHESIS_HOOKS).

With NAC_KNOWN, most of what is generated gets devices, profiles and ids that the sandbox knows, so that requests get past
validation. NAC_COUNTS names the file that gets the number of answers by operation and status.
"""
import atexit, collections, itertools, json, os, urllib.request, zlib

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection

KNOWN = bool(os.environ.get("NAC_KNOWN"))
BASE = os.environ["NAC_BASE"]
PROFILES = ["QOS_E", "QOS_S", "QOS_M", "QOS_L", "DOWNLINK_L_UPLINK_S", "LEGACY", "FUTURE", "SHORT"]
counts = collections.Counter()
serial = itertools.count()


def chance(value):
    """A number that follows from what was generated, so that a run can be repeated."""
    return zlib.crc32(json.dumps(value, sort_keys=True, default=str).encode())


def has_null(value):
    if isinstance(value, dict):
        return any(map(has_null, value.values()))
    return any(map(has_null, value)) if isinstance(value, list) else value is None


@schemathesis.check
def wrong_data_is_refused(ctx, response, case):
    """schemathesis' own check, but for nulls: here they count as absent (docs/conformance.md), so a body that is wrong by a null
    alone is taken, rightly."""
    if has_null(case.body):
        return None
    return negative_data_rejection(ctx, response, case)


def known_device(number):
    n = 1000 + number % 1000
    return [
        {"phoneNumber": f"+9999999{n}"}, {"networkAccessIdentifier": f"device-{n}@testcsp.net"}, {"ipv6Address": f"2001:db8:45::{n}"},
        {"ipv4Address": {"publicAddress": "233.252.0.1", "publicPort": n}},
        {"phoneNumber": f"+9999999{n}", "ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": f"10.45.{n // 250}.{n % 250 + 1}"}},
        {"phoneNumber": f"+9999999{2000 + number % 3000}"},
    ][number // 1000 % 6]


def create(path, body):
    """The id of something that was created just now; None where it could not be."""
    request = urllib.request.Request(
        f"{BASE}{path}", json.dumps(body).encode(), {"Content-Type": "application/json", "X-RapidAPI-Key": "sandbox"})
    try:
        answer = json.load(urllib.request.urlopen(request, timeout=10))
    except urllib.error.HTTPError:
        return None
    return answer.get("sessionId") or answer.get("assignmentId")


def fresh_id(operation):
    number = next(serial)
    device = {"phoneNumber": f"+9999999{1000 + number % 1000}"}
    if "assignment" in operation:
        return create("/qos-provisioning/v0.4/qos-assignments", {"device": device, "qosProfile": "QOS_S"})
    server = {"ipv4Address": f"198.18.{number // 250 % 250}.{number % 250}"}
    return create("/quality-on-demand/v1/sessions", {"device": device, "applicationServer": server, "qosProfile": "QOS_S", "duration": 600})


@schemathesis.hook
def map_body(ctx, body):
    if not KNOWN or not isinstance(body, dict) or chance(body) % 8 == 0:
        return body
    number = chance(body) >> 3
    changed = dict(body)
    if ctx.operation.path != "/sessions/{sessionId}/extend":
        changed["device"] = known_device(number)
    if "qosProfile" in body:
        changed["qosProfile"] = PROFILES[number // 7 % len(PROFILES)]
    if "name" in body:
        changed["name"] = PROFILES[number // 7 % len(PROFILES)]
    if isinstance(body.get("duration"), int):
        changed["duration"] = 1 + abs(body["duration"]) % 86400
    if isinstance(body.get("sinkCredential"), dict) and "accessTokenExpiresUtc" in body["sinkCredential"]:
        changed["sinkCredential"] = {**body["sinkCredential"], "accessTokenExpiresUtc": "2099-01-01T00:00:00Z"}
    return changed


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    if not KNOWN or not path_parameters or chance(path_parameters) % 8 == 0:
        return path_parameters
    changed = dict(path_parameters)
    for name in changed:
        if name == "name":
            changed[name] = PROFILES[chance(path_parameters) // 8 % len(PROFILES)]
        elif (found := fresh_id(ctx.operation.path)) is not None:
            changed[name] = found
    return changed


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Nothing of this shall be told to strangers: events of whatever is created go to a port where nobody is."""
    if isinstance(case.body, dict) and isinstance(case.body.get("sink"), str) and case.body["sink"].startswith("https://"):
        case.body["sink"] = "https://127.0.0.1:1/" + case.body["sink"][len("https://"):]


@schemathesis.hook
def after_call(ctx, case, response):
    counts[f"{case.method.upper()} {case.operation.path}\t{response.status_code}"] += 1


@atexit.register
def report():
    with open(os.environ["NAC_COUNTS"], "w") as file:
        json.dump(counts, file)
