import QualityOnDemand

extension Duration {
    /// The duration as the whole number of seconds that the API requires.
    ///
    /// - Throws: ``QualityOnDemand/InvalidValue`` if the duration has a fraction of a second, is not
    ///   positive, or is too long.
    func wholeSeconds() throws(InvalidValue) -> Int {
        let (seconds, attoseconds) = components
        guard attoseconds == 0 else {
            throw InvalidValue("\(self) is not a whole number of seconds")
        }
        guard (1...2_147_483_647).contains(seconds) else {
            throw InvalidValue("\(seconds) seconds is not in 1...2147483647 seconds")
        }
        return Int(seconds)
    }

    /// Seconds for people and headers, rounded up.
    var secondsRoundedUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }
}
