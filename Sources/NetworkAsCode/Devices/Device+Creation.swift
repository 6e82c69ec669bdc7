/// Asking for a better connection.
extension Device {
    /// The duration of a session that is created without one: 24 hours, the longest that providers grant.
    public static let defaultSessionDuration = Duration.seconds(86_400)

    /// Creates a session: from now on, or from when the network is ready, packets between this device and the service
    /// get what the profile promises.
    ///
    /// All arguments are checked before anything is sent. The request carries an idempotency key, so that attempts that
    /// failed on the way can be repeated without making a second session. If the task is cancelled while the request is
    /// on its way, a session may have been created: ``sessions()`` tells.
    ///
    /// - Parameters:
    ///   - profile: What is promised. A string literal will do for one that has no constant.
    ///   - serviceIPv4: The service's IPv4 address or subnet.
    ///   - serviceIPv6: The service's IPv6 address or subnet; at least one of both is needed.
    ///   - servicePorts: The service's ports; all where left out.
    ///   - devicePorts: The device's ports; all where left out.
    ///   - duration: How long, in whole seconds. Profiles have limits of their own.
    ///   - sink: Where notifications go: an `https` address of yours. See ``NotificationParser``.
    ///   - sinkCredential: What notifications show to be let in.
    /// - Returns: The session, ``QoDSession/Status-swift.struct/available`` or still
    ///   ``QoDSession/Status-swift.struct/requested``: see ``QoDSession/waitUntilAvailable(timeout:)``.
    /// - Throws: ``NetworkAsCodeError``; among others ``NetworkAsCodeError/Kind-swift.struct/conflict`` where a session
    ///   for the same flow exists, ``NetworkAsCodeError/Kind-swift.struct/notApplicable`` where the device or the
    ///   profile cannot be served.
    public func createQoDSession(
        profile: QoSProfileName, serviceIPv4: String? = nil, serviceIPv6: String? = nil, servicePorts: PortsSpec? = nil,
        devicePorts: PortsSpec? = nil, duration: Duration = defaultSessionDuration, sink: String? = nil,
        sinkCredential: SinkCredential? = nil
    ) async throws(NetworkAsCodeError) -> QoDSession {
        let creation = SessionCreation(
            profile: profile, service: .subnets(ipv4: serviceIPv4, ipv6: serviceIPv6), servicePorts: servicePorts,
            devicePorts: devicePorts, duration: duration, sink: sink, sinkCredential: sinkCredential)
        return try await creation.send(for: self)
    }

    /// Creates a session to a service that has several addresses.
    ///
    /// - Parameters:
    ///   - profile: What is promised.
    ///   - applicationServer: 1 to 16 single IPv4 and IPv6 addresses, each once.
    ///   - servicePorts: The service's ports; all where left out.
    ///   - devicePorts: The device's ports; all where left out.
    ///   - duration: How long, in whole seconds.
    ///   - sink: Where notifications go: an `https` address of yours.
    ///   - sinkCredential: What notifications show to be let in.
    /// - Throws: ``NetworkAsCodeError``, as
    ///   ``createQoDSession(profile:serviceIPv4:serviceIPv6:servicePorts:devicePorts:duration:sink:sinkCredential:)`` does.
    public func createQoDSession(
        profile: QoSProfileName, applicationServer: [String], servicePorts: PortsSpec? = nil, devicePorts: PortsSpec? = nil,
        duration: Duration = defaultSessionDuration, sink: String? = nil, sinkCredential: SinkCredential? = nil
    ) async throws(NetworkAsCodeError) -> QoDSession {
        let creation = SessionCreation(
            profile: profile, service: .addresses(applicationServer), servicePorts: servicePorts, devicePorts: devicePorts,
            duration: duration, sink: sink, sinkCredential: sinkCredential)
        return try await creation.send(for: self)
    }

    /// Creates a session; the profile and the services without labels.
    ///
    ///     try await device.createQoDSession(.downlinkLUplinkL, "233.252.0.2", "2001:db8::1")
    ///
    /// It is otherwise the same as
    /// ``createQoDSession(profile:serviceIPv4:serviceIPv6:servicePorts:devicePorts:duration:sink:sinkCredential:)``.
    public func createQoDSession(
        _ profile: QoSProfileName, _ serviceIPv4: String?, _ serviceIPv6: String? = nil, servicePorts: PortsSpec? = nil,
        devicePorts: PortsSpec? = nil, duration: Duration = defaultSessionDuration, sink: String? = nil,
        sinkCredential: SinkCredential? = nil
    ) async throws(NetworkAsCodeError) -> QoDSession {
        try await createQoDSession(
            profile: profile, serviceIPv4: serviceIPv4, serviceIPv6: serviceIPv6, servicePorts: servicePorts,
            devicePorts: devicePorts, duration: duration, sink: sink, sinkCredential: sinkCredential)
    }

    /// Creates a session; the profile alone without a label.
    ///
    /// It is otherwise the same as
    /// ``createQoDSession(profile:serviceIPv4:serviceIPv6:servicePorts:devicePorts:duration:sink:sinkCredential:)``.
    public func createQoDSession(
        _ profile: QoSProfileName, serviceIPv4: String? = nil, serviceIPv6: String? = nil, servicePorts: PortsSpec? = nil,
        devicePorts: PortsSpec? = nil, duration: Duration = defaultSessionDuration, sink: String? = nil,
        sinkCredential: SinkCredential? = nil
    ) async throws(NetworkAsCodeError) -> QoDSession {
        try await createQoDSession(
            profile: profile, serviceIPv4: serviceIPv4, serviceIPv6: serviceIPv6, servicePorts: servicePorts,
            devicePorts: devicePorts, duration: duration, sink: sink, sinkCredential: sinkCredential)
    }
}
