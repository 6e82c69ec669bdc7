public import QualityOnDemand

/// How the last run over a store ended, as the next one finds it.
public struct PreviousRun: Hashable, Sendable {
    /// A session for which a call of the network was under way when a process ended.
    public struct Suspect: Hashable, Sendable {
        /// After so many ends of a process during trials of the session alone, the session is ended.
        public static let deathsUntilSetAside = 2
        /// After so many ends, the network is not even asked to release the session.
        public static let deathsUntilLeftAlone = 3

        public let session: SessionID
        /// How many processes ended while the session was tried together with others.
        public let deathsTogether: Int
        /// How many processes ended while the session was tried alone.
        public let deathsAlone: Int

        public init(session: SessionID, deathsTogether: Int, deathsAlone: Int) {
            self.session = session
            self.deathsTogether = deathsTogether
            self.deathsAlone = deathsAlone
        }
    }

    /// Whether the store was closed at the end of the run, or there was no run before.
    public let endedWell: Bool
    /// How many runs ended, one after the other, before their start was complete.
    public let failedStarts: Int
    /// The suspects; the ones that ended the fewest processes come first.
    public let suspects: [Suspect]

    public init(endedWell: Bool = true, failedStarts: Int = 0, suspects: [Suspect] = []) {
        self.endedWell = endedWell
        self.failedStarts = failedStarts
        self.suspects = suspects
    }
}
