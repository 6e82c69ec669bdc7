/// Asking for a better connection.
extension Device {
    /// The duration of a session that is created without one: 24 hours, the longest that providers grant.
    public static let defaultSessionDuration = Duration.seconds(86_400)

    /// Creates a session. Packets between this device and the service then get the quality that the profile promises,
    /// at once or as soon as the network is ready.
    ///
    /// The SDK checks all arguments before it sends anything. The request carries an idempotency key. So the SDK can
    /// repeat an attempt that failed on the way, and no second session is created. If the task is cancelled while the
    /// request is under way, a session may exist: check with ``sessions()``.
    ///
    /// - Parameters:
    ///   - profile: The promised quality. For a profile without a constant, use a string literal.
    ///   - serviceIPv4: The service's IPv4 address or subnet.
    ///   - serviceIPv6: The service's IPv6 address or subnet. At least one of the two addresses is needed.
    ///   - servicePorts: The service's ports; all ports if left out.
    ///   - devicePorts: The device's ports; all ports if left out.
    ///   - duration: The duration, in whole seconds. Profiles have limits of their own.
    ///   - sink: The `https` address of yours that receives notifications. See ``NotificationParser``.
    ///   - sinkCredential: The credential that notifications show to the sink.
    /// - Returns: The session, ``QoDSession/Status-swift.struct/available`` or still
    ///   ``QoDSession/Status-swift.struct/requested``: see ``QoDSession/waitUntilAvailable(timeout:)``.
    /// - Throws: ``NetworkAsCodeError``. Its kind is, for example, ``NetworkAsCodeError/Kind-swift.struct/conflict``
    ///   if a session for the same flow exists, or ``NetworkAsCodeError/Kind-swift.struct/notApplicable`` if the
    ///   service or the profile is not available for this device.
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
    ///   - profile: The promised quality.
    ///   - applicationServer: 1 to 16 single IPv4 and IPv6 addresses, each once.
    ///   - servicePorts: The service's ports; all ports if left out.
    ///   - devicePorts: The device's ports; all ports if left out.
    ///   - duration: The duration, in whole seconds.
    ///   - sink: The `https` address of yours that receives notifications.
    ///   - sinkCredential: The credential that notifications show to the sink.
    /// - Throws: ``NetworkAsCodeError``, in the same cases as
    ///   ``createQoDSession(profile:serviceIPv4:serviceIPv6:servicePorts:devicePorts:duration:sink:sinkCredential:)``.
    public func createQoDSession(
        profile: QoSProfileName, applicationServer: [String], servicePorts: PortsSpec? = nil, devicePorts: PortsSpec? = nil,
        duration: Duration = defaultSessionDuration, sink: String? = nil, sinkCredential: SinkCredential? = nil
    ) async throws(NetworkAsCodeError) -> QoDSession {
        let creation = SessionCreation(
            profile: profile, service: .addresses(applicationServer), servicePorts: servicePorts, devicePorts: devicePorts,
            duration: duration, sink: sink, sinkCredential: sinkCredential)
        return try await creation.send(for: self)
    }

    /// Creates a session; the profile and the service addresses have no labels.
    ///
    ///     try await device.createQoDSession(.downlinkLUplinkL, "233.252.0.2", "2001:db8::1")
    ///
    /// Apart from the labels, this method is the same as
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

    /// Creates a session; only the profile has no label.
    ///
    /// Apart from the label, this method is the same as
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
