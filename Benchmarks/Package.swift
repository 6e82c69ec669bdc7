// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of the SDK never resolve what only measuring needs.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .executableTarget(
            name: "Baseline", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ]
)
