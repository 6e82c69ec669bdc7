extension QoSProfile {
    /// The built-in profiles of the platform. A file of profiles replaces them.
    public static let builtIn: [QoSProfile] = {
        var profiles: [QoSProfile] = []
        let sizes = [("S", 4), ("M", 8), ("L", 20)]
        for (down, downRate) in sizes {
            for (up, upRate) in sizes {
                profiles.append(guaranteed(
                    "DOWNLINK_\(down)_UPLINK_\(up)", down: downRate, up: upRate,
                    "\(downRate) Mbit/s towards the device and \(upRate) Mbit/s from it"))
            }
        }
        for (size, rate) in sizes {
            profiles.append(guaranteed("QOS_\(size)", down: rate, up: rate, "\(rate) Mbit/s both ways"))
        }
        profiles.append(lowLatency)
        profiles.append(variant("LEGACY", .deprecated, "No longer for new sessions; here to be tried"))
        profiles.append(variant("FUTURE", .inactive, "Not yet for sessions; here to be tried"))
        var short = variant("SHORT", .active, "Sessions of 5 minutes at most; here to be tried")
        short.maxDuration = TimeSpan(5, .minutes)
        profiles.append(short)
        return profiles
    }()

    private static func guaranteed(_ name: String, down: Int, up: Int, _ description: String) -> QoSProfile {
        var profile = QoSProfile(name: named(name), description: description)
        profile.targetMinDownstreamRate = Rate(down, .mbps)
        profile.targetMinUpstreamRate = Rate(up, .mbps)
        profile.minDuration = TimeSpan(1, .seconds)
        profile.maxDuration = TimeSpan(24, .hours)
        profile.priority = 20
        return profile
    }

    private static var lowLatency: QoSProfile {
        var profile = guaranteed("QOS_E", down: 1, up: 1, "Steady low latency for 500 kbit/s both ways, served before all others")
        let rate = Rate(500, .kbps)
        profile.targetMinDownstreamRate = rate
        profile.maxDownstreamRate = rate
        profile.targetMinUpstreamRate = rate
        profile.maxUpstreamRate = rate
        profile.priority = 1
        profile.packetDelayBudget = TimeSpan(20, .milliseconds)
        return profile
    }

    private static func variant(_ name: String, _ status: Status, _ description: String) -> QoSProfile {
        var profile = guaranteed(name, down: 4, up: 4, description)
        profile.status = status
        return profile
    }

    private static func named(_ name: String) -> QoSProfileName {
        guard let name = try? QoSProfileName(name) else { preconditionFailure("\(name) is not a profile name") }
        return name
    }
}
