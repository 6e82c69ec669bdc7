/// A session that lasts as long as some work.
extension Device {
    /// Keeps a session while `work` runs, and deletes it at the end.
    ///
    ///     try await device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { session in
    ///         try await drive()
    ///     }
    ///
    /// This method creates the session, starts `work` when the session is available, and extends the session before
    /// its end. If the network ends the session, this method deletes the session and creates another one. The same
    /// happens to a session that reaches the longest duration of its profile. While the provider cannot be reached,
    /// or the network does not provide the session, this method retries with growing pauses of at most 30 s.
    /// Meanwhile `work` continues.
    ///
    /// The session is deleted before this method ends, whether `work` returns, `work` throws or the task is
    /// cancelled. If the task is cancelled during a creation, this method waits for the answer, for
    /// ``ClientConfiguration/requestTimeout`` at most, so that no unknown session remains. If the deletion fails,
    /// only the client's log reports the failure.
    ///
    /// - Parameters:
    ///   - profile: The profile.
    ///   - serviceIPv4: The service's IPv4 address or subnet.
    ///   - serviceIPv6: The service's IPv6 address or subnet. At least one of the two addresses is needed.
    ///   - servicePorts: The service's ports; all ports if left out.
    ///   - devicePorts: The device's ports; all ports if left out.
    ///   - duration: The duration of each session without an extension, three seconds at least. After a crash of the
    ///     application, a session remains for this time at most.
    ///   - sink: The address that receives notifications.
    ///   - sinkCredential: The credential that notifications show to the sink.
    ///   - timeout: The time that the network may take to make the first session available.
    ///   - onChange: Called with the session after each change, also with a session that ended and with the session
    ///     that replaces it.
    ///   - work: The work. It receives the first session when that session is available. If the session cannot be
    ///     kept, the work is cancelled.
    /// - Returns: The result of `work`.
    /// - Throws: The error of `work`, or ``NetworkAsCodeError``. The latter means that the first session did not
    ///   become available, or that the provider refuses a later session permanently, for example with
    ///   ``NetworkAsCodeError/Kind-swift.struct/forbidden``.
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
                // The keeper ends only with an error. So the first task to end gives the work's value or an error.
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
