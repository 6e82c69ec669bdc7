import CAMARA
import NetworkAsCode
import QualityOnDemand

extension JSONWriter {
    /// The schema QosProfile.
    mutating func profile(_ profile: NetworkAsCode.QoSProfile) {
        object { json in
            json.write("name", profile.name.rawValue)
            json.write("description", profile.description)
            json.write("status", profile.status.rawValue)
            json.write("countryAvailability", profile.countryAvailability) { json, countries in json.array(countries) { $0.country($1) } }
            json.write("targetMinUpstreamRate", profile.targetMinUpstreamRate) { $0.rate($1) }
            json.write("maxUpstreamRate", profile.maxUpstreamRate) { $0.rate($1) }
            json.write("maxUpstreamBurstRate", profile.maxUpstreamBurstRate) { $0.rate($1) }
            json.write("targetMinDownstreamRate", profile.targetMinDownstreamRate) { $0.rate($1) }
            json.write("maxDownstreamRate", profile.maxDownstreamRate) { $0.rate($1) }
            json.write("maxDownstreamBurstRate", profile.maxDownstreamBurstRate) { $0.rate($1) }
            json.write("minDuration", profile.minDuration) { $0.span($1) }
            json.write("maxDuration", profile.maxDuration) { $0.span($1) }
            json.write("priority", profile.priority)
            json.write("packetDelayBudget", profile.packetDelayBudget) { $0.span($1) }
            json.write("jitter", profile.jitter) { $0.span($1) }
            json.write("packetErrorLossRate", profile.packetErrorLossRate)
            json.write("l4sQueueType", profile.l4sQueueType)
            json.write("serviceClass", profile.serviceClass)
        }
    }

    private mutating func country(_ country: NetworkAsCode.QoSProfile.Country) {
        object { json in
            json.write("countryName", country.countryName)
            json.write("networks", country.networks) { json, networks in json.array(networks) { $0.string($1) } }
        }
    }

    /// The schema Rate. The unit is the largest one that gives a whole number, because the value must not pass 1024.
    private mutating func rate(_ rate: DataRate) {
        let bits = rate.bitsPerSecond
        let unit = Rate.Unit.allCases.last { bits >= $0.bitsPerSecond && bits.isMultiple(of: $0.bitsPerSecond) } ?? .bps
        object { json in
            json.write("value", bits / unit.bitsPerSecond)
            json.write("unit", unit.rawValue)
        }
    }

    /// The schema Duration. Whole seconds are written in seconds, because programs count in seconds. Any other
    /// duration is written in the largest unit that gives a whole number.
    private mutating func span(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int(seconds) &* 1_000_000_000 &+ Int(attoseconds / 1_000_000_000)
        let (value, unit): (Int, TimeSpan.Unit) =
            if attoseconds == 0 {
                (Int(seconds), .seconds)
            } else if nanoseconds.isMultiple(of: 1_000_000) {
                (nanoseconds / 1_000_000, .milliseconds)
            } else if nanoseconds.isMultiple(of: 1_000) {
                (nanoseconds / 1_000, .microseconds)
            } else {
                (nanoseconds, .nanoseconds)
            }
        object { json in
            json.write("value", value)
            json.write("unit", unit.rawValue)
        }
    }
}
