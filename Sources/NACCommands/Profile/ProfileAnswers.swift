import CAMARA
import NetworkAsCode

/// The answer of `nac profile list`.
struct ProfileList: Answer {
    let profiles: [QoSProfile]

    var note: String? { profiles.isEmpty ? "no profiles" : nil }

    func text(on page: Page) -> String {
        guard !profiles.isEmpty else { return "" }
        let columns = [
            Table.Column("NAME"), .init("STATUS"), .init("DOWNLINK"), .init("UPLINK"), .init("DELAY"), .init("LONGEST"),
            .init("DESCRIPTION", least: 20, mayGo: true),
        ]
        let rows = profiles.map { profile in
            [
                Cell(profile.name.rawValue), profile.statusCell, profile.downlink ?? .none, profile.uplink ?? .none,
                profile.packetDelayBudget.map { Cell("≤ \(TimeText.exact($0))") } ?? .none,
                profile.maxDuration.map { Cell(TimeText.exact($0)) } ?? .none, Cell(profile.description ?? ""),
            ]
        }
        return Table(columns: columns, rows: rows).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.array(profiles) { $0.profile($1) }
    }
}

/// The answer of `nac profile get`.
struct ProfileDetails: Answer {
    let profile: QoSProfile

    func text(on page: Page) -> String {
        let profile = profile
        return Fields([
            ("Profile", Cell(profile.name.rawValue)),
            ("Status", profile.statusCell),
            ("Description", profile.description.map { Cell($0) }),
            ("Downlink", profile.downlink),
            ("Downlink bursts", profile.maxDownstreamBurstRate.map { "≤ \($0.description)" }),
            ("Uplink", profile.uplink),
            ("Uplink bursts", profile.maxUpstreamBurstRate.map { "≤ \($0.description)" }),
            ("Delay", profile.packetDelayBudget.map { "≤ \(TimeText.exact($0))" }),
            ("Jitter", profile.jitter.map { "≤ \(TimeText.exact($0))" }),
            ("Packet loss", profile.packetErrorLossRate.map { "≤ 1 in 10^\($0)" }),
            ("Priority", profile.priority.map { "\($0) (1 is served first, 100 last)" }),
            ("L4S queue", profile.l4sQueueType.map { Cell($0) }),
            ("Service class", profile.serviceClass.map { Cell($0) }),
            ("Shortest session", profile.minDuration.map { Cell(TimeText.exact($0)) }),
            ("Longest session", profile.maxDuration.map { Cell(TimeText.exact($0)) }),
            ("Countries", profile.countryAvailability.map { Cell($0.map(\.countryName).joined(separator: ", ")) }),
        ]).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.profile(profile)
    }
}

extension QoSProfile {
    fileprivate var statusCell: Cell {
        switch status {
        case .active: Cell(status.rawValue, .good)
        case .inactive: Cell(status.rawValue, .waiting)
        case .deprecated: Cell(status.rawValue, .bad)
        default: Cell(status.rawValue)
        }
    }

    fileprivate var downlink: Cell? { Self.rates(targetMinDownstreamRate, maxDownstreamRate) }
    fileprivate var uplink: Cell? { Self.rates(targetMinUpstreamRate, maxUpstreamRate) }

    /// The bounds of a rate as a text: at least, at most, or from one bound to the other.
    private static func rates(_ least: DataRate?, _ most: DataRate?) -> Cell? {
        switch (least, most) {
        case (nil, nil): nil
        case (let least?, nil): "≥ \(least.description)"
        case (nil, let most?): "≤ \(most.description)"
        case (let least?, let most?): least == most ? "\(least.description)" : "\(least.description) to \(most.description)"
        }
    }
}
