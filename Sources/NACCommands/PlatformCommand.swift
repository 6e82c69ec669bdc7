import ArgumentParser
import Platform

/// A command that needs the concrete parts of the platform. ``NAC`` calls it in place of `run()`.
protocol PlatformCommand: AsyncParsableCommand {
    func run(_ parts: PlatformParts) async throws
}
