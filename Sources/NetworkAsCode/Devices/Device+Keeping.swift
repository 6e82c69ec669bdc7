/// A session for as long as some work takes.
extension Device {
    /// Keeps a session while `work` runs, and deletes it at the end.
    ///
    ///     try await device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { session in
    ///         try await drive()
    ///     }
    ///
    /// The session is created, `work` begins when it is available, and it is extended before its end comes. A session that
    /// the network ended is deleted, and another one is created; so is one that reached the longest duration of its profile.
    /// While the provider cannot be reached, or the network does not serve the session, this tries again with growing
    /// pauses of at most 30 s, and `work` goes on.
    ///
    /// However this call ends (`work` returns or throws, or the task is cancelled), the session is deleted before it returns. A
    /// creation that is under way when the task is cancelled is waited for, for ``ClientConfiguration/requestTimeout`` at most,
    /// so that no session remains that nobody knows of. A deletion that fails is told to the client's log only.
    ///
    /// - Parameters:
    ///   - profile: The profile.
    ///   - serviceIPv4: The service's IPv4 address or subnet.
    ///   - serviceIPv6: The service's IPv6 address or subnet; at least one of both is needed.
    ///   - servicePorts: The service's ports; all where left out.
    ///   - devicePorts: The device's ports; all where left out.
    ///   - duration: How long each session lasts without an extension; it bounds how long a session remains after a crash of
    ///     the application. Three seconds at least.
    ///   - sink: Where notifications go.
    ///   - sinkCredential: What notifications show to be let in.
    ///   - timeout: How long the network may take to make the first session available.
    ///   - onChange: Called with the session after each change, also with one that ended and with one that takes its place.
    ///   - work: The work; gets the first session when it is available. It is cancelled where the session cannot be kept.
    /// - Returns: What `work` returned.
    /// - Throws: What `work` threw; ``NetworkAsCodeError`` where the first session cannot be had, or where the provider refuses
    ///   a later one in a way that does not pass, such as ``NetworkAsCodeError/Kind-swift.struct/forbidden``.
    public func keepQoDSession<Value: Sendable>(
        profile: QoSProfileName, serviceIPv4: String? = nil, serviceIPv6: String? = nil, servicePorts: PortsSpec? = nil,
        devicePorts: PortsSpec? = nil, duration: Duration = .seconds(3600), sink: String? = nil,
        sinkCredential: SinkCredential? = nil, timeout: Duration = .seconds(60),
        onChange: @escaping @Sendable (QoDSession) async -> Void = { _ in },
        while work: @escaping @Sendable (QoDSession) async throws -> Value
    ) async throws -> Value {
        guard duration >= .seconds(3) else { throw NetworkAsCodeError(.invalidArgument, message: "duration: \(duration) is less than 3 seconds") }
        let creation = SessionCreation(
            profile: profile, service: .subnets(ipv4: serviceIPv4, ipv6: serviceIPv6), servicePorts: servicePorts,
            devicePorts: devicePorts, duration: duration, sink: sink, sinkCredential: sinkCredential)
        let keeper = SessionKeeper(device: self, creation: creation, onChange: onChange)
        do {
            let session = try await keeper.start(timeout: timeout)
            let value = try await withThrowingTaskGroup(of: Value.self) { group in
                group.addTask { try await work(session) }
                group.addTask {
                    try await keeper.keep()
                    throw CancellationError()
                }
                defer { group.cancelAll() }
                // The keeper never returns: the first to end is the work, or an error.
                guard let value = try await group.next() else { throw CancellationError() }
                return value
            }
            await keeper.end()
            return value
        } catch {
            await keeper.end()
            throw error
        }
    }
}
