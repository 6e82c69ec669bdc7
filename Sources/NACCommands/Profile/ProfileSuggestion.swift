import NetworkAsCode
import Platform

/// A failed call, with advice that its error does not contain.
struct AdvisedFailure: Error {
    let error: NetworkAsCodeError
    let advice: String
}

/// Profile names are in capitals, as in `QOS_E`, but users often type them differently.
enum ProfileSuggestion {
    /// Makes a call that names a profile. If the platform refuses the call and has no such profile, the error suggests
    /// the nearest name.
    static func advising<Value>(
        _ name: String, _ client: NetworkAsCodeClient, _ call: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await call()
        } catch let error as NetworkAsCodeError where error.httpStatus != nil && [.invalidArgument, .notFound, .notApplicable].contains(error.kind) {
            guard let names = try? await client.profiles.list().map(\.name.rawValue), !names.contains(name),
                let near = Suggestion.nearest(to: name, in: names)
            else { throw error }
            throw AdvisedFailure(error: error, advice: "did you mean \(near)?")
        }
    }
}
