import CAMARA
import Foundation
import Lab
import QualityOnDemand

/// The answer of `nac lab up` and `nac lab status` about a lab that is up.
struct LabReport: Answer {
    let topology: LabTopology
    let name: LabName
    /// Whether the lab was made just now. The answer then also shows the next commands to try.
    var isNew = false
    /// The number of processes in each place; `nil` if the processes were not counted.
    var processes: [LabPlace: Int]?

    func text(on page: Page) -> String {
        let links = "cell \(LabText.rate(topology.cell)), uplink \(LabText.rate(topology.uplink))"
        let head = "The lab is up: \(topology.devices) devices, \(links)\(topology.translatesAddresses ? ", addresses translated" : "").\n\n"
        let columns = [Table.Column("PLACE"), .init("IPV4"), .init("IPV6", mayGo: true)] + (processes == nil ? [] : [.init("PROCESSES")])
        let rows = places.map { place, ipv4, ipv6 in
            [Cell(place.name), ipv4.map { Cell($0) } ?? .none, ipv6.map { Cell($0) } ?? .none] + (processes.map { [Cell("\($0[place, default: 0])")] } ?? [])
        }
        return head + Table(columns: columns, rows: rows).text(on: page) + (isNew ? "\n\n" + next : "")
    }

    private var places: [(LabPlace, ipv4: String?, ipv6: String?)] {
        (1...topology.devices).map { (.device($0), LabTopology.ipv4(device: $0), LabTopology.ipv6(device: $0)) } + [
            (.cell, nil, nil), (.gateway, LabTopology.gatewayIPv4, nil), (.uplink, nil, nil),
            (.service, LabTopology.serviceIPv4, LabTopology.serviceIPv6),
        ]
    }

    private var next: String {
        let (exec, service, device) = (name.command("exec"), LabTopology.serviceIPv4, LabTopology.ipv4(device: 1))
        // Commands inside the lab must find the same program.
        let nac = LabText.program
        return """
            The platform in its gateway, and in another terminal a session:
              \(exec) gateway -- \(nac) serve --config \(name.platformFile)
              \(exec) gateway -- \(nac) session create --ipv4 \(device),\(device) --service \(service) --profile QOS_L --duration 10m
            Traffic, and a program of your own:
              \(exec) device-1 -- iperf3 -c \(service) -p 5201 -R
              \(exec) device-1 -- curl http://\(service)/
            Remove it:
              \(name.command("down"))
            """
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("state", "up")
            json.write("cell", topology.cell)
            json.write("uplink", topology.uplink)
            json.write("addressTranslation", topology.translatesAddresses ? "ipv4" : "none")
            json.write("platformConfiguration", name.platformFile)
            json.name("places")
            json.array(places) { json, place in
                json.object { json in
                    json.write("name", place.0.name)
                    json.write("namespace", name.namespace(place.0))
                    json.write("ipv4Address", place.ipv4)
                    json.write("ipv6Address", place.ipv6)
                    json.write("processes", processes.map { $0[place.0, default: 0] })
                }
            }
        }
    }
}

/// Formats values of the lab for people.
enum LabText {
    static func rate(_ bitsPerSecond: Int) -> String {
        Rate.text(bitsPerSecond: bitsPerSecond).replacingOccurrences(of: "bps", with: "bit/s").replacing(/^([0-9]+)/) { "\($0.output.1) " }
    }

    /// The command that runs this program from any folder: its name if the search path contains the program,
    /// otherwise the full path.
    static var program: String {
        let called = CommandLine.arguments[0]
        return called.contains("/") ? Lab.thisProgram : called
    }
}
