import CAMARA
import Logging
import QualityOnDemand
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Sends calls: authorises them, retries if that is safe, and writes to the log.
struct Exchange: Sendable {
    let transport: any HTTPTransport
    let configuration: ClientConfiguration
    let time: TimeSource
    let random: @Sendable () -> UInt64

    /// The server's answer, with any status.
    ///
    /// - Throws: if there is no answer, the authorisation fails or the task is cancelled.
    func send(_ call: Call, authenticator: Authenticator?) async throws(NetworkAsCodeError) -> Answer {
        var state = State(call: call, xCorrelator: UUIDText.make(random), startedAt: time.uptime())
        while true {
            guard !Task.isCancelled else { throw .cancelled }
            let authorisation = try await authenticator?.authorisation(insteadOf: state.rejected)
            let result = await attempt(state, authorisation)
            if case .success(let response) = result, response.status == 401, let authorisation, authorisation.isRenewable,
                state.rejected == nil
            {
                configuration.logger.info("token rejected, renewing it", metadata: state.metadata)
                state.rejected = authorisation
                continue
            }
            guard let decision = decision(after: result, state) else { return try answer(result, state, authorisation) }
            try await wait(decision, &state)
        }
    }

    /// The state of a call between its attempts.
    private struct State {
        let call: Call
        let xCorrelator: String
        let startedAt: Duration
        var attempt = 1
        var mayHaveActed = false
        /// The authorisation that the server rejected, if it can be renewed.
        var rejected: Authorisation?

        /// The metadata for the log, without facts about devices and without secrets. The path
        /// contains ids of sessions.
        var metadata: Logger.Metadata {
            [
                "method": "\(call.method)", "host": "\(call.url.host() ?? "")", "path": "\(call.url.path())",
                "attempt": "\(attempt)", "x-correlator": "\(xCorrelator)",
            ]
        }
    }

    private func attempt(_ state: State, _ authorisation: Authorisation?) async -> Result<TransportResponse, TransportError> {
        let call = state.call
        var headers = call.headers
        headers["Accept"] = "application/json"
        headers["User-Agent"] = configuration.userAgent
        headers[XCorrelator.headerName] = state.xCorrelator
        if call.body != nil { headers["Content-Type"] = call.contentType }
        for field in authorisation?.fields ?? [] { headers[field.name] = field.value.revealed }
        let remaining = call.deadline.map { max($0 - time.uptime(), .milliseconds(1)) }
        let timeout = min(configuration.requestTimeout, remaining ?? configuration.requestTimeout)
        let request = TransportRequest(method: call.method, url: call.url, headers: headers, body: call.body, timeout: timeout)
        do {
            let response = try await transport.send(request)
            configuration.logger.debug("answered", metadata: state.metadata.merging(["status": "\(response.status)"]) { $1 })
            return .success(response)
        } catch {
            let failure = error as? TransportError ?? TransportError(.other, message: "\(error)", underlyingError: error)
            configuration.logger.debug("not answered", metadata: state.metadata.merging(["error": "\(failure)"]) { $1 })
            return .failure(failure)
        }
    }

    private func decision(after result: Result<TransportResponse, TransportError>, _ state: State) -> RetryDecision? {
        let outcome: AttemptOutcome =
            switch result {
            case .success(let response): .answered(status: response.status, retryAfter: retryAfter(response))
            case .failure(let failure): .failed(failure.kind)
            }
        let now = time.uptime()
        let end = min(state.startedAt + configuration.retries.maximumTotalTime, state.call.deadline ?? .seconds(Int64.max / 4))
        return configuration.retries.decision(
            after: outcome, safety: state.call.safety, attempt: state.attempt, remaining: end - now, random: random())
    }

    private func wait(_ decision: RetryDecision, _ state: inout State) async throws(NetworkAsCodeError) {
        let details: Logger.Metadata = ["reason": "\(decision.reason.rawValue)", "wait": "\(decision.wait)"]
        configuration.logger.notice("retrying", metadata: state.metadata.merging(details) { $1 })
        do { try await time.sleep(decision.wait) } catch { throw .cancelled }
        state.attempt += 1
        state.mayHaveActed = state.mayHaveActed || decision.mayHaveActed
    }

    private func answer(
        _ result: Result<TransportResponse, TransportError>, _ state: State, _ authorisation: Authorisation?
    ) throws(NetworkAsCodeError) -> Answer {
        switch result {
        case .success(let response):
            let told = response.headers[XCorrelator.headerName].flatMap { XCorrelator.isValid($0) && !$0.isEmpty ? $0 : nil }
            return Answer(
                response: response, xCorrelator: told ?? state.xCorrelator, retryAfter: retryAfter(response),
                mayHaveActedBefore: state.mayHaveActed, secrets: authorisation?.secrets ?? [])
        case .failure(let failure):
            guard !Task.isCancelled else { throw .cancelled }
            throw NetworkAsCodeError(failure, xCorrelator: state.xCorrelator)
        }
    }

    /// Logs the place of each unreadable part of an answer, but not the text there, which may be an address.
    func warn(_ message: String, _ problems: [InvalidValue]) {
        for problem in problems {
            let place = problem.path.map { element in
                switch element {
                case .property(let name): ".\(name)"
                case .index(let index): "[\(index)]"
                }
            }.joined()
            configuration.logger.warning("\(message)", metadata: ["at": "\(place)"])
        }
    }

    private func retryAfter(_ response: TransportResponse) -> Duration? {
        response.headers["Retry-After"].flatMap { RetryAfter.parse($0, now: time.wallTime()) }
    }
}
