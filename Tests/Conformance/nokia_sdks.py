#!/usr/bin/env python3
"""Nokia's Python SDKs from PyPI, unchanged, against a running `nac serve`.

Each version is installed into a virtual environment of its own under .build/, and there drives a platform that is
started for it. Prints a table: version, what was tried, what came of it. Exit code 1 where something failed.

    nokia_sdks.py [--nac .build/debug/nac] [5 6 7 8 10]

The same file runs inside the environments (`--drive`), where only the SDK is imported.
"""
import argparse, concurrent.futures, http.server, json, os, subprocess, sys, threading, time

import harness

# The newest of each main version at the time of writing.
VERSIONS = {"5": "5.2.1", "6": "6.2.0", "7": "7.0.0", "8": "8.0.0", "10": "10.0.0"}

# ---------------------------------------------------------------- inside an environment

class Checks:
    """Runs what is tried one after the other; each starts with no session of the device."""

    def __init__(self, clear):
        self.clear = clear

    def run(self, name, body):
        try:
            self.clear()
            body()
            outcome = {"check": name, "passed": True}
        except Exception as error:  # whatever an SDK throws is the result
            outcome = {"check": name, "passed": False, "detail": f"{type(error).__name__}: {error}"[:400]}
        print(json.dumps(outcome), flush=True)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_until(condition, what, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


class Sink:
    """An application's end of notifications: an HTTP server on this machine that keeps what it is told."""

    def __init__(self):
        self.received = received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((self.path, dict((name.lower(), value) for name, value in self.headers.items()), json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.paths = 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self):
        """Another one for each session, so that nothing is mixed up."""
        self.paths += 1
        return f"http://127.0.0.1:{self.server.server_port}/hook/{self.paths}"

    def told(self, address, count):
        """The first `count` notifications that came to an address, as pairs of header fields and body."""
        path = address[address.index("/hook"):]
        wait_until(lambda: sum(entry[0] == path for entry in self.received) >= count, f"{count} notifications")
        return [(headers, body) for entry, headers, body in list(self.received) if entry == path]


TOKEN = "c8974e592c2fa383d4a3960714"


def check_notifications(told, session, dialect, token, statuses):
    """That notifications are this session's, in order, and in the shape that the dialect has."""
    expect(len(told) == len(statuses), f"{len(told)} notifications instead of {len(statuses)}: {told}")
    expect(len({body["id"] for _, body in told}) == len(told), "each has an id of its own")
    for (headers, body), (status, info) in zip(told, statuses):
        expect(headers.get("authorization") == (f"Bearer {token}" if token else None), f"authorization: {headers.get('authorization')}")
        expect(headers["content-type"].startswith("application/cloudevents+json"), headers["content-type"])
        expect(body["specversion"] == "1.0" and body["datacontenttype"] == "application/json", f"{body}")
        older, path = ("qod.v0", "qod/v0") if dialect == "v0" else ("quality-on-demand.v1", "quality-on-demand/v1")
        expect(body["type"] == f"org.camaraproject.{older}.qos-status-changed", body["type"])
        expect(body["source"] == f"/{path}/sessions/{session}" and body["time"].endswith("Z"), f"{body}")
        detail = {"sessionId": session, "qosStatus": status, **({"statusInfo": info} if info else {})}
        expect(body["data"] == detail, f"{body['data']} instead of {detail}")
        if dialect == "v0":
            event = body["event"]
            expect(event["eventType"] == "QOS_STATUS_CHANGED" and event["eventDetail"] == detail and "eventTime" in event, f"{event}")
        else:
            expect("event" not in body, "the older shape is not v1's")
    times = [body["time"] for _, body in told]
    expect(times == sorted(times), f"{times}")


LIFE = [("AVAILABLE", None), ("UNAVAILABLE", "DELETE_REQUESTED")]


def drive_hand_written(version, base):
    """Versions 5 to 8: client, device, session."""
    import network_as_code as nac
    from network_as_code.models.device import DeviceIpv4Addr
    from network_as_code.models.session import PortRange, PortsSpec
    from network_as_code import errors

    is_v0 = int(version) < 8
    url = base + ("/qod/v0" if is_v0 else "/quality-on-demand/v1")
    client = nac.NetworkAsCodeClient(token="sandbox", qos_base_url=url)
    device = client.devices.get("device-1000@testcsp.net", ipv4_address=DeviceIpv4Addr(
        public_address="233.252.0.1", private_address="10.45.4.1", public_port=1000),
        ipv6_address="2001:db8:45::1000", phone_number="+99999991000")
    checks = Checks(device.clear_sessions)
    sink = Sink()

    def create(**more):
        values = dict(profile="QOS_L", duration=3600, service_ipv4="198.51.100.7")
        values.update(more)
        return device.create_qod_session(**values)

    def lives():
        session = create()
        expect(session.profile == "QOS_L" and session.duration == 3600, f"{session!r}")
        expect(session.service_ipv4 == "198.51.100.7", session.service_ipv4)
        expect(session.status in (("REQUESTED",) if is_v0 else ("REQUESTED", "AVAILABLE")), session.status)
        if is_v0:
            expect(session.started_at.tzinfo is not None, "startedAt has a time zone")
            expect((session.expires_at - session.started_at).total_seconds() == 3600, "expiresAt is startedAt + duration")
        wait_until(lambda: client.sessions.get(session.id).status == "AVAILABLE", "AVAILABLE")

    def get():
        session = create()
        found = client.sessions.get(session.id)
        expect(found.id == session.id and found.profile == session.profile, f"{found!r}")
        known = found.device
        if is_v0:
            expect(known.phone_number == "+99999991000" and known.ipv6_address == "2001:db8:45::1000", f"{known!r}")
            expect(known.network_access_identifier == "device-1000@testcsp.net", f"{known!r}")
        expect(known.ipv4_address.public_address == "233.252.0.1" and known.ipv4_address.public_port == 1000, f"{known!r}")

    def lists():
        made = {create(service_ipv4=f"198.51.100.{n}").id for n in (1, 2, 3)}
        expect({session.id for session in device.sessions()} == made, "the device has these sessions")

    def lists_nothing():
        expect(device.sessions() == [], "no session")
        unknown = client.devices.get(phone_number="+36721601234")
        expect(unknown.sessions() == [], "an unknown device has none")

    def extends():
        session = create()
        wait_until(lambda: client.sessions.get(session.id).status == "AVAILABLE", "AVAILABLE")
        before = client.sessions.get(session.id).expires_at
        session.extend(600)
        expect(session.duration == 4200, session.duration)
        after = client.sessions.get(session.id)
        expect(after.duration == 4200 and (after.expires_at - before).total_seconds() == 600, f"{after!r}")

    def extends_at_once():
        session = create()
        session.extend(60)
        expect(session.duration == 3660, session.duration)

    def deletes():
        session = create()
        session.delete()
        try:
            client.sessions.get(session.id)
        except errors.NotFound:
            return
        raise AssertionError("it is still there")

    def clears():
        for n in range(1, 6):
            create(service_ipv4=f"198.51.100.{n}")
        device.clear_sessions()
        expect(device.sessions() == [], "none is left")

    def ports():
        session = create(
            device_ports=PortsSpec(ports=[5060, 5061]),
            service_ports=PortsSpec(ranges=[PortRange(start=80, end=443)], ports=[8080]))
        found = client.sessions.get(session.id)
        expect(found.service_ports.ranges[0].start == 80 and found.service_ports.ranges[0].end == 443, f"{found!r}")
        expect(found.service_ports.ports == [8080], f"{found!r}")
        if version != "5":  # which throws the device's ports away
            expect(found.device_ports.ports == [5060, 5061], f"{found!r}")

    def ranges():
        session = create(service_ports=PortsSpec(ranges=[PortRange(start=1, end=1023), PortRange(start=2000, end=2999)]))
        expect([(r.start, r.end) for r in session.service_ports.ranges] == [(1, 1023), (2000, 2999)], f"{session!r}")

    def ipv6_only():
        session = create(service_ipv4=None, service_ipv6="2001:db8:1::7")
        expect(session.service_ipv4 is None and session.service_ipv6 == "2001:db8:1::7", f"{session!r}")

    def both_versions():
        session = create(service_ipv6="2001:db8:1::/64")
        expect(session.service_ipv4 == "198.51.100.7" and session.service_ipv6 == "2001:db8:1::/64", f"{session!r}")

    def notified(token):
        """A session lives and is deleted; its application is told both."""
        address = sink.address()
        if is_v0:
            more = dict(notification_url=address, **(dict(notification_auth_token=token) if token else {}))
        else:
            from network_as_code.models.device import AccessTokenCredential
            credential = AccessTokenCredential(
                access_token=token, access_token_expires_utc="2099-01-01T00:00:00Z", access_token_type="bearer") if token else None
            more = dict(sink=address, **(dict(sink_credential=credential) if credential else {}))
        session = create(**more)
        sink.told(address, 1)
        session.delete()
        check_notifications(sink.told(address, 2), session.id, "v0" if is_v0 else "v1", token, LIFE)

    def notified_of_the_networks_end():
        """The session of such a device is ended by the network after 2 seconds."""
        address = sink.address()
        one = client.devices.get(phone_number="+99999993000")
        session = one.create_qod_session(
            profile="QOS_E", duration=60, service_ipv4="198.51.100.7", **{"notification_url" if is_v0 else "sink": address})
        told = sink.told(address, 1)
        check_notifications(told, session.id, "v0" if is_v0 else "v1", None, [("UNAVAILABLE", "NETWORK_TERMINATED")])
        one.clear_sessions()

    def by(**identifier):
        def body():
            one = client.devices.get(**identifier)
            session = one.create_qod_session(profile="QOS_E", duration=60, service_ipv4="198.51.100.7")
            expect(client.sessions.get(session.id).id == session.id, "it can be read")
            one.clear_sessions()
        return body

    def overlaps():
        first, second = create(), create()
        expect(first.id != second.id, "two sessions")

    def conflicts():
        create()
        try:
            create()
        except errors.APIError as error:
            expect("409" in str(error), str(error))
            return
        raise AssertionError("the second was created too")

    def refuses():
        for wrong, kind in ((dict(profile="NO_SUCH"), errors.APIError), (dict(duration=0), errors.APIError),
                            (dict(service_ipv4="no address"), errors.APIError)):
            try:
                create(**wrong)
            except kind:
                continue
            raise AssertionError(f"{wrong} was taken")

    def wrong_key():
        stranger = nac.NetworkAsCodeClient(token="unheard-of", qos_base_url=url)
        try:
            stranger.sessions.get("01234567-89ab-7def-8123-456789abcdef")
        except errors.AuthenticationException:
            return
        raise AssertionError("it was let in")

    checks.run("create", lives)
    checks.run("get, with the device", get)
    checks.run("list", lists)
    checks.run("list where there is nothing", lists_nothing)
    checks.run("extend", extends)
    if is_v0:
        checks.run("extend right after the creation", extends_at_once)
    checks.run("delete", deletes)
    checks.run("clear", clears)
    checks.run("ports", ports)
    checks.run("port ranges", ranges)
    checks.run("IPv6-only service", ipv6_only)
    checks.run("service with both IP versions", both_versions)
    checks.run("notifications, with a token", lambda: notified(TOKEN))
    checks.run("notifications, without a token", lambda: notified(None))
    checks.run("notification of the network's end", notified_of_the_networks_end)
    checks.run("device by phone number", by(phone_number="+99999991001"))
    checks.run("device by network access identifier", by(network_access_identifier="device-1002@testcsp.net"))
    checks.run("device by IPv6 address", by(ipv6_address="2001:db8:45::1003"))
    checks.run("device by public IPv4 address alone", by(ipv4_address=DeviceIpv4Addr(public_address="203.0.113.9")))
    if version in ("6", "7", "8") and is_v0:
        checks.run("device with an IMSI", by(phone_number="+99999991004", imsi=244911234567890))
    checks.run("overlapping sessions" if is_v0 else "conflict", overlaps if is_v0 else conflicts)
    checks.run("errors", refuses)
    checks.run("unknown key", wrong_key)


def drive_generated(base):
    """Version 10, generated from the specification; speaks both dialects."""
    from network_as_code import NetworkAsCodeApi
    from network_as_code.core.api_error import ApiError

    client = NetworkAsCodeApi(base_url=base, api_key="sandbox", rapidapi_host="network-as-code.nokia.rapidapi.com")
    device = {"phone_number": "+99999991000"}
    server = {"ipv4address": "198.51.100.7"}
    sink = Sink()

    for dialect in ("v0", "v1"):
        is_v0 = dialect == "v0"
        qod = client.qod
        create_, get_, extend_, delete_, list_ = (
            (qod.create_session, qod.get_session, qod.extend_session, qod.delete_session, qod.retrieve_sessions) if is_v0 else
            (qod.create_session_v1, qod.get_session_v1, qod.extend_session_v1, qod.delete_session_v1, qod.retrieve_sessions_v1))

        def clear():
            for session in list_(device=device):
                delete_(session.session_id)

        def create(**more):
            values = dict(device=device, application_server=server, qos_profile="QOS_L", duration=3600)
            values.update(more)
            return create_(**values)

        def available(session):
            wait_until(lambda: get_(session.session_id).qos_status == "AVAILABLE", "AVAILABLE")

        def lives():
            session = create()
            expect(session.duration == 3600 and session.qos_profile == "QOS_L", f"{session!r}")
            if is_v0:
                expect(session.qos_status == "REQUESTED" and session.expires_at - session.started_at == 3600, f"{session!r}")
            available(session)

        def get():
            session = create()
            found = get_(session.session_id)
            expect(found.session_id == session.session_id and found.device.phone_number == "+99999991000", f"{found!r}")
            expect(found.application_server.ipv4address == "198.51.100.7", f"{found!r}")

        def lists():
            made = {create(application_server={"ipv4address": f"198.51.100.{n}"}).session_id for n in (1, 2, 3)}
            expect({session.session_id for session in list_(device=device)} == made, "the device has these sessions")

        def extends():
            session = create()
            available(session)
            expect(extend_(session.session_id, requested_additional_duration=600).duration == 4200, "the duration")

        def deletes():
            session = create()
            delete_(session.session_id)
            try:
                get_(session.session_id)
            except ApiError as error:
                expect(error.status_code == 404, f"{error}")
                return
            raise AssertionError("it is still there")

        def ports():
            session = create(device_ports={"ports": [5060]}, application_server_ports={"ranges": [{"from_": 80, "to": 443}], "ports": [8080]})
            expect(session.application_server_ports.ranges[0].to == 443, f"{session!r}")
            expect(session.application_server_ports.ports == [8080] and session.device_ports.ports == [5060], f"{session!r}")

        def ipv6_only():
            session = create(application_server={"ipv6address": "2001:db8:1::7"})
            expect(session.application_server.ipv6address == "2001:db8:1::7", f"{session!r}")

        def notifications(token=TOKEN):
            address = sink.address()
            if is_v0:
                session = create(webhook={"notification_url": address, **({"notification_auth_token": token} if token else {})})
                expect(session.webhook.notification_url == address, f"{session!r}")
            else:
                session = create(sink=address)
                expect(session.sink == address, "the sink")
            sink.told(address, 1)
            delete_(session.session_id)
            check_notifications(sink.told(address, 2), session.session_id, dialect, token if is_v0 else None, LIFE)

        def refuses():
            for wrong in (dict(qos_profile="NO_SUCH"), dict(duration=0), dict(device={"phone_number": "12"})):
                try:
                    create(**wrong)
                except ApiError as error:
                    expect(error.status_code == 400, f"{error}")
                    continue
                raise AssertionError(f"{wrong} was taken")

        def usual_duration():
            expect(create_(device=device, application_server=server, qos_profile="QOS_L").duration == 86400, "24 hours")

        checks = Checks(clear)
        for name, body in (("create", lives), ("get", get), ("list", lists), ("extend", extends), ("delete", deletes), ("clear", clear),
                           ("ports and ranges", ports), ("IPv6-only service", ipv6_only), ("notifications", notifications),
                           ("errors", refuses)) + ((("duration left out", usual_duration),) if is_v0 else ()):
            checks.run(f"{dialect}: {name}", body)


# ---------------------------------------------------------------- outside

def install(version):
    return harness.environment(f"nokia-{version}", f"network-as-code=={VERSIONS[version]}")


def page(python, version, nac):
    """Runs the block of docs/python.md for this version, whose first line names the versions that it is for, as it stands there."""
    text = (harness.ROOT / "docs/python.md").read_text()
    blocks = [block.split("```")[0] for block in text.split("```python\n")[1:]]
    outcomes = []
    for block in blocks:
        if version not in block.splitlines()[0].replace(",", "").split():
            continue
        with harness.Platform(nac) as platform:
            run = subprocess.run(
                [python, "-c", block.replace("http://127.0.0.1:9091", platform.base)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=60)
        passed = run.returncode == 0 and len(run.stdout.split()) == 2
        outcomes.append({"check": "the block of docs/python.md", "passed": passed, "detail": (run.stdout + run.stderr)[-400:]})
    return outcomes


NUMBER_WITHOUT_PLUS = """
import network_as_code as nac
client = nac.NetworkAsCodeClient(token="sandbox", qos_base_url="BASE/quality-on-demand/v1")
device = client.devices.get(phone_number="99999991000")
session = device.create_qod_session(profile="QOS_L", service_ipv4="233.252.0.2", duration=3600)
print([found.id for found in device.sessions()] == [session.id], client.sessions.get(session.id).device.phone_number)
device.clear_sessions()
"""


def number_without_plus(python, nac):
    """Version 8 sends a number as it is given: refused, unless the platform is told to take it."""
    outcomes = []
    for is_taken in (False, True):
        with harness.Platform(nac, settings={"NAC_DEVICES_ACCEPTS_NUMBERS_WITHOUT_PLUS": str(is_taken).lower()}) as platform:
            run = subprocess.run(
                [python, "-c", NUMBER_WITHOUT_PLUS.replace("BASE", platform.base)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        passed = run.stdout.split() == ["True", "+99999991000"] if is_taken else run.returncode != 0 and "400" in run.stderr
        name = f"a number without its plus is {'taken where the setting says so' if is_taken else 'refused'}"
        outcomes.append({"check": name, "passed": passed, "detail": (run.stdout + run.stderr)[-400:]})
    return outcomes


def attempt(version, nac):
    """What came of one version: its outcomes, or why it could not be tried."""
    python, problem = install(version)
    if problem:
        return None, problem
    with harness.Platform(nac) as platform:
        driven = subprocess.run(
            [python, __file__, "--drive", platform.base, version], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    outcomes = [json.loads(line) for line in driven.stdout.splitlines() if line.startswith("{")]
    if driven.returncode != 0 or not outcomes:
        outcomes.append({"check": "(the driver itself)", "passed": False, "detail": driven.stderr[-800:]})
    outcomes += page(python, version, nac)
    if version == "8":
        outcomes += number_without_plus(python, nac)
    return outcomes, None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("versions", nargs="*", default=list(VERSIONS))
    parser.add_argument("--nac", default=str(harness.ROOT / ".build/debug/nac"))
    parser.add_argument("--drive", metavar="BASE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.drive:
        version = arguments.versions[0]
        return drive_generated(arguments.drive) if version == "10" else drive_hand_written(version, arguments.drive)
    failures = passed = 0
    # Each version has an environment and a platform of its own, so none waits for another.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(lambda version: attempt(version, os.path.abspath(arguments.nac)), arguments.versions))
    for version, (outcomes, problem) in zip(arguments.versions, results):
        if problem:
            print(f"skipped: network-as-code {VERSIONS[version]} could not be installed; is PyPI reachable?\n{problem}")
            continue
        for outcome in outcomes:
            print(f"{VERSIONS[version]:<8}{outcome['check']:<42}{'passed' if outcome['passed'] else 'FAILED  ' + outcome['detail']}")
        passed += sum(outcome["passed"] for outcome in outcomes)
        failures += sum(not outcome["passed"] for outcome in outcomes)
    print(f"{passed} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
